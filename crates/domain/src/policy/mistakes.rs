//! Documents that are no policy: every mistake is named where it stands, and nothing is named that is none.
#![allow(clippy::indexing_slicing, reason = "a test fails by panicking")]

use serde_json::{Value, json};

use super::{MistakeKind, Policy, PolicyFault, presets};

/// A small policy that is right, to be spoiled.
fn right() -> Value {
    json!({
        "name": "lab", "title": "Lab", "description": "", "organizations_per_person": "many", "auto_join_role": "guest",
        "emails": true,
        "invitation": {"lifetime_s": 3600, "link_lifetime_s": 3600},
        "top_role": {"holders": "plan", "billed_owner": false, "advise_min": 0},
        "seats": {"mode": "licenses", "tier": "pro"},
        "leaver_keys": {"default": "keep", "allowed": ["keep", "revoke"]},
        "projects": {"guest_roles": ["guest"]},
        "plans": [{"name": "free", "title": "Free", "seats": 3, "top_role_holders_max": 1}],
        "roles": [
            {"name": "lead", "title": "Lead", "description": "", "holds_keys": true, "invites": ["lead", "guest"],
             "changes_from": ["guest"], "changes_to": ["lead"], "removes": ["guest"], "steps_down_to": ["guest"],
             "permissions": ["org.read", "member.read", "org.delete", "owner.transfer", "member.invite",
                             "member.change_role", "member.remove", "sample.read"]},
            {"name": "guest", "title": "Guest", "description": "", "holds_keys": false, "invites": [], "changes_from": [],
             "changes_to": [], "removes": [], "steps_down_to": [], "permissions": ["org.read", "sample.read"]},
        ],
    })
}

fn mistakes(value: &Value) -> Vec<(String, MistakeKind, String)> {
    match Policy::of(value) {
        Err(PolicyFault::Inconsistent(mistakes)) => {
            mistakes.into_iter().map(|m| (m.place, m.kind, m.message)).collect()
        }
        other => unreachable!("{other:?}"),
    }
}

/// Spoils one place of the right policy.
fn with(pointer: &str, value: Value) -> Value {
    let mut spoiled = right();
    match spoiled.pointer_mut(pointer) {
        Some(place) => *place = value,
        None => unreachable!("{pointer}"),
    }
    spoiled
}

#[test]
fn the_policy_that_the_others_spoil_is_right() {
    assert_eq!(Policy::of(&right()).map(|p| p.role_names()), Ok(vec!["lead".to_owned(), "guest".to_owned()]));
}

