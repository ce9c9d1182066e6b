use expect_test::expect;
use futures::future::join_all;
use latchkey_api::limits::{
    ACTIVITY_AHEAD_S_MAX, ACTIVITY_AT_ONCE_MAX, ACTIVITY_DATA_BYTES_MAX, ACTIVITY_NAME_CHARS_MAX,
    ACTIVITY_TARGET_CHARS_MAX, USER_AGENT_CHARS_MAX,
};
use latchkey_testkit::{Answer, Caller, TestApp, Value, json, shown};

use crate::support::{DAY, NO_MEMBER, NO_ORG, NO_PROJECT, my_member_id, text, texts, wrong_fields};

const NO_KEY: &str = "key_019392d1c4b87d00a1b2c3d4e5f60718";

async fn report(caller: &Caller, org: &str, items: Value) -> Answer {
    caller.post(&format!("/v1/orgs/{org}/activity"), json!({ "items": items })).await
}

async fn listed(caller: &Caller, org: &str, query: &str) -> Vec<Value> {
    caller.get(&format!("/v1/orgs/{org}/audit?kind=activity&{query}")).await.expect_status(200).data()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_host_product_reports_stands_in_the_audit_log() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org_with("Acme", "platform").await;
    let (_, bob) = ada.bring_in(&org, "bob@example.com", "viewer").await;
    let project = ada.create_project(&org, "Engine").await;
    let full = json!({
        "id": "dl-1", "type": "theme.download", "member": bob, "target": {"type": "theme", "id": "aurora 2"}, "project": project,
        "ip": "2001:DB8::0:1", "user_agent": "curl/8", "data": {"bytes": 7, "of": {"a": [1, null]}},
    });
    expect![[r#"
        200
        {
          "data": [
            {
              "activity": "act#1",
              "id": "dl-1",
              "outcome": "recorded"
            },
            {
              "activity": "act#2",
              "id": null,
              "outcome": "recorded"
            }
          ],
          "recorded": 2
        }"#]]
    .assert_eq(&shown(&report(&app.operator(), &org, json!([full, {"type": "sync"}])).await));
    report(&ada, &org, json!([{"type": "sync"}])).await.expect_status(200);
    let page = ada.get(&format!("/v1/orgs/{org}/audit?kind=activity&order=oldest")).await;
    expect![[r#"
        200
        {
          "data": [
            {
              "actor": {
                "display_name": null,
                "email": "bob@example.com",
                "id": "usr#1",
                "kind": "user"
              },
              "at": "[time]",
              "data": {
                "bytes": 7,
                "of": {
                  "a": [
                    1,
                    null
                  ]
                }
              },
              "effective_at": "[time]",
              "id": "act#1",
              "ip": "2001:db8::1",
              "kind": "activity",
              "leaf_hash": null,
              "member": "mem#1",
              "project": "prj#1",
              "received_at": "[time]",
              "target": {
                "id": "aurora 2",
                "type": "theme"
              },
              "type": "theme.download",
              "user_agent": "curl/8",
              "version": null
            },
            {
              "actor": {
                "display_name": null,
                "email": null,
                "id": "operator",
                "kind": "operator"
              },
              "at": "[time]",
              "data": {},
              "effective_at": "[time]",
              "id": "act#2",
              "ip": null,
              "kind": "activity",
              "leaf_hash": null,
              "member": null,
              "project": null,
              "received_at": "[time]",
              "target": null,
              "type": "sync",
              "user_agent": null,
              "version": null
            },
            {
              "actor": {
                "display_name": null,
                "email": "ada@example.com",
                "id": "usr#2",
                "kind": "user"
              },
              "at": "[time]",
              "data": {},
              "effective_at": "[time]",
              "id": "act#3",
              "ip": null,
              "kind": "activity",
              "leaf_hash": null,
              "member": "mem#2",
              "project": null,
              "received_at": "[time]",
              "target": null,
              "type": "sync",
              "user_agent": null,
              "version": null
            }
          ],
          "next_cursor": null
        }"#]]
    .assert_eq(&shown(&page));
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_item_has_its_own_outcome() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org_with("Acme", "platform").await;
    let eve = app.sign_in("eve@example.com").await;
    let elsewhere = eve.create_org_with("Elsewhere", "platform").await;
    let (stranger, foreign) = (my_member_id(&eve, &elsewhere).await, eve.create_project(&elsewhere, "Mill").await);
    let (bob, bob_id) = ada.bring_in(&org, "bob@example.com", "viewer").await;
    bob.post(&format!("/v1/orgs/{org}/leave"), Value::Null).await.expect_status(200);
    app.sql(&format!(
        "INSERT INTO api_key (id, org_id, member_id, name, status, label, generation, key_id, created_by, created_version, created_at, rev)
         VALUES ('{NO_KEY}', '{org}', '{bob_id}', 'CI', 'revoked', 'lk_abc', 1, 'test', '{bob_id}', 1, 1, 1)"
    ));
    let items = json!([
        {"id": "1", "type": "a"},
        {"id": "1", "type": "a"},
        {"id": "2", "type": "a", "member": NO_MEMBER},
        {"id": "2", "type": "a", "member": stranger},
        {"id": "2", "type": "a", "member": bob_id},
        {"id": "2", "type": "a"},
        {"type": "a", "key": NO_KEY.replace('0', "1")},
        {"type": "a", "key": NO_KEY},
        {"type": "a", "project": NO_PROJECT},
        {"type": "a", "project": foreign},
        {"type": "a"},
        {"type": "a"},
    ]);
    let answer = report(&app.operator(), &org, items).await.expect_status(200).json();
    let outcomes = texts(answer["data"].as_array().unwrap(), "outcome");
    let expected = [
        "recorded",
        "repeated",
        "unknown_member",
        "unknown_member",
        "recorded",
        "repeated",
        "unknown_key",
        "recorded",
        "unknown_project",
        "unknown_project",
        "recorded",
        "recorded",
    ];
    assert_eq!(outcomes, expected);
    assert_eq!(answer["recorded"], 5);
    let again = report(&app.operator(), &org, json!([{"id": "1", "type": "b"}, {"id": "3", "type": "b"}])).await.json();
    assert_eq!(texts(again["data"].as_array().unwrap(), "outcome"), ["repeated", "recorded"]);
    // The same id is another item elsewhere.
    assert_eq!(report(&app.operator(), &elsewhere, json!([{"id": "1", "type": "a"}])).await.json()["recorded"], 1);
    let by_key = listed(&ada, &org, &format!("actor={NO_KEY}")).await;
    assert_eq!((&by_key[0]["actor"]["kind"], &by_key[0]["actor"]["display_name"]), (&json!("api_key"), &json!("CI")));
    assert_eq!(by_key[0]["member"], bob_id.as_str());
    assert_eq!(listed(&ada, &org, "").await.len(), 6);
    app.sql("DELETE FROM api_key");
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sixty_four_reports_of_the_same_items_leave_one_row_each() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    let items: Vec<Value> = (0..20).map(|n| json!({"id": format!("item {n}"), "type": "theme.download"})).collect();
    let answers = join_all((0..64).map(|_| report(&ada, &org, json!(items)))).await;
    let recorded: u64 = answers.into_iter().map(|a| a.expect_status(200).json()["recorded"].as_u64().unwrap()).sum();
    assert_eq!(recorded, 20);
    assert_eq!(app.count("SELECT count(*) FROM activity"), 20);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wrong_item_is_named_by_its_place_and_nothing_is_recorded() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    let now = chrono_like(&ada, &org).await;
    let data = json!({"a": "x".repeat(ACTIVITY_DATA_BYTES_MAX)});
    let items = json!([
        {"type": "fine"},
        "text",
        {},
        {"type": "Theme.Download", "zzz": 1},
        {"type": "member.joined"},
        {"type": "api_key.verified"},
        {"type": "a..b", "ip": "256.1.1.1", "member": NO_ORG, "key": "x", "project": 7},
        {"type": "a", "member": NO_MEMBER, "key": NO_KEY},
        {"type": "a", "target": {"type": "theme"}},
        {"type": "a", "target": {"type": "A theme", "id": "1"}},
        {"type": "a", "target": {"type": "theme", "id": "1", "name": "x"}},
        {"type": "a", "target": {"type": "theme", "id": "x".repeat(ACTIVITY_TARGET_CHARS_MAX + 1)}},
        {"type": "a", "data": []},
        {"type": "a", "data": data},
        {"type": "a", "id": ""},
        {"type": "a", "id": "line\nbreak", "user_agent": "x".repeat(USER_AGENT_CHARS_MAX + 1)},
        {"type": "a".repeat(ACTIVITY_NAME_CHARS_MAX + 1), "at": "yesterday"},
    ]);
    expect![[r#"
        items[1] wrong_type
        items[2].type required
        items[3].type invalid
        items[3].zzz unknown
        items[4].type not_allowed
        items[5].type not_allowed
        items[6].type invalid
        items[6].member invalid
        items[6].key invalid
        items[6].project wrong_type
        items[6].ip invalid
        items[7].key not_allowed
        items[8].target wrong_type
        items[9].target invalid
        items[10].target wrong_type
        items[11].target too_long
        items[12].data wrong_type
        items[13].data too_long
        items[14].id too_short
        items[15].id invalid
        items[15].user_agent too_long
        items[16].type too_long
        items[16].at invalid"#]]
    .assert_eq(&wrong_fields(report(&ada, &org, items).await).join("\n"));
    let ahead = json!([{"type": "a", "at": later(&now, ACTIVITY_AHEAD_S_MAX + 60)}, {"type": "a", "at": "1969-12-31T23:59:59Z"}]);
    assert_eq!(wrong_fields(report(&ada, &org, ahead).await), ["items[0].at out_of_range", "items[1].at out_of_range"]);
    let many: Vec<Value> = (0..=ACTIVITY_AT_ONCE_MAX).map(|_| json!({"type": "a"})).collect();
    assert_eq!(wrong_fields(report(&ada, &org, json!(many)).await), ["items too_long"]);
    assert_eq!(wrong_fields(report(&ada, &org, json!([])).await), ["items too_short"]);
    assert_eq!(wrong_fields(report(&ada, &org, json!({})).await), ["items wrong_type"]);
    assert_eq!(app.count("SELECT count(*) FROM activity"), 0);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_report_fits_into_one_request() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    let data = json!({"a": "x".repeat(ACTIVITY_DATA_BYTES_MAX - 8 - 200)});
    let items: Vec<Value> =
        (0..ACTIVITY_AT_ONCE_MAX).map(|n| json!({"id": n.to_string(), "type": "a", "data": data})).collect();
    let answer = report(&ada, &org, json!(items)).await.expect_status(200).json();
    assert_eq!(answer["recorded"], ACTIVITY_AT_ONCE_MAX);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn activity_is_reported_by_whoever_may_and_changes_nothing_else() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    let (viewer, _) = ada.bring_in(&org, "bob@example.com", "viewer").await;
    let eve = app.sign_in("eve@example.com").await;
    let version = ada.get(&format!("/v1/orgs/{org}")).await.json()["version"].clone();
    let items = json!([{"type": "a"}]);
    report(&viewer, &org, items.clone()).await.expect_problem(403, "forbidden");
    report(&eve, &org, items.clone()).await.expect_problem(404, "not_found");
    report(&app.operator(), NO_ORG, items.clone()).await.expect_problem(404, "not_found");
    report(&app.anyone(), &org, items.clone()).await.expect_problem(401, "unauthenticated");
    report(&ada, &org, items).await.expect_status(200);
    let one = &listed(&ada, &org, "").await[0];
    assert_eq!(one["actor"]["email"], "ada@example.com");
    assert_eq!(one["member"], my_member_id(&ada, &org).await.as_str());
    assert_eq!(ada.get(&format!("/v1/orgs/{org}")).await.json()["version"], version);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_older_than_activity_is_kept_is_not_taken() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    let then = chrono_like(&ada, &org).await;
    app.advance_clock(3 * DAY);
    report(&ada, &org, json!([{"type": "a", "at": then}])).await.expect_status(200);
    ada.patch(&format!("/v1/orgs/{org}"), json!({"activity_retention_days": 2})).await.expect_status(200);
    assert_eq!(
        wrong_fields(report(&ada, &org, json!([{"type": "a", "at": then}])).await),
        ["items[0].at out_of_range"]
    );
    app.finish().await;
}

/// The time that the app lives in.
async fn chrono_like(caller: &Caller, org: &str) -> String {
    let events = caller.audit(org).await;
    text(&events[events.len() - 1]["effective_at"])
}

/// A moment in the same minute of another hour is enough here: seconds are added by the hour.
fn later(at: &str, seconds: i64) -> String {
    assert!(seconds < 3600);
    // An offset behind UTC makes the same clock reading an hour later.
    at.replace('Z', "-01:00")
}
