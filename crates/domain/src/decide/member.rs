//! Ending a membership: by another member, or by the person themselves.

use super::api_key::Settled;
use super::org::by;
use super::seat::freed;
use crate::command::{Command, Premise};
use crate::event::{Change, Nothing};
use crate::facts::{Actor, MemberFacts};
use crate::policy::KeyFate;
use crate::{MemberId, Refusal};

/// Whether the actor may take this member out at all.
///
/// # Errors
/// Needs `member.remove` and the target's role among those that the actor's role may remove.
pub fn may_remove<'a>(actor: &Actor, target: Option<&'a MemberFacts>) -> Result<&'a MemberFacts, Refusal> {
    let role = actor.require("member.remove")?;
    let target = target.ok_or(Refusal::NotFound("member"))?;
    if role.may_remove(&target.role) { Ok(target) } else { Err(actor.out_of_reach("remove", &target.role)) }
}

/// Takes another member out of the organization. Once more changes nothing, and says so by appending nothing.
///
/// # Errors
/// As for [`may_remove`]. `keys` are all that the target holds.
pub fn remove(actor: &Actor, target: Option<&MemberFacts>, keys: &[Settled<'_>]) -> Result<Command, Refusal> {
    let target = may_remove(actor, target)?;
    let changes = if target.is_active() {
        keep_a_top_role_holder(actor, &target.role)?;
        keep_the_billed_owner(actor, &target.id)?;
        ending(keys, Change::MemberRemoved(target.id.clone(), Nothing {}))
    } else {
        Vec::new()
    };
    let ends = u64::from(target.is_active());
    let mut command = by(actor, "member.remove", changes);
    command.consequences.extend(freed(&actor.policy, ends, u64::from(target.licensed)));
    command.consequences.extend(counted(keys));
    command.premises.extend(keys.iter().map(|it| it.key.premise()));
    command.premises.push(Premise::Member(target.id.clone(), target.rev));
    Ok(command)
}

/// Leaves the organization.
///
/// # Errors
/// The last holder of the top role cannot leave, nor can the billed owner.
pub fn leave(actor: &Actor, keys: &[Settled<'_>]) -> Result<Command, Refusal> {
    keep_a_top_role_holder(actor, &actor.member.role)?;
    keep_the_billed_owner(actor, &actor.member.id)?;
    let changes = ending(keys, Change::MemberLeft(actor.member.id.clone(), Nothing {}));
    let mut command = by(actor, "member.leave", changes);
    command.consequences.extend(freed(&actor.policy, 1, u64::from(actor.member.licensed)));
    command.consequences.extend(counted(keys));
    command.premises.extend(keys.iter().map(|it| it.key.premise()));
    Ok(command)
}

/// What becomes of the keys comes first: nobody goes before it is settled.
pub(super) fn ending(keys: &[Settled<'_>], end: Change) -> Vec<Change> {
    keys.iter().map(|it| it.change.clone()).chain(std::iter::once(end)).collect()
}

pub(super) fn counted(keys: &[Settled<'_>]) -> [(&'static str, u64); 3] {
    let count = |fate| keys.iter().filter(|it| it.fate == fate).count() as u64;
    [
        ("keys_revoked", count(KeyFate::Revoke)),
        ("keys_kept", count(KeyFate::Keep)),
        ("keys_adopted", count(KeyFate::Adopt)),
    ]
}

/// The fold refuses the same, for those who go at the same moment.
pub(super) fn keep_a_top_role_holder(actor: &Actor, leaving_role: &str) -> Result<(), Refusal> {
    let top = actor.policy.top_role_name();
    if leaving_role == top && actor.org.top_member_count <= 1 {
        return Err(Refusal::LastTopRoleHolder { role: top.to_owned() });
    }
    Ok(())
}

/// Everything bought is billed to one membership, where the policy says so: it stays until the mark is handed over. The
/// fold refuses the same.
pub(super) fn keep_the_billed_owner(actor: &Actor, leaving: &MemberId) -> Result<(), Refusal> {
    if actor.org.billed_member.as_ref() == Some(leaving) { Err(Refusal::BilledOwnerStays) } else { Ok(()) }
}
