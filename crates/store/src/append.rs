//! The one way into the log: a single INSERT that checks the premises, judges the items, appends and folds.

use latchkey_domain::command::{Acceptance, Sealed, SeatsAre};
use serde_json::{Value as Json, json};

use crate::context::text;
use crate::db::{Db, DbError, Value};

/// Who asked, for the command's row.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// A user id, the id of an API key, or `invitation:<id>` for the bearer of a token without an account, or `system`.
    pub principal: &'a str,
    pub idempotency_key: Option<&'a str>,
    /// Lower-case hex of SHA-256 over method, path and body.
    pub request_hash: &'a str,
    /// What is recorded of a key's use: `{operation, ip, user_agent}`. Needed when the principal is a key.
    pub client: Option<&'a Json>,
}

/// What became of a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Appended {
    /// It is in the log; this is the organization's version now, and what became of each item: `accepted`, or why not.
    At { version: u64, outcomes: Vec<String> },
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
        number(command.limits.top_role_max),
        json(&command.account),
        json(&command.policy),
        text(reply),
        number(command.limits.seats_max),
        text(match command.limits.seats {
            SeatsAre::Members => "members",
            SeatsAre::Licenses => "licenses",
        }),
        text(match command.limits.acceptance {
            Acceptance::AllOrNothing => "all",
            Acceptance::Each => "each",
        }),
        request.client.map_or(Value::Null, text),
    ];
    match db.query(APPEND, params).await {
        Ok(rows) => Ok(match rows.first().map(Vec::as_slice) {
            Some([Value::Integer(first), Value::Integer(count), Value::Text(outcomes)]) => Appended::At {
                version: u64::try_from(first + count - 1).unwrap_or_default(),
                outcomes: serde_json::from_str(outcomes).unwrap_or_default(),
            },
            _ => Appended::Stale,
        }),
        // A unique index or a named refusal of the fold caught what the judgement could not see: the facts have moved on.
        Err(DbError::Unique(_) | DbError::Refused(_)) => Ok(Appended::Stale),
        Err(fault) => Err(fault),
    }
}

/// Appends several commands, each to another organization (the last may concern an account only), by one statement: all of
/// them or none. The reply, the idempotency key and the version answered are the last one's. Their items must be judged by the premises alone.
///
/// # Errors
/// As for [`append`].
pub async fn append_several(
    db: &impl Db,
    commands: &[Sealed],
    request: &Request<'_>,
    reply: &Json,
) -> Result<Appended, DbError> {
    let last = commands.len().saturating_sub(1);
    let parts = commands.iter().enumerate().map(|(n, command)| part(command, n == last));
    let params = vec![
        text(Json::Array(parts.collect::<Result<_, _>>()?)),
        text(request.principal),
        request.idempotency_key.map_or(Value::Null, text),
        text(request.request_hash),
        text(reply),
        request.client.map_or(Value::Null, text),
    ];
    match db.query(APPEND_SEVERAL, params).await {
        Ok(rows) if rows.is_empty() => Ok(Appended::Stale),
        Ok(rows) => Ok(Appended::At {
            version: match rows.last().map(Vec::as_slice) {
                Some([Value::Integer(first), Value::Integer(count)]) => {
                    u64::try_from(first + count - 1).unwrap_or_default()
                }
                _ => 0,
            },
            outcomes: Vec::new(),
        }),
        Err(DbError::Unique(_) | DbError::Refused(_)) => Ok(Appended::Stale),
        Err(fault) => Err(fault),
    }
}

fn part(command: &Sealed, is_last: bool) -> Result<Json, DbError> {
    let items = command.items.as_array().map(Vec::as_slice).unwrap_or_default();
    if items.iter().any(|item| item.get("judge").and_then(Json::as_str) != Some("premises")) {
        return Err(DbError::Broken(format!("{} has an item that nothing would judge", command.kind)));
    }
    let events = items.iter().filter_map(|item| item.get("events")?.as_array()).flatten();
    Ok(json!({
        "id": command.id, "org": command.org, "kind": command.kind, "at": command.at, "premises": command.premises,
        "outcomes": vec!["accepted"; items.len()], "events": events.collect::<Vec<_>>(), "account": command.account,
        "is_last": is_last,
    }))
}

fn number(value: Option<u64>) -> Value {
    value.map_or(Value::Null, |n| Value::Integer(i64::try_from(n).unwrap_or(i64::MAX)))
}

