use expect_test::expect;
use latchkey_testkit::{TestApp, Value, json, shown};

use crate::support::{pages, texts, wrong_fields};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_mailbox_holds_what_would_have_been_sent_the_newest_first() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    ada.invite(&org, "Bob+work@Bücher.example", "viewer").await;
    ada.invite(&org, "carol@example.com", "viewer").await;
    let anyone = app.anyone();
    let all = anyone.get("/dev/mailbox").await.expect_status(200).data();
    assert_eq!(texts(&all, "to"), ["carol@example.com", "Bob+work@bücher.example", "ada@example.com"]);
    assert_eq!(texts(&all, "kind"), ["invitation", "invitation", "sign_in_code"]);
    let to_bob = anyone.get("/dev/mailbox?to=bob%2Bwork@xn--bcher-kva.example").await;
    expect![[r#"
        200
        {
          "data": [
            {
              "code": null,
              "created_at": "[time]",
              "html": "[html]",
              "id": "invitation:inv#1:1",
              "kind": "invitation",
              "subject": "ada@example.com invites you to Acme on Latchkey",
              "text": "ada@example.com invites you to join Acme as Viewer.\n\nAccept or decline: http://latchkey.test/invitation#[lki token]\n\nThe invitation expires on [day]. If you do not know what it is about, ignore it: nothing happens.\n",
              "to": "Bob+work@bücher.example",
              "token": "[lki token]"
            }
          ],
          "next_cursor": null
        }"#]].assert_eq(&shown(&to_bob));
    let walked = pages(&anyone, "/dev/mailbox", 2).await.concat();
    assert_eq!(walked, all);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_browser_gets_a_page_in_which_nothing_typed_is_markup() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    ada.patch("/v1/me", json!({"display_name": "<b>Ada</b>"})).await.expect_status(200);
    let org = ada.create_org("<script>alert(1)</script>").await;
    ada.invite(&org, "bob@example.com", "viewer").await;
    let request =
        app.anyone().request("GET", "/dev/mailbox").header("accept", "text/html,application/xhtml+xml,*/*;q=0.8");
    let page = request.send().await.expect_status(200);
    assert_eq!(page.header("content-type"), Some("text/html; charset=utf-8"));
    assert!(page.header("content-security-policy").unwrap().starts_with("default-src 'none'"));
    assert!(!page.text.contains("<script") && !page.text.contains("<b>"), "{}", page.text);
    assert!(page.text.contains("&lt;script&gt;alert(1)&lt;/script&gt;"));
    let as_json =
        app.anyone().request("GET", "/dev/mailbox").header("accept", "application/json, text/html").send().await;
    assert_eq!(as_json.expect_status(200).header("content-type"), Some("application/json"));
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mail_whose_secret_is_dead_shows_none() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    let id = ada.invite(&org, "bob@example.com", "viewer").await;
    ada.post(&format!("/v1/orgs/{org}/invitations/{id}/resend"), Value::Null).await.expect_status(200);
    expect![[r#"
        200
        {
          "data": [
            {
              "code": null,
              "created_at": "[time]",
              "html": "[html]",
              "id": "invitation:inv#1:2",
              "kind": "invitation",
              "subject": "ada@example.com invites you to Acme on Latchkey",
              "text": "ada@example.com invites you to join Acme as Viewer.\n\nAccept or decline: http://latchkey.test/invitation#[lki token]\n\nThe invitation expires on [day]. If you do not know what it is about, ignore it: nothing happens.\n",
              "to": "bob@example.com",
              "token": "[lki token]"
            },
            {
              "code": null,
              "created_at": "[time]",
              "html": "",
              "id": "invitation:inv#1:1",
              "kind": "invitation",
              "subject": "A mail that is not needed any more",
              "text": "",
              "to": "bob@example.com",
              "token": null
            }
          ],
          "next_cursor": null
        }"#]].assert_eq(&shown(&app.anyone().get("/dev/mailbox?to=bob@example.com").await));
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn outside_development_there_is_no_mailbox() {
    let app =
        TestApp::start_with(|config| config.variable("dev_mode", "false").variable("mail_provider", "none")).await;
    app.anyone().post("/v1/auth/email", json!({"email": "ada@example.com"})).await.expect_status(202);
    expect![[r#"
        404
        content-type: application/problem+json
        {
          "code": "no_such_route",
          "detail": "Nothing answers at this path.",
          "request_id": "[request]",
          "status": 404,
          "title": "No such route",
          "type": "/problems/no_such_route"
        }"#]]
    .assert_eq(&shown(&app.anyone().get("/dev/mailbox").await));
    app.anyone().request("GET", "/dev/mailbox").header("accept", "text/html").send().await.expect_status(404);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_wrong_parameter_is_named_at_once() {
    let app = TestApp::start().await;
    let refused = app.anyone().get("/dev/mailbox?to=bob&limit=x&from=me").await;
    assert_eq!(wrong_fields(refused), ["to invalid", "limit wrong_type", "from unknown"]);
    app.anyone().get("/dev/mailbox?cursor=x").await.expect_problem(422, "bad_cursor");
    app.finish().await;
}
