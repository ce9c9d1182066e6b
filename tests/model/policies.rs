//! Policies at random: any that is right survives being stored, and any that is spoiled says where.

use latchkey_domain::policy::{MistakeKind, OWN_PERMISSIONS, Policy, PolicyFault, PolicyMistake, presets};
use proptest::collection::vec;
use proptest::prelude::{Strategy, any};
use proptest::test_runner::{Config, RngSeed, TestRunner};
use serde_json::{Value, json};

/// What a role may have besides what the top role needs.
const POOL: [&str; 12] = [
    "org.read",
    "member.read",
    "org.update",
    "member.invite",
    "member.change_role",
    "member.remove",
    "billing.manage",
    "license.assign",
    "project.manage",
    "audit.read",
    "report.read",
    "report.write",
];

/// Whatever a role is made of, before it is made to fit.
#[derive(Debug, Clone)]
struct Raw {
    permissions: u16,
    holds_keys: bool,
    lists: [u8; 5],
}

/// Policies that are right, as somebody would write them.
pub(crate) fn policies() -> impl Strategy<Value = Value> {
    let role = (any::<u16>(), any::<bool>(), any::<[u8; 5]>());
    let role = role.prop_map(|(permissions, holds_keys, lists)| Raw { permissions, holds_keys, lists });
    let choices = (0..2_usize, 0..3_usize, 0..3_usize, any::<bool>(), any::<bool>(), any::<u8>(), 60..100_000_u64);
    let plans = vec((proptest::option::of(1..9_u64), proptest::option::of(1..4_u64)), 1..4);
    (vec(role, 2..6), choices, plans).prop_map(|(roles, choices, plans)| policy(&roles, choices, &plans))
}

type Choices = (usize, usize, usize, bool, bool, u8, u64);

fn policy(
    raw: &[Raw],
    (person, holders, mode, billed, emails, bits, lifetime): Choices,
    plans: &[(Option<u64>, Option<u64>)],
) -> Value {
    let holders = ["one", "several", "plan"][holders];
    let mode = ["none", "members", "licenses"][mode];
    let names: Vec<String> = (0..raw.len()).map(|i| format!("role_{i}")).collect();
    let chosen = |from: &[String], bits: u8| -> Vec<String> {
        from.iter().enumerate().filter(|(i, _)| bits >> i & 1 == 1).map(|(_, name)| name.clone()).collect()
    };
    let granted: Vec<Vec<&str>> = raw.iter().enumerate().map(|(i, role)| permissions(i, role)).collect();
    let roles = raw.iter().enumerate().map(|(i, role)| {
        let has = |permission| granted[i].contains(&permission);
        let reach = |needed, bits| if has(needed) { chosen(&names, bits) } else { Vec::new() };
        let mut down = chosen(&names, role.lists[4]);
        down.retain(|to| {
            let to = names.iter().position(|name| name == to).unwrap();
            to > 0 && granted[to].iter().all(|permission| granted[i].contains(permission))
        });
        json!({
            "name": names[i], "title": format!("Role {i}"), "description": "", "holds_keys": role.holds_keys,
            "permissions": granted[i], "invites": reach("member.invite", role.lists[0]),
            "changes_from": reach("member.change_role", role.lists[1]),
            "changes_to": reach("member.change_role", role.lists[2]), "removes": reach("member.remove", role.lists[3]),
            "steps_down_to": down,
        })
    });
    let plans = plans.iter().enumerate().map(|(i, (seats, top))| {
        json!({
            "name": format!("plan_{i}"), "title": format!("Plan {i}"), "seats": seats.filter(|_| mode != "none"),
            "top_role_holders_max": top.filter(|_| holders == "plan"),
        })
    });
    let guests = if mode == "members" { Vec::new() } else { chosen(&names[1..], bits) };
    json!({
        "name": "random", "title": "Random", "description": "Made up.", "auto_join_role": names[1], "emails": emails,
        "organizations_per_person": (["many", "one"][person]),
        "invitation": {"lifetime_s": lifetime, "link_lifetime_s": 2 * lifetime},
        "top_role": {"holders": holders, "billed_owner": billed, "advise_min": u8::from(holders != "one") * 2},
        "seats": {"mode": mode, "tier": (mode == "licenses").then_some("pro")},
        "leaver_keys": {"default": "keep", "allowed": ["revoke", "keep"]},
        "projects": {"guest_roles": guests},
        "plans": plans.collect::<Vec<_>>(), "roles": roles.collect::<Vec<_>>(),
    })
}

