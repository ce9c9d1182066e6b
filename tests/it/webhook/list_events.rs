use latchkey_testkit::{Value, json};

use super::{scene, tell};
use crate::support::pages;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_polls_reads_what_webhooks_are_told_in_order_and_without_gaps() {
    let (app, receiver, ada, org, _, _) = scene().await;
    ada.bring_in(&org, "bob@example.com", "viewer").await;
    tell(&app).await;
    let path = format!("/v1/orgs/{org}/events");
    let all = ada.get(&path).await.expect_status(200).data();
    let versions: Vec<u64> = all.iter().map(|event| event["data"]["version"].as_u64().unwrap()).collect();
    assert_eq!(versions, [1, 2, 3, 4, 5, 6]);
    for message in receiver.received() {
        let mut told = message.json();
        told["data"]["previous_version"] = Value::Null;
        assert!(all.contains(&told), "{told}");
    }
    let after = ada.get(&format!("{path}?after=4")).await.expect_status(200).data();
    assert_eq!(after[..], all[4..]);
    assert_eq!(ada.get(&format!("{path}?after=6")).await.expect_status(200).data(), [] as [Value; 0]);
    let paged: Vec<Value> = pages(&ada, &path, 4).await.concat();
    assert_eq!(paged, all);
    let (viewer, _) = ada.bring_in(&org, "carol@example.com", "viewer").await;
    viewer.get(&path).await.expect_problem(403, "forbidden");
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_event_about_a_person_names_the_membership_and_the_account() {
    let (app, _, ada, org, _, _) = scene().await;
    let (bob, member) = ada.bring_in(&org, "bob@example.com", "viewer").await;
    let user = bob.get("/v1/me").await.expect_status(200).text_at("/id");
    let role = json!({"role": "admin"});
    ada.put(&format!("/v1/orgs/{org}/members/{member}/role"), role).await.expect_status(200);
    bob.post(&format!("/v1/orgs/{org}/leave"), json!({})).await.expect_status(200);
    let events = ada.get(&format!("/v1/orgs/{org}/events")).await.expect_status(200).data();
    for kind in ["member.joined", "member.role_changed", "member.left"] {
        let event = events.iter().rfind(|event| event["type"] == kind).unwrap_or_else(|| panic!("{kind}"));
        assert_eq!((&event["data"]["member"], &event["data"]["user"]), (&json!(member), &json!(user)), "{kind}");
        assert_eq!(event["data"]["organization"], json!(org));
    }
    app.finish().await;
}
