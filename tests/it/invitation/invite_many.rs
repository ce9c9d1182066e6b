use expect_test::expect;
use latchkey_testkit::{Answer, Caller, TestApp, Value, json, shown};

use crate::support::{INVITATION_LIFETIME, accept, texts, wrong_fields};

async fn invite_many(caller: &Caller, org: &str, body: Value) -> Answer {
    caller.post(&format!("/v1/orgs/{org}/invitations/bulk"), body).await
}

fn outcomes(answer: &Answer) -> Vec<String> {
    texts(&answer.data(), "outcome")
}

fn addresses(count: usize) -> Vec<String> {
    (1..=count).map(|n| format!("p{n}@example.com")).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_address_has_an_outcome_of_its_own_and_the_rest_still_goes_out() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    ada.bring_in(&org, "bob@example.com", "viewer").await;
    let open = ada.invite(&org, "carol@example.com", "viewer").await;
    let typed =
        "dan@example.com\n\n  DAN@example.com \nCarol@Example.com;bob@example.com\r\nnobody\nEve@BÜCHER.example, ,\n";
    let sent = invite_many(&ada, &org, json!({"role": "issuer", "text": typed})).await;
    expect![[r#"
        200
        etag: "8"
        {
          "data": [
            {
              "email": "dan@example.com",
              "invitation": "inv#1",
              "line": 1,
              "outcome": "invited",
              "reason": null
            },
            {
              "email": "DAN@example.com",
              "invitation": null,
              "line": 3,
              "outcome": "duplicate",
              "reason": null
            },
            {
              "email": "Carol@Example.com",
              "invitation": "inv#2",
              "line": 4,
              "outcome": "already_invited",
              "reason": null
            },
            {
              "email": "bob@example.com",
              "invitation": null,
              "line": 4,
              "outcome": "already_member",
              "reason": null
            },
            {
              "email": "nobody",
              "invitation": null,
              "line": 5,
              "outcome": "invalid",
              "reason": "This must be an e-mail address such as ada@example.com."
            },
            {
              "email": "Eve@bücher.example",
              "invitation": "inv#3",
              "line": 6,
              "outcome": "invited",
              "reason": null
            }
          ],
          "invited": 2,
          "mail": "queued"
        }"#]]
    .assert_eq(&shown(&sent));
    assert_eq!(sent.json()["data"][2]["invitation"], open.as_str());
    for (email, line) in [("dan@example.com", 0), ("eve@xn--bcher-kva.example", 5)] {
        let token = app.anyone().mailed_token(email).await;
        let joined = accept(&app.anyone(), &token).await.expect_status(200);
        assert_eq!(joined.text_at("/member/role"), "issuer");
        let status = format!("/v1/orgs/{org}/invitations?status=accepted");
        let accepted = ada.get(&status).await.expect_status(200).data();
        assert_eq!(accepted[0]["id"], sent.json()["data"][line]["invitation"]);
    }
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_list_counts_its_places_and_all_of_it_is_one_command() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    let sent = invite_many(
        &ada,
        &org,
        json!({"role": "viewer", "emails": ["a@example.com", "", "b@example.com, c@example.com", "d@example.com"]}),
    )
    .await;
    assert_eq!(outcomes(&sent), ["invited", "invalid", "invalid", "invited"]);
    let lines: Vec<Value> = sent.data().iter().map(|line| line["line"].clone()).collect();
    assert_eq!(lines, [1, 2, 3, 4].map(Value::from));
    assert_eq!((&sent.json()["invited"], &sent.json()["mail"]), (&json!(2), &json!("queued")));
    assert_eq!(app.count("SELECT count(DISTINCT command_id) FROM event WHERE type = 'invitation.created'"), 1);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn seats_go_to_the_first_who_need_one() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org_with("Company", "portal").await;
    ada.invite(&org, "p2@example.com", "member").await;
    let path = format!("/v1/orgs/{org}/invitations/bulk?dry_run=true");
    let body = json!({"role": "member", "emails": addresses(7)});
    let tried = ada.post(&path, body.clone()).await;
    expect![[r#"
        200
        {
          "consequences": {
            "already_invited": 1,
            "invited": 3,
            "member_count_change": 0,
            "no_seat": 3,
            "pending_invitation_count_change": 3,
            "status": 200
          },
          "dry_run": true,
          "events": [
            "invitation.created",
            "invitation.created",
            "invitation.created"
          ]
        }"#]]
    .assert_eq(&shown(&tried));
    // Five seats: the owner's, and that of the invitation that was there.
    let sent = invite_many(&ada, &org, body.clone()).await.expect_status(200);
    let expected = ["invited", "already_invited", "invited", "invited", "no_seat", "no_seat", "no_seat"];
    assert_eq!(outcomes(&sent), expected);
    assert_eq!(sent.json()["invited"], 3);
    let none = invite_many(&ada, &org, json!({"role": "member", "emails": ["late@example.com"]})).await;
    assert_eq!(outcomes(&none.expect_status(200)), ["no_seat"]);
    // What is past its time gives way: the one of the same address, and as many others as are needed.
    app.advance_clock(INVITATION_LIFETIME);
    let sent =
        invite_many(&ada, &org, json!({"role": "member", "emails": ["p1@example.com", "new@example.com"]})).await;
    assert_eq!(outcomes(&sent), ["invited", "invited"]);
    let events = ada.event_types(&org).await;
    assert_eq!(events[6..], ["invitation.expired", "invitation.expired", "invitation.created", "invitation.created"]);
    let org = ada.get(&format!("/v1/orgs/{org}")).await.expect_status(200).json();
    assert_eq!(org["pending_invitation_count"], 4);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_organization_that_sends_no_mail_says_so_and_the_invitations_wait() {
    let app = TestApp::start().await;
    let (ada, bob) = (app.sign_in("ada@example.com").await, app.sign_in("bob@example.com").await);
    let org = ada.create_org("Acme").await;
    let path = format!("/v1/orgs/{org}");
    ada.patch(&path, json!({"email_notifications": false})).await.expect_status(200);
    let sent =
        invite_many(&ada, &org, json!({"role": "viewer", "emails": ["bob@example.com", "eve@example.com"]})).await;
    assert_eq!((&sent.json()["invited"], &sent.json()["mail"]), (&json!(2), &json!("suppressed")));
    let single = json!({"email": "dan@example.com", "role": "viewer"});
    let single = ada.post(&format!("{path}/invitations"), single).await.expect_status(201);
    assert_eq!(single.text_at("/mail"), "suppressed");
    let resend = format!("{path}/invitations/{}/resend", single.text_at("/id"));
    assert_eq!(ada.post(&resend, Value::Null).await.expect_status(200).text_at("/mail"), "suppressed");
    assert_eq!(app.count("SELECT count(*) FROM outbox WHERE kind = 'invitation'"), 0);
    assert_eq!(bob.get("/v1/me/invitations").await.expect_status(200).data().len(), 1);
    ada.patch(&path, json!({"email_notifications": true})).await.expect_status(200);
    assert_eq!(ada.post(&resend, Value::Null).await.expect_status(200).text_at("/mail"), "queued");
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_plan_says_how_many_are_invited_to_the_top_role() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    let sent = invite_many(&ada, &org, json!({"role": "owner", "emails": addresses(2)})).await.expect_status(200);
    assert_eq!(outcomes(&sent), ["top_role_limit", "top_role_limit"]);
    assert_eq!(sent.json()["invited"], 0);
    assert_eq!(ada.event_types(&org).await.len(), 2);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_addresses_are_invited_by_one_request() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    let body = json!({"role": "viewer", "emails": addresses(1000)});
    let path = format!("/v1/orgs/{org}/invitations/bulk");
    let send = || ada.request("POST", &path).header("idempotency-key", "k").json(&body).send();
    let started = std::time::Instant::now();
    let sent = send().await.expect_status(200);
    let took = started.elapsed();
    assert_eq!(sent.json()["invited"], 1000);
    assert_eq!(app.count("SELECT pending_count FROM org"), 1000);
    assert_eq!(app.count("SELECT count(*) FROM outbox WHERE kind = 'invitation'"), 1000);
    assert!(took.as_secs() < 20, "{took:?}");
    let again = send().await.expect_status(200);
    assert_eq!((again.text.as_str(), again.header("idempotent-replayed")), (sent.text.as_str(), Some("true")));
    let again = invite_many(&ada, &org, body.clone()).await.expect_status(200);
    assert!(outcomes(&again).iter().all(|outcome| outcome == "already_invited"));
    let more = json!({"role": "viewer", "emails": addresses(1001)});
    assert_eq!(wrong_fields(invite_many(&ada, &org, more).await), ["emails too_long"]);
    let large = json!({"role": "viewer", "text": " ".repeat(512 * 1024)});
    invite_many(&ada, &org, large).await.expect_problem(413, "body_too_large");
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_wrong_field_is_named() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    let send = |body| async { wrong_fields(invite_many(&ada, &org, body).await) };
    assert_eq!(send(json!({})).await, ["role required"]);
    assert_eq!(send(json!({"role": "viewer"})).await, ["emails required"]);
    assert_eq!(send(json!({"role": "viewer", "emails": []})).await, ["emails too_short"]);
    assert_eq!(send(json!({"role": "viewer", "text": " \n,;"})).await, ["text too_short"]);
    assert_eq!(
        send(json!({"role": "viewer", "emails": ["a@example.com"], "text": "b@example.com"})).await,
        ["text not_allowed"]
    );
    let wrong = json!({"role": "No", "emails": ["a@example.com", 1], "text": 1, "x": 1});
    assert_eq!(send(wrong).await, ["role invalid", "emails wrong_type", "text wrong_type", "x unknown"]);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_are_invited_by_those_who_may_invite_one() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    let (admin, _) = ada.bring_in(&org, "bob@example.com", "admin").await;
    let (viewer, _) = ada.bring_in(&org, "carol@example.com", "viewer").await;
    let to = |role: &str| json!({"role": role, "emails": ["dan@example.com"]});
    invite_many(&viewer, &org, to("viewer")).await.expect_problem(403, "forbidden");
    invite_many(&admin, &org, to("owner")).await.expect_problem(403, "role_out_of_reach");
    invite_many(&admin, &org, to("janitor")).await.expect_problem(422, "unknown_role");
    invite_many(&app.sign_in("eve@example.com").await, &org, to("viewer")).await.expect_problem(404, "not_found");
    assert_eq!(outcomes(&invite_many(&admin, &org, to("admin")).await), ["invited"]);
    app.finish().await;
}
