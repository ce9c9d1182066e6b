//! Sign-ins at identity providers, and whom issuers vouch for.

use latchkey_domain::fresh::Fresh;
use latchkey_domain::{Email, OidcStateId, SessionId, UserId};
use latchkey_ops::finish;
use latchkey_store::db::Db;
use latchkey_store::identity::{self, Beginning, Means, Vouched};

use crate::scenario::Scenario;
use crate::world::{BEGINNING, DAY, SECOND};

impl<D: Db> Scenario<D> {
    /// Two are begun, and one of them too late; then everybody that an issuer could vouch for.
    pub(crate) fn be_vouched_for(&mut self) {
        let now = BEGINNING + 40 * DAY;
        for at in [now, now + DAY] {
            let id = OidcStateId::new(self.world.fresh.uuid());
            let beginning = Beginning {
                id: &id,
                provider: "acme",
                browser_hash: "b",
                key_id: "k1",
                return_to: "/",
                invitation: None,
                now: at,
                expires_at: at + 600 * SECOND,
            };
            let begun = finish(identity::begin(&self.world.db, &beginning));
            self.note("begun", begun);
            for (provider, browser, at) in
                [("other", "b", at), ("acme", "c", at), ("acme", "b", at + DAY), ("acme", "b", at)]
            {
                let taken = finish(identity::take(&self.world.db, &id, provider, browser, at));
                self.note("taken", taken);
            }
        }
        let known = self.world.people[0].email.clone();
        let new = Email::parse("new.by.provider@example.com").unwrap();
        for (n, (subject, email, by, token)) in [
            ("one", None, Means::Oidc, "t1"),
            ("one", Some(&known), Means::Oidc, "t2"),
            ("one", None, Means::Jwt, "t3"),
            ("one", None, Means::Jwt, "t3"),
            ("two", Some(&new), Means::Jwt, "t4"),
        ]
        .into_iter()
        .enumerate()
        {
            let (user, session) = (UserId::new(self.world.fresh.uuid()), SessionId::new(self.world.fresh.uuid()));
            let at = now + i64::try_from(n).unwrap() * SECOND;
            let vouched = Vouched {
                issuer: "https://id.example",
                subject,
                email,
                display_name: Some("New"),
                words: &["new".to_owned()],
                sort_name: "new",
                by,
                issued_at: at,
                authenticated_at: at,
                user: &user,
                session: &session,
                token_hash: token,
                now: at,
                expires_at: at + DAY,
            };
            let arrived = finish(identity::arrive(&self.world.db, &vouched));
            self.note("arrived", arrived);
        }
    }
}
