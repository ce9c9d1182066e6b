//! The pure fold of each log, against the rows that the triggers keep.

use latchkey_domain::event::{Change, Event};
use latchkey_domain::fold::OrgState;
use latchkey_store::db::{DbError, Value};
use serde_json::Value as Json;

use super::log::{COLUMNS, Stored};
use super::rows::{TABLES, count_of, rows};
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
    let mut by_log = [0_i64; TABLES.len()];
    let mut done = |folding: Option<Folding>, report: &mut Report| -> Result<(), DbError> {
        let Some(folding) = folding else { return Ok(()) };
        report.organizations += 1;
        report.events += folding.events;
        let counts = match folding.standing {
            Standing::Folds => {
                compare(db, schema, &folding, &mut report.differences)?;
                count_of(&folding.state)
            }
            Standing::Erased | Standing::Misfit => {
                report.unfoldable += u64::from(folding.standing == Standing::Erased);
                note(&folding.org)?;
                rows_of(db, schema, &folding.org)?
            }
        };
        by_log.iter_mut().zip(counts).for_each(|(sum, count)| *sum += count);
        Ok(())
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
    for (table, by_log) in TABLES.into_iter().zip(by_log) {
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
    for row in rows(&folding.org, &folding.state, folding.created_at) {
        let pairs: Vec<String> = row.columns().map(|c| format!("'{c}', {c}")).collect();
        let sql = format!("SELECT json_object({}) FROM {schema}.{} WHERE id = ?1", pairs.join(", "), row.table);
        let found = db.run(&sql, vec![Value::Text(row.id.clone())])?;
        let present = serde_json::from_str(&text(found.first().and_then(|found| found.first()))).unwrap_or(Json::Null);
        if let Some(columns) = differing_columns(&present, &row.by_log) {
            differences.add(format!("{} {}: {columns}", row.table, row.id));
        }
    }
    restrictions_differ(db, schema, &folding.state, differences)
}

/// Several rows to a member, and none to most: lines that nobody has by the log show in the table's count.
fn restrictions_differ(
    db: &SqliteDb,
    schema: &str,
    state: &OrgState,
    differences: &mut Differences,
) -> Result<(), DbError> {
    let sql = format!(
        "SELECT json_group_array(json_array(permission, resource_id)) FROM \
         (SELECT permission, resource_id FROM {schema}.restriction WHERE member_id = ?1 ORDER BY permission, resource_id)"
    );
    for (id, member) in state.members.iter().filter(|(_, member)| !member.restrictions.is_empty()) {
        let found = db.run(&sql, vec![Value::Text(id.to_string())])?;
        let present: Json =
            serde_json::from_str(&text(found.first().and_then(|found| found.first()))).unwrap_or_default();
        let by_log =
            member.restrictions.iter().flat_map(|(name, ids)| ids.iter().map(move |id| serde_json::json!([name, id])));
        if present != Json::Array(by_log.collect()) {
            differences.add(format!("restriction {id}: not what the log says"));
        }
    }
    Ok(())
}

/// How many rows of each table a log that does not fold accounts for: as many as there are.
fn rows_of(db: &SqliteDb, schema: &str, org: &str) -> Result<[i64; TABLES.len()], DbError> {
    let mut counts = [0; TABLES.len()];
    for (count, table) in counts.iter_mut().zip(TABLES) {
        let column = if table == "org" { "id" } else { "org_id" };
        let sql = format!("SELECT count(*) FROM {schema}.{table} WHERE {column} = ?1");
        let rows = db.run(&sql, vec![Value::Text(org.to_owned())])?;
        *count = integer(rows.first().and_then(|row| row.first()));
    }
    Ok(counts)
}
