//! The one way into the log: a single INSERT that checks the premises, judges the items, appends and folds.

use latchkey_domain::command::Sealed;
use serde_json::Value as Json;

use crate::context::text;
use crate::db::{Db, DbError, Value};

/// Who asked, for the command's row.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// A user id, or `invitation:<id>` for the bearer of a token without an account, or `system`.
    pub principal: &'a str,
    pub idempotency_key: Option<&'a str>,
    /// Lower-case hex of SHA-256 over method, path and body.
    pub request_hash: &'a str,
}

/// What became of a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Appended {
    /// It is in the log; this is the organization's version now.
    At { version: u64 },
    /// A fact it rested on has changed, or the key was used meanwhile: nothing happened. Decide again on fresh facts.
    Stale,
}

/// Appends `command`, with the reply that a replay of the same idempotency key gets.
///
/// # Errors
/// Only of the store itself: what other requests caused is [`Appended::Stale`].
pub async fn append(db: &impl Db, command: &Sealed, request: &Request<'_>, reply: &Json) -> Result<Appended, DbError> {
    let json = |value: &Option<Json>| value.as_ref().map_or(Value::Null, text);
    let params = vec![
        text(&command.id),
        command.org.as_ref().map_or(Value::Null, text),
        text(request.principal),
        request.idempotency_key.map_or(Value::Null, text),
        text(request.request_hash),
        text(command.kind),
        Value::Integer(command.at),
        text(&command.premises),
        text(&command.items),
        command.top_role_max.map_or(Value::Null, |max| Value::Integer(i64::try_from(max).unwrap_or(i64::MAX))),
        json(&command.account),
        json(&command.policy),
        text(reply),
    ];
    match db.query(APPEND, params).await {
        Ok(rows) => Ok(match rows.first().map(Vec::as_slice) {
            Some([Value::Integer(first), Value::Integer(count)]) => {
                Appended::At { version: u64::try_from(first + count - 1).unwrap_or_default() }
            }
            _ => Appended::Stale,
        }),
        // A unique index or a named refusal of the fold caught what the judgement could not see: the facts have moved on.
        Err(DbError::Unique(_) | DbError::Refused(_)) => Ok(Appended::Stale),
        Err(fault) => Err(fault),
    }
}

/// Parameters: ?1 command id, ?2 organization, ?3 principal, ?4 idempotency key, ?5 request hash, ?6 kind, ?7 time, ?8 premises,
/// ?9 items, ?10 most holders of the top role, ?11 account change, ?12 policy document, ?13 reply.
///
/// `premise` and `item` are the request's own lists. `screened` compares each item with the rows that are there and with
/// the items before it; `judged` then numbers those that are left against the limit. All items are accepted or none.
pub const APPEND: &str = "\
INSERT INTO append (id, org_id, principal, idempotency_key, request_hash, kind, at, premises, outcomes, reply, first_version, events, account, policy)
WITH
premise AS MATERIALIZED (SELECT value ->> 0 AS kind, value ->> 1 AS id, value ->> 2 AS rev FROM json_each(?8)),
stale AS MATERIALIZED (
  SELECT count(*) AS n FROM premise p WHERE NOT CASE p.kind
    WHEN 'session' THEN EXISTS (SELECT 1 FROM session x WHERE x.id = p.id AND x.ended_at IS NULL)
    WHEN 'member' THEN EXISTS (SELECT 1 FROM member x WHERE x.id = p.id AND x.rev = p.rev)
    WHEN 'invitation' THEN EXISTS (SELECT 1 FROM invitation x WHERE x.id = p.id AND x.rev = p.rev)
    WHEN 'org' THEN EXISTS (SELECT 1 FROM org x WHERE x.id = p.id AND x.rev = p.rev)
    WHEN 'version' THEN EXISTS (SELECT 1 FROM org x WHERE x.id = p.id AND x.version = p.rev)
    WHEN 'no_account' THEN NOT EXISTS (SELECT 1 FROM user x WHERE x.email_key = p.id)
    ELSE 0 END),
item AS MATERIALIZED (
  SELECT key AS n, value ->> '$.judge' AS judge, value ->> '$.email_key' AS email_key, value ->> '$.replaces' AS replaces,
         coalesce(value ->> '$.top', 0) AS top, coalesce(value ->> '$.releases_top', 0) AS releases_top, value -> '$.events' AS events
  FROM json_each(?9)),
screened AS MATERIALIZED (
  SELECT n, top, events, CASE
    WHEN judge = 'premises' THEN 'accepted'
    WHEN EXISTS (SELECT 1 FROM user x JOIN member y ON y.user_id = x.id AND y.org_id = +?2 AND y.status = 'active'
                 WHERE x.email_key = item.email_key) THEN 'already_member'
    WHEN EXISTS (SELECT 1 FROM invitation x WHERE x.org_id = +?2 AND x.email_key = item.email_key AND x.status = 'pending'
                 AND x.id IS NOT item.replaces) THEN 'already_invited'
    WHEN row_number() OVER (PARTITION BY email_key ORDER BY n) > 1 THEN 'duplicate'
    ELSE 'accepted' END AS outcome
  FROM item),
judged AS MATERIALIZED (
  SELECT n, events, CASE
    WHEN outcome = 'accepted' AND top = 1 AND ?10 IS NOT NULL
     AND (SELECT top_member_count + top_pending_count FROM org WHERE id = +?2) - (SELECT sum(releases_top) FROM item)
         + sum(CASE outcome WHEN 'accepted' THEN top ELSE 0 END) OVER (ORDER BY n) > +?10 THEN 'top_role_limit'
    ELSE outcome END AS outcome
  FROM screened)
SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8,
       (SELECT json_group_array(outcome) FROM (SELECT outcome FROM judged ORDER BY n)),
       ?13,
       coalesce((SELECT version FROM org WHERE id = +?2), 0) + 1,
       (SELECT json_group_array(json(event)) FROM (SELECT e.value AS event FROM judged j, json_each(j.events) e ORDER BY j.n, e.key)),
       ?11, ?12
FROM stale
WHERE stale.n = 0 AND NOT EXISTS (SELECT 1 FROM judged WHERE outcome <> 'accepted')
RETURNING first_version, json_array_length(events)";
