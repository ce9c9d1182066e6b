use expect_test::expect;
use latchkey_testkit::{Reaction, Receiver, json, redacted};

use super::{app, make, tell, webhooks};
use crate::support::{pages, texts, wrong_fields};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_receiver_said_is_kept_up_to_a_kilobyte() {
    let receiver = Receiver::start(|n, _| match n {
        0 => Reaction::Answer { status: 422, headers: Vec::new(), body: format!("no\u{7} idea{}", "x".repeat(5000)) },
        _ => Reaction::status(204),
    })
    .await;
    let app = app().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    let (webhook, _) = make(&ada, &org, json!({"url": receiver.url("/")})).await;
    for name in ["B", "C", "D"] {
        ada.patch(&format!("/v1/orgs/{org}"), json!({ "name": name })).await.expect_status(200);
        if name != "D" {
            tell(&app).await;
        }
    }
    let path = format!("{}/{webhook}/deliveries", webhooks(&org));
    let mut all = ada.get(&path).await.expect_status(200).data();
    assert_eq!(texts(&all, "status"), ["queued", "sent", "failed"]);
    let answer = all[2]["response_body"].as_str().unwrap().to_owned();
    assert!(answer.starts_with("no ideaxxx") && answer.len() <= 1024, "{answer}");
    all[2]["response_body"] = json!("no idea…");
    for delivery in &mut all {
        let took_ms = &mut delivery["took_ms"];
        assert!(took_ms.is_null() || took_ms.as_u64().is_some_and(|took| took < 10_000));
        *took_ms = json!(null);
    }
    expect![[r#"
        [
          {
            "attempts": 0,
            "error": null,
            "event": "evt#1",
            "next_attempt_at": "[time]",
            "response_body": null,
            "response_status": null,
            "status": "queued",
            "took_ms": null,
            "tried_at": null,
            "type": "org.renamed",
            "version": 6
          },
          {
            "attempts": 1,
            "error": null,
            "event": "evt#2",
            "next_attempt_at": "[time]",
            "response_body": "no idea…",
            "response_status": 422,
            "status": "failed",
            "took_ms": null,
            "tried_at": "[time]",
            "type": "org.renamed",
            "version": 4
          }
        ]"#]]
    .assert_eq(&redacted(&json!([all[0], all[2]])));
    assert_eq!(ada.get(&format!("{path}?status=failed")).await.expect_status(200).data().len(), 1);
    assert_eq!(ada.get(&format!("{path}?status=dead")).await.expect_status(200).data().len(), 0);
    assert_eq!(pages(&ada, &path, 1).await.len(), 3);
    assert_eq!(wrong_fields(ada.get(&format!("{path}?status=sent")).await), ["status not_allowed"]);
    let (viewer, _) = ada.bring_in(&org, "bob@example.com", "viewer").await;
    viewer.get(&path).await.expect_problem(403, "forbidden");
    app.finish().await;
}
