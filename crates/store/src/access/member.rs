//! All that a member may, with the rows and the events it comes from.

use latchkey_domain::access::Events;
use latchkey_domain::facts::MemberFacts;
use latchkey_domain::key::KeyPower;
use latchkey_domain::{ApiKeyId, EventId, MemberId, OrgId, ProjectId, ProjectMemberId};
use serde::Deserialize;

use crate::context::{self, Ask, OrgContext, text};
use crate::db::{Db, DbError, Value};

/// What a member's access rests on.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct MemberAccess {
    /// Of any status; with restrictions.
    pub member: MemberFacts,
    pub events: Events,
    /// The single projects that the person is in, the newest first.
    pub guests: Vec<GuestAccess>,
    /// The active keys that the member holds, the newest first.
    pub keys: Vec<KeyAccess>,
}

/// The person's role in one project.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct GuestAccess {
    pub id: ProjectMemberId,
    pub project: ProjectId,
    pub role: String,
    /// That gave the role.
    pub event: EventId,
}

/// A key that the member holds.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct KeyAccess {
    pub id: ApiKeyId,
    pub name: String,
    pub power: KeyPower,
    pub project: Option<ProjectId>,
    pub expires_at: Option<i64>,
    /// That made the key what it is.
    pub event: EventId,
}

/// What a member may, from which rows; at most `rows_max` projects and as many keys.
///
/// # Errors
/// Of the store.
pub async fn member(
    db: &impl Db,
    ask: &Ask<'_>,
    org: &OrgId,
    member: &MemberId,
    rows_max: i64,
) -> Result<OrgContext<Option<MemberAccess>>, DbError> {
    context::org(db, ask, org, MEMBER_ACCESS, vec![text(member), Value::Integer(rows_max)]).await
}

pub(crate) const MEMBER_ACCESS: &str = org_context!(concat!(
    "(SELECT json_object('member', json(",
    member_json!("t", "tu", concat!(", 'restrictions', json(", restrictions_json!("t"), ")")),
    "), 'events', json_object('policy', ",
    rules_event!("t.org_id"),
    ", 'member', ",
    role_event!("t.org_id", "t.id"),
    ", 'restrictions', ",
    restrictions_event!("t.org_id", "t.id"),
    "), 'guests', json((SELECT json_group_array(json(entry)) FROM (SELECT json_object('id', g.id, 'project', g.project_id, \
       'role', g.role, 'event', ",
    guest_event!("g"),
    ") AS entry FROM project_member g INDEXED BY project_member_in_org WHERE g.user_id = t.user_id AND g.org_id = t.org_id \
       AND g.status = 'active' ORDER BY g.joined_version DESC LIMIT +?7))), \
     'keys', json((SELECT json_group_array(json(entry)) FROM (SELECT json_object('id', n.id, 'name', n.name, 'power', \
       json_object('scopes', json(n.scopes), 'kept', json(n.kept)), 'project', n.project_id, 'expires_at', n.expires_at, 'event', ",
    key_event!("n"),
    ") AS entry FROM api_key n INDEXED BY api_key_by_member WHERE n.member_id = t.id AND n.status = 'active' AND n.kept IS NULL \
       AND (n.expires_at IS NULL OR n.expires_at > +?2) ORDER BY n.created_version DESC LIMIT +?7)))) \
     FROM member t JOIN user tu ON tu.id = t.user_id WHERE t.id = +?6 AND t.org_id = +?4)"
));
