//! The program itself.

use crate::support::{MANIFEST, configure, request};
use std::io::{BufRead as _, BufReader, Read as _};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

fn host() -> Command {
    Command::new(env!("CARGO_BIN_EXE_latchkey-host"))
}

/// Starts the program, and waits for the line that says where it listens.
fn serve(dir: &Path, options: &[&str]) -> (Child, SocketAddr) {
    let mut command = host();
    command.env("SPIN_VARIABLE_FROM_ENVIRONMENT", "yes");
    command.arg("--manifest").arg(dir.join("spin.toml")).args(["--listen", "127.0.0.1:0"]).args(options);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
    let addr = line.trim_end().strip_prefix("Serving http://").unwrap_or_else(|| panic!("{line}")).parse().unwrap();
    (child, addr)
}

fn stderr(child: &mut Child) -> String {
    let mut text = String::new();
    child.stderr.take().unwrap().read_to_string(&mut text).unwrap();
    text
}

#[tokio::test(flavor = "multi_thread")]
async fn it_serves_logs_and_stops_gracefully() {
    let (dir, _) = configure(MANIFEST);
    let (mut child, addr) = serve(dir.path(), &["--log-sql"]);
    assert_eq!(request(addr, "POST", "/sql/default?secret=1", "", b"SELECT 1").await.status, 200);
    assert_eq!(request(addr, "GET", "/print", "", b"").await.status, 200);
    let slow = tokio::spawn(request(addr, "GET", "/sleep/400", "", b""));
    tokio::time::sleep(Duration::from_millis(100)).await;
    Command::new("kill").args(["-TERM", &child.id().to_string()]).status().unwrap();
    assert_eq!(slow.await.unwrap().body, "slept");
    assert!(child.wait().unwrap().success());
    let log = stderr(&mut child);
    assert!(log.contains("POST /... 200 ") && log.contains(" 1 sql\n    SELECT 1\n"), "{log}");
    assert!(log.contains("[probe] to standard output\n") && log.contains("[probe] to standard error\n"), "{log}");
    assert!(!log.contains("secret") && !log.contains("panicked"), "{log}");
    assert!(dir.path().join(".spin/sqlite_db.db").is_file());
}

#[tokio::test(flavor = "multi_thread")]
async fn it_is_quiet_on_request() {
    let (dir, _) = configure(MANIFEST);
    let state = dir.path().join("elsewhere");
    let (mut child, addr) = serve(dir.path(), &["--quiet", "--state-dir", state.to_str().unwrap()]);
    assert_eq!(request(addr, "GET", "/hello", "", b"").await.status, 200);
    Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(child.wait().unwrap().success());
    assert_eq!(stderr(&mut child), "");
    assert!(state.is_dir());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_blocked_is_logged() {
    let (dir, _) = configure(&format!("{MANIFEST}allowed_outbound_hosts = [\"http://*:*\"]\n"));
    let file = dir.path().join("runtime.toml");
    std::fs::write(&file, "[outbound_networking]\nblock_networks = [\"private\"]\n").unwrap();
    let (mut child, addr) = serve(dir.path(), &["--quiet", "--runtime-config-file", file.to_str().unwrap()]);
    let reply = request(addr, "POST", "/outbound", "", b"http://127.0.0.1:1/secret").await;
    assert_eq!(reply.body, "ErrorCode::DestinationIpProhibited");
    Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(child.wait().unwrap().success());
    assert_eq!(
        stderr(&mut child),
        "[probe] denied a request to `http://127.0.0.1:1`, whose address 127.0.0.1 is in a blocked network\n"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn variables_come_from_the_environment_and_the_command_line() {
    let manifest = format!(
        "{MANIFEST}variables = {{ a = \"{{{{ from_environment }}}}\", b = \"{{{{ given }}}}\" }}\n\
         [variables]\nfrom_environment = {{ default = \"no\" }}\ngiven = {{ required = true }}\n"
    );
    let (dir, _) = configure(&manifest);
    let (mut child, addr) = serve(dir.path(), &["--variable=given=a=b"]);
    assert_eq!(request(addr, "GET", "/variable/a", "", b"").await.body, "yes");
    assert_eq!(request(addr, "GET", "/variable/b", "", b"").await.body, "a=b");
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn it_says_what_is_wrong() {
    let (dir, _) = configure(&format!("{MANIFEST}\n[variables]\nkey = {{ required = true }}\n"));
    let output = host().arg("--manifest").arg(dir.path().join("spin.toml")).output().unwrap();
    let text = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success());
    assert!(text.contains("`key` is required") && text.contains("SPIN_VARIABLE_KEY"), "{text}");

    let output = host().arg("--nonsense").output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(host().arg("--help").output().unwrap().status.success());
}
