//! Creating, changing and deleting an organization.

use super::seat::freed;
use crate::command::{Command, Item, PolicyDocument};
use crate::event::{Change, MemberJoined, Nothing, OrgCreated, OrgRenamed, OrgSettingsChanged};
use crate::facts::{Actor, Asker, Elsewhere, Who};
use crate::policy::{self, OrganizationsPerPerson};
use crate::{MemberId, OrgId, OrgName, Refusal, RoleName};

/// A new organization, with its creator in the top role, on the policy's first plan.
///
/// # Errors
/// When there is no preset of that name; and where it allows one organization a person, while they are in another.
pub fn create(
    who: &Who,
    elsewhere: Option<&Elsewhere>,
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
    let exclusive = rules.organizations_per_person == OrganizationsPerPerson::One;
    if let Some(elsewhere) = elsewhere.filter(|_| exclusive) {
        return Err(elsewhere.leave_first());
    }
    let created = OrgCreated {
        name: name.to_string(),
        policy: preset.name.to_owned(),
        policy_hash: preset.hash.to_owned(),
        top_role: rules.top_role_name().to_owned(),
        plan: rules.first_plan_name().to_owned(),
        exclusive,
        emails_off: !rules.emails,
        billed_owner: rules.top_role.billed_owner.then(|| member.clone()),
    };
    let joined = MemberJoined::founding(who.user.clone(), created.top_role.clone());
    let command = Command {
        premises: vec![who.premise()],
        items: vec![Item::plain(vec![
            Change::OrgCreated(id.clone(), created.clone()),
            Change::MemberJoined(member, joined),
        ])],
        policy: Some(PolicyDocument { hash: preset.hash.to_owned(), document: preset.document.to_owned() }),
        ..Command::of("org.create", Some(id.clone()), who.user.to_string())
    };
    Ok((command, created))
}

/// What is to be different; the rest stays.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Update<'a> {
    pub name: Option<&'a OrgName>,
    pub email_notifications: Option<bool>,
    pub auto_join_role: Option<&'a RoleName>,
    /// For how many days activity is kept; `Some(None)`: for good.
    pub activity_retention_days: Option<Option<u32>>,
    /// How long ago a person may have signed in who changes something dangerous, in seconds; `Some(None)`: any time.
    pub reauth_after_s: Option<Option<u32>>,
}

/// Another name, other settings. What is as it was changes nothing, and says so by appending nothing.
///
/// # Errors
/// Needs `org.update`; for the role of those who join by themselves also what inviting to it needs.
pub fn update(actor: &Actor, update: &Update<'_>) -> Result<Command, Refusal> {
    actor.require("org.update")?;
    let org = &actor.org;
    let mut changes = Vec::new();
    if let Some(name) = update.name.filter(|name| name.as_str() != org.name) {
        let renamed = OrgRenamed { name: name.to_string(), was: org.name.clone() };
        changes.push(Change::OrgRenamed(org.id.clone(), renamed));
    }
    let auto_join_role = update.auto_join_role.map(|role| auto_join_role(actor, role.as_str())).transpose()?;
    let settings = OrgSettingsChanged {
        email_notifications: update.email_notifications.filter(|on| *on != org.email_notifications),
        auto_join_role: auto_join_role.filter(|role| *role != org.auto_join_role(&actor.policy)).map(str::to_owned),
        activity_retention_days: update.activity_retention_days.filter(|days| *days != org.activity_retention_days),
        reauth_after_s: update.reauth_after_s.filter(|seconds| *seconds != org.reauth_after_s),
    };
    if settings != OrgSettingsChanged::default() {
        changes.push(Change::OrgSettingsChanged(org.id.clone(), settings));
    }
    Ok(by(actor, "org.update", changes))
}

/// Nobody joins in the top role by themselves, nor in a role that the actor could not invite to.
fn auto_join_role<'a>(actor: &'a Actor, wanted: &str) -> Result<&'a str, Refusal> {
    actor.require_holder()?;
    let top = actor.policy.top_role_name();
    let role = actor.policy.role(wanted).filter(|role| role.name != top).ok_or_else(|| Refusal::UnknownRole {
        role: wanted.to_owned(),
        known: actor.policy.role_names().into_iter().filter(|role| role != top).collect(),
    })?;
    if !actor.policy.role(&actor.member.role).is_some_and(|own| own.may_invite(&role.name)) {
        return Err(actor.out_of_reach("let people join by themselves as", &role.name));
    }
    actor.may_grant(&role.name)?;
    Ok(&role.name)
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
        ..Command::of(kind, Some(actor.org.id.clone()), actor.name())
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
