//! The pure fold of each log, against the rows that the triggers keep.

use latchkey_domain::event::{Change, Event};
use latchkey_domain::fold::{InvitationStatus, MemberStatus, OrgState};
use latchkey_store::db::{DbError, Value};
use serde_json::{Value as Json, json};

use super::log::{COLUMNS, Stored};
use super::{Differences, LIVE, Report, differing_columns, integer, text};
use crate::sqlite::SqliteDb;

/// Folds every log of the connection's own database and compares: what [`super::check`] asks as its second and third
/// question, without a copy of anything.
///
/// # Errors
/// Of the store.
pub fn fold_differs(db: &SqliteDb) -> Result<Differences, DbError> {
    let mut report = Report::default();
    walk(db, "main", &mut report, &mut |_| Ok(()))?;
    Ok(report.differences)
}

/// Verifies and folds every log of the live database; notes the organizations that cannot be folded any more.
pub(super) fn check(db: &SqliteDb, report: &mut Report) -> Result<(), DbError> {
    let mut unfoldable = |org: &str| {
        db.run("INSERT INTO temp.unfoldable (org_id) VALUES (?1)", vec![Value::Text(org.to_owned())]).map(drop)
    };
    walk(db, LIVE, report, &mut unfoldable)
}

/// One organization's log on its way through the fold.
struct Folding {
    org: String,
    state: OrgState,
    created_at: i64,
    effective_at: i64,
    events: u64,
    standing: Standing,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Standing {
    Folds,
    /// Something of it was erased: what is left does not make a state.
    Erased,
    /// It does not fold, and that has been reported.
    Misfit,
}

type NoteUnfoldable<'a> = dyn FnMut(&str) -> Result<(), DbError> + 'a;

fn walk(db: &SqliteDb, schema: &str, report: &mut Report, note: &mut NoteUnfoldable<'_>) -> Result<(), DbError> {
    let mut folding: Option<Folding> = None;
    let (mut members, mut invitations, mut orgs) = (0_i64, 0_i64, 0_i64);
    let mut done = |folding: Option<Folding>, report: &mut Report| -> Result<(), DbError> {
        let Some(folding) = folding else { return Ok(()) };
        report.organizations += 1;
        report.events += folding.events;
        orgs += 1;
        match folding.standing {
            Standing::Folds => {
                members += i64::try_from(folding.state.members.len()).unwrap_or(i64::MAX);
                invitations += i64::try_from(folding.state.invitations.len()).unwrap_or(i64::MAX);
                compare(db, schema, &folding, &mut report.differences)
            }
            Standing::Erased | Standing::Misfit => {
                report.unfoldable += u64::from(folding.standing == Standing::Erased);
                let (m, i) = rows_of(db, schema, &folding.org)?;
                members += m;
                invitations += i;
                note(&folding.org)
            }
        }
    };
    let sql = format!("SELECT {COLUMNS} FROM {schema}.event ORDER BY org_id, version");
    db.each(&sql, Vec::new(), |row| {
        let stored = Stored::read(&row);
        if folding.as_ref().is_none_or(|f| f.org != stored.org) {
            done(folding.replace(Folding::of(&stored)), report)?;
        }
        if let Some(folding) = &mut folding {
            folding.take(&stored, &mut report.differences);
        }
        Ok(())
    })?;
    done(folding, report)?;
    // Rows that a log explains were looked up one by one; these counts show the rows that none does.
    for (table, by_log) in [("org", orgs), ("member", members), ("invitation", invitations)] {
        let rows = db.run(&format!("SELECT count(*) FROM {schema}.{table}"), Vec::new())?;
        let present = integer(rows.first().and_then(|row| row.first()));
        if present != by_log {
            report.differences.add(format!("{table} has {present} rows, by the log {by_log}"));
        }
    }
    Ok(())
}

impl Folding {
    fn of(first: &Stored) -> Self {
        Self {
            org: first.org.clone(),
            state: OrgState::default(),
            created_at: first.effective_at,
            effective_at: 0,
            events: 0,
            standing: Standing::Folds,
        }
    }

