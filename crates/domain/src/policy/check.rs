//! What makes a document of the right shape a wrong policy: unsafe, unusable, or saying two things at once. Every mistake
//! is named with where it stands, and only where everything that it rests on could be read.

use std::collections::BTreeSet;

use serde_json::Value;

use super::bounds::{PERMISSION_CHARS_MAX, POLICY_BYTES_MAX};
use super::document::{Holders, MistakeKind, Policy, PolicyMistake, Role, SeatMode};
use MistakeKind::{Invalid, NotAllowed, OutOfRange, TooLong, TooShort};

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

/// What a holder of the top role must be able to do, or the organization is out of everybody's hands.
const TOP_ROLE_NEEDS: [&str; 4] = ["org.read", "member.read", "org.delete", "owner.transfer"];

/// Everything that is wrong with a policy that was read from `document`, except for the places in `unread`.
pub(super) fn mistakes(policy: &Policy, document: &Value, unread: &[String]) -> Vec<PolicyMistake> {
    let mut checker = Checker {
        policy,
        document,
        unread: unread.iter().map(String::as_str).collect(),
        above_unread: unread.iter().flat_map(|place| above(place)).collect(),
        mistakes: Vec::new(),
    };
    checker.rules();
    checker.plans();
    for (i, role) in policy.roles.iter().enumerate() {
        checker.role(i, role);
    }
    checker.mistakes
}

struct Checker<'a> {
    policy: &'a Policy,
    document: &'a Value,
    unread: BTreeSet<&'a str>,
    above_unread: BTreeSet<&'a str>,
    mistakes: Vec<PolicyMistake>,
}

