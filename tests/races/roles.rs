//! Roles that change at the same time.

use latchkey_testkit::{Caller, json};

use crate::stage::{Stage, expect_tally, kind, only, tally};
use crate::{ROUNDS, ROUNDS_OF_TWO};

pub(crate) async fn promotions_never_pass_the_plans_cap(stage: &Stage) {
    const CANDIDATES: usize = 6;
    let ada = stage.sign_in("ada@example.com").await;
    for round in 0..ROUNDS {
        let org = stage.org_for_two_owners(&ada).await;
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
        let org = stage.org_for_two_owners(&ada).await;
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

/// What two people who both hold the top role do to it at the same moment.
#[derive(Clone, Copy)]
enum Act {
    /// Each gives the other, or themselves, a lower role.
    Demote(&'static str),
    StepDown(&'static str),
    Remove,
    Leave,
}

/// Both of them do all of it at once, in another order in each round. Somebody still holds the top role afterwards, as the
/// counter says.
async fn both_at_once(stage: &Stage, round: usize, org: &str, people: &[(Caller, String); 2], top: &str, acts: &[Act]) {
    let answers = stage
        .race(&people[0].0, 2 * acts.len(), |caller, n| {
            let (place, act) = ((n + round) % 2, acts[(n / 2 + round) % acts.len()]);
            let ((me, my_id), (_, other_id)) = (&people[place], &people[1 - place]);
            let (caller, members) = (caller.bearer(me.token()), format!("/v1/orgs/{org}/members"));
            let request = match act {
                Act::Demote(role) => {
                    caller.request("PUT", &format!("{members}/{other_id}/role")).json(&json!({ "role": role }))
                }
                Act::StepDown(role) => {
                    caller.request("PUT", &format!("{members}/{my_id}/role")).json(&json!({ "role": role }))
                }
                Act::Remove => caller.request("DELETE", &format!("{members}/{other_id}")),
                Act::Leave => caller.request("POST", &format!("/v1/orgs/{org}/leave")),
            };
            async move { request.send().await }
        })
        .await;
    let count = |sql: &str| stage.app.count(&sql.replace("ORG", org).replace("TOP", top));
    let held = "SELECT count(*) FROM member WHERE org_id = 'ORG' AND status = 'active' AND role = 'TOP'";
    assert_eq!(count(held), 1, "{:?}", tally(&answers));
    assert_eq!(count("SELECT top_member_count FROM org WHERE id = 'ORG'"), 1, "{:?}", tally(&answers));
    assert!(answers.iter().any(|answer| answer.status.is_success()), "{:?}", tally(&answers));
    assert!(answers.iter().all(|answer| kind(answer) != "503 contention"), "{:?}", tally(&answers));
}

pub(crate) async fn two_administrators_never_leave_an_organization_without_one(stage: &Stage) {
    let ada = stage.sign_in("ada@example.com").await;
    let bob = stage.sign_in("bob@example.com").await;
    for round in 0..ROUNDS_OF_TWO {
        let org = ada.create_org_with("Acme", "platform").await;
        let bob_id = ada.bring_back(&org, &bob, "administrator").await;
        let ada_id = my_member_id(&ada, &org).await;
        let people = [(ada.clone(), ada_id), (bob.clone(), bob_id)];
        let acts = [Act::Demote("developer"), Act::Remove, Act::Leave];
        both_at_once(stage, round, &org, &people, "administrator", &acts).await;
    }
}

pub(crate) async fn two_owners_never_leave_an_organization_without_one(stage: &Stage) {
    let ada = stage.sign_in("ada@example.com").await;
    let bob = stage.sign_in("bob@example.com").await;
    for round in 0..ROUNDS_OF_TWO {
        let org = stage.org_for_two_owners(&ada).await;
        let bob_id = ada.bring_back(&org, &bob, "owner").await;
        let ada_id = my_member_id(&ada, &org).await;
        let people = [(ada.clone(), ada_id), (bob.clone(), bob_id)];
        both_at_once(stage, round, &org, &people, "owner", &[Act::StepDown("admin"), Act::Leave]).await;
    }
}

async fn my_member_id(first: &Caller, org: &str) -> String {
    let members = first.get(&format!("/v1/orgs/{org}/members?limit=1")).await.expect_status(200).data();
    members[0]["id"].as_str().expect("an id").to_owned()
}

pub(crate) async fn one_billed_ownership_is_handed_over_once(stage: &Stage) {
    const HEIRS: usize = 6;
    let ada = stage.sign_in("ada@example.com").await;
    for round in 0..ROUNDS {
        let org = ada.create_org_with("Acme", "themes").await;
        let mut heirs = Vec::new();
        for n in 0..HEIRS {
            heirs.push(ada.bring_in(&org, &format!("h{round}.{n}@example.com"), "member").await.1);
        }
        let answers = stage
            .race(&ada, HEIRS, |caller, n| {
                let (path, body) = (format!("/v1/orgs/{org}/ownership"), json!({"member": heirs[n]}));
                async move { caller.post(&path, body).await }
            })
            .await;
        expect_tally(&answers, &[("200", 1), ("403 role_out_of_reach", HEIRS - 1)]);
        let heir = only(&answers, "200").text_at("/id");
        let billed = format!("SELECT count(*) FROM org WHERE id = '{org}' AND billed_member_id = '{heir}'");
        assert_eq!(stage.app.count(&billed), 1);
        assert_eq!(stage.app.count(&format!("SELECT top_member_count FROM org WHERE id = '{org}'")), 2);
    }
}
