//! How SQLite answers every statement of the service: a golden file, so that a change of plan is a change somebody reads,
//! and a rule, so that nothing ever walks along a table that grows.
//!
//! `UPDATE_GOLDEN=1 cargo test -p latchkey-tests --test plans` writes `docs/query-plans.txt` anew.
#![allow(clippy::unwrap_used, clippy::panic)]

use std::collections::BTreeMap;
use std::fmt::Write as _;

use latchkey_ops::migrate::migrate;
use latchkey_store::statements;
use rusqlite::config::DbConfig;
use rusqlite::types::Null;
use rusqlite::{Connection, StatementStatus};
use tempfile::TempDir;

const GOLDEN: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/query-plans.txt");

const HEAD: &str = "\
# The query plan of every statement the service runs, with the triggers it may set off, on an empty database without
# statistics. Written by the test `plans`. Read a change of it like a change of code: nothing may walk along a table that
# grows.
";

/// What may be walked along, by the statement (or trigger) and the name it has there: results of the statement's own
/// queries, and a table that has a row per release. A plan shows aliases only, so whatever is not named here is taken
/// for a table that grows. An entry that no plan needs any more fails the test: the list only shrinks.
const WALKED: &[(&str, &str)] = &[
    ("*", "one"),
    ("*", "h"),
    ("append", "p"),
    ("append several", "p"),
    ("append several", "part"),
    ("append several", "stale"),
    ("append", "stale"),
    ("append", "item"),
    ("append", "counted"),
    ("append", "s"),
    ("append", "judged"),
    ("append", "j"),
    ("webhook::take", "turn"),
    ("checkpoint::tree", "t"),
    ("checkpoint::tree asked", "t"),
    ("checkpoint::inclusion", "n"),
    ("checkpoint::inclusion", "t"),
    ("checkpoint::inclusion", "w"),
    ("checkpoint::consistency", "n"),
    ("checkpoint::consistency", "t"),
    ("checkpoint::consistency", "w"),
    ("fold_event_project", "p"),
    ("activity::report", "item"),
    ("activity::report", "screened"),
    ("*", "found"),
    ("*", "first_event"),
    ("*", "first_activity"),
    ("*", "merged"),
    ("migrations::ledger", "migration"),
];

#[test]
fn no_statement_is_compiled_again_for_new_parameters() {
    let (_directory, connection) = database();
    for (name, sql) in statements::ALL {
        let mut statement = connection.prepare(sql).unwrap();
        for _ in 0..3 {
            // What a statement cache does between two uses.
            statement.clear_bindings();
            for parameter in 1..=statement.parameter_count() {
                statement.raw_bind_parameter(parameter, "[]").unwrap();
            }
            connection.execute_batch("BEGIN").unwrap();
            let mut rows = statement.raw_query();
            // Nonsense may be refused; only the compiling is of interest here.
            while matches!(rows.next(), Ok(Some(_))) {}
            drop(rows);
            connection.execute_batch("ROLLBACK").unwrap();
        }
        let compiled_again = statement.get_status(StatementStatus::RePrepare);
        assert_eq!(compiled_again, 0, "{name}: write its parameters as `+?1`, see crates/store/src/sql.rs");
    }
}

#[test]
fn every_statement_is_answered_as_the_golden_file_says() {
    let mut plans = HEAD.to_owned();
    for plan in plans_of_all() {
        writeln!(plans, "\n== {}", plan.statement).unwrap();
        plan.lines.iter().for_each(|line| writeln!(plans, "{line}").unwrap());
        for (trigger, lines) in &plan.triggers {
            writeln!(plans, "-- trigger {trigger}").unwrap();
            lines.iter().for_each(|line| writeln!(plans, "   {line}").unwrap());
        }
    }
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(GOLDEN, plans).unwrap();
        return;
    }
    let golden = std::fs::read_to_string(GOLDEN).unwrap_or_default();
    let differs = golden.lines().zip(plans.lines()).find(|(golden, plan)| golden != plan);
    assert!(
        golden == plans,
        "docs/query-plans.txt differs, first at {differs:?}; look at the change, then run with UPDATE_GOLDEN=1"
    );
}

