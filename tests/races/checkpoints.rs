//! Signing a log while it grows and while others sign it.

use std::collections::BTreeSet;

use latchkey_domain::note::VerifierKey;
use latchkey_ops::verify::{Kept, verify};
use latchkey_testkit::{DISPATCH_TOKEN, Value, json};

use crate::ROUNDS;
use crate::stage::Stage;

pub(crate) async fn whoever_signs_the_log_at_once_tells_one_story(stage: &Stage) {
    let ada = stage.sign_in("ada@example.com").await;
    for _ in 0..ROUNDS {
        let org = ada.create_org("Acme").await;
        stage.app.advance_clock(std::time::Duration::from_secs(3600));
        let path = format!("/v1/orgs/{org}");
        let answers = stage
            .race(&ada, 32, |caller, n| {
                let path = path.clone();
                async move {
                    match n % 4 {
                        0 | 1 => caller.post(&format!("{path}/log/checkpoints"), Value::Null).await,
                        2 => caller.post(&format!("{path}/invite-links"), json!({"role": "viewer"})).await,
                        _ => caller.bearer(DISPATCH_TOKEN).post("/v1/dispatch", Value::Null).await,
                    }
                }
            })
            .await;
        let told = answers
            .iter()
            .filter(|answer| answer.status == 200)
            .filter_map(|answer| Some(answer.json()["checkpoint"]["note"].as_str()?.to_owned()));
        let told: BTreeSet<String> = told.collect();
        assert!(!told.is_empty());
        ada.post(&format!("{path}/log/checkpoints"), Value::Null).await.expect_status(200);
        let listed = ada.get(&format!("{path}/log/checkpoints?limit=200")).await.expect_status(200).data();
        let notes: BTreeSet<String> = listed.iter().map(|it| it["note"].as_str().unwrap().to_owned()).collect();
        assert!(told.is_subset(&notes), "a checkpoint was given away and not kept");
        let key = ada.get(&format!("/v1/log/keys?organization={org}")).await.text_at("/keys/0/verifier_key");
        let kept: Vec<Kept> = notes.into_iter().map(|note| Kept { from: String::new(), note }).collect();
        let log = ada.get(&format!("{path}/log/export")).await.expect_status(200).text;
        let report = verify(log.as_bytes(), &kept, &[VerifierKey::parse(&key).unwrap()]).unwrap();
        assert!(report.is_sound() && report.covered == report.events && report.events == 10, "{report:?}");
    }
}
