//! Fills a database: accounts, sessions and events are inserted, and the service's own triggers make the state of them,
//! so that what is measured is what a service of that age would hold. The log is good: `latchkey-ops rebuild --check`
//! says so.

use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use latchkey_domain::event::{
    ApiKeyCreated, ApiKeySecret, Change, InvitationCreated, MemberJoined, OrgCreated, RoleChanged,
};
use latchkey_domain::leaf::{Entry, data_hash};
use latchkey_domain::policy::{self, Preset};
use latchkey_domain::secret::{hex, token_hash};
use latchkey_domain::{ApiKeyId, InvitationId, MemberId, OrgId, UserId, search};
use latchkey_ops::migrate::migrate;
use rusqlite::{Connection, params};

use crate::failure::{Failure, Outcome};
use crate::names::{self, BEGINNING, Kind, uuid};
use crate::scale::{KEYS, SMALL_MEMBERS, Scale};

/// The rules of the organizations: no seats that could run out, a log that its administrators read.
const POLICY: &str = "platform";

/// Rows of one transaction.
const ROWS_AT_ONCE: usize = 100_000;

/// Only the log's reading needs these: made in one go, they take a fraction of the time.
const LATE_INDEXES: [&str; 4] = ["event_by_actor", "event_by_type", "event_by_target", "event_by_time"];

const DAY: i64 = 24 * 60 * 60 * 1000;
const FIRST: [&str; 10] = ["Ada", "Bob", "Cem", "Dora", "Eve", "Fay", "Gus", "Hal", "Ida", "Jan"];
const LAST: [&str; 10] = ["Adler", "Brand", "Curie", "Darwin", "Euler", "Frank", "Gauss", "Hopper", "Ising", "Jung"];

/// Fills the database file, which is made.
///
/// # Errors
/// The file exists, or SQLite refuses something.
pub(crate) fn seed(file: &Path, scale: &Scale) -> Outcome<()> {
    if file.exists() {
        return Err(Failure::new(format!("{} exists already.", file.display())));
    }
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let now = i64::try_from(now.as_millis()).unwrap_or(i64::MAX);
    migrate(file, now)?;
    let connection = Connection::open(file)?;
    // A machine that fails now loses a database that can be made again.
    connection.execute_batch(
        "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -1000000; PRAGMA temp_store = MEMORY;
         PRAGMA foreign_keys = OFF;",
    )?;
    connection.set_prepared_statement_cache_capacity(64);
    let late = taken_away(&connection)?;
    let mut seeder = Seeder { connection: &connection, now, rows: 0, preset: preset()? };
    seeder.run(scale)?;
    for index in late {
        connection.execute_batch(&index)?;
    }
    connection.execute_batch("PRAGMA journal_mode = WAL")?;
    Ok(())
}

fn preset() -> Outcome<&'static Preset> {
    policy::preset(POLICY).ok_or_else(|| Failure::new(format!("There is no policy {POLICY}.")))
}

/// Drops the indexes that can come late, and answers with their text.
fn taken_away(connection: &Connection) -> Outcome<Vec<String>> {
    let mut texts = Vec::new();
    for name in LATE_INDEXES {
        let sql = "SELECT sql FROM sqlite_schema WHERE type = 'index' AND name = ?1";
        texts.push(connection.query_row(sql, [name], |row| row.get(0))?);
        connection.execute_batch(&format!("DROP INDEX {name}"))?;
    }
    Ok(texts)
}

struct Seeder<'a> {
    connection: &'a Connection,
    now: i64,
    rows: usize,
    preset: &'static Preset,
}

/// How much there is in an organization.
#[derive(Clone, Copy)]
struct Size {
    members: usize,
    /// Entries of the log, without those of the invitations and the keys.
    rows: usize,
    invitations: usize,
    keys: usize,
}

impl Size {
    fn events(&self) -> usize {
        self.rows + self.invitations + self.keys
    }
}

/// An organization that is being written, with its place among all of them.
struct Org {
    n: usize,
    id: OrgId,
    /// The number of its first person among all of them.
    first: usize,
    members: usize,
    version: usize,
    /// Between two events of its log.
    step: i64,
    events: usize,
}

