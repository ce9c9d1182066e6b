//! Creating, renaming and deleting an organization.

use super::seat::freed;
use crate::command::{Command, Item, PolicyDocument, Premise};
use crate::event::{Change, MemberJoined, Nothing, OrgCreated, OrgRenamed};
use crate::facts::{Actor, Asker, Who};
use crate::policy::{self, OrganizationsPerPerson};
use crate::{MemberId, OrgId, OrgName, Refusal};

/// A new organization, with its creator in the top role, on the policy's first plan.
///
/// # Errors
/// When there is no preset of that name.
pub fn create(
    who: &Who,
    id: OrgId,
    member: MemberId,
    name: &OrgName,
    preset: &str,
) -> Result<(Command, OrgCreated), Refusal> {
    let unknown = || Refusal::UnknownPolicy {
        policy: preset.to_owned(),
        known: policy::presets().iter().map(|p| p.name.to_owned()).collect(),
    };
    let preset = policy::preset(preset).ok_or_else(unknown)?;
    let rules = policy::load(preset.hash, Some(preset.document)).map_err(|_| unknown())?;
    let created = OrgCreated {
        name: name.to_string(),
        policy: preset.name.to_owned(),
        policy_hash: preset.hash.to_owned(),
        top_role: rules.top_role_name().to_owned(),
        plan: rules.first_plan_name().to_owned(),
        exclusive: rules.organizations_per_person == OrganizationsPerPerson::One,
        emails_off: !rules.emails,
        billed_owner: rules.top_role.billed_owner.then(|| member.clone()),
    };
    let joined = MemberJoined { user: who.user.clone(), role: created.top_role.clone(), invitation: None, link: None };
    let command = Command {
        premises: vec![Premise::Session(who.session.clone())],
        items: vec![Item::plain(vec![
            Change::OrgCreated(id.clone(), created.clone()),
            Change::MemberJoined(member, joined),
        ])],
        policy: Some(PolicyDocument { hash: preset.hash.to_owned(), document: preset.document.to_owned() }),
        ..Command::of("org.create", Some(id.clone()), who.user.to_string())
    };
    Ok((command, created))
}

/// Another name. The present one again changes nothing, and says so by appending nothing.
///
/// # Errors
/// Needs `org.update`.
pub fn rename(actor: &Actor, name: &OrgName) -> Result<Command, Refusal> {
    actor.require("org.update")?;
    let renamed = OrgRenamed { name: name.to_string(), was: actor.org.name.clone() };
    let changes =
        if renamed.name == renamed.was { Vec::new() } else { vec![Change::OrgRenamed(actor.org.id.clone(), renamed)] };
    Ok(by(actor, "org.rename", changes))
}

/// Ends every membership and open invitation, for good.
///
/// # Errors
/// Needs `org.delete`, and the organization's name typed exactly.
pub fn delete(actor: &Actor, typed_name: &str) -> Result<Command, Refusal> {
    actor.require("org.delete")?;
    if typed_name != actor.org.name {
        return Err(Refusal::NameMismatch);
    }
    let mut command = by(actor, "org.delete", vec![Change::OrgDeleted(actor.org.id.clone(), Nothing {})]);
    let org = &actor.org;
    command.consequences.extend(freed(&actor.policy, org.member_count + org.pending_count, org.license_count));
    Ok(command)
}

/// A command of one plain item by a member of the organization.
pub(super) fn by(actor: &Actor, kind: &'static str, changes: Vec<Change>) -> Command {
    Command {
        premises: actor.premises(),
        items: vec![Item::plain(changes)],
        ..Command::of(kind, Some(actor.org.id.clone()), actor.who.user.to_string())
    }
}

/// The same by a member or by the operator.
pub(super) fn asked_by(asker: &Asker, kind: &'static str, changes: Vec<Change>) -> Command {
    Command {
        premises: asker.premises(),
        items: vec![Item::plain(changes)],
        ..Command::of(kind, Some(asker.org().id.clone()), asker.name())
    }
}
