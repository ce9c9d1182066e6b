//! What holds for an organization whatever was asked in whatever order, as predicates: between any two states of its log,
//! the second one change after the first.
//!
//! Decisions see to it, the inserting statement judges it again, indexes and folds refuse what slips through. The tests
//! ask here whether all of them together succeeded.

use std::collections::BTreeSet;

use crate::UserId;
use crate::fold::{DomainStatus, InvitationStatus, MemberStatus, OrgState};
use crate::policy::{Policy, SeatMode};

/// Every invariant that does not hold for `after`, in words. `before` is the state one command earlier.
pub fn broken(before: &OrgState, after: &OrgState, policy: &Policy) -> Vec<String> {
    let mut broken = Vec::new();
    let mut expect = |holds: bool, what: &str| {
        if !holds {
            broken.push(what.to_owned());
        }
    };
    if after.deleted_at.is_some() {
        expect(nothing_is_open(after), "a deleted organization has something open");
        return broken;
    }
    expect(has_a_top_role_holder(after), "nobody holds the top role");
    expect(has_its_billed_owner(after, policy), "the mark of the billed owner is not where the policy wants it");
    expect(roles_exist(after, policy), "somebody has a role that the policy does not know");
    expect(
        grows_within(top_role_use, before, after, top_role_max(after, policy)),
        "the top role grew beyond its limit",
    );
    expect(
        grows_within(|s| seats_used(s, policy), before, after, seats_max(after, policy)),
        "seats grew beyond the plan",
    );
    expect(links_are_not_overused(after), "an invite link was used more often than it may");
    expect(people_are_in_once(after), "somebody is in twice");
    expect(addresses_are_invited_once(after), "an address is invited twice to one place");
    expect(after.keys_have_holders(), "a key has no holder, and is not marked so");
    expect(projects_are_open(after), "somebody is in a project that is gone");
    expect(
        guests_have_guest_roles(before, after, policy),
        "somebody came into a project with a role that is not for it",
    );
    broken
}

/// People who are active in more than one exclusive organization.
pub fn in_two_exclusive_organizations<'a>(orgs: impl IntoIterator<Item = &'a OrgState>) -> Vec<UserId> {
    let (mut seen, mut twice) = (BTreeSet::new(), Vec::new());
    for org in orgs.into_iter().filter(|org| org.exclusive && org.deleted_at.is_none()) {
        for member in org.members.values().filter(|m| m.status == MemberStatus::Active) {
            if !seen.insert(&member.user) {
                twice.push(member.user.clone());
            }
        }
    }
    twice
}

/// Domains that more than one organization has verified.
pub fn verified_twice<'a>(orgs: impl IntoIterator<Item = &'a OrgState>) -> Vec<&'a str> {
    let (mut seen, mut twice) = (BTreeSet::new(), Vec::new());
    for domain in orgs.into_iter().flat_map(|org| org.domains.values()) {
        if domain.status == DomainStatus::Verified && !seen.insert(domain.domain.as_str()) {
            twice.push(domain.domain.as_str());
        }
    }
    twice
}

fn nothing_is_open(state: &OrgState) -> bool {
    let counts = state.counts();
    counts.members == 0
        && counts.pending == 0
        && counts.licenses == 0
        && counts.projects == 0
        && counts.keys == 0
        && state.active_clients() == 0
        && state.role_uses().is_empty()
}

fn has_a_top_role_holder(state: &OrgState) -> bool {
    state.counts().top_members >= 1
}

fn has_its_billed_owner(state: &OrgState, policy: &Policy) -> bool {
    match &state.billed_owner {
        None => !policy.top_role.billed_owner,
        Some(id) => {
            let holds = |m: &crate::fold::MemberState| m.status == MemberStatus::Active && m.role == state.top_role;
            policy.top_role.billed_owner && state.members.get(id).is_some_and(holds)
        }
    }
}

fn roles_exist(state: &OrgState, policy: &Policy) -> bool {
    state.role_uses().keys().all(|role| policy.role(role).is_some())
}

/// A smaller plan takes nothing away; but what is beyond the limit never grows.
fn grows_within(count: impl Fn(&OrgState) -> u64, before: &OrgState, after: &OrgState, max: Option<u64>) -> bool {
    max.is_none_or(|max| count(after) <= max.max(count(before)))
}

fn top_role_use(state: &OrgState) -> u64 {
    state.counts().top_members + state.counts().top_pending
}

fn top_role_max(state: &OrgState, policy: &Policy) -> Option<u64> {
    policy.top_role_holders_max(&state.plan)
}

fn seats_used(state: &OrgState, policy: &Policy) -> u64 {
    match policy.seats.mode {
        SeatMode::Licenses => state.counts().licenses,
        SeatMode::Members | SeatMode::None => state.counts().members + state.counts().pending,
    }
}

fn seats_max(state: &OrgState, policy: &Policy) -> Option<u64> {
    policy.seats_max(&state.plan, state.seats)
}

fn links_are_not_overused(state: &OrgState) -> bool {
    state.links.values().all(|link| link.uses_max.is_none_or(|max| link.uses <= max))
}

fn people_are_in_once(state: &OrgState) -> bool {
    let (mut seen, mut seen_in_project) = (BTreeSet::new(), BTreeSet::new());
    let active = state.members.values().filter(|m| m.status == MemberStatus::Active);
    let in_project = state.project_members.values().filter(|m| m.status == MemberStatus::Active);
    active.into_iter().all(|m| seen.insert(&m.user))
        && in_project.into_iter().all(|m| seen_in_project.insert((&m.project, &m.user)))
}

fn addresses_are_invited_once(state: &OrgState) -> bool {
    let mut seen = BTreeSet::new();
    let pending = state.invitations.values().filter(|i| i.status == InvitationStatus::Pending);
    pending.into_iter().all(|i| seen.insert((&i.email_key, &i.project)))
}

fn projects_are_open(state: &OrgState) -> bool {
    let is_open = |id| state.projects.get(id).is_some_and(|p| p.deleted_at.is_none());
    let members = state.project_members.values().filter(|m| m.status == MemberStatus::Active).map(|m| &m.project);
    let invitations = state.invitations.values().filter(|i| i.is_pending()).filter_map(|i| i.project.as_ref());
    members.chain(invitations).all(is_open)
}

/// Judged when somebody comes in or changes: other rules may leave older guests with roles that are for no guest any more.
fn guests_have_guest_roles(before: &OrgState, after: &OrgState, policy: &Policy) -> bool {
    after.project_members.iter().filter(|(_, m)| m.status == MemberStatus::Active).all(|(id, member)| {
        let as_before = before.project_members.get(id).is_some_and(|m| m.role == member.role);
        as_before || policy.projects.guest_roles.contains(&member.role)
    })
}
