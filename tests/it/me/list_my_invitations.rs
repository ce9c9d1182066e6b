use expect_test::expect;
use latchkey_testkit::{TestApp, Value, json, shown};

use crate::support::{INVITATION_LIFETIME, pages, text, texts};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_person_sees_the_open_invitations_to_their_address() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let (acme, beta) = (ada.create_org("Acme").await, ada.create_org("Beta").await);
    ada.invite(&acme, "Bob@Bücher.example", "admin").await;
    ada.invite(&beta, "bob@xn--bcher-kva.example", "viewer").await;
    ada.invite(&beta, "carol@example.com", "viewer").await;
    let bob = app.sign_in("bob@bücher.example").await;
    let mine = bob.get("/v1/me/invitations").await;
    expect![[r#"
        200
        {
          "data": [
            {
              "email": "Bob@bücher.example",
              "expires_at": "[time]",
              "id": "inv#1",
              "invited_at": "[time]",
              "invited_by": "mem#1",
              "organization": {
                "id": "org#1",
                "name": "Acme"
              },
              "project": null,
              "role": "admin",
              "sent_at": "[time]",
              "status": "pending"
            },
            {
              "email": "bob@xn--bcher-kva.example",
              "expires_at": "[time]",
              "id": "inv#2",
              "invited_at": "[time]",
              "invited_by": "mem#2",
              "organization": {
                "id": "org#2",
                "name": "Beta"
              },
              "project": null,
              "role": "viewer",
              "sent_at": "[time]",
              "status": "pending"
            }
          ],
          "next_cursor": null
        }"#]]
    .assert_eq(&shown(&mine));
    assert!(ada.get("/v1/me/invitations").await.data().is_empty());
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_invitation_that_has_ended_is_not_open_any_more() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let bob = app.sign_in("bob@example.com").await;
    let mut left = Vec::new();
    for name in ["Accepted", "Declined", "Cancelled", "Deleted", "Expired"] {
        let org = ada.create_org(name).await;
        let id = ada.invite(&org, "bob@example.com", "viewer").await;
        left.push((org, id));
    }
    let open = async || texts(&bob.get("/v1/me/invitations").await.expect_status(200).data(), "id");
    assert_eq!(open().await, left.iter().map(|(_, id)| id.clone()).collect::<Vec<_>>());
    bob.post(&format!("/v1/me/invitations/{}/accept", left[0].1), Value::Null).await.expect_status(200);
    bob.post(&format!("/v1/me/invitations/{}/decline", left[1].1), Value::Null).await.expect_status(204);
    ada.delete(&format!("/v1/orgs/{}/invitations/{}", left[2].0, left[2].1), Value::Null).await.expect_status(204);
    ada.delete(&format!("/v1/orgs/{}", left[3].0), json!({"name": "Deleted"})).await.expect_status(204);
    assert_eq!(open().await, [left[4].1.clone()]);
    app.advance_clock(INVITATION_LIFETIME);
    app.dispatch().await;
    assert!(open().await.is_empty());
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pages_neither_repeat_nor_skip_while_invitations_come_and_go() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let bob = app.sign_in("bob@example.com").await;
    let mut ids = Vec::new();
    for n in 0..5 {
        let org = ada.create_org(&format!("Org {n}")).await;
        ids.push(ada.invite(&org, "bob@example.com", "viewer").await);
    }
    let walked: Vec<Vec<String>> =
        pages(&bob, "/v1/me/invitations", 2).await.iter().map(|page| texts(page, "id")).collect();
    assert_eq!(walked, [&ids[..2], &ids[2..4], &ids[4..]]);

    let first = bob.get("/v1/me/invitations?limit=2").await.expect_status(200);
    bob.post(&format!("/v1/me/invitations/{}/decline", ids[1]), Value::Null).await.expect_status(204);
    let cursor = text(&first.json()["next_cursor"]);
    let second = bob.get(&format!("/v1/me/invitations?limit=2&cursor={cursor}")).await.expect_status(200).data();
    assert_eq!(texts(&second, "id"), ids[2..4]);
    bob.get(&format!("/v1/orgs?cursor={cursor}")).await.expect_problem(422, "bad_cursor");
    app.anyone().get("/v1/me/invitations").await.expect_problem(401, "unauthenticated");
    app.finish().await;
}
