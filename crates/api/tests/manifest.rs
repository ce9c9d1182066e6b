//! `spin.toml` and the route table agree, both ways.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, unreachable_pub)]

mod common;

use std::collections::{BTreeMap, BTreeSet};

use latchkey_api::settings::VARIABLES;
use latchkey_api::{ROUTES, Route, Who};
use toml::Table;

fn manifest() -> Table {
    std::fs::read_to_string(common::root().join("spin.toml")).unwrap().parse().unwrap()
}

/// `/v1/orgs/{org}` as the manifest writes it: `/v1/orgs/:org`.
fn as_trigger(path: &str) -> String {
    path.replace('{', ":").replace('}', "")
}

#[test]
fn every_path_has_its_trigger_and_every_trigger_its_path() {
    let mut expected: BTreeMap<String, String> =
        ROUTES.iter().map(|route| (as_trigger(route.path), route.component.to_owned())).collect();
    // Whatever nothing else answers gets its 404 from the front door.
    expected.insert("/...".to_owned(), "root".to_owned());

    let manifest = manifest();
    let triggers = manifest["trigger"]["http"].as_array().unwrap();
    let given: BTreeMap<String, String> = triggers
        .iter()
        .map(|trigger| {
            (trigger["route"].as_str().unwrap().to_owned(), trigger["component"].as_str().unwrap().to_owned())
        })
        .collect();
    assert_eq!(given, expected);
    assert_eq!(triggers.len(), given.len(), "a trigger stands there twice");
}

#[test]
fn one_component_answers_all_methods_of_a_path() {
    let mut components: BTreeMap<&str, &str> = BTreeMap::new();
    for route in ROUTES {
        assert_eq!(*components.entry(route.path).or_insert(route.component), route.component, "{}", route.path);
    }
}

#[test]
fn components_have_what_they_need_and_no_more() {
    let manifest = manifest();
    let components = manifest["component"].as_table().unwrap();
    let names: BTreeSet<&str> = components.keys().map(String::as_str).collect();
    assert_eq!(names, ROUTES.iter().map(|route| route.component).collect());
    for (name, component) in components {
        let source = component["source"].as_str().unwrap();
        assert_eq!(source, format!("target/wasm32-wasip2/release/{name}.wasm"));
        let hosts = component.get("allowed_outbound_hosts").and_then(|hosts| hosts.as_array()).into_iter().flatten();
        let hosts: Vec<&str> = hosts.map(|host| host.as_str().unwrap()).collect();
        let takes_sessions = ROUTES.iter().any(|route| route.component == name && route.takes_sessions());
        let expected: &[&str] = match name.as_str() {
            "dispatch" => &["https://*:*", "http://*:*"],
            // Whoever asks the DNS, wherever that is.
            "domain" => &["https://*:*", "http://*:*", "http://signin.spin.internal"],
            "signin" => &["https://*:*", "http://*:*", "http://accept.spin.internal"],
            // Whoever is asked by people asks whose token it is.
            _ if takes_sessions => &["http://signin.spin.internal"],
            _ => &[],
        };
        assert_eq!(hosts, expected, "{name}");
        let variables = component["variables"].as_table().unwrap();
        assert_eq!(variables.contains_key("jwt_issuer"), takes_sessions || name == "signin", "{name}");
        assert!(component.get("files").is_none() && component.get("environment").is_none(), "{name}");
        let databases = component.get("sqlite_databases").map(|value| value.as_array().unwrap().len());
        assert_eq!(databases, (name != "root").then_some(1), "{name}");
    }
}

#[test]
fn whoever_uses_a_key_is_recorded_with_their_own_address() {
    let manifest = manifest();
    for route in ROUTES.iter().filter(|route| route.takes_keys()) {
        let variables = manifest["component"][route.component]["variables"].as_table().unwrap();
        assert!(variables.contains_key("trusted_proxy_hops"), "{}", route.component);
    }
}

#[test]
fn whoever_takes_sessions_knows_how_long_they_last() {
    let manifest = manifest();
    let takes_sessions =
        |route: &&Route| matches!(route.who, Who::Session | Who::OptionalSession | Who::Member | Who::MemberOrOperator);
    for route in ROUTES.iter().filter(takes_sessions) {
        let variables = manifest["component"][route.component]["variables"].as_table().unwrap();
        for name in ["session_idle_s", "session_absolute_s"] {
            assert!(variables.contains_key(name), "{} has no {name}", route.component);
        }
    }
}

#[test]
fn every_variable_is_declared_mapped_and_known() {
    let manifest = manifest();
    let declared: BTreeSet<&str> = manifest["variables"].as_table().unwrap().keys().map(String::as_str).collect();
    assert_eq!(declared, VARIABLES.into_iter().collect());
    let mut mapped = BTreeSet::new();
    for (name, component) in manifest["component"].as_table().unwrap() {
        for (variable, template) in component["variables"].as_table().unwrap() {
            assert_eq!(template.as_str().unwrap(), format!("{{{{ {variable} }}}}"), "{name}");
            mapped.insert(variable.clone());
        }
    }
    assert_eq!(mapped.iter().map(String::as_str).collect::<BTreeSet<_>>(), declared);
}
