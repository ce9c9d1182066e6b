//! A host process of its own, for what one process cannot show: two on one database, and `kill -9`.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use tokio::io::{AsyncBufReadExt, AsyncReadExt, BufReader};
use tokio::process::{Child, Command};
use tokio::task::JoinHandle;

use crate::Caller;
use crate::app::{manifest_path, variables};

/// A running `latchkey-host`. Killed when dropped.
pub struct HostProcess {
    child: Child,
    addr: SocketAddr,
}

impl HostProcess {
    /// Starts the host on a state folder, which may be another's.
    pub async fn start(state_dir: &Path) -> Self {
        Self::start_with(state_dir, &[]).await
    }

    /// The same with other variables, which go before those of every test.
    pub async fn start_with(state_dir: &Path, variables: &[(&str, &str)]) -> Self {
        let mut command = command(state_dir);
        command.arg("--quiet");
        for (name, value) in variables {
            command.arg("--variable").arg(format!("{name}={value}"));
        }
        Self::spawn(command).await
    }

    /// The same, with a line per request; the task ends with the process, and has all that was printed.
    pub async fn start_logging(state_dir: &Path) -> (Self, JoinHandle<String>) {
        let mut command = command(state_dir);
        command.stderr(Stdio::piped());
        let mut host = Self::spawn(command).await;
        let mut printed = host.child.stderr.take().expect("its log");
        let log = tokio::spawn(async move {
            let mut log = Vec::new();
            printed.read_to_end(&mut log).await.expect("its log");
            String::from_utf8_lossy(&log).into_owned()
        });
        (host, log)
    }

    async fn spawn(mut command: Command) -> Self {
        let mut child =
            command.stdout(Stdio::piped()).stdin(Stdio::null()).kill_on_drop(true).spawn().expect("the host starts");
        let mut lines = BufReader::new(child.stdout.take().expect("its output")).lines();
        let addr = loop {
            let line = lines.next_line().await.expect("its output").expect("the host says where it listens");
            if let Some(addr) = line.strip_prefix("Serving http://") {
                break addr.trim().parse().expect("an address");
            }
        };
        Self { child, addr }
    }

    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// Somebody without a credential.
    pub fn anyone(&self) -> Caller {
        Caller::anyone(self.addr)
    }

    /// Bytes of memory that the process has at present.
    pub fn memory_bytes(&self) -> u64 {
        let pid = self.child.id().expect("a running host");
        let status = std::fs::read_to_string(format!("/proc/{pid}/status")).expect("its status");
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("its memory");
        1024 * line.trim().trim_end_matches("kB").trim().parse::<u64>().expect("a number of kB")
    }

    /// `kill -9`: no chance to finish anything.
    pub async fn kill(mut self) {
        self.child.kill().await.expect("the host dies");
    }
}

/// The host with the variables of every test, on a free port.
fn command(state_dir: &Path) -> Command {
    let mut command = Command::new(binary());
    command.arg("--manifest").arg(manifest_path()).args(["--listen", "127.0.0.1:0", "--state-dir"]).arg(state_dir);
    for (name, value) in variables() {
        command.arg("--variable").arg(format!("{name}={value}"));
    }
    command
}

/// The host beside the test's own binary: `target/<profile>/latchkey-host`.
fn binary() -> PathBuf {
    let test = std::env::current_exe().expect("the test's own path");
    let profile_dir = test.parent().and_then(Path::parent).expect("target/<profile>/deps");
    let binary = profile_dir.join(format!("latchkey-host{}", std::env::consts::EXE_SUFFIX));
    assert!(binary.exists(), "{} is missing; build it: cargo build -p latchkey-host", binary.display());
    binary
}
