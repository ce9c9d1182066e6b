//! Rules of style that a reader would otherwise have to watch over.

use crate::files::{Source, below, rust_below};

const FILE_LINES_MAX: usize = 500;
const FUNCTION_LINES_MAX: usize = 70;

/// Longer files, each with its reason in itself. Only shrinks.
const LONGER_FILES: [&str; 0] = [];

#[test]
fn files_stay_short_enough_to_read() {
    for folder in ["crates", "components", "tests", "xtask"] {
        for source in rust_below(folder) {
            let lines = source.text.lines().count();
            let may_be_longer = LONGER_FILES.contains(&source.path.as_str());
            assert_eq!(lines > FILE_LINES_MAX, may_be_longer, "{} has {lines} lines", source.path);
        }
    }
}

#[test]
fn handlers_read_top_to_bottom_on_one_screen() {
    for folder in ["components", "crates/edge/src", "crates/domain/src/decide"] {
        for source in rust_below(folder) {
            for (name, lines) in functions(&source) {
                assert!(lines <= FUNCTION_LINES_MAX, "{}: {name} has {lines} lines", source.path);
            }
        }
    }
}

#[test]
fn nothing_is_left_for_later() {
    // Put together here, so that this file does not find itself.
    let markers = [["TO", "DO"], ["FIX", "ME"], ["XX", "X"], ["HA", "CK"]].map(|parts| parts.concat());
    for source in below("").iter().filter(|source| is_ours(source)) {
        for marker in &markers {
            assert!(!has_word(&source.text, marker), "{} has a {marker}", source.path);
        }
    }
}

#[test]
fn what_serves_requests_cannot_panic_by_permission() {
    // The lints deny it; here is seen that nobody allows it outside tests.
    for folder in ["components", "crates/api/src", "crates/domain/src", "crates/edge/src", "crates/store/src"] {
        for source in rust_below(folder) {
            let code = source.text.split("#[cfg(test)]").next().unwrap_or_default();
            for call in [".unwrap()", ".expect(", "panic!(", "todo!(", "unimplemented!("] {
                assert!(!code.contains(call), "{} has {call}", source.path);
            }
        }
    }
}

#[test]
fn the_repository_speaks_of_no_machine() {
    let places = [["/wo", "rk/"], ["/ro", "ot/"], ["/ho", "me/"], ["/Us", "ers/"]].map(|parts| parts.concat());
    for source in below("").iter().filter(|source| is_ours(source)) {
        for place in &places {
            let starts = source.text.match_indices(place.as_str()).any(|(at, _)| {
                !source.text[..at].ends_with(|before: char| before.is_alphanumeric() || ".-_*{}".contains(before))
            });
            assert!(!starts, "{} names {place}", source.path);
        }
    }
}

#[test]
fn packages_come_from_the_public_registry() {
    let lock = std::fs::read_to_string(crate::files::root().join("Cargo.lock")).expect("Cargo.lock");
    let public = "source = \"registry+https://github.com/rust-lang/crates.io-index\"";
    for line in lock.lines().filter(|line| line.starts_with("source = ")) {
        assert_eq!(line, public);
    }
}

/// What others have written is theirs.
fn is_ours(source: &Source) -> bool {
    !["crates/host/wit/deps/", "crates/api/tests/openapi-3.1/", "Cargo.lock"]
        .iter()
        .any(|theirs| source.path.starts_with(theirs))
}

fn has_word(text: &str, word: &str) -> bool {
    text.match_indices(word).any(|(at, _)| {
        let before = text[..at].chars().next_back();
        let after = text[at + word.len()..].chars().next();
        !before.is_some_and(char::is_alphanumeric) && !after.is_some_and(char::is_alphanumeric)
    })
}

/// The functions of a file, formatted as rustfmt does, with their lines from `fn` to the closing brace.
fn functions(source: &Source) -> Vec<(String, usize)> {
    let lines: Vec<&str> = source.text.lines().collect();
    let mut found = Vec::new();
    for (start, line) in lines.iter().enumerate() {
        let code = line.trim_start();
        let indent = &line[..line.len() - code.len()];
        let Some((before, after)) = code.split_once("fn ") else { continue };
        let is_head = before
            .split_whitespace()
            .all(|word| ["pub", "pub(crate)", "pub(super)", "async", "const", "unsafe"].contains(&word));
        if !is_head || code.starts_with("//") || line.ends_with('}') {
            continue;
        }
        let closing = format!("{indent}}}");
        let end = lines[start..].iter().position(|line| *line == closing);
        let name = after.split(['(', '<']).next().unwrap_or_default().to_owned();
        found.extend(end.map(|end| (name, end + 1)));
    }
    found
}
