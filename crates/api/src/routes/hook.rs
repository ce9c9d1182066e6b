//! Events that others send, and who pays for what.

use super::Effect::Upkeep;
use super::Method::{Get, Post, Put};
use super::{Route, Who};
use crate::codes::Code;
use crate::limits::HOOK_BODY_BYTES_MAX;
use crate::model::*;

pub(super) const ROUTES: &[Route] = &[
    Route::new("take_billing_event", "hook", Post, "/v1/hooks/billing")
        .says(
            "billing",
            "Take an event about billing",
            "From Stripe, as it sends them: `customer.subscription.created`, `.updated`, `.deleted`, `.paused` and `.resumed`, and \
             `checkout.session.completed`, proven by `Stripe-Signature`. From any other sender a `BillingHook`, proven by the headers \
             `webhook-id`, `webhook-timestamp` and `webhook-signature` of Standard Webhooks. A signature is good for five minutes. What is \
             answered with 200 is kept; an event counts once, by its id, and changes nothing when newer news of its subscription is known.",
        )
        .who(Who::Signature)
        .changes(Upkeep)
        .body_bytes_max(HOOK_BODY_BYTES_MAX)
        .takes::<BillingHook>()
        .answers::<BillingEventTaken>(200)
        .may_refuse(&[Code::BadSignature, Code::StaleSignature, Code::EventIdReused]),
    Route::new("take_identity_event", "hook", Post, "/v1/hooks/identity")
        .says(
            "identity",
            "Take an event about a user of an identity provider",
            "An `IdentityHook`, proven by the headers `webhook-id`, `webhook-timestamp` and `webhook-signature` of Standard Webhooks. A \
             user with a verified address has an account from then on, and is in the organization that takes people in by their domain; \
             their account follows the address and the name; of a user who is deleted the account is deleted, and its sessions end at \
             once. What is answered with 200 is kept; an event counts once, by its id, and changes nothing when newer news of its user is \
             known.",
        )
        .who(Who::Signature)
        .changes(Upkeep)
        .body_bytes_max(HOOK_BODY_BYTES_MAX)
        .takes::<IdentityHook>()
        .answers::<IdentityEventTaken>(200)
        .may_refuse(&[Code::BadSignature, Code::StaleSignature, Code::EventIdReused]),
    Route::new("list_parked_identities", "hook", Get, "/v1/hooks/identity")
        .says(
            "identity",
            "Which users of an identity provider wait for a person",
            "Users whose new address is another account's, and deleted ones without whom an organization would have nobody in its top role \
             or nobody to bill; the longest waiting first. Needs the operator token.",
        )
        .who(Who::Operator)
        .query::<ListParkedIdentities>()
        .pages::<ParkedIdentity>(),
    Route::new("list_hook_refusals", "hook", Get, "/v1/hooks/refusals")
        .says(
            "billing",
            "What senders of events were refused",
            "Bad signatures, stale ones, bodies too large: how often, and when last. Needs the operator token.",
        )
        .who(Who::Operator)
        .without_store()
        .answers::<HookRefusals>(200),
    Route::new("list_parked_payers", "hook", Get, "/v1/billing/payers")
        .says(
            "billing",
            "Who pays, and waits for a person",
            "Customers of whom nobody knows whom they pay for, prices that are on no list, plans that the policy has not; the longest waiting \
             first. Needs the operator token.",
        )
        .who(Who::Operator)
        .query::<ListParkedPayers>()
        .pages::<Payer>(),
    Route::new("bind_payer", "hook", Put, "/v1/billing/payers/{payer}")
        .says(
            "billing",
            "Say whom a payer pays for",
            "The organization has at once what they pay for. One payer an organization, and one organization a payer. Needs the operator \
             token.",
        )
        .who(Who::Operator)
        .changes(Upkeep)
        .takes::<BindPayer>()
        .answers::<Payer>(200)
        .may_refuse(&[Code::OrganizationTaken]),
    Route::new("retry_payer", "hook", Post, "/v1/billing/payers/{payer}/retry")
        .says(
            "billing",
            "Look at a payer again",
            "After the price list or the organization's policy has changed. Dispatch does so by itself every hour. Needs the operator token.",
        )
        .who(Who::Operator)
        .changes(Upkeep)
        .answers::<Payer>(200),
];
