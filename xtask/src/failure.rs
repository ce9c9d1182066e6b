//! Why a command did not do what it was asked for.

use std::io::Write as _;
use std::process::ExitCode;

#[derive(Debug)]
pub(crate) enum Failure {
    /// The command line cannot be understood.
    Usage(String),
    /// What went wrong and, where it is known, what to do about it.
    Failed(String),
}

impl Failure {
    /// A failed access to a file or a program; `action` reads after "cannot".
    pub(crate) fn io(action: impl std::fmt::Display) -> impl FnOnce(std::io::Error) -> Self {
        move |error| Self::Failed(format!("Cannot {action}: {error}."))
    }

    /// Prints it, and answers with the exit code: 2 for a wrong command line, 1 for the rest.
    pub(crate) fn report(self, command: &str) -> ExitCode {
        let mut stderr = std::io::stderr();
        match self {
            Self::Usage(message) => {
                let _ = writeln!(stderr, "{message}\nTry `cargo xtask {command} --help`.");
                ExitCode::from(2)
            }
            Self::Failed(message) => {
                let _ = writeln!(stderr, "{message}");
                ExitCode::FAILURE
            }
        }
    }
}
