//! One API key, many at once.

use std::collections::BTreeSet;

use latchkey_testkit::{Answer, Caller, Value, json};
use tokio::task::JoinSet;

use crate::ROUNDS;
use crate::stage::{Stage, documented, events, expect_tally, kind, tally};

const MANY: usize = 64;

const VERIFY: &str = "/v1/api-keys/verify";

/// A key's path and its text.
async fn make_key(caller: &Caller, org: &str, body: Value) -> (String, String) {
    let mut body = body;
    body["name"] = json!("CI");
    let keys = format!("/v1/orgs/{org}/api-keys");
    let made = caller.post(&keys, body).await.expect_status(201);
    (format!("{keys}/{}", made.text_at("/id")), made.text_at("/key"))
}

async fn verdict(caller: &Caller, text: &str) -> String {
    let told = caller.post(VERIFY, json!({ "key": text })).await.expect_status(200).json();
    told["reason"].as_str().unwrap_or("valid").to_owned()
}

pub(crate) async fn of_many_rotations_the_last_text_is_good(stage: &Stage) {
    let ada = stage.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    let (path, first) = make_key(&ada, &org, json!({})).await;
    let answers = stage
        .race(&ada, MANY, |caller, _| {
            let path = format!("{path}/rotate");
            async move { caller.post(&path, json!({"overlap_s": 0})).await }
        })
        .await;
    let made: Vec<&Answer> = answers.iter().filter(|answer| kind(answer) == "200").collect();
    expect_tally(&answers, &[("200", made.len()), ("503 contention", MANY - made.len())]);
    assert!(!made.is_empty(), "{:?}", tally(&answers));
    let texts: BTreeSet<String> = made.iter().map(|answer| answer.text_at("/key")).collect();
    assert_eq!(texts.len(), made.len(), "each rotation has a text of its own");
    let mut good = Vec::new();
    for text in texts.iter().chain([&first]) {
        match verdict(&stage.app.operator(), text).await.as_str() {
            "valid" => good.push(text.clone()),
            verdict => assert_eq!(verdict, "rotated"),
        }
    }
    assert_eq!(good.len(), 1);
    let label = ada.get(&path).await.expect_status(200).text_at("/label");
    assert_eq!(good[0][3..11], label, "the one that the list shows");
    assert_eq!(stage.app.count("SELECT generation FROM api_key"), made.len() as i64 + 1);
    assert_eq!(events(&ada, &org).await["api_key.rotated"], made.len());
}

pub(crate) async fn many_revocations_are_one(stage: &Stage) {
    let ada = stage.sign_in("ada@example.com").await;
    for _ in 0..ROUNDS {
        let org = ada.create_org("Acme").await;
        let (path, text) = make_key(&ada, &org, json!({})).await;
        let answers = stage
            .race(&ada, MANY, |caller, n| {
                // A rotation in between comes first or too late.
                let rotates = n == MANY / 2;
                let path = path.clone();
                async move {
                    if rotates {
                        caller.post(&format!("{path}/rotate"), json!(null)).await
                    } else {
                        caller.delete(&path, json!(null)).await
                    }
                }
            })
            .await;
        let kinds = tally(&answers);
        assert_eq!(kinds["204"], MANY - 1, "{kinds:?}");
        assert!(kinds.contains_key("200") || kinds.contains_key("409 key_ended"), "{kinds:?}");
        assert_eq!(events(&ada, &org).await["api_key.revoked"], 1);
        assert_eq!(stage.app.count(&format!("SELECT key_count FROM org WHERE id = '{org}'")), 0);
        assert_eq!(verdict(&stage.app.operator(), &text).await, "revoked");
    }
}

