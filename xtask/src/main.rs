//! `cargo xtask`: what developers and continuous integration do to this project, each by one command.
//!
//! It depends on nothing but the standard library, so that it is ready in a moment on a fresh clone; the heavy work is
//! done by cargo and by the project's other programs.

mod arguments;
mod attend;
mod bench;
mod cargo;
mod components;
mod database;
mod failure;
mod http;
mod private_file;
mod size;
mod steps;
mod test;
mod up;
mod wasm_target;
mod workspace;

use std::io::Write as _;
use std::process::ExitCode;

use crate::arguments::Arguments;
use crate::failure::Failure;
use crate::workspace::Workspace;

struct Command {
    name: &'static str,
    /// One line for the list.
    about: &'static str,
    /// What `--help` adds: the options, and what else there is to know.
    details: &'static str,
    run: fn(&Workspace, Arguments) -> Result<(), Failure>,
}

const COMMANDS: [Command; 9] = [
    Command { name: "up", about: "build, migrate, and run the service here", details: up::HELP, run: up::run },
    Command {
        name: "test",
        about: "format, lints, every test, up to the running service",
        details: test::HELP,
        run: test::run,
    },
    Command {
        name: "build",
        about: "build the components; adds the wasm target where it is missing",
        details: components::HELP,
        run: components::run,
    },
    Command {
        name: "migrate",
        about: "bring the database up to date",
        details: database::MIGRATE_HELP,
        run: database::migrate,
    },
    Command {
        name: "rebuild",
        about: "fold the log into an empty database and compare",
        details: database::REBUILD_HELP,
        run: database::rebuild,
    },
    Command {
        name: "verify-log",
        about: "check an exported log against checkpoints kept elsewhere",
        details: database::VERIFY_HELP,
        run: database::verify_log,
    },
    Command {
        name: "openapi",
        about: "write the pages that are generated from the API again",
        details: test::OPENAPI_HELP,
        run: test::openapi,
    },
    Command {
        name: "bench",
        about: "measure speed beside a bare component and a native server",
        details: bench::HELP,
        run: bench::run,
    },
    Command {
        name: "size",
        about: "measure components and cold start, and write docs/size.md",
        details: size::HELP,
        run: size::run,
    },
];

fn main() -> ExitCode {
    let mut words = std::env::args().skip(1);
    let Some(name) = words.next() else {
        let _ = write!(std::io::stdout(), "{}", list());
        return ExitCode::SUCCESS;
    };
    if name == attend::NAME {
        return attend::run(words.collect());
    }
    if matches!(name.as_str(), "--help" | "-h" | "help") {
        let _ = write!(std::io::stdout(), "{}", list());
        return ExitCode::SUCCESS;
    }
    let Some(command) = COMMANDS.iter().find(|command| command.name == name) else {
        let _ = write!(std::io::stderr(), "cargo xtask has no command `{name}`.\n\n{}", list());
        return ExitCode::from(2);
    };
    let mut arguments = Arguments::new(words);
    if arguments.flag("--help") || arguments.flag("-h") {
        let _ = writeln!(std::io::stdout(), "cargo xtask {}: {}.\n\n{}", command.name, command.about, command.details);
        return ExitCode::SUCCESS;
    }
    match Workspace::find().and_then(|workspace| (command.run)(&workspace, arguments)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.report(command.name),
    }
}

fn list() -> String {
    let mut text = String::from("Latchkey's commands:\n\n");
    for command in &COMMANDS {
        text.push_str(&format!("  cargo xtask {:<10} {}\n", command.name, command.about));
    }
    text.push_str("\n`cargo xtask COMMAND --help` says more of one.\n");
    text
}
