//! Events about billing, many at once.

use latchkey_testkit::signed::now_s;
use latchkey_testkit::{Answer, Caller, Value, json};

use crate::ROUNDS;
use crate::stage::{Stage, events, expect_tally};

const REQUESTS: usize = 12;

fn event(id: &str, customer: &str, org: &str, at_s: i64, seats: usize) -> Value {
    json!({
        "id": id, "object": "event", "type": "customer.subscription.updated", "created": at_s,
        "data": {"object": {
            "id": format!("sub_{customer}"), "customer": customer, "status": "active", "created": 1000, "metadata": {"org": org},
            "items": {"data": [{"price": {"id": "price_team", "product": "prod_team"}, "quantity": seats}]},
        }},
    })
}

async fn send(caller: Caller, event: Value) -> Answer {
    caller.request("POST", "/v1/hooks/billing").of_stripe(&event).send().await
}

async fn usage(owner: &Caller, org: &str) -> String {
    owner.get(&format!("/v1/orgs/{org}/seats")).await.expect_status(200).text_at("/text")
}

pub(crate) async fn one_event_counts_once(stage: &Stage) {
    let ada = stage.sign_in("ada@example.com").await;
    for round in 0..ROUNDS {
        let org = ada.create_org_with("Acme", "portal").await;
        let event = event(&format!("evt_{round}"), &format!("cus_{round}"), &org, now_s(), 7);
        let answers = stage.race(&stage.app.anyone(), REQUESTS, |caller, _| send(caller, event.clone())).await;
        expect_tally(&answers, &[("200 applied", 1), ("200 repeated", REQUESTS - 1)]);
        assert_eq!(usage(&ada, &org).await, "1/7");
        assert_eq!(events(&ada, &org).await.get("plan.changed"), Some(&1));
    }
}

pub(crate) async fn whatever_comes_first_the_newest_event_stands(stage: &Stage) {
    let ada = stage.sign_in("ada@example.com").await;
    for round in 0..ROUNDS {
        let org = ada.create_org_with("Acme", "portal").await;
        let begun_s = now_s() - 100;
        let answers = stage
            .race(&stage.app.anyone(), REQUESTS, |caller, n| {
                // Neither in order nor against it.
                let n = n * 5 % REQUESTS;
                let at_s = begun_s + i64::try_from(n).expect("a small number");
                send(caller, event(&format!("evt_{round}_{n}"), &format!("cus_{round}"), &org, at_s, 10 + n))
            })
            .await;
        assert!(answers.iter().all(|answer| answer.status == 200), "{answers:?}");
        // What there was no time for is made up for.
        stage.app.dispatch().await;
        assert_eq!(usage(&ada, &org).await, format!("1/{}", 9 + REQUESTS));
    }
}

pub(crate) async fn an_organization_gets_one_payer(stage: &Stage) {
    let ada = stage.sign_in("ada@example.com").await;
    for round in 0..ROUNDS {
        let org = ada.create_org_with("Acme", "portal").await;
        let answers = stage
            .race(&stage.app.anyone(), REQUESTS, |caller, n| {
                let customer = format!("cus_{round}_{n}");
                send(caller, event(&format!("evt_{customer}"), &customer, &org, now_s(), 10 + n))
            })
            .await;
        expect_tally(&answers, &[("200 applied", 1), ("200 parked", REQUESTS - 1)]);
        assert_eq!(stage.app.count(&format!("SELECT count(*) FROM billing_payer WHERE org_id = '{org}'")), 1);
        assert_eq!(events(&ada, &org).await.get("plan.changed"), Some(&1));
    }
}
