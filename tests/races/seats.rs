//! Seats, of which there are never more in use than were sold, whoever asks at the same time.

use latchkey_testkit::{Answer, Caller, json};

use crate::ROUNDS;
use crate::stage::{Stage, events, expect_tally, kind, tally};

/// An organization under that policy with so many seats.
async fn sold(stage: &Stage, owner: &Caller, policy: &str, plan: &str, seats: usize) -> String {
    let org = owner.create_org_with("Acme", policy).await;
    let plan = json!({"plan": plan, "seats": seats});
    stage.app.operator().put(&format!("/v1/orgs/{org}/plan"), plan).await.expect_status(200);
    org
}

async fn invite(caller: Caller, org: &str, email: String) -> Answer {
    caller.post(&format!("/v1/orgs/{org}/invitations"), json!({"email": email, "role": "member"})).await
}

pub(crate) async fn the_last_seat_is_given_once(stage: &Stage) {
    const REQUESTS: usize = 32;
    let ada = stage.sign_in("ada@example.com").await;
    for round in 0..ROUNDS {
        let org = sold(stage, &ada, "portal", "business", 2).await;
        let answers = stage
            .race(&ada, REQUESTS, |caller, n| {
                let (org, email) = (org.clone(), format!("new{round}.{n}@example.com"));
                async move { invite(caller, &org, email).await }
            })
            .await;
        expect_tally(&answers, &[("201", 1), ("409 seat_limit", REQUESTS - 1)]);
        assert_eq!(stage.app.count(&format!("SELECT pending_count FROM org WHERE id = '{org}'")), 1);
        assert_eq!(events(&ada, &org).await["invitation.created"], 1);
    }
}

/// Each of them holds its seat already.
pub(crate) async fn whoever_was_invited_in_time_joins_at_the_cap(stage: &Stage) {
    const REQUESTS: usize = 32;
    let ada = stage.sign_in("ada@example.com").await;
    let org = sold(stage, &ada, "portal", "business", REQUESTS + 1).await;
    let mut tokens = Vec::new();
    for n in 0..REQUESTS {
        let email = format!("new{n}@example.com");
        ada.invite(&org, &email, "member").await;
        tokens.push(ada.mailed_token(&email).await);
    }
    invite(ada.clone(), &org, "late@example.com".to_owned()).await.expect_problem(409, "seat_limit");
    let answers = stage
        .race(&ada.signed_out(), REQUESTS, |caller, n| {
            let body = json!({"token": tokens[n]});
            async move { caller.post("/v1/invitations/accept", body).await }
        })
        .await;
    expect_tally(&answers, &[("200 joined", REQUESTS)]);
    let counted = format!("SELECT member_count FROM org WHERE id = '{org}' AND pending_count = 0");
    assert_eq!(stage.app.count(&counted), REQUESTS as i64 + 1);
}

/// Batches of licences that overlap: each is assigned as a whole or not at all.
pub(crate) async fn batches_of_licences_never_pass_the_seats(stage: &Stage) {
    const MEMBERS: usize = 8;
    const BATCHES: usize = 16;
    const SEATS: usize = 5;
    for round in 0..ROUNDS {
        // A person is in one studio at a time.
        let owner = stage.sign_in(&format!("owner{round}@example.com")).await;
        let org = sold(stage, &owner, "studio", "team", SEATS).await;
        let mut members = Vec::new();
        for n in 0..MEMBERS {
            members.push(owner.bring_in(&org, &format!("m{round}.{n}@example.com"), "member").await.1);
        }
        let batch = |n: usize| -> Vec<&str> { (0..2).map(|k| members[(n + 3 * k) % MEMBERS].as_str()).collect() };
        let answers = stage
            .race(&owner, BATCHES, |caller, n| {
                let (path, body) = (format!("/v1/orgs/{org}/licenses/assign"), json!({"members": batch(n)}));
                async move { caller.post(&path, body).await }
            })
            .await;
        let kinds = ["200", "409 seat_limit", "503 contention"];
        assert!(answers.iter().all(|answer| kinds.contains(&kind(answer).as_str())), "{:?}", tally(&answers));
        let licensed = stage.app.count(&format!(
            "SELECT count(*) FROM member m JOIN org o ON o.id = m.org_id AND o.license_count <= {SEATS}
             WHERE m.org_id = '{org}' AND m.licensed = 1"
        ));
        assert!((2..=SEATS as i64).contains(&licensed), "{licensed} licences: {:?}", tally(&answers));
        assert_eq!(events(&owner, &org).await["license.assigned"], licensed as usize);
        // Whoever was told so has a licence.
        for answer in answers.iter().filter(|answer| kind(answer) == "200") {
            for entry in answer.data() {
                let member = entry["member"].as_str().expect("an id");
                assert_eq!(stage.app.count(&format!("SELECT licensed FROM member WHERE id = '{member}'")), 1);
            }
        }
    }
}

