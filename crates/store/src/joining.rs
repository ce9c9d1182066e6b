//! People whose address is at a verified domain, and their requests to be let in.

use latchkey_domain::decide::joining::{HeldDomain, HeldRequest};
use latchkey_domain::decide::seat::SEATS_GIVEN_BACK_MAX;
use latchkey_domain::facts::{JoinRequestFacts, Who};
use latchkey_domain::identity::IdentityKey;
use latchkey_domain::{JoinRequestId, OrgId, policy};
use serde::Deserialize;

use crate::context::{self, Ask, OrgContext, Replay, text};
use crate::db::{Db, DbError, Value};
use crate::page::Newest;
use crate::read_json;

/// Who is signed in, and the organization that has verified the domain of their address.
#[derive(Debug, Clone, Deserialize)]
pub struct HeldDomainContext {
    pub who: Option<Who>,
    pub replay: Option<Replay>,
    /// `None`: no organization has.
    pub held: Option<HeldDomain>,
}

/// The organization of the person's address, and what decides over the way in.
///
/// # Errors
/// Of the store.
pub async fn held(db: &impl Db, ask: &Ask<'_>) -> Result<HeldDomainContext, DbError> {
    read_json(&db.query(HELD_DOMAIN, held_params(ask)).await?)
}

/// The same for a user of an identity provider of whom there is news.
///
/// # Errors
/// Of the store.
pub async fn held_by_identity(db: &impl Db, key: &IdentityKey, now: i64) -> Result<HeldDomainContext, DbError> {
    let ask = Ask { token_hash: key.as_str(), now, idempotency_key: None };
    read_json(&db.query(HELD_DOMAIN_OF_IDENTITY, held_params(&ask)).await?)
}

fn held_params(ask: &Ask<'_>) -> Vec<Value> {
    let more = [text(policy::preset_hashes_json()), Value::Integer(i64::from(SEATS_GIVEN_BACK_MAX))];
    ask.params().into_iter().chain(more).collect()
}

/// A request to the organization, of any status, and what decides over granting it.
///
/// # Errors
/// Of the store.
pub async fn request(
    db: &impl Db,
    ask: &Ask<'_>,
    org: &OrgId,
    request: &JoinRequestId,
) -> Result<OrgContext<Option<HeldRequest>>, DbError> {
    let more = vec![text(request), Value::Integer(i64::from(SEATS_GIVEN_BACK_MAX))];
    context::org(db, ask, org, REQUEST, more).await
}

/// One page of the requests to the organization.
///
/// # Errors
/// Of the store.
pub async fn requests(
    db: &impl Db,
    ask: &Ask<'_>,
    org: &OrgId,
    newest: &Newest<'_>,
) -> Result<OrgContext<Vec<JoinRequestFacts>>, DbError> {
    newest.read(db, ask, org, (REQUESTS, REQUESTS_BY_STATUS)).await
}

/// A request with its person, for the aliases of the tables of requests, accounts and domains.
macro_rules! request_json {
    ($r:literal, $u:literal, $d:literal) => {
        concat!(
            "json_object('id', ",
            $r,
            ".id, 'user', ",
            $r,
            ".user_id, 'email', ",
            $u,
            ".email, 'email_key', ",
            $u,
            ".email_key, 'display_name', ",
            $u,
            ".display_name, 'personal_tier', ",
            $u,
            ".personal_tier, 'domain_id', ",
            $r,
            ".domain_id, 'domain', ",
            $d,
            ".domain, 'status', ",
            $r,
            ".status, 'created_at', ",
            $r,
            ".created_at, 'ended_at', ",
            $r,
            ".ended_at, 'rev', ",
            $r,
            ".rev, 'place', ",
            $r,
            ".created_version)"
        )
    };
}

