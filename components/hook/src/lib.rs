//! Events that others send, and what the operator says about who pays.

mod bind_payer;
mod list_hook_refusals;
mod list_parked_identities;
mod list_parked_payers;
mod retry_payer;
mod settled;
mod take_billing_event;
mod take_identity_event;

latchkey_edge::component! {
    "hook" => {
        take_billing_event => take_billing_event::take_billing_event,
        take_identity_event => take_identity_event::take_identity_event,
        list_parked_identities => list_parked_identities::list_parked_identities,
        list_hook_refusals => list_hook_refusals::list_hook_refusals,
        list_parked_payers => list_parked_payers::list_parked_payers,
        bind_payer => bind_payer::bind_payer,
        retry_payer => retry_payer::retry_payer,
    }
}