#[test]
fn no_statement_walks_along_a_table_that_grows() {
    let mut unused = WALKED.to_vec();
    for plan in plans_of_all() {
        let of_statement = plan.lines.iter().map(|line| (plan.statement, line));
        let of_triggers =
            plan.triggers.iter().flat_map(|(trigger, lines)| lines.iter().map(move |l| (trigger.as_str(), l)));
        for (place, line) in of_statement.chain(of_triggers) {
            let Some(walked) = line.trim_start().strip_prefix("SCAN ") else { continue };
            if walked == "CONSTANT ROW" || walked.starts_with("(subquery-") || walked.contains(" VIRTUAL TABLE INDEX ")
            {
                continue;
            }
            let entry = |&(at, name): &(&str, &str)| (at == "*" || at == place) && name == walked;
            assert!(WALKED.iter().any(entry), "{} walks along {walked} in {place}", plan.statement);
            unused.retain(|allowed| !entry(allowed));
        }
    }
    assert_eq!(unused, [], "entries of WALKED that no plan needs");
}

#[test]
fn the_plans_show_what_triggers_do() {
    let plans = plans_of_all();
    let append = plans.iter().find(|plan| plan.statement == "append").unwrap();
    // One that is set off by the statement itself, and one that is set off by that one's own insert.
    assert!(append.triggers.contains_key("append_insert") && append.triggers.contains_key("fold_member_ended"));
    let sql = "SELECT count(*) FROM sqlite_schema WHERE type = 'trigger' AND name LIKE 'fold!_%' ESCAPE '!'";
    let (_directory, connection) = database();
    let folds: u32 = connection.query_row(sql, [], |row| row.get(0)).unwrap();
    assert_eq!(append.triggers.keys().filter(|name| name.starts_with("fold_")).count(), folds as usize);
}

/// What SQLite says it will do for one statement.
struct Plan {
    statement: &'static str,
    /// Indented by what is a part of what.
    lines: Vec<String>,
    /// The same for every trigger that the statement may set off, by name.
    triggers: BTreeMap<String, Vec<String>>,
}

fn plans_of_all() -> Vec<Plan> {
    let (_directory, connection) = database();
    assert!(connection.set_db_config(DbConfig::SQLITE_DBCONFIG_TRIGGER_EQP, true).unwrap());
    statements::ALL.iter().map(|&(name, sql)| plan(&connection, name, sql)).collect()
}

fn database() -> (TempDir, Connection) {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("plans.db");
    migrate(&file, 0).unwrap();
    let connection = Connection::open(&file).unwrap();
    // As the runtime has it: what a foreign key makes SQLite look up belongs to the plans.
    connection.pragma_update(None, "foreign_keys", "ON").unwrap();
    (directory, connection)
}

fn plan(connection: &Connection, name: &'static str, sql: &str) -> Plan {
    let explain = format!("EXPLAIN QUERY PLAN {sql}");
    let mut statement = connection.prepare(&explain).unwrap_or_else(|e| panic!("{name}: {e}"));
    let nulls = vec![Null; statement.parameter_count()];
    let mut rows = statement.query(rusqlite::params_from_iter(nulls)).unwrap();
    let mut plan = Plan { statement: name, lines: Vec::new(), triggers: BTreeMap::new() };
    let mut lines = &mut plan.lines;
    let mut depths: BTreeMap<i64, usize> = BTreeMap::new();
    while let Some(row) = rows.next().unwrap() {
        let (id, parent, detail): (i64, i64, String) =
            (row.get(0).unwrap(), row.get(1).unwrap(), row.get("detail").unwrap());
        if let Some(trigger) = detail.strip_prefix("-- TRIGGER ") {
            // Ids count anew in each trigger.
            depths.clear();
            lines = plan.triggers.entry(trigger.to_owned()).or_default();
            lines.clear();
            continue;
        }
        let depth = depths.get(&parent).map_or(0, |depth| depth + 1);
        depths.insert(id, depth);
        lines.push(format!("{}{detail}", "  ".repeat(depth)));
    }
    plan
}
