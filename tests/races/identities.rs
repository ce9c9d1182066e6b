//! Events about users, many at once, and people who sign in meanwhile.

use latchkey_testkit::{Answer, Caller, Issuer, Value, json};

use crate::ROUNDS;
use crate::stage::{Stage, events, expect_tally};

const REQUESTS: usize = 12;

async fn tell(caller: Caller, id: String, kind: &'static str, at_s: usize, user: Value) -> Answer {
    let timestamp = format!("2026-01-01T00:00:{at_s:02}Z");
    let message = json!({"type": format!("user.{kind}"), "timestamp": timestamp, "data": user});
    caller.request("POST", "/v1/hooks/identity").of_identity(&id, &message).send().await
}

fn user(round: usize, name: &str) -> Value {
    json!({"sub": format!("u{round}"), "email": format!("u{round}@example.com"), "email_verified": true, "name": name})
}

pub(crate) async fn one_user_has_one_account_however_often_they_are_told_of_and_come(stage: &Stage) {
    for round in 0..ROUNDS {
        let person = user(round, "Ada");
        let answers = stage
            .race(&stage.app.anyone(), REQUESTS, |caller, n| {
                let person = person.clone();
                async move {
                    match n % 3 {
                        0 => tell(caller, format!("same_{round}"), "created", 0, person).await,
                        1 => tell(caller, format!("msg_{round}_{n}"), "updated", n, person).await,
                        _ => {
                            let mut token = person;
                            token["jti"] = json!(n);
                            caller.bearer(Issuer::shared().bearer(&token)).get("/v1/me").await
                        }
                    }
                }
            })
            .await;
        assert!(answers.iter().all(|answer| answer.status == 200), "{answers:?}");
        stage.app.dispatch().await;
        let accounts = format!("SELECT count(*) FROM user WHERE email_key = 'u{round}@example.com'");
        assert_eq!(stage.app.count(&accounts), 1);
        let whose = "SELECT count(DISTINCT user_id) FROM identity WHERE subject = ".to_owned() + &format!("'u{round}'");
        assert_eq!(stage.app.count(&whose), 1);
    }
    assert_eq!(stage.app.count("SELECT count(*) FROM identity_news WHERE due_at IS NOT NULL"), 0);
}

pub(crate) async fn whatever_comes_first_the_newest_word_on_a_user_stands(stage: &Stage) {
    for round in 0..ROUNDS {
        let answers = stage
            .race(&stage.app.anyone(), REQUESTS, |caller, n| {
                // Neither in order nor against it.
                let at_s = n * 5 % REQUESTS;
                tell(caller, format!("msg_{round}_{n}"), "updated", at_s, user(round, &format!("Name {at_s}")))
            })
            .await;
        assert!(answers.iter().all(|answer| answer.status == 200), "{answers:?}");
        stage.app.dispatch().await;
        let named =
            format!("SELECT count(*) FROM user WHERE email_key = 'u{round}@example.com' AND display_name = 'Name 11'");
        assert_eq!(stage.app.count(&named), 1);
    }
}

/// An owner is deleted there while they give the organization away here, or take it back.
pub(crate) async fn a_deletion_leaves_no_organization_without_an_owner(stage: &Stage) {
    let ada = stage.sign_in("ada@example.com").await;
    for round in 0..2 * ROUNDS {
        let org = ada.create_org("Acme").await;
        let email = format!("u{round}@example.com");
        let (_, bob) = ada.bring_in(&org, &email, "admin").await;
        tell(stage.app.anyone(), format!("made_{round}"), "created", 0, user(round, "Bob")).await.expect_status(200);
        let answers = stage
            .race(&ada, 2, |caller, n| {
                let (org, bob) = (org.clone(), bob.clone());
                let sub = json!({"sub": format!("u{round}")});
                async move {
                    if (n + round) % 2 == 0 {
                        caller.post(&format!("/v1/orgs/{org}/ownership"), json!({"member": bob})).await
                    } else {
                        tell(caller, format!("gone_{round}"), "deleted", 9, sub).await
                    }
                }
            })
            .await;
        let told = answers.iter().find(|answer| answer.json()["event"].is_string()).expect("the event is taken");
        let handed_over = answers.iter().any(|answer| answer.json()["event"].is_null() && answer.status == 200);
        // Either the person was gone before, or they are the owner now and stay until somebody else is.
        let expected = if handed_over { "parked" } else { "applied" };
        assert_eq!(told.text_at("/outcome"), expected, "{answers:?}");
        let owners = format!("SELECT top_member_count FROM org WHERE id = '{org}'");
        assert_eq!(stage.app.count(&owners), 1);
    }
}

pub(crate) async fn one_event_about_a_user_counts_once(stage: &Stage) {
    let ada = stage.sign_in("ada@example.com").await;
    for round in 0..ROUNDS {
        let org = ada.create_org("Acme").await;
        ada.bring_in(&org, &format!("u{round}@example.com"), "admin").await;
        tell(stage.app.anyone(), format!("made_{round}"), "created", 0, user(round, "Bob")).await.expect_status(200);
        let gone = json!({"sub": format!("u{round}")});
        let answers = stage
            .race(&stage.app.anyone(), REQUESTS, |caller, _| {
                tell(caller, format!("gone_{round}"), "deleted", 9, gone.clone())
            })
            .await;
        expect_tally(&answers, &[("200 applied", 1), ("200 repeated", REQUESTS - 1)]);
        assert_eq!(events(&ada, &org).await.get("member.left"), Some(&1));
    }
}
