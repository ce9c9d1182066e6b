//! An organization as it was: its settings, its rules, its counters, its members.
//!
//! The moment asked about means the last version whose effective time is not after it. What is shown is what the state
//! tables said then, but for names and addresses, which are today's (docs/decisions/0005).

use latchkey_domain::facts::Past;
use latchkey_domain::{MemberId, OrgId};
use serde::Deserialize;

use crate::access::MemberAccess;
use crate::context::{self, Ask, NoFacts, OrgContext, text};
use crate::db::{Db, DbError, Value};
use crate::member::{Line, Listed};

/// What "then" means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    /// Milliseconds since 1970.
    pub at: i64,
    /// Not beyond this version: the later pages of a list stay with the version of the first, whatever a slow clock adds.
    pub version_max: Option<u64>,
}

/// The facts of an operation on the past; `None` before the first event.
pub type Then<T> = OrgContext<Option<Past<T>>>;

impl Moment {
    /// The last version until then.
    pub fn at(at: i64) -> Self {
        Self { at, version_max: None }
    }

    fn params(self) -> Vec<Value> {
        let version_max = self.version_max.map_or(i64::MAX, |max| i64::try_from(max).unwrap_or(i64::MAX));
        vec![Value::Integer(self.at), Value::Integer(version_max)]
    }
}

/// The organization with its rules and its counters.
///
/// # Errors
/// Of the store.
pub async fn org(db: &impl Db, ask: &Ask<'_>, org: &OrgId, then: Moment) -> Result<Then<Option<NoFacts>>, DbError> {
    context::org(db, ask, org, ORG_THEN, then.params()).await
}

/// A member who had joined by then, of any status, with all that they could do and what gave it to them; at most `rows_max`
/// projects and as many keys. What people pay for themselves is no matter of the log.
///
/// # Errors
/// Of the store.
pub async fn member(
    db: &impl Db,
    ask: &Ask<'_>,
    org: &OrgId,
    then: Moment,
    member: &MemberId,
    rows_max: i64,
) -> Result<Then<Option<MemberAccess>>, DbError> {
    let mut more = then.params();
    more.extend([text(member), Value::Integer(rows_max)]);
    context::org(db, ask, org, MEMBER_THEN, more).await
}

/// A part of the roster, in the order in which its entries came.
#[derive(Debug, Clone, Copy)]
pub struct List<'a> {
    pub listed: Listed,
    pub role: Option<&'a str>,
    /// Nobody who is only invited has a licence or lacks one: such a list is of members.
    pub licensed: Option<bool>,
    /// The place after which it begins, 0 for the first page.
    pub after: u64,
    /// One more than is shown tells whether more follows.
    pub rows_max: i64,
}

/// The lines found, and how far was looked.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Lines {
    pub lines: Vec<Line>,
    /// Every line up to this place is among them, unless there are too many. Where many are gone or have another role, a page
    /// ends before it is full.
    pub until: u64,
}

/// One page of the roster as it was.
///
/// # Errors
/// Of the store.
pub async fn list(
    db: &impl Db,
    ask: &Ask<'_>,
    org: &OrgId,
    then: Moment,
    list: &List<'_>,
) -> Result<Then<Lines>, DbError> {
    let is_contradictory = list.listed == Listed::Pending && list.licensed.is_some();
    let after = if is_contradictory { i64::MAX } else { i64::try_from(list.after).unwrap_or(i64::MAX) };
    let mut more = then.params();
    more.extend([Value::Integer(list.rows_max), Value::Integer(after)]);
    let sql = match (list.listed, list.role, list.licensed) {
        (Listed::ActiveAndPending, None, None) => ROSTER_THEN,
        (Listed::ActiveAndPending, Some(role), None) => {
            more.push(text(role));
            ROSTER_ROLE_THEN
        }
        (Listed::Active, None, None) => ACTIVE_THEN,
        (Listed::ActiveAndPending | Listed::Active, role, licensed) => {
            more.push(role.map_or(Value::Null, text));
            more.push(licensed.map_or(Value::Null, |licensed| Value::Integer(licensed.into())));
            CHOSEN_THEN
        }
        (Listed::Pending, None, _) => PENDING_THEN,
        (Listed::Pending, Some(role), _) => {
            more.push(text(role));
            PENDING_ROLE_THEN
        }
    };
    context::org(db, ask, org, sql, more).await
}

/// The single projects that the member's person was in.
macro_rules! guests {
    ($index:literal, $where:literal) => {
        concat!(
            "SELECT g.joined_version AS place, json_object('id', g.id, 'project', g.project_id, 'role', given.data ->> '$.role', \
             'event', given.id) AS guest FROM project_member g INDEXED BY ",
            $index,
            given_role!("g", "project.member_role_changed"),
            " WHERE g.user_id = t.user_id AND g.org_id = +?4 AND g.joined_version <= v.version AND ",
            $where
        )
    };
}

pub(crate) const ORG_THEN: &str = past_context!("NULL");

