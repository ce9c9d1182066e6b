//! Who pays for which organization, and what.

use latchkey_domain::OrgId;
use latchkey_domain::billing::{News, Parked, PayerId};
use latchkey_domain::facts::{OrgFacts, PayerFacts};
use latchkey_domain::policy;

use crate::context::text;
use crate::db::{Db, DbError, Value};
use crate::{of_text, read_json};

/// A piece of news as it came.
#[derive(Debug, Clone, Copy)]
pub struct Event<'a> {
    /// Whose the id is.
    pub sender: &'a str,
    pub id: &'a str,
    /// Lower-case hex of SHA-256 over what it says.
    pub said_hash: &'a str,
    /// Milliseconds since 1970.
    pub received_at: i64,
    pub news: &'a News,
}

/// What became of a piece of news.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taken {
    Newer,
    /// Newer news of the same subscription is known: this changes nothing.
    Older,
    /// An event of that id came before; see [`crate::hook::said`].
    Before,
}

/// Keeps a piece of news, once.
///
/// # Errors
/// Of the store.
pub async fn take(db: &impl Db, event: &Event<'_>) -> Result<Taken, DbError> {
    let (news, number) = (event.news, Value::Integer);
    let subscription = news.subscription.as_ref();
    let terms = subscription.map(|it| serde_json::to_string(&it.terms).unwrap_or_default());
    let params = vec![
        text(event.sender),
        text(event.id),
        text(event.said_hash),
        number(event.received_at),
        text(&news.payer),
        news.org.as_ref().map_or(Value::Null, text),
        number(news.at),
        subscription.map_or(Value::Null, |it| text(&it.id)),
        subscription.map_or(Value::Null, |it| number(it.began_at)),
        subscription.map_or(Value::Null, |it| number(i64::from(it.rank))),
        subscription.map_or(Value::Null, |it| number(i64::from(it.live))),
        terms.map_or(Value::Null, Value::Text),
    ];
    match db.query(TAKE, params).await {
        Ok(rows) if rows.first().and_then(|row| row.first()) == Some(&Value::Integer(0)) => Ok(Taken::Older),
        Ok(_) => Ok(Taken::Newer),
        Err(DbError::Unique(_)) => Ok(Taken::Before),
        Err(fault) => Err(fault),
    }
}

/// A payer, and the organization they pay for unless it is deleted. `None`: nobody has ever told of them.
///
/// # Errors
/// Of the store.
pub async fn payer(db: &impl Db, id: &PayerId) -> Result<Option<(PayerFacts, Option<OrgFacts>)>, DbError> {
    let rows = db.query(PAYER, vec![text(id), text(policy::preset_hashes_json())]).await?;
    let Some(row) = rows.first() else { return Ok(None) };
    let org = match row.get(1) {
        Some(Value::Text(org)) => Some(of_text(org)?),
        _ => None,
    };
    Ok(Some((read_json(&rows)?, org)))
}

/// Remembers that a payer who is as they were then is parked, and when to look again; or that nothing is to be done about them. Whether
/// they still were.
///
/// # Errors
/// Of the store.
pub async fn put_aside(
    db: &impl Db,
    payer: &PayerFacts,
    parked: Option<Parked>,
    now: i64,
    again_at: Option<i64>,
) -> Result<bool, DbError> {
    let params = vec![
        text(&payer.id),
        Value::Integer(i64::try_from(payer.rev).unwrap_or(i64::MAX)),
        parked.map_or(Value::Null, |parked| text(parked.as_str())),
        Value::Integer(now),
        again_at.map_or(Value::Null, Value::Integer),
    ];
    Ok(!db.query(PUT_ASIDE, params).await?.is_empty())
}

/// What became of the operator's word on whom a payer pays for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bound {
    Bound,
    /// There is no such organization.
    NoOrg,
    /// Somebody else pays for it.
    Taken,
}

/// Has a payer pay for an organization, or for none.
///
/// # Errors
/// Of the store.
pub async fn bind(db: &impl Db, payer: &PayerId, org: Option<&OrgId>, now: i64) -> Result<Bound, DbError> {
    let params = vec![text(payer), org.map_or(Value::Null, text), Value::Integer(now)];
    match db.query(BIND, params).await {
        Ok(rows) => Ok(if rows.is_empty() { Bound::NoOrg } else { Bound::Bound }),
        Err(DbError::Unique(_)) => Ok(Bound::Taken),
        Err(fault) => Err(fault),
    }
}

