//! Many hands reach for one invitation.

use std::cmp::Ordering;

use latchkey_testkit::{Answer, Caller, json};

use crate::ROUNDS;
use crate::stage::{Stage, events, expect_tally, kind, only};

const REQUESTS: usize = 64;

/// An owner, the organization, and the token and id of an open invitation to `email`.
async fn invited(stage: &Stage, ada: &Caller, email: &str) -> (String, String, String) {
    let org = ada.create_org("Acme").await;
    let invitation = ada.invite(&org, email, "viewer").await;
    let token = stage.app.anyone().mailed_token(email).await;
    (org, invitation, token)
}

async fn accept(caller: Caller, token: String) -> Answer {
    caller.post("/v1/invitations/accept", json!({ "token": token })).await
}

/// The log of an organization in which one invitation became one member, besides the owner.
async fn expect_one_joined(ada: &Caller, org: &str) {
    let events = events(ada, org).await;
    assert_eq!(events["invitation.accepted"], 1, "{events:?}");
    assert_eq!(events["member.joined"], 2, "{events:?}");
    assert_eq!(events.values().sum::<usize>(), 5, "{events:?}");
    assert_eq!(ada.get(&format!("/v1/orgs/{org}/members")).await.expect_status(200).data().len(), 2);
}

pub(crate) async fn one_token_makes_one_member_and_one_account(stage: &Stage) {
    let ada = stage.sign_in("ada@example.com").await;
    for round in 0..ROUNDS {
        let email = format!("new{round}@example.com");
        let (org, _, token) = invited(stage, &ada, &email).await;
        let answers = stage.race(&stage.app.anyone(), REQUESTS, |caller, _| accept(caller, token.clone())).await;
        expect_tally(&answers, &[("200 joined", 1), ("410 invitation_used", REQUESTS - 1)]);
        let session = only(&answers, "200 joined").text_at("/session/token");
        let new = stage.app.anyone().bearer(session);
        assert_eq!(new.get("/v1/me").await.expect_status(200).text_at("/email"), email);
        assert_eq!(stage.app.count(&format!("SELECT count(*) FROM user WHERE email_key = '{email}'")), 1);
        expect_one_joined(&ada, &org).await;
    }
}

pub(crate) async fn one_token_with_the_accounts_session_makes_one_member(stage: &Stage) {
    let ada = stage.sign_in("ada@example.com").await;
    let bob = stage.sign_in("bob@example.com").await;
    for _ in 0..ROUNDS {
        let (org, _, token) = invited(stage, &ada, "Bob@example.com").await;
        let answers = stage.race(&bob, REQUESTS, |caller, _| accept(caller, token.clone())).await;
        // Whoever comes second is told that they are in already, as the member that the first one made.
        expect_tally(&answers, &[("200 joined", 1), ("200 already_member", REQUESTS - 1)]);
        let member = only(&answers, "200 joined").text_at("/member/id");
        assert!(answers.iter().all(|answer| answer.text_at("/member/id") == member));
        expect_one_joined(&ada, &org).await;
    }
}

pub(crate) async fn one_invitation_of_mine_makes_one_member(stage: &Stage) {
    let ada = stage.sign_in("ada@example.com").await;
    let bob = stage.sign_in("bob@example.com").await;
    for _ in 0..ROUNDS {
        let (org, invitation, token) = invited(stage, &ada, "bob@example.com").await;
        // Half of them come by the mailed link.
        let answers =
            stage
                .race(&bob, REQUESTS, |caller, n| {
                    let (path, token) = (format!("/v1/me/invitations/{invitation}/accept"), token.clone());
                    async move {
                        if n % 4 < 2 { caller.post(&path, json!(null)).await } else { accept(caller, token).await }
                    }
                })
                .await;
        expect_tally(&answers, &[("200 joined", 1), ("200 already_member", REQUESTS - 1)]);
        expect_one_joined(&ada, &org).await;
    }
}

