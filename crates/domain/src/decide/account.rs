//! What a person changes about their own account.

use std::collections::BTreeMap;

use super::api_key::{self, Choice};
use super::member::{counted, ending};
use crate::command::{AccountChange, Command, Item, NewDisplayName, Premise};
use crate::event::{Change, Nothing};
use crate::facts::{ActorFault, Belongings, Membership, Restrictions, Who};
use crate::policy;
use crate::{DisplayName, Email, OrgId, Refusal, search};

/// Gives the account another display name, or none.
///
/// # Errors
/// Never, for now; the signature is that of every decision.
pub fn rename(who: &Who, name: Option<&DisplayName>) -> Result<Command, Refusal> {
    let name = name.map(DisplayName::as_str);
    let words = search::words(name, &who.email_key);
    let sort_name = search::sort_name(name, &who.email_key);
    Ok(Command {
        premises: vec![who.premise()],
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

/// Deletes one's own account.
///
/// # Errors
/// Needs the account's address typed to confirm; then as for [`end`].
pub fn delete(who: &Who, typed: &Email, belongings: &Belongings) -> Result<Vec<Command>, ActorFault> {
    if typed.key() != who.email_key {
        return Err(Refusal::AddressMismatch.into());
    }
    end(who, belongings)
}

/// Ends an account: it leaves everything, one command for each organization, and is gone with the last one. They are made together
/// or not at all.
///
/// # Errors
/// Refused while the person is the last holder of a top role, or the billed owner, with the organizations where that is so.
pub fn end(who: &Who, belongings: &Belongings) -> Result<Vec<Command>, ActorFault> {
    let those = |holds: fn(&Membership) -> bool| -> Vec<(String, String)> {
        let found = belongings.memberships.iter().filter(|it| holds(it));
        found.map(|it| (it.org.to_string(), it.name.clone())).collect()
    };
    let organizations = those(|it| it.is_last_top_role_holder);
    if !organizations.is_empty() {
        return Err(Refusal::SoleTopRoleHolder { organizations }.into());
    }
    let organizations = those(|it| it.is_billed_owner);
    if !organizations.is_empty() {
        return Err(Refusal::BilledOwnerOf { organizations }.into());
    }
    let mut commands: BTreeMap<&OrgId, Command> = BTreeMap::new();
    for it in &belongings.memberships {
        let mut command = leaving(who, "member.leave", &it.org);
        command.premises.push(Premise::Member(it.member.clone(), it.rev));
        let policy = policy::load(&it.policy_hash, it.policy_document.as_deref())?;
        let keys = api_key::settle(&policy, &it.keys, &Restrictions::new(), &Choice::default(), None)?;
        command.premises.extend(keys.iter().map(|it| it.key.premise()));
        command.consequences.extend(counted(&keys));
        command.items.push(Item::plain(ending(&keys, Change::MemberLeft(it.member.clone(), Nothing {}))));
        commands.insert(&it.org, command);
    }
    // What a member has in single projects ends with the membership.
    let only_in_project = |org: &OrgId| belongings.memberships.iter().all(|it| it.org != *org);
    for it in belongings.projects.iter().filter(|it| only_in_project(&it.org)) {
        let command = commands.entry(&it.org).or_insert_with(|| leaving(who, "project.leave", &it.org));
        command.premises.push(Premise::ProjectMember(it.member.clone(), it.rev));
        command.items.push(Item::plain(vec![Change::ProjectMemberLeft(it.member.clone(), Nothing {})]));
    }
    let mut commands: Vec<Command> = commands.into_values().collect();
    commands.push(Command {
        premises: vec![who.premise()],
        account: Some(AccountChange { deleted_user: Some(who.user.clone()), ..AccountChange::default() }),
        consequences: vec![
            ("organizations_left", belongings.memberships.len() as u64),
            ("projects_left", belongings.projects.len() as u64),
        ],
        ..Command::of("account.delete", None, who.name())
    });
    Ok(commands)
}

fn leaving(who: &Who, kind: &'static str, org: &OrgId) -> Command {
    Command::of(kind, Some(org.clone()), who.name())
}
