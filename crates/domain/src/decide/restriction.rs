//! Limiting what a member may do to some of the host product's resources.

use super::org::asked_by;
use crate::Refusal;
use crate::command::{Command, Premise};
use crate::event::{Change, RestrictionsChanged};
use crate::facts::{Asker, MemberFacts, Restrictions};
use crate::policy::{Policy, is_own};

/// Limits permissions of a member to the resources listed, in place of those limited before. The same again changes nothing.
///
/// # Errors
/// Needs `member.change_role` over the member's role, or the operator; an active member; permissions of the host product that
/// the policy knows. Nobody lifts a restriction of their own.
pub fn set(asker: &Asker, target: Option<&MemberFacts>, wanted: &Restrictions) -> Result<Command, Refusal> {
    asker.require("member.change_role")?;
    let target = target.filter(|target| target.is_active()).ok_or(Refusal::NotFound("member"))?;
    if let Asker::Member(actor) = asker {
        let role = actor.require("member.change_role")?;
        actor.require_holder()?;
        let is_own_gain = target.id == actor.member.id && lifts(&target.restrictions, wanted);
        if is_own_gain || !role.may_change_from(&target.role) {
            return Err(actor.out_of_reach("lift restrictions of", &target.role));
        }
    }
    known(asker.policy(), wanted)?;
    let changed = RestrictionsChanged { restrictions: wanted.clone() };
    let changes = if target.restrictions == *wanted {
        Vec::new()
    } else {
        vec![Change::MemberRestrictionsChanged(target.id.clone(), changed)]
    };
    let mut command = asked_by(asker, "member.restrict", changes);
    command.premises.push(Premise::Member(target.id.clone(), target.rev));
    Ok(command)
}

/// Whether something is allowed afterwards that was not before.
fn lifts(present: &Restrictions, wanted: &Restrictions) -> bool {
    present.iter().any(|(permission, listed)| wanted.get(permission).is_none_or(|wanted| !wanted.is_subset(listed)))
}

fn known(policy: &Policy, wanted: &Restrictions) -> Result<(), Refusal> {
    let all = policy.permissions();
    let known: Vec<&str> = all.into_iter().filter(|permission| !is_own(permission)).collect();
    match wanted.keys().find(|permission| !known.contains(&permission.as_str())) {
        Some(permission) => Err(Refusal::UnknownPermission {
            permission: permission.clone(),
            known: known.into_iter().map(str::to_owned).collect(),
        }),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn restrictions(of: &[(&str, &[&str])]) -> Restrictions {
        let lines = |ids: &[&str]| ids.iter().map(|id| (*id).to_owned()).collect();
        of.iter().map(|(permission, ids)| ((*permission).to_owned(), lines(ids))).collect()
    }

    #[test]
    fn only_what_opens_something_lifts() {
        let present = restrictions(&[("theme.download", &["a", "b"])]);
        for (wanted, expected) in [
            (restrictions(&[]), true),
            (restrictions(&[("theme.download", &["a", "c"])]), true),
            (restrictions(&[("theme.browse", &["a"])]), true),
            (restrictions(&[("theme.download", &["a"])]), false),
            (restrictions(&[("theme.download", &["a", "b"]), ("theme.browse", &["a"])]), false),
        ] {
            assert_eq!(lifts(&present, &wanted), expected, "{wanted:?}");
        }
        assert!(!lifts(&restrictions(&[]), &present));
    }
}
