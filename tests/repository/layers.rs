//! Who may depend on whom. The arrows of the architecture point one way: the domain knows nobody, the SDK is known to one
//! crate, and nothing that serves requests knows the host or the test kit.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use latchkey_testkit::Value;

use crate::files::root;

/// What each kind of crate may depend on within the workspace, when it is built for use.
const ALLOWED: &[(&str, &[&str])] = &[
    ("latchkey-domain", &[]),
    ("latchkey-delivery", &[]),
    ("latchkey-dns", &[]),
    ("latchkey-identity", &[]),
    ("latchkey-store", &["latchkey-domain"]),
    ("latchkey-api", &["latchkey-delivery", "latchkey-domain", "latchkey-identity", "latchkey-store"]),
    ("latchkey-edge", &["latchkey-api", "latchkey-delivery", "latchkey-dns", "latchkey-domain", "latchkey-store"]),
    (
        "components",
        &[
            "latchkey-api",
            "latchkey-delivery",
            "latchkey-dns",
            "latchkey-domain",
            "latchkey-edge",
            "latchkey-identity",
            "latchkey-store",
        ],
    ),
    ("latchkey-ops", &["latchkey-domain", "latchkey-store"]),
    ("latchkey-host", &[]),
    ("probe", &[]),
    ("floor", &[]),
    ("latchkey-bench", &["latchkey-api", "latchkey-domain", "latchkey-ops", "latchkey-store"]),
    ("latchkey-testkit", &["latchkey-domain", "latchkey-host", "latchkey-ops", "latchkey-store"]),
    ("latchkey-tests", &[]),
    ("xtask", &[]),
];

/// The crates that know the SDK: the glue, the component with which the host tests itself, and the one that the benchmark
/// compares with.
const KNOW_THE_SDK: [&str; 3] = ["floor", "latchkey-edge", "probe"];

struct Package {
    name: String,
    is_component: bool,
    /// Needed to build it for use, build scripts included.
    normal: BTreeSet<String>,
    /// The same without build scripts: what ends up in its binary.
    linked: BTreeSet<String>,
}

#[test]
fn crates_depend_only_downwards() {
    let packages = packages();
    let members: BTreeSet<&str> = packages.iter().map(|package| package.name.as_str()).collect();
    let allowed: BTreeMap<&str, &[&str]> = ALLOWED.iter().copied().collect();
    for package in &packages {
        let row = if package.is_component { "components" } else { package.name.as_str() };
        let allowed = allowed.get(row).unwrap_or_else(|| panic!("{row} has no row in ALLOWED: which layer is it?"));
        for needed in package.normal.iter().filter(|name| members.contains(name.as_str())) {
            assert!(allowed.contains(&needed.as_str()), "{} must not depend on {needed}", package.name);
        }
    }
}

#[test]
fn only_the_glue_knows_the_sdk() {
    for package in packages() {
        let knows = package.normal.iter().any(|name| name.starts_with("spin-") || name.starts_with("wit-bindgen"));
        assert_eq!(knows, KNOW_THE_SDK.contains(&package.name.as_str()), "{}", package.name);
    }
}

#[test]
fn components_bring_no_library_of_their_own() {
    let packages = packages();
    let members: BTreeSet<&str> = packages.iter().map(|package| package.name.as_str()).collect();
    let components: Vec<&Package> = packages.iter().filter(|package| package.is_component).collect();
    assert!(components.len() >= 8, "{} components", components.len());
    for component in components {
        let foreign = component.linked.iter().filter(|name| !members.contains(name.as_str()) && *name != "serde_json");
        assert_eq!(foreign.collect::<Vec<_>>(), Vec::<&String>::new(), "{}", component.name);
    }
}

#[test]
fn the_domain_has_no_clock_no_randomness_and_no_io() {
    let domain = packages().into_iter().find(|package| package.name == "latchkey-domain").expect("the domain");
    for source in crate::files::rust_below("crates/domain/src") {
        let code = source.text.split("#[cfg(test)]").next().unwrap_or_default();
        for word in ["SystemTime", "Instant::now", "std::fs", "std::net", "std::env::var", "thread_rng", "getrandom"] {
            assert!(!code.contains(word), "{} uses {word}", source.path);
        }
    }
    for name in ["rand", "getrandom", "tokio", "rusqlite", "chrono", "http"] {
        assert!(!domain.linked.contains(name), "the domain depends on {name}");
    }
}

fn packages() -> Vec<Package> {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--no-deps", "--offline"])
        .current_dir(root())
        .output()
        .expect("cargo runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    metadata["packages"].as_array().expect("packages").iter().map(package).collect()
}

fn package(package: &Value) -> Package {
    let manifest = package["manifest_path"].as_str().expect("a manifest").replace('\\', "/");
    let dependencies = package["dependencies"].as_array().expect("dependencies");
    let of_kinds = |kinds: &[Option<&str>]| {
        let kept = dependencies.iter().filter(|dependency| kinds.contains(&dependency["kind"].as_str()));
        kept.map(|dependency| dependency["name"].as_str().expect("a name").to_owned()).collect()
    };
    Package {
        name: package["name"].as_str().expect("a name").to_owned(),
        is_component: manifest.contains("/components/"),
        normal: of_kinds(&[None, Some("build")]),
        linked: of_kinds(&[None]),
    }
}
