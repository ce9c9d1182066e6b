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
    Ok(Command {
        kind: "account.rename",
        org: None,
        actor: who.user.to_string(),
        premises: vec![Premise::Session(who.session.clone())],
        items: Vec::new(),
        top_role_max: None,
        account: Some(AccountChange {
            display_name: Some(NewDisplayName { user_id: who.user.clone(), name: name.map(str::to_owned), words }),
            ..AccountChange::default()
        }),
        policy: None,
    })
}