impl Seeder<'_> {
    fn run(&mut self, scale: &Scale) -> Outcome<()> {
        self.connection.execute_batch("BEGIN")?;
        self.connection
            .prepare_cached("INSERT OR IGNORE INTO policy (hash, document) VALUES (?1, ?2)")?
            .execute(params![self.preset.hash, self.preset.document])?;
        for n in 0..scale.members() {
            self.person(Kind::User, Kind::Session, n, &names::token(n))?;
        }
        for n in 0..scale.invitations {
            self.person(Kind::InvitedUser, Kind::InvitedSession, n, &names::invited_token(n))?;
        }
        let mut events = 0;
        let (members, rows, invitations, keys) = (scale.large_members, scale.large_rows, scale.invitations, KEYS);
        let large = Size { members, rows, invitations, keys };
        let small = Size { members: SMALL_MEMBERS, rows: scale.small_rows, invitations: 0, keys: 0 };
        let sizes = std::iter::once(large).chain(std::iter::repeat_n(small, scale.small_orgs));
        let mut first = 0;
        for (n, size) in sizes.enumerate() {
            let id = OrgId::new(uuid(Kind::Org, n));
            let step = ((self.now - DAY - BEGINNING) / size.events().max(1) as i64).max(1);
            self.org(Org { n, id, first, members: size.members, version: 0, step, events }, size)?;
            first += size.members;
            events += size.events();
        }
        self.connection.execute_batch("COMMIT")?;
        Ok(())
    }

    fn person(&mut self, user: Kind, session: Kind, n: usize, token: &str) -> Outcome<()> {
        let id = UserId::new(uuid(user, n));
        let (email, name) = (email(user, n), display_name(n));
        let words = serde_json::Value::from(search::words(Some(&name), &email)).to_string();
        let sort_name = search::sort_name(Some(&name), &email);
        self.connection
            .prepare_cached(
                "INSERT INTO user (id, email, email_key, display_name, words, sort_name, created_at, signed_in_at) \
                 VALUES (?1, ?2, ?2, ?3, ?4, ?5, ?6, ?6)",
            )?
            .execute(params![id.as_str(), email, name, words, sort_name, BEGINNING])?;
        self.connection
            .prepare_cached(
                "INSERT INTO session (token_hash, id, user_id, created_at, expires_at) VALUES (?1, ?2, ?3, ?4, ?5)",
            )?
            .execute(params![
                token_hash(token),
                format!("ses_{}", uuid(session, n).simple()),
                id.as_str(),
                self.now,
                self.now + 300 * DAY
            ])?;
        self.counted()
    }

    /// The organization's log: its beginning, its members, those who are invited, and roles that change to and fro.
    fn org(&mut self, mut org: Org, size: Size) -> Outcome<()> {
        let rules = policy::load(self.preset.hash, None).map_err(|fault| Failure::new(fault.to_string()))?;
        let top = rules.top_role_name().to_owned();
        let created = OrgCreated {
            name: format!("Organization {}", org.n),
            policy: POLICY.to_owned(),
            policy_hash: self.preset.hash.to_owned(),
            top_role: top.clone(),
            plan: rules.first_plan_name().to_owned(),
            exclusive: false,
            emails_off: false,
            billed_owner: None,
        };
        let id = org.id.clone();
        self.event(&mut org, 0, &Change::OrgCreated(id, created))?;
        let (high, low) = ("developer", "viewer");
        for n in 0..org.members {
            let role = if n == 0 { top.as_str() } else { low };
            let user = UserId::new(uuid(Kind::User, org.first + n));
            let joined = MemberJoined::founding(user, role.to_owned());
            let member = org.member(n);
            self.event(&mut org, n, &Change::MemberJoined(member, joined))?;
        }
        for n in 0..size.keys {
            let key = ApiKeyCreated {
                member: org.member(0),
                created_by: org.member(0),
                name: format!("Key {n}"),
                secret: ApiKeySecret {
                    generation: 1,
                    key_id: "bench".to_owned(),
                    label: names::key_label(n),
                    token_hash: token_hash(&names::key_text(n)),
                },
                scopes: None,
                project: None,
                expires_at: None,
                rate: None,
            };
            self.event(&mut org, 0, &Change::ApiKeyCreated(ApiKeyId::new(uuid(Kind::Key, n)), key))?;
        }
        for n in 0..size.invitations {
            let email = email(Kind::InvitedUser, n);
            let created = InvitationCreated {
                words: search::words(None, &email),
                email_key: email.clone(),
                email,
                role: low.to_owned(),
                invited_by: org.member(0),
                generation: 1,
                key_id: "bench".to_owned(),
                expires_at: self.now + 300 * DAY,
                project: None,
            };
            let id = InvitationId::new(uuid(Kind::Invitation, n));
            self.event(&mut org, 0, &Change::InvitationCreated(id, created))?;
        }
        // Every member but the first in turn: up, and down again in the next round.
        let others = org.members.saturating_sub(1).max(1);
        for n in 0..size.events().saturating_sub(org.version) {
            let is_up = (n / others).is_multiple_of(2);
            let (role, was) = if is_up { (high, low) } else { (low, high) };
            let changed = RoleChanged { role: role.to_owned(), was: was.to_owned() };
            let member = org.member(1 + n % others);
            let actor = n * 7 % org.members;
            self.event(&mut org, actor, &Change::MemberRoleChanged(member, changed))?;
        }
        self.command(&org)
    }

    /// All of an organization's log came by one request, as it were.
    fn command(&self, org: &Org) -> Outcome<()> {
        self.connection
            .prepare_cached(
                "INSERT INTO command (id, org_id, principal, request_hash, kind, at, premises, outcomes, reply, first_version, \
                 event_count) VALUES (?1, ?2, 'seed', '', 'seed', ?3, '[]', '[]', 'null', 1, ?4)",
            )?
            .execute(params![org.command(), org.id.as_str(), BEGINNING, org.version as i64])?;
        Ok(())
    }

    fn event(&mut self, org: &mut Org, actor: usize, change: &Change) -> Outcome<()> {
        org.version += 1;
        let n = org.events + org.version;
        let id = format!("evt_{}", uuid(Kind::Event, n).simple());
        let salt = uuid(Kind::Event, n).into_bytes();
        let data = change.data();
        let data_hash = data_hash(&salt, &data);
        let actor = UserId::new(uuid(Kind::User, org.first + actor));
        let at = BEGINNING + org.version as i64 * org.step;
        let entry = Entry {
            org: org.id.as_str(),
            event: &id,
            at,
            actor: actor.as_str(),
            kind: change.kind(),
            target: change.target(),
            data_hash: &data_hash,
        };
        self.connection
            .prepare_cached(
                "INSERT INTO event (org_id, version, id, command_id, type, at, effective_at, actor, target, data, salt, \
                 data_hash, leaf) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
            )?
            .execute(params![
                entry.org,
                org.version as i64,
                id,
                org.command(),
                entry.kind,
                at,
                entry.actor,
                entry.target,
                data,
                hex(&salt),
                data_hash,
                entry.leaf_hash(),
            ])?;
        self.counted()
    }

    fn counted(&mut self) -> Outcome<()> {
        self.rows += 1;
        if self.rows.is_multiple_of(ROWS_AT_ONCE) {
            self.connection.execute_batch("COMMIT; BEGIN")?;
        }
        Ok(())
    }
}

