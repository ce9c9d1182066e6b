//! Invite links, as the organization sees them and in the hands of those who have one.

use latchkey_domain::decide::link::HeldLink;
use latchkey_domain::decide::seat::SEATS_GIVEN_BACK_MAX;
use latchkey_domain::facts::{LinkFacts, Who};
use latchkey_domain::{LinkId, OrgId, policy};
use serde::Deserialize;

use crate::context::{self, Ask, OrgContext, Replay, text};
use crate::db::{Db, DbError, Value};
use crate::page::Newest;
use crate::read_json;

/// A link in a list, at its place there.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Listed {
    #[serde(flatten)]
    pub link: LinkFacts,
    /// The version of the event that made it.
    pub place: u64,
}

/// Who holds the link up, if signed in, and all that decides what it is worth to them.
#[derive(Debug, Clone, Deserialize)]
pub struct HeldLinkContext {
    pub who: Option<Who>,
    pub replay: Option<Replay>,
    /// `None`: no such link.
    pub held: Option<HeldLink>,
}

/// A link of the organization, of any status.
///
/// # Errors
/// Of the store.
pub async fn one(
    db: &impl Db,
    ask: &Ask<'_>,
    org: &OrgId,
    link: &LinkId,
) -> Result<OrgContext<Option<LinkFacts>>, DbError> {
    context::org(db, ask, org, LINK, vec![text(link)]).await
}

/// One page of the organization's links. A status is one as it is shown: `active`, `used_up`, `expired` or `revoked`.
///
/// # Errors
/// Of the store.
pub async fn list(
    db: &impl Db,
    ask: &Ask<'_>,
    org: &OrgId,
    newest: &Newest<'_>,
) -> Result<OrgContext<Vec<Listed>>, DbError> {
    newest.read(db, ask, org, (LINKS, LINKS_BY_STATUS)).await
}

/// The link and what decides over it.
///
/// # Errors
/// Of the store.
pub async fn held(db: &impl Db, ask: &Ask<'_>, link: &LinkId) -> Result<HeldLinkContext, DbError> {
    let more = [text(link), text(policy::preset_hashes_json()), Value::Integer(i64::from(SEATS_GIVEN_BACK_MAX))];
    let params = ask.params().into_iter().chain(more).collect();
    read_json(&db.query(HELD_LINK, params).await?)
}

pub(crate) const LINK: &str =
    org_context!(concat!("(SELECT ", link_json!("l"), " FROM invite_link l WHERE l.id = +?6 AND l.org_id = +?4)"));

pub(crate) const LINKS: &str = org_context!(concat!(
    "(SELECT json_group_array(json(entry)) FROM (SELECT ",
    link_json!("l"),
    " AS entry FROM invite_link l WHERE l.org_id = +?4 AND l.created_version < +?6 ORDER BY l.created_version DESC LIMIT +?7))"
));

/// Whether a link is used up, or over before the log says so, no index knows: those that are active in the log are looked at
/// one by one.
pub(crate) const LINKS_BY_STATUS: &str = org_context!(concat!(
    "(SELECT json_group_array(json(entry)) FROM (SELECT ",
    link_json!("e"),
    " AS entry, e.created_version AS place FROM invite_link e \
     WHERE e.org_id = +?4 AND e.status = +?8 AND e.status <> 'active' AND e.created_version < +?6 UNION ALL SELECT ",
    link_json!("a"),
    ", a.created_version FROM invite_link a WHERE a.org_id = +?4 AND a.status = 'active' AND a.created_version < +?6 \
     AND CASE WHEN a.expires_at <= +?2 THEN 'expired' WHEN a.uses >= a.uses_max THEN 'used_up' ELSE 'active' END = +?8 \
     ORDER BY place DESC LIMIT +?7))"
));

/// Parameters: ?1 token hash, ?2 now, ?3 idempotency key, ?4 link, ?5 known policy hashes, ?6 due invitations looked at.
pub(crate) const HELD_LINK: &str = concat!(
    "SELECT json_object(",
    who_and_replay_json!(),
    ", 'held', json(CASE WHEN l.id IS NOT NULL THEN json_object('link', json(",
    link_json!("l"),
    "), 'org', json(",
    org_json!("o", "?5"),
    "), 'creator', json(",
    member_json!("v", "vu"),
    "), 'me', json(",
    shown_member_json!("m", "u"),
    "), 'elsewhere', json(CASE WHEN o.exclusive = 1 THEN ",
    elsewhere_json!("o.id"),
    " END), 'due', json(",
    due_invitations!(of "o.id", "+?6", ""),
    ")) END))",
    from_session!("u.id"),
    " LEFT JOIN invite_link l ON l.id = +?4",
    " LEFT JOIN org o ON o.id = l.org_id AND o.status = 'active'",
    " LEFT JOIN member v ON v.id = l.created_by",
    " LEFT JOIN user vu ON vu.id = v.user_id",
    " LEFT JOIN member m ON m.user_id = u.id AND m.org_id = l.org_id AND m.status = 'active'"
);
