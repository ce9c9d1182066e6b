//! Migrations say why, are all embedded, and are never edited once landed.

use std::fmt::Write as _;

use latchkey_store::migrations::{MIGRATIONS, checksum};

use crate::files::{below, root};

const CHECKSUMS: &str = "migrations/checksums.txt";

#[test]
fn every_migration_is_embedded_as_it_stands() {
    let files: Vec<_> = below("migrations").into_iter().filter(|source| source.path.ends_with(".sql")).collect();
    let names: Vec<_> = files.iter().map(|source| source.path.clone()).collect();
    let embedded: Vec<_> = MIGRATIONS.iter().map(|migration| format!("migrations/{}.sql", migration.name)).collect();
    assert_eq!(names, embedded);
    for (file, migration) in files.iter().zip(MIGRATIONS) {
        assert_eq!(file.text, migration.sql, "{}", file.path);
    }
}

/// A database that has applied a migration refuses to go on with another text of it. So a migration that has landed stays
/// as it is; before it lands, `UPDATE_GOLDEN=1 cargo test -p latchkey-tests --test repository` writes the list anew.
#[test]
fn a_migration_that_has_landed_is_never_edited() {
    let mut list = String::new();
    for migration in MIGRATIONS {
        writeln!(list, "{}  {}.sql", checksum(migration.sql), migration.name).expect("text");
    }
    let path = root().join(CHECKSUMS);
    if std::env::var_os("UPDATE_GOLDEN").is_some_and(|value| value == "1") {
        std::fs::write(&path, &list).expect("the list is written");
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(kept, list, "{CHECKSUMS}: restore the migration's text, and add a new migration instead");
}

#[test]
fn every_table_view_and_trigger_says_what_it_is_for() {
    for migration in MIGRATIONS {
        let lines: Vec<&str> = migration.sql.lines().collect();
        for (number, line) in lines.iter().enumerate() {
            let is_creation = ["CREATE TABLE", "CREATE VIEW", "CREATE TRIGGER", "CREATE VIRTUAL TABLE"]
                .iter()
                .any(|start| line.starts_with(start));
            let is_explained = number.checked_sub(1).is_some_and(|before| lines[before].starts_with("--"));
            assert!(!is_creation || is_explained, "{}.sql:{}: {line}", migration.name, number + 1);
        }
        assert!(lines.first().is_some_and(|line| line.starts_with("--")), "{}.sql says nothing first", migration.name);
    }
}
