//! What every request starts with: one SELECT that says who asks, whether this key was answered before, and, within an
//! organization, what it is and what the person is in it, all as of one moment.

use latchkey_domain::OrgId;
use latchkey_domain::command::OPERATOR;
use latchkey_domain::facts::{Actor, ActorFault, Asker, MemberFacts, OrgFacts, Proof, Who};
use latchkey_domain::policy;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::db::{Db, DbError, Row, Value};
use crate::{of_text, read_json};

/// The credential and the moment of a request.
#[derive(Debug, Clone, Copy)]
pub struct Ask<'a> {
    /// Lower-case hex of the bearer token's SHA-256; empty when there is none; [`OPERATOR`] when the operator asks.
    pub token_hash: &'a str,
    /// Milliseconds since 1970.
    pub now: i64,
    pub idempotency_key: Option<&'a str>,
}

/// The answer that an idempotency key got before.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Replay {
    pub request_hash: String,
    pub reply: serde_json::Value,
    org_id: Option<OrgId>,
    first_version: u64,
    event_count: u64,
    /// What became of each item.
    pub outcomes: Vec<String>,
}

impl Replay {
    /// The organization's version after the change; `None` when no organization was concerned.
    pub fn version(&self) -> Option<u64> {
        self.org_id.as_ref().map(|_| (self.first_version + self.event_count).saturating_sub(1))
    }
}

/// A person's context, as its own column has it.
#[derive(Deserialize)]
struct PersonHead {
    who: Option<Who>,
    replay: Option<Replay>,
}

/// A member's context within an organization, as its own column has it.
#[derive(Deserialize)]
struct OrgHead {
    who: Option<Who>,
    replay: Option<Replay>,
    org: Option<OrgFacts>,
    me: Option<MemberFacts>,
}

/// A person's context, with the facts of one operation.
#[derive(Debug, Clone)]
pub struct PersonContext<T> {
    pub who: Option<Who>,
    pub replay: Option<Replay>,
    pub facts: T,
}

/// A member's context within an organization.
#[derive(Debug, Clone)]
pub struct OrgContext<T> {
    pub who: Option<Who>,
    pub replay: Option<Replay>,
    pub org: Option<OrgFacts>,
    pub me: Option<MemberFacts>,
    pub facts: T,
}

impl<T> OrgContext<T> {
    /// Splits into the member who asks and the facts.
    ///
    /// # Errors
    /// Nobody signed in, or a stranger to the organization.
    pub fn into_actor(self, now: i64) -> Result<(Actor, T), ActorFault> {
        Ok((Actor::new(self.who, self.org, self.me, now)?, self.facts))
    }

    /// Splits into whoever asks, the operator or a member, and the facts.
    ///
    /// # Errors
    /// As [`OrgContext::into_actor`]; for the operator only that there is no such organization.
    pub fn into_asker(self, ask: &Ask<'_>) -> Result<(Asker, T), ActorFault> {
        if ask.token_hash == OPERATOR {
            return Ok((Asker::operator(self.org, ask.now)?, self.facts));
        }
        let (actor, facts) = self.into_actor(ask.now)?;
        Ok((Asker::Member(Box::new(actor)), facts))
    }
}

/// The facts of an operation that needs none beyond the context itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub struct NoFacts;

impl Ask<'_> {
    pub(crate) fn params(&self) -> Vec<Value> {
        let key = self.idempotency_key.map_or(Value::Null, |k| Value::Text(k.to_owned()));
        vec![Value::Text(self.token_hash.to_owned()), Value::Integer(self.now), key]
    }
}

pub(crate) async fn person<T: DeserializeOwned>(
    db: &impl Db,
    ask: &Ask<'_>,
    sql: &str,
    more: Vec<Value>,
) -> Result<PersonContext<T>, DbError> {
    let params = ask.params().into_iter().chain(more).collect();
    let rows = db.query(sql, params).await?;
    let PersonHead { who, replay } = read_json(&rows)?;
    saw(db, ask, who.as_ref());
    Ok(PersonContext { who, replay, facts: read_facts(&rows)? })
}

pub(crate) async fn org<T: DeserializeOwned>(
    db: &impl Db,
    ask: &Ask<'_>,
    org: &OrgId,
    sql: &str,
    more: Vec<Value>,
) -> Result<OrgContext<T>, DbError> {
    let hashes = [Value::Text(org.to_string()), Value::Text(policy::preset_hashes_json().to_owned())];
    let params = ask.params().into_iter().chain(hashes).chain(more).collect();
    let rows = db.query(sql, params).await?;
    let OrgHead { who, replay, org, me } = read_json(&rows)?;
    saw(db, ask, who.as_ref());
    Ok(OrgContext { who, replay, org, me, facts: read_facts(&rows)? })
}

fn saw(db: &impl Db, ask: &Ask<'_>, who: Option<&Who>) {
    if let Some(Proof::Session(session)) = who.map(|who| &who.proof) {
        db.saw_session(ask.token_hash, session.seen_at);
    }
}

/// The JSON in the second column of the first row; SQL's NULL reads as JSON's.
fn read_facts<T: DeserializeOwned>(rows: &[Row]) -> Result<T, DbError> {
    let text = match rows.first().and_then(|row| row.get(1)) {
        Some(Value::Text(text)) => text.as_str(),
        _ => "null",
    };
    of_text(text)
}

pub(crate) fn text(value: impl ToString) -> Value {
    Value::Text(value.to_string())
}
