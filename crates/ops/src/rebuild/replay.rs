//! The triggers, asked again: the accounts and the events go into an empty database, and the tables are compared.

use latchkey_store::db::{DbError, Value};
use serde_json::Value as Json;

use super::{Report, differing_columns, text};
use crate::sqlite::SqliteDb;

/// A table that the triggers write.
struct Table {
    name: &'static str,
    /// The column that says whose row it is.
    org: &'static str,
    /// The columns that identify a row.
    key: &'static [&'static str],
    /// The columns that tell what became of the row since, which is no matter of the log.
    left_out: &'static [&'static str],
    /// Which rows the log tells of, as a condition.
    rows: &'static str,
}

/// The log tells of every row.
const ALL: &str = "1";

const TABLES: &[Table] = &[
    Table { name: "org", org: "id", key: &["id"], left_out: &[], rows: ALL },
    Table { name: "member", org: "org_id", key: &["id"], left_out: &[], rows: ALL },
    Table { name: "invitation", org: "org_id", key: &["id"], left_out: &[], rows: ALL },
    Table { name: "role_use", org: "org_id", key: &["org_id", "role"], left_out: &[], rows: ALL },
    Table { name: "invite_link", org: "org_id", key: &["id"], left_out: &[], rows: ALL },
    Table { name: "project", org: "org_id", key: &["id"], left_out: &[], rows: ALL },
    Table { name: "project_member", org: "org_id", key: &["id"], left_out: &[], rows: ALL },
    Table { name: "api_key", org: "org_id", key: &["id"], left_out: &[], rows: ALL },
    Table { name: "api_key_secret", org: "org_id", key: &["id"], left_out: &[], rows: ALL },
    Table { name: "org_count", org: "org_id", key: &["org_id", "version"], left_out: &[], rows: ALL },
    Table {
        name: "restriction",
        org: "org_id",
        key: &["member_id", "permission", "resource_id"],
        left_out: &[],
        rows: ALL,
    },
    Table { name: "oauth_client", org: "org_id", key: &["id"], left_out: &[], rows: ALL },
    Table { name: "webhook", org: "org_id", key: &["id"], left_out: &[], rows: ALL },
    Table { name: "oauth_client_secret", org: "org_id", key: &["id"], left_out: &[], rows: ALL },
    Table { name: "org_domain", org: "org_id", key: &["id"], left_out: &[], rows: ALL },
    Table { name: "join_request", org: "org_id", key: &["id"], left_out: &[], rows: ALL },
    Table {
        name: "domain_check",
        org: "org_id",
        key: &["domain_id"],
        left_out: &["due_at", "checked_at", "failing_since", "trouble"],
        rows: ALL,
    },
    Table { name: "roster_word", org: "org_id", key: &["org_id", "word", "entry_id"], left_out: &[], rows: ALL },
    Table { name: "event_project", org: "org_id", key: &["org_id", "project_id", "version"], left_out: &[], rows: ALL },
    Table { name: "person_word", org: "org_id", key: &["org_id", "word", "member_id"], left_out: &[], rows: ALL },
    Table { name: "activity_sweep", org: "org_id", key: &["org_id"], left_out: &["due_at"], rows: ALL },
    Table {
        name: "outbox",
        org: "org_id",
        key: &["id"],
        left_out: &["state", "attempts", "retries", "next_at", "lease", "last_error", "provider_id", "sent_at"],
        // These say in the log who they go to. Others go to whoever has an address, or a role, on the day.
        rows: "kind IN ('invitation', 'sign_in_code')",
    },
];

/// What the events refer to and are not made of: copied as it is, before them.
const COPIED: &[&str] = &["policy", "user", "sign_in_code"];

/// Makes the list of the organizations that are left out, because their logs do not fold.
pub(super) fn prepare(db: &SqliteDb) -> Result<(), DbError> {
    db.run("CREATE TEMP TABLE unfoldable (org_id TEXT PRIMARY KEY) WITHOUT ROWID", Vec::new()).map(drop)
}

