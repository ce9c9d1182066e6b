//! Starts the probe, and talks to it over plain sockets, so that nothing stands between a test and the bytes.

use latchkey_host::{Config, Error, Running};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::time::SystemTime;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// The manifest that most tests run.
pub(crate) const MANIFEST: &str = r#"
spin_manifest_version = 2

[application]
name = "probe"

[[trigger.http]]
route = "/..."
component = "probe"

[component.probe]
source = "PROBE"
sqlite_databases = ["default", "other"]
key_value_stores = ["default"]
"#;

/// A running probe, and the folder with its manifest and its state.
pub(crate) struct App {
    pub(crate) running: Running,
    pub(crate) dir: TempDir,
}

/// A response.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: String,
}

impl App {
    /// Starts the usual manifest.
    pub(crate) async fn start() -> Self {
        Self::with(MANIFEST, |config| config).await
    }

    /// Starts a manifest, in which `PROBE` stands for the probe's file, with choices of the test's own.
    pub(crate) async fn with(manifest: &str, choose: impl FnOnce(Config) -> Config) -> Self {
        let (dir, config) = configure(manifest);
        let running = latchkey_host::start(choose(config)).await.unwrap_or_else(|error| panic!("{error}"));
        Self { running, dir }
    }

    pub(crate) fn addr(&self) -> SocketAddr {
        self.running.addr()
    }

    pub(crate) async fn get(&self, path: &str) -> Reply {
        request(self.addr(), "GET", path, "", b"").await
    }

    pub(crate) async fn post(&self, path: &str, body: &str) -> Reply {
        request(self.addr(), "POST", path, "", body.as_bytes()).await
    }

    /// Runs SQL, and expects it to succeed.
    pub(crate) async fn sql(&self, sql: &str) -> String {
        let reply = self.post("/sql/default", sql).await;
        assert_eq!(reply.status, 200, "{sql}: {}", reply.body);
        reply.body
    }
}

/// What is wrong with a manifest, with choices of the test's own.
pub(crate) async fn problems_with(manifest: &str, choose: impl FnOnce(Config) -> Config) -> Vec<String> {
    let (_dir, config) = configure(manifest);
    match latchkey_host::start(choose(config)).await {
        Err(Error::Refused { problems, .. }) => problems,
        Err(error) => panic!("not a refusal: {error}"),
        Ok(_) => panic!("not refused"),
    }
}

/// The usual manifest with leave to go anywhere, under a runtime configuration in a folder with these other files.
pub(crate) async fn under(runtime_config: &str, files: &[(&str, &str)]) -> App {
    let dir = TempDir::new().unwrap();
    let file = dir.path().join("runtime.toml");
    std::fs::write(&file, runtime_config).unwrap();
    files.iter().for_each(|(name, text)| std::fs::write(dir.path().join(name), text).unwrap());
    let manifest = format!("{MANIFEST}allowed_outbound_hosts = [\"*://*:*\"]\n");
    // What the files say is read at the start.
    App::with(&manifest, |config| config.runtime_config(file)).await
}

/// A manifest in a folder of its own.
pub(crate) fn configure(manifest: &str) -> (TempDir, Config) {
    let dir = TempDir::new().unwrap();
    let file = dir.path().join("spin.toml");
    std::fs::write(&file, manifest.replace("PROBE", &probe().display().to_string())).unwrap();
    let config = Config::new(file).state_dir(dir.path().join("state")).ignore_environment().quiet().record_requests();
    (dir, config)
}

/// Sends one request on a connection of its own. `headers` are whole lines with their line ends.
pub(crate) async fn request(addr: SocketAddr, method: &str, path: &str, headers: &str, body: &[u8]) -> Reply {
    let mut stream = TcpStream::connect(addr).await.unwrap();
    let length = body.len();
    let head = format!(
        "{method} {path} HTTP/1.1\r\nhost: probe.example\r\nconnection: close\r\n\
         content-length: {length}\r\n{headers}\r\n"
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    stream.write_all(body).await.unwrap();
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).await.unwrap();
    parse(&bytes)
}

/// Reads a response from its bytes.
pub(crate) fn parse(bytes: &[u8]) -> Reply {
    let text = String::from_utf8_lossy(bytes);
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or_else(|| panic!("no response: {text}"));
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status");
    Reply { status, head: head.to_ascii_lowercase(), body: body.to_owned() }
}

/// The probe's file. It is built here only where it is missing or older than its source: the test command has built it
/// before.
pub(crate) fn probe() -> &'static Path {
    static PROBE: OnceLock<PathBuf> = OnceLock::new();
    PROBE.get_or_init(|| {
        let host = Path::new(env!("CARGO_MANIFEST_DIR"));
        let target = Path::new(env!("CARGO_BIN_EXE_latchkey-host")).ancestors().nth(2).unwrap();
        let file = target.join("wasm32-wasip2/release/probe.wasm");
        let modified = |path: PathBuf| path.metadata().and_then(|metadata| metadata.modified()).ok();
        let sources = ["probe/src/lib.rs", "probe/Cargo.toml"].map(|source| modified(host.join(source)));
        let newest: Option<SystemTime> = sources.into_iter().max().flatten();
        if modified(file.clone()) < newest {
            let mut cargo = Command::new(env!("CARGO"));
            cargo.args(["build", "--quiet", "--package", "probe", "--target", "wasm32-wasip2", "--release"]);
            cargo.arg("--target-dir").arg(target).current_dir(host);
            assert!(cargo.status().unwrap().success(), "the probe could not be built");
        }
        file
    })
}