impl Org {
    fn command(&self) -> String {
        format!("cmd_{}", uuid(Kind::Command, self.n).simple())
    }

    fn member(&self, n: usize) -> MemberId {
        MemberId::new(uuid(Kind::Member, self.first + n))
    }
}

fn email(kind: Kind, n: usize) -> String {
    match kind {
        Kind::InvitedUser => format!("invited{n}@example.net"),
        _ => format!("person{n}@example.com"),
    }
}

fn display_name(n: usize) -> String {
    let name = |names: &[&str], n: usize| names.get(n % names.len()).copied().unwrap_or_default().to_owned();
    format!("{} {} {n}", name(&FIRST, n), name(&LAST, n / FIRST.len()))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn the_state_of_a_seeded_database_is_what_its_log_says() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("seeded.db");
        let scale =
            Scale { name: "tiny", large_members: 30, large_rows: 200, small_orgs: 2, small_rows: 50, invitations: 10 };
        seed(&file, &scale).unwrap();
        let report = latchkey_ops::rebuild::check(&file).unwrap();
        assert!(report.is_equal(), "{report:#?}");
        assert_eq!((report.organizations, report.events), (3, 200 + 10 + KEYS as u64 + 2 * 50));
        assert!(seed(&file, &scale).is_err(), "what is there is not overwritten");
    }
}
