//! `cargo xtask size`: how large the components are and how fast the service starts.

use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::arguments::Arguments;
use crate::cargo::{self, Compiler, Profile, Program};
use crate::components::{self, Extra};
use crate::failure::Failure;
use crate::http;
use crate::private_file;
use crate::steps::print;
use crate::workspace::{Workspace, database_file};

pub(crate) const HELP: &str = "\
Prints the size of each component, and how long the service takes from its start to its first answers with compiled
modules in the cache (the median of 5 starts), and writes both into docs/size.md. A component over 1 MiB needs a reason
in that file, as an item `- **name**: why`.";

/// A component over this needs a written reason.
const MODULE_BYTES_MAX: u64 = 1024 * 1024;
const STARTS: usize = 5;
const START_TIMEOUT: Duration = Duration::from_secs(60);

const BEGIN: &str = "<!-- measured by `cargo xtask size`: begin -->\n";
const END: &str = "<!-- measured by `cargo xtask size`: end -->\n";

/// One start of the service: how long after it the answers came.
#[derive(Clone, Copy)]
struct ColdStart {
    health: Duration,
    front_door: Duration,
}

pub(crate) fn run(workspace: &Workspace, arguments: Arguments) -> Result<(), Failure> {
    arguments.end()?;
    components::build(workspace, Extra::Nothing)?;
    let sizes = sizes(workspace)?;
    let [host, ops] = cargo::build_programs(workspace, [Program::Host, Program::Ops], Profile::Dev, Compiler::Rustc)?;
    let starts = measure_starts(workspace, &host, &ops)?;

    let table = table(&sizes, &starts);
    print(&table);
    let path = document(workspace);
    let text = std::fs::read_to_string(&path).map_err(Failure::io("read docs/size.md"))?;
    let text = with_measured(&text, &table).ok_or_else(|| {
        Failure::Failed(format!("docs/size.md has lost the lines between which the table stands:\n{BEGIN}{END}"))
    })?;
    std::fs::write(&path, &text).map_err(Failure::io("write docs/size.md"))?;
    refuse_unreasoned(&sizes, &text)
}

/// Refuses a component that is too large, with the sizes of the modules as they are built.
pub(crate) fn check(workspace: &Workspace) -> Result<(), Failure> {
    let text = std::fs::read_to_string(document(workspace)).map_err(Failure::io("read docs/size.md"))?;
    refuse_unreasoned(&sizes(workspace)?, &text)
}

fn document(workspace: &Workspace) -> PathBuf {
    workspace.root().join("docs/size.md")
}

/// Each component with its module's size in bytes.
fn sizes(workspace: &Workspace) -> Result<Vec<(String, u64)>, Failure> {
    let size = |component: &String| {
        let module = workspace.module(component);
        let metadata = std::fs::metadata(&module).map_err(Failure::io(format!("read {}", module.display())))?;
        Ok((component.clone(), metadata.len()))
    };
    workspace.components().iter().map(size).collect()
}

fn refuse_unreasoned(sizes: &[(String, u64)], document: &str) -> Result<(), Failure> {
    let large = sizes.iter().filter(|(_, bytes)| *bytes > MODULE_BYTES_MAX);
    let unreasoned =
        large.filter(|(name, _)| !document.lines().any(|line| line.starts_with(&format!("- **{name}**:"))));
    let names: Vec<_> = unreasoned.map(|(name, bytes)| format!("{name} ({})", kib(*bytes))).collect();
    if names.is_empty() {
        return Ok(());
    }
    let names = names.join(", ");
    Err(Failure::Failed(format!("Over 1 MiB without a reason in docs/size.md: {names}.")))
}

/// Starts the service with fresh state, often enough for a median. One start before fills the cache of compiled modules.
fn measure_starts(workspace: &Workspace, host: &Path, ops: &Path) -> Result<Vec<ColdStart>, Failure> {
    let folder = std::env::temp_dir().join(format!("latchkey-size-{}", private_file::random_hex::<8>()?));
    std::fs::create_dir(&folder).map_err(Failure::io(format!("make {}", folder.display())))?;
    let start = |number: usize| {
        let state_dir = folder.join(number.to_string());
        std::fs::create_dir(&state_dir).map_err(Failure::io(format!("make {}", state_dir.display())))?;
        cargo::run(Command::new(ops).arg("migrate").arg(database_file(&state_dir)).stdout(Stdio::null()))?;
        measure_start(workspace, host, &state_dir)
    };
    let starts: Result<Vec<_>, _> = (0..=STARTS).map(start).collect();
    let _ = std::fs::remove_dir_all(&folder);
    starts.map(|starts| starts.into_iter().skip(1).collect())
}

