//! What `cargo xtask bench` runs: it seeds databases, is the native server that the service is compared with, and takes
//! the measurements.

mod failure;
mod names;
mod native;
mod run;
mod scale;
mod seed;

use std::path::Path;
use std::process::ExitCode;

use crate::failure::{Failure, Outcome};
use crate::run::Options;
use crate::scale::Scale;

const USAGE: &str = "\
usage: latchkey-bench seed <db-file> <scale>
       latchkey-bench native <db-file> <address>
       latchkey-bench deliver --host FILE --root DIR --data DIR --commit TEXT [--scale NAME]
       latchkey-bench run --host FILE --root DIR --data DIR --commit TEXT [--scale NAMES] [--only NAMES] [--rounds N] [--seconds N]";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match run(&arguments.iter().map(String::as_str).collect::<Vec<_>>()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("{failure}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &[&str]) -> Outcome<()> {
    match arguments {
        ["seed", file, scale] => seed::seed(Path::new(file), &known(scale)?),
        ["native", file, address] => native::serve(file.into(), address.parse()?),
        ["run", options @ ..] => {
            print!("{}", run::run(&options_of(options)?)?);
            Ok(())
        }
        ["deliver", options @ ..] => {
            print!("{}", run::deliver(&options_of(options)?)?);
            Ok(())
        }
        _ => Err(Failure::new(USAGE)),
    }
}

/// From words like `--rounds 5`, as `cargo xtask bench` passes them on.
fn options_of(words: &[&str]) -> Outcome<Options> {
    let value = |name: &str| {
        let at = words.iter().position(|word| *word == name);
        at.and_then(|at| words.get(at + 1)).copied()
    };
    let needed = |name: &str| value(name).ok_or_else(|| Failure::new(format!("{name} is missing.")));
    let scales = value("--scale").unwrap_or("10k").split(',').map(known).collect::<Outcome<Vec<_>>>()?;
    let only = value("--only").into_iter().flat_map(|names| names.split(',')).map(str::to_owned).collect();
    Ok(Options {
        host: needed("--host")?.into(),
        root: needed("--root")?.into(),
        data: needed("--data")?.into(),
        commit: needed("--commit")?.to_owned(),
        rounds: value("--rounds").unwrap_or("5").parse()?,
        seconds: value("--seconds").unwrap_or("3").parse()?,
        scales,
        only,
    })
}

fn known(name: &str) -> Outcome<Scale> {
    Scale::named(name).ok_or_else(|| Failure::new(format!("{name} is not among the scales: {}.", Scale::names())))
}
