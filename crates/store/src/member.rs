//! Members, and the roster: members and open invitations into the organization as one list.

use latchkey_domain::facts::{InvitationFacts, MemberFacts};
use latchkey_domain::{MemberId, OrgId, search};
use serde::Deserialize;

use crate::context::{self, Ask, OrgContext, text};
use crate::db::{Db, DbError, Value};

/// Which entries of the roster are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Listed {
    ActiveAndPending,
    Active,
    Pending,
}

/// In which order, and after which entry the page begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order<'a> {
    /// As they came: after that place, 0 for the first page.
    Joined { after: u64 },
    /// By name, those without one by their address: after that name and id, both empty for the first page.
    Name { after: (&'a str, &'a str) },
    /// Only those that a search finds, by the text it finds them by: after that text and id.
    Found {
        /// As a person typed it.
        search: &'a str,
        after: Option<(&'a str, &'a str)>,
    },
}

/// A part of the roster.
#[derive(Debug, Clone, Copy)]
pub struct List<'a> {
    pub listed: Listed,
    pub role: Option<&'a str>,
    /// Nobody who is only invited has a licence or lacks one: such a list is of members.
    pub licensed: Option<bool>,
    pub order: Order<'a>,
    /// One more than is shown tells whether more follows.
    pub rows_max: i64,
}

/// A line of the roster.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Line {
    pub entry: Entry,
    /// The version of the event that put it into the list.
    pub place: u64,
    /// The name or the text by which it stands where it does; empty in the order of joining.
    pub sort: String,
}

/// Who is in a line.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Entry {
    Member(MemberFacts),
    Invitation(InvitationFacts),
}

impl Line {
    /// The id of the member or of the invitation.
    pub fn id(&self) -> &str {
        match &self.entry {
            Entry::Member(member) => member.id.as_str(),
            Entry::Invitation(invitation) => invitation.id.as_str(),
        }
    }
}

/// A member of the organization, of any status.
///
/// # Errors
/// Of the store.
pub async fn one(
    db: &impl Db,
    ask: &Ask<'_>,
    org: &OrgId,
    member: &MemberId,
) -> Result<OrgContext<Option<MemberFacts>>, DbError> {
    context::org(db, ask, org, MEMBER, vec![text(member)]).await
}

/// One page of the roster.
///
/// # Errors
/// Of the store.
pub async fn list(db: &impl Db, ask: &Ask<'_>, org: &OrgId, list: &List<'_>) -> Result<OrgContext<Vec<Line>>, DbError> {
    let listed = match (list.listed, list.licensed) {
        (Listed::ActiveAndPending, Some(_)) => Listed::Active,
        (listed, _) => listed,
    };
    let is_contradictory = listed == Listed::Pending && list.licensed.is_some();
    let rows_max = if is_contradictory { 0 } else { list.rows_max };
    let role = list.role.map_or(Value::Null, text);
    let licensed = list.licensed.map_or(Value::Null, |licensed| Value::Integer(i64::from(licensed)));
    let mut more = vec![Value::Integer(rows_max)];
    let sql = match list.order {
        Order::Joined { after } => {
            more.extend([Value::Integer(i64::try_from(after).unwrap_or(i64::MAX)), Value::Null]);
            statement(listed, Sorted::Joined, list)
        }
        Order::Name { after: (name, id) } => {
            more.extend([text(name), text(id)]);
            statement(listed, Sorted::Name, list)
        }
        Order::Found { search, after } => {
            // Where nothing is left to look for, nothing is found: above every text there is.
            let prefix = search::query(search).unwrap_or_else(|| LAST.to_owned());
            let end = format!("{prefix}{LAST}");
            // A cursor leads nowhere before the first text found.
            let (word, id) = after.filter(|(word, _)| *word >= prefix.as_str()).unwrap_or((&prefix, ""));
            let status = match listed {
                Listed::ActiveAndPending => Value::Null,
                Listed::Active => text("active"),
                Listed::Pending => text("pending"),
            };
            more.extend([text(word), text(id), role, licensed, text(&prefix), text(&end), status]);
            return context::org(db, ask, org, SEARCH, more).await;
        }
    };
    more.extend([role, licensed]);
    more.truncate(sql.parameters);
    context::org(db, ask, org, sql.text, more).await
}

/// The largest character: as SQLite compares text, by its bytes, above all that begins otherwise.
const LAST: &str = "\u{10ffff}";

#[derive(Clone, Copy)]
enum Sorted {
    Joined,
    Name,
}

