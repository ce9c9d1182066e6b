//! Events about users of an identity provider: what an attacker could have an account by, or end one with.

use latchkey_testkit::signed::{BILLING_HOOK_SECRET, IDENTITY_HOOK_SECRET, now_s, standard_signature};
use latchkey_testkit::{Answer, Caller, Issuer, RequestBuilder, TestApp, Value, json};

const IDENTITY: &str = "/v1/hooks/identity";

fn post(app: &TestApp) -> RequestBuilder {
    app.anyone().request("POST", IDENTITY)
}

fn message(kind: &str, at_s: i64, user: &Value) -> Value {
    json!({"type": format!("user.{kind}"), "timestamp": latchkey_api::Timestamp(at_s * 1000), "data": user})
}

fn ada() -> Value {
    json!({"sub": "u1", "email": "ada@example.com", "email_verified": true})
}

fn by_token(app: &TestApp, person: &Value) -> Caller {
    app.anyone().bearer(Issuer::shared().bearer(person))
}

async fn tell(app: &TestApp, id: &str, message: &Value) -> Answer {
    post(app).of_identity(id, message).send().await
}

async fn at(app: &TestApp, signed_at_s: i64, message: &Value) -> Answer {
    let signature = standard_signature(IDENTITY_HOOK_SECRET, "msg_1", signed_at_s, &message.to_string());
    let named = post(app).header("webhook-id", "msg_1").header("webhook-timestamp", &signed_at_s.to_string());
    named.header("webhook-signature", &signature).json(message).send().await
}

