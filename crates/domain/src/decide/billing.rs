//! What follows for an organization's plan from who pays for it, and what.

use super::seat::{NewPlan, set_plan};
use crate::billing::{Bought, BoughtSeats, Parked, PriceList};
use crate::command::{Command, Premise};
use crate::facts::{ActorFault, Asker, OrgFacts, PayerFacts};
use crate::policy::{Policy, SeatMode, bounds};
use crate::refusal::Refusal;

/// What is to be done about a payer.
#[derive(Debug, Clone)]
pub enum Settlement {
    /// The organization's plan is brought into keeping with what is paid, or is found to be.
    Bill(Box<Command>),
    /// There is no organization, and nothing to give one.
    Nothing,
    Parked(Parked),
}

/// Gives the payer's organization what the subscription that began last buys; with none that is good for anything any more, the
/// plan that organizations begin on. Where more can be bought stays as it is.
///
/// # Errors
/// A stored policy that cannot be read: a bug of ours.
pub fn settle(
    payer: &PayerFacts,
    org: Option<&OrgFacts>,
    prices: &PriceList,
    now: i64,
) -> Result<Settlement, ActorFault> {
    let Some(org) = org else {
        return Ok(if payer.subscription.is_some() { Settlement::Parked(nobody(payer)) } else { Settlement::Nothing });
    };
    let asker = Asker::billing(org.clone(), now)?;
    let bought = match &payer.subscription {
        Some(subscription) => subscription.terms.bought(prices),
        None if payer.had_subscription => {
            Ok(Bought { plan: asker.policy().first_plan_name().to_owned(), seats: BoughtSeats::OfThePlan })
        }
        None => return Ok(Settlement::Nothing),
    };
    let bought = match bought {
        Ok(bought) => bought,
        Err(parked) => return Ok(Settlement::Parked(parked)),
    };
    let seats = seats_under(asker.policy(), bought.seats);
    if seats.is_some_and(|seats| seats > bounds::SEATS_MAX) {
        return Ok(Settlement::Parked(Parked::TooManySeats));
    }
    let plan = NewPlan { name: &bought.plan, seats, upgrade_url: org.upgrade_url.as_deref() };
    match set_plan(&asker, &plan) {
        Ok((mut command, _)) => {
            command.kind = PLAN_BILLED;
            command.premises.push(Premise::Payer(payer.id.clone(), payer.rev));
            Ok(Settlement::Bill(Box::new(command)))
        }
        Err(Refusal::UnknownPlan { .. }) => Ok(Settlement::Parked(Parked::UnknownPlan)),
        Err(Refusal::NothingCounted) => Ok(Settlement::Parked(Parked::NothingCounted)),
        Err(other) => Err(other.into()),
    }
}

/// The kind of command by which a payer is settled: the database does the rest with it.
pub const PLAN_BILLED: &str = "plan.bill";

/// A quantity is sold with everything; where nothing is counted it means nothing.
fn seats_under(policy: &Policy, seats: BoughtSeats) -> Option<u64> {
    match seats {
        BoughtSeats::OfThePlan => None,
        BoughtSeats::Sold(seats) => Some(seats).filter(|_| policy.seats.mode != SeatMode::None),
        BoughtSeats::Said(seats) => Some(seats),
    }
}

/// Why there is no organization for a payer who pays for one.
fn nobody(payer: &PayerFacts) -> Parked {
    match (&payer.org, &payer.claimed_org) {
        (Some(_), _) => Parked::UnknownOrganization,
        (None, Some(_)) if payer.is_claim_taken => Parked::OrganizationTaken,
        (None, Some(_)) => Parked::UnknownOrganization,
        (None, None) => Parked::UnknownCustomer,
    }
}
