//! Turns each `policies/*.toml` into its stored form, a JSON document and its SHA-256, so that no component carries a
//! TOML parser and no request parses one.

use std::fmt::Write as _;
use std::path::Path;
use std::{env, fs, io};

use sha2::{Digest, Sha256};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    println!("cargo::rerun-if-changed=policies");
    let mut files: Vec<_> =
        fs::read_dir("policies")?.collect::<io::Result<Vec<_>>>()?.into_iter().map(|e| e.path()).collect();
    files.sort();
    let mut out = String::from("pub(super) const SOURCES: &[Source] = &[\n");
    for file in files {
        let value: toml::Value = toml::from_str(&fs::read_to_string(&file)?)?;
        let name = value.get("name").and_then(toml::Value::as_str).ok_or("a policy without a name")?.to_owned();
        // serde_json keeps object keys sorted, so the same policy always has the same bytes and the same hash.
        let document = serde_json::to_string(&serde_json::to_value(&value)?)?;
        let hash: String = Sha256::digest(document.as_bytes()).iter().fold(String::new(), |mut hex, byte| {
            let _ = write!(hex, "{byte:02x}");
            hex
        });
        writeln!(out, "    Source {{ name: {name:?}, hash: {hash:?}, document: {document:?} }},")?;
    }
    out.push_str("];\n");
    fs::write(Path::new(&env::var("OUT_DIR")?).join("presets.rs"), out)?;
    Ok(())
}
