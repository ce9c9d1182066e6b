//! API keys: made, changed, rotated, listed, verified, used, ended.

use latchkey_domain::facts::MemberFacts;
use latchkey_domain::fresh::Fresh;
use latchkey_domain::{ActivityId, ApiKeyId, OrgId};
use latchkey_ops::finish;
use latchkey_store::context::Ask;
use latchkey_store::db::Db;
use latchkey_store::key::{self, KeyList, Presented, Use, Whose};
use latchkey_store::{dispatch, org};
use serde_json::json;

use crate::scenario::Scenario;
use crate::wish::{KeyWish, Wish, key_secret};
use crate::world::{BEGINNING, DAY};

impl<D: Db> Scenario<D> {
    /// Keys of the first person, in an organization of theirs.
    pub(crate) fn hold_keys(&mut self, org: &OrgId) {
        let now = BEGINNING + 2 * DAY;
        let [bound, limited, over] = [0, 1, 2].map(|n| {
            let id = ApiKeyId::new(self.world.fresh.uuid());
            let scopes = (n == 0).then(|| ["org.read".to_owned(), "api_key.manage".to_owned()].into());
            let expires_at = (n == 2).then_some(now + DAY / 2);
            let rate = (n == 1).then_some(latchkey_domain::event::KeyRate { max: 2, window_s: 3600 });
            let wish = KeyWish::Create { id: id.clone(), holder: None, project: None, scopes, expires_at, rate };
            self.key_wish(org, None, wish, now);
            id
        });
        let hash = |id: &ApiKeyId, generation| key_secret(id, generation).token_hash;
        for n in 0..3 {
            self.verify(&hash(&limited, 1), None, now + n);
        }
        self.verify(&hash(&limited, 2), None, now);
        for asker in [&bound, &limited] {
            self.verify(&hash(&over, 1), Some(&hash(asker, 1)), now);
        }
        self.record(&hash(&bound, 1), org, now);
        let renamed = KeyWish::Update { key: bound.clone(), name: Some("CD".to_owned()), scopes: None };
        self.key_wish(org, Some(hash(&bound, 1)), renamed, now);
        self.key_wish(org, None, KeyWish::Rotate { key: bound.clone(), overlap_s: 3600 }, now);
        self.key_wish(org, None, KeyWish::Rotate { key: bound.clone(), overlap_s: 0 }, now);
        for generation in [1, 2, 3] {
            self.verify(&hash(&bound, generation), None, now);
        }
        self.key_wish(org, None, KeyWish::Revoke { key: limited.clone() }, now);
        self.verify(&hash(&limited, 1), None, now);
        self.list_keys(org, now);
        let later = now + DAY;
        let due = finish(dispatch::due_keys(&self.world.db, later, 10));
        self.note("due keys", due);
        self.key_wish(org, None, KeyWish::Expire { key: over.clone() }, later);
        self.verify(&hash(&over, 1), None, later);
    }

    fn key_wish(&mut self, org: &OrgId, by: Option<String>, wish: KeyWish, now: i64) {
        self.wish(&Wish::Key { who: 0, org: org.clone(), by, wish }, now, None);
    }

    fn verify(&mut self, token_hash: &str, asker: Option<&str>, now: i64) {
        let id = ActivityId::new(self.world.fresh.uuid());
        let (right, data) = ("api_key.manage", json!({"permission": "org.read"}));
        let (ip, user_agent) = (Some("192.0.2.7"), None);
        let presented =
            Presented { token_hash, asker, right, id: &id, ip, user_agent, data: &data, resource: Some("r1"), now };
        let verified = finish(key::verify(&self.world.db, &presented));
        self.note("verified", verified);
    }

    fn record(&mut self, token_hash: &str, org: &OrgId, now: i64) {
        let id = ActivityId::new(self.world.fresh.uuid());
        let client = json!({"operation": "get_org", "ip": "192.0.2.7", "user_agent": null, "status": 200});
        let used = Use { id: &id, token_hash, org: Some(org), client: &client, now };
        let recorded = finish(key::record_use(&self.world.db, &used));
        self.note("recorded", recorded);
    }

    fn list_keys(&mut self, org: &OrgId, now: i64) {
        let hash = self.world.people[0].token_hash.clone();
        let ask = Ask { token_hash: &hash, now, idempotency_key: None };
        let context = finish(org::context(&self.world.db, &ask, org)).unwrap();
        let me: MemberFacts = context.me.unwrap();
        for (whose, status) in
            [(Whose::Own, Some("active")), (Whose::Of(&me.id), None), (Whose::Any, None), (Whose::Any, Some("revoked"))]
        {
            let list = KeyList { whose, status, before: None, rows_max: 2 };
            let page = finish(key::list(&self.world.db, &ask, org, &list)).unwrap();
            self.note("keys", page.facts);
        }
    }
}
