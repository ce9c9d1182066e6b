//! The generated pages under `docs/` say what the code says.
#![allow(clippy::unwrap_used, clippy::panic, unreachable_pub)]

mod common;

use latchkey_api::codes::{Code, errors_markdown};
use latchkey_api::limits::{LIMITS, limits_markdown};
use latchkey_domain::policy::{self, Policy};

#[test]
fn errors_page() {
    common::assert_golden("docs/errors.md", &errors_markdown());
}

#[test]
fn limits_page() {
    common::assert_golden("docs/limits.md", &limits_markdown());
}

#[test]
fn policies_page() {
    let policies: Vec<Policy> = policy::presets().iter().map(|p| Policy::parse(p.document).unwrap()).collect();
    common::assert_golden("docs/policies.txt", &policy::page(&policies));
}

#[test]
fn codes_are_stable_names_in_the_order_of_their_status() {
    let is_name = |name: &str| name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
    assert!(Code::ALL.iter().all(|code| is_name(code.name()) && (400..600).contains(&code.status())));
    assert!(Code::ALL.is_sorted_by_key(|code| code.status()));
    let mut names: Vec<&str> = Code::ALL.iter().map(|code| code.name()).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), Code::ALL.len());
}

#[test]
fn limits_have_their_unit_in_no_doubt() {
    for limit in LIMITS {
        assert!(limit.value > 0 && !limit.unit.is_empty() && limit.about.trim().ends_with('.'), "{}", limit.name);
    }
}