pub(crate) async fn no_verification_that_begins_after_a_revocation_succeeds(stage: &Stage) {
    let ada = stage.sign_in("ada@example.com").await;
    let operator = stage.app.operator();
    for round in 0..2 * ROUNDS {
        let org = ada.create_org("Acme").await;
        let (path, text) = make_key(&ada, &org, json!({})).await;
        let mut asked = JoinSet::new();
        for n in 0..MANY {
            let (operator, text) = (stage.at(&operator, n), text.clone());
            asked.spawn(async move { documented(operator.post(VERIFY, json!({ "key": text })).await) });
        }
        stage.at(&ada, round).delete(&path, json!(null)).await.expect_status(204);
        let mut after = JoinSet::new();
        for n in 0..4 {
            let (operator, text) = (stage.at(&operator, n), text.clone());
            after.spawn(async move { verdict(&operator, &text).await });
        }
        assert_eq!(after.join_all().await, ["revoked"; 4]);
        let answers = asked.join_all().await;
        let valid = answers.iter().filter(|answer| answer.json()["valid"] == true).count();
        let revoked = answers.iter().filter(|answer| answer.json()["reason"] == "revoked").count();
        assert_eq!(valid + revoked, MANY, "{:?}", tally(&answers));
        let rows = stage.app.count(&format!("SELECT count(*) FROM activity WHERE org_id = '{org}'"));
        assert_eq!(rows, valid as i64, "a row for each that was told it is good, and for no other");
    }
}

pub(crate) async fn a_rate_lets_exactly_that_many_through(stage: &Stage) {
    const RATE: usize = 10;
    let ada = stage.sign_in("ada@example.com").await;
    let operator = stage.app.operator();
    for _ in 0..ROUNDS {
        let org = ada.create_org("Acme").await;
        let rate = json!({"rate_limit": {"requests": RATE, "window_s": 3600}});
        let (_, text) = make_key(&ada, &org, rate).await;
        let answers = stage
            .race(&operator, MANY, |operator, _| {
                let text = text.clone();
                async move { operator.post(VERIFY, json!({ "key": text })).await }
            })
            .await;
        let mut left: Vec<u64> = answers
            .iter()
            .filter(|answer| answer.json()["valid"] == true)
            .filter_map(|answer| answer.json()["rate_limit"]["remaining"].as_u64())
            .collect();
        left.sort_unstable();
        assert_eq!(left, (0..RATE as u64).collect::<Vec<_>>(), "each was told another number");
        let limited = answers.iter().filter(|answer| answer.json()["reason"] == "rate_limited").count();
        assert_eq!(limited, MANY - RATE);
    }
}

pub(crate) async fn nobody_goes_and_leaves_a_key_behind(stage: &Stage) {
    const KEYS: usize = 12;
    let ada = stage.sign_in("ada@example.com").await;
    for round in 0..2 * ROUNDS {
        let org = ada.create_org("Acme").await;
        let (bob, member) = ada.bring_in(&org, &format!("bob{round}@example.com"), "admin").await;
        let answers = stage
            .race(&ada, KEYS + 1, |caller, n| {
                let (bob, member, org) = (bob.clone(), member.clone(), org.clone());
                let removes = n == KEYS / 2;
                let by_bob = n % 2 == 0;
                async move {
                    let keys = format!("/v1/orgs/{org}/api-keys");
                    if removes {
                        caller.delete(&format!("/v1/orgs/{org}/members/{member}"), json!({"keys": "keep"})).await
                    } else if by_bob {
                        caller.bearer(bob.token()).post(&keys, json!({"name": "CI"})).await
                    } else {
                        caller.post(&keys, json!({"name": "CI", "member": member})).await
                    }
                }
            })
            .await;
        let removal = answers.iter().find(|answer| answer.asked.starts_with("DELETE")).unwrap();
        assert!(["200", "503 contention"].contains(&kind(removal).as_str()), "{}", removal.text);
        let made = answers.iter().filter(|answer| kind(answer) == "201").count();
        let count = |sql: &str| stage.app.count(&sql.replace("ORG", &org).replace("MEMBER", &member));
        assert_eq!(count("SELECT count(*) FROM api_key WHERE org_id = 'ORG'"), made as i64);
        if kind(removal) == "200" {
            let unsettled =
                "SELECT count(*) FROM api_key WHERE member_id = 'MEMBER' AND status = 'active' AND kept IS NULL";
            assert_eq!(count(unsettled), 0);
            let named = removal.json()["keys"].as_array().map_or(0, Vec::len);
            assert_eq!(named, made, "each key that was made is named: {:?}", tally(&answers));
        }
    }
}