/// Nothing came of anything.
fn expect_untouched(app: &TestApp) {
    let touched =
        "SELECT (SELECT count(*) FROM hook_event) + (SELECT count(*) FROM identity_news) + (SELECT count(*) FROM user)";
    assert_eq!(app.count(touched), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_event_that_nobody_signed_makes_and_ends_no_account() {
    let app = TestApp::start().await;
    for kind in ["created", "verified", "deleted"] {
        let message = message(kind, now_s(), &ada());
        post(&app).json(&message).send().await.expect_problem(403, "bad_signature");
        // Whoever sends about billing has another secret, and says nothing of people.
        for secret in [BILLING_HOOK_SECRET, "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"] {
            let refused = post(&app).of_standard(secret, "msg_1", &message).send().await;
            refused.expect_problem(403, "bad_signature");
        }
        app.operator().post(IDENTITY, message.clone()).await.expect_problem(403, "bad_signature");
    }
    expect_untouched(&app);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_recorded_deletion_is_worth_nothing_after_five_minutes() {
    let app = TestApp::start().await;
    let deleted = message("deleted", now_s(), &ada());
    for signed_at_s in [now_s() - 310, now_s() + 310, 0] {
        at(&app, signed_at_s, &deleted).await.expect_problem(403, "stale_signature");
    }
    expect_untouched(&app);
    at(&app, now_s() - 280, &deleted).await.expect_status(200);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_signature_of_one_event_does_not_carry_another() {
    let app = TestApp::start().await;
    let (told, at_s) = (message("updated", now_s(), &ada()), now_s());
    let signature = standard_signature(IDENTITY_HOOK_SECRET, "msg_1", at_s, &told.to_string());
    let other = message("deleted", now_s(), &ada());
    for (id, at_s, body) in [("msg_2", at_s, &told), ("msg_1", at_s + 1, &told), ("msg_1", at_s, &other)] {
        let named = post(&app).header("webhook-id", id).header("webhook-timestamp", &at_s.to_string());
        let refused = named.header("webhook-signature", &signature).json(body).send().await;
        refused.expect_problem(403, "bad_signature");
    }
    expect_untouched(&app);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_address_that_was_only_typed_takes_nobodys_account_over() {
    let app = TestApp::start().await;
    let victim = app.sign_in("ada@example.com").await;
    let org = victim.create_org("Acme").await;
    // An attacker signs up at the provider with the victim's address, or changes theirs to it, and proves nothing.
    let mallory = json!({"sub": "mallory", "email": "ada@example.com", "email_verified": false});
    for (id, kind) in [("msg_1", "created"), ("msg_2", "updated")] {
        tell(&app, id, &message(kind, now_s() - 10, &mallory)).await.expect_status(200);
    }
    let own = json!({"sub": "mallory", "email": "mallory@example.com", "email_verified": true});
    tell(&app, "msg_3", &message("updated", now_s() - 5, &own)).await.expect_status(200);
    tell(&app, "msg_4", &message("updated", now_s() - 4, &mallory)).await.expect_status(200);
    let caller = by_token(&app, &json!({"sub": "mallory"}));
    assert_eq!(caller.get("/v1/me").await.expect_status(200).text_at("/email"), "mallory@example.com");
    caller.get(&format!("/v1/orgs/{org}")).await.expect_problem(404, "not_found");
    // Proved, it is still the victim's account: two accounts are not made one.
    let proved = json!({"sub": "mallory", "email": "ada@example.com", "email_verified": true});
    let parked = tell(&app, "msg_5", &message("updated", now_s() - 3, &proved)).await.expect_status(200);
    assert_eq!(parked.text_at("/reason"), "address_taken");
    assert_eq!(victim.get("/v1/me").await.text_at("/email"), "ada@example.com");
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_issuers_word_does_not_reach_another_issuers_user() {
    let app = TestApp::start_with(|config| config.variable("identity_hook_issuer", "https://other.example")).await;
    let caller = by_token(&app, &ada());
    caller.get("/v1/me").await.expect_status(200);
    let mut gone = json!({"sub": "u1", "iss": Issuer::shared().url(), "issuer": Issuer::shared().url()});
    tell(&app, "msg_1", &message("deleted", now_s(), &gone)).await.expect_problem(422, "invalid_request");
    gone = json!({"sub": "u1"});
    tell(&app, "msg_1", &message("deleted", now_s(), &gone)).await.expect_status(200);
    caller.get("/v1/me").await.expect_status(200);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_from_before_the_user_was_deleted_there_opens_nothing_here() {
    let app = TestApp::start().await;
    // Their account is not known here yet, and the tokens are good for an hour.
    let (first, second) = (by_token(&app, &ada()), Issuer::shared().bearer(&json!({"sub": "u1", "jti": "2"})));
    tell(&app, "msg_1", &message("deleted", now_s() + 1, &json!({"sub": "u1"}))).await.expect_status(200);
    first.get("/v1/me").await.expect_problem(403, "account_deleted");
    app.anyone().bearer(second).get("/v1/me").await.expect_problem(403, "account_deleted");
    assert_eq!(app.count("SELECT count(*) FROM user"), 0);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_program_speaks_for_a_deleted_user_by_a_token_that_hides_its_age() {
    let app = TestApp::start().await;
    let mut ageless = json!({"sub": "u1", "jti": "2", "iat": null});
    let bearer = |claims: &Value| app.anyone().bearer(Issuer::shared().bearer(claims));
    tell(&app, "msg_1", &message("created", now_s() - 9, &ada())).await.expect_status(200);
    let caller = bearer(&json!({"sub": "u1"}));
    // The last holder of a top role: the account is there, and is nobody's to open.
    caller.create_org("Acme").await;
    let parked = tell(&app, "msg_2", &message("deleted", now_s() - 8, &json!({"sub": "u1"}))).await.expect_status(200);
    assert_eq!(parked.text_at("/reason"), "last_top_role_holder");
    for claims in [&ageless, &json!({"sub": "u1", "jti": "3"})] {
        bearer(claims).get("/v1/me").await.expect_problem(403, "account_deleted");
    }
    // Back again, they are still not let in by what was issued before their end.
    let end_s = now_s() + 2;
    tell(&app, "msg_3", &message("deleted", end_s, &json!({"sub": "u1"}))).await.expect_status(200);
    tell(&app, "msg_4", &message("updated", end_s + 1, &ada())).await.expect_status(200);
    ageless["jti"] = json!("4");
    ageless["iat"] = json!(end_s - 60);
    bearer(&ageless).get("/v1/me").await.expect_problem(403, "account_deleted");
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_customers_issuer_hands_out_no_account_of_another_domain() {
    let app = TestApp::start_with(|config| config.variable("identity_hook_domains", "acme.example")).await;
    let victim = app.sign_in("ceo@other.example").await;
    let before = victim.get("/v1/me").await.text_at("/id");
    for kind in ["created", "verified", "updated"] {
        let claimed = json!({"sub": "x", "email": "ceo@other.example", "email_verified": true});
        let told = tell(&app, &format!("msg_{kind}"), &message(kind, now_s() - 3, &claimed)).await.expect_status(200);
        assert_eq!(told.json()["user"], Value::Null, "{kind}");
    }
    tell(&app, "gone", &message("deleted", now_s(), &json!({"sub": "x"}))).await.expect_status(200);
    assert_eq!(victim.get("/v1/me").await.text_at("/id"), before);
    let own = json!({"sub": "y", "email": "grace@acme.example", "email_verified": true});
    let told = tell(&app, "own", &message("created", now_s(), &own)).await.expect_status(200);
    assert!(told.text_at("/user").starts_with("usr_"));
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_address_that_is_handed_on_hands_on_no_account() {
    let app = TestApp::start().await;
    let user =
        |sub: &str, email: &str, is_verified: bool| json!({"sub": sub, "email": email, "email_verified": is_verified});
    let first = tell(&app, "msg_1", &message("created", now_s() - 9, &user("u1", "ada@acme.example", true))).await;
    let account = first.expect_status(200).text_at("/user");
    tell(&app, "msg_2", &message("updated", now_s() - 8, &user("u1", "ada2@acme.example", false)))
        .await
        .expect_status(200);
    let second = tell(&app, "msg_3", &message("created", now_s() - 7, &user("u2", "ada@acme.example", true))).await;
    assert_eq!(second.expect_status(200).text_at("/reason"), "address_taken");
    assert_eq!(app.count("SELECT count(*) FROM identity"), 1);
    // Once the first has shown that the other address is theirs, there is nothing in the way of the second.
    tell(&app, "msg_4", &message("updated", now_s() - 6, &user("u1", "ada2@acme.example", true)))
        .await
        .expect_status(200);
    let second = tell(&app, "msg_5", &message("updated", now_s() - 5, &user("u2", "ada@acme.example", true))).await;
    assert_ne!(second.expect_status(200).text_at("/user"), account);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_secret_nobody_is_believed_not_even_with_an_empty_one() {
    let app = TestApp::start_with(|config| config.variable("identity_hook_secret", "")).await;
    let message = message("created", now_s(), &ada());
    for secret in ["whsec_", IDENTITY_HOOK_SECRET] {
        let refused = post(&app).of_standard(secret, "msg_1", &message).send().await;
        refused.expect_problem(403, "bad_signature");
    }
    expect_untouched(&app);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_secret_without_an_issuer_is_a_mistake_that_is_named() {
    let app = TestApp::start_with(|config| config.variable("identity_hook_issuer", "")).await;
    let message = message("created", now_s(), &ada());
    tell(&app, "msg_1", &message).await.expect_problem(500, "misconfigured");
    app.finish().await;
}
