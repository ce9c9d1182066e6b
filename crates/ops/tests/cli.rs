//! The program as an operator meets it: what it prints and with which code it exits.
#![allow(clippy::unwrap_used)]

use std::process::Command;

use latchkey_store::migrations::MIGRATIONS;

#[test]
fn a_fresh_database_is_migrated_once_and_equals_its_log() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("latchkey.db");
    let file = file.to_str().unwrap();
    let all: String = MIGRATIONS.iter().map(|migration| format!("applied {}\n", migration.name)).collect();
    assert_eq!(run(&["migrate", file]), (0, all));
    assert_eq!(run(&["migrate", file]), (0, "the schema is up to date\n".to_owned()));
    let equal = "0 organizations, 0 events: the state equals its log\n";
    assert_eq!(run(&["rebuild", "--check", file]), (0, equal.to_owned()));
}

#[test]
fn differences_no_answer_and_wrong_usage_have_codes_of_their_own() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("latchkey.db");
    let file = path.to_str().unwrap();
    let (code, _) = run(&["rebuild", "--check", file]);
    assert_eq!(code, 2, "there is no file");
    run(&["migrate", file]);
    let db = latchkey_ops::sqlite::SqliteDb::open(&path).unwrap();
    db.run("INSERT INTO roster_word (org_id, word, entry_id) VALUES ('org_x', 'ada', 'mem_x')", Vec::new()).unwrap();
    let (code, out) = run(&["rebuild", "--check", file]);
    assert_eq!(code, 1);
    assert_eq!(
        out,
        "roster_word org_x ada mem_x is there, though nothing in the log made it\n0 organizations, 0 events: the state differs from its log, differences found: 1\n"
    );
    assert_eq!(run(&["rebuild", file]).0, 2);
    assert_eq!(run(&[]).0, 2);
}

fn run(arguments: &[&str]) -> (i32, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_latchkey-ops")).args(arguments).output().unwrap();
    (output.status.code().unwrap(), String::from_utf8(output.stdout).unwrap())
}
