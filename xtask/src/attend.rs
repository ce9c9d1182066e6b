//! The service's attendant: says what to do next once the service is up, and is the timer that it needs.
//!
//! `cargo xtask up` starts it, then becomes the host itself. So signals reach the host directly, and the attendant leaves
//! when its parent is gone.

use std::io::Write as _;
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

use crate::failure::Failure;
use crate::http;

/// Not in the list of commands: only `up` calls it.
pub(crate) const NAME: &str = "attend";

/// How often what is due is done: expired invitations, mail that could not be delivered at once.
const DISPATCH_INTERVAL: Duration = Duration::from_secs(5);
const PARENT_CHECK_INTERVAL: Duration = Duration::from_millis(500);
const READY_CHECK_INTERVAL: Duration = Duration::from_millis(20);

const TOKEN_VARIABLE: &str = "SPIN_VARIABLE_DISPATCH_TOKEN";

/// Starts the attendant of this process, which is about to become the host. The token travels in the environment, where
/// other users of the machine cannot see it.
pub(crate) fn start(address: SocketAddr, state_dir: &Path, token: &str) -> Result<Child, Failure> {
    let own = std::env::current_exe().map_err(Failure::io("find this program's own file"))?;
    Command::new(own)
        .arg(NAME)
        .args([address.to_string(), std::process::id().to_string()])
        .arg(state_dir)
        .env(TOKEN_VARIABLE, token)
        .stdin(Stdio::null())
        .spawn()
        .map_err(Failure::io("start the service's timer"))
}

pub(crate) fn run(words: Vec<String>) -> ExitCode {
    let [address, parent, state_dir] = words.as_slice() else { return ExitCode::from(2) };
    let (Ok(address), Ok(parent)) = (address.parse(), parent.parse()) else { return ExitCode::from(2) };
    let token = std::env::var(TOKEN_VARIABLE).unwrap_or_default();

    while !http::get(address, http::HEALTH).is_ok_and(|status| status == 200) {
        if !pause(parent, READY_CHECK_INTERVAL) {
            // The host did not start, and has said why.
            return ExitCode::SUCCESS;
        }
    }
    let _ = std::io::stdout().write_all(guide(address, state_dir).as_bytes());

    let mut reported = 200;
    loop {
        // A status that is printed once need not be printed every few seconds.
        let status = http::post(address, "/v1/dispatch", &token).unwrap_or(0);
        if status != reported && !(200..300).contains(&status) && is_parent(parent) {
            let _ = writeln!(std::io::stderr(), "POST /v1/dispatch does not work: status {status}.");
        }
        reported = status;
        if !pause(parent, DISPATCH_INTERVAL) {
            return ExitCode::SUCCESS;
        }
    }
}

/// Waits, and says whether the host is still there.
fn pause(parent: u32, duration: Duration) -> bool {
    let end = Instant::now() + duration;
    loop {
        std::thread::sleep(end.saturating_duration_since(Instant::now()).min(PARENT_CHECK_INTERVAL));
        if !is_parent(parent) {
            return false;
        }
        if Instant::now() >= end {
            return true;
        }
    }
}

fn is_parent(id: u32) -> bool {
    std::os::unix::process::parent_id() == id
}

fn guide(address: SocketAddr, state_dir: &str) -> String {
    format!(
        "
Latchkey is up at http://{address}

  Sign in        curl http://{address}/v1/auth/email \\
                   -H 'content-type: application/json' -d '{{\"email\": \"ada@example.com\"}}'
  Read the code  http://{address}/dev/mailbox
  API            http://{address}/v1/openapi.json; the README walks through it
  State          {state_dir} (remove the folder to start afresh)
  Stop           Ctrl-C

"
    )
}
