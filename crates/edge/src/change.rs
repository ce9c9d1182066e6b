//! The one path of every change: read the context, answer a repetition, decide, append; decide again when the facts
//! have moved on.

use latchkey_api::limits::DECISIONS_MAX;
use latchkey_api::model::DryRun;
use latchkey_api::{Call, Change, Mode, Problem, Reply, Timestamp};
use latchkey_delivery::signature::SigningSecret;
use latchkey_domain::command::{Command, OPERATOR, Premise, Sealed};
use latchkey_domain::consequences::Consequences;
use latchkey_domain::decide::reauth::guard;
use latchkey_domain::facts::{OrgFacts, Proof, Who};
use latchkey_domain::secret::{hex, token_hash};
use latchkey_domain::{ApiKeyId, LinkId, OauthClientId, Refusal, SessionId, WebhookId};
use latchkey_store::acceptance::HeldContext;
use latchkey_store::append::{Appended, Request, append, append_several};
use latchkey_store::context::{Ask, OrgContext, PersonContext, Replay};
use latchkey_store::joining::HeldDomainContext;
use latchkey_store::link::HeldLinkContext;
use latchkey_store::{DbError, acceptance};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::{Database, Entropy, db, usage};

/// What a handler's decision came to.
pub enum Decision {
    /// A change, and what to answer once it is made.
    Change(Box<Command>, Answer),
    /// Changes of several organizations, and of the account with the last one: all are made, by one statement, or none.
    Several(Vec<Command>, Answer),
    /// There is nothing to change; this says why that is fine.
    Nothing(Answer),
}

/// An answer as it is stored with its change: without secrets, which are derived again when it is given.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Answer {
    status: u16,
    body: Option<Value>,
    location: Option<String>,
    session: Option<AnswerSession>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    link: Option<AnswerLink>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    key: Option<AnswerKey>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    client: Option<AnswerClient>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    webhook: Option<AnswerWebhook>,
    /// Set where each item of the request has its own outcome.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    rows: Option<Rows>,
}

/// Where the outcomes of the command's items stand in the answer, which is composed before they are known.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Rows {
    /// The entry of the body's `data` that tells of the item at the same place.
    pub places: Vec<Option<usize>>,
    /// The word for an accepted item.
    pub accepted: String,
    /// The member of an entry that is of an accepted item only: `null` otherwise.
    pub only_accepted: String,
    /// The member of the body that counts the accepted items.
    pub count: String,
}

/// A session that the change opened.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct AnswerSession {
    pub id: SessionId,
    pub key_id: String,
    /// Milliseconds since 1970.
    pub expires_at: i64,
}

/// An invite link that the change made.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct AnswerLink {
    pub id: LinkId,
    pub key_id: String,
}

/// An API key's text that the change made.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct AnswerKey {
    pub id: ApiKeyId,
    pub generation: u64,
    pub key_id: String,
}

/// A secret that the change gave an OAuth client.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct AnswerClient {
    pub id: OauthClientId,
    pub generation: u64,
    pub key_id: String,
}

/// A secret that the change gave a webhook.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct AnswerWebhook {
    pub id: WebhookId,
    pub generation: u64,
    pub key_id: String,
}

impl Answer {
    pub fn ok(body: &impl Serialize) -> Self {
        Self { body: Some(json!(body)), ..Self::of(200) }
    }

    pub fn created(body: &impl Serialize, location: String) -> Self {
        Self { status: 201, location: Some(location), ..Self::ok(body) }
    }

    pub fn no_content() -> Self {
        Self::of(204)
    }

    fn of(status: u16) -> Self {
        Self {
            status,
            body: None,
            location: None,
            session: None,
            link: None,
            key: None,
            client: None,
            webhook: None,
            rows: None,
        }
    }

    /// Shows the session's token in the body's `session`, and sets it as a cookie.
    #[must_use]
    pub fn with_session(self, session: Option<AnswerSession>) -> Self {
        Self { session, ..self }
    }
}

impl Answer {
    /// Shows the link's token and address in the body's `token` and `url`.
    #[must_use]
    pub fn with_link(self, link: AnswerLink) -> Self {
        Self { link: Some(link), ..self }
    }

    /// Shows the API key in the body's `key`.
    #[must_use]
    pub fn with_key(self, key: AnswerKey) -> Self {
        Self { key: Some(key), ..self }
    }