fn measure_start(workspace: &Workspace, host: &Path, state_dir: &Path) -> Result<ColdStart, Failure> {
    let address = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr());
    let address = address.map_err(Failure::io("find a free port"))?;
    let mut command = Command::new(host);
    command.arg("--manifest").arg(workspace.root().join("spin.toml")).arg("--quiet");
    command.arg("--listen").arg(address.to_string()).arg("--state-dir").arg(state_dir);
    command.env("SPIN_VARIABLE_SECRET_KEYS", private_file::fresh_secret_keys()?);
    command.stdin(Stdio::null()).stdout(Stdio::null());
    let start = Instant::now();
    let mut child = command.spawn().map_err(Failure::io("start the host"))?;
    let measured = wait_for(address, http::HEALTH, start, &mut child).and_then(|health| {
        let front_door = wait_for(address, "/", start, &mut child)?;
        Ok(ColdStart { health, front_door })
    });
    let _ = child.kill();
    let _ = child.wait();
    measured
}

/// How long after `start` the path was first answered with 200.
fn wait_for(address: SocketAddr, path: &str, start: Instant, host: &mut Child) -> Result<Duration, Failure> {
    loop {
        let answer = http::get(address, path);
        let elapsed = start.elapsed();
        if matches!(answer, Ok(200)) {
            return Ok(elapsed);
        }
        if matches!(host.try_wait(), Ok(Some(_))) {
            return Err(Failure::Failed("The host did not start.".to_owned()));
        }
        if elapsed > START_TIMEOUT {
            let last = answer.map_or_else(|error| error.to_string(), |status| status.to_string());
            return Err(Failure::Failed(format!("No 200 from {path} in {} s: {last}.", START_TIMEOUT.as_secs())));
        }
        std::thread::sleep(Duration::from_millis(1));
    }
}

fn table(sizes: &[(String, u64)], starts: &[ColdStart]) -> String {
    let mut text = String::from("| Component | Size |\n|---|---:|\n");
    for (name, bytes) in sizes {
        text.push_str(&format!("| {name} | {} |\n", kib(*bytes)));
    }
    let total = sizes.iter().map(|(_, bytes)| bytes).sum();
    text.push_str(&format!("| all {} | {} |\n\n", sizes.len(), kib(total)));
    text.push_str("| From the start of the host to the first 200 of | Median |\n|---|---:|\n");
    let health = median(starts.iter().map(|start| start.health));
    let front_door = median(starts.iter().map(|start| start.front_door));
    text.push_str(&format!(
        "| `{}` | {} ms |\n| `/` | {} ms |\n",
        http::HEALTH,
        health.as_millis(),
        front_door.as_millis()
    ));
    text
}

fn median(durations: impl Iterator<Item = Duration>) -> Duration {
    let mut durations: Vec<_> = durations.collect();
    durations.sort();
    durations.get(durations.len() / 2).copied().unwrap_or_default()
}

fn kib(bytes: u64) -> String {
    format!("{} KiB", bytes.div_ceil(1024))
}

/// The document with another table between its marks; `None` if these are missing.
fn with_measured(document: &str, table: &str) -> Option<String> {
    let (before, rest) = document.split_once(BEGIN)?;
    let (_, after) = rest.split_once(END)?;
    Some(format!("{before}{BEGIN}\n{table}\n{END}{after}"))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn only_the_table_is_replaced() {
        let document = format!("Before.\n{BEGIN}old\n{END}After.\n");
        let once = with_measured(&document, "| a |\n").unwrap();
        assert_eq!(once, format!("Before.\n{BEGIN}\n| a |\n\n{END}After.\n"));
        assert_eq!(with_measured(&once, "| a |\n").unwrap(), once);
        assert_eq!(with_measured("nothing", "| a |\n"), None);
    }

    #[test]
    fn a_large_component_needs_a_reason() {
        let sizes = [("small".to_owned(), MODULE_BYTES_MAX), ("large".to_owned(), MODULE_BYTES_MAX + 1)];
        let Err(Failure::Failed(message)) = refuse_unreasoned(&sizes, "large, for no reason") else {
            unreachable!("it has no reason")
        };
        assert!(message.contains("large (1025 KiB)") && !message.contains("small"), "{message}");
        assert!(refuse_unreasoned(&sizes, "- **large**: it carries a font").is_ok());
    }

    #[test]
    fn medians() {
        assert_eq!(median([3, 1, 2].map(Duration::from_secs).into_iter()), Duration::from_secs(2));
        assert_eq!(median(std::iter::empty()), Duration::ZERO);
    }
}
