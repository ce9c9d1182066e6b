//! `cargo xtask test`: everything that must hold, in one run.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Command, Stdio};

use crate::arguments::Arguments;
use crate::cargo::{self, Compiler, Profile, Program};
use crate::components::{self, Extra};
use crate::failure::Failure;
use crate::size;
use crate::steps::{Steps, print};
use crate::workspace::Workspace;

pub(crate) const HELP: &str = "\
Checks the format, builds the components, checks their size, lints everything (where clippy is installed; a warning is
an error), and runs all tests, from unit tests to those that talk to the running service. Steps after a failed one run
all the same where they can. The last line is `N passed, N failed`; a failed step that runs no tests counts as one.

  FILTER…  only the tests whose names contain one of these words, without the other checks";

pub(crate) const OPENAPI_HELP: &str = "\
Writes the pages again that are generated from the code of the API: docs/openapi.json, docs/errors.md and docs/limits.md.
`cargo xtask test` fails while they differ from it.";

/// What the `test result:` lines of a run add up to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Tally {
    passed: usize,
    failed: usize,
    ignored: usize,
}

pub(crate) fn run(workspace: &Workspace, arguments: Arguments) -> Result<(), Failure> {
    let filters = arguments.words()?;
    let mut steps = Steps::default();
    let everything = filters.is_empty();
    if everything {
        check_format(workspace, &mut steps);
    }
    let built = steps.run("components", || components::build(workspace, Extra::All)).is_some();
    if everything && built {
        steps.run("size of components", || size::check(workspace));
    }
    // What the lints have compiled is what is tested, so that nothing of ours is compiled twice.
    let compiler = if everything { lint(workspace, &mut steps) } else { Compiler::Rustc };
    // Tests of crashes and of several hosts start them.
    let programs = [Program::Host, Program::Ops];
    steps.run("programs", || cargo::build_programs(workspace, programs, Profile::Dev, compiler));

    let mut tally = Tally::default();
    steps.run("tests", || run_tests(workspace, compiler, &filters, &mut tally));

    steps.print_summary();
    if tally.ignored > 0 {
        print(&format!("{} ignored", tally.ignored));
    }
    // The step of the tests fails because tests do; it is counted only where none of them says so.
    let counted_twice = usize::from(tally.failed > 0);
    let failed = tally.failed + steps.failures().saturating_sub(counted_twice);
    print(&format!("{} passed, {failed} failed", tally.passed));
    if failed == 0 { Ok(()) } else { Err(Failure::Failed("Not everything holds; see above.".to_owned())) }
}

pub(crate) fn openapi(workspace: &Workspace, arguments: Arguments) -> Result<(), Failure> {
    arguments.end()?;
    let mut test = cargo::cargo(workspace);
    test.arg("test").args(cargo::native_side(workspace)).args(["--test=openapi", "--test=docs"]);
    cargo::run(test.env("UPDATE_GOLDEN", "1"))
}

fn check_format(workspace: &Workspace, steps: &mut Steps) {
    if cargo::succeeds(cargo::cargo(workspace).args(["fmt", "--version"])) {
        steps.run("format", || cargo::run(cargo::cargo(workspace).args(["fmt", "--all", "--check"])));
    } else {
        steps.skip("format", "rustfmt is not installed");
    }
}

/// Answers with what the rest can go on with: where lints find something, that is a compiler that does not mind.
fn lint(workspace: &Workspace, steps: &mut Steps) -> Compiler {
    if !cargo::succeeds(cargo::cargo(workspace).args(["clippy", "--version"])) {
        steps.skip("lints", "clippy is not installed");
        return Compiler::Rustc;
    }
    steps.run("lints of components", || {
        let mut clippy = cargo::cargo(workspace);
        clippy.arg("clippy").args(components::selection(workspace, Extra::All));
        cargo::run(clippy.args(["--", "--deny=warnings"]))
    });
    let linted = steps.run("lints of the native side", || {
        let mut build = cargo::cargo(workspace);
        build.args(["build", "--all-targets"]).args(cargo::native_side(workspace));
        cargo::run(Compiler::Clippy.of(&mut build))
    });
    if linted.is_some() { Compiler::Clippy } else { Compiler::Rustc }
}

/// Runs the tests with their output shown, and adds their results up.
fn run_tests(workspace: &Workspace, compiler: Compiler, filters: &[String], tally: &mut Tally) -> Result<(), Failure> {
    let mut test = cargo::cargo(workspace);
    compiler.of(&mut test).args(["test", "--no-fail-fast"]).args(cargo::native_side(workspace)).arg("--").args(filters);
    let success = stream(&mut test, |line| tally.add(line)).map_err(Failure::io("run the tests"))?;
    if success { Ok(()) } else { Err(Failure::Failed("`cargo test` failed.".to_owned())) }
}

/// Runs a program to its end, passing its output on line by line, and says whether it succeeded.
fn stream(command: &mut Command, mut see: impl FnMut(&str)) -> std::io::Result<bool> {
    let mut child = command.stdout(Stdio::piped()).spawn()?;
    if let Some(output) = child.stdout.take() {
        let mut reader = BufReader::new(output);
        let mut line = Vec::new();
        while reader.read_until(b'\n', &mut line)? > 0 {
            let mut stdout = std::io::stdout();
            let _ = stdout.write_all(&line).and_then(|()| stdout.flush());
            see(&String::from_utf8_lossy(&line));
            line.clear();
        }
    }
    Ok(child.wait()?.success())
}

impl Tally {
    /// Adds a line like `test result: ok. 3 passed; 0 failed; 1 ignored; …`; other lines say nothing.
    fn add(&mut self, line: &str) {
        let Some(results) = line.strip_prefix("test result: ") else { return };
        let counts = results.split_once(". ").map_or("", |(_, counts)| counts);
        for part in counts.split(';') {
            let Some((count, what)) = part.trim().split_once(' ') else { continue };
            let count = count.parse().unwrap_or(0);
            match what {
                "passed" => self.passed += count,
                "failed" => self.failed += count,
                "ignored" => self.ignored += count,
                _ => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_add_up() {
        let mut tally = Tally::default();
        for line in [
            "running 3 tests\n",
            "test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; 2 filtered out; finished in 0.00s\n",
            "test result: FAILED. 10 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out; finished in 1.20s\n",
            "3 passed; 4 failed\n",
        ] {
            tally.add(line);
        }
        assert_eq!(tally, Tally { passed: 13, failed: 2, ignored: 1 });
    }
}
