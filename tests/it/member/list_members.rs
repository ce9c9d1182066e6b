use std::time::Duration;

use expect_test::expect;
use latchkey_testkit::{Caller, TestApp, Value, json, shown};

use crate::support::{NO_ORG, accept, pages, text, texts, wrong_fields};

async fn emails(caller: &Caller, org: &str, query: &str) -> Vec<String> {
    texts(&caller.get(&format!("/v1/orgs/{org}/members?{query}")).await.expect_status(200).data(), "email")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn members_and_open_invitations_are_one_list_in_the_order_in_which_they_came() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    ada.invite(&org, "Bob@Example.com", "admin").await;
    let (carol, _) = ada.bring_in(&org, "carol@example.com", "viewer").await;
    carol.patch("/v1/me", json!({"display_name": "Carol"})).await.expect_status(200);
    let path = format!("/v1/orgs/{org}/members");
    // A viewer may look, too.
    expect![[r#"
        200
        {
          "data": [
            {
              "billed_owner": false,
              "came_by": "creation",
              "display_name": null,
              "email": "ada@example.com",
              "expires_at": null,
              "id": "mem#1",
              "invited_at": null,
              "invited_by": null,
              "joined_at": "[time]",
              "last_active_at": "[time]",
              "licensed": false,
              "limits": {},
              "restrictions": null,
              "role": "owner",
              "status": "active",
              "tier": null,
              "user_id": "usr#1"
            },
            {
              "billed_owner": false,
              "came_by": null,
              "display_name": null,
              "email": "Bob@Example.com",
              "expires_at": "[time]",
              "id": "inv#1",
              "invited_at": "[time]",
              "invited_by": "mem#1",
              "joined_at": null,
              "last_active_at": null,
              "licensed": false,
              "limits": {},
              "restrictions": null,
              "role": "admin",
              "status": "pending",
              "tier": null,
              "user_id": null
            },
            {
              "billed_owner": false,
              "came_by": "invitation",
              "display_name": "Carol",
              "email": "carol@example.com",
              "expires_at": null,
              "id": "mem#2",
              "invited_at": null,
              "invited_by": null,
              "joined_at": "[time]",
              "last_active_at": "[time]",
              "licensed": false,
              "limits": {},
              "restrictions": null,
              "role": "viewer",
              "status": "active",
              "tier": null,
              "user_id": "usr#2"
            }
          ],
          "next_cursor": null
        }"#]]
    .assert_eq(&shown(&carol.get(&path).await));
    assert_eq!(emails(&ada, &org, "status=active").await, ["ada@example.com", "carol@example.com"]);
    assert_eq!(emails(&ada, &org, "status=pending").await, ["Bob@Example.com"]);
    assert_eq!(emails(&ada, &org, "status=present").await.len(), 3);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_search_finds_words_by_their_beginning_whatever_their_case_and_accents() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    ada.patch("/v1/me", json!({"display_name": "Ada Ångström-Löwe"})).await.expect_status(200);
    let (zoe, _) = ada.bring_in(&org, "zoe.k@bücher.example", "viewer").await;
    zoe.patch("/v1/me", json!({"display_name": "Zoë KRÜGER"})).await.expect_status(200);
    ada.invite(&org, "Bob@Other.example", "viewer").await;
    for (search, found) in [
        ("zoe", vec!["zoe.k@bücher.example"]),
        ("ZO%C3%8B", vec!["zoe.k@bücher.example"]),
        ("kr%C3%BCg", vec!["zoe.k@bücher.example"]),
        ("KRUGER", vec!["zoe.k@bücher.example"]),
        ("zoe.k@b%C3%BCcher.example", vec!["zoe.k@bücher.example"]),
        ("ang", vec!["ada@example.com"]),
        ("ada@", vec!["ada@example.com"]),
        ("example.com", vec!["ada@example.com"]),
        ("bob", vec!["Bob@Other.example"]),
        ("BOB@other", vec!["Bob@Other.example"]),
        ("other.ex", vec!["Bob@Other.example"]),
        // Not in the middle of a word, not as a pattern, not by accident.
        ("oe", vec![]),
        ("%25", vec![]),
        ("_", vec![]),
        ("b%25b", vec![]),
        ("nobody", vec![]),
    ] {
        assert_eq!(emails(&ada, &org, &format!("search={search}")).await, found, "{search}");
    }
    assert_eq!(emails(&ada, &org, "search=bob&status=active").await, [""; 0]);
    assert_eq!(emails(&ada, &org, "search=bob&status=pending").await, ["Bob@Other.example"]);
    assert_eq!(emails(&ada, &org, "search=").await.len(), 3, "an empty search is none");
    app.finish().await;
}

/// Members and invitations of two roles, some of them licensed, in an order that is neither that of names nor that of ids.
async fn mixed(app: &TestApp) -> (Caller, String) {
    let ada = app.sign_in("ada@example.com").await;
    ada.patch("/v1/me", json!({"display_name": "Zoë"})).await.expect_status(200);
    let org = ada.create_org_with("Acme", "studio").await;
    let mut licensed = Vec::new();
    for (name, role, has_license) in
        [("mia", "member", true), ("bob", "admin", false), ("cem", "member", false), ("Al", "admin", true)]
    {
        let (person, id) = ada.bring_in(&org, &format!("{name}@example.com"), role).await;
        if name == "bob" {
            person.patch("/v1/me", json!({"display_name": "ÉMILE"})).await.expect_status(200);
        }
        licensed.extend(has_license.then_some(id));
    }
    ada.invite(&org, "dan@example.com", "member").await;
    ada.invite(&org, "aron@example.com", "admin").await;
    app.operator().put(&format!("/v1/orgs/{org}/plan"), json!({"plan": "team", "seats": 5})).await;
    let assign = ada.post(&format!("/v1/orgs/{org}/licenses/assign"), json!({ "members": licensed })).await;
    assign.expect_status(200);
    (ada, org)
}

/// The local parts of the addresses listed, walked through page by page: in pages of one, of two and in one.
async fn walked(caller: &Caller, org: &str, query: &str) -> String {
    let path = format!("/v1/orgs/{org}/members?{query}");
    let mut ways = Vec::new();
    for limit in [1, 2, 200] {
        let all: Vec<Value> = pages(caller, &path, limit).await.concat();
        let names: Vec<String> =
            texts(&all, "email").iter().map(|email| email.split('@').next().expect("a name").to_owned()).collect();
        ways.push(names.join(" "));
    }
    assert!(ways.iter().all(|way| *way == ways[0]), "{query}: {ways:?}");
    ways.remove(0)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_filter_goes_with_every_other_and_with_both_orders() {
    let app = TestApp::start().await;
    let (ada, org) = mixed(&app).await;
    for (query, joined, named) in [
        ("", "ada mia bob cem Al dan aron", "Al aron cem dan bob mia ada"),
        ("status=active", "ada mia bob cem Al", "Al cem bob mia ada"),
        ("status=pending", "dan aron", "aron dan"),
        ("role=admin", "bob Al aron", "Al aron bob"),
        ("role=admin&status=active", "bob Al", "Al bob"),
        ("role=admin&status=pending", "aron", "aron"),
        ("role=owner", "ada", "ada"),
        ("licensed=true", "mia Al", "Al mia"),
        ("licensed=false", "ada bob cem", "cem bob ada"),
        ("licensed=true&role=admin", "Al", "Al"),
        ("licensed=false&role=member&status=active", "cem", "cem"),
        ("licensed=false&status=pending", "", ""),
        ("licensed=true&role=owner", "", ""),
    ] {
        assert_eq!(walked(&ada, &org, query).await, joined, "{query}");
        assert_eq!(walked(&ada, &org, &format!("{query}&sort=joined")).await, joined, "{query}");
        assert_eq!(walked(&ada, &org, &format!("{query}&sort=name")).await, named, "{query}");
    }
    let refused = ada.get(&format!("/v1/orgs/{org}/members?role=emperor")).await.expect_problem(422, "unknown_role");
    assert_eq!(refused.json()["known"], json!(["owner", "admin", "member"]));
    let wrong = ada.get(&format!("/v1/orgs/{org}/members?role=An%20Admin&licensed=perhaps&sort=age")).await;
    assert_eq!(wrong_fields(wrong), ["role invalid", "licensed wrong_type", "sort not_allowed"]);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_found_is_in_the_order_of_its_words_each_entry_once() {
    let app = TestApp::start().await;
    let (ada, org) = mixed(&app).await;
    for (query, found) in [
        // By address; for ada also by name; for all by the domain, which nobody is listed twice for.
        ("search=e", "bob aron dan Al ada cem mia"),
        ("search=a", "ada Al aron"),
        ("search=a&sort=name", "ada Al aron"),
        ("search=a&status=active", "ada Al"),
        ("search=a&status=pending", "aron"),
        ("search=a&role=admin", "Al aron"),
        ("search=a&licensed=true", "Al"),
        ("search=a&licensed=false", "ada"),
        ("search=%C3%A9m", "bob"),
        ("search=com&role=owner", "ada"),
    ] {
        let mut expected: Vec<&str> = found.split(' ').collect();
        let walk = walked(&ada, &org, query).await;
        let mut walk: Vec<&str> = walk.split(' ').collect();
        if query == "search=e" {
            // Who has the same word comes in the order of ids, which is chance.
            assert_eq!(walk[0], "bob");
            expected.sort_unstable();
            walk.sort_unstable();
        }
        assert_eq!(walk, expected, "{query}");
    }
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_search_finds_any_word_of_name_address_and_domain_and_several_in_their_order() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    let (zoe, _) = ada.bring_in(&org, "zoe.k-m_n+o@mail.bücher.example", "viewer").await;
    zoe.patch("/v1/me", json!({"display_name": "Zoë Łucja Krüger-Straße"})).await.expect_status(200);
    for found in [
        "k-m",
        "m_n",
        "n%2Bo",
        "o@mail",
        "mail",
        "B%C3%BCcher",
        "bucher.ex",
        "xn--bcher",
        "example",
        "zoe.k",
        "Luc",
        "kr%C3%BCger-s",
        "STRASSE",
        "zoe lu",
        "lucja kruger",
        "kruger-strasse zoe",
        "zoe%20%20l",
    ] {
        let found_by = emails(&ada, &org, &format!("search={}", found.replace(' ', "%20"))).await;
        assert!(found_by.iter().any(|email| email == "zoe.k-m_n+o@mail.bücher.example"), "{found}: {found_by:?}");
    }
    for other in ["ucher", "zoe kruger-x", "cher.example", "ail"] {
        assert_eq!(emails(&ada, &org, &format!("search={}", other.replace(' ', "%20"))).await, [""; 0], "{other}");
    }
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_last_activity_is_the_last_change_made_here_or_the_last_sign_in() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    let (bob, bob_id) = ada.bring_in(&org, "bob@example.com", "admin").await;
    let at = async || {
        let members = ada.get(&format!("/v1/orgs/{org}/members")).await.expect_status(200).data();
        let one = ada.get(&format!("/v1/orgs/{org}/members/{bob_id}")).await.expect_status(200).json();
        assert_eq!(members[1]["last_active_at"], one["last_active_at"]);
        text(&one["last_active_at"])
    };
    let joined = at().await;
    app.advance_clock(Duration::from_secs(60));
    bob.get(&format!("/v1/orgs/{org}")).await.expect_status(200);
    assert_eq!(at().await, joined, "looking is nothing that is kept");
    bob.invite(&org, "cem@example.com", "viewer").await;
    let invited = at().await;
    assert!(invited > joined, "{invited} {joined}");
    app.advance_clock(Duration::from_secs(60));
    app.sign_in("bob@example.com").await;
    let signed_in = at().await;
    assert!(signed_in > invited, "{signed_in} {invited}");
    // What somebody does after they are gone is not this organization's to know.
    ada.delete(&format!("/v1/orgs/{org}/members/{bob_id}"), Value::Null).await.expect_status(200);
    let gone = ada.get(&format!("/v1/orgs/{org}/members/{bob_id}")).await.expect_status(200);
    assert_eq!(gone.text_at("/last_active_at"), invited);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_search_finds_a_whole_domain_as_people_write_it() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    ada.invite(&org, "zoe@bücher.example", "viewer").await;
    for search in
        ["b%C3%BCcher.", "B%C3%9CCHER.example", "xn--bcher-kva", "zoe@b%C3%BCcher.example", "ZOE@b%C3%BCcher.ex"]
    {
        assert_eq!(emails(&ada, &org, &format!("search={search}")).await, ["zoe@bücher.example"], "{search}");
    }
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pages_neither_repeat_nor_skip_while_people_come_and_go() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    let path = format!("/v1/orgs/{org}/members");
    let mut invitations = Vec::new();
    for n in 0..6 {
        invitations.push(ada.invite(&org, &format!("p{n}@example.com"), "viewer").await);
    }
    let walked: Vec<usize> = pages(&ada, &path, 3).await.iter().map(Vec::len).collect();
    assert_eq!(walked, [3, 3, 1]);

    let first = ada.get(&format!("{path}?limit=3")).await.expect_status(200);
    assert_eq!(texts(&first.data(), "email"), ["ada@example.com", "p0@example.com", "p1@example.com"]);
    // Gone from the page seen, gone from the page to come, moved to the end by joining, and new.
    ada.delete(&format!("/v1/orgs/{org}/invitations/{}", invitations[0]), Value::Null).await.expect_status(204);
    ada.delete(&format!("/v1/orgs/{org}/invitations/{}", invitations[3]), Value::Null).await.expect_status(204);
    accept(&app.anyone(), &app.anyone().mailed_token("p2@example.com").await).await.expect_status(200);
    ada.invite(&org, "p6@example.com", "viewer").await;
    let cursor = text(&first.json()["next_cursor"]);
    let rest = ada.get(&format!("{path}?cursor={cursor}")).await.expect_status(200);
    assert_eq!(texts(&rest.data(), "email"), ["p4", "p5", "p2", "p6"].map(|name| format!("{name}@example.com")));
    assert!(rest.json()["next_cursor"].is_null());
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cursor_belongs_to_its_list_and_its_filters() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let (acme, beta) = (ada.create_org("Acme").await, ada.create_org("Beta").await);
    for n in 0..3 {
        ada.invite(&acme, &format!("p{n}@example.com"), "viewer").await;
    }
    let first = ada.get(&format!("/v1/orgs/{acme}/members?limit=1&status=pending")).await.expect_status(200);
    let cursor = text(&first.json()["next_cursor"]);
    ada.get(&format!("/v1/orgs/{acme}/members?limit=2&status=pending&cursor={cursor}")).await.expect_status(200);
    for other in [
        format!("/v1/orgs/{acme}/members?cursor={cursor}"),
        format!("/v1/orgs/{acme}/members?status=pending&search=p&cursor={cursor}"),
        format!("/v1/orgs/{beta}/members?status=pending&cursor={cursor}"),
        format!("/v1/orgs/{acme}/invitations?status=pending&cursor={cursor}"),
        format!("/v1/orgs/{acme}/audit?cursor={cursor}"),
        format!("/v1/orgs/{acme}/members?status=pending&cursor={cursor}x"),
        format!("/v1/orgs/{acme}/members?status=pending&cursor=1"),
    ] {
        ada.get(&other).await.expect_problem(422, "bad_cursor");
    }
    let refused = ada.get(&format!("/v1/orgs/{acme}/members?cursor=nonsense")).await;
    expect![[r#"
        422
        content-type: application/problem+json
        {
          "code": "bad_cursor",
          "detail": "This is not a next_cursor of this list with these filters.",
          "errors": [
            {
              "code": "invalid",
              "field": "cursor",
              "message": "This is not a next_cursor of this list with these filters."
            }
          ],
          "request_id": "[request]",
          "status": 422,
          "title": "The cursor does not belong to this list",
          "type": "/problems/bad_cursor"
        }"#]]
    .assert_eq(&shown(&refused));
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_wrong_parameter_is_named_at_once() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    let refused = async |query: &str| wrong_fields(ada.get(&format!("/v1/orgs/{org}/members?{query}")).await);
    assert_eq!(
        refused("status=gone&limit=0&offset=3").await,
        ["status not_allowed", "limit out_of_range", "offset unknown"]
    );
    assert_eq!(refused("limit=201").await, ["limit out_of_range"]);
    assert_eq!(refused("limit=ten").await, ["limit wrong_type"]);
    assert_eq!(refused("limit=-1&dry_run=true").await, ["limit out_of_range", "dry_run unknown"]);
    assert_eq!(refused(&format!("search={}", "x".repeat(101))).await, ["search too_long"]);
    assert_eq!(refused(&format!("cursor={}", "x".repeat(1025))).await, ["cursor too_long"]);
    ada.get(&format!("/v1/orgs/{org}/members?limit=200&search={}", "x".repeat(100))).await.expect_status(200);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn strangers_see_no_list() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    let eve = app.sign_in("eve@example.com").await;
    eve.get(&format!("/v1/orgs/{org}/members")).await.expect_problem(404, "not_found");
    eve.get(&format!("/v1/orgs/{NO_ORG}/members")).await.expect_problem(404, "not_found");
    app.anyone().get(&format!("/v1/orgs/{org}/members")).await.expect_problem(401, "unauthenticated");
    app.finish().await;
}