    fn take(&mut self, stored: &Stored, differences: &mut Differences) {
        self.events += 1;
        if let Some(why) = stored.wrong(self.effective_at) {
            differences.add(format!("event {} of {} is wrong: {why}", stored.version, self.org));
        }
        self.effective_at = stored.effective_at;
        if self.standing != Standing::Folds {
            return;
        }
        let Some(data) = &stored.data else {
            self.standing = Standing::Erased;
            return;
        };
        let change = serde_json::from_str(data).ok().and_then(|data| Change::read(&stored.kind, &stored.target, &data));
        let applied = match change {
            None => Err("its type or its data is unknown to this version"),
            Some(change) => {
                let version = u64::try_from(stored.version).unwrap_or_default();
                let event = Event { version, effective_at: stored.effective_at, change };
                self.state.apply(&event).map_err(|misfit| misfit.why)
            }
        };
        if let Err(why) = applied {
            self.standing = Standing::Misfit;
            differences.add(format!("event {} of {} does not fold: {why}", stored.version, self.org));
        }
    }
}

fn compare(db: &SqliteDb, schema: &str, folding: &Folding, differences: &mut Differences) -> Result<(), DbError> {
    let row = |table: &str, columns: &[&str], id: &str| -> Result<Json, DbError> {
        let pairs: Vec<String> = columns.iter().map(|c| format!("'{c}', {c}")).collect();
        let sql = format!("SELECT json_object({}) FROM {schema}.{table} WHERE id = ?1", pairs.join(", "));
        let rows = db.run(&sql, vec![Value::Text(id.to_owned())])?;
        Ok(serde_json::from_str(&text(rows.first().and_then(|row| row.first()))).unwrap_or(Json::Null))
    };
    let org = &folding.org;
    let mut note = |table: &str, id: &str, present: &Json, by_log: &Json| {
        if let Some(columns) = differing_columns(present, by_log) {
            differences.add(format!("{table} {id}: {columns}"));
        }
    };
    note("org", org, &row("org", ORG, org)?, &org_row(folding));
    for (id, member) in &folding.state.members {
        let status = match member.status {
            MemberStatus::Active => "active",
            MemberStatus::Left => "left",
            MemberStatus::Removed => "removed",
        };
        let by_log = json!({
            "org_id": org, "user_id": member.user, "role": member.role, "status": status, "joined_version": member.joined_version,
            "joined_at": member.joined_at, "ended_at": member.ended_at, "invitation_id": member.invitation, "rev": member.rev,
        });
        note("member", id.as_str(), &row("member", MEMBER, id.as_str())?, &by_log);
    }
    for (id, invitation) in &folding.state.invitations {
        let status = match invitation.status {
            InvitationStatus::Pending => "pending",
            InvitationStatus::Accepted => "accepted",
            InvitationStatus::Declined => "declined",
            InvitationStatus::Cancelled => "cancelled",
            InvitationStatus::Expired => "expired",
        };
        let by_log = json!({
            "org_id": org, "email": invitation.email, "email_key": invitation.email_key, "role": invitation.role, "status": status,
            "generation": invitation.generation, "key_id": invitation.key_id, "invited_by": invitation.invited_by,
            "invited_version": invitation.invited_version, "invited_at": invitation.invited_at, "sent_at": invitation.sent_at,
            "expires_at": invitation.expires_at, "ended_at": invitation.ended_at, "member_id": invitation.member,
            "rev": invitation.rev,
        });
        note("invitation", id.as_str(), &row("invitation", INVITATION, id.as_str())?, &by_log);
    }
    Ok(())
}

/// The columns compared: all there are, so that a column the fold forgot shows as absent.
const ORG: &[&str] = &[
    "name",
    "policy",
    "policy_hash",
    "top_role",
    "plan",
    "status",
    "rev",
    "version",
    "effective_at",
    "created_at",
    "deleted_at",
    "member_count",
    "pending_count",
    "top_member_count",
    "top_pending_count",
];
const MEMBER: &[&str] =
    &["org_id", "user_id", "role", "status", "joined_version", "joined_at", "ended_at", "invitation_id", "rev"];
const INVITATION: &[&str] = &[
    "org_id",
    "email",
    "email_key",
    "role",
    "status",
    "generation",
    "key_id",
    "invited_by",
    "invited_version",
    "invited_at",
    "sent_at",
    "expires_at",
    "ended_at",
    "member_id",
    "rev",
];

fn org_row(folding: &Folding) -> Json {
    let (state, counts) = (&folding.state, folding.state.counts());
    json!({
        "name": state.name, "policy": state.policy, "policy_hash": state.policy_hash, "top_role": state.top_role,
        "plan": state.plan, "status": if state.deleted_at.is_some() { "deleted" } else { "active" }, "rev": state.rev,
        "version": state.version, "effective_at": state.effective_at, "created_at": folding.created_at,
        "deleted_at": state.deleted_at, "member_count": counts.members, "pending_count": counts.pending,
        "top_member_count": counts.top_members, "top_pending_count": counts.top_pending,
    })
}

/// How many members and invitations a log that does not fold accounts for: as many as there are.
fn rows_of(db: &SqliteDb, schema: &str, org: &str) -> Result<(i64, i64), DbError> {
    let count = |table: &str| -> Result<i64, DbError> {
        let sql = format!("SELECT count(*) FROM {schema}.{table} WHERE org_id = ?1");
        let rows = db.run(&sql, vec![Value::Text(org.to_owned())])?;
        Ok(integer(rows.first().and_then(|row| row.first())))
    };
    Ok((count("member")?, count("invitation")?))
}
