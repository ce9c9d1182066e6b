//! Calls of cargo and of other programs.
//!
//! Nothing may be compiled twice. Cargo compiles a dependency again when its features differ, and these depend on all the
//! packages, targets and development dependencies that one call selects. So every native call selects the whole native
//! side, and narrows only what is built of it.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use crate::failure::Failure;
use crate::workspace::Workspace;

/// The native programs that other commands run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Program {
    Bench,
    Host,
    Ops,
}

impl Program {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Bench => "latchkey-bench",
            Self::Host => "latchkey-host",
            Self::Ops => "latchkey-ops",
        }
    }
}

/// How native programs are compiled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Profile {
    Dev,
    /// For speed. Cargo's own release profile is for the components, which are to be small.
    Native,
}

/// What compiles our own packages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Compiler {
    Rustc,
    /// The same, with clippy's lints, of which a warning is an error. What one of them has compiled the other compiles again.
    Clippy,
}

impl Compiler {
    /// Has cargo use it. `cargo clippy` itself would check all dependencies, wasmtime among them, only to forget what it found out:
    /// minutes of a cold run.
    pub(crate) fn of(self, cargo: &mut Command) -> &mut Command {
        match self {
            Self::Rustc => cargo,
            Self::Clippy => cargo
                .env("RUSTC_WORKSPACE_WRAPPER", "clippy-driver")
                // As `cargo clippy -- --deny=warnings` hands it over.
                .env("CLIPPY_ARGS", "--deny=warnings__CLIPPY_HACKERY__"),
        }
    }
}

/// What Cargo.toml calls that profile, and cargo its folder.
const NATIVE: &str = "native";

/// Cargo, called from the root of the checkout.
pub(crate) fn cargo(workspace: &Workspace) -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo")));
    command.current_dir(workspace.root()).stdin(Stdio::null());
    // Cargo tells a program that it runs about that program's package. Build scripts that look at these variables would
    // see another value than in a call from the shell, and build their crate, and all that needs it, again.
    let own = ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_", "CARGO_CRATE_", "CARGO_PRIMARY_", "OUT_DIR"];
    for (name, _) in std::env::vars_os() {
        if name.to_str().is_some_and(|name| own.iter().any(|prefix| name.starts_with(prefix))) {
            command.env_remove(name);
        }
    }
    command
}

/// The arguments that select the whole native side: everything but the packages that exist only as WebAssembly.
pub(crate) fn native_side(workspace: &Workspace) -> Vec<String> {
    let mut arguments = vec!["--workspace".to_owned(), "--features=latchkey-api/openapi".to_owned()];
    let only_wasm = workspace.components().iter().map(String::as_str).chain(["floor", "probe"]);
    arguments.extend(only_wasm.map(|package| format!("--exclude={package}")));
    arguments
}

/// Builds programs, and answers with their paths in the same order.
pub(crate) fn build_programs<const N: usize>(
    workspace: &Workspace,
    programs: [Program; N],
    profile: Profile,
    compiler: Compiler,
) -> Result<[PathBuf; N], Failure> {
    let mut build = cargo(workspace);
    compiler.of(&mut build).arg("build").args(native_side(workspace));
    for program in programs {
        build.args(["--bin", program.name()]);
    }
    // There are no examples. Selecting them makes cargo count the features of development dependencies, as it does for
    // tests, and so the tests find wasmtime compiled already.
    build.arg("--examples");
    if profile == Profile::Native {
        build.args(["--profile", NATIVE]);
    }
    run(&mut build)?;

    // This program was built into the folder of the dev profile, wherever the configuration puts it.
    let own = std::env::current_exe().map_err(Failure::io("find this program's own file"))?;
    let dev = own.parent().ok_or_else(|| Failure::Failed("This program's own file is in no folder.".to_owned()))?;
    let folder = match profile {
        Profile::Dev => dev.to_owned(),
        Profile::Native => dev.with_file_name(NATIVE),
    };
    Ok(programs.map(|program| folder.join(program.name())))
}

/// Runs a program to its end, with its output shown.
///
/// # Errors
/// It cannot be started, or it ends with another status than 0; it has said why itself.
pub(crate) fn run(command: &mut Command) -> Result<(), Failure> {
    let line = shown(command);
    let status = command.status().map_err(Failure::io(format!("run `{line}`")))?;
    if status.success() { Ok(()) } else { Err(Failure::Failed(format!("`{line}` failed ({status})."))) }
}

/// Whether a program can be run and says so with status 0; its output is not shown.
pub(crate) fn succeeds(command: &mut Command) -> bool {
    let quiet = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    quiet.status().is_ok_and(|status| status.success())
}

fn shown(command: &Command) -> String {
    let program = PathBuf::from(command.get_program());
    let name = program.file_name().unwrap_or(command.get_program()).to_string_lossy().into_owned();
    let words = command.get_args().map(|word| word.to_string_lossy().into_owned());
    std::iter::once(name).chain(words).collect::<Vec<_>>().join(" ")
}