/// The newest event until then about a key that says something at `$path`.
macro_rules! key_said {
    ($path:literal) => {
        concat!(
            "(SELECT x.data -> '",
            $path,
            "' FROM event x INDEXED BY event_by_target WHERE x.org_id = +?4 AND x.target = n.id AND x.version <= v.version \
             AND x.type IN ('api_key.created', 'api_key.changed', 'api_key.adopted') AND x.data -> '",
            $path,
            "' IS NOT NULL ORDER BY x.version DESC LIMIT 1)"
        )
    };
}

/// The keys that the member held: given to them by then, not yet over, and not given away or left without a holder since.
macro_rules! keys_then {
    () => {
        concat!(
            "SELECT json_object('id', n.id, 'name', ",
            key_said!("$.name"),
            " ->> '$', 'power', json_object('scopes', json(",
            key_said!("$.scopes"),
            "), 'kept', NULL), 'project', n.project_id, 'expires_at', n.expires_at, 'event', (SELECT x.id FROM event x \
             INDEXED BY event_by_target WHERE x.org_id = +?4 AND x.target = n.id AND x.version <= v.version \
               AND x.type <> 'api_key.rotated' ORDER BY x.version DESC LIMIT 1)) AS entry \
             FROM event held INDEXED BY event_key_given CROSS JOIN api_key n ON n.id = held.target \
             WHERE held.org_id = +?4 AND held.data ->> '$.member' = +?8 AND held.type IN ('api_key.created', 'api_key.adopted') \
               AND held.version <= v.version AND (n.ended_version IS NULL OR n.ended_version > v.version) \
               AND (n.expires_at IS NULL OR n.expires_at > +?6) \
               AND NOT EXISTS (SELECT 1 FROM event x INDEXED BY event_by_target WHERE x.org_id = +?4 AND x.target = n.id \
                 AND x.type IN ('api_key.adopted', 'api_key.kept') AND x.version > held.version AND x.version <= v.version) \
             ORDER BY n.created_version DESC LIMIT +?9"
        )
    };
}

// ?8 the member, ?9 rows.
pub(crate) const MEMBER_THEN: &str = past_context!(concat!(
    "(SELECT json_object('member', json_set(",
    member_then_json!("t", "tu"),
    ", '$.restrictions', json(coalesce(",
    event_of_then!("t.id", "member.restrictions_changed", "x.data -> '$.restrictions'"),
    ", '{}'))), 'events', json_object('policy', coalesce(ruled.id, born.id), 'member', given.id, 'restrictions', ",
    event_of_then!("t.id", "member.restrictions_changed", "x.id"),
    "), 'guests', json((SELECT json_group_array(json(guest)) FROM (",
    guests!("project_member_in_org", "g.status = 'active'"),
    " UNION ALL ",
    guests!("project_member_gone", "g.ended_version > v.version"),
    " ORDER BY place DESC LIMIT +?9))), 'keys', json((SELECT json_group_array(json(entry)) FROM (",
    keys_then!(),
    ")))) FROM member t",
    given_role!("t", "member.role_changed"),
    " JOIN user tu ON tu.id = t.user_id WHERE t.id = +?8 AND t.org_id = +?4 AND t.joined_version <= v.version)"
));