/// A statement, and how many parameters it has after those of every context.
struct Statement {
    text: &'static str,
    parameters: usize,
}

/// Each filter has an index that is in the list's order. Of two filters the role leads, and the licence is looked at row by row.
fn statement(listed: Listed, sorted: Sorted, list: &List<'_>) -> Statement {
    let (text, parameters) = match (listed, list.role, list.licensed, sorted) {
        (Listed::ActiveAndPending, None, _, Sorted::Joined) => (ROSTER, 2),
        (Listed::ActiveAndPending, None, _, Sorted::Name) => (ROSTER_NAMES, 3),
        (Listed::ActiveAndPending, Some(_), _, Sorted::Joined) => (ROSTER_ROLE, 4),
        (Listed::ActiveAndPending, Some(_), _, Sorted::Name) => (ROSTER_ROLE_NAMES, 4),
        (Listed::Active, None, None, Sorted::Joined) => (ACTIVE, 2),
        (Listed::Active, None, None, Sorted::Name) => (ACTIVE_NAMES, 3),
        (Listed::Active, None, Some(_), Sorted::Joined) => (ACTIVE_LICENSE, 5),
        (Listed::Active, None, Some(_), Sorted::Name) => (ACTIVE_LICENSE_NAMES, 5),
        (Listed::Active, Some(_), _, Sorted::Joined) => (ACTIVE_ROLE, 5),
        (Listed::Active, Some(_), _, Sorted::Name) => (ACTIVE_ROLE_NAMES, 5),
        (Listed::Pending, None, _, Sorted::Joined) => (PENDING, 2),
        (Listed::Pending, None, _, Sorted::Name) => (PENDING_NAMES, 3),
        (Listed::Pending, Some(_), _, Sorted::Joined) => (PENDING_ROLE, 4),
        (Listed::Pending, Some(_), _, Sorted::Name) => (PENDING_ROLE_NAMES, 4),
    };
    Statement { text, parameters }
}

pub(crate) const MEMBER: &str = org_context!(concat!(
    "(SELECT ",
    member_json!("t", "tu", concat!(shown_json!("t", "tu"), ", 'restrictions', json(", restrictions_json!("t"), ")")),
    " FROM member t JOIN user tu ON tu.id = t.user_id WHERE t.id = +?6 AND t.org_id = +?4)"
));

// Parameters of a list: ?6 rows, ?7 the place or the name after which it begins, ?8 the id there, ?9 role, ?10 licence.
//
// A list walks along one index that has its order, or merges two, and stops at the limit. The indexes are named, because
// without statistics SQLite cannot know which of them is the narrow one.
macro_rules! joined {
    ($parts:expr) => {
        org_context!(concat!("(SELECT ", json_list!("line"), " FROM (", $parts, " ORDER BY place LIMIT +?6))"))
    };
}
macro_rules! named {
    ($parts:expr) => {
        org_context!(concat!("(SELECT ", json_list!("line"), " FROM (", $parts, " ORDER BY name, id LIMIT +?6))"))
    };
}
macro_rules! either {
    ($members:expr, $invitations:expr) => {
        concat!($members, " UNION ALL ", $invitations)
    };
}
macro_rules! members {
    ($key:literal, $sort:literal, $index:literal, $where:expr) => {
        concat!(
            "SELECT ",
            $key,
            ", json_object('entry', json_object('member', ",
            shown_member_object!("t", "tu"),
            "), 'place', t.joined_version, 'sort', ",
            $sort,
            ") AS line FROM member t INDEXED BY ",
            $index,
            " CROSS JOIN user tu ON tu.id = t.user_id WHERE t.org_id = +?4 AND t.status = 'active' AND ",
            $where
        )
    };
}
macro_rules! members_joined {
    ($index:literal, $where:literal) => {
        members!("t.joined_version AS place", "''", $index, concat!("t.joined_version > +?7", $where))
    };
}
macro_rules! members_named {
    ($index:literal, $where:literal) => {
        members!("t.name AS name, t.id AS id", "t.name", $index, concat!("(t.name, t.id) > (+?7, +?8)", $where))
    };
}
macro_rules! invitations {
    ($key:literal, $sort:literal, $index:literal, $where:expr) => {
        concat!(
            "SELECT ",
            $key,
            ", json_object('entry', json_object('invitation', json(",
            invitation_json!("i"),
            ")), 'place', i.invited_version, 'sort', ",
            $sort,
            ") AS line FROM invitation i INDEXED BY ",
            $index,
            " WHERE i.org_id = +?4 AND i.status = 'pending' AND i.project_id IS NULL AND ",
            $where
        )
    };
}
macro_rules! invitations_joined {
    ($index:literal, $where:literal) => {
        invitations!("i.invited_version AS place", "''", $index, concat!("i.invited_version > +?7", $where))
    };
}
macro_rules! invitations_named {
    ($index:literal, $where:literal) => {
        invitations!(
            "i.email_key AS name, i.id AS id",
            "i.email_key",
            $index,
            concat!("(i.email_key, i.id) > (+?7, +?8)", $where)
        )
    };
}

