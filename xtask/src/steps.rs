//! A run of several steps: each is timed, none hides another's failure.

use std::io::Write as _;
use std::time::{Duration, Instant};

use crate::failure::Failure;

#[derive(Default)]
pub(crate) struct Steps {
    done: Vec<(String, Outcome, Duration)>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Outcome {
    Ok,
    Failed,
    Skipped(&'static str),
}

impl Steps {
    /// Runs a step. A failure is printed and remembered; the answer is what the step gave, if it did not fail.
    pub(crate) fn run<T>(&mut self, name: &str, step: impl FnOnce() -> Result<T, Failure>) -> Option<T> {
        print(&format!("\n── {name}"));
        let start = Instant::now();
        let result = step();
        let took = start.elapsed();
        let outcome = if result.is_ok() { Outcome::Ok } else { Outcome::Failed };
        let value = result.map_err(|failure| failure.report("test")).ok();
        print(&format!("── {name}: {}, {}", outcome.word(), seconds(took)));
        self.done.push((name.to_owned(), outcome, took));
        value
    }

    /// Records that a step cannot be run here.
    pub(crate) fn skip(&mut self, name: &str, reason: &'static str) {
        self.done.push((name.to_owned(), Outcome::Skipped(reason), Duration::ZERO));
    }

    pub(crate) fn failures(&self) -> usize {
        self.done.iter().filter(|(_, outcome, _)| *outcome == Outcome::Failed).count()
    }

    /// A line for each step.
    pub(crate) fn print_summary(&self) {
        print("");
        for (name, outcome, took) in &self.done {
            match outcome {
                Outcome::Skipped(reason) => print(&format!("{:>9}  {name}: skipped, {reason}", "")),
                _ => print(&format!("{:>9}  {name}: {}", seconds(*took), outcome.word())),
            }
        }
        let total = self.done.iter().map(|(_, _, took)| *took).sum();
        print(&format!("{:>9}  in all", seconds(total)));
    }
}

impl Outcome {
    fn word(&self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Failed => "FAILED",
            Self::Skipped(_) => "skipped",
        }
    }
}

pub(crate) fn print(line: &str) {
    let mut stdout = std::io::stdout();
    // A reader that has gone away is no reason to stop.
    let _ = writeln!(stdout, "{line}").and_then(|()| stdout.flush());
}

fn seconds(duration: Duration) -> String {
    format!("{:.1} s", duration.as_secs_f64())
}
