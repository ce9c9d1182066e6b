//! `latchkey-ops`: what operators do to a database file.

mod command;

use std::path::Path;
use std::process::ExitCode;
use std::time::{SystemTime, UNIX_EPOCH};

use latchkey_ops::migrate::migrate;
use latchkey_ops::rebuild;

const USAGE: &str = "\
usage: latchkey-ops migrate <db-file>          bring the schema up to date
       latchkey-ops rebuild --check <db-file>  fold the log again and compare; exits 1 when the state differs
       latchkey-ops verify-log --log <file>… --checkpoints <file or folder>… --key <verifier key>…
                                               check an exported log against kept checkpoints; exits 1 when it is not sound";

/// Nothing is wrong with the database, but there is no answer either.
const NO_ANSWER: u8 = 2;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["migrate", file] => run_migrate(Path::new(file)),
        ["rebuild", "--check", file] => run_check(Path::new(file)),
        ["verify-log", options @ ..] => run_verify(options),
        _ => {
            eprintln!("{USAGE}");
            ExitCode::from(NO_ANSWER)
        }
    }
}

fn run_migrate(file: &Path) -> ExitCode {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    match migrate(file, i64::try_from(since.as_millis()).unwrap_or(i64::MAX)) {
        Ok(applied) if applied.is_empty() => println!("the schema is up to date"),
        Ok(applied) => applied.iter().for_each(|name| println!("applied {name}")),
        Err(fault) => return no_answer(&fault),
    }
    ExitCode::SUCCESS
}

fn run_check(file: &Path) -> ExitCode {
    let report = match rebuild::check(file) {
        Ok(report) => report,
        Err(fault) => return no_answer(&fault),
    };
    for difference in &report.differences.first {
        println!("{difference}");
    }
    if report.unfoldable > 0 {
        println!("{} organizations have erased events: only their leaves were checked", report.unfoldable);
    }
    let counted = format!("{} organizations, {} events", report.organizations, report.events);
    if report.is_equal() {
        println!("{counted}: the state equals its log");
        ExitCode::SUCCESS
    } else {
        println!("{counted}: the state differs from its log, differences found: {}", report.differences.count);
        ExitCode::FAILURE
    }
}

fn run_verify(options: &[&str]) -> ExitCode {
    let (mut logs, mut checkpoints, mut keys) = (Vec::new(), Vec::new(), Vec::new());
    let mut given: Option<&mut Vec<&str>> = None;
    for word in options {
        match (*word, &mut given) {
            ("--log", _) => given = Some(&mut logs),
            ("--checkpoints", _) => given = Some(&mut checkpoints),
            ("--key", _) => given = Some(&mut keys),
            (word, Some(given)) if !word.starts_with("--") => given.push(word),
            _ => {
                eprintln!("{USAGE}");
                return ExitCode::from(NO_ANSWER);
            }
        }
    }
    if logs.is_empty() || checkpoints.is_empty() || keys.is_empty() {
        eprintln!("{USAGE}");
        return ExitCode::from(NO_ANSWER);
    }
    match command::verify(&logs, &checkpoints, &keys) {
        Ok(report) => command::tell(&report),
        Err(fault) => no_answer(&fault),
    }
}

fn no_answer(fault: &dyn std::error::Error) -> ExitCode {
    eprintln!("{fault}");
    ExitCode::from(NO_ANSWER)
}