pub(crate) async fn either_the_acceptance_or_the_cancellation_wins(stage: &Stage) {
    let ada = stage.sign_in("ada@example.com").await;
    for round in 0..4 * ROUNDS {
        let email = format!("new{round}@example.com");
        let (org, invitation, token) = invited(stage, &ada, &email).await;
        let path = format!("/v1/orgs/{org}/invitations/{invitation}");
        let answers = stage
            .race(&ada, 2, |caller, n| {
                let (path, token) = (path.clone(), token.clone());
                // Who is sent first changes with the rounds, and so does before which process.
                let accepts = (n + round / 2) % 2 == 0;
                async move {
                    if accepts {
                        accept(caller.signed_out(), token).await
                    } else {
                        caller.delete(&path, json!(null)).await
                    }
                }
            })
            .await;
        let mut kinds: Vec<String> = answers.iter().map(kind).collect();
        kinds.sort();
        let events = events(&ada, &org).await;
        match kinds.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
            ["200 joined", "410 invitation_used"] => expect_one_joined(&ada, &org).await,
            ["204", "410 invitation_cancelled"] => {
                assert_eq!(events.get("invitation.cancelled"), Some(&1));
                assert_eq!(events.get("invitation.accepted"), None);
                assert_eq!(events["member.joined"], 1);
            }
            other => panic!("{other:?}"),
        }
    }
}

pub(crate) async fn either_the_old_token_or_the_new_one_is_good(stage: &Stage) {
    let ada = stage.sign_in("ada@example.com").await;
    for round in 0..4 * ROUNDS {
        let email = format!("new{round}@example.com");
        let (org, invitation, token) = invited(stage, &ada, &email).await;
        let path = format!("/v1/orgs/{org}/invitations/{invitation}/resend");
        let answers = stage
            .race(&ada, 2, |caller, n| {
                let (path, token) = (path.clone(), token.clone());
                let accepts = (n + round / 2) % 2 == 0;
                async move {
                    if accepts {
                        accept(caller.signed_out(), token).await
                    } else {
                        caller.post(&path, json!(null)).await
                    }
                }
            })
            .await;
        let mut kinds: Vec<String> = answers.iter().map(kind).collect();
        kinds.sort();
        match kinds.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
            ["200 joined", "410 invitation_used"] => {}
            ["200", "404 invitation_unknown"] => {
                // The old token died, and the new one works.
                let newest = stage.app.anyone().mailed_token(&email).await;
                assert_ne!(newest, token);
                accept(stage.app.anyone(), newest).await.expect_status(200);
            }
            other => panic!("{other:?}"),
        }
        assert_eq!(events(&ada, &org).await["invitation.accepted"], 1);
    }
}

pub(crate) async fn nobody_joins_a_deleted_organization(stage: &Stage) {
    let ada = stage.sign_in("ada@example.com").await;
    let accepts = 8;
    for round in 0..2 * ROUNDS {
        let org = ada.create_org("Acme").await;
        let mut tokens = Vec::new();
        for n in 0..accepts {
            let email = format!("new{round}.{n}@example.com");
            ada.invite(&org, &email, "viewer").await;
            tokens.push(stage.app.anyone().mailed_token(&email).await);
        }
        let answers = stage
            .race(&ada, accepts + 1, |caller, n| {
                // The deletion is sent in the middle of them.
                let token = match n.cmp(&(accepts / 2)) {
                    Ordering::Less => Some(tokens[n].clone()),
                    Ordering::Equal => None,
                    Ordering::Greater => Some(tokens[n - 1].clone()),
                };
                let path = format!("/v1/orgs/{org}");
                async move {
                    match token {
                        Some(token) => accept(caller.signed_out(), token).await,
                        None => caller.delete(&path, json!({"name": "Acme"})).await,
                    }
                }
            })
            .await;
        let joined = answers.iter().filter(|answer| kind(answer) == "200 joined").count();
        expect_tally(&answers, &[("204", 1), ("200 joined", joined), ("410 invitation_cancelled", accepts - joined)]);
        // Those who were faster were members until the deletion, and nothing came after it.
        let count = |sql: &str| stage.app.count(&sql.replace("ORG", &org));
        assert_eq!(
            count("SELECT count(*) FROM event WHERE org_id = 'ORG' AND type = 'invitation.accepted'"),
            joined as i64
        );
        assert_eq!(
            count("SELECT version FROM event WHERE org_id = 'ORG' AND type = 'org.deleted'"),
            count("SELECT max(version) FROM event WHERE org_id = 'ORG'")
        );
        assert_eq!(count("SELECT count(*) FROM member WHERE org_id = 'ORG' AND status = 'active'"), 0);
        ada.get(&format!("/v1/orgs/{org}")).await.expect_status(404);
    }
}
