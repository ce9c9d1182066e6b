//! The signed tree over a log.

use latchkey_domain::OrgId;
use latchkey_domain::checkpoint::TreeFacts;
use latchkey_domain::secret::SecretKeys;
use latchkey_ops::finish;
use latchkey_store::checkpoint::{self, Wanted};
use latchkey_store::context::Ask;
use latchkey_store::db::Db;

use crate::scenario::Scenario;
use crate::world::{BEGINNING, DAY};

impl<D: Db> Scenario<D> {
    /// Signs a log in two parts, proves what is in it, and finds that nothing of it can be taken back.
    pub(crate) fn sign_the_log(&mut self, org: &OrgId) {
        let keys = SecretKeys::parse(&format!("k1:{}", "11".repeat(32))).unwrap();
        let hash = self.world.people[1].token_hash.clone();
        let ask = Ask { token_hash: &hash, now: BEGINNING + DAY, idempotency_key: None };
        let due = finish(checkpoint::due(&self.world.db, BEGINNING + 9 * DAY, 10)).unwrap();
        assert!(due.contains(org));
        self.note("logs due", due);
        finish(checkpoint::put_off(&self.world.db, org, BEGINNING + 99 * DAY)).unwrap();
        let none = finish(checkpoint::newest(&self.world.db, &ask, org)).unwrap().facts;
        self.note("no checkpoint", none);
        let first = finish(checkpoint::tree(&self.world.db, org, 5)).unwrap();
        self.extend(org, &first, &keys);
        self.extend(org, &first, &keys);
        let rest = finish(checkpoint::tree_asked(&self.world.db, &ask, org, 1000)).unwrap().facts;
        self.extend(org, &rest, &keys);
        let done = finish(checkpoint::tree(&self.world.db, org, 5)).unwrap();
        assert_eq!(done.extend(&keys), Ok(None));
        let due = finish(checkpoint::due(&self.world.db, i64::MAX, 10)).unwrap();
        assert!(!due.contains(org));
        let newest = finish(checkpoint::newest(&self.world.db, &ask, org)).unwrap().facts;
        self.note("the newest checkpoint", newest);
        let listed = finish(checkpoint::list(&self.world.db, &ask, org, None, 2)).unwrap().facts;
        self.note("checkpoints", listed);
        let event = finish(checkpoint::export(&self.world.db, &ask, org, 6, 1)).unwrap().facts.remove(0);
        for (wanted, size) in
            [(Wanted::Event(&event.id), None), (Wanted::Version(3), Some(7)), (Wanted::Version(9999), None)]
        {
            let proof = finish(checkpoint::inclusion(&self.world.db, &ask, org, wanted, size)).unwrap().facts;
            self.note("inclusion", proof);
        }
        for to in [None, Some(9)] {
            let proof = finish(checkpoint::consistency(&self.world.db, &ask, org, 5, to)).unwrap().facts;
            self.note("consistency", proof);
        }
        self.note("an event as it is stored", event);
        for sql in ["DELETE FROM checkpoint", "UPDATE log_node SET level = 9"] {
            let refused = finish(self.world.db.query(sql, Vec::new()));
            self.note(sql, refused);
        }
    }

    fn extend(&mut self, org: &OrgId, facts: &TreeFacts, keys: &SecretKeys) {
        let extension = facts.extend(keys).unwrap().unwrap();
        let made = extension.sign("here/log", keys.signing().unwrap(), BEGINNING + DAY);
        let kept = finish(checkpoint::keep(&self.world.db, org, &extension, &made)).unwrap();
        self.note("kept", (made, kept));
    }
}
