use expect_test::expect;
use latchkey_testkit::{Caller, TestApp, Value, json, shown};

use crate::support::{INVITATION_LIFETIME, accept, pages, text, texts, wrong_fields};

async fn emails(caller: &Caller, org: &str, query: &str) -> Vec<String> {
    texts(&caller.get(&format!("/v1/orgs/{org}/invitations?{query}")).await.expect_status(200).data(), "email")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn invitations_are_listed_whatever_became_of_them_the_newest_first() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    ada.invite(&org, "expired@example.com", "viewer").await;
    app.advance_clock(INVITATION_LIFETIME);
    app.dispatch().await;
    ada.bring_in(&org, "accepted@example.com", "viewer").await;
    ada.invite(&org, "declined@example.com", "viewer").await;
    let token = app.anyone().mailed_token("declined@example.com").await;
    app.anyone().post("/v1/invitations/decline", json!({ "token": token })).await.expect_status(204);
    let cancelled = ada.invite(&org, "cancelled@example.com", "viewer").await;
    ada.delete(&format!("/v1/orgs/{org}/invitations/{cancelled}"), Value::Null).await.expect_status(204);
    ada.invite(&org, "pending@example.com", "viewer").await;

    let all = ada.get(&format!("/v1/orgs/{org}/invitations")).await.expect_status(200).data();
    assert_eq!(texts(&all, "status"), ["pending", "cancelled", "declined", "accepted", "expired"]);
    for status in ["pending", "cancelled", "declined", "accepted", "expired"] {
        assert_eq!(emails(&ada, &org, &format!("status={status}")).await, [format!("{status}@example.com")]);
    }
    let pending = ada.get(&format!("/v1/orgs/{org}/invitations?status=pending")).await;
    expect![[r#"
        200
        {
          "data": [
            {
              "email": "pending@example.com",
              "expires_at": "[time]",
              "id": "inv#1",
              "invited_at": "[time]",
              "invited_by": "mem#1",
              "mail": "queued",
              "mail_error": null,
              "project": null,
              "role": "viewer",
              "sent_at": "[time]",
              "status": "pending"
            }
          ],
          "next_cursor": null
        }"#]]
    .assert_eq(&shown(&pending));
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pages_neither_repeat_nor_skip_while_invitations_come_and_go() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    let path = format!("/v1/orgs/{org}/invitations");
    let mut ids = Vec::new();
    for n in 0..5 {
        ids.push(ada.invite(&org, &format!("p{n}@example.com"), "viewer").await);
    }
    let walked: Vec<Vec<String>> = pages(&ada, &path, 2).await.iter().map(|page| texts(page, "email")).collect();
    let names = |names: &[&str]| names.iter().map(|name| format!("{name}@example.com")).collect::<Vec<_>>();
    assert_eq!(walked, [names(&["p4", "p3"]), names(&["p2", "p1"]), names(&["p0"])]);

    let first = ada.get(&format!("{path}?limit=2&status=pending")).await.expect_status(200);
    ada.delete(&format!("{path}/{}", ids[2]), Value::Null).await.expect_status(204);
    accept(&app.anyone(), &app.anyone().mailed_token("p4@example.com").await).await.expect_status(200);
    ada.invite(&org, "p5@example.com", "viewer").await;
    let cursor = text(&first.json()["next_cursor"]);
    assert_eq!(emails(&ada, &org, &format!("status=pending&cursor={cursor}")).await, names(&["p1", "p0"]));
    ada.get(&format!("{path}?status=expired&cursor={cursor}")).await.expect_problem(422, "bad_cursor");
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn members_may_look_and_strangers_may_not() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    let path = format!("/v1/orgs/{org}/invitations");
    let (viewer, _) = ada.bring_in(&org, "bob@example.com", "viewer").await;
    viewer.get(&path).await.expect_status(200);
    app.sign_in("eve@example.com").await.get(&path).await.expect_problem(404, "not_found");
    app.anyone().get(&path).await.expect_problem(401, "unauthenticated");
    let refused = ada.get(&format!("{path}?status=open&limit=0&page=2")).await;
    assert_eq!(wrong_fields(refused), ["status not_allowed", "limit out_of_range", "page unknown"]);
    app.finish().await;
}
