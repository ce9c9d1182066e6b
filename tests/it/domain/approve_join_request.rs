use latchkey_testkit::{TestApp, Value, json};

use super::{join, organization, scene, told, verified};
use crate::support::NO_REQUEST;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_may_invite_lets_in_who_asked() {
    let app = TestApp::start().await;
    let (ada, org) = organization(&app, "credentials").await;
    let scene = scene(&app, &ada, &org).await;
    let requests = format!("/v1/orgs/{org}/join-requests");
    let path = format!("{requests}/{}/approve", scene.request);
    let (issuer, _) = ada.bring_in(&org, "ines@example.com", "issuer").await;
    issuer.post(&path, Value::Null).await.expect_problem(403, "forbidden");
    scene.asking.post(&path, Value::Null).await.expect_problem(404, "not_found");
    let member = ada.post(&path, Value::Null).await.expect_status(200).json();
    assert_eq!(
        (&member["email"], &member["role"], &member["came_by"]),
        (&json!("grace@acme.example"), &json!("viewer"), &json!("domain"))
    );
    let event = ada.audit(&org).await.pop().unwrap();
    assert_eq!((&event["type"], &event["actor"]["email"]), (&json!("member.joined"), &json!("ada@example.com")));
    assert_eq!(event["data"]["request"], scene.request);
    let listed = ada.get(&format!("{requests}?status=joined")).await.expect_status(200).data();
    assert_eq!(listed[0]["id"], scene.request);
    scene.asking.get(&format!("/v1/orgs/{org}")).await.expect_status(200);
    assert_eq!(told(&app, "grace@acme.example").await, ["You are a member of Acme now"]);
    ada.post(&path, Value::Null).await.expect_problem(409, "already_member");
    ada.post(&format!("{requests}/{NO_REQUEST}/approve"), Value::Null).await.expect_problem(404, "not_found");
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_is_granted_only_where_there_is_a_seat_and_by_one_way() {
    let app = TestApp::start().await;
    let (ada, org) = organization(&app, "portal").await;
    app.operator().put(&format!("/v1/orgs/{org}/plan"), json!({"plan": "team", "seats": 2})).await.expect_status(200);
    let scene = scene(&app, &ada, &org).await;
    let path = format!("/v1/orgs/{org}/join-requests/{}/approve", scene.request);
    let other = ada.invite(&org, "x@example.com", "member").await;
    ada.post(&path, Value::Null).await.expect_problem(409, "seat_limit");
    ada.delete(&format!("/v1/orgs/{org}/invitations/{other}"), Value::Null).await.expect_status(204);
    // Invited meanwhile, they accept, and the request is over with that.
    let invitation = ada.invite(&org, "grace@acme.example", "admin").await;
    ada.post(&path, Value::Null).await.expect_problem(409, "already_invited");
    scene.asking.post(&format!("/v1/me/invitations/{invitation}/accept"), Value::Null).await.expect_status(200);
    ada.post(&path, Value::Null).await.expect_problem(409, "already_member");
    assert_eq!(app.count("SELECT count(*) FROM join_request WHERE status = 'joined'"), 1);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_is_gone_or_elsewhere_is_not_let_in() {
    let app = TestApp::start().await;
    let (ada, org) = organization(&app, "studio").await;
    let scene = scene(&app, &ada, &org).await;
    let path = format!("/v1/orgs/{org}/join-requests");
    let other = scene.asking.create_org_with("Other", "studio").await;
    let refused = ada.post(&format!("{path}/{}/approve", scene.request), Value::Null).await;
    assert!(!refused.expect_problem(409, "members_elsewhere").text.contains(&other), "where else they are is theirs");
    let request = join(&scene.other, &org).await.expect_status(200).text_at("/request");
    scene.other.delete("/v1/me", json!({"email": "hugo@acme.example"})).await.expect_status(204);
    ada.post(&format!("{path}/{request}/approve"), Value::Null).await.expect_problem(409, "join_request_ended");
    // The proof may be gone by then: whoever lets them in decides.
    let beta = app.sign_in("bob@example.com").await;
    let studio = beta.create_org("Beta").await;
    verified(&app, &beta, &studio, "beta.example", "ask").await;
    let ida = app.sign_in("ida@beta.example").await;
    let request = join(&ida, &studio).await.expect_status(200).text_at("/request");
    let listed = beta.get(&format!("/v1/orgs/{studio}/domains")).await.expect_status(200).data();
    let domain = format!("/v1/orgs/{studio}/domains/{}", listed[0]["id"].as_str().unwrap());
    beta.delete(&domain, Value::Null).await.expect_status(204);
    beta.post(&format!("/v1/orgs/{studio}/join-requests/{request}/approve"), Value::Null).await.expect_status(200);
    app.finish().await;
}
