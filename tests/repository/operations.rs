//! Every operation of the table has its code and its tests where somebody looks for them.

use latchkey_api::ROUTES;

use crate::files::{below, root, rust_below};

/// Operations whose handler stands in its component's `lib.rs`: the front door has nothing else.
const IN_LIB: [&str; 2] = ["get_service", "get_openapi"];

/// Operations without a test file of their own. Only shrinks.
const WITHOUT_TESTS: [&str; 0] = [];

#[test]
fn every_operation_has_its_module() {
    for route in ROUTES {
        let file = if IN_LIB.contains(&route.operation) { "lib" } else { route.operation };
        let path = format!("components/{}/src/{file}.rs", route.component);
        let text = std::fs::read_to_string(root().join(&path)).unwrap_or_else(|e| panic!("{path}: {e}"));
        let handler = format!("async fn {}(", route.operation);
        assert!(text.contains(&handler), "{path} has no `{handler}`");
        if file != "lib" {
            let says = format!("//! `{} {}`", route.method.as_str(), route.path);
            assert!(text.starts_with(&says), "{path} must begin with {says}");
        }
    }
}

#[test]
fn every_module_of_a_component_is_an_operation_or_shared() {
    // What several operations of one component share.
    const SHARED: [&str; 26] = [
        "components/accept/src/held.rs",
        "components/accept/src/link.rs",
        "components/accept/src/newcomer.rs",
        "components/accept/src/project.rs",
        "components/apikey/src/secret.rs",
        "components/audit/src/reading.rs",
        "components/authorize/src/known.rs",
        "components/dispatch/src/checkpoints.rs",
        "components/dispatch/src/deliver.rs",
        "components/dispatch/src/domains.rs",
        "components/dispatch/src/flight.rs",
        "components/dispatch/src/identities.rs",
        "components/dispatch/src/mail.rs",
        "components/dispatch/src/payers.rs",
        "components/dispatch/src/sweep.rs",
        "components/dispatch/src/webhooks.rs",
        "components/domain/src/newcomer.rs",
        "components/hook/src/settled.rs",
        "components/member/src/past.rs",
        "components/oauth/src/secret.rs",
        "components/seat/src/licenses.rs",
        "components/signin/src/arrival.rs",
        "components/signin/src/begun.rs",
        "components/signin/src/issuer.rs",
        "components/signin/src/landing.rs",
        "components/webhook/src/target.rs",
    ];
    for source in rust_below("components") {
        let is_operation = ROUTES
            .iter()
            .any(|route| source.path == format!("components/{}/src/{}.rs", route.component, route.operation));
        let is_known = is_operation
            || source.path.ends_with("/src/lib.rs")
            || source.path.ends_with("/build.rs")
            || SHARED.contains(&source.path.as_str());
        assert!(is_known, "{} is no operation's module", source.path);
    }
}

#[test]
fn every_operation_has_its_tests() {
    let files = below("tests/it");
    for route in ROUTES {
        let file = format!("/{}.rs", route.operation);
        let mine: Vec<_> = files.iter().filter(|source| source.path.ends_with(&file)).collect();
        let expected = if WITHOUT_TESTS.contains(&route.operation) { 0 } else { 1 };
        let paths: Vec<_> = mine.iter().map(|source| source.path.as_str()).collect();
        assert_eq!(mine.len(), expected, "tests/it/<resource>{file}: {paths:?}");
        for source in mine {
            assert!(source.text.contains("#[tokio::test"), "{} has no test", source.path);
        }
    }
}

#[test]
fn every_path_of_the_description_is_a_route() {
    let text = std::fs::read_to_string(root().join("docs/openapi.json")).expect("docs/openapi.json");
    let document: latchkey_testkit::Value = serde_json::from_str(&text).expect("JSON");
    let mut described: Vec<(String, String)> = Vec::new();
    for (path, methods) in document["paths"].as_object().expect("paths") {
        for method in methods.as_object().expect("methods").keys().filter(|key| *key != "parameters") {
            described.push((path.clone(), method.to_uppercase()));
        }
    }
    described.sort();
    let mut routed: Vec<(String, String)> =
        ROUTES.iter().map(|route| (route.path.to_owned(), route.method.as_str().to_owned())).collect();
    routed.sort();
    assert_eq!(described, routed);
}
