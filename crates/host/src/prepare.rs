//! Everything that is read and checked before an application starts, so that all problems are reported together.

use crate::config::Config;
use crate::engine::{self, Compiled};
use crate::error::Error;
use crate::manifest::{self, Manifest};
use crate::outbound::AllowedHost;
use crate::routes::Routes;
use crate::runtime_config::RuntimeConfig;
use crate::{template, variables};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// An application that can be started.
#[derive(Debug)]
pub(crate) struct Prepared {
    pub(crate) routes: Routes,
    pub(crate) components: Vec<Ready>,
    pub(crate) runtime_config: RuntimeConfig,
}

/// A component that can be started.
#[derive(Debug)]
pub(crate) struct Ready {
    pub(crate) name: String,
    pub(crate) compiled: Arc<Compiled>,
    pub(crate) sqlite_databases: Vec<String>,
    pub(crate) key_value_stores: Vec<String>,
    pub(crate) variables: BTreeMap<String, String>,
    pub(crate) allowed_outbound_hosts: Vec<AllowedHost>,
}

impl Prepared {
    /// Reads the manifest and what it names, and the runtime configuration.
    pub(crate) async fn new(config: &Config) -> Result<Self, Error> {
        let path = &config.manifest;
        let text = std::fs::read_to_string(path)
            .map_err(|source| Error::io(format!("read the manifest {}", path.display()), source))?;
        let mut problems = Vec::new();
        let manifest = manifest::parse(&text, path.parent().unwrap_or(Path::new("")), &mut problems);
        let runtime_config = RuntimeConfig::read(config.runtime_config.as_deref(), &mut problems)?;
        let values = variables::resolve(&manifest, config, &mut problems);
        let triggers = manifest.triggers.iter().map(|trigger| (trigger.route.clone(), trigger.component.clone()));
        let routes = Routes::new(triggers, &mut problems);
        let compiled = compile(config, &manifest, &mut problems).await?;
        let mut components = Vec::new();
        let names: BTreeSet<String> = manifest.components.keys().cloned().collect();
        for (name, component) in manifest.components {
            let mut filler = Filler { component: &name, names: &names, values: &values, problems: &mut problems };
            let allowed_outbound_hosts = filler.allowed_hosts(&component.allowed_outbound_hosts);
            let variables = filler.variables(component.variables);
            let Some(compiled) = compiled.get(&name).cloned() else { continue };
            components.push(Ready {
                name,
                compiled,
                sqlite_databases: component.sqlite_databases,
                key_value_stores: component.key_value_stores,
                variables,
                allowed_outbound_hosts,
            });
        }
        if problems.is_empty() {
            Ok(Self { routes, components, runtime_config })
        } else {
            Err(Error::Refused { manifest: path.clone(), problems })
        }
    }
}

/// Compiles the components side by side.
async fn compile(
    config: &Config,
    manifest: &Manifest,
    problems: &mut Vec<String>,
) -> Result<BTreeMap<String, Arc<Compiled>>, Error> {
    let engine = engine::shared(|| cache_dir(config, manifest))?;
    let compiling = manifest.components.iter().filter_map(|(name, component)| {
        let source = component.source.clone()?;
        Some((name.clone(), tokio::task::spawn_blocking(move || engine.component(&source))))
    });
    // Collected first, so that all of them have begun before the first is waited for.
    let compiling: Vec<_> = compiling.collect();
    let mut compiled = BTreeMap::new();
    for (name, task) in compiling {
        let result = task.await.map_err(|error| Error::Runtime(format!("compiling `{name}` failed: {error}")))?;
        match result {
            Ok(component) => drop(compiled.insert(name, component)),
            Err(found) => problems.extend(found.into_iter().map(|problem| format!("component `{name}`: {problem}"))),
        }
    }
    Ok(compiled)
}

/// Where compiled components are kept. Beside the build's output where there is one, so that `cargo clean` removes it.
fn cache_dir(config: &Config, manifest: &Manifest) -> PathBuf {
    let chosen = config.cache_dir.clone().or_else(|| std::env::var_os("LATCHKEY_HOST_CACHE").map(PathBuf::from));
    let beside_output = || {
        let source =
            std::path::absolute(manifest.components.values().find_map(|component| component.source.as_ref())?).ok()?;
        // Each target triple has a marked folder of its own within the marked one.
        let target = source.ancestors().filter(|dir| dir.join("CACHEDIR.TAG").is_file()).last()?;
        Some(target.join("latchkey-host-cache"))
    };
    chosen.or_else(beside_output).unwrap_or_else(|| config.state_dir.join("cache"))
}

/// Fills in a component's templates.
struct Filler<'a> {
    component: &'a str,
    /// Of all components.
    names: &'a BTreeSet<String>,
    values: &'a BTreeMap<String, Option<String>>,
    problems: &'a mut Vec<String>,
}

impl Filler<'_> {
    fn fill(&mut self, key: &str, text: &str) -> Option<String> {
        let found = match template::fill(text, self.values) {
            Ok(filled) => return Some(filled),
            Err(found) => found,
        };
        let component = self.component;
        self.problems.extend(found.into_iter().map(|problem| format!("`component.{component}.{key}`: {problem}")));
        None
    }

    fn variables(&mut self, templates: BTreeMap<String, String>) -> BTreeMap<String, String> {
        let fill =
            |(name, text): (String, String)| Some((name.clone(), self.fill(&format!("variables.{name}"), &text)?));
        templates.into_iter().filter_map(fill).collect()
    }

    fn allowed_hosts(&mut self, templates: &[String]) -> Vec<AllowedHost> {
        const KEY: &str = "allowed_outbound_hosts";
        let mut allowed = Vec::new();
        for text in templates {
            // A variable without a value has been reported, and would only confuse here.
            let is_whole = !self.values.iter().any(|(name, value)| value.is_none() && text.contains(name));
            let Some(entry) = self.fill(KEY, text) else { continue };
            match AllowedHost::parse(&entry) {
                Ok(host) if host.component().is_some_and(|name| !self.names.contains(name)) => {
                    self.problems.push(format!(
                        "`component.{}.{KEY}`: `{text}` names no component of this application",
                        self.component
                    ));
                }
                Ok(host) => allowed.push(host),
                Err(_) if !is_whole => {}
                Err(problem) => {
                    self.problems.push(format!("`component.{}.{KEY}`: `{text}` {problem}", self.component));
                }
            }
        }
        allowed
    }
}
