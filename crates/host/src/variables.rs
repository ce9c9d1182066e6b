//! The values of the application's variables, and what a component sees of them.

use crate::bindings::spin::variables::variables::{Error, Host, HostWithStore};
use crate::config::{Config, Surroundings};
use crate::guest::Guest;
use crate::manifest::Manifest;
use crate::template;
use std::collections::BTreeMap;
use std::path::Path;
use wasmtime::component::Accessor;

/// The value of every declared variable. From weakest to strongest: the manifest's default, `SPIN_VARIABLE_NAME` in the
/// `.env` file beside the manifest, the same in the environment, the caller's choice.
///
/// A required variable that has no value is a problem, and has `None`; a value for an undeclared one is a problem too.
pub(crate) fn resolve(
    manifest: &Manifest,
    config: &Config,
    problems: &mut Vec<String>,
) -> BTreeMap<String, Option<String>> {
    let file = match config.surroundings {
        Surroundings::Read => read_env_file(&config.manifest.with_file_name(".env"), problems),
        Surroundings::Ignored => BTreeMap::new(),
    };
    for (name, _) in config.variables.iter().filter(|(name, _)| !manifest.variables.contains_key(name)) {
        problems.push(format!("variable `{name}` has a value but is not declared in `[variables]`"));
    }
    let mut values = BTreeMap::new();
    for (name, declaration) in &manifest.variables {
        let key = format!("SPIN_VARIABLE_{}", name.to_ascii_uppercase());
        let chosen = config.variables.iter().rev().find(|(chosen, _)| chosen == name).map(|(_, value)| value.clone());
        let from_environment = || match config.surroundings {
            Surroundings::Read => std::env::var(&key).ok(),
            Surroundings::Ignored => None,
        };
        let value = chosen
            .or_else(from_environment)
            .or_else(|| file.get(&key).cloned())
            .or_else(|| declaration.default.clone());
        if value.is_none() {
            problems.push(format!(
                "variable `{name}` is required and has no value: set {key}, or pass `--variable {name}=...`"
            ));
        }
        values.insert(name.clone(), value);
    }
    values
}

fn read_env_file(path: &Path, problems: &mut Vec<String>) -> BTreeMap<String, String> {
    match std::fs::read_to_string(path) {
        Ok(text) => parse_env(&text),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => BTreeMap::new(),
        Err(error) => {
            problems.push(format!("cannot read {}: {error}", path.display()));
            BTreeMap::new()
        }
    }
}

/// Lines of `NAME=value`; a value may stand in quotes, `export` before the name and comment lines are allowed.
fn parse_env(text: &str) -> BTreeMap<String, String> {
    let lines = text.lines().map(str::trim).filter(|line| !line.starts_with('#'));
    let pairs = lines.filter_map(|line| line.strip_prefix("export ").unwrap_or(line).split_once('='));
    pairs
        .map(|(name, value)| {
            let value = value.trim();
            let unquoted = ['"', '\''].iter().find_map(|quote| value.strip_prefix(*quote)?.strip_suffix(*quote));
            (name.trim().to_owned(), unquoted.unwrap_or(value).to_owned())
        })
        .collect()
}

impl Host for &mut crate::guest::GuestState {}

impl<T: 'static> HostWithStore<T> for Guest {
    async fn get(accessor: &Accessor<T, Self>, name: String) -> wasmtime::Result<Result<String, Error>> {
        if !template::is_variable_name(&name) {
            return Ok(Err(Error::InvalidName(format!("`{name}` is not a variable's name"))));
        }
        Ok(accessor.with(|mut access| {
            let component = &access.get().component;
            let undefined = || Error::Undefined(format!("component `{}` has no variable `{name}`", component.name));
            component.variables.get(&name).cloned().ok_or_else(undefined)
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn env_files() {
        let values =
            parse_env("# a comment\n\nSPIN_VARIABLE_A=1\nexport SPIN_VARIABLE_B = \"two words\"\nC='x=y'\nD=\n");
        let expected = [("C", "x=y"), ("D", ""), ("SPIN_VARIABLE_A", "1"), ("SPIN_VARIABLE_B", "two words")];
        assert_eq!(values.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect::<Vec<_>>(), expected);
    }
}
