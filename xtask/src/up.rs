//! `cargo xtask up`: the service, on this machine.

use std::fs::DirBuilder;
use std::io::ErrorKind;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener};
use std::os::unix::fs::DirBuilderExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::Command;

use crate::arguments::Arguments;
use crate::attend;
use crate::cargo::{self, Compiler, Profile, Program};
use crate::components::{self, Extra};
use crate::failure::Failure;
use crate::private_file;
use crate::workspace::{Workspace, database_file};

pub(crate) const HELP: &str = "\
Builds the components and the embedded host, brings the database up to date, and serves until Ctrl-C. In this mode mail
is not sent: it lands in a mailbox at /dev/mailbox, which anyone who reaches the address can read.

  --listen ADDRESS  where to listen; port 0 takes a free one              [127.0.0.1:3000]
  --state-dir DIR   where the database and the deployment's secrets are   [.latchkey]
  --runtime-config-file FILE
                    which networks components may not reach, and whom they trust (docs/webhooks.md)
  --release         optimize the host too, for measurements: its first build takes long

Variables of spin.toml can be set in the environment, as SPIN_VARIABLE_NAME.";

const LISTEN: &str = "127.0.0.1:3000";

pub(crate) fn run(workspace: &Workspace, mut arguments: Arguments) -> Result<(), Failure> {
    let listen = arguments.value("--listen")?.unwrap_or_else(|| LISTEN.to_owned());
    let state_dir = workspace.state_dir(arguments.value("--state-dir")?)?;
    let runtime_config = arguments.value("--runtime-config-file")?;
    let profile = if arguments.flag("--release") { Profile::Native } else { Profile::Dev };
    arguments.end()?;
    let wanted = listen.parse();
    let wanted: SocketAddr =
        wanted.map_err(|_| Failure::Usage(format!("{listen} is not an address like {LISTEN}: an IP and a port.")))?;
    // Asked before the build, so that nobody waits minutes for a refusal; the answer may change meanwhile.
    free_address(wanted)?;

    components::build(workspace, Extra::Nothing)?;
    let [host, ops] = cargo::build_programs(workspace, [Program::Host, Program::Ops], profile, Compiler::Rustc)?;
    make_state_dir(&state_dir)?;
    cargo::run(Command::new(ops).arg("migrate").arg(database_file(&state_dir)))?;
    let address = free_address(wanted)?;

    let token = variable("DISPATCH_TOKEN", &state_dir, "dispatch_token", private_file::random_hex::<32>)?;
    let operator = variable("OPERATOR_TOKEN", &state_dir, "operator_token", private_file::random_hex::<32>)?;
    let keys = variable("SECRET_KEYS", &state_dir, "secret_keys", private_file::fresh_secret_keys)?;
    let mut serve = Command::new(host);
    serve.arg("--manifest").arg(workspace.root().join("spin.toml"));
    serve.arg("--listen").arg(address.to_string()).arg("--state-dir").arg(&state_dir);
    if let Some(file) = runtime_config {
        serve.args(["--runtime-config-file", &file]);
    }
    // In the environment, because other users of the machine can see a process's arguments.
    serve.env("SPIN_VARIABLE_SECRET_KEYS", keys).env("SPIN_VARIABLE_DISPATCH_TOKEN", &token);
    serve.env("SPIN_VARIABLE_OPERATOR_TOKEN", operator);
    default_env(&mut serve, "SPIN_VARIABLE_DEV_MODE", "true");
    default_env(&mut serve, "SPIN_VARIABLE_PUBLIC_URL", &format!("http://{}", reachable(address)));

    let mut attendant = attend::start(reachable(address), &state_dir, &token)?;
    // This process becomes the host, so that Ctrl-C and `kill` stop it as it wants to be stopped.
    let error = serve.exec();
    let _ = attendant.kill();
    Err(Failure::io("start the host")(error))
}

/// The address with the port that would be used.
///
/// # Errors
/// It cannot be listened on.
fn free_address(wanted: SocketAddr) -> Result<SocketAddr, Failure> {
    match TcpListener::bind(wanted).and_then(|listener| listener.local_addr()) {
        Ok(address) => Ok(address),
        Err(error) if error.kind() == ErrorKind::AddrInUse => Err(Failure::Failed(format!(
            "{wanted} is in use: something else listens there. Stop it, or choose another address, like\n\n    \
             cargo xtask up --listen {}",
            SocketAddr::new(wanted.ip(), wanted.port().saturating_add(1))
        ))),
        Err(error) => Err(Failure::io(format!("listen on {wanted}"))(error)),
    }
}

/// The address by which this machine reaches what listens on `address`, which may stand for all its interfaces.
fn reachable(address: SocketAddr) -> SocketAddr {
    let ip = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(ip) if ip.is_unspecified() => IpAddr::V6(Ipv6Addr::LOCALHOST),
        ip => ip,
    };
    SocketAddr::new(ip, address.port())
}

/// The folder holds the deployment key and personal data, so only its owner may look into it.
fn make_state_dir(state_dir: &Path) -> Result<(), Failure> {
    let made = DirBuilder::new().recursive(true).mode(0o700).create(state_dir);
    made.map_err(Failure::io(format!("make {}", state_dir.display())))
}

/// A secret variable: as the environment sets it, else as the state folder keeps it, else fresh.
fn variable(
    name: &str,
    state_dir: &Path,
    file: &str,
    fresh: fn() -> Result<String, Failure>,
) -> Result<String, Failure> {
    match std::env::var(format!("SPIN_VARIABLE_{name}")) {
        Ok(value) => Ok(value),
        Err(_) => {
            private_file::read_or_make(&state_dir.join(file), || Ok(fresh()? + "\n")).map(|text| text.trim().to_owned())
        }
    }
}

fn default_env(command: &mut Command, name: &str, value: &str) {
    if std::env::var_os(name).is_none() {
        command.env(name, value);
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn a_port_in_use_is_named_with_a_way_out() {
        let taken = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = taken.local_addr().unwrap();
        let Err(Failure::Failed(message)) = free_address(address) else { unreachable!("the port is taken") };
        assert!(message.contains(&address.to_string()) && message.contains("--listen"), "{message}");

        let free = free_address("127.0.0.1:0".parse().unwrap()).unwrap();
        assert_ne!(free.port(), 0);
    }

    #[test]
    fn all_interfaces_are_reached_by_loopback() {
        for (listen, reach) in [("0.0.0.0:1", "127.0.0.1:1"), ("[::]:1", "[::1]:1"), ("10.0.0.1:1", "10.0.0.1:1")] {
            assert_eq!(reachable(listen.parse().unwrap()), reach.parse().unwrap());
        }
    }
}
