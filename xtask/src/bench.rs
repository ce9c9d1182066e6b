//! `cargo xtask bench`: how fast the service is, beside the least that a component and a native server can do.

use std::process::{Command, Stdio};

use crate::arguments::Arguments;
use crate::cargo::{self, Compiler, Profile, Program};
use crate::components::{self, Extra};
use crate::failure::Failure;
use crate::steps::print;
use crate::workspace::Workspace;

pub(crate) const HELP: &str = "\
Builds everything as it is shipped, seeds a database, and sends requests over 16 connections: to the service, to a
component that does next to nothing under the same host, and to a native server with the same statements. They take
turns, round by round, and the medians count. Needs wrk (Debian: apt-get install wrk), and a machine that does nothing
else meanwhile.

  --deliver        instead, how fast messages leave for webhooks, and what requests notice of it
  --only NAMES     of me, verify, evaluate, members, audit, invite, accept; the floors are always measured
  --scale NAMES    how much there is in the database: 1k, 10k, 100k or 1m members; several are compared
                   with each other, without the floors                                           [10k]
  --rounds N       how often each is measured                                                      [5]
  --seconds N      how long each time                                                              [3]
  --write          write the table into docs/benchmarks.md
  --seed           only seed the databases of --scale, under target/bench; 1m takes a quarter of an hour and 20 GB

A seeded database is made once and kept under target/bench; a run uses a copy of it.";

const DOCUMENT: &str = "docs/benchmarks.md";

pub(crate) fn run(workspace: &Workspace, mut arguments: Arguments) -> Result<(), Failure> {
    let mut passed_on = Vec::new();
    for option in ["--only", "--scale", "--rounds", "--seconds"] {
        if let Some(value) = arguments.value(option)? {
            passed_on.extend([option.to_owned(), value]);
        }
    }
    let scales = passed_on.iter().position(|word| word == "--scale").and_then(|at| passed_on.get(at + 1)).cloned();
    let (writes, seeds) = (arguments.flag("--write"), arguments.flag("--seed"));
    let what = if arguments.flag("--deliver") { "deliver" } else { "run" };
    arguments.end()?;

    let [host, bench] =
        cargo::build_programs(workspace, [Program::Host, Program::Bench], Profile::Native, Compiler::Rustc)?;
    let data = workspace.wasm_dir().join("bench");
    std::fs::create_dir_all(&data).map_err(Failure::io(format!("make {}", data.display())))?;
    if seeds {
        for scale in scales.as_deref().unwrap_or("10k").split(',') {
            cargo::run(Command::new(&bench).arg("seed").arg(data.join(format!("{scale}.db"))).arg(scale))?;
        }
        return Ok(());
    }
    components::build(workspace, Extra::Floor)?;
    let mut command = Command::new(bench);
    command.arg(what).arg("--host").arg(host).arg("--root").arg(workspace.root()).arg("--data").arg(data);
    command.args(["--commit", &commit(workspace)]).args(passed_on);
    let output = command.stdin(Stdio::null()).stderr(Stdio::inherit()).output();
    let output = output.map_err(Failure::io("run the benchmark"))?;
    if !output.status.success() {
        return Err(Failure::Failed(format!("The benchmark failed ({}).", output.status)));
    }
    let tables = String::from_utf8_lossy(&output.stdout).into_owned();
    print(&tables);
    let place = match scales {
        _ if what == "deliver" => "deliveries",
        Some(scales) if scales.contains(',') => "--scale",
        _ => "floors",
    };
    if writes { write(workspace, place, &tables) } else { Ok(()) }
}

/// Puts the tables between the lines that the document has for them.
fn write(workspace: &Workspace, place: &str, tables: &str) -> Result<(), Failure> {
    let (begin, end) = (format!("<!-- measured, {place}: begin -->\n"), format!("<!-- measured, {place}: end -->\n"));
    let path = workspace.root().join(DOCUMENT);
    let text = std::fs::read_to_string(&path).map_err(Failure::io(format!("read {DOCUMENT}")))?;
    let (before, rest) = text.split_once(&begin).unwrap_or_default();
    let (_, after) = rest.split_once(&end).unwrap_or_default();
    if before.is_empty() || !text.contains(&end) {
        return Err(Failure::Failed(format!(
            "{DOCUMENT} has lost the lines between which the table stands:\n{begin}{end}"
        )));
    }
    let text = format!("{before}{begin}\n{}\n\n{end}{after}", tables.trim());
    std::fs::write(&path, text).map_err(Failure::io(format!("write {DOCUMENT}")))
}

/// What is measured, as far as git knows.
fn commit(workspace: &Workspace) -> String {
    let git = |arguments: &[&str]| {
        let output = Command::new("git").current_dir(workspace.root()).args(arguments).stderr(Stdio::null()).output();
        output
            .ok()
            .filter(|output| output.status.success())
            .map(|it| String::from_utf8_lossy(&it.stdout).trim().to_owned())
    };
    let Some(commit) = git(&["rev-parse", "--short", "HEAD"]) else { return "unknown".to_owned() };
    let is_clean = git(&["status", "--porcelain"]).is_some_and(|changes| changes.is_empty());
    if is_clean { commit } else { format!("{commit} with changes") }
}