/// Payers whose organizations' plans are to be looked at, the longest overdue first.
///
/// # Errors
/// Of the store.
pub async fn due(db: &impl Db, now: i64, rows_max: i64) -> Result<Vec<PayerId>, DbError> {
    read_json(&db.query(DUE, vec![Value::Integer(now), Value::Integer(rows_max)]).await?)
}

/// Payers who are parked, the longest parked first, after the one parked at that time.
///
/// # Errors
/// Of the store.
pub async fn parked(db: &impl Db, after: Option<(i64, &str)>, rows_max: i64) -> Result<Vec<PayerFacts>, DbError> {
    let (at, id) = after.unwrap_or((i64::MIN, ""));
    read_json(&db.query(PARKED, vec![Value::Integer(at), text(id), Value::Integer(rows_max)]).await?)
}

/// Parameters: ?1 sender, ?2 event, ?3 hash, ?4 now, ?5 payer, ?6 organization, ?7 when it happened, ?8 subscription, ?9 when that began,
/// ?10 rank, ?11 whether it is live, ?12 terms.
///
/// Of two pieces of news of one moment and one rank the one that comes last stands: their sender does not say which is newer.
pub(crate) const TAKE: &str = "\
INSERT INTO billing_news (sender, event, said_hash, received_at, payer, org, at, subscription, began_at, rank, live, terms, is_newer)
SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12,
       NOT EXISTS (SELECT 1 FROM billing_subscription s WHERE s.payer_id = +?5 AND s.id = +?8 AND (s.at, s.rank) > (+?7, +?10))
RETURNING is_newer";

macro_rules! payer_json {
    ($p:literal) => {
        concat!(
            "json_object('id', ",
            $p,
            ".id, 'org', ",
            $p,
            ".org_id, 'claimed_org', ",
            $p,
            ".claimed_org_id, 'is_claim_taken', json(iif(EXISTS (SELECT 1 FROM billing_payer x WHERE x.org_id = ",
            $p,
            ".claimed_org_id), 'true', 'false')), 'rev', ",
            $p,
            ".rev, 'is_due', json(iif(",
            $p,
            ".due_at IS NULL, 'false', 'true')), 'parked', ",
            $p,
            ".parked, 'parked_at', ",
            $p,
            ".parked_at, 'had_subscription', json(iif(EXISTS (SELECT 1 FROM billing_subscription h WHERE h.payer_id = ",
            $p,
            ".id), 'true', 'false')), 'subscription', json((SELECT json_object('id', s.id, 'terms', json(s.terms)) \
             FROM billing_subscription s INDEXED BY billing_subscription_live WHERE s.payer_id = ",
            $p,
            ".id AND s.live = 1 ORDER BY s.began_at DESC, s.id DESC LIMIT 1)))"
        )
    };
}

/// Parameters: ?1 payer, ?2 the known policy hashes.
pub(crate) const PAYER: &str = concat!(
    "SELECT ",
    payer_json!("p"),
    ", ",
    org_json!("o", "?2"),
    " FROM billing_payer p LEFT JOIN org o ON o.id = p.org_id AND o.status = 'active' WHERE p.id = +?1"
);

pub(crate) const PUT_ASIDE: &str = "\
UPDATE billing_payer SET parked = ?3, parked_at = iif(?3 IS NULL, NULL, coalesce(parked_at, ?4)), due_at = ?5
WHERE id = +?1 AND rev = +?2 RETURNING id";

/// Parameters: ?1 payer, ?2 organization, ?3 now.
pub(crate) const BIND: &str = "\
INSERT INTO billing_payer (id, org_id, rev, due_at)
SELECT ?1, ?2, 1, ?3 WHERE ?2 IS NULL OR EXISTS (SELECT 1 FROM org o WHERE o.id = +?2 AND o.status = 'active')
ON CONFLICT (id) DO UPDATE SET org_id = excluded.org_id, claimed_org_id = NULL, rev = rev + 1, due_at = excluded.due_at
RETURNING id";

pub(crate) const DUE: &str = "\
SELECT json_group_array(id) FROM (
  SELECT id FROM billing_payer INDEXED BY billing_payer_due WHERE due_at <= +?1 ORDER BY due_at LIMIT +?2)";

pub(crate) const PARKED: &str = concat!(
    "SELECT json_group_array(json(entry)) FROM (SELECT ",
    payer_json!("p"),
    " AS entry FROM billing_payer p INDEXED BY billing_payer_parked WHERE p.parked IS NOT NULL AND (p.parked_at, p.id) > (?1, ?2) \
     ORDER BY p.parked_at, p.id LIMIT +?3)"
);
