//! Many people with one invite link.

use latchkey_testkit::{Answer, Caller, Value, json};

use crate::ROUNDS;
use crate::stage::{Stage, events, expect_tally, kind, tally};

const PEOPLE: usize = 32;

async fn people(stage: &Stage) -> Vec<Caller> {
    let mut people = Vec::new();
    for n in 0..PEOPLE {
        people.push(stage.sign_in(&format!("p{n}@example.com")).await);
    }
    people
}

async fn link(owner: &Caller, org: &str, body: Value) -> (String, String) {
    let made = owner.post(&format!("/v1/orgs/{org}/invite-links"), body).await.expect_status(201);
    (made.text_at("/id"), made.text_at("/token"))
}

/// All of them at once, each once.
async fn all_join(stage: &Stage, people: &[Caller], token: &str) -> Vec<Answer> {
    stage
        .race(&people[0], people.len(), |_, n| {
            let caller = stage.at(&people[n], n);
            let body = json!({ "token": token });
            async move { caller.post("/v1/invite-links/join", body).await }
        })
        .await
}

pub(crate) async fn a_link_for_five_lets_five_in(stage: &Stage) {
    let ada = stage.sign_in("ada@example.com").await;
    let people = people(stage).await;
    for _ in 0..ROUNDS {
        let org = ada.create_org("Acme").await;
        let (id, token) = link(&ada, &org, json!({"role": "viewer", "uses_max": 5})).await;
        let answers = all_join(stage, &people, &token).await;
        expect_tally(&answers, &[("200 joined", 5), ("410 link_used_up", PEOPLE - 5)]);
        assert_eq!(stage.app.count(&format!("SELECT uses FROM invite_link WHERE id = '{id}'")), 5);
        assert_eq!(events(&ada, &org).await["member.joined"], 6);
    }
    // Nor do they disturb each other where there is room for all: nobody is told to try again.
    let org = ada.create_org("Acme").await;
    let (_, token) = link(&ada, &org, json!({"role": "viewer"})).await;
    expect_tally(&all_join(stage, &people, &token).await, &[("200 joined", PEOPLE)]);
}

pub(crate) async fn one_person_who_clicks_many_times_joins_once(stage: &Stage) {
    let (ada, bob) = (stage.sign_in("ada@example.com").await, stage.sign_in("bob@example.com").await);
    for _ in 0..ROUNDS {
        let org = ada.create_org("Acme").await;
        let (id, token) = link(&ada, &org, json!({"role": "viewer", "uses_max": 1})).await;
        let clicks = vec![bob.clone(); PEOPLE];
        let answers = all_join(stage, &clicks, &token).await;
        expect_tally(&answers, &[("200 joined", 1), ("200 already_member", PEOPLE - 1)]);
        let member = answers[0].text_at("/member/id");
        assert!(answers.iter().all(|answer| answer.text_at("/member/id") == member));
        assert_eq!(stage.app.count(&format!("SELECT uses FROM invite_link WHERE id = '{id}'")), 1);
    }
}

pub(crate) async fn the_last_seat_is_taken_once(stage: &Stage) {
    let ada = stage.sign_in("ada@example.com").await;
    let people = people(stage).await;
    for _ in 0..ROUNDS {
        // Five seats: the owner's, three invitations', and one that is left.
        let org = ada.create_org_with("Company", "portal").await;
        for n in 0..3 {
            ada.invite(&org, &format!("invited{n}@example.com"), "member").await;
        }
        let (_, token) = link(&ada, &org, json!({"role": "member"})).await;
        let answers = all_join(stage, &people, &token).await;
        expect_tally(&answers, &[("200 joined", 1), ("409 seat_limit", PEOPLE - 1)]);
        assert_eq!(events(&ada, &org).await["member.joined"], 2);
    }
}

pub(crate) async fn nobody_joins_after_the_link_was_revoked(stage: &Stage) {
    let ada = stage.sign_in("ada@example.com").await;
    let people = people(stage).await;
    for _ in 0..ROUNDS {
        let org = ada.create_org("Acme").await;
        let (id, token) = link(&ada, &org, json!({"role": "viewer"})).await;
        let path = format!("/v1/orgs/{org}/invite-links/{id}");
        let revoking = ada.delete(&path, Value::Null);
        let (answers, revoked) = tokio::join!(all_join(stage, &people, &token), revoking);
        assert_eq!(kind(&revoked), "204");
        let joined = answers.iter().filter(|answer| kind(answer) == "200 joined").count();
        expect_tally(&answers, &[("200 joined", joined), ("410 link_revoked", PEOPLE - joined)]);
        let log = ada.event_types(&org).await;
        let place = log.iter().position(|kind| kind == "invite_link.revoked").expect("it was revoked");
        assert!(log[place..].iter().all(|kind| kind != "member.joined"), "{:?}", tally(&answers));
    }
}