    /// Shows the client's secret in the body's `client_secret`.
    #[must_use]
    pub fn with_client(self, client: AnswerClient) -> Self {
        Self { client: Some(client), ..self }
    }

    /// Shows what the webhook's messages are signed with in the body's `secret`.
    #[must_use]
    pub fn with_webhook(self, webhook: AnswerWebhook) -> Self {
        Self { webhook: Some(webhook), ..self }
    }

    /// Puts each item's outcome into its entry of the body.
    #[must_use]
    pub fn with_rows(self, rows: Rows) -> Self {
        Self { rows: Some(rows), ..self }
    }

    fn tell(&mut self, outcomes: &[String]) {
        let (Some(rows), Some(body)) = (&self.rows, self.body.as_mut()) else { return };
        let mut accepted = 0_u64;
        for (place, outcome) in rows.places.iter().zip(outcomes) {
            let entry = place.and_then(|place| body.get_mut("data")?.get_mut(place)?.as_object_mut());
            let Some(entry) = entry else { continue };
            if outcome == "accepted" {
                accepted += 1;
                entry.insert("outcome".to_owned(), Value::from(rows.accepted.as_str()));
            } else {
                entry.insert("outcome".to_owned(), Value::from(outcome.as_str()));
                entry.insert(rows.only_accepted.clone(), Value::Null);
            }
        }
        if let Some(body) = body.as_object_mut() {
            body.insert(rows.count.clone(), Value::from(accepted));
        }
    }
}

/// What every context of a change tells, whatever its facts.
pub trait Context {
    /// Under whom the idempotency key is remembered. `None`: nobody may ask.
    fn principal(&self) -> Option<String>;
    fn replay(&self) -> Option<&Replay>;
    /// The organization as the asker may see it.
    fn org(&self) -> Option<&OrgFacts>;
    /// What a member asks with.
    fn proof(&self) -> Option<&Proof> {
        None
    }
}

impl<T> Context for PersonContext<T> {
    fn principal(&self) -> Option<String> {
        self.who.as_ref().map(Who::name)
    }

    fn replay(&self) -> Option<&Replay> {
        self.replay.as_ref()
    }

    fn org(&self) -> Option<&OrgFacts> {
        None
    }
}

impl<T> Context for OrgContext<T> {
    fn principal(&self) -> Option<String> {
        self.who.as_ref().map(Who::name)
    }

    fn replay(&self) -> Option<&Replay> {
        self.replay.as_ref()
    }

    fn org(&self) -> Option<&OrgFacts> {
        self.org.as_ref()
    }

    fn proof(&self) -> Option<&Proof> {
        self.who.as_ref().map(|who| &who.proof)
    }
}

/// The bearer of an invitation's token acts as that invitation, until there is an account.
impl Context for HeldContext {
    fn principal(&self) -> Option<String> {
        let held = self.held.as_ref().map(acceptance::principal);
        self.who.as_ref().map(Who::name).or(held)
    }

    fn replay(&self) -> Option<&Replay> {
        self.replay.as_ref()
    }

    fn org(&self) -> Option<&OrgFacts> {
        self.held.as_ref().and_then(|held| held.org.as_ref())
    }
}

impl Context for HeldLinkContext {
    fn principal(&self) -> Option<String> {
        self.who.as_ref().map(Who::name)
    }

    fn replay(&self) -> Option<&Replay> {
        self.replay.as_ref()
    }

    fn org(&self) -> Option<&OrgFacts> {
        self.held.as_ref().and_then(|held| held.org.as_ref())
    }
}

impl Context for HeldDomainContext {
    fn principal(&self) -> Option<String> {
        self.who.as_ref().map(Who::name)
    }

    fn replay(&self) -> Option<&Replay> {
        self.replay.as_ref()
    }

    fn org(&self) -> Option<&OrgFacts> {
        self.held.as_ref().map(|held| &held.org)
    }
}

/// Appends a command that nobody repeats, and that was decided already: of time, of a payment, of a sign-in. `about` is what it is
/// noted for.
///
/// # Errors
/// Of the store.
pub async fn append_once(
    call: &Call,
    db: &Database,
    command: Command,
    principal: &str,
    about: &str,
) -> Result<Appended, DbError> {
    let request_hash = token_hash(about);
    let request = Request { principal, idempotency_key: None, request_hash: &request_hash, client: None };
    append(db, &command.seal(call.now_ms(), &mut Entropy), &request, &Value::Null).await
}

