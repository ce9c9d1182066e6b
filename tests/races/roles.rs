//! Roles that change at the same time.

use latchkey_testkit::json;

use crate::ROUNDS;
use crate::stage::{Stage, expect_tally, tally};

pub(crate) async fn promotions_never_pass_the_plans_cap(stage: &Stage) {
    const CANDIDATES: usize = 6;
    let ada = stage.sign_in("ada@example.com").await;
    for round in 0..ROUNDS {
        let org = stage.org_for_two_owners(&ada);
        let mut members = Vec::new();
        for n in 0..CANDIDATES {
            members.push(ada.bring_in(&org, &format!("m{round}.{n}@example.com"), "admin").await.1);
        }
        let answers = stage
            .race(&ada, CANDIDATES, |caller, n| {
                let path = format!("/v1/orgs/{org}/members/{}/role", members[n]);
                let request = caller.request("PUT", &path).json(&json!({"role": "owner"}));
                async move { request.send().await }
            })
            .await;
        expect_tally(&answers, &[("200", 1), ("409 top_role_limit", CANDIDATES - 1)]);
        assert_eq!(stage.app.count(&format!("SELECT top_member_count FROM org WHERE id = '{org}'")), 2);
    }
}

pub(crate) async fn one_ownership_is_handed_over_once(stage: &Stage) {
    const HEIRS: usize = 6;
    let ada = stage.sign_in("ada@example.com").await;
    for round in 0..ROUNDS {
        let org = ada.create_org("Acme").await;
        let mut heirs = Vec::new();
        for n in 0..HEIRS {
            heirs.push(ada.bring_in(&org, &format!("h{round}.{n}@example.com"), "admin").await.1);
        }
        let answers = stage
            .race(&ada, HEIRS, |caller, n| {
                let (path, body) = (format!("/v1/orgs/{org}/ownership"), json!({"member": heirs[n]}));
                async move { caller.post(&path, body).await }
            })
            .await;
        expect_tally(&answers, &[("200", 1), ("403 forbidden", HEIRS - 1)]);
        let owners =
            format!("SELECT count(*) FROM member WHERE org_id = '{org}' AND status = 'active' AND role = 'owner'");
        assert_eq!(stage.app.count(&owners), 1);
    }
}

pub(crate) async fn of_two_owners_that_step_down_one_stays(stage: &Stage) {
    const EACH: usize = 4;
    let ada = stage.sign_in("ada@example.com").await;
    for round in 0..2 * ROUNDS {
        let org = stage.org_for_two_owners(&ada);
        let (bob, bob_id) = ada.bring_in(&org, &format!("bob{round}@example.com"), "owner").await;
        let members = ada.get(&format!("/v1/orgs/{org}/members")).await.expect_status(200).data();
        let ada_id = members[0]["id"].as_str().expect("an id").to_owned();
        let answers = stage
            .race(&ada, 2 * EACH, |caller, n| {
                let is_ada = n / 2 % 2 == round % 2;
                let (caller, id) =
                    if is_ada { (caller, ada_id.clone()) } else { (caller.bearer(bob.token()), bob_id.clone()) };
                let request = caller.request("PUT", &format!("/v1/orgs/{org}/members/{id}/role"));
                let request = request.json(&json!({"role": "admin"}));
                async move { request.send().await }
            })
            .await;
        // Whoever stepped down may do so again, which changes nothing; the other one must stay.
        expect_tally(&answers, &[("200", EACH), ("409 last_top_role_holder", EACH)]);
        let top = stage.app.count(&format!("SELECT top_member_count FROM org WHERE id = '{org}'"));
        assert_eq!(top, 1, "{:?}", tally(&answers));
    }
}
