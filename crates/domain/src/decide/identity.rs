//! What follows for an account from what the identity provider tells of its user.

use super::account;
use crate::command::Command;
use crate::facts::{ActorFault, IdentityFacts};
use crate::identity::{Parked, Said};
use crate::refusal::Refusal;
use crate::{UserId, search};

/// What is to be done next about a user. Once it is done, they are looked at again, until there is nothing.
#[derive(Debug, Clone)]
pub enum Settlement {
    /// An account becomes theirs: the one with the address, or a new one.
    Enter(Profile),
    /// Their account gets another address or name.
    Change(UserId, Profile),
    /// Their account leaves everything, and is gone with the last command.
    Delete(Vec<Command>),
    /// The account is in keeping with what is told, or there is none and need not be.
    Nothing,
    Parked(Parked),
}

/// An account as it is to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Profile {
    pub email: String,
    pub email_key: String,
    pub name: Option<String>,
    /// What the person is found by.
    pub words: Vec<String>,
    /// By what lists are sorted.
    pub sort_name: String,
}

impl Profile {
    fn new((email, email_key): (&str, &str), name: Option<&str>) -> Self {
        Self {
            email: email.to_owned(),
            email_key: email_key.to_owned(),
            name: name.map(str::to_owned),
            words: search::words(name, email_key),
            sort_name: search::sort_name(name, email_key),
        }
    }
}

/// Brings the account of a user one step nearer to what is told of them. An address that nobody has verified makes no account and
/// changes none; and whoever deleted their account here has not asked for another by changing something there.
///
/// # Errors
/// A stored policy that cannot be read: a bug of ours.
pub fn settle(told: &IdentityFacts) -> Result<Settlement, ActorFault> {
    if told.is_deleted {
        return delete(told);
    }
    let Some(said) = &told.said else { return Ok(Settlement::Nothing) };
    let Some(who) = &told.who else {
        let profile = Profile::new((&said.email, &said.email_key), said.name.as_deref());
        return Ok(match said.is_verified && !told.has_left {
            true if told.is_holder_taken => Settlement::Parked(Parked::AddressTaken),
            true => Settlement::Enter(profile),
            false => Settlement::Nothing,
        });
    };
    let moves = said.is_verified && said.email_key != who.email_key;
    if moves && told.holder.as_ref().is_some_and(|holder| *holder != who.user) {
        return Ok(Settlement::Parked(Parked::AddressTaken));
    }
    let address = if moves {
        (said.email.as_str(), said.email_key.as_str())
    } else {
        (who.email.as_str(), who.email_key.as_str())
    };
    let name = name_of(said, who.display_name.as_deref());
    if !moves && name == who.display_name.as_deref() {
        return Ok(Settlement::Nothing);
    }
    Ok(Settlement::Change(who.user.clone(), Profile::new(address, name)))
}

fn name_of<'a>(said: &'a Said, present: Option<&'a str>) -> Option<&'a str> {
    if said.names { said.name.as_deref() } else { present }
}

fn delete(told: &IdentityFacts) -> Result<Settlement, ActorFault> {
    // An account that another user of theirs has lives on with that one.
    let (Some(who), Some(belongings), false) = (&told.who, &told.belongings, told.is_shared) else {
        return Ok(Settlement::Nothing);
    };
    match account::end(who, belongings) {
        Ok(commands) => Ok(Settlement::Delete(commands)),
        Err(ActorFault::Refused(Refusal::SoleTopRoleHolder { .. })) => {
            Ok(Settlement::Parked(Parked::LastTopRoleHolder))
        }
        Err(ActorFault::Refused(Refusal::BilledOwnerOf { .. })) => Ok(Settlement::Parked(Parked::BilledOwner)),
        Err(fault) => Err(fault),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing)]

    use serde_json::json;

    use super::*;

    /// What is done about a user told as `said`, whose account has the address and name of `who`.
    fn done(said: &serde_json::Value, who: &serde_json::Value, holder: Option<&str>) -> String {
        let key = "ab";
        let user = "usr_019392d1c4b87d00a1b2c3d4e5f60718";
        let who = who.as_array().map(|who| {
            json!({"proof": {"identity": {"key": key, "rev": 1}}, "user": user, "email": who[0], "email_key": who[0], "display_name": who[1],
                   "created_at": 0, "personal_tier": null, "address_rev": 0})
        });
        let said = said.as_array().map(|said| {
            json!({"email": said[0], "email_key": said[0], "is_verified": said[1], "names": said.len() > 2, "name": said.get(2)})
        });
        let is_taken = holder == Some("taken");
        let holder = holder.map(|holder| if holder == "self" { user } else { "usr_019392d1c4b87d00a1b2c3d4e5f60719" });
        let told: IdentityFacts = serde_json::from_value(json!({
            "key": key, "subject": "u1", "rev": 1, "is_due": true, "is_deleted": false, "has_left": false, "said": said, "who": who, "holder": holder, "is_holder_taken": is_taken, "is_shared": false, "organizations": [],
            "may_join": false, "belongings": null, "parked": null, "parked_at": null,
        }))
        .unwrap();
        let shown = |profile: Profile| format!("{} {}", profile.email_key, profile.name.unwrap_or_default());
        match settle(&told).unwrap() {
            Settlement::Enter(profile) => format!("enter {}", shown(profile)),
            Settlement::Change(_, profile) => format!("change {}", shown(profile)),
            Settlement::Delete(commands) => format!("delete {}", commands.len()),
            Settlement::Nothing => "nothing".to_owned(),
            Settlement::Parked(parked) => parked.as_str().to_owned(),
        }
    }

    #[test]
    fn an_account_follows_what_is_told_of_its_user() {
        let (ada, nobody) = (json!(["ada@x.example", "Ada"]), json!(null));
        let table = [
            (json!(["ada@x.example", true, "Ada"]), &nobody, None, "enter ada@x.example Ada"),
            (json!(["ada@x.example", true, "Ada"]), &nobody, Some("other"), "enter ada@x.example Ada"),
            (json!(["ada@x.example", true, "Ada"]), &nobody, Some("taken"), "address_taken"),
            (json!(["ada@x.example", false, "Ada"]), &nobody, None, "nothing"),
            (json!(["ada@x.example", true, "Ada"]), &ada, Some("self"), "nothing"),
            (json!(["ada@x.example", true]), &ada, Some("self"), "nothing"),
            (json!(["ada@x.example", true, "Ada L."]), &ada, Some("self"), "change ada@x.example Ada L."),
            (json!(["ada@x.example", true, null]), &ada, Some("self"), "change ada@x.example "),
            (json!(["ada@y.example", true]), &ada, None, "change ada@y.example Ada"),
            (json!(["ada@y.example", true, "A"]), &ada, None, "change ada@y.example A"),
            (json!(["ada@y.example", true]), &ada, Some("other"), "address_taken"),
            // Nobody has verified it: the account keeps the address that it has.
            (json!(["eve@x.example", false]), &ada, Some("other"), "nothing"),
            (json!(["ada@y.example", false, "A"]), &ada, None, "change ada@x.example A"),
            (json!(null), &ada, None, "nothing"),
        ];
        for (said, who, holder, expected) in table {
            assert_eq!(done(&said, who, holder), expected, "{said} {who} {holder:?}");
        }
    }
}
