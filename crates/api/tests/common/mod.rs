//! Generated files that are kept in the repository.
#![allow(clippy::panic, clippy::unwrap_used)]
#![allow(dead_code, reason = "each test file uses its part")]

use std::path::Path;
use std::{env, fs};

/// The root of the repository.
pub fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}

/// Compares a kept file with what it must hold now; with `UPDATE_GOLDEN=1` writes it instead.
pub fn assert_golden(path: &str, expected: &str) {
    let file = root().join(path);
    if env::var_os("UPDATE_GOLDEN").is_some_and(|value| value == "1") {
        fs::write(&file, expected).unwrap();
        return;
    }
    let kept = fs::read_to_string(&file).unwrap_or_default();
    if let Some(line) = first_difference(&kept, expected) {
        panic!(
            "{path} is out of date, from line {line} on. Regenerate it, and read what changed:\n    \
             UPDATE_GOLDEN=1 cargo test -p latchkey-api --features openapi"
        );
    }
}

fn first_difference(kept: &str, expected: &str) -> Option<usize> {
    let lines = kept.lines().count().max(expected.lines().count());
    (0..lines).find(|line| kept.lines().nth(*line) != expected.lines().nth(*line)).map(|line| line + 1)
}