impl Checker<'_> {
    fn rules(&mut self) {
        let policy = self.policy;
        let top = policy.top_role_name();
        let (roles, plans) = (policy.roles.len(), policy.plans.len());
        self.ensure(plans > 0, &["plans"], "plans", TooShort, "At least one plan is needed.");
        let few = "At least two roles are needed: the top role, and one for those who do not hold it.";
        self.ensure(roles > 1, &["roles"], "roles", TooShort, few);
        let auto = policy.auto_join_role.as_str();
        self.names_a_role("auto_join_role", auto);
        let all = "This must not be the top role: everybody with an address of the domain would get it.";
        self.ensure(auto != top, &["auto_join_role", "roles[0].name"], "auto_join_role", NotAllowed, all);
        let one = policy.top_role.holders == Holders::One && policy.top_role.advise_min > 1;
        let rests_on = ["top_role.holders", "top_role.advise_min"];
        let message = "This must not be more than `holders` allows.";
        self.ensure(!one, &rests_on, "top_role.advise_min", OutOfRange, message);
        let keys = policy.leaver_keys.allowed.contains(&policy.leaver_keys.default);
        self.ensure(keys, &["leaver_keys"], "leaver_keys.default", NotAllowed, "This must be among `allowed`.");
        let licensed = policy.seats.mode == SeatMode::Licenses;
        let message = "A tier is needed with mode `licenses`, and means nothing with another.";
        self.ensure(licensed == policy.seats.tier.is_some(), &["seats"], "seats.tier", NotAllowed, message);
        self.guests();
        let bytes = policy.document().len();
        let message = format!("The policy must have at most {POLICY_BYTES_MAX} bytes, and has {bytes}.");
        self.ensure(bytes <= POLICY_BYTES_MAX, &[], "", TooLong, &message);
    }

    fn guests(&mut self) {
        let policy = self.policy;
        for name in &policy.projects.guest_roles {
            let place = self.entry("projects.guest_roles", name);
            self.names_a_role(&place, name);
            let message = "This must not be the top role: whoever holds it is a member of the organization.";
            self.ensure(name != policy.top_role_name(), &[&place, "roles[0].name"], &place, NotAllowed, message);
        }
        let counted = policy.seats.mode == SeatMode::Members && !policy.projects.guest_roles.is_empty();
        let message = "There must be none while every person fills a seat: nobody would count these.";
        self.ensure(!counted, &["seats.mode"], "projects.guest_roles", NotAllowed, message);
    }

    fn plans(&mut self) {
        let policy = self.policy;
        for (i, plan) in policy.plans.iter().enumerate() {
            let at = |field| format!("plans[{i}].{field}");
            let is_new = policy.plans.iter().take(i).all(|p| p.name != plan.name);
            self.ensure(is_new, &[&at("name")], &at("name"), NotAllowed, "There is a plan of that name already.");
            let (mode, seats) = (policy.seats.mode, at("seats"));
            let counts = plan.seats.is_none() || mode != SeatMode::None;
            let message = "This must be left out where no seats are counted.";
            self.ensure(counts, &["seats.mode", &seats], &seats, NotAllowed, message);
            let fits_one = mode != SeatMode::Members || plan.seats != Some(0);
            let message = "This must be at least 1: whoever creates the organization fills a seat.";
            self.ensure(fits_one, &["seats.mode", &seats], &seats, OutOfRange, message);
            let by_plan = plan.top_role_holders_max.is_none() || policy.top_role.holders == Holders::Plan;
            let (max, message) = (at("top_role_holders_max"), "This needs `holders` of the top role to be `plan`.");
            self.ensure(by_plan, &["top_role.holders", &max], &max, NotAllowed, message);
        }
    }

    fn role(&mut self, i: usize, role: &Role) {
        let policy = self.policy;
        let at = |field: &str| format!("roles[{i}].{field}");
        let is_new = policy.roles.iter().take(i).all(|r| r.name != role.name);
        self.ensure(is_new, &[&at("name")], &at("name"), NotAllowed, "There is a role of that name already.");
        for (list, names) in role.role_lists() {
            for name in names {
                let place = self.entry(&at(list), name);
                self.names_a_role(&place, name);
            }
        }
        for permission in &role.permissions {
            if let Some((kind, message)) = permission_mistake(permission) {
                let place = self.entry(&at("permissions"), permission);
                self.ensure(false, &[&place], &place, kind, &message);
            }
        }
        let permissions = at("permissions");
        let needs = [
            ("invites", "member.invite"),
            ("changes_from", "member.change_role"),
            ("changes_to", "member.change_role"),
            ("removes", "member.remove"),
        ];
        for (list, needed) in needs {
            let used = role.role_lists().iter().any(|(name, names)| *name == list && !names.is_empty());
            let message = format!("This needs the permission {needed}.");
            self.ensure(!used || role.has(needed), &[&permissions], &at(list), NotAllowed, &message);
        }
        self.steps_down(i, role);
        for needed in TOP_ROLE_NEEDS.iter().filter(|_| i == 0) {
            let message = format!("The top role needs {needed}.");
            self.ensure(role.has(needed), &[&permissions], &permissions, Invalid, &message);
        }
    }

    /// A role is stepped down from without asking anybody: it must not raise.
    fn steps_down(&mut self, i: usize, role: &Role) {
        for name in &role.steps_down_to {
            let place = self.entry(&format!("roles[{i}].steps_down_to"), name);
            let Some(n) = self.policy.roles.iter().position(|r| r.name == *name) else { continue };
            let is_top = "This must not be the top role: it is given, never taken.";
            self.ensure(n > 0, &[&place, "roles[0].name"], &place, NotAllowed, is_top);
            let lacking = self.policy.role(name).map(|to| role.lacks(to)).unwrap_or_default();
            // What is no permission is named as such, and raises nobody.
            let first = lacking.iter().find(|permission| permission_mistake(permission).is_none());
            if let (Some(first), true) = (first, n > 0) {
                let message = format!("This must not raise: {name} may do {first}, which {} may not.", role.name);
                let rests_on = [format!("roles[{i}].permissions"), format!("roles[{n}].permissions")];
                self.ensure(false, &rests_on.each_ref().map(String::as_str), &place, NotAllowed, &message);
            }
        }
    }

    fn names_a_role(&mut self, place: &str, name: &str) {
        // As long as one name of a role cannot be read, it may be the one that is meant.
        let unknown = self.policy.role(name).is_none() && !self.policy.roles.is_empty();
        let places: Vec<String> = (0..self.policy.roles.len()).map(|i| format!("roles[{i}].name")).collect();
        if unknown && places.iter().all(|place| self.could_read(place)) {
            // Names come from whoever wrote the document and go back to them: long ones are cut.
            let name: String = name.chars().take(100).collect();
            self.ensure(false, &[place], place, NotAllowed, &format!("There is no role {name}."));
        }
    }

    /// The place of an entry of a list, as the document has it.
    fn entry(&self, list: &str, name: &str) -> String {
        let mut value = Some(self.document);
        for step in list.split(['.', '[', ']']).filter(|step| !step.is_empty()) {
            value = value.and_then(|value| match step.parse::<usize>() {
                Ok(i) => value.get(i),
                Err(_) => value.get(step),
            });
        }
        let mut entries = value.and_then(Value::as_array).into_iter().flatten();
        let i = entries.position(|entry| entry.as_str().is_some_and(|text| text.trim() == name));
        i.map_or_else(|| list.to_owned(), |i| format!("{list}[{i}]"))
    }

    /// Notes the mistake unless it `holds`, or rests on what could not be read.
    fn ensure(&mut self, holds: bool, rests_on: &[&str], place: &str, kind: MistakeKind, message: &str) {
        if !holds && rests_on.iter().all(|place| self.could_read(place)) {
            self.mistakes.push(PolicyMistake::new(place, kind, message));
        }
    }

    fn could_read(&self, place: &str) -> bool {
        let is_unread = self.unread.contains(place) || above(place).any(|above| self.unread.contains(above));
        !is_unread && !self.above_unread.contains(place)
    }
}

/// The places that a place is in: `roles[1]` and `roles` for `roles[1].name`, and the whole document.
fn above(place: &str) -> impl Iterator<Item = &str> {
    let ends = place.char_indices().filter(|(_, c)| matches!(c, '.' | '[')).map(|(i, _)| i);
    std::iter::once(0).chain(ends).filter(|i| *i > 0 || !place.is_empty()).filter_map(|i| place.get(..i))
}

/// Whether a permission is one that Latchkey itself enforces, and none of the host product's.
pub fn is_own(permission: &str) -> bool {
    OWN_PERMISSIONS.contains(&permission) || OWN_PREFIXES.iter().any(|prefix| permission.starts_with(prefix))
}

fn permission_mistake(permission: &str) -> Option<(MistakeKind, String)> {
    let is_word = |word: &str| !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
    let is_own = OWN_PREFIXES.iter().any(|prefix| permission.starts_with(prefix));
    if permission.len() > PERMISSION_CHARS_MAX {
        Some((TooLong, format!("This must have at most {PERMISSION_CHARS_MAX} characters.")))
    } else if permission.split('.').count() != 2 || !permission.split('.').all(is_word) {
        Some((Invalid, "This must be two words with a dot between them, such as report.read.".to_owned()))
    } else if is_own && !OWN_PERMISSIONS.contains(&permission) {
        Some((NotAllowed, format!("There is no permission {permission}.")))
    } else {
        None
    }
}