fn permissions(i: usize, role: &Raw) -> Vec<&'static str> {
    let needed = |permission: &str| i == 0 && ["org.read", "member.read"].contains(&permission);
    let chosen = POOL.iter().enumerate().filter(|(bit, name)| role.permissions >> bit & 1 == 1 || needed(name));
    let mut permissions: Vec<&str> = chosen.map(|(_, name)| *name).collect();
    if i == 0 {
        permissions.extend(["org.delete", "owner.transfer"]);
    }
    permissions
}

/// Every place of a document below the document itself, as a mistake names it, with the pointer to it.
fn places(value: &Value, place: &str, pointer: &str, found: &mut Vec<(String, String)>) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                let place = if place.is_empty() { name.clone() } else { format!("{place}.{name}") };
                found.push((place.clone(), format!("{pointer}/{name}")));
                places(member, &place, &format!("{pointer}/{name}"), found);
            }
        }
        Value::Array(entries) => {
            for (i, entry) in entries.iter().enumerate() {
                found.push((format!("{place}[{i}]"), format!("{pointer}/{i}")));
                places(entry, &format!("{place}[{i}]"), &format!("{pointer}/{i}"), found);
            }
        }
        _ => {}
    }
}

fn mistakes(value: &Value) -> Vec<PolicyMistake> {
    match Policy::of(value) {
        Err(PolicyFault::Inconsistent(mistakes)) => mistakes,
        other => panic!("{other:?}: {value}"),
    }
}

/// Holds each place against a value of a type that it cannot have, and against nothing at all.
fn spoil_each_place(policy: &Value) {
    let mut all = Vec::new();
    places(policy, "", "", &mut all);
    for (place, pointer) in &all {
        for wrong in [json!(-1.5), json!([[]]), json!({"zzz": 1})] {
            let mut spoiled = policy.clone();
            let at = spoiled.pointer_mut(pointer).unwrap();
            let is_same_type = at.is_array() && wrong.is_array() || at.is_object() && wrong.is_object();
            *at = wrong.clone();
            let named = mistakes(&spoiled);
            // Of a list or an object, it is what is in it that is wrong.
            let within = |m: &PolicyMistake| m.place.starts_with(place.as_str()) && m.place.len() > place.len();
            let is_named = if is_same_type {
                named.iter().any(within)
            } else {
                named.iter().any(|m| m.place == *place && m.kind == MistakeKind::WrongType)
            };
            assert!(is_named, "{place} = {wrong}: {named:?}");
        }
    }
    // Two at once are both named, whatever they are.
    for ((one, first), (other, second)) in all.iter().zip(all.iter().rev()) {
        if first.starts_with(second.as_str()) || second.starts_with(first.as_str()) {
            continue;
        }
        let mut spoiled = policy.clone();
        for pointer in [first, second] {
            *spoiled.pointer_mut(pointer).unwrap() = json!(0.5);
        }
        let named = mistakes(&spoiled);
        for place in [one, other] {
            assert!(named.iter().any(|m| m.place == *place), "{one} and {other}: {named:?}");
        }
    }
}

fn runner(cases: u32) -> TestRunner {
    TestRunner::new(Config {
        cases,
        rng_seed: RngSeed::Fixed(20_260_102),
        failure_persistence: None,
        ..Config::default()
    })
}

#[test]
fn whatever_policy_is_right_is_the_same_after_it_was_stored() {
    let outcome = runner(400).run(&policies(), |value| {
        let policy = Policy::of(&value).unwrap_or_else(|fault| panic!("{fault}: {value}"));
        let document = policy.document();
        assert_eq!(Policy::parse(&document).as_ref(), Ok(&policy));
        assert_eq!(Policy::stored(&document).as_ref(), Ok(&policy));
        assert_eq!(Policy::of(&value).unwrap().sealed(), policy.sealed());
        assert!(
            policy
                .roles()
                .iter()
                .flat_map(|r| r.permissions())
                .all(|p| POOL.contains(&p.as_str()) || OWN_PERMISSIONS.contains(&p.as_str()))
        );
        Ok(())
    });
    if let Err(failure) = outcome {
        panic!("{failure}");
    }
}

#[test]
fn whatever_place_is_spoiled_is_the_place_that_is_named() {
    for preset in presets() {
        let policy = Policy::stored(preset.document).unwrap();
        spoil_each_place(&serde_json::from_str(&policy.document()).unwrap());
    }
    let outcome = runner(12).run(&policies(), |value| {
        spoil_each_place(&value);
        Ok(())
    });
    if let Err(failure) = outcome {
        panic!("{failure}");
    }
}
