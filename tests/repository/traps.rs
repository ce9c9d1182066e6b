//! Each trap that is known has its test, by name.

use crate::files::{root, rust_below};

#[test]
fn every_trap_names_tests_that_are_there() {
    let page = std::fs::read_to_string(root().join("docs/traps.md")).expect("docs/traps.md");
    let sources = rust_below("");
    let mut rows = 0;
    for row in page.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| Trap")) {
        let tests: Vec<&str> = row.split('`').skip(1).step_by(2).collect();
        assert!(!tests.is_empty(), "no test holds: {row}");
        for test in tests {
            let is_there = sources.iter().any(|source| source.text.contains(&format!("fn {test}(")));
            assert!(is_there, "{test} is nowhere");
        }
        rows += 1;
    }
    assert!(rows >= 20, "{rows} traps");
}
