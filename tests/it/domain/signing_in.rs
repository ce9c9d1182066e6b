//! What signing in does where an organization takes people in by the domain of their address.

use latchkey_testkit::{Caller, TestApp, Value, json};

use super::{domains, organization, verified};

/// Signs in by a code; the answer.
async fn sign_in(app: &TestApp, email: &str) -> Value {
    let anyone: Caller = app.anyone();
    let started = anyone.post("/v1/auth/email", json!({"email": email})).await.expect_status(202);
    let code = anyone.newest_mail(email).await["code"].clone();
    let body = json!({"challenge": started.text_at("/challenge"), "code": code});
    let request = anyone.request("POST", "/v1/auth/email/verify").json(&body).header("x-test-id", "sign-in");
    request.send().await.expect_status(200).json()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_signs_in_with_such_an_address_is_in_by_two_more_statements() {
    let app = TestApp::start().await;
    let (ada, org) = organization(&app, "portal").await;
    verified(&app, &ada, &org, "bücher.example", "automatic").await;
    let session = sign_in(&app, "Grace@BÜCHER.example").await;
    assert_eq!(session["joined"], org);
    assert_eq!(app.statements_of("sign-in").len(), 4);
    let grace = app.anyone().bearer(session["token"].as_str().unwrap());
    let mine = grace.get("/v1/orgs").await.expect_status(200).data();
    assert_eq!((&mine[0]["id"], &mine[0]["my_role"]), (&json!(org), &json!("member")));
    let joined = ada.audit(&org).await.pop().unwrap();
    assert_eq!((&joined["type"], &joined["actor"]["kind"]), (&json!("member.joined"), &json!("user")));
    // Once is enough, and others are none of its business.
    assert_eq!(sign_in(&app, "grace@bücher.example").await["joined"], Value::Null);
    assert_eq!(sign_in(&app, "eve@bücher.example.net").await["joined"], Value::Null);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn signing_in_joins_in_the_role_that_the_organization_chose() {
    let app = TestApp::start().await;
    let (ada, org) = organization(&app, "credentials").await;
    ada.patch(&format!("/v1/orgs/{org}"), json!({"auto_join_role": "issuer"})).await.expect_status(200);
    verified(&app, &ada, &org, "acme.example", "automatic").await;
    assert_eq!(sign_in(&app, "grace@acme.example").await["joined"], org);
    let members = ada.get(&format!("/v1/orgs/{org}/members?role=issuer")).await.expect_status(200).data();
    assert_eq!((members.len(), &members[0]["came_by"]), (1, &json!("domain")));
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_asks_or_finds_no_seat_is_signed_in_all_the_same() {
    let app = TestApp::start().await;
    let (ada, org) = organization(&app, "portal").await;
    app.operator().put(&format!("/v1/orgs/{org}/plan"), json!({"plan": "team", "seats": 1})).await.expect_status(200);
    let id = verified(&app, &ada, &org, "acme.example", "automatic").await;
    assert_eq!(sign_in(&app, "grace@acme.example").await["joined"], Value::Null);
    ada.patch(&format!("{}/{id}", domains(&org)), json!({"auto_join": "ask"})).await.expect_status(200);
    assert_eq!(sign_in(&app, "hugo@acme.example").await["joined"], Value::Null);
    assert_eq!(app.count("SELECT count(*) FROM join_request"), 0, "nobody asks without knowing");
    app.finish().await;
}
