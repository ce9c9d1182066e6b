//! The schema, embedded: ordered, checksummed in a ledger table, never edited once landed.
//!
//! Runs on a connection of its own, because a migration is the one thing that needs a transaction around statements.

use latchkey_domain::secret::hex;
use sha2::{Digest, Sha256};

use crate::context::text;
use crate::db::{Db, DbError, Value};

/// A numbered file of `migrations/`.
#[derive(Debug, Clone, Copy)]
pub struct Migration {
    pub number: i64,
    pub name: &'static str,
    pub sql: &'static str,
}

macro_rules! migrations {
    ($($number:literal $name:literal)*) => {
        /// All of them, in order.
        pub const MIGRATIONS: &[Migration] = &[
            $(Migration { number: $number, name: $name, sql: include_str!(concat!("../../../migrations/", $name, ".sql")) }),*
        ];
    };
}

migrations! {
    1 "0001_accounts"
    2 "0002_log"
    3 "0003_org"
    4 "0004_member"
    5 "0005_invitation"
    6 "0006_outbox"
    7 "0007_role"
    8 "0008_policy"
    9 "0009_seat"
    10 "0010_invite_link"
    11 "0011_project"
    12 "0012_settings"
    13 "0013_account"
    14 "0014_roster"
    15 "0015_membership"
    16 "0016_activity"
    17 "0017_api_key"
    18 "0018_checkpoint"
    19 "0019_history"
    20 "0020_restriction"
    21 "0021_oauth_client"
    22 "0022_mail"
    23 "0023_webhook"
    24 "0024_domain"
    25 "0025_identity"
    26 "0026_billing"
    27 "0027_session"
    28 "0028_identity_news"
}

/// Why the schema could not be brought up to date.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MigrationFault {
    #[error(transparent)]
    Db(#[from] DbError),
    /// What is in the database was made by another text than the one embedded here.
    #[error("migration {0} was edited after it had been applied; restore its text and add a new migration instead")]
    Edited(&'static str),
}

/// What [`ensure`] found and did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ensured {
    UpToDate,
    Applied(usize),
}

/// Applies what is missing, each migration in a transaction; safe to call from many instances at once.
///
/// # Errors
/// Of the store, or a migration that was edited.
pub async fn ensure(db: &impl Db, now: i64) -> Result<Ensured, MigrationFault> {
    let applied = match db.query(LEDGER, Vec::new()).await {
        Ok(rows) => rows,
        Err(DbError::Broken(message)) if message.contains("no such table") => Vec::new(),
        Err(fault) => return Err(fault.into()),
    };
    let missing = missing(&applied)?;
    if missing.is_empty() {
        return Ok(Ensured::UpToDate);
    }
    // libSQL refuses the pragma, and has its own journal: nothing is lost by asking in vain.
    drop(db.query("PRAGMA journal_mode = WAL", Vec::new()).await);
    db.query(CREATE_LEDGER, Vec::new()).await?;
    let mut count = 0;
    for migration in missing {
        count += apply(db, migration, now).await?;
    }
    Ok(Ensured::Applied(count))
}

/// Lower-case hex of SHA-256 over the file.
pub fn checksum(sql: &str) -> String {
    hex(&Sha256::digest(sql.as_bytes()))
}

/// The checksum that the list beside the files has for one of them, which a test keeps true: working them out again would be
/// much of what a fresh instance does.
fn listed(migration: &Migration) -> &'static str {
    const LIST: &str = include_str!("../../../migrations/checksums.txt");
    let lines = LIST.lines().filter_map(|line| line.split_once("  "));
    let mut sums = lines.filter(|(_, file)| file.strip_suffix(".sql") == Some(migration.name)).map(|(sum, _)| sum);
    sums.next().unwrap_or_default()
}

/// The statements of a file, one by one: the runtime runs only the first of a string. Knows comments, quotes, and that a
/// trigger's body has semicolons of its own between BEGIN and END.
pub fn split(sql: &str) -> Vec<&str> {
    let mut statements = Vec::new();
    let (mut start, mut depth, mut at) = (0, 0_u32, 0);
    while let Some(rest) = sql.get(at..).filter(|r| !r.is_empty()) {
        let (token, len) = token(rest);
        at += len;
        match token {
            Token::Opens => depth += 1,
            Token::Closes => depth = depth.saturating_sub(1),
            Token::Semicolon if depth == 0 => {
                statements.extend(sql.get(start..at));
                start = at;
            }
            Token::Semicolon | Token::Other => {}
        }
    }
    statements.extend(sql.get(start..));
    statements.into_iter().map(without_leading_comments).filter(|s| !s.is_empty()).collect()
}

enum Token {
    /// BEGIN or CASE.
    Opens,
    /// END.
    Closes,
    Semicolon,
    Other,
}

