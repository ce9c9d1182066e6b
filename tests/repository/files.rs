//! The files of the repository.

use std::fs;
use std::path::{Path, PathBuf};

/// Folders that hold no source: what builds leave behind, and the state of a local service.
const LEFT_OUT: [&str; 5] = [".git", ".latchkey", ".spin", "node_modules", "target"];
/// Files that are somebody's own, and never part of the repository.
const PRIVATE: [&str; 1] = [".env"];

pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the folder above tests").to_owned()
}

/// A file's path from the root, with slashes, and its text.
pub(crate) struct Source {
    pub(crate) path: String,
    pub(crate) text: String,
}

/// Every text file below a folder of the root (`""`: all of it), sorted by path.
pub(crate) fn below(folder: &str) -> Vec<Source> {
    let root = root();
    let mut paths = Vec::new();
    collect(&root.join(folder), &mut paths);
    paths.sort();
    let sources = paths.iter().filter_map(|path| {
        let text = fs::read_to_string(path).ok()?;
        Some(Source { path: path.strip_prefix(&root).ok()?.to_string_lossy().replace('\\', "/"), text })
    });
    sources.collect()
}

/// The Rust files below a folder of the root.
pub(crate) fn rust_below(folder: &str) -> Vec<Source> {
    below(folder).into_iter().filter(|source| source.path.ends_with(".rs")).collect()
}

fn collect(folder: &Path, paths: &mut Vec<PathBuf>) {
    let entries = fs::read_dir(folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display()));
    for entry in entries {
        let path = entry.expect("an entry").path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if path.is_dir() {
            if !LEFT_OUT.contains(&name.as_str()) {
                collect(&path, paths);
            }
        } else if !PRIVATE.contains(&name.as_str()) {
            paths.push(path);
        }
    }
}
