//! Events that others send, and who pays for what.

use latchkey_domain::OrgId;

use super::{representation, words};
use crate::field_types::{BilledData, BillingId, CursorText, MessageType, PageLimit, PlanName, SeatCount};
use crate::fields::request;
use crate::time::Timestamp;

request! {
    /// An event about billing, as Standard Webhooks describe a payload. Events of other types are taken, and mean nothing.
    pub struct BillingHook {
        /// `subscription.changed`.
        pub r#type: MessageType,
        /// When it happened: what is older than what is known of the subscription changes nothing.
        pub timestamp: Timestamp,
        /// The subscription as it is since then.
        pub data: BilledData,
    }
}

request! {
    /// A subscription as it is: all of it. Name a customer, an organization, or both.
    pub struct BilledSubscription {
        /// Who pays, by your own id. Whom they pay for must have been said once, with `org` or by the operator.
        pub customer: Option<BillingId>,
        /// Whom they pay for. Whoever pays for an organization first goes on doing so, until the operator says otherwise.
        pub org: Option<OrgId>,
        /// Your own id of the subscription, for customers who have several: the one that began last counts.
        pub subscription: Option<BillingId>,
        /// One of the policy's plans; without one the subscription has ended, and the organization is on the plan that organizations begin on.
        pub plan: Option<PlanName>,
        /// How many seats there are; without a number what the plan says.
        pub seats: Option<SeatCount>,
    }
}

request! {
    /// Whom a payer pays for.
    pub struct BindPayer {
        /// `null`: nobody, from now on. The organization's plan stays as it is then.
        pub organization: Option<OrgId>,
    }
}

request! {
    /// Which page of those who wait for somebody.
    pub struct ListParkedPayers {
        /// Entries on a page.
        pub limit: PageLimit = PageLimit::default(),
        /// `next_cursor` of the page before.
        pub cursor: Option<CursorText>,
    }
}

words! {
    /// What became of an event about billing.
    pub enum BillingOutcome {
        /// The organization has what it says.
        Applied = "applied",
        /// It is kept, and waits for a person, who finds it among `/v1/billing/payers`.
        Parked = "parked",
        /// It is kept, and is seen to with the next call of dispatch.
        Later = "later",
        /// Newer news of the same subscription is known: it changes nothing.
        Older = "older",
        /// It came before: it changes nothing.
        Repeated = "repeated",
        /// It is of a type that means nothing here: it is not kept.
        Unused = "unused",
    }
}

words! {
    /// How a payer stands.
    pub enum PayerState {
        /// The organization has what is paid for.
        Settled = "settled",
        /// A person has to look at it.
        Parked = "parked",
        /// It is seen to with the next call of dispatch.
        Later = "later",
    }
}

representation! {
    /// What became of an event about billing.
    pub struct BillingEventTaken {
        /// The event's id.
        pub event: String,
        pub outcome: BillingOutcome,
        /// Who pays. Absent where that was not looked at.
        pub payer: Option<String>,
        /// Whom they pay for.
        pub organization: Option<String>,
        /// Why it waits for a person: one of `unknown_customer`, `unknown_organization`, `organization_taken`, `unmapped_price`, `several_plans`,
        /// `unknown_plan`, `nothing_counted` and `too_many_seats`. docs/billing.md
        pub reason: Option<String>,
    }

    /// Somebody who pays, and whom for.
    pub struct Payer {
        /// `stripe:` or `hook:` and the customer as their sender has it; or an organization that its sender names itself.
        pub id: String,
        pub state: PayerState,
        /// Whom they pay for.
        pub organization: Option<String>,
        /// Whom they said they pay for, where that could not be so.
        pub claimed_organization: Option<String>,
        /// Why a person has to look at it.
        pub reason: Option<String>,
        pub parked_at: Option<Timestamp>,
        /// Of the subscriptions that are good for anything, the one that began last.
        pub subscription: Option<PaidSubscription>,
    }

    /// A subscription.
    pub struct PaidSubscription {
        pub id: String,
        /// The plan, where its sender names it.
        pub plan: Option<String>,
        /// The number of seats, where its sender names it.
        pub seats: Option<u64>,
        /// What was sold, where its sender says that instead.
        pub items: Vec<PaidItem>,
    }

    /// A line of a subscription.
    pub struct PaidItem {
        pub price: String,
        pub product: Option<String>,
        /// `null` where use is metered.
        pub quantity: Option<u64>,
    }

    /// What senders of events were refused, as far as the service remembers.
    pub struct HookRefusals {
        pub data: Vec<HookRefusal>,
    }

    /// One sort of refusal.
    pub struct HookRefusal {
        /// The operation that refused.
        pub operation: String,
        /// The code of the refusal, such as `bad_signature`.
        pub code: String,
        /// About how often: two at once may count as one.
        pub count: u64,
        pub first_at: Timestamp,
        pub last_at: Timestamp,
    }
}