// Parameters of a list: ?8 rows, ?9 the place after which it begins, ?10 role.
//
// Those still there are walked along in order, and so are those gone since, of whom most were gone by then, too: they are
// passed over in the index, and not too many of them for one page. The same for those who had another role.
macro_rules! listed_then {
    ($horizon:expr, $parts:expr) => {
        past_context!(concat!(
            "(SELECT json_object('until', h.place, 'lines', json((SELECT json_group_array(json(line)) FROM (",
            $parts,
            " ORDER BY place LIMIT +?8)))) FROM (SELECT min(v.version",
            $horizon,
            ") AS place) h)"
        ))
    };
}
/// The place after which no more are looked at, in one index.
macro_rules! horizon {
    ($table:literal, $place:literal, $index:literal, $where:literal) => {
        concat!(
            ", coalesce((SELECT n.",
            $place,
            " FROM ",
            $table,
            " n INDEXED BY ",
            $index,
            " WHERE n.org_id = +?4 AND ",
            $where,
            " AND n.",
            $place,
            " > +?9 ORDER BY n.",
            $place,
            " LIMIT 1 OFFSET 1999), v.version)"
        )
    };
}
macro_rules! members_then {
    ($place:literal, $from:literal, $where:expr) => {
        concat!(
            "SELECT ",
            $place,
            " AS place, json_object('entry', json_object('member', json(",
            member_then_json!("t", "tu"),
            ")), 'place', t.joined_version, 'sort', '') AS line FROM ",
            $from,
            given_role!("t", "member.role_changed"),
            " CROSS JOIN user tu ON tu.id = t.user_id WHERE ",
            $where
        )
    };
}
macro_rules! invitations_then {
    ($place:literal, $from:literal, $where:expr) => {
        concat!(
            "SELECT ",
            $place,
            " AS place, json_object('entry', json_object('invitation', json(",
            invitation_then_json!("i"),
            ")), 'place', i.invited_version, 'sort', '') AS line FROM ",
            $from,
            " CROSS JOIN event sent ON sent.org_id = +?4 AND sent.version = coalesce(",
            event_of_then!("i.id", "invitation.resent", "x.version"),
            ", i.invited_version) WHERE ",
            $where
        )
    };
}
macro_rules! both {
    ($some:expr, $others:expr) => {
        concat!($some, " UNION ALL ", $others)
    };
}
macro_rules! members_present {
    ($where:expr) => {
        members_then!(
            "t.joined_version",
            "member t INDEXED BY member_by_status",
            concat!(
                "t.org_id = +?4 AND t.status = 'active' AND t.joined_version > +?9 AND t.joined_version <= h.place",
                $where
            )
        )
    };
}
// What is passed over is passed over in the index alone, because only what is left is joined to its row.
macro_rules! members_gone {
    ($where:expr) => {
        members_then!(
            "n.joined_version",
            "member n INDEXED BY member_gone CROSS JOIN member t ON t.id = n.id",
            concat!(
                "n.org_id = +?4 AND n.joined_version > +?9 AND n.joined_version <= h.place AND n.ended_version > v.version",
                $where
            )
        )
    };
}
macro_rules! invitations_present {
    ($where:literal) => {
        invitations_then!(
            "i.invited_version",
            "invitation i INDEXED BY invitation_into_org",
            concat!(
                "i.org_id = +?4 AND i.status = 'pending' AND i.project_id IS NULL AND i.invited_version > +?9 \
                 AND i.invited_version <= h.place",
                $where
            )
        )
    };
}
macro_rules! invitations_gone {
    ($where:literal) => {
        invitations_then!(
            "n.invited_version",
            "invitation n INDEXED BY invitation_gone CROSS JOIN invitation i ON i.id = n.id",
            concat!(
                "n.org_id = +?4 AND n.project_id IS NULL AND n.invited_version > +?9 AND n.invited_version <= h.place \
                 AND n.ended_version > v.version",
                $where
            )
        )
    };
}
macro_rules! horizon_of_members_present {
    () => {
        horizon!("member", "joined_version", "member_by_status", "n.status = 'active'")
    };
}
macro_rules! horizon_of_members_gone {
    () => {
        horizon!("member", "joined_version", "member_gone", "n.ended_version IS NOT NULL")
    };
}
macro_rules! horizon_of_invitations_present {
    () => {
        horizon!(
            "invitation",
            "invited_version",
            "invitation_into_org",
            "n.status = 'pending' AND n.project_id IS NULL"
        )
    };
}
macro_rules! horizon_of_invitations_gone {
    () => {
        horizon!(
            "invitation",
            "invited_version",
            "invitation_gone",
            "n.ended_version IS NOT NULL AND n.project_id IS NULL"
        )
    };
}

pub(crate) const ROSTER_THEN: &str = listed_then!(
    concat!(horizon_of_members_gone!(), horizon_of_invitations_gone!()),
    both!(both!(members_present!(""), members_gone!("")), both!(invitations_present!(""), invitations_gone!("")))
);
pub(crate) const ROSTER_ROLE_THEN: &str = listed_then!(
    concat!(
        horizon_of_members_present!(),
        horizon_of_members_gone!(),
        horizon_of_invitations_present!(),
        horizon_of_invitations_gone!()
    ),
    both!(
        both!(
            members_present!(" AND given.data ->> '$.role' = +?10"),
            members_gone!(" AND given.data ->> '$.role' = +?10")
        ),
        both!(invitations_present!(" AND +i.role = +?10"), invitations_gone!(" AND +i.role = +?10"))
    )
);
pub(crate) const ACTIVE_THEN: &str =
    listed_then!(horizon_of_members_gone!(), both!(members_present!(""), members_gone!("")));
// Of any role and licence, unless ?10 and ?11 say which.
macro_rules! chosen {
    () => {
        concat!(
            " AND (+?10 IS NULL OR given.data ->> '$.role' = +?10) AND (+?11 IS NULL OR ",
            licensed_then!("t.id", "x.version <= v.version"),
            " = +?11)"
        )
    };
}
pub(crate) const CHOSEN_THEN: &str = listed_then!(
    concat!(horizon_of_members_present!(), horizon_of_members_gone!()),
    both!(members_present!(chosen!()), members_gone!(chosen!()))
);
pub(crate) const PENDING_THEN: &str =
    listed_then!(horizon_of_invitations_gone!(), both!(invitations_present!(""), invitations_gone!("")));
pub(crate) const PENDING_ROLE_THEN: &str = listed_then!(
    concat!(horizon_of_invitations_present!(), horizon_of_invitations_gone!()),
    both!(invitations_present!(" AND +i.role = +?10"), invitations_gone!(" AND +i.role = +?10"))
);
