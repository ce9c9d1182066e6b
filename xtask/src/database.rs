//! `cargo xtask migrate`, `cargo xtask rebuild` and `cargo xtask verify-log`: thin calls of `latchkey-ops`.

use std::process::Command;

use crate::arguments::Arguments;
use crate::cargo::{self, Compiler, Profile, Program};
use crate::failure::Failure;
use crate::workspace::{Workspace, database_file};

pub(crate) const MIGRATE_HELP: &str = "\
Applies the migrations that the database of `cargo xtask up` does not have yet; makes it if there is none.
`cargo xtask up` does this itself.

  --state-dir DIR  where the database is  [.latchkey]";

pub(crate) const REBUILD_HELP: &str = "\
Folds the log of a database into an empty one and compares the two: whatever differs was not written by the log.
The service may go on running meanwhile, and the database is not changed.

  --check          compare; there is no other way to rebuild
  --state-dir DIR  where the database is  [.latchkey]";

pub(crate) const VERIFY_HELP: &str = "\
Checks an exported log against checkpoints that were kept elsewhere, and names the first wrong event, or the events between two
checkpoints. Needs no database and no network. docs/verify-the-log.md says where to get all three.

  --log FILE          an export, or a page of one; several follow one another in the order given
  --checkpoints PATH  a file with a checkpoint, or a folder of such files; may be given several times
  --key VERIFIER_KEY  whose checkpoints are believed; may be given several times";

pub(crate) fn migrate(workspace: &Workspace, mut arguments: Arguments) -> Result<(), Failure> {
    let state_dir = workspace.state_dir(arguments.value("--state-dir")?)?;
    arguments.end()?;
    std::fs::create_dir_all(&state_dir).map_err(Failure::io(format!("make {}", state_dir.display())))?;
    let [ops] = cargo::build_programs(workspace, [Program::Ops], Profile::Dev, Compiler::Rustc)?;
    cargo::run(Command::new(ops).arg("migrate").arg(database_file(&state_dir)))
}

pub(crate) fn rebuild(workspace: &Workspace, mut arguments: Arguments) -> Result<(), Failure> {
    let check = arguments.flag("--check");
    let state_dir = workspace.state_dir(arguments.value("--state-dir")?)?;
    arguments.end()?;
    if !check {
        return Err(Failure::Usage("A database is never rebuilt in place, only compared: use --check.".to_owned()));
    }
    let database = database_file(&state_dir);
    if !database.is_file() {
        return Err(Failure::Failed(format!("There is no database at {}.", database.display())));
    }
    let [ops] = cargo::build_programs(workspace, [Program::Ops], Profile::Dev, Compiler::Rustc)?;
    cargo::run(Command::new(ops).args(["rebuild", "--check"]).arg(database))
}

pub(crate) fn verify_log(workspace: &Workspace, mut arguments: Arguments) -> Result<(), Failure> {
    let mut options = Vec::new();
    for name in ["--log", "--checkpoints", "--key"] {
        let values = arguments.values(name)?;
        if values.is_empty() {
            return Err(Failure::Usage(format!("{name} is missing; `cargo xtask verify-log --help` says more.")));
        }
        options.extend(values.into_iter().flat_map(|value| [name.to_owned(), value]));
    }
    arguments.end()?;
    let [ops] = cargo::build_programs(workspace, [Program::Ops], Profile::Dev, Compiler::Rustc)?;
    cargo::run(Command::new(ops).arg("verify-log").args(options))
}