#[test]
fn each_rule_names_the_place_that_breaks_it() {
    let role = |name| json!({"name": name, "title": "T", "description": "", "permissions": []});
    let roles = |count| (0..count).map(|i| role(format!("r{i}"))).collect::<Value>();
    let names = |count| (0..count).map(|i| format!("a.{}", "b".repeat(i + 1))).collect::<Value>();
    for (pointer, value, place, message) in [
        ("/name", json!("Lab"), "name", "must be lower-case letters"),
        ("/title", json!(" "), "title", "must not be empty"),
        ("/title", json!("a\u{202e}b"), "title", "control characters"),
        ("/description", json!("x".repeat(501)), "description", "at most 500 characters"),
        ("/organizations_per_person", json!("two"), "organizations_per_person", "one of: many, one"),
        ("/auto_join_role", json!("nobody"), "auto_join_role", "There is no role nobody."),
        ("/auto_join_role", json!("lead"), "auto_join_role", "must not be the top role"),
        ("/invitation/lifetime_s", json!(59), "invitation.lifetime_s", "from 60 to 31536000"),
        ("/invitation/link_lifetime_s", json!(31_536_001), "invitation.link_lifetime_s", "from 60 to 31536000"),
        ("/top_role/holders", json!("several"), "plans[0].top_role_holders_max", "needs `holders`"),
        ("/top_role", json!({"holders": "one", "advise_min": 2}), "top_role.advise_min", "more than `holders` allows"),
        ("/top_role/advise_min", json!(11), "top_role.advise_min", "from 0 to 10"),
        ("/seats/tier", json!(null), "seats.tier", "needed with mode `licenses`"),
        ("/seats/mode", json!("none"), "seats.tier", "means nothing with another"),
        ("/seats", json!({"mode": "none"}), "plans[0].seats", "left out where no seats are counted"),
        ("/seats", json!({"mode": "members"}), "projects.guest_roles", "while every person fills a seat"),
        ("/leaver_keys/default", json!("adopt"), "leaver_keys.default", "among `allowed`"),
        ("/leaver_keys/allowed", json!(["keep", "keep"]), "leaver_keys.allowed[1]", "in the list already"),
        ("/leaver_keys/allowed", json!(["keep", "burn"]), "leaver_keys.allowed[1]", "one of: revoke, keep, adopt"),
        ("/projects/guest_roles", json!(["guest", "lead"]), "projects.guest_roles[1]", "must not be the top role"),
        ("/projects/guest_roles", json!(["boss"]), "projects.guest_roles[0]", "There is no role boss."),
        ("/plans", json!([]), "plans", "At least one plan"),
        ("/plans/0/seats", json!(1_000_001), "plans[0].seats", "from 0 to 1000000"),
        ("/plans/0/top_role_holders_max", json!(0), "plans[0].top_role_holders_max", "from 1 to"),
        ("/plans", json!([{"name": "p", "title": "P"}, {"name": "p", "title": "P"}]), "plans[1].name", "already"),
        ("/roles", roles(33), "roles", "at most 32 entries"),
        ("/roles/1/name", json!("lead"), "roles[1].name", "a role of that name already"),
        ("/roles/1/permissions", names(201), "roles[1].permissions", "at most 200 entries"),
        ("/roles/1/permissions/1", json!("member.invit"), "roles[1].permissions[1]", "no permission member.invit"),
        ("/roles/1/permissions/1", json!("Sample"), "roles[1].permissions[1]", "two words"),
        ("/roles/1/permissions/1", json!(format!("a.{}", "b".repeat(63))), "roles[1].permissions[1]", "at most 64"),
        ("/roles/1/permissions/1", json!("org.read"), "roles[1].permissions[1]", "in the list already"),
        ("/roles/1/invites", json!(["guest"]), "roles[1].invites", "needs the permission member.invite"),
        ("/roles/1/changes_to", json!(["guest"]), "roles[1].changes_to", "needs the permission member.change_role"),
        ("/roles/0/removes", json!(["guest", "x"]), "roles[0].removes[1]", "There is no role x."),
        ("/roles/0/steps_down_to", json!(["lead"]), "roles[0].steps_down_to[0]", "must not be the top role"),
        ("/roles/0/permissions/7", json!("paper.read"), "roles[0].steps_down_to[0]", "guest may do sample.read"),
        ("/roles/0/permissions/3", json!("org.update"), "roles[0].permissions", "top role needs owner.transfer"),
    ] {
        let spoiled = mistakes(&with(pointer, value.clone()));
        let found = spoiled.iter().any(|(at, _, text)| at == place && text.contains(message));
        assert!(found, "{pointer} = {value}: {spoiled:?}");
    }
}

#[test]
fn every_mistake_is_named_at_once_and_nothing_that_only_follows_from_one() {
    let mut spoiled = right();
    spoiled["emails"] = json!("yes");
    spoiled["titel"] = json!("Lab");
    spoiled["seats"]["mode"] = json!(1);
    spoiled["roles"][1]["name"] = json!(["guest"]);
    spoiled["plans"][0]["seats"] = json!(-1);
    if let Some(permissions) = spoiled["roles"][0]["permissions"].as_array_mut() {
        permissions.insert(0, json!("member.reed"));
    }
    if let Some(invitation) = spoiled["invitation"].as_object_mut() {
        invitation.remove("lifetime_s");
    }
    let named: Vec<String> =
        mistakes(&spoiled).into_iter().map(|(place, _, text)| format!("{place}: {text}")).collect();
    // That nobody is called guest, that a tier means nothing, or that a number is too small only seems so.
    assert_eq!(
        named,
        [
            "emails: This must be true or false.",
            "invitation.lifetime_s: This is missing.",
            "seats.mode: This must be text.",
            "plans[0].seats: This must be a whole number, not below 0.",
            "roles[1].name: This must be text.",
            "titel: There is no such field here.",
            "roles[0].permissions[0]: There is no permission member.reed.",
        ]
    );
    assert_eq!(mistakes(&json!([])), [(String::new(), MistakeKind::WrongType, "This must be a JSON object.".into())]);
    assert!(matches!(Policy::parse("{"), Err(PolicyFault::Malformed(_))));
}