/// Carries out a change: two statements when nothing else happens at the same time.
///
/// # Errors
/// What `decide` refuses; 412 for another version than `If-Match`; 422 for a key used otherwise; 503 under contention.
pub async fn change<C: Context>(
    call: &Call,
    read: impl AsyncFn(&Database, &Ask<'_>) -> Result<C, DbError>,
    decide: impl Fn(C) -> Result<Decision, Problem>,
) -> Result<Reply, Problem> {
    let change = call.change()?;
    let request_hash = hex(&change.request_hash);
    let idempotency_key = change.idempotency_key.as_ref().map(|key| key.as_str());
    let client = call.is_key().then(|| usage::client(call));
    let ask = ask(call, idempotency_key);
    let db = db().await?;
    for _ in 0..DECISIONS_MAX {
        let context = read(&db, &ask).await?;
        let principal = if call.is_operator() { Some(OPERATOR.to_owned()) } else { context.principal() };
        if let Some(replay) = context.replay() {
            return repeated(call, replay, &request_hash);
        }
        let (org, proof) = (context.org().cloned(), context.proof().cloned());
        let decision = decide(context).map_err(|problem| with_upgrade_url(problem, call))?;
        let principal = principal.ok_or_else(Problem::unauthenticated)?;
        let (mut commands, answer) = match decision {
            Decision::Change(command, answer) => (vec![*command], answer),
            Decision::Several(commands, answer) => (commands, answer),
            // It leaves its row all the same, so that its idempotency key is used.
            Decision::Nothing(answer) => {
                (vec![Command::nothing(org.as_ref().map(|org| org.id.clone()), principal.clone())], answer)
            }
        };
        if let (Some(org), Some(proof)) = (&org, &proof) {
            commands.iter().try_for_each(|command| guard(command, org, proof, call.now_ms()))?;
        }
        let same_version = same_version(&change, org.as_ref())?;
        if let Some(last) = commands.last_mut() {
            last.premises.extend(same_version);
        }
        if change.mode == Mode::DryRun {
            return Ok(dry_run(&commands, org.as_ref(), &answer));
        }
        let version_matters = commands.last().is_some_and(|last| last.org.is_some());
        let sealed: Vec<Sealed> =
            commands.into_iter().map(|command| command.seal(call.now_ms(), &mut Entropy)).collect();
        let request =
            Request { principal: &principal, idempotency_key, request_hash: &request_hash, client: client.as_ref() };
        let appended = match sealed.as_slice() {
            [command] => append(&db, command, &request, &json!(answer)).await?,
            several => append_several(&db, several, &request, &json!(answer)).await?,
        };
        match appended {
            Appended::At { version, outcomes } => {
                return render(call, answer, version_matters.then_some(version), &outcomes);
            }
            Appended::Stale => {}
        }
    }
    Err(Refusal::Contention.into())
}

/// The credential and the moment of a call, for the store.
pub fn ask<'a>(call: &'a Call, idempotency_key: Option<&'a str>) -> Ask<'a> {
    let session = call.credential().map_or("", |c| c.token_hash.as_str());
    let token_hash = if call.is_operator() { OPERATOR } else { session };
    Ask { token_hash, now: call.now_ms(), idempotency_key }
}

/// Where an organization names no place to buy more, the deployment's is named.
fn with_upgrade_url(problem: Problem, call: &Call) -> Problem {
    let is_missing = problem.extensions.get("upgrade_url").is_some_and(Value::is_null);
    match call.settings().upgrade_url() {
        Some(url) if is_missing => problem.with("upgrade_url", url),
        _ => problem,
    }
}

fn same_version(change: &Change, org: Option<&OrgFacts>) -> Result<Option<Premise>, Refusal> {
    match (change.if_match, org) {
        (Some(wanted), Some(org)) if wanted != org.version => Err(Refusal::VersionMismatch { present: org.version }),
        (Some(wanted), Some(org)) => Ok(Some(Premise::Version(org.id.clone(), wanted))),
        _ => Ok(None),
    }
}

fn repeated(call: &Call, replay: &Replay, request_hash: &str) -> Result<Reply, Problem> {
    if replay.request_hash != request_hash {
        return Err(Refusal::IdempotencyKeyReused.into());
    }
    let answer = serde_json::from_value(replay.reply.clone());
    let answer = answer.map_err(|fault| Problem::internal(format!("a stored answer cannot be read: {fault}")))?;
    Ok(render(call, answer, replay.version(), &replay.outcomes)?.header("idempotent-replayed", "true"))
}

/// The same for the request that made the change and for every repetition of it.
fn render(call: &Call, mut answer: Answer, version: Option<u64>, outcomes: &[String]) -> Result<Reply, Problem> {
    answer.tell(outcomes);
    if let (Some(version), Some(shown)) = (version, answer.body.as_mut().and_then(|body| body.get_mut("version"))) {
        *shown = Value::from(version);
    }
    let mut cookie = None;
    if let Some(session) = &answer.session {
        let key = call.settings().secret_keys()?.named(&session.key_id);
        let token = key.map(|key| key.session_token(&session.id)).ok_or_else(Problem::unauthenticated)?;
        if let Some(shown) = answer.body.as_mut().and_then(|body| body.get_mut("session")) {
            *shown = json!({"token": token, "expires_at": Timestamp(session.expires_at)});
        }
        cookie = Some((token, call.settings().sessions.absolute_s));
    }
    if let (Some(link), Some(body)) = (&answer.link, answer.body.as_mut().and_then(Value::as_object_mut)) {
        // Once its key is retired, the link opens nothing any more, for whoever repeats the request as for everybody.
        let key = call.settings().secret_keys()?.named(&link.key_id).ok_or(Refusal::LinkUnknown)?;
        let token = key.link_token(&link.id);
        body.insert("url".to_owned(), Value::from(format!("{}/join#{token}", call.settings().public_url)));
        body.insert("token".to_owned(), Value::from(token));
    }
    if let (Some(shown), Some(body)) = (&answer.key, answer.body.as_mut().and_then(Value::as_object_mut)) {
        // Once its deployment key is retired, nobody can say the text again; the key itself goes on working.
        let key = call.settings().secret_keys()?.named(&shown.key_id).ok_or(Refusal::NotFound("API key's text"))?;
        body.insert("key".to_owned(), Value::from(key.api_key(&shown.id, shown.generation).text));
    }

    if let (Some(client), Some(body)) = (&answer.client, answer.body.as_mut().and_then(Value::as_object_mut)) {
        // Once its key is retired, the secret is as good as before, but nobody can show it again.
        let key = call.settings().secret_keys()?.named(&client.key_id).ok_or(Refusal::NotFound("secret any more"))?;
        body.insert("client_secret".to_owned(), Value::from(key.client_secret(&client.id, client.generation)));
    }
    if let (Some(webhook), Some(body)) = (&answer.webhook, answer.body.as_mut().and_then(Value::as_object_mut)) {
        let key = call.settings().secret_keys()?.named(&webhook.key_id).ok_or(Refusal::NotFound("secret any more"))?;
        let secret = SigningSecret::new(key.webhook_secret(&webhook.id, webhook.generation));
        body.insert("secret".to_owned(), Value::from(secret.text()));
    }
    let mut reply = Reply::stored(call.route(), answer.status, answer.body.as_ref());
    if let Some(version) = version {
        reply = reply.etag(version);
    }
    if let Some(location) = answer.location {
        reply = reply.header("location", location);
    }
    Ok(match cookie {
        Some((token, lifetime_s)) => reply.session_cookie(call.settings(), &token, lifetime_s),
        None => reply,
    })
}

fn dry_run(commands: &[Command], org: Option<&OrgFacts>, answer: &Answer) -> Reply {
    let each: Vec<Consequences> = commands.iter().map(|command| Consequences::of(command, org)).collect();
    let mut shown = DryRun::new(each.iter().flat_map(|it| it.events.iter().copied()))
        .with("status", answer.status)
        .with("member_count_change", each.iter().map(|it| it.member_count_change).sum::<i64>())
        .with("pending_invitation_count_change", each.iter().map(|it| it.pending_invitation_count_change).sum::<i64>());
    for (name, number) in commands.iter().flat_map(|command| &command.consequences) {
        shown = shown.with(name, *number);
    }
    Reply::ok(&shown)
}
