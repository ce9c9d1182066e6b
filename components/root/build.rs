//! Makes the OpenAPI document small and gives it its `ETag`, so that neither happens in a request.

use std::path::Path;
use std::{env, error::Error, fs};

use sha2::{Digest, Sha256};

fn main() -> Result<(), Box<dyn Error>> {
    let source = Path::new(&env::var("CARGO_MANIFEST_DIR")?).join("../../docs/openapi.json");
    println!("cargo::rerun-if-changed={}", source.display());
    let document: serde_json::Value = serde_json::from_str(&fs::read_to_string(&source)?)?;
    let compact = document.to_string();
    let hash: String = Sha256::digest(&compact).iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    let out = env::var("OUT_DIR")?;
    fs::write(Path::new(&out).join("openapi.json"), compact)?;
    fs::write(Path::new(&out).join("openapi.etag"), format!("\"{hash}\""))?;
    Ok(())
}
