//! What a person changes about their own account.

use crate::command::{AccountChange, Command, NewDisplayName, Premise};
use crate::facts::Who;
use crate::{DisplayName, Refusal, search};

/// Gives the account another display name, or none.
///
/// # Errors
/// Never, for now; the signature is that of every decision.
pub fn rename(who: &Who, name: Option<&DisplayName>) -> Result<Command, Refusal> {
    let name = name.map(DisplayName::as_str);
    let words = search::words(name, &who.email_key);
    let sort_name = search::sort_name(name, &who.email_key);
    Ok(Command {
        premises: vec![Premise::Session(who.session.clone())],
        account: Some(AccountChange {
            display_name: Some(NewDisplayName {
                user_id: who.user.clone(),
                name: name.map(str::to_owned),
                words,
                sort_name,
            }),
            ..AccountChange::default()
        }),
        ..Command::of("account.rename", None, who.user.to_string())
    })
}
