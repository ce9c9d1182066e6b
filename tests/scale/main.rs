//! Size: what a request costs in an organization of ten thousand is what it costs in one of a hundred.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod meter;
mod town;
#[path = "../model/world.rs"]
#[allow(dead_code, reason = "the model needs more of its world than this")]
mod world;

use latchkey_domain::command::{Acceptance, Command, Item, Judge, Limits, WantsTopRole};
use latchkey_domain::event::{Change, InvitationCreated};
use latchkey_domain::fresh::Fresh;
use latchkey_domain::{Email, InvitationId, MemberId, search};
use latchkey_ops::finish;
use latchkey_store::append::{Request, append};
use meter::Meter;
use serde_json::json;
use town::{LARGE, SMALL, found};
use world::{BEGINNING, DAY, World};

#[test]
fn quick() {
    let dir = tempfile::tempdir().unwrap();
    let mut world = World::new(Meter::open(&dir.path().join("town.db")), &["ada@example.com"]);
    world.sign_in(0, BEGINNING).unwrap();
    let t = std::time::Instant::now();
    let orgs = [SMALL, LARGE].map(|size| found(&mut world, "portal", size));
    println!("founded in {:?}", t.elapsed());
    for org in &orgs {
        for count in [1, 10, 100, 1000] {
            let mut items = Vec::new();
            for n in 0..count {
                let email = Email::parse(&format!("new{n}.{count}@example.org")).unwrap();
                let created = InvitationCreated {
                    email: email.typed().to_owned(),
                    email_key: email.key().to_owned(),
                    role: "member".to_owned(),
                    invited_by: MemberId::new(world.fresh.uuid()),
                    generation: 1,
                    key_id: "k1".to_owned(),
                    expires_at: BEGINNING + DAY,
                    project: None,
                    words: search::words(None, email.key()),
                };
                items.push(Item {
                    judge: Judge::Invite {
                        email_key: email.key().to_owned(),
                        wants_top_role: WantsTopRole::No,
                        replaces: None,
                        project: None,
                    },
                    seats: 1,
                    ..Item::plain(vec![Change::InvitationCreated(InvitationId::new(world.fresh.uuid()), created)])
                });
            }
            let command = Command {
                items,
                limits: Limits { seats_max: Some(100_000), acceptance: Acceptance::Each, ..Limits::default() },
                ..Command::of("invitation.create_many", Some(org.clone()), "x".to_owned())
            };
            let t = std::time::Instant::now();
            let sealed = world.seal(command, BEGINNING);
            let sealing = t.elapsed();
            world.db.spent();
            finish(append(
                &world.db,
                &sealed,
                &Request { principal: "p", idempotency_key: None, request_hash: "0" },
                &json!(null),
            ))
            .unwrap();
            println!("{count}: sealed {sealing:?} {:?}", world.db.spent());
        }
    }
}
