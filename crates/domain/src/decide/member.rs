//! Ending a membership: by another member, or by the person themselves.

use super::org::by;
use crate::Refusal;
use crate::command::{Command, Premise};
use crate::event::{Change, Nothing};
use crate::facts::{Actor, MemberFacts};

/// Takes another member out of the organization. Once more changes nothing, and says so by appending nothing.
///
/// # Errors
/// Needs `member.remove` and the target's role among those that the actor's role may remove.
pub fn remove(actor: &Actor, target: Option<&MemberFacts>) -> Result<Command, Refusal> {
    let role = actor.require("member.remove")?;
    let target = target.ok_or(Refusal::NotFound("member"))?;
    if !role.may_remove(&target.role) {
        return Err(actor.out_of_reach("remove", &target.role));
    }
    let changes = if target.is_active() {
        keep_a_top_role_holder(actor, &target.role)?;
        vec![Change::MemberRemoved(target.id.clone(), Nothing {})]
    } else {
        Vec::new()
    };
    let mut command = by(actor, "member.remove", changes);
    command.premises.push(Premise::Member(target.id.clone(), target.rev));
    Ok(command)
}

/// Leaves the organization.
///
/// # Errors
/// The last holder of the top role cannot leave.
pub fn leave(actor: &Actor) -> Result<Command, Refusal> {
    keep_a_top_role_holder(actor, &actor.member.role)?;
    Ok(by(actor, "member.leave", vec![Change::MemberLeft(actor.member.id.clone(), Nothing {})]))
}

/// The fold refuses the same, for those who go at the same moment.
pub(super) fn keep_a_top_role_holder(actor: &Actor, leaving_role: &str) -> Result<(), Refusal> {
    let top = actor.policy.top_role_name();
    if leaving_role == top && actor.org.top_member_count <= 1 {
        return Err(Refusal::LastTopRoleHolder { role: top.to_owned() });
    }
    Ok(())
}
