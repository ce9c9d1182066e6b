#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]
use std::future::Future;
use std::task::{Context, Poll, Waker};

use latchkey_domain::command::NewSession;
use latchkey_domain::facts::Actor;
use latchkey_domain::fresh::Fresh;
use latchkey_domain::*;
use latchkey_ops::sqlite::SqliteDb;
use latchkey_store::append::{Appended, Request, append};
use latchkey_store::context::Ask;
use latchkey_store::{account, invitation, member, migrations, org};
use uuid::Uuid;

fn now<T>(f: impl Future<Output = T>) -> T {
    let mut f = std::pin::pin!(f);
    match f.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(t) => t,
        Poll::Pending => panic!("pending"),
    }
}
struct Counter(u128);
impl Fresh for Counter {
    fn uuid(&mut self) -> Uuid { self.0 += 1; Uuid::from_u128(self.0) }
    fn salt(&mut self) -> [u8; 16] { [7; 16] }
}

#[test]
fn smoke() {
    let db = SqliteDb::in_memory().unwrap();
    println!("{:?}", now(migrations::ensure(&db, 1)));
    println!("{:?}", now(migrations::ensure(&db, 1)));
    for (name, sql) in latchkey_store::statements::ALL {
        let r = (0..16).find_map(|n| db.run(&format!("EXPLAIN QUERY PLAN {sql}"), vec![latchkey_store::db::Value::Null; n]).ok()).ok_or("none");
        match r { Ok(rows) => { println!("== {name}"); for r in rows { println!("   {:?}", r[3]); } } Err(e) => println!("== {name} ERR {e}") }
    }
    let mut fresh = Counter(1);
    let email = Email::parse("ada@example.com").unwrap();
    let code = ChallengeId::new(fresh.uuid());
    now(account::send_code(&db, &account::NewCode { id: &code, email: &email, key_id: "k", now: 10, expires_at: 1000 }, account::CodeRate { codes_max: 5, window_ms: 100 })).unwrap();
    println!("{:?}", now(account::count_try(&db, &code, 11, 5)).unwrap());
    let session = NewSession { id: SessionId::new(fresh.uuid()), token_hash: "h".into(), user_id: UserId::new(fresh.uuid()), expires_at: 100000 };
    println!("{:?}", now(account::sign_in(&db, &code, &session, &search::words(None, &email), 12)).unwrap());
    println!("{:?}", now(account::sign_in(&db, &code, &session, &search::words(None, &email), 12)));
    let ask = Ask { token_hash: "h", now: 20, idempotency_key: Some("a") };
    let me = now(account::me(&db, &ask)).unwrap();
    println!("{me:?}");
    let who = me.who.unwrap();
    let org_id = OrgId::new(fresh.uuid());
    let c = decide::org::create(&who, org_id.clone(), MemberId::new(fresh.uuid()), &OrgName::parse("Acme").unwrap(), "credentials").unwrap().seal(20, &mut fresh);
    let req = Request { principal: who.user.as_str(), idempotency_key: Some("a"), request_hash: "r" };
    println!("{:?}", now(append(&db, &c, &req, &serde_json::json!({"x":1}))));
    println!("{:?}", now(append(&db, &c, &req, &serde_json::json!({"x":1}))));
    println!("{:?}", now(account::me(&db, &ask)).unwrap().replay);
    let ctx = now(invitation::address(&db, &ask, &org_id, &Email::parse("bob@example.com").unwrap())).unwrap();
    let (actor, facts): (Actor, _) = ctx.into_actor(20).unwrap();
    let bob = Email::parse("Bob@Example.com").unwrap();
    let id = InvitationId::new(fresh.uuid());
    let (c, _) = decide::invitation::create(&actor, &decide::invitation::Create { id, email: &bob, role: &RoleName::parse("admin").unwrap(), key_id: "k" }, facts.member.as_ref(), facts.open.as_ref()).unwrap();
    let sealed = c.clone().seal(21, &mut fresh);
    let req = Request { principal: who.user.as_str(), idempotency_key: None, request_hash: "r" };
    assert_eq!(now(append(&db, &sealed, &req, &serde_json::json!({}))), Ok(Appended::At { version: 3 }));
    let again = c.seal(22, &mut fresh);
    assert_eq!(now(append(&db, &again, &req, &serde_json::json!({}))), Ok(Appended::Stale));
    println!("{:?}", now(member::list(&db, &ask, &org_id, &member::List { listed: member::Listed::ActiveAndPending, search: Some("EXAMP"), after: 0, limit: 50 })).unwrap().facts);
    println!("{:?}", now(org::mine(&db, &ask, None, 50)).unwrap().facts);
    println!("{:?}", now(latchkey_store::audit::list(&db, &ask, &org_id, &Default::default(), None, 50)).unwrap().facts);
    println!("{:?}", now(latchkey_store::dispatch::newest_mails(&db, 50)).unwrap());
}
