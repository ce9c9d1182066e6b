//! Nothing that opens anything is stored or logged.

use latchkey_testkit::{HostProcess, SECRET_KEYS, Value, json};
use tempfile::TempDir;

/// A team forms, with everything secret that it takes.
async fn secrets_of_a_team(host: &HostProcess) -> Vec<String> {
    let anyone = host.anyone();
    let ada = anyone.sign_in("ada@example.com").await;
    let code = anyone.newest_mail("ada@example.com").await["code"].as_str().unwrap().to_owned();
    let org = ada.create_org("Acme").await;
    let invitation = ada.invite(&org, "bob@example.com", "admin").await;
    let first = anyone.mailed_token("bob@example.com").await;
    ada.post(&format!("/v1/orgs/{org}/invitations/{invitation}/resend"), Value::Null).await.expect_status(200);
    let second = anyone.mailed_token("bob@example.com").await;
    let accept = |token: &str| {
        let request = anyone.request("POST", "/v1/invitations/accept").header("idempotency-key", "accept");
        request.json(&json!({ "token": token })).send()
    };
    accept(&first).await.expect_problem(404, "invitation_unknown");
    let bob = accept(&second).await.expect_status(200).text_at("/session/token");
    accept(&second).await.expect_status(200);
    // What fails is logged most eagerly.
    anyone.clone().bearer(&bob).post(&format!("/v1/orgs?{second}"), json!({ "name": second })).await.expect_status(422);
    anyone.get(&format!("/v1/invitations/accept/{second}")).await.expect_status(404);
    let (_, key) = SECRET_KEYS.split_once(':').unwrap();
    let keys = format!("/v1/orgs/{org}/api-keys");
    let made = ada.post(&keys, json!({"name": "CI"})).await.expect_status(201);
    let api_key = made.text_at("/key");
    anyone.clone().bearer(&api_key).get(&keys).await.expect_status(200);
    anyone.clone().bearer(&api_key).post(&keys, json!({ "name": api_key, "zzz": 1 })).await.expect_status(422);
    vec![code, ada.token().to_owned(), bob, first, second, key.to_owned(), api_key]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_secret_is_in_the_database_or_in_a_line_of_the_log() {
    let state = TempDir::new().unwrap();
    let (host, log) = HostProcess::start_logging(state.path()).await;
    let secrets = secrets_of_a_team(&host).await;
    host.kill().await;
    let log = log.await.unwrap();
    assert!(log.contains("POST /v1/invitations/accept 200"), "the log tells of requests: {log}");
    for secret in &secrets {
        // Of a token, its secret half alone would be enough.
        let half = &secret[secret.len().saturating_sub(64)..];
        assert!(!log.contains(half), "{secret} is in the log: {log}");
    }
    let mut files = 0;
    for entry in std::fs::read_dir(state.path()).unwrap() {
        let path = entry.unwrap().path();
        let Ok(bytes) = std::fs::read(&path) else { continue };
        files += 1;
        // The code alone is too short to be told from chance in a binary file; as a JSON or SQL text it stands alone.
        for secret in secrets.iter().filter(|secret| secret.len() > 6) {
            let half = &secret.as_bytes()[secret.len().saturating_sub(64)..];
            assert!(!bytes.windows(half.len()).any(|window| window == half), "{secret} is in {}", path.display());
        }
    }
    assert!(files >= 2, "the database and the key-value store were looked through");
    let db = rusqlite::Connection::open(state.path().join("sqlite_db.db")).unwrap();
    for (table, column) in text_columns(&db) {
        let sql = format!("SELECT count(*) FROM {table} WHERE instr({column}, ?1) > 0 AND length({column}) < 32");
        let found: i64 = db.query_row(&sql, [&secrets[0]], |row| row.get(0)).unwrap();
        assert_eq!(found, 0, "the code is in {table}.{column}");
    }
}

fn text_columns(db: &rusqlite::Connection) -> Vec<(String, String)> {
    let sql = "SELECT t.name, c.name FROM pragma_table_list t JOIN pragma_table_info(t.name) c \
               WHERE t.type = 'table' AND t.schema = 'main' AND c.type = 'TEXT'";
    let mut statement = db.prepare(sql).unwrap();
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
    rows.map(Result::unwrap).collect()
}
