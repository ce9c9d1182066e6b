//! Answers that are kept for repetitions: to whom they are given again.

use latchkey_testkit::{TestApp, Value, json};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_is_repeated_only_to_whom_it_was_given() {
    let app = TestApp::start().await;
    let (ada, eve) = (app.sign_in("ada@example.com").await, app.sign_in("eve@example.com").await);
    let create = |caller: &latchkey_testkit::Caller| {
        caller.request("POST", "/v1/orgs").header("idempotency-key", "k").json(&json!({"name": "Acme"}))
    };
    let mine = create(&ada).send().await.expect_status(201);
    let theirs = create(&eve).send().await.expect_status(201);
    assert_eq!(theirs.header("idempotent-replayed"), None);
    assert_ne!(mine.text_at("/id"), theirs.text_at("/id"));
    // Another session of the same person is the same person.
    let again = create(&app.sign_in("Ada@example.com").await).send().await.expect_status(201);
    assert_eq!((again.text.as_str(), again.header("idempotent-replayed")), (mine.text.as_str(), Some("true")));
    // An ended one is nobody.
    ada.delete("/v1/auth/session", Value::Null).await.expect_status(204);
    create(&ada).send().await.expect_problem(401, "unauthenticated");
    create(&app.anyone()).send().await.expect_problem(401, "unauthenticated");
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_session_of_an_accepted_invitation_is_repeated_only_for_its_token() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    let invitation = ada.invite(&org, "bob@example.com", "viewer").await;
    let token = ada.mailed_token("bob@example.com").await;
    let accept = |token: &str| {
        let request = app.anyone().request("POST", "/v1/invitations/accept").header("idempotency-key", "guessed");
        request.json(&json!({"token": token}))
    };
    let accepted = accept(&token).send().await.expect_status(200);
    let session = accepted.text_at("/session/token");

    // Members know the invitation's id, and could know the key: without the token neither gives anything away, not even
    // that the key was used.
    let digits = invitation.trim_start_matches("inv_");
    let forged = format!("lki_{digits}_{}", "0".repeat(64));
    accept(&forged).send().await.expect_problem(404, "invitation_unknown");
    // A session that is none is not overlooked because the token is right.
    let with_garbage = accept(&token).header("authorization", "Bearer garbage").send().await;
    assert!(!with_garbage.text.contains(&session));
    with_garbage.expect_problem(401, "unauthenticated");

    let again = accept(&token).send().await.expect_status(200);
    assert_eq!((again.text_at("/session/token"), again.header("idempotent-replayed")), (session.clone(), Some("true")));

    // Once signed out, the token shown again is as dead as before.
    app.anyone().bearer(&session).delete("/v1/auth/session", Value::Null).await.expect_status(204);
    let dead = accept(&token).send().await.expect_status(200).text_at("/session/token");
    app.anyone().bearer(dead).get("/v1/me").await.expect_problem(401, "unauthenticated");
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_used_link_without_the_name_of_the_request_gives_no_session() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    ada.invite(&org, "bob@example.com", "viewer").await;
    let token = ada.mailed_token("bob@example.com").await;
    app.anyone().post("/v1/invitations/accept", json!({"token": token})).await.expect_status(200);
    for _ in 0..2 {
        let used = app.anyone().post("/v1/invitations/accept", json!({"token": token})).await;
        assert!(!used.text.contains("lks_") && used.header("set-cookie").is_none());
        used.expect_problem(410, "invitation_used");
    }
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_inviter_cannot_take_the_account_that_an_invitation_makes() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    let invitation = ada.invite(&org, "bob@example.com", "viewer").await;
    let token = ada.mailed_token("bob@example.com").await;
    let mac = token.rsplit('_').next().expect("a code").to_owned();
    let paths = ["invitations", "members", "audit", &format!("invitations/{invitation}/resend")].map(str::to_owned);
    for path in paths {
        let method = if path.ends_with("resend") { "POST" } else { "GET" };
        let answer = ada.request(method, &format!("/v1/orgs/{org}/{path}")).send().await.expect_status(200);
        assert!(!answer.text.contains(&mac) && !answer.text.contains("lki_"), "{path}");
    }
    // Sent again, the old one is dead.
    app.anyone()
        .post("/v1/invitations/accept", json!({"token": token}))
        .await
        .expect_problem(404, "invitation_unknown");
    app.finish().await;
}
