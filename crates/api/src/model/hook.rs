//! Events that others send, and who pays for what.

use latchkey_domain::{DisplayName, Email, OrgId};

use super::{representation, words};
use crate::field_types::{
    BilledData, BillingId, Change, CursorText, MessageType, PageLimit, PlanName, SeatCount, Subject, ToldData,
};
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
    /// An event about a user of an identity provider, as Standard Webhooks describe a payload. Events of other types are taken, and mean
    /// nothing.
    pub struct IdentityHook {
        /// `user.created`, `user.updated`, `user.verified` or `user.deleted`.
        pub r#type: MessageType,
        /// When it happened: what is older than what is known of the user changes nothing.
        pub timestamp: Timestamp,
        /// The user as they are since then.
        pub data: ToldData,
    }
}

request! {
    /// A user, by the claims of OpenID Connect.
    pub struct ToldUser {
        /// The user's id, to the letter as in the `sub` of the issuer's tokens.
        pub sub: Subject,
        /// Their address. Needed unless they are deleted.
        pub email: Option<Email>,
        /// Whether the issuer has seen that the address is theirs; if it does not say, `user.verified` says so. Only such an address
        /// makes an account, or becomes an account's.
        pub email_verified: Option<bool>,
        /// How others see them. `null` removes it; if it is absent, the account keeps the name it has.
        pub name: Change<DisplayName>,
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
    pub struct ListParkedIdentities {
        /// Entries on a page.
        pub limit: PageLimit = PageLimit::default(),
        /// `next_cursor` of the page before.
        pub cursor: Option<CursorText>,
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

words! {
    /// What became of an event about a user.
    pub enum IdentityOutcome {
        /// The account is in keeping with what it says.
        Applied = "applied",
        /// It is kept, and waits for a person, who finds it among `/v1/hooks/identity`.
        Parked = "parked",
        /// It is kept, and is seen to with the next call of dispatch.
        Later = "later",
        /// Newer news of the same user is known: it changes nothing.
        Older = "older",
        /// It came before: it changes nothing.
        Repeated = "repeated",
        /// It is of a type that means nothing here: it is not kept.
        Unused = "unused",
    }
}

representation! {
    /// What became of an event about a user.
    pub struct IdentityEventTaken {
        /// The event's id.
        pub event: String,
        pub outcome: IdentityOutcome,
        /// Whose account it is about. Absent where there is none, such as that of an address that nobody has verified.
        pub user: Option<String>,
        /// Why it waits for a person: one of `address_taken`, `last_top_role_holder` and `billed_owner`. docs/sign-in.md
        pub reason: Option<String>,
    }

    /// A user of an identity provider who waits for a person.
    pub struct ParkedIdentity {
        /// The user's id, as in the `sub` of the issuer's tokens.
        pub subject: Option<String>,
        /// Whose account it is about.
        pub user: Option<String>,
        /// `address_taken`, `last_top_role_holder` or `billed_owner`. docs/sign-in.md
        pub reason: String,
        pub parked_at: Timestamp,
        /// The organizations that they are in, of a user who is deleted.
        pub organizations: Vec<String>,
    }

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
