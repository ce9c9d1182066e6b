//! Changing what a member is: re-roling, promotion, stepping down, and handing the top role over.

use super::invitation::{known_role, top_role_room};
use super::member::{keep_a_top_role_holder, keep_the_billed_owner};
use super::org::by;
use super::seat::{GivingWay, Wanted};
use crate::Refusal;
use crate::command::{Command, GivesBack, Item, Judge, Premise, WantsTopRole};
use crate::event::{BilledOwnerChanged, Change, RoleChanged};
use crate::facts::{Actor, DueInvitation, MemberFacts};
use crate::{MemberId, RoleName};

/// What is refused, as the person reads it.
const RE_ROLE: &str = "change the role of";

/// Gives a member another role. For oneself that is stepping down. The present role again changes nothing.
///
/// # Errors
/// Needs `member.change_role` over both roles; oneself only downwards, and never as the last holder of the top role;
/// promotion to the top role only where the plan has room, pending invitations included. Those of `due` whose place is needed,
/// because their time is over, are ended by the same command.
pub fn change(
    actor: &Actor,
    target: Option<&MemberFacts>,
    role: &RoleName,
    due: &[DueInvitation],
) -> Result<Command, Refusal> {
    actor.require_holder()?;
    let target = target.filter(|t| t.is_active()).ok_or(Refusal::NotFound("member"))?;
    let wanted = known_role(actor, role.as_str())?;
    let top = actor.policy.top_role_name();
    may_move(actor, target, wanted)?;
    let mut command = by(actor, "role.change", Vec::new());
    command.premises.push(Premise::Member(target.id.clone(), target.rev));
    if target.role == wanted {
        return Ok(command);
    }
    keep_a_top_role_holder(actor, &target.role)?;
    if wanted != top {
        keep_the_billed_owner(actor, &target.id)?;
    }
    let wants_top_role = WantsTopRole::of(wanted, &actor.policy);
    let mut giving_way = GivingWay::default();
    if wants_top_role == WantsTopRole::Yes {
        giving_way.make_room(&actor.org, &actor.policy, due, Wanted { seats: 0, top_roles: 1 });
        top_role_room(actor, giving_way.gives.top_roles)?;
    }
    let mut changes: Vec<Change> = giving_way.changes().collect();
    changes.push(changed(&target.id, &target.role, wanted));
    command.limits = actor.limits();
    command.premises.extend(giving_way.premises());
    command.items = vec![Item {
        judge: Judge::Promote { wants_top_role },
        gives_back: giving_way.gives_back(),
        ..Item::plain(changes)
    }];
    Ok(command)
}

/// Hands the top role to another member in one step; whoever hands it over takes `own_role` instead. Works at a cap of one.
///
/// Where the policy marks a billed owner among several holders, what is handed over is the mark: the member becomes a
/// holder of the top role unless they are one, and whoever had the mark keeps the role unless `own_role` says otherwise.
///
/// # Errors
/// Needs `owner.transfer` and to hold the top role oneself; `own_role` must be another role than that.
pub fn transfer(actor: &Actor, target: Option<&MemberFacts>, own_role: Option<&RoleName>) -> Result<Command, Refusal> {
    actor.require("owner.transfer")?;
    actor.require_holder()?;
    let top = actor.policy.top_role_name();
    let target = target.filter(|t| t.is_active()).ok_or(Refusal::NotFound("member"))?;
    if actor.policy.top_role.billed_owner {
        return hand_billing_over(actor, target, own_role);
    }
    keep_the_billed_owner(actor, &actor.member.id)?;
    let next = actor.policy.roles().get(1).map(|r| r.name.as_str());
    let own = own_role.map(RoleName::as_str).or(next).filter(|role| *role != top && actor.policy.role(role).is_some());
    let own = own.ok_or_else(|| Refusal::UnknownRole {
        role: own_role.map(ToString::to_string).unwrap_or_default(),
        known: actor.policy.role_names().into_iter().filter(|role| role != top).collect(),
    })?;
    if actor.member.role != top || target.role == top {
        return Err(actor.out_of_reach(RE_ROLE, &target.role));
    }
    // Handing over is no way to a role that one could not give.
    actor.may_grant(own)?;
    let mut command = by(actor, "owner.transfer", Vec::new());
    command.premises.push(Premise::Member(target.id.clone(), target.rev));
    command.items =
        vec![Item::plain(vec![changed(&target.id, &target.role, top), changed(&actor.member.id, top, own)])];
    Ok(command)
}

fn hand_billing_over(actor: &Actor, target: &MemberFacts, own_role: Option<&RoleName>) -> Result<Command, Refusal> {
    let top = actor.policy.top_role_name();
    let known = || actor.policy.role_names();
    if let Some(role) = own_role.filter(|role| actor.policy.role(role.as_str()).is_none()) {
        return Err(Refusal::UnknownRole { role: role.to_string(), known: known() });
    }
    let me = &actor.member;
    if actor.org.billed_member.as_ref() != Some(&me.id) {
        return Err(actor.out_of_reach("hand over the billing to", &target.role));
    }
    if target.id == me.id {
        return Ok(by(actor, "owner.transfer", Vec::new()));
    }
    let mut changes = Vec::new();
    let mut wants_top_role = WantsTopRole::No;
    let laid_down = own_role.is_some_and(|role| role.as_str() != top);
    let gives_back = GivesBack { seats: 0, top_roles: laid_down.into() };
    if target.role != top {
        top_role_room(actor, gives_back.top_roles)?;
        wants_top_role = WantsTopRole::Yes;
        changes.push(changed(&target.id, &target.role, top));
    }
    let handed = BilledOwnerChanged { member: target.id.clone(), was: Some(me.id.clone()) };
    changes.push(Change::OrgBilledOwnerChanged(actor.org.id.clone(), handed));
    if let Some(role) = own_role.filter(|role| role.as_str() != me.role) {
        actor.may_grant(role.as_str())?;
        changes.push(changed(&me.id, &me.role, role.as_str()));
    }
    let mut command = by(actor, "owner.transfer", Vec::new());
    command.premises.push(Premise::Member(target.id.clone(), target.rev));
    command.limits = actor.limits();
    command.items = vec![Item { judge: Judge::Promote { wants_top_role }, gives_back, ..Item::plain(changes) }];
    Ok(command)
}

fn may_move(actor: &Actor, target: &MemberFacts, wanted: &str) -> Result<(), Refusal> {
    if target.id == actor.member.id {
        // Nobody raises themselves; the top role is laid down, not taken. A person needs no right for it, a program does.
        if actor.who.key().is_some() {
            actor.require("member.change_role")?;
        }
        let role = actor.policy.role(&actor.member.role);
        let downwards = role.is_some_and(|role| role.may_step_down_to(wanted)) || target.role == wanted;
        return if downwards { Ok(()) } else { Err(actor.out_of_reach(RE_ROLE, wanted)) };
    }
    let role = actor.require("member.change_role")?;
    if !role.may_change(&target.role, wanted) {
        return Err(actor.out_of_reach(RE_ROLE, &target.role));
    }
    actor.may_grant(wanted)
}

fn changed(member: &MemberId, was: &str, role: &str) -> Change {
    Change::MemberRoleChanged(member.clone(), RoleChanged { role: role.to_owned(), was: was.to_owned() })
}
