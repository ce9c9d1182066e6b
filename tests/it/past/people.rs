use latchkey_testkit::{TestApp, Value, json};

use super::{Memory, moment, then};
use crate::support::{accept, my_member_id, pages, texts};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_roster_is_told_as_it_was_at_each_moment() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    let paths = ["/members", "/members?status=active", "/members?status=pending", "/members?role=viewer"];
    let mut memory = Memory::of(&app, &ada, &org, &paths);
    memory.note().await;
    let invitation = ada.invite(&org, "bob@example.com", "viewer").await;
    memory.note().await;
    ada.post(&format!("/v1/orgs/{org}/invitations/{invitation}/resend"), Value::Null).await.expect_status(200);
    memory.note().await;
    let bob = app.sign_in("bob@example.com").await;
    accept(&bob, &ada.mailed_token("bob@example.com").await).await.expect_status(200);
    let id = my_member_id(&bob, &org).await;
    memory.note().await;
    ada.put(&format!("/v1/orgs/{org}/members/{id}/role"), json!({"role": "admin"})).await.expect_status(200);
    memory.note().await;
    let limits = json!({"limits": {"badge.create": 5}});
    app.operator().put(&format!("/v1/orgs/{org}/members/{id}/limits"), limits).await.expect_status(200);
    ada.invite(&org, "carol@example.com", "viewer").await;
    memory.note().await;
    ada.delete(&format!("/v1/orgs/{org}/members/{id}"), Value::Null).await.expect_status(200);
    memory.note().await;
    let again = ada.bring_back(&org, &bob, "viewer").await;
    assert_ne!(again, id);
    memory.note().await;
    memory.compare().await;
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pages_of_the_past_add_up_and_stay_there_while_people_come_and_go() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    let mut ids = Vec::new();
    for name in ["bob", "carol", "dan"] {
        ids.push(ada.bring_in(&org, &format!("{name}@example.com"), "viewer").await.1);
    }
    ada.invite(&org, "eve@example.com", "viewer").await;
    let at = moment(&app, &ada, &org).await;
    let path = then(&format!("/v1/orgs/{org}/members"), &at);
    let before = ada.get(&path).await.expect_status(200).data();
    let first = ada.get(&format!("{path}&limit=2")).await.expect_status(200);
    ada.delete(&format!("/v1/orgs/{org}/members/{}", ids[1]), Value::Null).await.expect_status(200);
    ada.invite(&org, "fay@example.com", "viewer").await;
    let next = first.text_at("/next_cursor");
    let second = ada.get(&format!("{path}&limit=2&cursor={next}")).await.expect_status(200);
    let both: Vec<Value> = first.data().into_iter().chain(second.data()).collect();
    assert_eq!(texts(&both, "id"), texts(&before[..4], "id"));
    let walked: Vec<Value> = pages(&ada, &path, 1).await.into_iter().flatten().collect();
    assert_eq!(texts(&walked, "id"), texts(&before, "id"));
    // A cursor is of one moment.
    let later = moment(&app, &ada, &org).await;
    let path = then(&format!("/v1/orgs/{org}/members"), &later);
    ada.get(&format!("{path}&limit=2&cursor={next}")).await.expect_problem(422, "bad_cursor");
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn licences_come_and_go_and_go_with_their_members() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org_with("Acme", "studio").await;
    app.operator().put(&format!("/v1/orgs/{org}/plan"), json!({"plan": "team", "seats": 3})).await.expect_status(200);
    let (_, bob) = ada.bring_in(&org, "bob@example.com", "member").await;
    let (_, carol) = ada.bring_in(&org, "carol@example.com", "member").await;
    let mut memory =
        Memory::of(&app, &ada, &org, &["/members", "/members?licensed=true", "/members?licensed=false", "/seats"]);
    let change = async |verb: &str, member: &str| {
        let path = format!("/v1/orgs/{org}/licenses/{verb}");
        ada.post(&path, json!({"members": [member]})).await.expect_status(200);
    };
    memory.note().await;
    change("assign", &bob).await;
    change("assign", &carol).await;
    memory.note().await;
    change("remove", &carol).await;
    memory.note().await;
    ada.delete(&format!("/v1/orgs/{org}/members/{bob}"), Value::Null).await.expect_status(200);
    memory.note().await;
    memory.compare().await;
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_member_is_told_from_when_they_joined_also_once_they_are_gone() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    let before = moment(&app, &ada, &org).await;
    let (bob, id) = ada.bring_in(&org, "bob@example.com", "viewer").await;
    let path = format!("/v1/orgs/{org}/members/{id}");
    let joined = moment(&app, &ada, &org).await;
    ada.put(&format!("{path}/role"), json!({"role": "issuer"})).await.expect_status(200);
    let changed = moment(&app, &ada, &org).await;
    bob.patch("/v1/me", json!({"display_name": "Robert"})).await.expect_status(200);
    ada.delete(&path, Value::Null).await.expect_status(200);
    let gone = moment(&app, &ada, &org).await;
    ada.get(&then(&path, &before)).await.expect_problem(404, "not_found");
    for (at, status, role) in
        [(&joined, "active", "viewer"), (&changed, "active", "issuer"), (&gone, "removed", "issuer")]
    {
        let told = ada.get(&then(&path, at)).await.expect_status(200);
        assert_eq!((told.text_at("/status").as_str(), told.text_at("/role").as_str()), (status, role), "{at}");
        assert_eq!(told.text_at("/display_name"), "Robert", "names are today's");
    }
    app.finish().await;
}
