//! The standard library of the components' target.

use std::path::PathBuf;
use std::process::{Command, Stdio};

use crate::cargo;
use crate::failure::Failure;
use crate::workspace::WASM_TARGET;

/// Makes sure that the components can be compiled, by adding the target where rustup can.
///
/// # Errors
/// The target is missing and cannot be added; the message says which command adds it.
pub(crate) fn ensure() -> Result<(), Failure> {
    let library = sysroot()?.join("lib/rustlib").join(WASM_TARGET).join("lib");
    if library.is_dir() {
        return Ok(());
    }
    let mut rustup = Command::new("rustup");
    rustup.args(["target", "add", WASM_TARGET]).stdin(Stdio::null());
    if cargo::run(&mut rustup).is_ok() && library.is_dir() {
        return Ok(());
    }
    Err(Failure::Failed(format!(
        "Rust's standard library for {WASM_TARGET} is missing and could not be added. Add it with\n\n    \
         rustup target add {WASM_TARGET}\n\nor, where Rust came without rustup, install that target's `rust-std` of the same \
         version."
    )))
}

fn sysroot() -> Result<PathBuf, Failure> {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let output = Command::new(rustc)
        .args(["--print", "sysroot"])
        .stdin(Stdio::null())
        .output()
        .map_err(Failure::io("ask rustc for its folder"))?;
    let folder = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    if output.status.success() && !folder.is_empty() {
        Ok(PathBuf::from(folder))
    } else {
        Err(Failure::Failed("`rustc --print sysroot` failed.".to_owned()))
    }
}
