//! People and organizations on a database, asked through the same calls as the components make: read the context,
//! decide, append.

use std::collections::BTreeMap;

use latchkey_domain::command::{Command, NewSession, Sealed};
use latchkey_domain::fresh::Fresh;
use latchkey_domain::secret::token_hash;
use latchkey_domain::{ChallengeId, Email, SessionId, UserId, search};
use latchkey_ops::finish;
use latchkey_store::append::{Appended, Request, append, append_several};
use latchkey_store::db::{Db, DbError, Row, Value};
use latchkey_store::{account, migrations};
use serde_json::json;
use uuid::Uuid;

pub(crate) const SECOND: i64 = 1000;
pub(crate) const DAY: i64 = 24 * 60 * 60 * SECOND;
/// When every world begins: 2026-01-01.
pub(crate) const BEGINNING: i64 = 1_767_225_600_000;

/// Identifiers and salts that are the same in every run.
pub(crate) struct Counter(pub(crate) u128);

impl Fresh for Counter {
    fn uuid(&mut self) -> Uuid {
        self.0 += 1;
        Uuid::from_u128(self.0)
    }

    fn salt(&mut self) -> [u8; 16] {
        self.uuid().into_bytes()
    }
}

/// Somebody with an address, and perhaps an account and a session.
pub(crate) struct Person {
    pub(crate) email: Email,
    /// The hash of the present session's token; empty when there is none.
    pub(crate) token_hash: String,
}

pub(crate) struct World<D> {
    pub(crate) db: D,
    pub(crate) fresh: Counter,
    pub(crate) people: Vec<Person>,
}

impl<D: Db> World<D> {
    /// An empty service, known to the people with these addresses.
    pub(crate) fn new(db: D, addresses: &[&str]) -> Self {
        finish(migrations::ensure(&db, BEGINNING)).unwrap();
        let person = |text: &&str| Person { email: Email::parse(text).unwrap(), token_hash: String::new() };
        Self { db, fresh: Counter(0), people: addresses.iter().map(person).collect() }
    }

    /// A session that a sign-in or an acceptance may open, for the account that would be made with it.
    pub(crate) fn new_session(&mut self, now: i64) -> NewSession {
        let id = SessionId::new(self.fresh.uuid());
        NewSession {
            token_hash: token_hash(id.as_str()),
            user_id: UserId::new(self.fresh.uuid()),
            expires_at: now + 300 * DAY,
            id,
        }
    }

    /// Signs the person in by a mailed code, as the session component does.
    pub(crate) fn sign_in(&mut self, who: usize, now: i64) -> Option<account::SignedIn> {
        let code = ChallengeId::new(self.fresh.uuid());
        let session = self.new_session(now);
        let person = &mut self.people[who];
        let new = account::NewCode {
            id: &code,
            email: &person.email,
            client: "",
            key_id: "k1",
            now,
            expires_at: now + 600 * SECOND,
        };
        let rate = account::CodeRate { codes_max: 5, codes_per_client_max: 5, window_ms: 600 * SECOND };
        if finish(account::send_code(&self.db, &new, rate)).unwrap() == account::CodeSent::TooMany {
            return None;
        }
        let counted = finish(account::count_try(&self.db, &code, now, 5)).unwrap().unwrap();
        assert_eq!((counted.email_key.as_str(), counted.tries), (person.email.key(), 1));
        let words = search::words(None, person.email.key());
        let signed_in = finish(account::sign_in(&self.db, &code, &session, &words, now)).unwrap();
        person.token_hash = session.token_hash;
        signed_in
    }

    /// Ends the person's session.
    pub(crate) fn sign_out(&mut self, who: usize, now: i64) {
        let hash = std::mem::take(&mut self.people[who].token_hash);
        finish(account::sign_out(&self.db, &hash, now)).unwrap();
    }

    pub(crate) fn seal(&mut self, command: Command, at: i64) -> Sealed {
        command.seal(at, &mut self.fresh)
    }

    /// Appends, and sees to it that "stale" means that nothing happened.
    pub(crate) fn append(&self, command: &Sealed, principal: &str, key: Option<&str>) -> Appended {
        let request = Request { principal, idempotency_key: key, request_hash: "0", client: None };
        let before = self.dump();
        let appended = match finish(append(&self.db, command, &request, &json!({ "kind": command.kind }))) {
            // What nobody decides, a column's own CHECK may refuse before a fold does.
            Err(DbError::Broken(fault)) if command.kind == "forged" && fault.starts_with("CHECK ") => Appended::Stale,
            appended => appended.unwrap(),
        };
        if appended == Appended::Stale {
            assert_eq!(before, self.dump(), "a stale command left something behind");
        }
        appended
    }

    /// Appends several commands at once, and sees to the same.
    pub(crate) fn append_several(&self, commands: &[Sealed], principal: &str) -> Appended {
        let request = Request { principal, idempotency_key: None, request_hash: "0", client: None };
        let before = self.dump();
        let appended = finish(append_several(&self.db, commands, &request, &json!(null))).unwrap();
        if appended == Appended::Stale {
            assert_eq!(before, self.dump(), "stale commands left something behind");
        }
        appended
    }

    /// Every row of every table.
    pub(crate) fn dump(&self) -> BTreeMap<String, Vec<Row>> {
        let sql = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite!_%' ESCAPE '!' \
                   AND name NOT LIKE 'libsql!_%' ESCAPE '!'";
        let tables = self.rows(sql, Vec::new());
        let names = tables.into_iter().flatten().map(|value| match value {
            Value::Text(name) => name,
            other => panic!("a table is called {other:?}"),
        });
        names.map(|name| (name.clone(), self.rows(&format!("SELECT * FROM {name}"), Vec::new()))).collect()
    }

    pub(crate) fn rows(&self, sql: &str, params: Vec<Value>) -> Vec<Row> {
        finish(self.db.query(sql, params)).unwrap()
    }
}
