//! The operations, by the same calls of `store`, `domain` and `api` as the components make.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::path::Path;
use std::rc::Rc;
use std::sync::Mutex;
use std::time::{SystemTime, UNIX_EPOCH};

use http::header::AUTHORIZATION;
use http::request::Parts;
use http::{Method, StatusCode};
use latchkey_api::model::{AcceptOutcome, Accepted, AccessEvaluation, AuditEntry, Me, OrgRef};
use latchkey_api::paging::{PageRequest, Scope};
use latchkey_api::{Key, Request as _, represent};
use latchkey_domain::access::decide;
use latchkey_domain::command::{Command, OPERATOR};
use latchkey_domain::decide::acceptance::{Acceptance, Acceptor, accept};
use latchkey_domain::decide::invitation::{Create, create};
use latchkey_domain::facts::MemberFacts;
use latchkey_domain::fresh::Fresh;
use latchkey_domain::secret::token_hash;
use latchkey_domain::{ActivityId, Email, InvitationId, MemberId, OrgId, RoleName, key, policy};
use latchkey_ops::finish;
use latchkey_ops::sqlite::SqliteDb;
use latchkey_store::append::{Appended, Request, append};
use latchkey_store::audit::{self, Filter};
use latchkey_store::context::Ask;
use latchkey_store::db::Value;
use latchkey_store::key::{Presented, VerifiedKey};
use latchkey_store::member::{List, Listed, Order};
use latchkey_store::{acceptance, access, account, invitation, member};
use serde_json::json;
use uuid::{Builder, Uuid};

use super::Answer;
use crate::failure::{Failure, Outcome};

const ROWS_MAX: u32 = 50;
const DECISIONS_MAX: usize = 5;

/// One writer at a time: SQLite knows no other way, and whoever waits here waits without asking it again and again.
static WRITER: Mutex<()> = Mutex::new(());

thread_local! {
    static DB: RefCell<Option<Rc<SqliteDb>>> = const { RefCell::new(None) };
    static ACTIVITY: RefCell<Option<Rc<SqliteDb>>> = const { RefCell::new(None) };
    static RANDOM: Cell<u64> = const { Cell::new(0) };
}

pub(super) fn answer(file: &Path, head: &Parts, body: &[u8]) -> Answer {
    match operate(file, head, body) {
        Ok(answer) => answer,
        Err(failure) => (StatusCode::INTERNAL_SERVER_ERROR, failure.to_string().into_bytes()),
    }
}

fn operate(file: &Path, head: &Parts, body: &[u8]) -> Outcome<Answer> {
    let path = head.uri.path();
    let words: Vec<&str> = path.trim_matches('/').split('/').collect();
    if words.as_slice() == ["hello"] {
        return Ok((StatusCode::OK, b"hello".to_vec()));
    }
    let db = db(file)?;
    if let ["select", user] = words.as_slice() {
        return select(&db, user);
    }
    if path == "/v1/api-keys/verify" {
        return verify(activity_db(file)?.as_ref(), body);
    }
    if path == "/access/v1/evaluation" {
        return evaluate(&db, body);
    }
    let token = head.headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "));
    let token_hash = token_hash(token.unwrap_or_default());
    let ask = Ask { token_hash: &token_hash, now: now(), idempotency_key: None };
    match (&head.method, words.as_slice()) {
        (&Method::GET, ["v1", "me"]) => me(&db, &ask),
        (&Method::GET, ["v1", "orgs", org, "members"]) => members(&db, &ask, org, path),
        (&Method::GET, ["v1", "orgs", org, "audit"]) => log(&db, &ask, org, path),
        (&Method::POST, ["v1", "orgs", org, "invitations"]) => invite(&db, &ask, org, body),
        (&Method::POST, ["v1", "me", "invitations", id, "accept"]) => join(&db, &ask, id),
        _ => Ok((StatusCode::NOT_FOUND, Vec::new())),
    }
}

/// A connection for each thread, as the host has one for each instance.
fn db(file: &Path) -> Outcome<Rc<SqliteDb>> {
    if let Some(kept) = DB.with_borrow(Clone::clone) {
        return Ok(kept);
    }
    let opened = Rc::new(SqliteDb::open(file)?);
    opened.run("PRAGMA synchronous = FULL", Vec::new())?;
    DB.set(Some(opened.clone()));
    Ok(opened)
}

/// The same for activity, which does not wait for the disk.
fn activity_db(file: &Path) -> Outcome<Rc<SqliteDb>> {
    if let Some(kept) = ACTIVITY.with_borrow(Clone::clone) {
        return Ok(kept);
    }
    let opened = Rc::new(SqliteDb::open(file)?);
    opened.run("PRAGMA synchronous = NORMAL", Vec::new())?;
    ACTIVITY.set(Some(opened.clone()));
    Ok(opened)
}

fn now() -> i64 {
    let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since_1970.as_millis()).unwrap_or(i64::MAX)
}

