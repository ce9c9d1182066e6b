//! Signing in with a provider that others have written: the npm package `oidc-provider`, over HTTP.

use std::io::{BufRead as _, BufReader};
use std::path::PathBuf;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::OnceLock;

use latchkey_testkit::{Browser, PUBLIC_URL, TestApp, json, npm};

use super::me;

/// The provider as npm has it, pinned.
const PACKAGE: &str = "oidc-provider";
const VERSION: &str = "8.8.1";

struct Server {
    process: Child,
    issuer: String,
    /// Held open: node dies of notices that nobody takes.
    _output: BufReader<ChildStdout>,
}

impl Server {
    /// `None`, with a printed reason, where there is no way to get the program. `claims` says where it tells addresses.
    fn start(claims: &str) -> Option<Self> {
        static PROGRAM: OnceLock<Option<PathBuf>> = OnceLock::new();
        let program = PROGRAM.get_or_init(program).as_ref()?;
        let callback = format!("{PUBLIC_URL}/v1/auth/oidc/real/callback");
        let mut process = Command::new("node")
            .arg(program)
            .args([&callback, claims])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("node starts");
        let mut output = BufReader::new(process.stdout.take().expect("its output"));
        let mut issuer = String::new();
        output.read_line(&mut issuer).expect("the provider says where it listens");
        Some(Self { process, issuer: issuer.trim().to_owned(), _output: output })
    }

    async fn app(&self) -> TestApp {
        let entry = json!({
            "id": "real", "issuer": self.issuer, "client_id": "latchkey", "client_secret": "a secret: with + and %",
        });
        TestApp::start_with(|config| config.variable("oidc_providers", json!([entry]).to_string())).await
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

/// Our few lines around the package, beside its modules: where node finds it.
fn program() -> Option<PathBuf> {
    let modules = npm::install(env!("CARGO_TARGET_TMPDIR"), PACKAGE, VERSION, "sign-in at a real identity provider")?;
    let program = modules.with_file_name("provider.mjs");
    std::fs::write(&program, include_str!("provider.mjs")).expect("the provider's file");
    Some(program)
}

/// Walks a browser from our link through the provider's pages and back: where it ends up.
async fn walk(browser: &mut Browser, person: &str) -> String {
    let start = format!("{PUBLIC_URL}/v1/auth/oidc/real?return_to=/home");
    let sent = browser.open(&start).await.expect_status(303);
    let (mut page, mut at) = browser.follow(sent, start).await;
    for form in [&[("prompt", "login"), ("login", person), ("password", "any")][..], &[("prompt", "consent")]] {
        if at.starts_with(PUBLIC_URL) {
            break;
        }
        assert!(page.status == 200 && page.text.contains("<form"), "{at}: {}", page.text);
        let answered = browser.post(&at, form).await;
        (page, at) = browser.follow(answered, at).await;
    }
    at
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_person_signs_in_through_the_pages_of_a_real_provider() {
    let Some(server) = Server::start("in-user-info") else { return };
    let app = server.app().await;
    let mut browser = app.browser();
    assert_eq!(walk(&mut browser, "ada").await, format!("{PUBLIC_URL}/home"));
    let ada = me(&app, &browser).await;
    assert_eq!((&ada["email"], &ada["display_name"]), (&json!("ada@example.com"), &json!("ada")));
    // The provider remembers the person, and sends the browser straight back.
    assert_eq!(walk(&mut browser, "ada").await, format!("{PUBLIC_URL}/home"));
    assert_eq!(me(&app, &browser).await["id"], ada["id"]);
    // Somebody else is somebody else.
    let mut other = app.browser();
    walk(&mut other, "grace").await;
    assert_eq!(me(&app, &other).await["email"], "grace@example.com");
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_real_provider_may_tell_the_address_in_its_token() {
    let Some(server) = Server::start("in-the-token") else { return };
    let app = server.app().await;
    app.sign_in("ada@example.com").await;
    let mut browser = app.browser();
    assert_eq!(walk(&mut browser, "ada").await, format!("{PUBLIC_URL}/home"));
    assert_eq!(me(&app, &browser).await["email"], "ada@example.com");
    assert_eq!(app.count("SELECT count(*) FROM user"), 1);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_real_provider_does_not_trade_a_code_that_was_made_up() {
    let Some(server) = Server::start("in-the-token") else { return };
    let app = server.app().await;
    let mut browser = app.browser();
    let start = format!("{PUBLIC_URL}/v1/auth/oidc/real");
    let sent = browser.open(&start).await.expect_status(303);
    let forged = browser.open(&format!("{PUBLIC_URL}/v1/auth/oidc/real/callback?code=made-up&state=lko_1")).await;
    assert_eq!(forged.header("location"), Some("http://latchkey.test/?sign_in_error=sign_in_over"));
    let location = sent.header("location").expect("an address");
    let state = location.split("state=").nth(1).and_then(|rest| rest.split('&').next()).expect("a state");
    // It names itself in its answers, so one without its name is none of its.
    let callback = format!("{PUBLIC_URL}/v1/auth/oidc/real/callback?code=made-up&state={state}");
    let made_up = browser.open(&format!("{callback}&iss={}", server.issuer)).await;
    assert_eq!(made_up.header("location"), Some("http://latchkey.test/?sign_in_error=provider_refused"));
    app.finish().await;
}
