use expect_test::expect;
use latchkey_testkit::{Caller, TestApp, Value, json, shown};

use crate::support::{DAY, NO_ORG, accept, pages, text, wrong_fields};

async fn versions(caller: &Caller, org: &str, query: &str) -> Vec<u64> {
    let events = caller.get(&format!("/v1/orgs/{org}/audit?{query}")).await.expect_status(200).data();
    events.iter().map(|event| event["version"].as_u64().unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_log_tells_how_a_team_formed_the_newest_event_first() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    ada.patch("/v1/me", json!({"display_name": "Ada"})).await.expect_status(200);
    let org = ada.create_org("Acme").await;
    ada.invite(&org, "Bob@Example.com", "admin").await;
    accept(&app.anyone(), &app.anyone().mailed_token("bob@example.com").await).await.expect_status(200);
    expect![[r#"
        200
        {
          "data": [
            {
              "actor": {
                "display_name": null,
                "email": "Bob@Example.com",
                "id": "usr#1",
                "kind": "user"
              },
              "at": "[time]",
              "data": {
                "invitation": "inv#1",
                "role": "admin",
                "user": "usr#1"
              },
              "effective_at": "[time]",
              "id": "evt#1",
              "ip": null,
              "kind": "event",
              "leaf_hash": "[hash]",
              "member": null,
              "project": null,
              "received_at": null,
              "target": {
                "id": "mem#1",
                "type": "member"
              },
              "type": "member.joined",
              "user_agent": null,
              "version": 5
            },
            {
              "actor": {
                "display_name": null,
                "email": "Bob@Example.com",
                "id": "usr#1",
                "kind": "user"
              },
              "at": "[time]",
              "data": {
                "member": "mem#1"
              },
              "effective_at": "[time]",
              "id": "evt#2",
              "ip": null,
              "kind": "event",
              "leaf_hash": "[hash]",
              "member": null,
              "project": null,
              "received_at": null,
              "target": {
                "id": "inv#1",
                "type": "invitation"
              },
              "type": "invitation.accepted",
              "user_agent": null,
              "version": 4
            },
            {
              "actor": {
                "display_name": "Ada",
                "email": "ada@example.com",
                "id": "usr#2",
                "kind": "user"
              },
              "at": "[time]",
              "data": {
                "email": "Bob@Example.com",
                "expires_at": "[time]",
                "generation": 1,
                "invited_by": "mem#2",
                "role": "admin"
              },
              "effective_at": "[time]",
              "id": "evt#3",
              "ip": null,
              "kind": "event",
              "leaf_hash": "[hash]",
              "member": null,
              "project": null,
              "received_at": null,
              "target": {
                "id": "inv#1",
                "type": "invitation"
              },
              "type": "invitation.created",
              "user_agent": null,
              "version": 3
            },
            {
              "actor": {
                "display_name": "Ada",
                "email": "ada@example.com",
                "id": "usr#2",
                "kind": "user"
              },
              "at": "[time]",
              "data": {
                "role": "owner",
                "user": "usr#2"
              },
              "effective_at": "[time]",
              "id": "evt#4",
              "ip": null,
              "kind": "event",
              "leaf_hash": "[hash]",
              "member": null,
              "project": null,
              "received_at": null,
              "target": {
                "id": "mem#2",
                "type": "member"
              },
              "type": "member.joined",
              "user_agent": null,
              "version": 2
            },
            {
              "actor": {
                "display_name": "Ada",
                "email": "ada@example.com",
                "id": "usr#2",
                "kind": "user"
              },
              "at": "[time]",
              "data": {
                "name": "Acme",
                "plan": "free",
                "policy": "credentials",
                "top_role": "owner"
              },
              "effective_at": "[time]",
              "id": "evt#5",
              "ip": null,
              "kind": "event",
              "leaf_hash": "[hash]",
              "member": null,
              "project": null,
              "received_at": null,
              "target": {
                "id": "org#1",
                "type": "organization"
              },
              "type": "org.created",
              "user_agent": null,
              "version": 1
            }
          ],
          "next_cursor": null
        }"#]]
    .assert_eq(&shown(&ada.get(&format!("/v1/orgs/{org}/audit")).await));
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_kind_of_event_is_told() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    let path = format!("/v1/orgs/{org}");
    ada.patch(&path, json!({"name": "Acme & Co"})).await.expect_status(200);
    let (_, bob_id) = ada.bring_in(&org, "bob@example.com", "viewer").await;
    ada.delete(&format!("{path}/members/{bob_id}"), Value::Null).await.expect_status(200);
    let (carol, _) = ada.bring_in(&org, "carol@example.com", "viewer").await;
    carol.post(&format!("{path}/leave"), Value::Null).await.expect_status(200);
    let dan = ada.invite(&org, "dan@example.com", "viewer").await;
    ada.post(&format!("{path}/invitations/{dan}/resend"), Value::Null).await.expect_status(200);
    ada.delete(&format!("{path}/invitations/{dan}"), Value::Null).await.expect_status(204);
    ada.invite(&org, "eve@example.com", "viewer").await;
    let token = app.anyone().mailed_token("eve@example.com").await;
    app.anyone().post("/v1/invitations/decline", json!({ "token": token })).await.expect_status(204);
    ada.invite(&org, "fay@example.com", "viewer").await;
    app.advance_clock(7 * DAY);
    app.dispatch().await;
    let told: Vec<String> = ada
        .audit(&org)
        .await
        .iter()
        .map(|event| {
            let (actor, target) = (&event["actor"], &event["target"]);
            let who = actor["email"].as_str().map_or_else(|| text(&actor["kind"]), str::to_owned);
            let mut data = event["data"].clone();
            // Identifiers and times differ from run to run.
            if let Some(data) = data.as_object_mut() {
                data.retain(|name, _| {
                    !matches!(name.as_str(), "user" | "invitation" | "member" | "invited_by" | "expires_at")
                });
            }
            format!("{} {} by {who} on {} {data}", event["version"], text(&event["type"]), text(&target["type"]))
        })
        .collect();
    expect![[r#"
        1 org.created by ada@example.com on organization {"name":"Acme","plan":"free","policy":"credentials","top_role":"owner"}
        2 member.joined by ada@example.com on member {"role":"owner"}
        3 org.renamed by ada@example.com on organization {"name":"Acme & Co","was":"Acme"}
        4 invitation.created by ada@example.com on invitation {"email":"bob@example.com","generation":1,"role":"viewer"}
        5 invitation.accepted by bob@example.com on invitation {}
        6 member.joined by bob@example.com on member {"role":"viewer"}
        7 member.removed by ada@example.com on member {}
        8 invitation.created by ada@example.com on invitation {"email":"carol@example.com","generation":1,"role":"viewer"}
        9 invitation.accepted by carol@example.com on invitation {}
        10 member.joined by carol@example.com on member {"role":"viewer"}
        11 member.left by carol@example.com on member {}
        12 invitation.created by ada@example.com on invitation {"email":"dan@example.com","generation":1,"role":"viewer"}
        13 invitation.resent by ada@example.com on invitation {"generation":2}
        14 invitation.cancelled by ada@example.com on invitation {}
        15 invitation.created by ada@example.com on invitation {"email":"eve@example.com","generation":1,"role":"viewer"}
        16 invitation.declined by invitation on invitation {}
        17 invitation.created by ada@example.com on invitation {"email":"fay@example.com","generation":1,"role":"viewer"}
        18 invitation.expired by system on invitation {}"#]].assert_eq(&told.join("\n"));
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn filters_narrow_and_hold_together() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    let (bob, bob_id) = ada.bring_in(&org, "bob@example.com", "admin").await;
    let invitation = bob.invite(&org, "carol@example.com", "viewer").await;
    ada.post(&format!("/v1/orgs/{org}/invitations/{invitation}/resend"), Value::Null).await.expect_status(200);
    // 1 created, 2 joined, 3 invited, 4 accepted, 5 joined, 6 invited (by bob), 7 resent (by ada).
    let ada_user = ada.get("/v1/me").await.text_at("/id");
    let bob_user = bob.get("/v1/me").await.text_at("/id");
    for (query, expected) in [
        (String::new(), vec![7, 6, 5, 4, 3, 2, 1]),
        (format!("actor={ada_user}"), vec![7, 3, 2, 1]),
        (format!("actor={bob_user}"), vec![6, 5, 4]),
        ("type=invitation.created".to_owned(), vec![6, 3]),
        ("type=member.left".to_owned(), vec![]),
        ("type=no.such.thing".to_owned(), vec![]),
        (format!("target={invitation}"), vec![7, 6]),
        (format!("target={bob_id}"), vec![5]),
        (format!("target={org}"), vec![1]),
        (format!("target={invitation}&actor={ada_user}"), vec![7]),
        (format!("type=invitation.created&actor={bob_user}"), vec![6]),
        (format!("type=invitation.created&actor={bob_user}&target={bob_id}"), vec![]),
        (format!("actor={NO_ORG}"), vec![]),
    ] {
        assert_eq!(versions(&ada, &org, &query).await, expected, "{query}");
    }
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_acts_without_an_account_is_found_too() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    let declined = ada.invite(&org, "bob@example.com", "viewer").await;
    let token = app.anyone().mailed_token("bob@example.com").await;
    app.anyone().post("/v1/invitations/decline", json!({ "token": token })).await.expect_status(204);
    ada.invite(&org, "carol@example.com", "viewer").await;
    app.advance_clock(7 * DAY);
    app.dispatch().await;
    assert_eq!(versions(&ada, &org, "actor=system").await, [6]);
    assert_eq!(versions(&ada, &org, &format!("actor=invitation:{declined}")).await, [4]);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_period_takes_its_start_and_leaves_its_end() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    app.advance_clock(DAY);
    ada.invite(&org, "bob@example.com", "viewer").await;
    app.advance_clock(DAY);
    ada.invite(&org, "carol@example.com", "viewer").await;
    let at = ada.audit(&org).await.iter().map(|event| text(&event["effective_at"])).collect::<Vec<_>>();
    let (second, third) = (&at[2], &at[3]);
    let expected: [(String, &[u64]); 7] = [
        (format!("since={second}"), &[4, 3]),
        (format!("until={second}"), &[2, 1]),
        (format!("since={second}&until={third}"), &[3]),
        (format!("since={third}&until={second}"), &[]),
        ("since=2999-01-01T00:00:00Z".to_owned(), &[]),
        ("until=1999-01-01T00:00:00%2B01:00".to_owned(), &[]),
        (format!("since={second}&type=invitation.created&until=2999-01-01T00:00:00Z"), &[4, 3]),
    ];
    for (query, expected) in expected {
        assert_eq!(versions(&ada, &org, &query).await, expected, "{query}");
    }
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pages_neither_repeat_nor_skip_while_the_log_grows() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    for n in 0..5 {
        ada.invite(&org, &format!("p{n}@example.com"), "viewer").await;
    }
    let path = format!("/v1/orgs/{org}/audit");
    let walked: Vec<Vec<u64>> = pages(&ada, &path, 3)
        .await
        .iter()
        .map(|page| page.iter().map(|event| event["version"].as_u64().unwrap()).collect())
        .collect();
    assert_eq!(walked, [vec![7, 6, 5], vec![4, 3, 2], vec![1]]);
    let filtered = pages(&ada, &format!("{path}?type=invitation.created"), 2).await;
    assert_eq!(filtered.iter().map(Vec::len).collect::<Vec<_>>(), [2, 2, 1]);

    let first = ada.get(&format!("{path}?limit=3")).await.expect_status(200);
    ada.invite(&org, "new@example.com", "viewer").await;
    let cursor = text(&first.json()["next_cursor"]);
    assert_eq!(versions(&ada, &org, &format!("cursor={cursor}")).await, [4, 3, 2, 1]);
    ada.get(&format!("{path}?type=org.created&cursor={cursor}")).await.expect_problem(422, "bad_cursor");
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whose_role_does_not_include_it_reads_no_log() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    let path = format!("/v1/orgs/{org}/audit");
    let (viewer, _) = ada.bring_in(&org, "bob@example.com", "viewer").await;
    expect![[r#"
        403
        content-type: application/problem+json
        {
          "code": "forbidden",
          "detail": "Your role viewer does not include audit.read. Ask somebody whose role does.",
          "permission": "audit.read",
          "request_id": "[request]",
          "role": "viewer",
          "status": 403,
          "title": "Your role does not allow this",
          "type": "/problems/forbidden"
        }"#]]
    .assert_eq(&shown(&viewer.get(&path).await));
    let (admin, _) = ada.bring_in(&org, "carol@example.com", "admin").await;
    admin.get(&path).await.expect_status(200);
    let eve = app.sign_in("eve@example.com").await;
    eve.get(&path).await.expect_problem(404, "not_found");
    eve.get(&format!("/v1/orgs/{NO_ORG}/audit")).await.expect_problem(404, "not_found");
    app.anyone().get(&path).await.expect_problem(401, "unauthenticated");
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_wrong_parameter_is_named_at_once() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    let wrong = "kind=x&actor=me&type=A%20B&project=x&since=yesterday&until=2026-13-01T00:00:00Z&limit=0&order=asc";
    let refused = ada.get(&format!("/v1/orgs/{org}/audit?{wrong}")).await;
    assert_eq!(
        wrong_fields(refused),
        [
            "kind not_allowed",
            "actor invalid",
            "type invalid",
            "project invalid",
            "since invalid",
            "until invalid",
            "order not_allowed",
            "limit out_of_range"
        ]
    );
    app.finish().await;
}
