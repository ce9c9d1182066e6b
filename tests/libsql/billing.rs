//! Who pays for what.

use latchkey_domain::OrgId;
use latchkey_domain::billing::{News, Parked, PayerId, PriceList, SubscriptionNews, Terms};
use latchkey_domain::decide::billing::{Settlement, settle};
use latchkey_ops::finish;
use latchkey_store::db::Db;
use latchkey_store::{billing, hook};

use crate::scenario::Scenario;
use crate::world::{BEGINNING, DAY};

impl<D: Db> Scenario<D> {
    /// A customer is told of, repeated, told of anew, bound, and has the organization pay.
    pub(crate) fn bill(&mut self, org: &OrgId, plan: &str) {
        let now = BEGINNING + 40 * DAY;
        let payer = PayerId::of_hook("c1").unwrap();
        for (id, at, plan) in [("msg_1", 2, "x"), ("msg_1", 2, "x"), ("msg_0", 1, "y"), ("msg_2", 3, plan)] {
            let terms = Terms::Plan { plan: plan.to_owned(), seats: None };
            let subscription = SubscriptionNews { id: "only".to_owned(), began_at: at, rank: 1, live: true, terms };
            let news = News { payer: payer.clone(), at, org: None, subscription: Some(subscription) };
            let event = billing::Event { sender: "billing", id, said_hash: plan, received_at: now, news: &news };
            let taken = finish(billing::take(&self.world.db, &event));
            self.note("billing taken", taken);
        }
        let said = (
            finish(hook::said(&self.world.db, "billing", "msg_1")),
            finish(hook::said(&self.world.db, "stripe", "msg_1")),
        );
        self.note("billing said", said);
        let due = finish(billing::due(&self.world.db, now, 5));
        self.note("billing due", due);
        let (facts, _) = finish(billing::payer(&self.world.db, &payer)).unwrap().unwrap();
        for rev in [facts.rev + 1, facts.rev] {
            let facts = latchkey_domain::facts::PayerFacts { rev, ..facts.clone() };
            let aside = billing::put_aside(&self.world.db, &facts, Some(Parked::UnknownCustomer), now, Some(now + DAY));
            let aside = finish(aside);
            self.note("billing put aside", aside);
        }
        let parked = finish(billing::parked(&self.world.db, None, 5));
        self.note("billing parked", parked);
        let nowhere = OrgId::parse("org_00000000000000000000000000000000");
        for (payer, org) in [(&payer, nowhere.as_ref()), (&payer, Some(org)), (&PayerId::of_org(org), Some(org))] {
            let bound = finish(billing::bind(&self.world.db, payer, org, now));
            self.note("billing bound", bound);
        }
        for _ in 0..2 {
            let (facts, org) = finish(billing::payer(&self.world.db, &payer)).unwrap().unwrap();
            self.note("billing payer", &facts);
            if let Ok(Settlement::Bill(command)) = settle(&facts, org.as_ref(), &PriceList::default(), now) {
                self.make("billing settled", *command);
            }
        }
        let forgotten = finish(hook::forget(&self.world.db, now + 1, 5));
        self.note("billing forgotten", forgotten);
    }
}
