//! Other rules for an organization: roles added and taken away, cells changed.

use serde::Deserialize;

use super::org::asked_by;
use crate::command::{Command, Premise};
use crate::event::{Change, OrgSettingsChanged, PolicyChanged};
use crate::facts::Asker;
use crate::policy::{self, Holders, MistakeKind, OrganizationsPerPerson, Policy, PolicyMistake};
use crate::{MemberId, Refusal};

/// How a role is used at present.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct RoleUse {
    pub role: String,
    pub members: u64,
    pub pending: u64,
    pub links: u64,
    pub project_members: u64,
}

/// What other rules could do harm to.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub struct Affected {
    /// Every role that somebody has or was promised.
    pub uses: Vec<RoleUse>,
    /// Members who are in another exclusive organization, the first of them; looked for where the rules turn exclusive.
    pub elsewhere: Vec<MemberId>,
    /// The role of the billed owner, where there is one.
    pub billed_role: Option<String>,
    /// Who has held the proposed top role longest.
    pub first_holder: Option<MemberId>,
}

/// Replaces the rules. The present ones again change nothing, and say so by appending nothing.
///
/// # Errors
/// Needs `owner.transfer` and the top role, unless the operator asks, who alone may change what is sold. Refused when a role
/// would be gone that is in use, nobody would hold the top role or too many would, or members are in another organization
/// while they may be in one only; and for a preset's name on other rules than the preset's.
pub fn set(asker: &Asker, proposed: &Policy, affected: &Affected) -> Result<Command, Refusal> {
    may_set(asker)?;
    let (org, present) = (asker.org(), asker.policy());
    if *proposed == **present {
        return Ok(asked_by(asker, "policy.set", Vec::new()));
    }
    let mistakes = mistakes(asker, proposed);
    if !mistakes.is_empty() {
        return Err(Refusal::PolicyMistakes(mistakes));
    }
    strands_nobody(proposed, affected)?;
    top_role_is_held(asker, proposed, affected)?;
    let exclusive = proposed.organizations_per_person == OrganizationsPerPerson::One;
    if exclusive && !affected.elsewhere.is_empty() {
        let members = affected.elsewhere.iter().map(ToString::to_string).collect();
        return Err(Refusal::MembersElsewhere { members });
    }
    let sealed = proposed.sealed();
    let changed = PolicyChanged {
        policy: proposed.name.clone(),
        policy_hash: sealed.hash.clone(),
        was: org.policy_hash.clone(),
        top_role: proposed.top_role_name().to_owned(),
        plan: org.plan.clone(),
        roles: proposed.role_names(),
        exclusive,
        billed_owner: billed_owner(asker, proposed, affected),
    };
    let mut changes = vec![Change::PolicyChanged(org.id.clone(), changed)];
    changes.extend(other_auto_join_role(asker, proposed));
    let mut command = asked_by(asker, "policy.set", changes);
    command.policy = Some(sealed);
    if rests_on_the_log(present, proposed) {
        command.premises.push(Premise::Version(org.id.clone(), org.version));
    }
    Ok(command)
}

fn may_set(asker: &Asker) -> Result<(), Refusal> {
    let Asker::Member(actor) = asker else { return Ok(()) };
    actor.require("owner.transfer")?;
    actor.require_holder()?;
    let top = actor.policy.top_role_name();
    if actor.member.role == top { Ok(()) } else { Err(actor.out_of_reach("change the rules of", top)) }
}

/// What is wrong with the policy here, though it would be right elsewhere.
fn mistakes(asker: &Asker, proposed: &Policy) -> Vec<PolicyMistake> {
    let (org, present) = (asker.org(), asker.policy());
    let mut mistakes = Vec::new();
    let mut refuse = |place: &str, message: String| {
        mistakes.push(PolicyMistake::new(place, MistakeKind::NotAllowed, message));
    };
    if policy::is_imposter(proposed) {
        refuse("name", format!("{} is the name of a preset. Give these rules another.", proposed.name));
    }
    if matches!(asker, Asker::Member(_)) {
        for (place, same) in [
            ("organizations_per_person", proposed.organizations_per_person == present.organizations_per_person),
            ("top_role.holders", proposed.top_role.holders == present.top_role.holders),
            ("seats", proposed.seats == present.seats),
            ("plans", proposed.plans() == present.plans()),
        ] {
            if !same {
                refuse(place, "This is part of what is sold: only the operator changes it.".to_owned());
            }
        }
    } else if proposed.plan(&org.plan).is_none() {
        refuse("plans", format!("The organization is on the plan {}: keep it, or change its plan first.", org.plan));
    }
    mistakes
}

