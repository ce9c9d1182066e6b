//! Domains of organizations: the contexts of their operations, the list of them, and which are to be looked at again.

use latchkey_domain::decide::domain::{ClaimFacts, ProofFacts};
use latchkey_domain::facts::DomainFacts;
use latchkey_domain::{Domain, DomainId, OrgId};
use serde::Serialize;

use crate::context::{self, Ask, OrgContext, text};
use crate::db::{Db, DbError, Row, Value};
use crate::of_text;
use crate::page::Newest;

/// The organization that claims a domain.
///
/// # Errors
/// Of the store.
pub async fn new(db: &impl Db, ask: &Ask<'_>, org: &OrgId, domain: &Domain) -> Result<OrgContext<ClaimFacts>, DbError> {
    context::org(db, ask, org, NEW_DOMAIN, vec![text(domain.as_str())]).await
}

/// A domain of the organization, of any status, and who has proved it besides.
///
/// # Errors
/// Of the store.
pub async fn one(
    db: &impl Db,
    ask: &Ask<'_>,
    org: &OrgId,
    domain: &DomainId,
) -> Result<OrgContext<ProofFacts>, DbError> {
    context::org(db, ask, org, DOMAIN, vec![text(domain)]).await
}

/// One page of the organization's domains; without a status, of those that it has not released.
///
/// # Errors
/// Of the store.
pub async fn list(
    db: &impl Db,
    ask: &Ask<'_>,
    org: &OrgId,
    newest: &Newest<'_>,
) -> Result<OrgContext<Vec<DomainFacts>>, DbError> {
    newest.read(db, ask, org, (DOMAINS, DOMAINS_BY_STATUS)).await
}

/// Takes verified domains that are due to be looked at, the longest overdue first. Nobody else takes them before `until`, when they are
/// due again by themselves.
///
/// # Errors
/// Of the store.
pub async fn take_due(db: &impl Db, now: i64, until: i64, rows_max: i64) -> Result<Vec<DomainFacts>, DbError> {
    let params = vec![Value::Integer(now), Value::Integer(until), Value::Integer(rows_max)];
    let taken: Vec<Row> = db.query(TAKE_DUE, params).await?;
    let facts = taken.iter().filter_map(|row| match row.first() {
        Some(Value::Text(facts)) => Some(of_text(facts)),
        _ => None,
    });
    facts.collect()
}

/// What was found when a domain was looked at again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Looked<'a> {
    pub domain: &'a DomainId,
    /// When it is looked at next.
    pub due_at: i64,
    /// When an answer came; `None`: none did.
    pub checked_at: Option<i64>,
    /// Since when the record is gone.
    pub failing_since: Option<i64>,
    /// Why no answer came.
    pub trouble: Option<&'a str>,
}

/// Writes it down.
///
/// # Errors
/// Of the store.
pub async fn record(db: &impl Db, looked: &Looked<'_>) -> Result<(), DbError> {
    let looked = serde_json::to_string(looked).unwrap_or_default();
    db.query(RECORD, vec![text(looked)]).await.map(drop)
}

pub(crate) const NEW_DOMAIN: &str = org_context!(
    "json_object('active', (SELECT count(*) FROM org_domain t WHERE t.org_id = +?4 AND t.status <> 'released'), \
     'claimed', (SELECT t.id FROM org_domain t WHERE t.org_id = +?4 AND t.domain = +?6 AND t.status <> 'released'))"
);

pub(crate) const DOMAIN: &str = org_context!(concat!(
    "json_object('domain', json((SELECT ",
    domain_json!("t"),
    " FROM org_domain t WHERE t.id = +?6 AND t.org_id = +?4)), 'holder', json((SELECT ",
    domain_json!("h"),
    " FROM org_domain t JOIN org_domain h ON h.domain = t.domain AND h.status = 'verified' \
     WHERE t.id = +?6 AND t.org_id = +?4 AND h.org_id <> t.org_id)))"
));

macro_rules! domains {
    ($where:literal) => {
        org_context!(concat!(
            "(SELECT ",
            json_list!("entry"),
            " FROM (SELECT ",
            domain_json!("t"),
            " AS entry FROM org_domain t WHERE t.org_id = +?4 AND t.created_version < +?6 AND ",
            $where,
            " ORDER BY t.created_version DESC LIMIT +?7))"
        ))
    };
}

pub(crate) const DOMAINS: &str = domains!("t.status <> 'released'");
pub(crate) const DOMAINS_BY_STATUS: &str = domains!("t.status = +?8");

/// Parameters: ?1 now, ?2 until when, ?3 rows.
pub(crate) const TAKE_DUE: &str = concat!(
    "UPDATE domain_check SET due_at = ?2 WHERE domain_id IN (\
     SELECT c.domain_id FROM domain_check c WHERE c.due_at <= +?1 ORDER BY c.due_at LIMIT +?3) \
     RETURNING (SELECT ",
    domain_json!("t"),
    " FROM org_domain t WHERE t.id = domain_check.domain_id)"
);

/// Parameter: ?1 what was found.
pub(crate) const RECORD: &str = "\
UPDATE domain_check SET due_at = ?1 ->> '$.due_at', checked_at = coalesce(?1 ->> '$.checked_at', checked_at),
                        failing_since = ?1 ->> '$.failing_since', trouble = ?1 ->> '$.trouble'
WHERE domain_id = +(?1 ->> '$.domain') RETURNING domain_id";
