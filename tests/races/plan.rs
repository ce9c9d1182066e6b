//! Organizations on a plan that no route gives yet.

use std::sync::atomic::{AtomicU64, Ordering};

use latchkey_domain::event::Change;
use latchkey_domain::fresh::Fresh;
use latchkey_domain::secret::token_hash;
use latchkey_domain::{MemberId, OrgId, OrgName, decide};
use latchkey_ops::finish;
use latchkey_ops::sqlite::SqliteDb;
use latchkey_store::account;
use latchkey_store::append::{Appended, Request, append};
use latchkey_store::context::Ask;
use latchkey_testkit::{Caller, json};
use uuid::Uuid;

use crate::stage::Stage;

/// Identifiers that no other test of this process uses.
struct Counter;

impl Fresh for Counter {
    fn uuid(&mut self) -> Uuid {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        Uuid::from_u128(NEXT.fetch_add(1, Ordering::Relaxed).into())
    }

    fn salt(&mut self) -> [u8; 16] {
        self.uuid().into_bytes()
    }
}

impl Stage {
    /// Creates an organization that may have two owners, of which the creator is one: by the same decision and the same
    /// statement as `POST /v1/orgs`, with another plan.
    pub(crate) fn org_for_two_owners(&self, owner: &Caller) -> String {
        let db = SqliteDb::open(&self.app.database_path()).expect("the database opens");
        let now = std::time::SystemTime::UNIX_EPOCH.elapsed().expect("a clock").as_millis() as i64;
        let ask = Ask { token_hash: &token_hash(owner.token()), now, idempotency_key: None };
        let who = finish(account::me(&db, &ask)).expect("an answer").who.expect("a session");
        let (org, member) = (OrgId::new(Counter.uuid()), MemberId::new(Counter.uuid()));
        let name = OrgName::parse("Acme").expect("a name");
        let (mut command, _) =
            decide::org::create(&who, None, org.clone(), member, &name, "credentials").expect("a command");
        for change in command.items.iter_mut().flat_map(|item| &mut item.changes) {
            if let Change::OrgCreated(_, created) = change {
                created.plan = "professional".to_owned();
            }
        }
        let request = Request { principal: who.user.as_str(), idempotency_key: None, request_hash: "0" };
        let appended = finish(append(&db, &command.seal(now, &mut Counter), &request, &json!(null)));
        assert!(matches!(appended, Ok(Appended::At { version: 2, .. })), "{appended:?}");
        org.to_string()
    }
}