#[test]
fn a_policy_that_is_too_large_is_refused_as_a_whole() {
    let mut large = right();
    let pairs = ('a'..='z').flat_map(|a| ('a'..='z').map(move |b| format!("{a}{b}{}.read", "x".repeat(50))));
    let permissions: Value = pairs.take(200).collect();
    if let Some(roles) = large["roles"].as_array_mut() {
        for i in 0..30 {
            let name = format!("r{i}");
            roles.push(json!({"name": name, "title": "T", "description": "", "permissions": permissions}));
        }
    }
    let named = mistakes(&large);
    assert_eq!(named.len(), 1, "{named:?}");
    assert!(named.iter().all(|(place, kind, _)| place.is_empty() && *kind == MistakeKind::TooLong));
}

#[test]
fn documents_of_before_stay_readable() {
    // As the first release stored them: other names for the lists, and none of what came later.
    let stored = r#"{"auto_join_role":"b","description":"","invitation":{"lifetime_s":1,"link_lifetime_s":1},
        "leaver_keys":{"allowed":["keep"],"default":"keep"},"name":"credentials","organizations_per_person":"many",
        "plan":[{"name":"p","title":"P"}],"role":[{"description":"","name":"a","permissions":["org.read"],"title":"A"},
        {"description":"","name":"b","permissions":[],"title":"B"}],"seats":{"mode":"none"},"title":"X",
        "top_role":{"holders":"one"}}"#;
    let policy = Policy::stored(stored).unwrap_or_else(|e| unreachable!("{e}"));
    assert_eq!((policy.emails, policy.top_role.advise_min, policy.first_plan_name()), (true, 0, "p"));
    assert!(policy.projects.guest_roles.is_empty());
    // What is asked for today is not what was asked for then; and nobody writes the old names any more.
    assert!(Policy::parse(stored).is_err_and(|fault| fault.to_string().contains("role: There is no such field here.")));
    for broken in ["{}", "[]", "nothing", &stored.replace("\"one\"", "\"two\""), &stored.replace("emails", "mails")] {
        let is_read = Policy::stored(broken).is_ok();
        assert_eq!(is_read, broken == stored, "{broken}");
    }
}

#[test]
fn a_preset_is_stored_as_itself_and_anything_else_under_a_hash_of_its_own() {
    for preset in presets() {
        let policy = Policy::stored(preset.document).unwrap_or_else(|e| unreachable!("{e}"));
        assert_eq!(Policy::parse(&policy.document()).as_ref(), Ok(&policy));
        assert_eq!((policy.sealed().hash.as_str(), policy.sealed().document.as_str()), (preset.hash, preset.document));
        let derived = Policy { title: "Other".to_owned(), ..policy };
        assert_ne!(derived.sealed().hash, preset.hash);
        assert_eq!(derived.sealed().document, derived.document());
    }
}

#[test]
fn seats_come_from_the_plan_unless_the_organization_has_its_own_and_only_where_they_count() {
    let policy = Policy::of(&right()).unwrap_or_else(|e| unreachable!("{e}"));
    assert_eq!(policy.seats_max("free", None), Some(3));
    assert_eq!(policy.seats_max("free", Some(0)), Some(0));
    assert_eq!(policy.seats_max("gone", None), None);
    let mut uncounted = policy;
    uncounted.seats.mode = super::SeatMode::None;
    assert_eq!(uncounted.seats_max("free", Some(7)), None);
}
