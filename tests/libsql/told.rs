//! What identity providers tell of their users.

use latchkey_domain::command::IDENTITY;
use latchkey_domain::decide::identity::{Settlement, settle};
use latchkey_domain::fresh::Fresh;
use latchkey_domain::identity::{News, Parked, Rank, Said};
use latchkey_domain::{Email, UserId};
use latchkey_ops::finish;
use latchkey_store::append::{Request, append_several};
use latchkey_store::db::Db;
use latchkey_store::{identity_news as store, joining};

use crate::scenario::Scenario;
use crate::world::{BEGINNING, DAY};

const NOW: i64 = BEGINNING + 41 * DAY;

/// A user as they are; `None` once they are deleted.
fn news(subject: &str, at: i64, email: Option<&Email>) -> News {
    let rank = if email.is_some() { Rank::Change } else { Rank::End };
    let said = email.map(|email| Said {
        email: email.typed().to_owned(),
        email_key: email.key().to_owned(),
        is_verified: true,
        names: true,
        name: Some("Told".to_owned()),
    });
    News { issuer: "https://id.example".to_owned(), subject: subject.to_owned(), at, rank, said }
}

impl<D: Db> Scenario<D> {
    /// Somebody new, somebody who is here already, and the first under another address; one event twice, one too late; then they go.
    pub(crate) fn be_told(&mut self) {
        let known = self.world.people[1].email.clone();
        let [new, moved] = ["told@example.com", "moved@example.com"].map(|email| Email::parse(email).unwrap());
        for (id, subject, at, email) in [
            ("m1", "three", 5, Some(&new)),
            ("m1", "three", 5, Some(&new)),
            ("m0", "three", 1, Some(&known)),
            ("m2", "four", 5, Some(&known)),
            ("m3", "three", 6, Some(&known)),
            ("m4", "three", 7, Some(&moved)),
            ("m5", "three", 8, None),
            ("m6", "four", 8, None),
        ] {
            let news = news(subject, at, email);
            let event = store::Event { id, said_hash: id, received_at: NOW, news: &news };
            let taken = finish(store::take(&self.world.db, &event));
            self.note("told", taken);
            let due = finish(store::due(&self.world.db, NOW, 5));
            self.note("told and due", due);
            self.settle(&news);
            let parked = finish(store::parked(&self.world.db, None, 5));
            self.note("told and parked", parked);
        }
    }

    fn settle(&mut self, news: &News) {
        for _ in 0..4 {
            let told = finish(store::told(&self.world.db, &news.key())).unwrap().unwrap();
            self.note("told of", &told);
            let held = finish(joining::held_by_identity(&self.world.db, &told.key, NOW)).unwrap();
            self.note("held by identity", held.who.is_some());
            let user = UserId::new(self.world.fresh.uuid());
            let db = &self.world.db;
            let done = match settle(&told).unwrap() {
                Settlement::Enter(profile) => finish(store::enter(db, &told, &profile, &user, NOW)),
                Settlement::Change(account, profile) => finish(store::change(db, &told, &profile, &account, NOW)),
                Settlement::Nothing => finish(store::put_aside(db, &told, None, NOW, None)),
                Settlement::Parked(_) => {
                    let again_at = Some(NOW + DAY);
                    finish(store::put_aside(db, &told, Some(Parked::AddressTaken), NOW, again_at))
                }
                Settlement::Delete(commands) => {
                    let sealed: Vec<_> = commands.into_iter().map(|it| self.world.seal(it, NOW)).collect();
                    let request =
                        Request { principal: IDENTITY, idempotency_key: None, request_hash: "told", client: None };
                    let appended = finish(append_several(&self.world.db, &sealed, &request, &serde_json::Value::Null));
                    self.note("told to go", appended);
                    continue;
                }
            };
            self.note("settled", done);
        }
    }
}
