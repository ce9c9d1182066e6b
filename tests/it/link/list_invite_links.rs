use std::time::Duration;

use expect_test::expect;
use latchkey_testkit::{Caller, TestApp, Value, json, shown};

use crate::support::{join, make_link, pages, texts, wrong_fields};

async fn ids(caller: &Caller, org: &str, query: &str) -> Vec<String> {
    texts(&caller.get(&format!("/v1/orgs/{org}/invite-links?{query}")).await.expect_status(200).data(), "id")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn links_are_listed_as_they_stand_the_newest_first_and_without_their_secrets() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    let (gone, _) = make_link(&ada, &org, json!({"role": "viewer", "expires_in_s": 60})).await;
    app.advance_clock(Duration::from_secs(61));
    app.dispatch().await;
    let (over, _) = make_link(&ada, &org, json!({"role": "viewer", "expires_in_s": 60})).await;
    app.advance_clock(Duration::from_secs(61));
    let (revoked, _) = make_link(&ada, &org, json!({"role": "viewer"})).await;
    ada.delete(&format!("/v1/orgs/{org}/invite-links/{revoked}"), Value::Null).await.expect_status(204);
    let (used_up, token) = make_link(&ada, &org, json!({"role": "viewer", "uses_max": 1})).await;
    join(&app.sign_in("bob@example.com").await, &token).await.expect_status(200);
    let (active, token) = make_link(&ada, &org, json!({"role": "admin", "uses_max": 2})).await;
    join(&app.sign_in("carol@example.com").await, &token).await.expect_status(200);

    let all = ada.get(&format!("/v1/orgs/{org}/invite-links")).await.expect_status(200);
    assert_eq!(texts(&all.data(), "status"), ["active", "used_up", "revoked", "expired", "expired"]);
    assert!(!all.text.contains("lkl_"), "{}", all.text);
    for (status, expected) in [
        ("active", vec![&active]),
        ("used_up", vec![&used_up]),
        ("revoked", vec![&revoked]),
        ("expired", vec![&over, &gone]),
    ] {
        let listed = ids(&ada, &org, &format!("status={status}")).await;
        assert_eq!(listed.iter().collect::<Vec<_>>(), expected, "{status}");
    }
    expect![[r#"
        200
        {
          "data": [
            {
              "created_at": "[time]",
              "created_by": "mem#1",
              "domains": [],
              "expires_at": "[time]",
              "id": "lnk#1",
              "role": "admin",
              "status": "active",
              "uses": 1,
              "uses_max": 2
            }
          ],
          "next_cursor": "[cursor]"
        }"#]]
    .assert_eq(&shown(&ada.get(&format!("/v1/orgs/{org}/invite-links?limit=1")).await));
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pages_hold_every_link_once() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    let mut made = Vec::new();
    for n in 0..5 {
        let (id, _) = make_link(&ada, &org, json!({"role": "viewer"})).await;
        if n % 2 == 0 {
            ada.delete(&format!("/v1/orgs/{org}/invite-links/{id}"), Value::Null).await.expect_status(204);
        }
        made.insert(0, id);
    }
    let path = format!("/v1/orgs/{org}/invite-links");
    let listed = pages(&ada, &path, 2).await;
    assert_eq!(listed.iter().map(Vec::len).collect::<Vec<_>>(), [2, 2, 1]);
    assert_eq!(texts(&listed.concat(), "id"), made);
    let revoked = pages(&ada, &format!("{path}?status=revoked"), 2).await;
    assert_eq!(revoked.iter().map(Vec::len).collect::<Vec<_>>(), [2, 1]);
    assert_eq!(
        wrong_fields(ada.get(&format!("{path}?status=open&limit=0")).await),
        ["status not_allowed", "limit out_of_range"]
    );
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_may_not_invite_sees_no_links() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    let (viewer, _) = ada.bring_in(&org, "bob@example.com", "viewer").await;
    let path = format!("/v1/orgs/{org}/invite-links");
    let refused = viewer.get(&path).await.expect_problem(403, "forbidden");
    assert_eq!(refused.json()["permission"], "member.invite");
    app.sign_in("eve@example.com").await.get(&path).await.expect_problem(404, "not_found");
    app.anyone().get(&path).await.expect_problem(401, "unauthenticated");
    app.finish().await;
}
