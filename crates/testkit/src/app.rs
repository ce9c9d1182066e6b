//! The app itself, in the test's own process: the real components on a real database, on a port of its own.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::time::Duration;

use latchkey_host::{Config, Faults, Observer, Running};
use latchkey_ops::sqlite::SqliteDb;
use latchkey_store::db::Value;
use latchkey_store::migrations;
use serde_json::json;
use tempfile::TempDir;

use crate::signed::{BILLING_HOOK_SECRET, BILLING_PLANS, IDENTITY_HOOK_SECRET, STRIPE_HOOK_SECRET};
use crate::{Browser, Caller, HostProcess, Issuer, JWT_AUDIENCE, Resolver};

/// The deployment keys of every test.
pub const SECRET_KEYS: &str = "test:000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
/// The dispatch token of every test.
pub const DISPATCH_TOKEN: &str = "the-dispatch-token-of-tests";
/// The operator token of every test.
pub const OPERATOR_TOKEN: &str = "the-operator-token-of-tests";
/// Where tests pretend to be reached.
pub const PUBLIC_URL: &str = "http://latchkey.test";

/// A running app with a database of its own. End every test with [`TestApp::finish`].
pub struct TestApp {
    running: Running,
    state: TempDir,
    resolver: Resolver,
}

impl TestApp {
    /// Starts the app.
    pub async fn start() -> Self {
        Self::start_with(|config| config).await
    }

    /// Starts the app, configured further: `start_with(|c| c.variable("dev_mode", "false"))`.
    pub async fn start_with(configure: impl FnOnce(Config) -> Config) -> Self {
        let state = TempDir::new().expect("a temporary folder");
        std::fs::copy(migrated_database(), state.path().join("sqlite_db.db")).expect("a copy of the migrated database");
        let config =
            Config::new(manifest_path()).state_dir(state.path()).ignore_environment().quiet().record_requests();
        let config = variables().into_iter().fold(config, |config, (name, value)| config.variable(name, value));
        let resolver = Resolver::start().await;
        let config = config.variable("dns_resolver", resolver.url());
        let running = latchkey_host::start(configure(config)).await;
        Self {
            running: running.unwrap_or_else(|e| panic!("the app does not start ({e}); build it: cargo xtask build")),
            state,
            resolver,
        }
    }

    /// `http://127.0.0.1:PORT`.
    pub fn url(&self) -> String {
        format!("http://{}", self.running.addr())
    }

    /// Somebody without a credential.
    pub fn anyone(&self) -> Caller {
        Caller::anyone(self.running.addr())
    }

    /// A browser without a cookie.
    pub fn browser(&self) -> Browser {
        Browser::new(self.running.addr())
    }

    /// Signs in as a person would: asks for a code, reads the mail, sends the code back.
    pub async fn sign_in(&self, email: &str) -> Caller {
        self.anyone().sign_in(email).await
    }

    /// Expires what is due, as the timer does.
    pub async fn dispatch(&self) {
        self.anyone().bearer(DISPATCH_TOKEN).post("/v1/dispatch", serde_json::Value::Null).await.expect_status(200);
    }

    /// The host product, with its operator token.
    pub fn operator(&self) -> Caller {
        self.anyone().bearer(OPERATOR_TOKEN)
    }

    /// The statements of requests that carried this `x-test-id`, without those that an instance's first request makes: the
    /// check of the schema, and the setting of a connection.
    pub fn statements_of(&self, test_id: &str) -> Vec<String> {
        let records = self.observer().requests_of(test_id);
        let statements = records.iter().flat_map(|record| record.statements.iter().map(|s| s.sql.clone()));
        statements.filter(|sql| sql != migrations::LEDGER && !sql.starts_with("PRAGMA ")).collect()
    }

    /// What this app takes for the DNS.
    pub fn resolver(&self) -> &Resolver {
        &self.resolver
    }

    pub fn observer(&self) -> &Observer {
        self.running.observer()
    }

    /// Faults to inject into statements.
    pub fn faults(&self) -> &Faults {
        self.running.faults()
    }

