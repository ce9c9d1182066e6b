//! Members, and the roster: members and open invitations as one list.

use latchkey_domain::{InvitationId, MemberId, OrgId, search};
use serde::Deserialize;

use crate::context::{self, Ask, OrgContext, text};
use crate::db::{Db, DbError, Value};
use latchkey_domain::facts::MemberFacts;

/// Which entries of the roster are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Listed {
    ActiveAndPending,
    Active,
    Pending,
}

/// A line of the roster.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Entry {
    Member {
        id: MemberId,
        user: String,
        role: String,
        email: String,
        display_name: Option<String>,
        joined_at: i64,
        place: u64,
    },
    Invitation {
        id: InvitationId,
        role: String,
        email: String,
        invited_by: MemberId,
        invited_at: i64,
        expires_at: i64,
        place: u64,
    },
}

impl Entry {
    /// The version of the event that put it into the list, which is its place there.
    pub fn place(&self) -> u64 {
        match self {
            Self::Member { place, .. } | Self::Invitation { place, .. } => *place,
        }
    }
}

/// A part of the roster.
#[derive(Debug, Clone, Copy)]
pub struct List<'a> {
    pub listed: Listed,
    /// As a person typed it; compared without case and accents with the beginnings of words.
    pub search: Option<&'a str>,
    /// The place after which the page begins; 0 for the first.
    pub after: u64,
    /// One more than is shown tells whether more follows.
    pub rows_max: i64,
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

/// One page of the roster, in the order in which people were added.
///
/// # Errors
/// Of the store.
pub async fn list(
    db: &impl Db,
    ask: &Ask<'_>,
    org: &OrgId,
    list: &List<'_>,
) -> Result<OrgContext<Vec<Entry>>, DbError> {
    let prefix = list.search.map(search::query);
    let mut more = vec![Value::Integer(i64::try_from(list.after).unwrap_or(i64::MAX)), Value::Integer(list.rows_max)];
    let searched = match prefix {
        None => Searched::No,
        Some(prefix) => {
            let prefix = prefix.unwrap_or_default();
            more.push(text(&prefix));
            // Above every word that starts with the prefix, as SQLite compares text, by its bytes.
            more.push(text(format!("{prefix}\u{10ffff}")));
            Searched::Yes
        }
    };
    let sql = match (list.listed, searched) {
        (Listed::ActiveAndPending, Searched::No) => ROSTER,
        (Listed::Active, Searched::No) => ROSTER_ACTIVE,
        (Listed::Pending, Searched::No) => ROSTER_PENDING,
        (Listed::ActiveAndPending, Searched::Yes) => SEARCH,
        (Listed::Active, Searched::Yes) => SEARCH_ACTIVE,
        (Listed::Pending, Searched::Yes) => SEARCH_PENDING,
    };
    context::org(db, ask, org, sql, more).await
}

#[derive(Clone, Copy)]
enum Searched {
    Yes,
    No,
}

pub(crate) const MEMBER: &str = org_context!(concat!(
    "(SELECT ",
    member_json!("t", "tu"),
    " FROM member t JOIN user tu ON tu.id = t.user_id WHERE t.id = +?6 AND t.org_id = +?4)"
));

// The roster merges two indexes in the order of their versions and stops at the limit. A search finds the few entries
// that have the word first, by their ids; the plus signs keep SQLite from walking the whole list beside them.
macro_rules! roster {
    ($parts:expr) => {
        org_context!(concat!("(SELECT json_group_array(json(entry)) FROM (", $parts, " ORDER BY place LIMIT +?7))"))
    };
}
macro_rules! members_part {
    ($where:literal) => {
        concat!(
            "SELECT t.joined_version AS place, json_object('kind', 'member', 'id', t.id, 'user', t.user_id, 'role', t.role, 'email', tu.email, \
             'display_name', tu.display_name, 'joined_at', t.joined_at, 'place', t.joined_version) AS entry \
             FROM member t CROSS JOIN user tu ON tu.id = t.user_id WHERE ",
            $where
        )
    };
}
macro_rules! invitations_part {
    ($index:literal, $where:literal) => {
        concat!(
            "SELECT i.invited_version AS place, json_object('kind', 'invitation', 'id', i.id, 'role', i.role, 'email', i.email, \
             'invited_by', i.invited_by, 'invited_at', i.invited_at, 'expires_at', i.expires_at, 'place', i.invited_version) AS entry \
             FROM invitation i ",
            $index,
            " WHERE ",
            $where
        )
    };
}
macro_rules! listed_members {
    () => {
        members_part!("t.org_id = +?4 AND t.status = 'active' AND t.joined_version > +?6")
    };
}
macro_rules! listed_invitations {
    () => {
        invitations_part!(
            "INDEXED BY invitation_by_status",
            "i.org_id = +?4 AND i.status = 'pending' AND i.invited_version > +?6"
        )
    };
}
macro_rules! found_members {
    () => {
        members_part!(
            "t.id IN (SELECT w.entry_id FROM roster_word w WHERE w.org_id = +?4 AND w.word >= +?8 AND w.word < +?9) \
             AND +t.org_id = +?4 AND +t.status = 'active' AND +t.joined_version > +?6"
        )
    };
}
macro_rules! found_invitations {
    () => {
        invitations_part!(
            "",
            "i.id IN (SELECT w.entry_id FROM roster_word w WHERE w.org_id = +?4 AND w.word >= +?8 AND w.word < +?9) \
             AND +i.org_id = +?4 AND +i.status = 'pending' AND +i.invited_version > +?6"
        )
    };
}

pub(crate) const ROSTER: &str = roster!(concat!(listed_members!(), " UNION ALL ", listed_invitations!()));
pub(crate) const ROSTER_ACTIVE: &str = roster!(listed_members!());
pub(crate) const ROSTER_PENDING: &str = roster!(listed_invitations!());
pub(crate) const SEARCH: &str = roster!(concat!(found_members!(), " UNION ALL ", found_invitations!()));
pub(crate) const SEARCH_ACTIVE: &str = roster!(found_members!());
pub(crate) const SEARCH_PENDING: &str = roster!(found_invitations!());