macro_rules! held_domain {
    ($who:expr, $from:expr) => {
        concat!(
    "SELECT json_object(",
    $who,
    ", 'held', json(CASE WHEN o.id IS NOT NULL THEN json_object('domain', json(",
    domain_json!("d"),
    "), 'org', json(",
    org_json!("o", "?4"),
    "), 'is_proved', json(iif(u.email_proved_at IS NULL, 'false', 'true')), 'me', json(",
    shown_member_json!("m", "u"),
    "), 'last_ended', (SELECT x.status FROM member x WHERE x.user_id = u.id AND x.org_id = o.id AND x.status <> 'active' \
     ORDER BY x.joined_version DESC LIMIT 1), 'invitation', json((SELECT ",
    invitation_json!("i"),
    " FROM invitation i WHERE i.org_id = o.id AND i.email_key = u.email_key AND i.status = 'pending' AND i.project_id IS NULL)), \
     'request', json((SELECT ",
    request_json!("r", "u", "rd"),
    " FROM join_request r JOIN org_domain rd ON rd.id = r.domain_id WHERE r.user_id = u.id AND r.org_id = o.id \
     ORDER BY r.created_version DESC LIMIT 1)), 'elsewhere', json(CASE WHEN o.exclusive = 1 THEN ",
    elsewhere_json!("o.id"),
    " END), 'due', json(",
    due_invitations!(of "o.id", "+?5", ""),
    ")) END))",
    $from,
    " LEFT JOIN org_domain d ON d.domain = substr(u.email_key, instr(u.email_key, '@') + 1) AND d.status = 'verified'",
    " LEFT JOIN org o ON o.id = d.org_id AND o.status = 'active'",
    " LEFT JOIN member m ON m.user_id = u.id AND m.org_id = d.org_id AND m.status = 'active'"
)
    };
}

// Parameters: ?1 token hash, ?2 now, ?3 idempotency key, ?4 known policy hashes, ?5 due invitations looked at.
pub(crate) const HELD_DOMAIN: &str = held_domain!(who_and_replay_json!(), from_session!("u.id"));

// The same for ?1 an identity, of whom there is news; without ?3.
pub(crate) const HELD_DOMAIN_OF_IDENTITY: &str =
    held_domain!(concat!("'who', ", who_json!(identity_proof!()), ", 'replay', NULL"), from_identity!());

pub(crate) const REQUEST: &str = org_context!(concat!(
    "(SELECT json_object('request', json(",
    request_json!("r", "ru", "rd"),
    "), 'is_deleted', json(iif(ru.deleted_at IS NULL, 'false', 'true')), 'member', json(",
    member_json!("rm", "ru"),
    "), 'invitation', json((SELECT ",
    invitation_json!("i"),
    " FROM invitation i WHERE i.org_id = r.org_id AND i.email_key = ru.email_key AND i.status = 'pending' AND i.project_id IS NULL)), \
     'is_elsewhere', json(iif(o.exclusive = 1 AND EXISTS (SELECT 1 FROM member x WHERE x.user_id = r.user_id AND x.status = 'active' \
     AND x.exclusive = 1 AND x.org_id <> r.org_id), 'true', 'false')), 'due', json(",
    due_invitations!("+?7"),
    ")) FROM join_request r JOIN user ru ON ru.id = r.user_id JOIN org_domain rd ON rd.id = r.domain_id \
     LEFT JOIN member rm ON rm.user_id = r.user_id AND rm.org_id = r.org_id AND rm.status = 'active' \
     WHERE r.id = +?6 AND r.org_id = +?4)"
));

macro_rules! requests {
    ($where:literal) => {
        org_context!(concat!(
            "(SELECT ",
            json_list!("entry"),
            " FROM (SELECT ",
            request_json!("r", "ru", "rd"),
            " AS entry FROM join_request r CROSS JOIN user ru ON ru.id = r.user_id CROSS JOIN org_domain rd ON rd.id = r.domain_id \
             WHERE r.org_id = +?4 AND r.created_version < +?6 ",
            $where,
            " ORDER BY r.created_version DESC LIMIT +?7))"
        ))
    };
}

pub(crate) const REQUESTS: &str = requests!("");
pub(crate) const REQUESTS_BY_STATUS: &str = requests!("AND r.status = +?8");
