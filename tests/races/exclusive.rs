//! One person at the doors of several organizations that each want them alone.

use latchkey_testkit::{Value, json};

use crate::ROUNDS;
use crate::stage::{Stage, expect_tally, kind};

pub(crate) async fn a_person_ends_up_in_one_exclusive_organization(stage: &Stage) {
    const REQUESTS: usize = 24;
    let (ada, cem) = (stage.sign_in("ada@example.com").await, stage.sign_in("cem@example.com").await);
    let (one, other) = (ada.create_org_with("Bright", "studio").await, cem.create_org_with("Dark", "studio").await);
    let made = cem.post(&format!("/v1/orgs/{other}/invite-links"), json!({"role": "member"})).await.expect_status(201);
    let token = made.text_at("/token");
    for round in 0..ROUNDS {
        let bob = stage.sign_in(&format!("bob{round}@example.com")).await;
        let invitation = ada.invite(&one, &bob.email, "member").await;
        let answers = stage
            .race(&bob, REQUESTS, |caller, n| {
                let accept = format!("/v1/me/invitations/{invitation}/accept");
                let join = json!({ "token": token });
                async move {
                    match n % 3 {
                        0 => caller.post(&accept, Value::Null).await,
                        1 => caller.post("/v1/invite-links/join", join).await,
                        _ => caller.post("/v1/orgs", json!({"name": "Own", "policy": "studio"})).await,
                    }
                }
            })
            .await;
        // Whichever door opened first stays open for them, and the two others shut.
        let third = REQUESTS / 3;
        let won = answers.iter().position(|answer| matches!(kind(answer).as_str(), "200 joined" | "201"));
        let won = won.expect("one of them is let in");
        let (first, again) = if won % 3 == 2 { ("201", 0) } else { ("200 joined", third - 1) };
        let refused = REQUESTS - 1 - again;
        expect_tally(&answers, &[(first, 1), ("200 already_member", again), ("409 leave_first", refused)]);
        let sql = "SELECT count(*) FROM member m JOIN user u ON u.id = m.user_id WHERE m.status = 'active' AND u.email_key = ";
        assert_eq!(stage.app.count(&format!("{sql}'{}'", bob.email)), 1);
    }
}
