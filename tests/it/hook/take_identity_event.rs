use expect_test::expect;
use latchkey_testkit::{Caller, DISPATCH_TOKEN, Issuer, TestApp, Value, json, shown};

use super::{outcome, present_at, told, user};
use crate::domain::verified;
use crate::support::wrong_fields;

/// The person as their own provider's token has them.
fn by_token(app: &TestApp, sub: &str) -> Caller {
    app.anyone().bearer(Issuer::shared().bearer(&json!({"sub": sub})))
}

/// The address and the name of the account that a user's token opens.
async fn account(app: &TestApp, sub: &str) -> String {
    let me = by_token(app, sub).get("/v1/me").await.expect_status(200).json();
    format!("{} {}", me["email"].as_str().unwrap(), me["display_name"].as_str().unwrap_or("-"))
}

/// How many users the timer sees to.
async fn settled_by_dispatch(app: &TestApp) -> u64 {
    let answer = app.anyone().bearer(DISPATCH_TOKEN).post("/v1/dispatch", Value::Null).await.expect_status(200);
    answer.json()["identities_settled"].as_u64().expect("a number")
}

/// The addresses of an organization's members, in order.
async fn members(someone: &Caller, org: &str) -> Vec<String> {
    let members = someone.get(&format!("/v1/orgs/{org}/members")).await.expect_status(200).data();
    let mut emails: Vec<_> = members.iter().map(|it| it["email"].as_str().unwrap().to_owned()).collect();
    emails.sort();
    emails
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_user_with_a_verified_address_has_an_account_before_they_ever_come() {
    let app = TestApp::start().await;
    let of = json!({"sub": "u1", "email": "Ada@Example.com", "email_verified": true, "name": "Ada"});
    let taken = told(&app, "msg_1", "created", 0, of).await;
    expect![[r#"
        200
        {
          "event": "msg_1",
          "outcome": "applied",
          "reason": null,
          "user": "usr#1"
        }"#]]
    .assert_eq(&shown(&taken));
    // A token that names no address opens it all the same.
    assert_eq!(account(&app, "u1").await, "Ada@Example.com Ada");
    assert_eq!(app.count("SELECT count(*) FROM user"), 1);
    assert_eq!(app.count("SELECT count(*) FROM identity_news WHERE said IS NOT NULL"), 0, "it is not kept twice");
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_address_that_nobody_has_verified_makes_no_account_until_it_is() {
    let app = TestApp::start().await;
    for (n, of) in [json!({"email_verified": false}), json!({})].into_iter().enumerate() {
        let mut of = of;
        (of["sub"], of["email"]) = (json!("u1"), json!("ada@example.com"));
        let taken = told(&app, &format!("msg_{n}"), "created", i64::try_from(n).unwrap(), of).await;
        assert_eq!(taken.text_at("/outcome"), "applied");
        assert_eq!(taken.json()["user"], Value::Null);
    }
    assert_eq!(app.count("SELECT count(*) FROM user"), 0);
    // The type says so by itself.
    let verified = told(&app, "msg_3", "verified", 3, json!({"sub": "u1", "email": "ada@example.com"})).await;
    assert_eq!(outcome(verified), "applied");
    assert_eq!(account(&app, "u1").await, "ada@example.com -");
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_user_whose_address_has_an_account_gets_that_one() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    ada.patch("/v1/me", json!({"display_name": "Ada L."})).await.expect_status(200);
    let of = json!({"sub": "u1", "email": "ADA@example.com", "email_verified": true, "name": "Ada Lovelace"});
    assert_eq!(outcome(told(&app, "msg_1", "created", 0, of.clone()).await), "applied");
    assert_eq!(app.count("SELECT count(*) FROM user"), 1);
    // It is the provider's now, name and all.
    assert_eq!(account(&app, "u1").await, "ada@example.com Ada Lovelace");
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_account_follows_its_users_name_and_verified_address() {
    let app = TestApp::start().await;
    told(&app, "msg_1", "created", 0, user("u1", "ada@example.com")).await.expect_status(200);
    let before = by_token(&app, "u1").get("/v1/me").await.text_at("/id");
    let mut of = user("u1", "ada@acme.example");
    of["name"] = json!("Ada");
    assert_eq!(outcome(told(&app, "msg_2", "updated", 1, of).await), "applied");
    assert_eq!(account(&app, "u1").await, "ada@acme.example Ada");
    let org = by_token(&app, "u1").create_org("Acme").await;
    // Nobody has verified the next one, and a name that is not told stays.
    let of = json!({"sub": "u1", "email": "eve@acme.example", "email_verified": false});
    assert_eq!(outcome(told(&app, "msg_3", "updated", 2, of).await), "applied");
    assert_eq!(account(&app, "u1").await, "ada@acme.example Ada");
    let of = json!({"sub": "u1", "email": "ada@acme.example", "email_verified": true, "name": null});
    assert_eq!(outcome(told(&app, "msg_4", "updated", 3, of).await), "applied");
    assert_eq!(account(&app, "u1").await, "ada@acme.example -");
    assert_eq!(by_token(&app, "u1").get("/v1/me").await.text_at("/id"), before);
    // Whoever looks for them finds them by what they are called now.
    let found = |q: &'static str| {
        let (caller, path) = (by_token(&app, "u1"), format!("/v1/orgs/{org}/members?search={q}"));
        async move { caller.get(&path).await.expect_status(200).data().len() }
    };
    assert_eq!((found("acme").await, found("example.com").await), (1, 0));
    // The address is proved, so it is worth what every proved address is; the code goes there from now on.
    let again = app.sign_in("ada@acme.example").await;
    assert_eq!(again.get("/v1/me").await.text_at("/id"), before);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_address_of_another_account_waits_for_a_person() {
    let app = TestApp::start().await;
    told(&app, "msg_1", "created", 0, user("u1", "ada@example.com")).await.expect_status(200);
    let grace = app.sign_in("grace@example.com").await;
    let moved = told(&app, "msg_2", "updated", 1, user("u1", "grace@example.com")).await;
    assert_eq!(outcome(moved), "parked address_taken");
    assert_eq!(account(&app, "u1").await, "ada@example.com -");
    grace.delete("/v1/me", json!({"email": "grace@example.com"})).await.expect_status(204);
    // Nothing is lost by waiting: the timer comes back to it.
    app.sql("UPDATE identity_news SET due_at = 0");
    assert_eq!(settled_by_dispatch(&app).await, 1);
    assert_eq!(account(&app, "u1").await, "grace@example.com -");
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_is_at_a_verified_domain_is_in_the_organization_at_once() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org_with("Acme", "portal").await;
    verified(&app, &ada, &org, "acme.example", "automatic").await;
    told(&app, "msg_1", "created", 0, user("u1", "grace@acme.example")).await.expect_status(200);
    // Whose address is not verified comes in when it is; whose address changes, when it does.
    let unproved = json!({"sub": "u2", "email": "hugo@acme.example"});
    told(&app, "msg_2", "created", 0, unproved.clone()).await.expect_status(200);
    told(&app, "msg_3", "created", 0, user("u3", "ida@example.com")).await.expect_status(200);
    assert_eq!(members(&ada, &org).await.len(), 2);
    told(&app, "msg_4", "verified", 1, unproved).await.expect_status(200);
    told(&app, "msg_5", "updated", 1, user("u3", "ida@acme.example")).await.expect_status(200);
    let expected = ["ada@example.com", "grace@acme.example", "hugo@acme.example", "ida@acme.example"];
    assert_eq!(members(&ada, &org).await, expected);
    let joined = ada.audit(&org).await;
    let joined: Vec<_> = joined.iter().filter(|event| event["type"] == "member.joined").skip(1).collect();
    assert!(joined.iter().all(|event| event["actor"]["kind"] == "identity"), "{joined:?}");
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_deleted_user_is_out_of_everything_at_once() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    let (grace, _) = ada.bring_in(&org, "grace@example.com", "admin").await;
    told(&app, "msg_1", "created", 0, user("u1", "grace@example.com")).await.expect_status(200);
    let by_token = by_token(&app, "u1");
    by_token.get(&format!("/v1/orgs/{org}")).await.expect_status(200);
    let deleted = told(&app, "msg_2", "deleted", 1, json!({"sub": "u1"})).await;
    assert!(deleted.text_at("/user").starts_with("usr_"));
    assert_eq!(outcome(deleted), "applied");
    for caller in [&grace, &by_token] {
        assert!([401, 403].contains(&caller.get("/v1/me").await.status.as_u16()));
    }
    assert_eq!(members(&ada, &org).await, ["ada@example.com"]);
    let left = ada.audit(&org).await.pop().unwrap();
    assert_eq!((&left["type"], &left["actor"]["kind"]), (&json!("member.left"), &json!("identity")));
    // Of a person who is gone nothing is kept, here as there.
    let kept = "SELECT (SELECT count(*) FROM identity_news WHERE subject IS NOT NULL OR said IS NOT NULL) + \
                (SELECT count(*) FROM user WHERE email LIKE 'grace%')";
    assert_eq!(app.count(kept), 0);
    // Whoever begins anew there begins anew here.
    assert_eq!(outcome(told(&app, "msg_3", "created", 2, user("u1", "grace@example.com")).await), "applied");
    assert_eq!(app.count("SELECT count(*) FROM user WHERE email_key = 'grace@example.com'"), 1);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_deleted_user_who_is_the_last_owner_is_signed_out_and_waits_for_another_owner() {
    let app = TestApp::start().await;
    told(&app, "msg_1", "created", 0, user("u1", "ada@example.com")).await.expect_status(200);
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    let (grace, member) = ada.bring_in(&org, "grace@example.com", "admin").await;
    let by_token = by_token(&app, "u1");
    let deleted = told(&app, "msg_2", "deleted", present_at() + 1, json!({"sub": "u1"})).await;
    assert_eq!(outcome(deleted), "parked last_top_role_holder");
    ada.get("/v1/me").await.expect_problem(401, "unauthenticated");
    by_token.get("/v1/me").await.expect_problem(403, "account_deleted");
    assert_eq!(members(&grace, &org).await.len(), 2);
    // They hand it over, by a code that goes to their address, and are gone with the timer's next visit.
    let back = app.sign_in("ada@example.com").await;
    back.post(&format!("/v1/orgs/{org}/ownership"), json!({"member": member})).await.expect_status(200);
    app.sql("UPDATE identity_news SET due_at = 0");
    assert_eq!(settled_by_dispatch(&app).await, 1);
    assert_eq!(members(&grace, &org).await, ["grace@example.com"]);
    back.get("/v1/me").await.expect_problem(401, "unauthenticated");
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_account_that_another_user_has_as_well_is_not_deleted_with_one_of_them() {
    let app = TestApp::start().await;
    told(&app, "msg_1", "created", 0, user("u1", "ada@example.com")).await.expect_status(200);
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    let (_, member) = ada.bring_in(&org, "grace@example.com", "admin").await;
    assert_eq!(outcome(told(&app, "msg_2", "deleted", 1, json!({"sub": "u1"})).await), "parked last_top_role_holder");
    // The issuer makes the person anew, and what was in the way of the end goes.
    let anew = told(&app, "msg_3", "created", 2, user("u2", "ada@example.com")).await;
    assert_eq!(outcome(anew), "applied");
    let back = app.sign_in("ada@example.com").await;
    back.post(&format!("/v1/orgs/{org}/ownership"), json!({"member": member})).await.expect_status(200);
    app.sql("UPDATE identity_news SET due_at = 0 WHERE parked IS NOT NULL");
    assert_eq!(settled_by_dispatch(&app).await, 1);
    assert_eq!(members(&back, &org).await, ["ada@example.com", "grace@example.com"]);
    // It goes with the last of them.
    assert_eq!(outcome(told(&app, "msg_4", "deleted", 3, json!({"sub": "u2"})).await), "applied");
    assert_eq!(app.count("SELECT count(*) FROM user WHERE deleted_at IS NULL"), 1);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_change_told_after_the_end_brings_nobody_back() {
    let app = TestApp::start().await;
    told(&app, "msg_1", "created", 0, user("u1", "ada@example.com")).await.expect_status(200);
    assert_eq!(outcome(told(&app, "msg_2", "deleted", 1, json!({"sub": "u1"})).await), "applied");
    for (n, kind) in ["updated", "verified"].into_iter().enumerate() {
        let at = 2 + i64::try_from(n).unwrap();
        let late = told(&app, &format!("late_{n}"), kind, at, user("u1", "ada@example.com")).await;
        assert_eq!(late.json()["user"], Value::Null);
    }
    assert_eq!(app.count("SELECT count(*) FROM user WHERE deleted_at IS NULL"), 0);
    assert_eq!(app.count("SELECT count(*) FROM identity_news WHERE subject IS NOT NULL OR said IS NOT NULL"), 0);
    assert_eq!(outcome(told(&app, "anew", "created", 4, user("u1", "ada@example.com")).await), "applied");
    assert_eq!(app.count("SELECT count(*) FROM user WHERE deleted_at IS NULL"), 1);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn mail_of_a_former_address_goes_with_the_account() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    app.operator().put(&format!("/v1/orgs/{org}/plan"), json!({"plan": "enterprise"})).await.expect_status(200);
    let (_, member) = ada.bring_in(&org, "bob@example.com", "viewer").await;
    told(&app, "msg_1", "created", 0, user("u1", "bob@example.com")).await.expect_status(200);
    ada.put(&format!("/v1/orgs/{org}/members/{member}/role"), json!({"role": "issuer"})).await.expect_status(200);
    let to = |email: &str| {
        app.count(&format!(
            "SELECT count(*) FROM outbox WHERE kind NOT IN ('sign_in_code', 'invitation') AND recipient = '{email}'"
        ))
    };
    assert_eq!(to("bob@example.com"), 1);
    assert_eq!(outcome(told(&app, "msg_2", "updated", 1, user("u1", "bob@acme.example")).await), "applied");
    assert_eq!((to("bob@example.com"), to("bob@acme.example")), (0, 1));
    assert_eq!(outcome(told(&app, "msg_3", "deleted", 2, json!({"sub": "u1"})).await), "applied");
    assert_eq!(to("bob@acme.example"), 0);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_user_who_comes_back_before_they_are_gone_stays() {
    let app = TestApp::start().await;
    told(&app, "msg_1", "created", -3, user("u1", "ada@example.com")).await.expect_status(200);
    let org = by_token(&app, "u1").create_org("Acme").await;
    told(&app, "msg_2", "deleted", -2, json!({"sub": "u1"})).await.expect_status(200);
    assert_eq!(outcome(told(&app, "msg_3", "updated", -1, user("u1", "ada@example.com")).await), "applied");
    let later = json!({"sub": "u1", "jti": "later"});
    let again = app.anyone().bearer(Issuer::shared().bearer(&later));
    again.get(&format!("/v1/orgs/{org}")).await.expect_status(200);
    app.sql("UPDATE identity_news SET due_at = 0 WHERE due_at IS NOT NULL");
    assert_eq!(settled_by_dispatch(&app).await, 0, "nothing is left to do");
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_deleted_their_account_gets_no_other_by_a_change_of_their_name_there() {
    let app = TestApp::start().await;
    for (n, sub) in ["told", "untold"].into_iter().enumerate() {
        let email = format!("{sub}@example.com");
        if sub == "told" {
            told(&app, "msg_1", "created", 0, user(sub, &email)).await.expect_status(200);
        }
        let person = json!({"sub": sub, "email": email, "email_verified": true});
        let caller = app.anyone().bearer(Issuer::shared().bearer(&person));
        caller.delete("/v1/me", json!({"email": email})).await.expect_status(204);
        for (kind, at) in [("created", 1), ("updated", 2)] {
            let late = told(&app, &format!("{kind}_{n}"), kind, at, user(sub, &email)).await;
            assert_eq!(late.json()["user"], Value::Null, "{kind}");
        }
        assert_eq!(app.count(&format!("SELECT count(*) FROM user WHERE email_key = '{email}'")), 0);
        told(&app, &format!("anew_{n}"), "created", present_at() + 2, user(sub, &email)).await.expect_status(200);
        assert_eq!(app.count(&format!("SELECT count(*) FROM user WHERE email_key = '{email}'")), 1);
    }
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_event_counts_once_and_older_ones_change_nothing() {
    let app = TestApp::start().await;
    let named = |name: &str| json!({"sub": "u1", "email": "ada@example.com", "email_verified": true, "name": name});
    assert_eq!(outcome(told(&app, "msg_2", "updated", 5, named("New")).await), "applied");
    assert_eq!(outcome(told(&app, "msg_2", "updated", 5, named("New")).await), "repeated");
    assert_eq!(outcome(told(&app, "msg_1", "created", 0, named("Old")).await), "older");
    assert_eq!(outcome(told(&app, "msg_0", "deleted", -1, json!({"sub": "u1"})).await), "older");
    assert_eq!(account(&app, "u1").await, "ada@example.com New");
    told(&app, "msg_2", "updated", 5, named("Other")).await.expect_problem(422, "event_id_reused");
    // Within one moment an end comes last.
    assert_eq!(outcome(told(&app, "msg_3", "deleted", 5, json!({"sub": "u1"})).await), "applied");
    assert_eq!(outcome(told(&app, "msg_4", "updated", 5, named("Back")).await), "older");
    assert_eq!(app.count("SELECT count(*) FROM user WHERE deleted_at IS NULL"), 0);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_wrong_with_an_event_is_named_by_its_place() {
    let app = TestApp::start().await;
    let refused = |kind: &'static str, of: Value| {
        let answer = told(&app, "msg_1", kind, 0, of);
        async move { wrong_fields(answer.await) }
    };
    assert_eq!(refused("created", json!({})).await, ["data.sub required"]);
    assert_eq!(refused("created", json!({"sub": "u1"})).await, ["data.email required"]);
    assert_eq!(refused("deleted", json!({"sub": "a\nb"})).await, ["data.sub invalid"]);
    let of = json!({"sub": "", "email": "ada", "email_verified": "yes", "name": 7});
    let expected = ["data.sub invalid", "data.email invalid", "data.email_verified wrong_type", "data.name wrong_type"];
    assert_eq!(refused("updated", of).await, expected);
    let later = told(&app, "msg_1", "created", 3600, user("u1", "ada@example.com")).await;
    assert_eq!(wrong_fields(later), ["timestamp out_of_range"]);
    assert_eq!(outcome(told(&app, "msg_1", "blessed", 0, json!({})).await), "unused");
    assert_eq!(app.count("SELECT (SELECT count(*) FROM hook_event) + (SELECT count(*) FROM identity_news)"), 0);
    app.finish().await;
}
