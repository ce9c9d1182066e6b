use std::collections::BTreeSet;
use std::time::Instant;

use expect_test::expect;
use latchkey_testkit::{Begun, Caller, HostProcess, TestApp, Value, json, shown};

use crate::support::{NO_ORG, text, texts};

fn lines(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

async fn exported(caller: &Caller, org: &str, query: &str) -> Vec<Value> {
    let answer = caller.get(&format!("/v1/orgs/{org}/audit/export?{query}")).await.expect_status(200);
    let (total, lines) = (answer.header("latchkey-export-total").unwrap().parse(), lines(&answer.text));
    assert_eq!(total, Ok(lines.len()), "{query}");
    assert_eq!((answer.header("content-length"), answer.header("transfer-encoding")), (None, Some("chunked")));
    lines
}

/// Activity that nobody reported, a second apart, the oldest first.
fn seed(app: &TestApp, org: &str, rows: u64) {
    app.sql(&format!(
        "INSERT INTO activity (org_id, at, id, type, actor, target_type, target, data, received_at)
         WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {rows})
         SELECT '{org}', 1700000000000 + i * 1000, printf('act_%032x', i), 'theme.download', 'operator', 'theme', 'aurora',
                json_object('n', i, 'note', 'what the host product has to say of it, such as how much and from where'), 1800000000000
         FROM n"
    ));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_whole_list_is_one_answer_the_oldest_first() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    ada.invite(&org, "bob@example.com", "viewer").await;
    let items = json!({"items": [{"type": "theme.download", "target": {"type": "theme", "id": "aurora"}}]});
    ada.post(&format!("/v1/orgs/{org}/activity"), items).await.expect_status(200);
    let all = exported(&ada, &org, "").await;
    assert_eq!(texts(&all, "type"), ["org.created", "member.joined", "invitation.created", "theme.download"]);
    let mut listed = ada.get(&format!("/v1/orgs/{org}/audit?order=oldest")).await.data();
    for (n, (line, entry)) in all.iter().zip(&mut listed).enumerate() {
        assert_eq!(line["position"], n + 1);
        let cursor = text(&line["cursor"]);
        let rest = exported(&ada, &org, &format!("cursor={cursor}")).await;
        assert_eq!(texts(&rest, "id"), texts(&all[n + 1..], "id"));
        let entry = entry.as_object_mut().unwrap();
        entry.insert("position".to_owned(), json!(n + 1));
        entry.insert("cursor".to_owned(), json!(cursor));
        assert_eq!(line.as_object(), Some(&*entry));
    }
    assert_eq!(texts(&exported(&ada, &org, "kind=activity").await, "type"), ["theme.download"]);
    assert_eq!(texts(&exported(&ada, &org, "type=member.joined").await, "type"), ["member.joined"]);
    assert_eq!(exported(&ada, &org, "type=no.such").await, [] as [Value; 0]);
    assert_eq!(exported(&ada, &org, "search=ada").await.len(), 4);
    let cursor = text(&all[0]["cursor"]);
    let path = format!("/v1/orgs/{org}/audit/export");
    ada.get(&format!("{path}?kind=event&cursor={cursor}")).await.expect_problem(422, "bad_cursor");
    ada.get(&format!("/v1/orgs/{org}/audit?cursor={cursor}")).await.expect_problem(422, "bad_cursor");
    let head = ada.request("HEAD", &path).send().await.expect_status(200);
    assert_eq!((head.text.as_str(), head.header("latchkey-export-total")), ("", Some("4")));
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn csv_is_safe_to_open_in_a_spreadsheet() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    ada.patch("/v1/me", json!({"display_name": "=HYPERLINK(\"http://x\")"})).await.expect_status(200);
    let org = ada.create_org("Acme, \"Ltd\"").await;
    let items = json!({"items": [
        {"type": "a", "target": {"type": "theme", "id": "-1+1"}, "user_agent": "@SUM(A1)", "data": {"a": "b,\n\"c\""}},
    ]});
    ada.post(&format!("/v1/orgs/{org}/activity"), items).await.expect_status(200);
    let answer = ada.get(&format!("/v1/orgs/{org}/audit/export?format=csv")).await.expect_status(200);
    let name = format!("attachment; filename=\"audit-{org}.csv\"");
    assert_eq!(answer.header("content-disposition"), Some(name.as_str()));
    expect![[r#"
        200
        content-type: text/csv; charset=utf-8; header=present
        position,cursor,kind,id,version,type,at,effective_at,actor_id,actor_kind,actor_display_name,actor_email,member,target_type,target_id,project,ip,user_agent,data,received_at,leaf_hash
        1,[cursor],event,evt#1,1,org.created,[time],[time],usr#1,user,"'=HYPERLINK(""http://x"")",ada@example.com,,organization,org#1,,,,"{""name"":""Acme, \""Ltd\"""",""plan"":""free"",""policy"":""credentials"",""top_role"":""owner""}",,[hash]
        2,[cursor],event,evt#2,2,member.joined,[time],[time],usr#1,user,"'=HYPERLINK(""http://x"")",ada@example.com,,member,mem#1,,,,"{""role"":""owner"",""user"":""usr#1""}",,[hash]
        3,[cursor],activity,act#1,,a,[time],[time],usr#1,user,"'=HYPERLINK(""http://x"")",ada@example.com,mem#1,theme,'-1+1,,,'@SUM(A1),"{""a"":""b,\n\""c\""""}",[time],"#]].assert_eq(&without_cursors(&shown(&answer)));
    let none = ada.get(&format!("/v1/orgs/{org}/audit/export?format=csv&type=none")).await.expect_status(200);
    assert_eq!(none.text.lines().count(), 1);
    app.finish().await;
}

/// Cursors hold times: they differ from run to run.
fn without_cursors(text: &str) -> String {
    let line = |line: &str| {
        let mut fields: Vec<&str> = line.split(',').collect();
        if let Some(cursor) = fields.get_mut(1).filter(|cursor| cursor.starts_with("Wz")) {
            *cursor = "[cursor]";
        }
        fields.join(",")
    };
    text.lines().map(line).collect::<Vec<_>>().join("\n")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_right_to_read_is_the_right_to_export() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    let path = format!("/v1/orgs/{org}/audit/export");
    let (viewer, _) = ada.bring_in(&org, "bob@example.com", "viewer").await;
    viewer.get(&path).await.expect_problem(403, "forbidden");
    app.sign_in("eve@example.com").await.get(&path).await.expect_problem(404, "not_found");
    ada.get(&format!("/v1/orgs/{NO_ORG}/audit/export")).await.expect_problem(404, "not_found");
    app.anyone().get(&path).await.expect_problem(401, "unauthenticated");
    ada.get(&format!("{path}?format=xlsx")).await.expect_problem(422, "invalid_request");
    // Themes let a member read what is their own.
    let org = ada.create_org_with("Themes", "themes").await;
    let (member, _) = ada.bring_in(&org, "cy@example.com", "member").await;
    let own = exported(&member, &org, "").await;
    assert_eq!(texts(&own, "type"), ["invitation.accepted", "member.joined"]);
    app.finish().await;
}

/// Reads what comes, line by line, until `enough` lines or the end; whether it broke off.
async fn read(begun: &mut Begun, enough: usize, mut each: impl FnMut(Value)) -> Result<usize, String> {
    let (mut buffer, mut count) = (Vec::new(), 0);
    while let Some(piece) = begun.piece().await? {
        buffer.extend_from_slice(&piece);
        while let Some(end) = buffer.iter().position(|byte| *byte == b'\n') {
            let line: Vec<u8> = buffer.drain(..=end).collect();
            each(serde_json::from_slice(&line).unwrap());
            count += 1;
            if count == enough {
                return Ok(count);
            }
        }
    }
    Ok(count)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_loses_the_right_in_the_middle_gets_no_further() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    let (bob, bob_id) = ada.bring_in(&org, "bob@example.com", "admin").await;
    seed(&app, &org, 50_000);
    let mut begun = bob.request("GET", &format!("/v1/orgs/{org}/audit/export")).begin().await.unwrap();
    assert_eq!(read(&mut begun, 100, drop).await, Ok(100));
    ada.delete(&format!("/v1/orgs/{org}/members/{bob_id}"), Value::Null).await.expect_status(200);
    // What was on its way still comes; then the connection breaks, and is not ended.
    let mut count = 100;
    let broken = loop {
        match begun.piece().await {
            Ok(Some(piece)) => count += piece.iter().filter(|byte| **byte == b'\n').count(),
            end => break end,
        }
    };
    assert!(broken.is_err(), "{broken:?}");
    assert!(count < 50_000, "{count}");
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_hangs_up_stops_the_work() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    seed(&app, &org, 50_000);
    let path = format!("/v1/orgs/{org}/audit/export");
    let mut begun = ada.request("GET", &path).header("x-test-id", "hung up").begin().await.unwrap();
    assert_eq!(read(&mut begun, 10, drop).await, Ok(10));
    drop(begun);
    tokio::time::sleep(std::time::Duration::from_secs(1)).await;
    let read_by_then = app.statements_of("hung up").len();
    tokio::time::sleep(std::time::Duration::from_millis(500)).await;
    assert_eq!(app.statements_of("hung up").len(), read_by_then);
    assert!(read_by_then < 50, "{read_by_then}");
    app.finish().await;
}

/// Rows of the large export: a million with LATCHKEY_EXPORT_ROWS=1000000.
fn rows() -> u64 {
    std::env::var("LATCHKEY_EXPORT_ROWS").ok().map_or(100_000, |rows| rows.parse().expect("a number of rows"))
}

/// How much the host may grow while it exports, whatever the number of rows.
const GROWTH_BYTES_MAX: u64 = 64 << 20;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn memory_stays_flat_however_long_it_is_and_a_client_goes_on_where_it_stopped() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    let rows = rows();
    seed(&app, &org, rows);
    let host: HostProcess = app.second_process().await;
    let ada = ada.at(host.addr());
    let path = format!("/v1/orgs/{org}/audit/export?kind=activity");
    // What an instance and its statements take at all is not the export's.
    ada.get(&format!("{path}&until=2023-11-14T22:30:00Z")).await.expect_status(200);
    let (before, started) = (host.memory_bytes(), Instant::now());
    let (mut highest, mut seen, mut cursor, mut parts) = (before, 0_u64, String::new(), 0);
    while seen < rows {
        let mut begun = ada.request("GET", &format!("{path}{cursor}")).begin().await.unwrap();
        assert_eq!(begun.headers["latchkey-export-total"], (rows - seen).to_string());
        parts += 1;
        // The first two parts are broken off by the client.
        let enough = if parts <= 2 { usize::try_from(rows / 3).unwrap() } else { usize::MAX };
        let outcome = read(&mut begun, enough, |line| {
            seen += 1;
            assert_eq!(line["data"]["n"], seen, "each row once, in its order");
            if seen.is_multiple_of(1000) {
                highest = highest.max(host.memory_bytes());
            }
            cursor = format!("&cursor={}", line["cursor"].as_str().unwrap());
        });
        // A host may cut an answer off that takes very long; then the client goes on as after any other break.
        println!("part {parts}: {:?}, {seen} of {rows} after {:?}", outcome.await, started.elapsed());
    }
    let growth = highest.saturating_sub(before);
    println!("{rows} rows: the host had {before} bytes before, at most {highest} while it sent them");
    assert!(growth <= GROWTH_BYTES_MAX, "{growth}");
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_page_of_an_export_follows_the_one_before() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    for rows in [1000, 2500] {
        app.sql("DELETE FROM activity");
        seed(&app, &org, rows);
        let all = exported(&ada, &org, "").await;
        let ids: BTreeSet<String> = texts(&all, "id").into_iter().collect();
        assert_eq!((all.len(), ids.len()), (rows as usize + 2, rows as usize + 2));
    }
    app.finish().await;
}