fn token(rest: &str) -> (Token, usize) {
    let until = |needle: &str, skip: usize| {
        rest.get(skip..).and_then(|r| r.find(needle)).map_or(rest.len(), |i| skip + i + needle.len())
    };
    let first = rest.chars().next().unwrap_or(' ');
    match first {
        '-' if rest.starts_with("--") => (Token::Other, until("\n", 2)),
        '/' if rest.starts_with("/*") => (Token::Other, until("*/", 2)),
        '\'' => (Token::Other, until("'", 1)),
        '"' => (Token::Other, until("\"", 1)),
        ';' => (Token::Semicolon, 1),
        c if c.is_ascii_alphabetic() || c == '_' => {
            let len = rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(rest.len());
            let word = rest.get(..len).unwrap_or_default();
            let is = |keyword: &str| word.eq_ignore_ascii_case(keyword);
            let token = if is("BEGIN") || is("CASE") {
                Token::Opens
            } else if is("END") {
                Token::Closes
            } else {
                Token::Other
            };
            (token, len)
        }
        c => (Token::Other, c.len_utf8()),
    }
}

fn without_leading_comments(mut statement: &str) -> &str {
    loop {
        statement = statement.trim();
        match statement.strip_prefix("--") {
            Some(comment) => statement = comment.split_once('\n').map_or("", |(_, rest)| rest),
            None => return statement,
        }
    }
}

fn missing(applied: &[crate::db::Row]) -> Result<Vec<&'static Migration>, MigrationFault> {
    let mut missing = Vec::new();
    for migration in MIGRATIONS {
        let row = applied.iter().find(|row| row.first() == Some(&Value::Integer(migration.number)));
        match row.and_then(|row| row.get(1)) {
            None => missing.push(migration),
            Some(Value::Text(sum)) if sum == listed(migration) || *sum == checksum(migration.sql) => {}
            Some(_) => return Err(MigrationFault::Edited(migration.name)),
        }
    }
    Ok(missing)
}

async fn apply(db: &impl Db, migration: &Migration, now: i64) -> Result<usize, DbError> {
    // Taking the write lock first makes the look at the ledger current: of many instances exactly one finds it missing.
    db.query("BEGIN IMMEDIATE", Vec::new()).await?;
    let result = apply_in_transaction(db, migration, now).await;
    match &result {
        Ok(_) => db.query("COMMIT", Vec::new()).await.map(drop)?,
        Err(_) => drop(db.query("ROLLBACK", Vec::new()).await),
    }
    result
}

async fn apply_in_transaction(db: &impl Db, migration: &Migration, now: i64) -> Result<usize, DbError> {
    let number = Value::Integer(migration.number);
    if !db.query("SELECT 1 FROM migration WHERE number = +?1", vec![number.clone()]).await?.is_empty() {
        return Ok(0);
    }
    for statement in split(migration.sql) {
        db.query(statement, Vec::new()).await?;
    }
    let row = vec![number, text(migration.name), text(checksum(migration.sql)), Value::Integer(now)];
    db.query("INSERT INTO migration (number, name, checksum, applied_at) VALUES (?1, ?2, ?3, ?4)", row).await?;
    Ok(1)
}

/// What has been applied. The first statement of every fresh instance.
pub const LEDGER: &str = "SELECT number, checksum FROM migration ORDER BY number";

const CREATE_LEDGER: &str = "\
CREATE TABLE IF NOT EXISTS migration (number INTEGER PRIMARY KEY, name TEXT NOT NULL, checksum TEXT NOT NULL, applied_at INTEGER NOT NULL) STRICT";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_split_where_its_statements_end_and_nowhere_else() {
        let sql = "-- one; not a statement\nCREATE TABLE a (b TEXT DEFAULT ';'); /* ; */\nCREATE TRIGGER t AFTER INSERT ON a BEGIN\n  \
                   SELECT CASE WHEN 1 THEN 2 END; -- END;\n  DELETE FROM a;\nEND;\n\nSELECT 'it''s; fine'\n";
        let statements = split(sql);
        assert_eq!(statements.len(), 3, "{statements:#?}");
        assert!(
            statements
                .iter()
                .zip(["CREATE TABLE", "/* ; */\nCREATE TRIGGER", "SELECT 'it"])
                .all(|(s, start)| s.starts_with(start))
        );
    }

    #[test]
    fn migrations_are_numbered_one_by_one_and_named_by_their_number() {
        for (i, migration) in MIGRATIONS.iter().enumerate() {
            assert_eq!(Ok(migration.number), i64::try_from(i + 1));
            assert!(migration.name.starts_with(&format!("{:04}_", migration.number)));
            assert!(!split(migration.sql).is_empty());
        }
    }
}
