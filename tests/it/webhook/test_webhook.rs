use expect_test::expect;
use latchkey_testkit::{Value, json, redacted};

use super::{expect_signed, make, scene, tell, webhooks};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_test_event_goes_to_this_webhook_alone_whatever_it_wants_to_hear() {
    let (app, receiver, ada, org, webhook, secret) = scene().await;
    let narrow = json!({"url": receiver.url("/narrow"), "types": ["org.deleted"]});
    let (other, other_secret) = make(&ada, &org, narrow).await;
    for (webhook, secret, path) in [(&webhook, &secret, "/hook"), (&other, &other_secret, "/narrow")] {
        let before = receiver.received().len();
        ada.post(&format!("{}/{webhook}/test", webhooks(&org)), Value::Null).await.expect_status(200);
        assert_eq!(tell(&app).await, (1, 0));
        let received = receiver.received();
        let [message] = &received[before..] else { panic!("{received:?}") };
        assert_eq!(message.path, path);
        expect_signed(message, secret);
        if path == "/hook" {
            expect![[r#"
                {
                  "data": {
                    "actor": "usr#1",
                    "details": {},
                    "id": "evt#1",
                    "member": null,
                    "organization": "org#1",
                    "previous_version": null,
                    "target": {
                      "id": "whk#1",
                      "type": "webhook"
                    },
                    "user": null,
                    "version": 5
                  },
                  "timestamp": "[time]",
                  "type": "webhook.tested"
                }"#]]
            .assert_eq(&redacted(&message.json()));
        }
    }
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_that_is_off_is_not_tested() {
    let (app, receiver, ada, org, webhook, _) = scene().await;
    let path = format!("{}/{webhook}", webhooks(&org));
    ada.patch(&path, json!({"on": false})).await.expect_status(200);
    ada.post(&format!("{path}/test"), Value::Null).await.expect_problem(409, "webhook_is_off");
    assert_eq!((tell(&app).await, receiver.received().len()), ((0, 0), 0));
    app.finish().await;
}