pub(crate) const ROSTER: &str =
    joined!(either!(members_joined!("member_by_status", ""), invitations_joined!("invitation_into_org", "")));
pub(crate) const ROSTER_NAMES: &str =
    named!(either!(members_named!("member_by_name", ""), invitations_named!("invitation_by_name", "")));
pub(crate) const ROSTER_ROLE: &str = joined!(either!(
    members_joined!("member_by_role", " AND t.role = +?9"),
    invitations_joined!("invitation_by_role", " AND i.role = +?9")
));
pub(crate) const ROSTER_ROLE_NAMES: &str = named!(either!(
    members_named!("member_by_role_name", " AND t.role = +?9"),
    invitations_named!("invitation_by_role_name", " AND i.role = +?9")
));
pub(crate) const ACTIVE: &str = joined!(members_joined!("member_by_status", ""));
pub(crate) const ACTIVE_NAMES: &str = named!(members_named!("member_by_name", ""));
pub(crate) const ACTIVE_LICENSE: &str = joined!(members_joined!("member_by_license", " AND t.licensed = +?10"));
pub(crate) const ACTIVE_LICENSE_NAMES: &str =
    named!(members_named!("member_by_license_name", " AND t.licensed = +?10"));
pub(crate) const ACTIVE_ROLE: &str =
    joined!(members_joined!("member_by_role", " AND t.role = +?9 AND +t.licensed = coalesce(+?10, t.licensed)"));
pub(crate) const ACTIVE_ROLE_NAMES: &str =
    named!(members_named!("member_by_role_name", " AND t.role = +?9 AND +t.licensed = coalesce(+?10, t.licensed)"));
pub(crate) const PENDING: &str = joined!(invitations_joined!("invitation_into_org", ""));
pub(crate) const PENDING_NAMES: &str = named!(invitations_named!("invitation_by_name", ""));
pub(crate) const PENDING_ROLE: &str = joined!(invitations_joined!("invitation_by_role", " AND i.role = +?9"));
pub(crate) const PENDING_ROLE_NAMES: &str = named!(invitations_named!("invitation_by_role_name", " AND i.role = +?9"));

// Parameters of a search: ?6 rows, ?7 and ?8 the text and the id after which it begins, ?9 role, ?10 licence, ?11 the prefix,
// ?12 the end of what begins with it, ?13 status. Role, licence and status are NULL for any.
//
// It walks along the words in their order and stops at the limit. An entry that an earlier word has shown already is passed
// over, and so is what a filter leaves out.
pub(crate) const SEARCH: &str = org_context!(concat!(
    "(SELECT ",
    json_list!("line"),
    " FROM (SELECT w.word AS word, w.entry_id AS id, \
     json_object('entry', iif(t.id IS NULL, json_object('invitation', json(",
    invitation_json!("i"),
    ")), json_object('member', json(",
    shown_member_json!("t", "tu"),
    "))), 'place', coalesce(t.joined_version, i.invited_version), 'sort', w.word) AS line \
     FROM roster_word w LEFT JOIN member t ON t.id = w.entry_id LEFT JOIN user tu ON tu.id = t.user_id \
     LEFT JOIN invitation i ON i.id = w.entry_id \
     WHERE w.org_id = +?4 AND (w.word, w.entry_id) > (+?7, +?8) AND w.word < +?12 \
     AND coalesce(t.role, i.role) = coalesce(+?9, t.role, i.role) \
     AND (+?10 IS NULL OR t.licensed = +?10) \
     AND (+?13 IS NULL OR iif(t.id IS NULL, 'pending', 'active') = +?13) \
     AND NOT EXISTS (SELECT 1 FROM roster_word x \
                     WHERE x.entry_id = w.entry_id AND x.org_id = w.org_id AND x.word >= +?11 AND x.word < w.word) \
     ORDER BY w.word, w.entry_id LIMIT +?6))"
));