fn json_of(status: StatusCode, body: &impl serde::Serialize) -> Outcome<Answer> {
    Ok((status, serde_json::to_vec(body)?))
}

fn select(db: &SqliteDb, user: &str) -> Outcome<Answer> {
    let rows = db.run("SELECT email FROM user WHERE id = ?1", vec![Value::Text(user.to_owned())])?;
    let email = rows.into_iter().flatten().next();
    let Some(Value::Text(email)) = email else { return Ok((StatusCode::NOT_FOUND, Vec::new())) };
    Ok((StatusCode::OK, email.into_bytes()))
}

fn me(db: &SqliteDb, ask: &Ask<'_>) -> Outcome<Answer> {
    let who = finish(account::me(db, ask))?.who.ok_or_else(|| Failure::new("nobody"))?;
    json_of(StatusCode::OK, &Me::from(&who))
}

fn members(db: &SqliteDb, ask: &Ask<'_>, org: &str, path: &str) -> Outcome<Answer> {
    let page = page("list_members", path)?;
    let list = List {
        listed: Listed::ActiveAndPending,
        role: None,
        licensed: None,
        order: Order::Joined { after: 0 },
        rows_max: page.rows_wanted(),
    };
    let context = finish(member::list(db, ask, &org_id(org)?, &list))?;
    let (actor, lines) = context.into_actor(ask.now).map_err(refused)?;
    actor.require("member.read").map_err(refused)?;
    let lines = lines.into_iter();
    let shown =
        lines.map(|line| (Key::new([line.place.into()]), represent::listed(&line.entry, &actor.org, &actor.policy)));
    json_of(StatusCode::OK, &page.page(shown.collect()))
}

fn log(db: &SqliteDb, ask: &Ask<'_>, org: &str, path: &str) -> Outcome<Answer> {
    let page = page("list_audit", path)?;
    let list = audit::List {
        filter: Filter::default(),
        order: audit::Order::NewestFirst,
        after: None,
        scope: None,
        rows_max: page.rows_wanted(),
    };
    let context = finish(audit::list(db, ask, &org_id(org)?, &list))?;
    let (actor, found) = context.into_actor(ask.now).map_err(refused)?;
    actor.require("audit.read").map_err(refused)?;
    let shown = found.entries.into_iter().map(|entry| {
        let place = entry.version.map_or_else(|| entry.id.as_str().into(), Into::into);
        (Key::new([entry.effective_at.into(), place]), AuditEntry::from(entry))
    });
    json_of(StatusCode::OK, &page.page(shown.collect()))
}

fn verify(db: &SqliteDb, body: &[u8]) -> Outcome<Answer> {
    let body: serde_json::Value = serde_json::from_slice(body)?;
    let text = |name: &str| body.get(name).and_then(serde_json::Value::as_str);
    let key = text("key").filter(|key| key::is_well_formed(key)).ok_or_else(|| Failure::new("no key"))?;
    let permission = text("permission");
    let (id, now) = (ActivityId::new(Random.uuid()), now());
    let presented = Presented {
        token_hash: &token_hash(key),
        asker: None,
        right: "api_key.manage",
        id: &id,
        ip: text("ip"),
        user_agent: text("user_agent"),
        data: &permission.map_or_else(|| json!({}), |permission| json!({"permission": permission})),
        resource: None,
        now,
    };
    let verified = {
        let _writer = WRITER.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        finish(latchkey_store::key::verify(db, &presented))?
    };
    let rules = |key: &VerifiedKey| policy::load(&key.policy_hash, key.policy_document.as_deref());
    let policy = verified.key.as_ref().map(rules).transpose().map_err(refused)?;
    json_of(StatusCode::OK, &represent::verification(&verified, policy.as_deref(), permission, now))
}

fn evaluate(db: &SqliteDb, body: &[u8]) -> Outcome<Answer> {
    let AccessEvaluation(question) = AccessEvaluation::from_json(body).map_err(refused)?;
    let ask = Ask { token_hash: OPERATOR, now: now(), idempotency_key: None };
    let context = finish(access::evaluate(db, &ask, std::slice::from_ref(&question)))?;
    let asked_by = access::asked_by(&ask, context.who.as_ref()).map_err(refused)?;
    let known = &context.facts;
    let facts = known.answers.first().ok_or_else(|| Failure::new("a question without an answer"))?;
    let load = |hash: &String| policy::load(hash, known.policies.get(hash).map(String::as_str));
    let rules = facts.org.as_ref().map(|org| load(&org.policy_hash)).transpose().map_err(refused)?;
    let verdict = decide(&question, facts, asked_by, rules.as_deref());
    json_of(StatusCode::OK, &represent::access_decision(&question, facts, verdict))
}