    /// Empties the key-value store under the running app.
    pub async fn wipe_key_value(&self) {
        self.running.wipe_key_value().await.expect("the key-value store is emptied");
    }

    /// Moves the time that the app lives in ahead. It does not come back, and nothing outside the app's process notices.
    pub fn advance_clock(&self, by: Duration) {
        self.running.advance_clock(by);
    }

    /// Another host process on the same database.
    pub async fn second_process(&self) -> HostProcess {
        HostProcess::start_with(self.state.path(), &[("dns_resolver", &self.resolver.url())]).await
    }

    pub fn database_path(&self) -> PathBuf {
        self.state.path().join("sqlite_db.db")
    }

    /// Runs SQL on the database beside the app, to look or to prepare what HTTP cannot, such as the past.
    pub fn sql(&self, sql: &str) -> Vec<Vec<Value>> {
        let db = SqliteDb::open(&self.database_path()).expect("the database opens");
        db.run(sql, Vec::new()).unwrap_or_else(|e| panic!("{sql}: {e}"))
    }

    /// The number in the only column of the only row.
    pub fn count(&self, sql: &str) -> i64 {
        match self.sql(sql).first().and_then(|row| row.first()) {
            Some(Value::Integer(n)) => *n,
            other => panic!("{sql}: {other:?}"),
        }
    }

    /// Stops the app, and checks what every test leaves behind: a sound file whose state equals its log.
    pub async fn finish(self) {
        let path = self.database_path();
        self.running.shutdown().await;
        check_database(&path);
    }
}

/// Fails the test unless SQLite finds the file sound and the state equals a rebuild from the log.
#[track_caller]
pub fn check_database(path: &Path) {
    let db = SqliteDb::open(path).expect("the database opens");
    assert_eq!(db.run("PRAGMA integrity_check", Vec::new()).expect("a check"), [[Value::Text("ok".to_owned())]]);
    drop(db);
    let report = latchkey_ops::rebuild::check(path).unwrap_or_else(|e| panic!("the rebuild check cannot run: {e}"));
    assert!(report.is_equal(), "the state is not what the log says: {report:#?}");
}

/// The project's `spin.toml`.
pub fn manifest_path() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../spin.toml")
        .canonicalize()
        .expect("spin.toml at the project's root")
}

/// The variables of every test, by name.
pub(crate) fn variables() -> [(&'static str, String); 13] {
    let issuer = Issuer::shared();
    let providers = json!([issuer.entry("acme")]).to_string();
    [
        ("secret_keys", SECRET_KEYS.to_owned()),
        ("dispatch_token", DISPATCH_TOKEN.to_owned()),
        ("operator_token", OPERATOR_TOKEN.to_owned()),
        ("public_url", PUBLIC_URL.to_owned()),
        ("dev_mode", "true".to_owned()),
        ("oidc_providers", providers),
        ("jwt_issuer", issuer.url()),
        ("jwt_audience", JWT_AUDIENCE.to_owned()),
        ("stripe_hook_secret", STRIPE_HOOK_SECRET.to_owned()),
        ("billing_hook_secret", BILLING_HOOK_SECRET.to_owned()),
        ("billing_plans", BILLING_PLANS.to_owned()),
        ("identity_hook_secret", IDENTITY_HOOK_SECRET.to_owned()),
        ("identity_hook_issuer", issuer.url()),
    ]
}

/// A database with the schema and nothing else, made once per process: copying it is faster than migrating.
fn migrated_database() -> &'static Path {
    static MIGRATED: OnceLock<(TempDir, PathBuf)> = OnceLock::new();
    let (_, path) = MIGRATED.get_or_init(|| {
        let dir = TempDir::new().expect("a temporary folder");
        let path = dir.path().join("migrated.db");
        let db = SqliteDb::open(&path).expect("a new database");
        latchkey_ops::finish(migrations::ensure(&db, 0)).expect("the migrations apply");
        // Brings what is still in the write-ahead log into the one file that is copied.
        db.run("PRAGMA wal_checkpoint(TRUNCATE)", Vec::new()).expect("a checkpoint");
        (dir, path)
    });
    path
}
