//! Who pays for an organization.

use serde::Deserialize;

use crate::OrgId;
use crate::billing::{PayerId, Terms};

/// A payer, as far as billing providers and the operator have told.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct PayerFacts {
    pub id: PayerId,
    /// Whom they pay for.
    pub org: Option<OrgId>,
    /// Whom they said they pay for, where that could not be so.
    pub claimed_org: Option<OrgId>,
    /// Whether somebody else pays for that one.
    pub is_claim_taken: bool,
    /// Grows with each piece of news.
    pub rev: u64,
    /// Whether the organization's plan is still to be brought into keeping with what is known here.
    pub is_due: bool,
    /// Why a person has to look at it.
    pub parked: Option<String>,
    /// Since when, in milliseconds since 1970.
    pub parked_at: Option<i64>,
    /// Whether there ever was a subscription.
    pub had_subscription: bool,
    /// Of those that are good for anything, the one that began last.
    pub subscription: Option<SubscriptionFacts>,
}

/// A subscription that is good for something.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct SubscriptionFacts {
    pub id: String,
    pub terms: Terms,
}