/// The plan shrinks while people are invited: whatever is invited after it has shrunk was judged by the smaller number.
pub(crate) async fn nobody_is_invited_past_a_plan_that_shrinks_meanwhile(stage: &Stage) {
    const REQUESTS: usize = 24;
    const SMALL: i64 = 3;
    let ada = stage.sign_in("ada@example.com").await;
    for round in 0..ROUNDS {
        let org = sold(stage, &ada, "portal", "business", 100).await;
        let answers = stage
            .race(&ada, REQUESTS, |caller, n| {
                let (org, email) = (org.clone(), format!("new{round}.{n}@example.com"));
                async move {
                    if n == REQUESTS / 3 {
                        let plan = json!({"plan": "business", "seats": SMALL});
                        return caller.put(&format!("/v1/orgs/{org}/plan"), plan).await;
                    }
                    invite(caller, &org, email).await
                }
            })
            .await;
        let invited = answers.iter().filter(|answer| kind(answer) == "201").count();
        let refused = answers.iter().filter(|answer| kind(answer) == "409 seat_limit").count();
        assert_eq!(
            (kind(&answers[REQUESTS / 3]).as_str(), invited + refused),
            ("200", REQUESTS - 1),
            "{:?}",
            tally(&answers)
        );
        let log = ada.audit(&org).await;
        let shrunk = log.iter().rposition(|event| event["type"] == "plan.changed").expect("a smaller plan");
        let (mut used, mut wrongly) = (1, 0);
        for (place, event) in log.iter().enumerate() {
            if event["type"] == "invitation.created" {
                used += 1;
                wrongly += u32::from(place > shrunk && used > SMALL);
            }
        }
        assert_eq!(wrongly, 0, "{log:?}");
    }
}

/// One overdue invitation can give its seat to one new one only.
pub(crate) async fn a_seat_is_given_back_once(stage: &Stage) {
    const REQUESTS: usize = 16;
    let ada = stage.sign_in("ada@example.com").await;
    for round in 0..ROUNDS {
        let org = sold(stage, &ada, "portal", "business", 2).await;
        ada.invite(&org, &format!("old{round}@example.com"), "member").await;
        let overdue = format!("UPDATE invitation SET expires_at = 1 WHERE org_id = '{org}'");
        // The log does not say so, and need not: the event that ends it is what counts.
        stage.app.sql(&overdue);
        let answers = stage
            .race(&ada, REQUESTS, |caller, n| {
                let (org, email) = (org.clone(), format!("new{round}.{n}@example.com"));
                async move { invite(caller, &org, email).await }
            })
            .await;
        expect_tally(&answers, &[("201", 1), ("409 seat_limit", REQUESTS - 1)]);
        assert_eq!(events(&ada, &org).await["invitation.expired"], 1);
        let restored = "UPDATE invitation SET expires_at = (SELECT e.data ->> '$.expires_at' FROM event e
                        WHERE e.target = invitation.id AND e.type = 'invitation.created') WHERE expires_at = 1";
        stage.app.sql(restored);
    }
}
