//! `latchkey-ops verify-log`: from files to an answer.

use std::fs::{self, File};
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use latchkey_domain::note::VerifierKey;
use latchkey_ops::verify::{self, Kept, Report};

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Fault {
    #[error("{0}: {1}")]
    File(String, std::io::Error),
    #[error("{0} is no verifier key; it looks like `name+id+key`, see GET /v1/log/keys?organization=…")]
    Key(String),
    #[error("{0} has no checkpoint in it")]
    NoCheckpoint(String),
}

/// Reads everything that was named, and checks it.
pub(crate) fn verify(logs: &[&str], checkpoints: &[&str], keys: &[&str]) -> Result<Report, Fault> {
    let keys: Vec<VerifierKey> = keys
        .iter()
        .map(|key| VerifierKey::parse(key).ok_or_else(|| Fault::Key((*key).to_owned())))
        .collect::<Result<_, _>>()?;
    let mut kept = Vec::new();
    for place in checkpoints {
        let found = kept.len();
        for file in files(Path::new(place))? {
            let note = fs::read_to_string(&file).map_err(|error| of_file(&file, error))?;
            kept.push(Kept { from: file.display().to_string(), note });
        }
        if kept.len() == found {
            return Err(Fault::NoCheckpoint((*place).to_owned()));
        }
    }
    // Pages of one export follow one another.
    let mut lines: Box<dyn Read> = Box::new(std::io::empty());
    for log in logs {
        let file = File::open(log).map_err(|error| of_file(Path::new(log), error))?;
        lines = Box::new(lines.chain(file));
    }
    let lines: Box<dyn BufRead> = Box::new(BufReader::new(lines));
    verify::verify(lines, &kept, &keys).map_err(|error| Fault::File(logs.join(", "), error))
}

/// Says in plain words what was found.
pub(crate) fn tell(report: &Report) -> ExitCode {
    for finding in &report.findings {
        println!("{finding}");
    }
    let erased = match report.erased {
        0 => String::new(),
        erased => format!(" ({erased} of them erased)"),
    };
    println!("{} events{erased}, {} signed checkpoints", report.events, report.checkpoints);
    match report.covered {
        0 => println!("no checkpoint vouches for any of them"),
        covered => println!("the log is what was signed up to event {covered}"),
    }
    if report.is_sound() {
        if report.events > report.covered {
            println!("the {} events after it are newer than every checkpoint", report.events - report.covered);
        }
        ExitCode::SUCCESS
    } else {
        println!("the log is not sound, findings: {}", report.finding_count);
        ExitCode::FAILURE
    }
}

/// The file, or the files of the folder in the order of their names.
fn files(place: &Path) -> Result<Vec<PathBuf>, Fault> {
    if !place.is_dir() {
        return Ok(vec![place.to_owned()]);
    }
    let entries = fs::read_dir(place).map_err(|error| of_file(place, error))?;
    let paths = entries.map(|entry| entry.map(|entry| entry.path()));
    let mut files: Vec<PathBuf> = paths.collect::<Result<_, _>>().map_err(|error| of_file(place, error))?;
    files.retain(|path| path.is_file());
    files.sort();
    Ok(files)
}

fn of_file(path: &Path, error: std::io::Error) -> Fault {
    Fault::File(path.display().to_string(), error)
}
