//! `POST /v1/hooks/identity`: takes an event about a user of an identity provider, and brings their account in keeping with it.

use latchkey_api::hooks::{IdentityEvent, identity_event};
use latchkey_domain::identity::News;
use latchkey_domain::secret::token_hash;
use latchkey_edge::identity::{Settled, settle};
use latchkey_edge::model::{IdentityEventTaken, IdentityOutcome};
use latchkey_edge::{Call, Code, Database, Problem, Reply, db};
use latchkey_store::hook::said;
use latchkey_store::identity_news::{Event, Taken, take};

/// Whose ids the events have, in the table of events that came in.
const SENDER: &str = "identity";

/// What it says is kept by one statement, and by that is never lost; what follows from it is others, which the timer makes up for if
/// it does not come to that.
pub(crate) async fn take_identity_event(call: Call) -> Result<Reply, Problem> {
    let IdentityEvent { id, news } = identity_event(&call, call.settings().hooks()?)?;
    let Some(news) = news else {
        return Ok(Reply::ok(&told(id, IdentityOutcome::Unused)));
    };
    // Not over the body: a sender that repeats an event may write it in other words.
    let said_hash = token_hash(&serde_json::to_string(&news).unwrap_or_default());
    let event = Event { id: &id, said_hash: &said_hash, received_at: call.now_ms(), news: &news };
    let db = db().await?;
    let outcome = match take(&db, &event).await? {
        Taken::Before => {
            let before = said(&db, SENDER, &id).await?;
            if before.is_some_and(|before| before != said_hash) {
                let detail = "An event of this id came before, and said something else. An id is of one event.";
                return Err(Problem::new(Code::EventIdReused, detail));
            }
            Some(IdentityOutcome::Repeated)
        }
        Taken::Older => Some(IdentityOutcome::Older),
        Taken::Newer => None,
    };
    settled(&call, &db, id, &news, outcome).await
}

/// Whatever became of the event: what is known of its user and has not been seen to is seen to now.
async fn settled(
    call: &Call,
    db: &Database,
    event: String,
    news: &News,
    outcome: Option<IdentityOutcome>,
) -> Result<Reply, Problem> {
    let Some((user, settled)) = settle(call, db, &news.key()).await? else {
        return Err(Problem::internal(format!("{} was kept, and is not there", news.key())));
    };
    let (now, reason) = match settled {
        Settled::Settled => (IdentityOutcome::Applied, None),
        Settled::Parked(parked) => (IdentityOutcome::Parked, Some(parked.as_str().to_owned())),
        Settled::Later => (IdentityOutcome::Later, None),
    };
    let user = user.map(|user| user.to_string());
    Ok(Reply::ok(&IdentityEventTaken { user, reason, ..told(event, outcome.unwrap_or(now)) }))
}

fn told(event: String, outcome: IdentityOutcome) -> IdentityEventTaken {
    IdentityEventTaken { event, outcome, user: None, reason: None }
}
