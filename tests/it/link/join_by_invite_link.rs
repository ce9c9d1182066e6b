use std::time::Duration;

use expect_test::expect;
use latchkey_testkit::{TestApp, Value, json, shown};

use crate::support::{INVITATION_LIFETIME, join, make_link, texts};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_signed_in_person_joins_at_once_and_unlicensed() {
    let app = TestApp::start().await;
    let (ada, bob) = (app.sign_in("ada@example.com").await, app.sign_in("bob@example.com").await);
    bob.patch("/v1/me", json!({"display_name": "Bob"})).await.expect_status(200);
    let org = ada.create_org_with("Bright", "studio").await;
    let (link, token) = make_link(&ada, &org, json!({"role": "member"})).await;
    let joined = join(&bob, &token).await;
    expect![[r#"
        200
        etag: "4"
        {
          "member": {
            "billed_owner": false,
            "came_by": "link",
            "display_name": "Bob",
            "email": "bob@example.com",
            "expires_at": null,
            "id": "mem#1",
            "invited_at": null,
            "invited_by": null,
            "joined_at": "[time]",
            "last_active_at": "[time]",
            "licensed": false,
            "limits": {},
            "restrictions": null,
            "role": "member",
            "status": "active",
            "tier": null,
            "user_id": "usr#1"
          },
          "organization": {
            "id": "org#1",
            "name": "Bright"
          },
          "outcome": "joined",
          "project": null,
          "project_member": null,
          "session": null
        }"#]]
    .assert_eq(&shown(&joined));
    let event = ada.audit(&org).await[3].clone();
    assert_eq!((&event["type"], &event["data"]["link"]), (&json!("member.joined"), &json!(link)));
    assert_eq!(bob.get(&format!("/v1/orgs/{org}")).await.expect_status(200).text_at("/my_role"), "member");
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_is_a_member_already_uses_nothing_up() {
    let app = TestApp::start().await;
    let (ada, bob) = (app.sign_in("ada@example.com").await, app.sign_in("bob@example.com").await);
    let org = ada.create_org("Acme").await;
    let (link, token) = make_link(&ada, &org, json!({"role": "viewer", "uses_max": 1})).await;
    let own = join(&ada, &token).await.expect_status(200);
    assert_eq!((own.text_at("/outcome"), own.text_at("/member/role")), ("already_member".into(), "owner".into()));
    let first = join(&bob, &token).await.expect_status(200);
    // A second click of the last who was let in, and of one whose link has ended since.
    let again = join(&bob, &token).await.expect_status(200);
    assert_eq!(again.text_at("/outcome"), "already_member");
    assert_eq!(again.text_at("/member/id"), first.text_at("/member/id"));
    ada.delete(&format!("/v1/orgs/{org}/invite-links/{link}"), Value::Null).await.expect_status(204);
    assert_eq!(join(&bob, &token).await.expect_status(200).text_at("/outcome"), "already_member");
    assert_eq!(app.count("SELECT uses FROM invite_link"), 1);
    assert_eq!(app.count("SELECT count(*) FROM event WHERE type = 'member.joined'"), 2);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_link_ends_by_time_by_use_and_by_hand() {
    let app = TestApp::start().await;
    let (ada, bob) = (app.sign_in("ada@example.com").await, app.sign_in("bob@example.com").await);
    let carol = app.sign_in("carol@example.com").await;
    let org = ada.create_org("Acme").await;
    let (_, used_up) = make_link(&ada, &org, json!({"role": "viewer", "uses_max": 1})).await;
    join(&bob, &used_up).await.expect_status(200);
    let refused = join(&carol, &used_up).await.expect_problem(410, "link_used_up");
    assert_eq!(refused.json()["uses_max"], 1);
    let (_, expired) = make_link(&ada, &org, json!({"role": "viewer", "expires_in_s": 60})).await;
    app.advance_clock(Duration::from_secs(60));
    join(&carol, &expired).await.expect_problem(410, "link_expired");
    app.dispatch().await;
    join(&carol, &expired).await.expect_problem(410, "link_expired");
    let (_, open) = make_link(&ada, &org, json!({"role": "viewer"})).await;
    ada.delete(&format!("/v1/orgs/{org}"), json!({"name": "Acme"})).await.expect_status(204);
    join(&carol, &open).await.expect_problem(410, "link_revoked");
    join(&bob, &open).await.expect_problem(410, "link_revoked");
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_link_for_some_domains_lets_in_their_addresses_only() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    let body = json!({"role": "viewer", "domains": ["bücher.example", "example.com"]});
    let (_, token) = make_link(&ada, &org, body).await;
    for wrong in ["bob@example.net", "bob@sub.example.com", "bob@notexample.com"] {
        let refused = join(&app.sign_in(wrong).await, &token).await.expect_problem(403, "link_domain");
        assert_eq!(refused.json()["domains"], json!(["example.com", "xn--bcher-kva.example"]));
    }
    for right in ["bob@EXAMPLE.com", "carol@BÜCHER.example"] {
        join(&app.sign_in(right).await, &token).await.expect_status(200);
    }
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_link_is_worth_what_its_maker_may_do() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    let (admin, member) = ada.bring_in(&org, "bob@example.com", "admin").await;
    let (_, token) = make_link(&admin, &org, json!({"role": "admin"})).await;
    let carol = app.sign_in("carol@example.com").await;
    let give = async |role: &str| {
        ada.put(&format!("/v1/orgs/{org}/members/{member}/role"), json!({ "role": role })).await.expect_status(200)
    };
    give("viewer").await;
    join(&carol, &token).await.expect_problem(409, "inviter_lost_right");
    give("admin").await;
    join(&carol, &token).await.expect_status(200);
    give("viewer").await;
    ada.delete(&format!("/v1/orgs/{org}/members/{member}"), Value::Null).await.expect_status(200);
    let dora = app.sign_in("dora@example.com").await;
    join(&dora, &token).await.expect_problem(409, "inviter_lost_right");
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_person_in_another_exclusive_organization_is_told_to_leave_it_first() {
    let app = TestApp::start().await;
    let (ada, bob) = (app.sign_in("ada@example.com").await, app.sign_in("bob@example.com").await);
    let bright = ada.create_org_with("Bright", "studio").await;
    let (_, token) = make_link(&ada, &bright, json!({"role": "member"})).await;
    // Organizations with other rules do not count, whichever was there first.
    bob.create_org("Badges").await;
    let solo = bob.create_org_with("Solo", "studio").await;
    let refused = join(&bob, &token).await;
    expect![[r#"
        409
        content-type: application/problem+json
        {
          "code": "leave_first",
          "detail": "You are in Solo, and may be in one organization at a time. Leave Solo first.",
          "name": "Solo",
          "organization": "org#1",
          "request_id": "[request]",
          "status": 409,
          "title": "One organization at a time",
          "type": "/problems/leave_first"
        }"#]]
    .assert_eq(&shown(&refused));
    assert_eq!(refused.text_at("/organization"), solo);
    bob.delete(&format!("/v1/orgs/{solo}"), json!({"name": "Solo"})).await.expect_status(204);
    assert_eq!(join(&bob, &token).await.expect_status(200).text_at("/outcome"), "joined");
    // And the other way round.
    let badges = ada.create_org("More badges").await;
    let (_, token) = make_link(&ada, &badges, json!({"role": "viewer"})).await;
    join(&bob, &token).await.expect_status(200);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_joins_takes_a_seat_where_members_do() {
    let app = TestApp::start().await;
    let (ada, bob) = (app.sign_in("ada@example.com").await, app.sign_in("bob@example.com").await);
    let org = ada.create_org_with("Company", "portal").await;
    let (_, token) = make_link(&ada, &org, json!({"role": "member"})).await;
    for n in 1..=4 {
        ada.invite(&org, &format!("p{n}@example.com"), "member").await;
    }
    expect![[r#"
        409
        content-type: application/problem+json
        {
          "code": "seat_limit",
          "detail": "5 of 5 seats are in use, and that is not enough. Free one (open invitations count where members do), or get more seats.",
          "request_id": "[request]",
          "status": 409,
          "title": "No free seat",
          "total": 5,
          "type": "/problems/seat_limit",
          "upgrade_url": null,
          "used": 5
        }"#]].assert_eq(&shown(&join(&bob, &token).await));
    // What is past its time gives way, and only as much as is needed.
    app.advance_clock(INVITATION_LIFETIME);
    join(&bob, &token).await.expect_status(200);
    assert_eq!(ada.event_types(&org).await[7..], ["invitation.expired", "member.joined"]);
    let org = ada.get(&format!("/v1/orgs/{org}")).await.expect_status(200).json();
    assert_eq!((&org["member_count"], &org["pending_invitation_count"]), (&json!(2), &json!(3)));
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn somebody_who_left_comes_back_by_the_same_link_as_somebody_new() {
    let app = TestApp::start().await;
    let (ada, bob) = (app.sign_in("ada@example.com").await, app.sign_in("bob@example.com").await);
    let org = ada.create_org("Acme").await;
    let (_, token) = make_link(&ada, &org, json!({"role": "viewer"})).await;
    let first = join(&bob, &token).await.expect_status(200).text_at("/member/id");
    bob.post(&format!("/v1/orgs/{org}/leave"), Value::Null).await.expect_status(200);
    let second = join(&bob, &token).await.expect_status(200).text_at("/member/id");
    assert_ne!(first, second);
    let links = ada.get(&format!("/v1/orgs/{org}/invite-links")).await.expect_status(200).data();
    assert_eq!((links[0]["uses"].clone(), texts(&links, "status")), (json!(2), vec!["active".to_owned()]));
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn joining_needs_a_session_and_can_be_repeated_and_tried() {
    let app = TestApp::start().await;
    let (ada, bob) = (app.sign_in("ada@example.com").await, app.sign_in("bob@example.com").await);
    let org = ada.create_org("Acme").await;
    let (_, token) = make_link(&ada, &org, json!({"role": "viewer"})).await;
    join(&app.anyone(), &token).await.expect_problem(401, "unauthenticated");
    let body = json!({ "token": token });
    let tried = bob.post("/v1/invite-links/join?dry_run=true", body.clone()).await.expect_status(200).json();
    assert_eq!(
        (&tried["events"], &tried["consequences"]["member_count_change"]),
        (&json!(["member.joined"]), &json!(1))
    );
    let send = || bob.request("POST", "/v1/invite-links/join").header("idempotency-key", "k").json(&body).send();
    let (first, again) = (send().await.expect_status(200), send().await.expect_status(200));
    assert_eq!((first.text.as_str(), again.header("idempotent-replayed")), (again.text.as_str(), Some("true")));
    assert_eq!(first.text_at("/outcome"), "joined");
    app.finish().await;
}