fn invite(db: &SqliteDb, ask: &Ask<'_>, org: &str, body: &[u8]) -> Outcome<Answer> {
    let org = org_id(org)?;
    let body: serde_json::Value = serde_json::from_slice(body)?;
    let text = |name: &str| body.get(name).and_then(serde_json::Value::as_str).unwrap_or_default();
    let email = Email::parse(text("email")).map_err(refused)?;
    let role = RoleName::parse(text("role")).map_err(refused)?;
    for _ in 0..DECISIONS_MAX {
        let (actor, address) =
            finish(invitation::address(db, ask, &org, &email))?.into_actor(ask.now).map_err(refused)?;
        let id = InvitationId::new(Random.uuid());
        let wanted = Create { id: id.clone(), email: &email, role: &role, key_id: "bench" };
        let (command, created) =
            create(&actor, &wanted, address.member.as_ref(), address.open.as_ref(), &address.due).map_err(refused)?;
        let shown = represent::new_invitation(&actor.org, &id, &created, actor.effective_at());
        if is_made(db, command, actor.who.user.as_str(), ask.now, &shown)? {
            return json_of(StatusCode::CREATED, &shown);
        }
    }
    Err(Failure::new("contention"))
}

fn join(db: &SqliteDb, ask: &Ask<'_>, id: &str) -> Outcome<Answer> {
    let id = InvitationId::parse(id).ok_or_else(|| Failure::new("no invitation"))?;
    for _ in 0..DECISIONS_MAX {
        let context = finish(acceptance::held(db, ask, &id))?;
        let (Some(who), Some(held)) = (context.who, context.held) else {
            return Ok((StatusCode::NOT_FOUND, Vec::new()));
        };
        let org = held.org.as_ref().ok_or_else(|| Failure::new("no organization"))?;
        let policy = org.rules().map_err(refused)?;
        let (member, acceptor) = (MemberId::new(Random.uuid()), Acceptor::Account(&who));
        let Acceptance::Joins(command) = accept(&held, &policy, &acceptor, &member, ask.now).map_err(refused)? else {
            return Err(Failure::new("in already"));
        };
        let joined_at = ask.now.max(org.effective_at);
        let member = MemberFacts {
            id: member,
            user: who.user.clone(),
            role: held.invitation.role.clone(),
            status: "active".to_owned(),
            rev: 1,
            joined_at,
            ended_at: None,
            email: who.email.clone(),
            display_name: who.display_name.clone(),
            licensed: false,
            limits: BTreeMap::new(),
            restrictions: BTreeMap::new(),
            personal_tier: who.personal_tier.clone(),
            last_active_at: Some(joined_at),
            came_by: Some("invitation".to_owned()),
        };
        let shown = Accepted {
            outcome: AcceptOutcome::Joined,
            organization: OrgRef::from(org),
            member: Some(represent::member(&member, org, &policy)),
            project: None,
            project_member: None,
            session: None,
        };
        if is_made(db, *command, who.user.as_str(), ask.now, &shown)? {
            return json_of(StatusCode::OK, &shown);
        }
    }
    Err(Failure::new("contention"))
}

/// Appends the command; `false` where the facts have moved on.
fn is_made(db: &SqliteDb, command: Command, principal: &str, now: i64, reply: &impl serde::Serialize) -> Outcome<bool> {
    let sealed = command.seal(now, &mut Random);
    let request_hash = token_hash(principal);
    let request = Request { principal, idempotency_key: None, request_hash: &request_hash, client: None };
    let _writer = WRITER.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let appended = finish(append(db, &sealed, &request, &json!(reply)))?;
    Ok(matches!(appended, Appended::At { .. }))
}

fn page(operation: &str, path: &str) -> Outcome<PageRequest> {
    PageRequest::new(ROWS_MAX, None, Scope::new([operation, path])).map_err(refused)
}

fn org_id(text: &str) -> Outcome<OrgId> {
    OrgId::parse(text).ok_or_else(|| Failure::new("no organization"))
}

fn refused(refusal: impl std::fmt::Debug) -> Failure {
    Failure::new(format!("{refusal:?}"))
}

/// Identifiers that nobody has to guess: a counter stirred by the time (SplitMix64).
struct Random;

impl Random {
    fn bits() -> u64 {
        let seed = RANDOM.get();
        let nanos = || SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_nanos() as u64;
        let state = if seed == 0 { nanos() } else { seed }.wrapping_add(0x9e37_79b9_7f4a_7c15);
        RANDOM.set(state);
        let mixed = (state ^ state >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ mixed >> 31
    }
}

impl Fresh for Random {
    fn uuid(&mut self) -> Uuid {
        let mut bytes = [0; 10];
        let random = Self::bits().to_be_bytes().into_iter().chain(Self::bits().to_be_bytes());
        bytes.iter_mut().zip(random).for_each(|(byte, random)| *byte = random);
        Builder::from_unix_timestamp_millis(now().unsigned_abs(), &bytes).into_uuid()
    }

    fn salt(&mut self) -> [u8; 16] {
        (u128::from(Self::bits()) << 64 | u128::from(Self::bits())).to_be_bytes()
    }
}
