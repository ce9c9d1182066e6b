//! `cargo xtask build`: the components, as `spin.toml` expects them.

use crate::arguments::Arguments;
use crate::cargo;
use crate::failure::Failure;
use crate::private_file;
use crate::wasm_target;
use crate::workspace::{WASM_TARGET, Workspace};

pub(crate) const HELP: &str = "\
Builds every component for wasm32-wasip2 in release mode. `spin build` calls this, so where the Spin CLI is installed,
`spin build --up` needs no other step: a first build also makes a `.env` file beside spin.toml with a fresh
SPIN_VARIABLE_SECRET_KEYS, unless that file exists or the variable is set. Keep the file: what the service signs with
the key is worthless without it.

  --with-probe  also build the component that the embedded host's own tests run";

/// What is built besides the service's components.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Extra {
    Nothing,
    /// The component that the embedded host's own tests run.
    Probe,
    /// The component that the benchmark compares with.
    Floor,
    /// Both of them.
    All,
}

impl Extra {
    fn packages(self) -> &'static [&'static str] {
        match self {
            Self::Nothing => &[],
            Self::Probe => &["probe"],
            Self::Floor => &["floor"],
            Self::All => &["floor", "probe"],
        }
    }
}

pub(crate) fn run(workspace: &Workspace, mut arguments: Arguments) -> Result<(), Failure> {
    let extra = if arguments.flag("--with-probe") { Extra::Probe } else { Extra::Nothing };
    arguments.end()?;
    build(workspace, extra)?;
    ensure_env_file(workspace)
}

/// Builds the components by one call of cargo. Cargo's own lock makes parallel calls wait for each other.
pub(crate) fn build(workspace: &Workspace, extra: Extra) -> Result<(), Failure> {
    wasm_target::ensure()?;
    cargo::run(cargo::cargo(workspace).arg("build").args(selection(workspace, extra)))
}

/// The arguments that select the components for `cargo build` and `cargo clippy` alike.
pub(crate) fn selection(workspace: &Workspace, extra: Extra) -> Vec<String> {
    let mut arguments = vec!["--release".to_owned(), format!("--target={WASM_TARGET}")];
    arguments.push(format!("--target-dir={}", workspace.wasm_dir().display()));
    let packages = workspace.components().iter().map(String::as_str).chain(extra.packages().iter().copied());
    arguments.extend(packages.map(|package| format!("--package={package}")));
    arguments
}

/// Gives `spin up` a deployment key of its own, where the deployment has none.
fn ensure_env_file(workspace: &Workspace) -> Result<(), Failure> {
    if std::env::var_os("SPIN_VARIABLE_SECRET_KEYS").is_some() {
        return Ok(());
    }
    let line = || Ok(format!("SPIN_VARIABLE_SECRET_KEYS=\"{}\"\n", private_file::fresh_secret_keys()?));
    private_file::read_or_make(&workspace.root().join(".env"), line).map(drop)
}
