//! OAuth clients: the contexts of their operations, the list of them, and whose secret it is that asks for a token.

use latchkey_domain::facts::ClientFacts;
use latchkey_domain::policy::{self, Policy, PolicyFault};
use latchkey_domain::{OauthClientId, OrgId};
use serde::Deserialize;
use std::sync::Arc;

use crate::context::{self, Ask, OrgContext, text};
use crate::db::{Db, DbError, Value};
use crate::page::Newest;
use crate::read_json;

/// What making a client rests on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub struct NewClientFacts {
    /// Active clients of the organization.
    pub active: u64,
}

/// A client that has shown its secret, with the rules that it lives under.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Authenticated {
    pub client: ClientFacts,
    pub org: OrgId,
    policy_hash: String,
    policy_document: Option<String>,
}

impl Authenticated {
    /// The organization's rules.
    ///
    /// # Errors
    /// A stored policy that cannot be read: a bug of ours.
    pub fn rules(&self) -> Result<Arc<Policy>, PolicyFault> {
        policy::load(&self.policy_hash, self.policy_document.as_deref())
    }
}

/// The organization in which a client is to be made.
///
/// # Errors
/// Of the store.
pub async fn new(db: &impl Db, ask: &Ask<'_>, org: &OrgId) -> Result<OrgContext<NewClientFacts>, DbError> {
    context::org(db, ask, org, NEW_CLIENT, Vec::new()).await
}

/// A client of the organization, of any status.
///
/// # Errors
/// Of the store.
pub async fn one(
    db: &impl Db,
    ask: &Ask<'_>,
    org: &OrgId,
    client: &OauthClientId,
) -> Result<OrgContext<Option<ClientFacts>>, DbError> {
    context::org(db, ask, org, CLIENT, vec![text(client)]).await
}

/// One page of the organization's clients.
///
/// # Errors
/// Of the store.
pub async fn list(
    db: &impl Db,
    ask: &Ask<'_>,
    org: &OrgId,
    newest: &Newest<'_>,
) -> Result<OrgContext<Vec<ClientFacts>>, DbError> {
    newest.read(db, ask, org, (CLIENTS, CLIENTS_BY_STATUS)).await
}

/// The client, if it is active and this is the hash of a secret of its own that is good at `now`.
///
/// # Errors
/// Of the store.
pub async fn authenticate(
    db: &impl Db,
    client: &OauthClientId,
    secret_hash: &str,
    now: i64,
) -> Result<Option<Authenticated>, DbError> {
    let params = vec![text(client), text(secret_hash), Value::Integer(now), text(policy::preset_hashes_json())];
    let rows = db.query(AUTHENTICATE, params).await?;
    if rows.is_empty() { Ok(None) } else { read_json(&rows).map(Some) }
}

/// A client as JSON, for an alias of its table.
macro_rules! client_json {
    ($c:literal) => {
        concat!(
            "json_object('id', ",
            $c,
            ".id, 'name', ",
            $c,
            ".name, 'status', ",
            $c,
            ".status, 'scopes', json(",
            $c,
            ".scopes), 'role', ",
            $c,
            ".role, 'generation', ",
            $c,
            ".generation, 'key_id', ",
            $c,
            ".key_id, 'created_by', ",
            $c,
            ".created_by, 'created_at', ",
            $c,
            ".created_at, 'ended_at', ",
            $c,
            ".ended_at, 'rev', ",
            $c,
            ".rev, 'place', ",
            $c,
            ".created_version)"
        )
    };
}

pub(crate) const NEW_CLIENT: &str = org_context!(
    "(SELECT json_object('active', count(*)) FROM oauth_client t WHERE t.org_id = +?4 AND t.status = 'active')"
);

pub(crate) const CLIENT: &str =
    org_context!(concat!("(SELECT ", client_json!("t"), " FROM oauth_client t WHERE t.id = +?6 AND t.org_id = +?4)"));

macro_rules! clients {
    ($where:literal) => {
        org_context!(concat!(
            "(SELECT ",
            json_list!("entry"),
            " FROM (SELECT ",
            client_json!("t"),
            " AS entry FROM oauth_client t WHERE t.org_id = +?4 AND t.created_version < +?6 ",
            $where,
            " ORDER BY t.created_version DESC LIMIT +?7))"
        ))
    };
}

pub(crate) const CLIENTS: &str = clients!("");
pub(crate) const CLIENTS_BY_STATUS: &str = clients!("AND t.status = +?8");

// Parameters: ?1 client, ?2 hash of its secret, ?3 now, ?4 known policy hashes.
pub(crate) const AUTHENTICATE: &str = concat!(
    "SELECT json_object('client', json(",
    client_json!("c"),
    "), 'org', o.id, 'policy_hash', o.policy_hash, \
     'policy_document', (SELECT p.document FROM policy p WHERE p.hash = o.policy_hash AND p.hash NOT IN (SELECT value FROM json_each(?4)))) \
     FROM oauth_client_secret s JOIN oauth_client c ON c.id = s.client_id AND c.status = 'active' \
     JOIN org o ON o.id = c.org_id AND o.status = 'active' \
     WHERE s.id = +?2 AND s.client_id = +?1 AND (s.valid_until IS NULL OR s.valid_until > +?3)"
);