pub(super) fn check(db: &SqliteDb, report: &mut Report) -> Result<(), DbError> {
    // Organizations come one after the other here, not as they lived: somebody who changed from one exclusive organization to
    // another is in both for a while. That they are in one now is what the live database's own index says.
    db.run("DROP INDEX main.member_exclusive", Vec::new())?;
    // So is a domain that changed hands.
    db.run("DROP INDEX main.org_domain_verified", Vec::new())?;
    for table in COPIED {
        db.run(&format!("INSERT INTO main.{table} SELECT * FROM live.{table}"), Vec::new())?;
    }
    let orgs = "SELECT DISTINCT org_id FROM live.event WHERE org_id NOT IN (SELECT org_id FROM temp.unfoldable)";
    for row in db.run(orgs, Vec::new())? {
        let org = text(row.first());
        // One organization at a time, so that a log the triggers refuse is named and the others still compare.
        let copy = "INSERT INTO main.event SELECT * FROM live.event WHERE org_id = ?1 ORDER BY version";
        if let Err(fault) = db.run(copy, vec![Value::Text(org.clone())]) {
            report.differences.add(format!("the triggers do not take the log of {org} again: {fault}"));
            db.run("INSERT INTO temp.unfoldable (org_id) VALUES (?1)", vec![Value::Text(org)])?;
        }
    }
    TABLES.iter().try_for_each(|table| compare(db, table, report))
}

fn compare(db: &SqliteDb, table: &Table, report: &mut Report) -> Result<(), DbError> {
    let sql = "SELECT name FROM pragma_table_info(?1, 'main') ORDER BY cid";
    let rows = db.run(sql, vec![Value::Text(table.name.to_owned())])?;
    let columns: Vec<String> = rows.iter().map(|row| text(row.first())).collect();
    let columns: Vec<&str> = columns.iter().map(String::as_str).filter(|c| !table.left_out.contains(c)).collect();
    let pairs: Vec<String> = columns.iter().map(|c| format!("'{c}', x.{c}")).collect();
    let (pairs, list, name) = (pairs.join(", "), columns.join(", "), table.name);
    let rows_of = |schema: &str| {
        // A mail that belongs to no organization stays in the comparison.
        let kept = format!("coalesce({}, '') NOT IN (SELECT org_id FROM temp.unfoldable)", table.org);
        format!("SELECT {list} FROM {schema}.{name} WHERE {kept} AND {}", table.rows)
    };
    let row_at = |schema: &str| {
        let on: Vec<String> = table.key.iter().map(|k| format!("x.{k} = d.{k}")).collect();
        format!("(SELECT json_object({pairs}) FROM {schema}.{name} x WHERE {})", on.join(" AND "))
    };
    let key = table.key.join(", ");
    let shown = table.key.join(" || ' ' || ");
    let sql = format!(
        "WITH d AS (SELECT DISTINCT {key} FROM (\
           SELECT * FROM ({live} EXCEPT {main}) UNION ALL SELECT * FROM ({main} EXCEPT {live}))) \
         SELECT {shown}, {live_row}, {main_row} FROM d ORDER BY {key}",
        live = rows_of("live"),
        main = rows_of("main"),
        live_row = row_at("live"),
        main_row = row_at("main"),
    );
    db.each(&sql, Vec::new(), |row| {
        let side = |column: usize| serde_json::from_str(&text(row.get(column))).ok();
        let (present, rebuilt): (Option<Json>, Option<Json>) = (side(1), side(2));
        let id = text(row.first());
        report.differences.add(match (present, rebuilt) {
            (Some(_), None) => format!("{name} {id} is there, though nothing in the log made it"),
            (None, Some(_)) => format!("{name} {id} is missing, though the log made it"),
            (present, rebuilt) => {
                let (present, rebuilt) = (present.unwrap_or_default(), rebuilt.unwrap_or_default());
                format!("{name} {id}: {}", differing_columns(&present, &rebuilt).unwrap_or_default())
            }
        });
        Ok(())
    })
}
