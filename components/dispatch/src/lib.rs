//! What the passing of time asks for, and the mailbox of development.

mod checkpoints;
mod deliver;
mod dispatch;
mod domains;
mod flight;
mod identities;
mod list_mail;
mod mail;
mod payers;
mod sweep;
mod webhooks;

latchkey_edge::component! {
    "dispatch" => {
        dispatch => dispatch::dispatch,
        list_mail => list_mail::list_mail,
    }
}