/// Everybody keeps a role that there is, and guests one that guests may have.
fn strands_nobody(proposed: &Policy, affected: &Affected) -> Result<(), Refusal> {
    let is_stranded = |used: &&RoleUse| {
        let is_gone = proposed.role(&used.role).is_none();
        is_gone || used.project_members > 0 && !proposed.projects.guest_roles.contains(&used.role)
    };
    match affected.uses.iter().find(is_stranded) {
        None => Ok(()),
        Some(used) => Err(Refusal::RoleInUse {
            role: used.role.clone(),
            members: used.members,
            pending_invitations: used.pending,
            links: used.links,
            project_members: used.project_members,
        }),
    }
}

/// Somebody holds the role that is the top one from now on, and no more than may where these rules change that.
fn top_role_is_held(asker: &Asker, proposed: &Policy, affected: &Affected) -> Result<(), Refusal> {
    let (org, present, top) = (asker.org(), asker.policy(), proposed.top_role_name());
    let used = affected.uses.iter().find(|used| used.role == top && used.members > 0);
    let used = used.ok_or_else(|| Refusal::NoTopRoleHolder { role: top.to_owned() })?;
    let used = used.members + used.pending;
    // A plan that has become too small takes nothing from anybody; rules that say otherwise than before would.
    let is_same = top == present.top_role_name() && proposed.top_role.holders == present.top_role.holders;
    let is_by_plan = top == present.top_role_name() && proposed.top_role.holders == Holders::Plan;
    match proposed.top_role_holders_max(&org.plan) {
        Some(total) if used > total && !is_same && !is_by_plan => Err(Refusal::TopRoleLimit {
            role: top.to_owned(),
            used,
            total,
            plan: org.plan.clone(),
            upgrade_url: org.upgrade_url.clone(),
        }),
        _ => Ok(()),
    }
}

/// Whether the decision looked at what the fold does not: how many hold the top role, and who is a guest. It finds out by
/// itself who would be stranded without a role, or is in another organization, meanwhile.
fn rests_on_the_log(present: &Policy, proposed: &Policy) -> bool {
    present.top_role_name() != proposed.top_role_name()
        || present.top_role != proposed.top_role
        || !present.projects.guest_roles.is_subset(&proposed.projects.guest_roles)
}

/// Whose the bills are under the proposed rules: who has the mark keeps it as long as they hold the top role; otherwise
/// whoever asks has it, or the holder of longest standing.
fn billed_owner(asker: &Asker, proposed: &Policy, affected: &Affected) -> Option<MemberId> {
    if !proposed.top_role.billed_owner {
        return None;
    }
    let top = proposed.top_role_name();
    let present = asker.org().billed_member.clone().filter(|_| affected.billed_role.as_deref() == Some(top));
    let asking = match asker {
        Asker::Member(actor) if actor.member.role == top => Some(actor.member.id.clone()),
        _ => None,
    };
    present.or(asking).or_else(|| affected.first_holder.clone())
}

/// The organization's own choice gives way where the proposed rules do not allow it.
fn other_auto_join_role(asker: &Asker, proposed: &Policy) -> Option<Change> {
    let org = asker.org();
    let chosen = org.auto_join_role.as_deref()?;
    let is_allowed = proposed.role(chosen).is_some() && chosen != proposed.top_role_name();
    let changed =
        OrgSettingsChanged { auto_join_role: Some(proposed.auto_join_role.clone()), ..OrgSettingsChanged::default() };
    (!is_allowed).then(|| Change::OrgSettingsChanged(org.id.clone(), changed))
}
