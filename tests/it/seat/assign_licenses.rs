use expect_test::expect;
use latchkey_testkit::{Caller, TestApp, Value, json, shown};

use super::{licenses, outcomes, studio, usage};
use crate::support::{NO_MEMBER, my_member_id, texts, wrong_fields};

/// A studio with that many seats and members of the ids given.
async fn crew(app: &TestApp, owner: &Caller, seats: u64, size: usize) -> (String, Vec<String>) {
    let org = studio(app, owner, seats).await;
    let mut members = Vec::new();
    for n in 0..size {
        members.push(owner.bring_in(&org, &format!("m{n}@example.com"), "member").await.1);
    }
    (org, members)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_or_many_are_licensed_at_once_and_each_has_an_answer() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let (org, members) = crew(&app, &ada, 10, 3).await;
    licenses(&ada, &org, "assign", &[&members[1]]).await.expect_status(200);
    let all: Vec<&str> = members.iter().map(String::as_str).collect();
    expect![[r#"
        200
        etag: "15"
        {
          "data": [
            {
              "member": "mem#1",
              "outcome": "assigned"
            },
            {
              "member": "mem#2",
              "outcome": "already_licensed"
            },
            {
              "member": "mem#3",
              "outcome": "assigned"
            }
          ],
          "seats": {
            "available": 7,
            "counts": "Each assigned licence fills a seat; being a member does not.",
            "licensed": 3,
            "members": 4,
            "mode": "licenses",
            "pending_invitations": 0,
            "plan": "team",
            "plan_title": "Team",
            "text": "3 of 10 licenses assigned",
            "total": 10,
            "upgrade_url": null,
            "used": 3
          }
        }"#]]
    .assert_eq(&shown(&licenses(&ada, &org, "assign", &all).await));
    let log = ada.audit(&org).await;
    let assigned: Vec<_> = log.into_iter().filter(|event| event["type"] == "license.assigned").collect();
    assert_eq!(texts(&assigned, "type").len(), 3);
    let targets: Vec<_> = assigned.iter().map(|event| event["target"]["id"].as_str().unwrap()).collect();
    assert_eq!(targets, [all[1], all[0], all[2]]);
    // All again changes nothing.
    let events = ada.audit(&org).await.len();
    let again = licenses(&ada, &org, "assign", &all).await.expect_status(200);
    assert_eq!(outcomes(&again), ["already_licensed"; 3]);
    assert_eq!(ada.audit(&org).await.len(), events);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_seat_for_each_nobody_is_licensed_and_the_refusal_explains() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let (org, members) = crew(&app, &ada, 2, 3).await;
    licenses(&ada, &org, "assign", &[&members[0]]).await.expect_status(200);
    let all: Vec<&str> = members.iter().map(String::as_str).collect();
    expect![[r#"
        409
        content-type: application/problem+json
        {
          "code": "seat_limit",
          "detail": "1 of 2 seats are in use, and that is not enough. Free one (open invitations count where members do), or get more seats.",
          "outcomes": [
            {
              "member": "mem#1",
              "outcome": "already_licensed"
            },
            {
              "member": "mem#2",
              "outcome": "ready"
            },
            {
              "member": "mem#3",
              "outcome": "no_seat"
            }
          ],
          "request_id": "[request]",
          "status": 409,
          "title": "No free seat",
          "total": 2,
          "type": "/problems/seat_limit",
          "upgrade_url": null,
          "used": 1
        }"#]].assert_eq(&shown(&licenses(&ada, &org, "assign", &all).await));
    assert_eq!(usage(&ada, &org).await, "1 of 2 licenses assigned");
    // Whoever has one needs none, also when there is none.
    licenses(&ada, &org, "assign", &[&members[1]]).await.expect_status(200);
    licenses(&ada, &org, "assign", &all[..2]).await.expect_status(200);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_licence_changes_the_tier_that_counts() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = studio(&app, &ada, 1).await;
    let (bob, bob_id) = ada.bring_in(&org, "bob@example.com", "member").await;
    let user = bob.get("/v1/me").await.text_at("/id");
    let shown = async || {
        let member = ada.get(&format!("/v1/orgs/{org}/members/{bob_id}")).await.expect_status(200).json();
        (member["licensed"].clone(), member["tier"].clone())
    };
    assert_eq!(shown().await, (json!(false), Value::Null));
    app.operator().put(&format!("/v1/users/{user}/tier"), json!({"tier": "hobby"})).await.expect_status(200);
    assert_eq!(shown().await, (json!(false), json!("hobby")));
    licenses(&ada, &org, "assign", &[&bob_id]).await.expect_status(200);
    assert_eq!(shown().await, (json!(true), json!("studio")));
    licenses(&ada, &org, "remove", &[&bob_id]).await.expect_status(200);
    assert_eq!(shown().await, (json!(false), json!("hobby")));
    bob.post(&format!("/v1/orgs/{org}/leave"), Value::Null).await.expect_status(200);
    assert_eq!(shown().await, (json!(false), Value::Null), "what somebody pays elsewhere is nobody's business");
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn removal_and_leaving_free_the_licence_and_coming_back_brings_none() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let (org, members) = crew(&app, &ada, 2, 1).await;
    let (bob, bob_id) = ada.bring_in(&org, "bob@example.com", "member").await;
    licenses(&ada, &org, "assign", &[&members[0], &bob_id]).await.expect_status(200);
    ada.delete(&format!("/v1/orgs/{org}/members/{}", members[0]), Value::Null).await.expect_status(200);
    assert_eq!(usage(&ada, &org).await, "1 of 2 licenses assigned");
    bob.post(&format!("/v1/orgs/{org}/leave"), Value::Null).await.expect_status(200);
    assert_eq!(usage(&ada, &org).await, "0 of 2 licenses assigned");
    let invitation = ada.invite(&org, "bob@example.com", "member").await;
    let back = bob.post(&format!("/v1/me/invitations/{invitation}/accept"), Value::Null).await.expect_status(200);
    assert_eq!(back.json()["member"]["licensed"], false);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_is_not_a_member_here_is_named_by_place() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let (org, members) = crew(&app, &ada, 5, 2).await;
    let portal = ada.create_org_with("Portal", "portal").await;
    let elsewhere = my_member_id(&ada, &portal).await;
    ada.delete(&format!("/v1/orgs/{org}/members/{}", members[1]), Value::Null).await.expect_status(200);
    let asked = [members[0].as_str(), NO_MEMBER, &members[1], &elsewhere, "bob"];
    let refused = licenses(&ada, &org, "assign", &asked).await;
    let wrong =
        ["members[1] not_allowed", "members[2] not_allowed", "members[3] not_allowed", "members[4] not_allowed"];
    assert_eq!(wrong_fields(refused), wrong);
    assert_eq!(usage(&ada, &org).await, "0 of 5 licenses assigned");
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_list_of_members_is_bounded_and_names_each_once() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = studio(&app, &ada, 5).await;
    let path = format!("/v1/orgs/{org}/licenses/assign");
    let ids = |count: usize| (0..count).map(|n| format!("mem_{n:032x}")).collect::<Vec<_>>();
    for (members, wrong) in [
        (json!([]), "members too_short"),
        (json!(ids(1001)), "members too_long"),
        (json!([NO_MEMBER, NO_MEMBER]), "members invalid"),
        (json!([7]), "members wrong_type"),
        (json!(NO_MEMBER), "members wrong_type"),
    ] {
        assert_eq!(wrong_fields(ada.post(&path, json!({ "members": members })).await), [wrong]);
    }
    assert_eq!(wrong_fields(ada.post(&path, json!({})).await), ["members required"]);
    // A thousand are looked at, and as many wrong ones named as any refusal names.
    assert_eq!(wrong_fields(ada.post(&path, json!({"members": ids(1000)})).await).len(), 50);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_are_licensed_by_one_command() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = studio(&app, &ada, 1000).await;
    let members = crowd(&app, &org, 1000);
    let all: Vec<&str> = members.iter().map(String::as_str).collect();
    let assigned = ada.request("POST", &format!("/v1/orgs/{org}/licenses/assign")).header("x-test-id", "thousand");
    let assigned = assigned.json(&json!({ "members": all })).send().await.expect_status(200);
    assert_eq!(assigned.text_at("/seats/text"), "1000 of 1000 licenses assigned");
    assert_eq!(app.statements_of("thousand").len(), 2);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_policy_without_licences_assigns_none() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org_with("Acme", "portal").await;
    let me = my_member_id(&ada, &org).await;
    expect![[r#"
        409
        content-type: application/problem+json
        {
          "code": "licenses_off",
          "detail": "This organization's policy has no licences: its members need none.",
          "request_id": "[request]",
          "status": 409,
          "title": "Nothing is licensed here",
          "type": "/problems/licenses_off"
        }"#]]
    .assert_eq(&shown(&licenses(&ada, &org, "assign", &[&me]).await));
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn admins_assign_and_members_do_not() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = studio(&app, &ada, 5).await;
    let (admin, _) = ada.bring_in(&org, "bob@example.com", "admin").await;
    let (member, id) = ada.bring_in(&org, "cem@example.com", "member").await;
    let refused = licenses(&member, &org, "assign", &[&id]).await.expect_problem(403, "forbidden");
    assert_eq!(refused.text_at("/permission"), "license.assign");
    licenses(&admin, &org, "assign", &[&id]).await.expect_status(200);
    let eve = app.sign_in("eve@example.com").await;
    licenses(&eve, &org, "assign", &[&id]).await.expect_problem(404, "not_found");
    licenses(&app.operator(), &org, "assign", &[&id]).await.expect_problem(401, "unauthenticated");
    app.finish().await;
}

/// That many members, written straight into the log by one command; their ids.
fn crowd(app: &TestApp, org: &str, size: usize) -> Vec<String> {
    use latchkey_domain::command::{Command, Item, SYSTEM};
    use latchkey_domain::event::{Change, MemberJoined};
    use latchkey_domain::{MemberId, OrgId, UserId};
    use latchkey_store::append::{Appended, Request, append};

    let people: Vec<_> =
        (1..=size as u128).map(uuid::Uuid::from_u128).map(|n| (UserId::new(n), MemberId::new(n))).collect();
    let accounts =
        people.iter().map(|(user, _)| format!("('{user}', '{user}', '{user}', '[]', 0)")).collect::<Vec<_>>();
    app.sql(&format!("INSERT INTO user (id, email, email_key, words, created_at) VALUES {}", accounts.join(", ")));
    let joined = |(user, member): &(UserId, MemberId)| {
        let joined = MemberJoined::founding(user.clone(), "member".to_owned());
        Change::MemberJoined(member.clone(), joined)
    };
    let command = Command {
        items: vec![Item::plain(people.iter().map(joined).collect())],
        ..Command::of("member.join", OrgId::parse(org), SYSTEM.to_owned())
    };
    let db = latchkey_ops::sqlite::SqliteDb::open(&app.database_path()).unwrap();
    let request = Request { principal: SYSTEM, idempotency_key: None, request_hash: "0", client: None };
    let sealed = command.seal(0, &mut Counter(0));
    let appended = latchkey_ops::finish(append(&db, &sealed, &request, &Value::Null)).unwrap();
    assert!(matches!(appended, Appended::At { .. }), "{appended:?}");
    people.iter().map(|(_, member)| member.to_string()).collect()
}

/// Identifiers that nothing else in a test has.
struct Counter(u128);

impl latchkey_domain::fresh::Fresh for Counter {
    fn uuid(&mut self) -> uuid::Uuid {
        self.0 += 1;
        uuid::Uuid::from_u128(self.0)
    }

    fn salt(&mut self) -> [u8; 16] {
        self.uuid().into_bytes()
    }
}
