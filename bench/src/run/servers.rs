//! The servers that are measured: started here, each on a port of its own, and ended with this process.

use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::failure::{Failure, Outcome};

/// The deployment's secrets while it is measured.
const SECRET_KEYS: &str = "bench:000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
pub(crate) const OPERATOR_TOKEN: &str = "the-operator-token-of-the-benchmark";

/// With it deliveries are measured.
pub(crate) const DISPATCH_TOKEN: &str = "the-dispatch-token-of-the-benchmark";

const START_TIMEOUT: Duration = Duration::from_secs(120);
const START_CHECK_INTERVAL: Duration = Duration::from_millis(50);

/// What requests are sent to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Subject {
    /// The service under the embedded host.
    Service,
    /// The floor's component under the same host.
    Floor,
    /// The native server.
    Native,
}

/// A server, which ends when this is dropped.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    child: Child,
}

/// Where the programs and files are.
pub(crate) struct Programs {
    pub(crate) host: PathBuf,
    /// The checkout, with the manifests.
    pub(crate) root: PathBuf,
}

impl Server {
    /// Starts a server on the database in a folder.
    pub(crate) fn start(programs: &Programs, subject: Subject, state_dir: &Path) -> Outcome<Self> {
        let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
        let mut command = match subject {
            Subject::Service => host(programs, &programs.root.join("spin.toml"), address, state_dir),
            Subject::Floor => host(programs, &programs.root.join("bench/floor/spin.toml"), address, state_dir),
            Subject::Native => {
                let mut native = Command::new(std::env::current_exe()?);
                native.arg("native").arg(state_dir.join("sqlite_db.db")).arg(address.to_string());
                native
            }
        };
        if subject == Subject::Service {
            command.env("SPIN_VARIABLE_SECRET_KEYS", SECRET_KEYS).env("SPIN_VARIABLE_OPERATOR_TOKEN", OPERATOR_TOKEN);
            command.env("SPIN_VARIABLE_DISPATCH_TOKEN", DISPATCH_TOKEN).env("SPIN_VARIABLE_MAIL_PROVIDER", "none");
            command.env("SPIN_VARIABLE_DEV_ALLOW_PRIVATE_TARGETS", "true");
        }
        let child = command.stdin(Stdio::null()).stdout(Stdio::null()).spawn()?;
        let mut server = Self { address, child };
        server.wait()?;
        Ok(server)
    }

    fn wait(&mut self) -> Outcome<()> {
        let start = Instant::now();
        while TcpStream::connect(self.address).is_err() {
            if let Some(status) = self.child.try_wait()? {
                return Err(Failure::new(format!("A server ended at its start ({status}).")));
            }
            if start.elapsed() > START_TIMEOUT {
                return Err(Failure::new("A server does not start."));
            }
            std::thread::sleep(START_CHECK_INTERVAL);
        }
        Ok(())
    }

    /// Time of the processor that it has used.
    pub(crate) fn cpu(&self) -> Outcome<Duration> {
        // Hundredths of a second on every Linux there is.
        const TICK: Duration = Duration::from_millis(10);
        let text = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id()))?;
        // The name may hold anything but ends with the last parenthesis; utime and stime are the 14th and 15th fields.
        let (_, rest) = text.rsplit_once(')').ok_or_else(|| Failure::new("/proc has another form."))?;
        let ticks: u32 = rest.split_whitespace().skip(11).take(2).filter_map(|field| field.parse::<u32>().ok()).sum();
        Ok(TICK * ticks)
    }

    /// Memory that is in use, in bytes.
    pub(crate) fn memory(&self) -> Outcome<u64> {
        let text = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let line = text.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kib = line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok());
        Ok(kib.unwrap_or(0) * 1024)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn host(programs: &Programs, manifest: &Path, address: SocketAddr, state_dir: &Path) -> Command {
    let mut host = Command::new(&programs.host);
    host.arg("--manifest").arg(manifest).arg("--quiet").arg("--listen").arg(address.to_string());
    host.arg("--state-dir").arg(state_dir);
    host
}
