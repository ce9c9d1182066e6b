//! Who pays, and for whom.

use latchkey_domain::billing::Terms;
use latchkey_domain::facts::{PayerFacts, SubscriptionFacts};

use crate::Timestamp;
use crate::model::{PaidItem, PaidSubscription, Payer, PayerState};

/// A payer, as they stand now; `reason` is why a person has to look at it.
pub fn payer(facts: &PayerFacts, state: PayerState, reason: Option<&str>) -> Payer {
    let is_parked = state == PayerState::Parked;
    Payer {
        id: facts.id.to_string(),
        state,
        organization: facts.org.as_ref().map(ToString::to_string),
        claimed_organization: facts.claimed_org.as_ref().map(ToString::to_string),
        reason: reason.map(str::to_owned),
        parked_at: facts.parked_at.filter(|_| is_parked).map(Timestamp),
        subscription: facts.subscription.as_ref().map(subscription),
    }
}

fn subscription(facts: &SubscriptionFacts) -> PaidSubscription {
    let (plan, seats, sold) = match &facts.terms {
        Terms::Plan { plan, seats } => (Some(plan.clone()), *seats, [].as_slice()),
        Terms::Items(items) => (None, None, items.as_slice()),
    };
    let items = sold.iter().map(|item| PaidItem {
        price: item.price.clone(),
        product: item.product.clone(),
        quantity: item.quantity,
    });
    PaidSubscription { id: facts.id.clone(), plan, seats, items: items.collect() }
}