/// How many of the premises in `premise` hold no longer.
macro_rules! stale {
    () => {
        "\
stale AS MATERIALIZED (
  SELECT count(*) AS n FROM premise p WHERE NOT CASE p.kind
    WHEN 'session' THEN EXISTS (SELECT 1 FROM session x JOIN user y ON y.id = x.user_id WHERE x.id = p.id AND x.ended_at IS NULL AND y.address_rev = p.rev)
    WHEN 'key' THEN EXISTS (SELECT 1 FROM api_key x WHERE x.id = p.id AND x.rev = p.rev)
    WHEN 'webhook' THEN EXISTS (SELECT 1 FROM webhook x WHERE x.id = p.id AND x.rev = p.rev)
    WHEN 'oauth_client' THEN EXISTS (SELECT 1 FROM oauth_client x WHERE x.id = p.id AND x.rev = p.rev)
    WHEN 'identity' THEN EXISTS (SELECT 1 FROM identity_news x WHERE x.key = p.id AND x.rev = p.rev AND NOT (x.is_deleted = 1 AND
      EXISTS (SELECT 1 FROM identity i JOIN identity o ON o.user_id = i.user_id AND o.issuer = i.issuer AND o.key <> i.key
              LEFT JOIN identity_news y ON y.key = o.key WHERE i.key = x.key AND y.is_deleted IS NOT 1)))
    WHEN 'payer' THEN EXISTS (SELECT 1 FROM billing_payer x WHERE x.id = p.id AND x.rev = p.rev)
    WHEN 'member' THEN EXISTS (SELECT 1 FROM member x WHERE x.id = p.id AND x.rev = p.rev)
    WHEN 'invitation' THEN EXISTS (SELECT 1 FROM invitation x WHERE x.id = p.id AND x.rev = p.rev)
    WHEN 'link' THEN EXISTS (SELECT 1 FROM invite_link x WHERE x.id = p.id AND x.rev = p.rev)
    WHEN 'domain' THEN EXISTS (SELECT 1 FROM org_domain x WHERE x.id = p.id AND x.rev = p.rev)
    WHEN 'join_request' THEN EXISTS (SELECT 1 FROM join_request x WHERE x.id = p.id AND x.rev = p.rev)
    WHEN 'project' THEN EXISTS (SELECT 1 FROM project x WHERE x.id = p.id AND x.rev = p.rev)
    WHEN 'project_member' THEN EXISTS (SELECT 1 FROM project_member x WHERE x.id = p.id AND x.rev = p.rev)
    WHEN 'org' THEN EXISTS (SELECT 1 FROM org x WHERE x.id = p.id AND x.rev = p.rev)
    WHEN 'version' THEN EXISTS (SELECT 1 FROM org x WHERE x.id = p.id AND x.version = p.rev)
    WHEN 'account' THEN EXISTS (SELECT 1 FROM user x WHERE x.id = p.id AND x.deleted_at IS NULL)
    WHEN 'no_account' THEN NOT EXISTS (SELECT 1 FROM user x WHERE x.email_key = p.id)
    ELSE 0 END)"
    };
}

