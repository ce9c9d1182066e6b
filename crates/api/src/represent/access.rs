//! Answers about access, with what they rest on.

use latchkey_domain::EventId;
use latchkey_domain::access::{Facts, Question, Reason, Verdict, Via};
use latchkey_domain::decide::seat;
use latchkey_domain::facts::OrgFacts;
use latchkey_domain::key;
use latchkey_domain::policy::Policy;
use latchkey_store::access;

use crate::Timestamp;
use crate::model::{
    AccessContext, AccessDecision, KeyAccess, MemberAccess, MemberPermission, MemberStatus, PolicyRef, ProjectAccess,
};

/// An answer. Where the asker may know no more, it is the reason alone.
pub fn decision(question: &Question, facts: &Facts, verdict: Verdict) -> AccessDecision {
    let context = match (verdict.via, &facts.org) {
        (Some(via), Some(_)) => explained(question, facts, verdict.reason, via),
        _ => bare(verdict.reason),
    };
    AccessDecision { decision: verdict.is_allowed(), context }
}

fn bare(reason: Reason) -> AccessContext {
    AccessContext {
        reason: reason.as_str().to_owned(),
        permission: None,
        organization: None,
        project: None,
        member: None,
        project_member: None,
        api_key: None,
        role: None,
        policy: None,
        via: None,
        restriction: None,
        limits: Default::default(),
        events: Vec::new(),
    }
}

fn explained(question: &Question, facts: &Facts, reason: Reason, via: Via) -> AccessContext {
    let Facts { org, project, member, guest, key, restrictions, events, .. } = facts;
    let role = match via {
        Via::Role => member.as_ref().map(|member| member.role.clone()),
        Via::Project => guest.as_ref().map(|guest| guest.role.clone()),
        Via::Key => key.as_ref().map(|key| key.power.role(&key.role).to_owned()),
    };
    let is_listed = restrictions.get(&question.action).filter(|_| via != Via::Project);
    let of_member = member.as_ref().map(|member| &member.id).or(key.as_ref().map(|key| &key.member));
    let own_limits = member.as_ref().map(|member| &member.limits).or(key.as_ref().map(|key| &key.limits));
    let of_org = org.as_ref().map(|org| &org.limits);
    let restricted_by = if is_listed.is_some() { &events.restrictions } else { &None };
    let rested_on: [&Option<EventId>; 4] = match via {
        Via::Role => [&events.policy, &events.member, restricted_by, &None],
        Via::Project => [&events.policy, &events.guest, &None, &None],
        Via::Key => [&events.policy, &events.member, restricted_by, &events.key],
    };
    AccessContext {
        permission: Some(question.action.clone()),
        organization: org.as_ref().map(|org| org.id.to_string()),
        project: project.as_ref().map(ToString::to_string),
        member: of_member.map(ToString::to_string),
        project_member: guest.as_ref().map(|guest| guest.id.to_string()),
        api_key: key.as_ref().map(|key| key.id.to_string()),
        role,
        policy: org.as_ref().map(|org| PolicyRef { name: org.policy.clone(), hash: org.policy_hash.clone() }),
        via: Some(via.as_str().to_owned()),
        restriction: is_listed.map(|listed| if *listed { "listed" } else { "not_listed" }.to_owned()),
        limits: of_org.map(|of_org| seat::effective(of_org, own_limits)).unwrap_or_default(),
        events: rested_on.into_iter().flatten().map(ToString::to_string).collect(),
        ..bare(reason)
    }
}

/// All that a member may, under the rules of the organization.
pub fn member_access(found: &access::MemberAccess, org: &OrgFacts, policy: &Policy) -> MemberAccess {
    let access::MemberAccess { member, events, guests, keys } = found;
    let of_role = |role: &str| policy.role(role).filter(|_| member.is_active()).map(|role| role.permissions());
    let permission = |name: &String| {
        let resources = member.restrictions.get(name).cloned();
        let restricted_by = resources.as_ref().and(events.restrictions.as_ref());
        let events = told([events.policy.as_ref(), events.member.as_ref(), restricted_by]);
        MemberPermission { permission: name.clone(), resources, events }
    };
    let project = |guest: &access::GuestAccess| ProjectAccess {
        project: guest.project.to_string(),
        project_member: guest.id.to_string(),
        role: guest.role.clone(),
        permissions: policy.role(&guest.role).into_iter().flat_map(|role| role.permissions().iter().cloned()).collect(),
        events: told([events.policy.as_ref(), Some(&guest.event), None]),
    };
    let api_key = |held: &access::KeyAccess| KeyAccess {
        id: held.id.to_string(),
        name: held.name.clone(),
        project: held.project.as_ref().map(ToString::to_string),
        expires_at: held.expires_at.map(Timestamp),
        permissions: key::may(policy, &member.role, &held.power).into_iter().collect(),
        events: told([events.policy.as_ref(), events.member.as_ref(), Some(&held.event)]),
    };
    MemberAccess {
        member: member.id.to_string(),
        user: member.user.to_string(),
        // The column's CHECK knows no other word.
        status: MemberStatus::parse(&member.status).unwrap_or(MemberStatus::Removed),
        role: member.role.clone(),
        policy: PolicyRef { name: org.policy.clone(), hash: org.policy_hash.clone() },
        permissions: of_role(&member.role).into_iter().flatten().map(permission).collect(),
        limits: seat::effective_limits(org, &member.limits),
        projects: guests.iter().map(project).collect(),
        api_keys: keys.iter().map(api_key).collect(),
    }
}

fn told(events: [Option<&EventId>; 3]) -> Vec<String> {
    events.into_iter().flatten().map(ToString::to_string).collect()
}
