//! Where things are.

use std::path::{Path, PathBuf};

use crate::failure::Failure;

pub(crate) const WASM_TARGET: &str = "wasm32-wasip2";

/// The checkout, and what cargo builds in it.
pub(crate) struct Workspace {
    root: PathBuf,
    /// Names of the packages under `components/`, in order. Each is called like its folder.
    components: Vec<String>,
}

impl Workspace {
    /// The checkout that this program was built from.
    pub(crate) fn find() -> Result<Self, Failure> {
        // Cargo says where the package is now; the folder at compile time serves whoever calls the program directly.
        let package = std::env::var_os("CARGO_MANIFEST_DIR").unwrap_or_else(|| env!("CARGO_MANIFEST_DIR").into());
        let package = PathBuf::from(package);
        let root = package.parent().unwrap_or(&package).to_owned();

        let folder = root.join("components");
        let reading = || Failure::io(format!("list {}", folder.display()));
        let mut components = Vec::new();
        for entry in std::fs::read_dir(&folder).map_err(reading())? {
            let path = entry.map_err(reading())?.path();
            if let Some(name) = path.file_name().and_then(|name| name.to_str())
                && path.join("Cargo.toml").is_file()
            {
                components.push(name.to_owned());
            }
        }
        components.sort();
        Ok(Self { root, components })
    }

    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    pub(crate) fn components(&self) -> &[String] {
        &self.components
    }

    /// Where `spin.toml` expects a component's module, which is why it does not follow `CARGO_TARGET_DIR`.
    pub(crate) fn module(&self, component: &str) -> PathBuf {
        let file = format!("{}.wasm", component.replace('-', "_"));
        self.wasm_dir().join(WASM_TARGET).join("release").join(file)
    }

    /// The target directory of the components' builds.
    pub(crate) fn wasm_dir(&self) -> PathBuf {
        self.root.join("target")
    }

    /// Where `cargo xtask up` keeps state unless it is told another place.
    pub(crate) fn state_dir(&self, chosen: Option<String>) -> Result<PathBuf, Failure> {
        match chosen {
            Some(dir) => std::path::absolute(&dir).map_err(Failure::io(format!("find {dir}"))),
            None => Ok(self.root.join(".latchkey")),
        }
    }
}

/// The database file within a state folder, as the host names it.
pub(crate) fn database_file(state_dir: &Path) -> PathBuf {
    state_dir.join("sqlite_db.db")
}
