//! `POST /v1/hooks/billing`: takes an event about billing, and gives the organization what it says.

use latchkey_api::hooks::{BillingEvent, billing_event};
use latchkey_domain::billing::News;
use latchkey_domain::secret::token_hash;
use latchkey_edge::billing::{Settled, settle};
use latchkey_edge::model::{BillingEventTaken, BillingOutcome};
use latchkey_edge::{Call, Code, Database, Problem, Reply, db};
use latchkey_store::billing::{Event, Taken, take};
use latchkey_store::hook::said;

/// What it says is kept by one statement, and by that is never lost; what follows from it for the organization is another, which the
/// timer makes up for if it does not come to that.
pub(crate) async fn take_billing_event(call: Call) -> Result<Reply, Problem> {
    let BillingEvent { sender, id, news } = billing_event(&call, call.settings().hooks()?)?;
    let Some(news) = news else {
        return Ok(Reply::ok(&told(id, BillingOutcome::Unused)));
    };
    // Not over the body: a sender that repeats an event may write it in other words, such as how many receivers still lack it.
    let said_hash = token_hash(&serde_json::to_string(&news).unwrap_or_default());
    let event = Event { sender, id: &id, said_hash: &said_hash, received_at: call.now_ms(), news: &news };
    let db = db().await?;
    let outcome = match take(&db, &event).await? {
        Taken::Before => {
            let before = said(&db, sender, &id).await?;
            if before.is_some_and(|before| before != said_hash) {
                let detail = "An event of this id came before, and said something else. An id is of one event.";
                return Err(Problem::new(Code::EventIdReused, detail));
            }
            Some(BillingOutcome::Repeated)
        }
        Taken::Older => Some(BillingOutcome::Older),
        Taken::Newer => None,
    };
    settled(&call, &db, id, &news, outcome).await
}

/// Whatever became of the event: what is known of its payer and has not been seen to is seen to now.
async fn settled(
    call: &Call,
    db: &Database,
    event: String,
    news: &News,
    outcome: Option<BillingOutcome>,
) -> Result<Reply, Problem> {
    let Some((payer, settled)) = settle(call, db, &news.payer).await? else {
        return Err(Problem::internal(format!("{} was kept, and is not there", news.payer)));
    };
    let (now, reason) = match settled {
        Settled::Settled => (BillingOutcome::Applied, None),
        Settled::Parked(parked) => (BillingOutcome::Parked, Some(parked.as_str().to_owned())),
        Settled::Later => (BillingOutcome::Later, None),
    };
    Ok(Reply::ok(&BillingEventTaken {
        payer: Some(payer.id.to_string()),
        organization: payer.org.as_ref().map(ToString::to_string),
        reason,
        ..told(event, outcome.unwrap_or(now))
    }))
}

fn told(event: String, outcome: BillingOutcome) -> BillingEventTaken {
    BillingEventTaken { event, outcome, payer: None, organization: None, reason: None }
}
