//! Events and activity as one list: its order, its filters, and whose it is.

use latchkey_testkit::{Caller, TestApp, Value, json};

use crate::support::{DAY, pages, text};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn events_and_activity_are_one_list_by_time() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org_with("Acme", "platform").await;
    let project = ada.create_project(&org, "Engine").await;
    let path = format!("/v1/orgs/{org}");
    for n in 0..3 {
        app.advance_clock(DAY);
        let item = json!({"type": format!("sync.n{n}"), "project": project, "target": {"type": "repo", "id": format!("r {n}")}});
        app.operator().post(&format!("{path}/activity"), json!({"items": [item]})).await.expect_status(200);
        app.advance_clock(DAY);
        ada.patch(&path, json!({"name": format!("Acme {n}")})).await.expect_status(200);
    }
    let types = async |query: &str| {
        let entries = ada.get(&format!("{path}/audit?{query}")).await.expect_status(200).data();
        entries.iter().map(|entry| text(&entry["type"])).collect::<Vec<_>>().join(" ")
    };
    let newest =
        "org.renamed sync.n2 org.renamed sync.n1 org.renamed sync.n0 project.created member.joined org.created";
    let oldest = newest.split(' ').rev().collect::<Vec<_>>().join(" ");
    assert_eq!(types("").await, newest);
    assert_eq!(types("order=oldest").await, oldest);
    for order in ["newest", "oldest"] {
        for limit in 1..=5 {
            let walked = pages(&ada, &format!("{path}/audit?order={order}"), limit).await.concat();
            let walked: Vec<String> = walked.iter().map(|entry| text(&entry["type"])).collect();
            assert_eq!(walked.join(" "), if order == "newest" { newest } else { &oldest }, "{order} {limit}");
        }
    }
    assert_eq!(types("kind=activity").await, "sync.n2 sync.n1 sync.n0");
    assert_eq!(types("kind=event&type=org.renamed&limit=2").await, "org.renamed org.renamed");
    assert_eq!(types("type=sync.n1").await, "sync.n1");
    assert_eq!(types("actor=operator").await, "sync.n2 sync.n1 sync.n0");
    assert_eq!(types("target=r%201").await, "sync.n1");
    assert_eq!(types(&format!("project={project}")).await, "sync.n2 sync.n1 sync.n0 project.created");
    assert_eq!(types(&format!("project={project}&kind=activity&type=sync.n0")).await, "sync.n0");
    let entries = ada.get(&format!("{path}/audit?order=oldest")).await.expect_status(200).data();
    let at = |n: usize| text(&entries[n]["effective_at"]);
    assert_eq!(types(&format!("order=oldest&since={}&until={}", at(3), at(6))).await, "sync.n0 org.renamed sync.n1");
    assert_eq!(types(&format!("since={}&until={}", at(4), at(8))).await, "sync.n2 org.renamed sync.n1 org.renamed");
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_one_moment_events_come_before_activity_and_no_page_repeats() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    let path = format!("/v1/orgs/{org}");
    let at = text(&ada.audit(&org).await[1]["effective_at"]);
    let items: Vec<Value> = (0..4).map(|n| json!({"type": format!("n{n}"), "at": at})).collect();
    ada.post(&format!("{path}/activity"), json!({"items": items})).await.expect_status(200);
    for (order, events_first) in [("oldest", true), ("newest", false)] {
        for limit in 1..=7 {
            let walked = pages(&ada, &format!("{path}/audit?order={order}"), limit).await.concat();
            let mut kinds: Vec<String> = walked.iter().map(|entry| text(&entry["kind"])).collect();
            if !events_first {
                kinds.reverse();
            }
            assert_eq!(kinds.join(" "), "event event activity activity activity activity", "{order} {limit}");
        }
    }
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_project_has_all_that_concerns_it() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org_with("Acme", "platform").await;
    let (engine, mill) = (ada.create_project(&org, "Engine").await, ada.create_project(&org, "Mill").await);
    let (guest, member) = ada.bring_into(&org, &engine, "guest@example.com", "viewer").await;
    let base = format!("/v1/orgs/{org}/projects/{engine}");
    ada.patch(&base, json!({"name": "Engine II"})).await.expect_status(200);
    ada.delete(&format!("{base}/members/{member}"), Value::Null).await.expect_status(204);
    ada.delete(&base, json!({"name": "Engine II"})).await.expect_status(204);
    drop(guest);
    let types = async |project: &str| {
        let path = format!("/v1/orgs/{org}/audit?order=oldest&project={project}");
        let entries = ada.get(&path).await.expect_status(200).data();
        entries.iter().map(|entry| text(&entry["type"])).collect::<Vec<_>>()
    };
    assert_eq!(
        types(&engine).await,
        [
            "project.created",
            "invitation.created",
            "invitation.accepted",
            "project.member_joined",
            "project.renamed",
            "project.member_removed",
            "project.deleted"
        ]
    );
    assert_eq!(types(&mill).await, ["project.created"]);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn people_are_found_by_their_names_also_when_they_have_left() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    ada.patch("/v1/me", json!({"display_name": "Ada Lovelace"})).await.expect_status(200);
    let org = ada.create_org("Acme").await;
    let (bob, bob_id) = ada.bring_in(&org, "bob@example.com", "admin").await;
    bob.patch("/v1/me", json!({"display_name": "Bob Børge"})).await.expect_status(200);
    let items = json!({"items": [{"type": "of_bob", "member": bob_id}, {"type": "about_bob", "target": {"type": "member", "id": bob_id}}]});
    app.operator().post(&format!("/v1/orgs/{org}/activity"), items).await.expect_status(200);
    ada.delete(&format!("/v1/orgs/{org}/members/{bob_id}"), Value::Null).await.expect_status(200);
    let types = async |search: &str| {
        let path = format!("/v1/orgs/{org}/audit?order=oldest&search={search}");
        let entries = ada.get(&path).await.expect_status(200).data();
        entries.iter().map(|entry| text(&entry["type"])).collect::<Vec<_>>()
    };
    let of_bob = ["invitation.accepted", "member.joined", "of_bob", "about_bob", "member.removed"];
    for search in ["bob", "BØRGE", "borge%20bob", "bob@example"] {
        assert_eq!(types(search).await, of_bob, "{search}");
    }
    assert_eq!(types("love").await, ["org.created", "member.joined", "invitation.created", "member.removed"]);
    assert_eq!(types("nobody").await, [""; 0]);
    assert_eq!(types("bob&type=of_bob").await, ["of_bob"]);
    assert_eq!(types("bob&kind=event&order=newest&limit=2").await, ["member.removed", "member.joined"]);
    for limit in 1..=6 {
        for order in ["oldest", "newest"] {
            let path = format!("/v1/orgs/{org}/audit?order={order}&search=bob");
            let mut walked = pages(&ada, &path, limit).await.concat();
            if order == "newest" {
                walked.reverse();
            }
            assert_eq!(walked.iter().map(|entry| text(&entry["type"])).collect::<Vec<_>>(), of_bob, "{order} {limit}");
        }
    }
    // Whoever deletes their account is found no more.
    bob.delete("/v1/me", json!({"email": "bob@example.com"})).await.expect_status(204);
    assert_eq!(types("bob").await, [""; 0]);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_may_read_their_own_reads_no_more() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org_with("Acme", "themes").await;
    let (bob, bob_id) = ada.bring_in(&org, "bob@example.com", "member").await;
    let items = json!({"items": [{"type": "of_bob", "member": bob_id}, {"type": "of_nobody"}]});
    app.operator().post(&format!("/v1/orgs/{org}/activity"), items).await.expect_status(200);
    let types = async |caller: &Caller, query: &str| {
        let path = format!("/v1/orgs/{org}/audit?order=oldest{query}");
        let id = format!("{}{query}", caller.email);
        let entries = caller.request("GET", &path).header("x-test-id", &id).send().await.expect_status(200).data();
        assert_eq!(app.statements_of(&id).len(), 1, "{id}");
        entries.iter().map(|entry| text(&entry["type"])).collect::<Vec<_>>()
    };
    assert_eq!(types(&bob, "").await, ["invitation.accepted", "member.joined", "of_bob"]);
    assert_eq!(types(&bob, "&type=of_nobody").await, [""; 0]);
    assert_eq!(types(&bob, "&actor=operator").await, [""; 0]);
    assert_eq!(types(&bob, "&search=bob&kind=activity").await, ["of_bob"]);
    assert_eq!(types(&bob, "&search=ada").await, [""; 0]);
    assert_eq!(types(&ada, "&kind=activity").await, ["of_bob", "of_nobody"]);
    app.finish().await;
}
