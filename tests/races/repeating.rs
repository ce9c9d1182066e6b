//! One `Idempotency-Key`, many requests at once.

use latchkey_testkit::{Answer, Caller, Value, json};

use crate::ROUNDS;
use crate::stage::{Stage, events, expect_tally, kind};

const REQUESTS: usize = 64;

async fn post(caller: Caller, path: String, key: String, body: Value) -> Answer {
    caller.request("POST", &path).header("idempotency-key", &key).json(&body).send().await
}

/// One of them made the change, the others repeat its answer to the byte.
#[track_caller]
fn expect_one_answer(answers: &[Answer], status: u16) {
    let first = &answers[0];
    for answer in answers {
        assert_eq!(answer.status.as_u16(), status, "{}", answer.text);
        assert_eq!(answer.text, first.text);
        for name in ["location", "etag", "content-type"] {
            assert_eq!(answer.header(name), first.header(name), "{name}");
        }
    }
    let replayed = answers.iter().filter(|answer| answer.header("idempotent-replayed") == Some("true")).count();
    assert_eq!(replayed, answers.len() - 1);
}

pub(crate) async fn one_key_invites_once(stage: &Stage) {
    let ada = stage.sign_in("ada@example.com").await;
    for round in 0..ROUNDS {
        let org = ada.create_org("Acme").await;
        let body = json!({"email": "new@example.com", "role": "viewer"});
        let path = format!("/v1/orgs/{org}/invitations");
        let key = format!("invite-{round}");
        let answers =
            stage.race(&ada, REQUESTS, |caller, _| post(caller, path.clone(), key.clone(), body.clone())).await;
        expect_one_answer(&answers, 201);
        assert_eq!(events(&ada, &org).await["invitation.created"], 1);
    }
}

pub(crate) async fn one_key_creates_one_organization(stage: &Stage) {
    let ada = stage.sign_in("ada@example.com").await;
    for round in 0..ROUNDS {
        let (body, key) = (json!({"name": format!("Acme {round}")}), format!("create-{round}"));
        let answers = stage
            .race(&ada, REQUESTS, |caller, _| post(caller, "/v1/orgs".to_owned(), key.clone(), body.clone()))
            .await;
        expect_one_answer(&answers, 201);
        assert_eq!(ada.get("/v1/orgs").await.expect_status(200).data().len(), round + 1);
    }
}

/// The bearer of a token has no account to remember the key under: the invitation remembers it, and the session that
/// every repetition shows is the same.
pub(crate) async fn one_key_accepts_once_without_an_account(stage: &Stage) {
    let ada = stage.sign_in("ada@example.com").await;
    for round in 0..ROUNDS {
        let org = ada.create_org("Acme").await;
        let email = format!("new{round}@example.com");
        ada.invite(&org, &email, "viewer").await;
        let body = json!({"token": stage.app.anyone().mailed_token(&email).await, "display_name": "Noor"});
        let path = "/v1/invitations/accept".to_owned();
        let answers = stage
            .race(&stage.app.anyone(), REQUESTS, |caller, _| post(caller, path.clone(), "in".to_owned(), body.clone()))
            .await;
        expect_one_answer(&answers, 200);
        let new = stage.app.anyone().bearer(answers[0].text_at("/session/token"));
        assert_eq!(new.get("/v1/me").await.expect_status(200).text_at("/email"), email);
        assert_eq!(events(&ada, &org).await["invitation.accepted"], 1);
    }
}

pub(crate) async fn one_key_for_two_requests_serves_one_of_them(stage: &Stage) {
    let ada = stage.sign_in("ada@example.com").await;
    for round in 0..ROUNDS {
        let org = ada.create_org("Acme").await;
        let (path, key) = (format!("/v1/orgs/{org}/invitations"), format!("two-{round}"));
        let answers = stage
            .race(&ada, REQUESTS, |caller, n| {
                let body = json!({"email": format!("new{}@example.com", n / 2 % 2), "role": "viewer"});
                post(caller, path.clone(), key.clone(), body)
            })
            .await;
        expect_tally(&answers, &[("201", REQUESTS / 2), ("422 idempotency_key_reused", REQUESTS / 2)]);
        let served: Vec<Answer> = answers.into_iter().filter(|answer| kind(answer) == "201").collect();
        expect_one_answer(&served, 201);
        assert_eq!(events(&ada, &org).await["invitation.created"], 1);
    }
}
