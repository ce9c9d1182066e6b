//! OAuth clients: made, rotated, revoked, and who gets a token.

use latchkey_domain::OauthClientId;
use latchkey_domain::OrgId;
use latchkey_domain::fresh::Fresh;
use latchkey_ops::finish;
use latchkey_store::context::Ask;
use latchkey_store::db::Db;
use latchkey_store::oauth;
use latchkey_store::page::Newest;

use crate::scenario::Scenario;
use crate::wish::{ClientWish, Decided, Wish};
use crate::world::{BEGINNING, DAY};

impl<D: Db> Scenario<D> {
    /// Machines of an organization of the first person's.
    pub(crate) fn let_machines_in(&mut self, org: &OrgId) {
        let now = BEGINNING + 2 * DAY;
        let [kept, ended] = [0, 1].map(|_| OauthClientId::new(self.world.fresh.uuid()));
        let create = |client: &OauthClientId| {
            let (name, scopes) = ("Export".to_owned(), ["org.read".to_owned()].into());
            ClientWish::Create { client: client.clone(), name, scopes }
        };
        for wish in [
            create(&kept),
            create(&ended),
            ClientWish::Rename { client: kept.clone(), name: "Import".to_owned() },
            ClientWish::Rotate { client: kept.clone(), overlap_s: 60 },
            ClientWish::Revoke { client: ended.clone() },
        ] {
            self.of_client(org, wish, now);
        }
        let hash = self.world.people[0].token_hash.clone();
        let ask = Ask { token_hash: &hash, now, idempotency_key: None };
        for status in [None, Some("active"), Some("revoked")] {
            let newest = Newest { status, before: None, rows_max: 2 };
            let page = finish(oauth::list(&self.world.db, &ask, org, &newest)).unwrap();
            self.note("clients", page.facts);
        }
        for (client, generation, later) in [(&kept, 1, 0), (&kept, 1, 60_000), (&kept, 2, 60_000), (&ended, 1, 0)] {
            let secret = latchkey_domain::secret::token_hash(&format!("{client} {generation}"));
            let found = finish(oauth::authenticate(&self.world.db, client, &secret, now + later)).unwrap();
            self.note("a token", found);
        }
    }

    fn of_client(&mut self, org: &OrgId, wish: ClientWish, now: i64) {
        let wish = Wish::Client { who: 0, org: org.clone(), wish };
        // Decided twice before either is there: the second is refused, by the premises or by the fold.
        let both = [0, 1].map(|_| self.world.decide(&wish, now, None));
        for decided in both {
            let Decided::Change(command, principal) = decided else { panic!("{decided:?}") };
            let sealed = self.world.seal(*command, now);
            let appended = self.world.append(&sealed, &principal, None);
            self.note("a client", appended);
        }
    }
}
