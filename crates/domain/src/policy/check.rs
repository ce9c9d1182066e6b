//! What makes a document of the right shape a wrong policy. Every mistake is named with where it stands.

use super::document::{Holders, Policy, Role, SeatMode};

/// The permissions that Latchkey itself enforces. All others are the host product's.
pub const OWN_PERMISSIONS: &[&str] = &[
    "org.read",
    "org.update",
    "org.delete",
    "owner.transfer",
    "member.read",
    "member.invite",
    "member.change_role",
    "member.remove",
    "license.assign",
    "billing.manage",
    "project.manage",
    "api_key.create",
    "api_key.manage",
    "oauth_client.manage",
    "webhook.manage",
    "domain.manage",
    "audit.read",
    "audit.read_own",
    "activity.write",
];

/// The prefixes under which every permission is Latchkey's own, so that a typo is not taken for the host product's.
const OWN_PREFIXES: &[&str] = &[
    "org.",
    "owner.",
    "member.",
    "license.",
    "billing.",
    "api_key.",
    "oauth_client.",
    "webhook.",
    "audit.",
    "activity.",
];

/// Everything that is wrong with a policy.
pub(super) fn faults(policy: &Policy) -> Vec<String> {
    let mut faults = Vec::new();
    let mut check = |holds: bool, fault: &str| {
        if !holds {
            faults.push(fault.to_owned());
        }
    };
    check(!policy.roles().is_empty(), "role: at least one is needed");
    check(!policy.plans().is_empty(), "plan: at least one is needed");
    check(policy.invitation.lifetime_s > 0, "invitation.lifetime_s: must be more than 0");
    check(policy.invitation.link_lifetime_s > 0, "invitation.link_lifetime_s: must be more than 0");
    check(policy.role(&policy.auto_join_role).is_some(), "auto_join_role: names an unknown role");
    check(
        policy.auto_join_role != policy.top_role_name() || policy.roles().len() < 2,
        "auto_join_role: must not be the top role",
    );
    check(
        policy.leaver_keys.allowed.contains(&policy.leaver_keys.default),
        "leaver_keys.default: is not among allowed",
    );
    let licensed = policy.seats.mode == SeatMode::Licenses;
    check(licensed == policy.seats.tier.is_some(), "seats.tier: belongs to mode licenses, and only there");
    check_plans(policy, &mut faults);
    for (i, role) in policy.roles().iter().enumerate() {
        if policy.roles().iter().take(i).any(|r| r.name == role.name) {
            faults.push(format!("role {}: named twice", role.name));
        }
        check_role(policy, role, &mut faults);
    }
    faults
}

fn check_plans(policy: &Policy, faults: &mut Vec<String>) {
    for (i, plan) in policy.plans().iter().enumerate() {
        if policy.plans().iter().take(i).any(|p| p.name == plan.name) {
            faults.push(format!("plan {}: named twice", plan.name));
        }
        if plan.seats.is_some() && policy.seats.mode == SeatMode::None {
            faults.push(format!("plan {}: has seats where nothing is counted", plan.name));
        }
        if plan.top_role_holders_max == Some(0) {
            faults.push(format!("plan {}: top_role_holders_max must be at least 1", plan.name));
        }
        if plan.top_role_holders_max.is_some() && policy.top_role.holders != Holders::Plan {
            faults.push(format!("plan {}: top_role_holders_max needs top_role.holders = \"plan\"", plan.name));
        }
    }
}

fn check_role(policy: &Policy, role: &Role, faults: &mut Vec<String>) {
    for (list, names) in role.role_lists() {
        for unknown in names.iter().filter(|name| policy.role(name).is_none()) {
            faults.push(format!("role {}: {list} names the unknown role {unknown}", role.name));
        }
    }
    for permission in role.permissions() {
        let well_formed = permission.split('.').count() == 2
            && permission
                .split('.')
                .all(|word| !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase() || b == b'_'));
        let typo = OWN_PREFIXES.iter().any(|prefix| permission.starts_with(prefix))
            && !OWN_PERMISSIONS.contains(&permission.as_str());
        if !well_formed || typo {
            faults.push(format!("role {}: there is no permission {permission}", role.name));
        }
    }
    for (list, needed) in
        [("invites", "member.invite"), ("changes_from", "member.change_role"), ("removes", "member.remove")]
    {
        let used = role.role_lists().iter().any(|(name, names)| *name == list && !names.is_empty());
        if used && !role.has(needed) {
            faults.push(format!("role {}: {list} needs the permission {needed}", role.name));
        }
    }
    if role.name == policy.top_role_name() {
        for needed in ["org.read", "member.read", "org.delete", "owner.transfer"] {
            if !role.has(needed) {
                faults.push(format!("role {}: the top role needs {needed}", role.name));
            }
        }
    }
}