/// Parameters: ?1 command id, ?2 organization, ?3 principal, ?4 idempotency key, ?5 request hash, ?6 kind, ?7 time, ?8 premises,
/// ?9 items, ?10 most holders of the top role, ?11 account change, ?12 policy document, ?13 reply, ?14 most seats, ?15 what
/// fills a seat, ?16 whether all items are accepted or none, or each by itself, ?17 where a key's use came from.
///
/// `premise` and `item` are the request's own lists. `screened` compares each item with the rows that are there and with
/// the items before it; `judged` then numbers those that are left against the limits, less what the command gives back.
pub const APPEND: &str = concat!(
    "\
INSERT INTO append (id, org_id, principal, idempotency_key, request_hash, kind, at, premises, outcomes, reply, first_version, events, account, policy, client, seats)
WITH
premise AS MATERIALIZED (SELECT value ->> 0 AS kind, value ->> 1 AS id, value ->> 2 AS rev FROM json_each(?8)),
",
    stale!(),
    ",
item AS MATERIALIZED (
  SELECT key AS n, value ->> '$.judge' AS judge, value ->> '$.email_key' AS email_key, value ->> '$.replaces' AS replaces,
         value ->> '$.project' AS project, coalesce(value ->> '$.top', 0) AS top, value ->> '$.gives_top' AS gives_top,
         value ->> '$.seats' AS seats, value ->> '$.gives_seats' AS gives_seats, value -> '$.events' AS events
  FROM json_each(?9)),
screened AS MATERIALIZED (
  SELECT n, top, gives_top, seats, gives_seats, events, CASE
    WHEN judge = 'premises' THEN 'accepted'
    WHEN item.project IS NULL AND EXISTS (SELECT 1 FROM user x JOIN member y ON y.user_id = x.id AND y.org_id = +?2 AND y.status = 'active'
                 WHERE x.email_key = item.email_key) THEN 'already_member'
    WHEN item.project IS NOT NULL AND EXISTS (SELECT 1 FROM user x JOIN project_member y ON y.user_id = x.id AND y.project_id = item.project
                 AND y.status = 'active' WHERE x.email_key = item.email_key) THEN 'already_member'
    WHEN EXISTS (SELECT 1 FROM invitation x WHERE x.org_id = +?2 AND x.email_key = item.email_key AND x.status = 'pending'
                 AND x.project_id IS item.project AND x.id IS NOT item.replaces) THEN 'already_invited'
    WHEN row_number() OVER (PARTITION BY email_key ORDER BY n) > 1 THEN 'duplicate'
    ELSE 'accepted' END AS outcome
  FROM item),
counted AS MATERIALIZED (
  SELECT o.top_member_count + o.top_pending_count - (SELECT coalesce(sum(gives_top), 0) FROM item) AS top,
         CASE ?15 WHEN 'licenses' THEN o.license_count ELSE o.member_count + o.pending_count END
           - (SELECT coalesce(sum(gives_seats), 0) FROM item) AS seats
  FROM (SELECT 1) LEFT JOIN org o ON o.id = +?2),
judged AS MATERIALIZED (
  SELECT n, events, CASE
    WHEN outcome = 'accepted' AND s.top = 1 AND ?10 IS NOT NULL
     AND counted.top + sum(CASE outcome WHEN 'accepted' THEN s.top ELSE 0 END) OVER (ORDER BY n) > +?10 THEN 'top_role_limit'
    WHEN outcome = 'accepted' AND s.seats > 0 AND ?14 IS NOT NULL
     AND counted.seats + sum(CASE outcome WHEN 'accepted' THEN s.seats ELSE 0 END) OVER (ORDER BY n) > +?14 THEN 'no_seat'
    ELSE outcome END AS outcome
  FROM screened s, counted)
SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8,
       (SELECT json_group_array(outcome) FROM (SELECT outcome FROM judged ORDER BY n)),
       ?13,
       coalesce((SELECT version FROM org WHERE id = +?2), 0) + 1,
       (SELECT json_group_array(json(event)) FROM
         (SELECT e.value AS event FROM judged j, json_each(j.events) e WHERE j.outcome = 'accepted' ORDER BY j.n, e.key)),
       ?11, ?12, ?17,
       CASE WHEN ?14 IS NOT NULL AND EXISTS (SELECT 1 FROM item WHERE seats > 0) THEN json_object('max', ?14, 'are', ?15) END
FROM stale
WHERE stale.n = 0 AND (?16 = 'each' OR NOT EXISTS (SELECT 1 FROM judged WHERE outcome <> 'accepted'))
RETURNING first_version, json_array_length(events), outcomes"
);

/// Parameters: ?1 the commands, ?2 principal, ?3 idempotency key and ?4 request hash and ?5 reply of the last one, ?6 where a key's
/// use came from.
///
/// The premises of all of them are one list. Each organization is named by one command, so that its version is known.
pub const APPEND_SEVERAL: &str = concat!(
    "\
INSERT INTO append (id, org_id, principal, idempotency_key, request_hash, kind, at, premises, outcomes, reply, first_version, events, account, policy, client)
WITH
part AS MATERIALIZED (
  SELECT key AS n, value ->> '$.id' AS id, value ->> '$.org' AS org_id, value ->> '$.kind' AS kind, value ->> '$.at' AS at,
         value -> '$.premises' AS premises, value -> '$.outcomes' AS outcomes, value -> '$.events' AS events,
         value -> '$.account' AS account, value ->> '$.is_last' AS is_last
  FROM json_each(?1)),
premise AS MATERIALIZED (
  SELECT e.value ->> 0 AS kind, e.value ->> 1 AS id, e.value ->> 2 AS rev FROM part, json_each(part.premises) e),
",
    stale!(),
    "
SELECT part.id, part.org_id, ?2, iif(part.is_last, ?3, NULL), ?4, part.kind, part.at, part.premises, part.outcomes,
       iif(part.is_last, ?5, 'null'), coalesce((SELECT o.version FROM org o WHERE o.id = part.org_id), 0) + 1, part.events,
       part.account, NULL, ?6
FROM part, stale WHERE stale.n = 0
ORDER BY part.n
RETURNING first_version, json_array_length(events)"
);
