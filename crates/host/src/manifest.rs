//! Reads `spin.toml`, manifest version 2. A key that the host does not implement is a problem, named with its place.
//!
//! The format: <https://spinframework.dev/v3/manifest-reference>.

use crate::section::Section;
use crate::template;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use toml::{Table, Value};

/// What the host runs, as the manifest says it.
#[derive(Debug, Default)]
pub(crate) struct Manifest {
    pub(crate) variables: BTreeMap<String, Declaration>,
    pub(crate) triggers: Vec<HttpTrigger>,
    pub(crate) components: BTreeMap<String, Component>,
}

/// A variable of the application.
#[derive(Debug, Default)]
pub(crate) struct Declaration {
    pub(crate) default: Option<String>,
}

/// A route and the component that answers it.
#[derive(Debug)]
pub(crate) struct HttpTrigger {
    pub(crate) route: String,
    pub(crate) component: String,
}

/// A component, with templates not yet filled in.
#[derive(Debug)]
pub(crate) struct Component {
    /// `None` where the manifest does not say it rightly, which has been reported.
    pub(crate) source: Option<PathBuf>,
    pub(crate) allowed_outbound_hosts: Vec<String>,
    pub(crate) sqlite_databases: Vec<String>,
    pub(crate) key_value_stores: Vec<String>,
    pub(crate) variables: BTreeMap<String, String>,
}

/// Reads a manifest's text. `dir` is the folder that its paths are relative to.
///
/// Problems are added to `problems`; what could be read is returned all the same, so that later stages can add theirs.
pub(crate) fn parse(text: &str, dir: &Path, problems: &mut Vec<String>) -> Manifest {
    let table = match text.parse::<Table>() {
        Ok(table) => table,
        Err(error) => {
            problems.push(format!("it is not valid TOML: {}", error.to_string().trim_end()));
            return Manifest::default();
        }
    };
    let mut top = Section::new("", &table, problems);
    match top.take("spin_manifest_version") {
        Some(Value::Integer(2)) => {}
        Some(other) => top.problem(format!("`spin_manifest_version` must be 2, not {other}")),
        None => top.problem("`spin_manifest_version = 2` is missing".to_owned()),
    }
    let application = top.table("application");
    let variables = top.table("variables");
    let trigger = top.table("trigger");
    let component = top.table("component");
    top.refuse_the_rest();

    read_application(application, problems);
    let manifest = Manifest {
        variables: read_variables(variables, problems),
        triggers: read_triggers(trigger, problems),
        components: read_components(component, dir, problems),
    };
    for trigger in &manifest.triggers {
        if !manifest.components.contains_key(&trigger.component) {
            let HttpTrigger { route, component } = trigger;
            problems
                .push(format!("`trigger.http` route `{route}` names component `{component}`, which is not declared"));
        }
    }
    manifest
}

fn read_application(table: Option<&Table>, problems: &mut Vec<String>) {
    let Some(table) = table else {
        problems.push("`[application]` is missing".to_owned());
        return;
    };
    let mut section = Section::new("application", table, problems);
    if section.string("name").is_none() {
        section.problem("`application.name` is missing".to_owned());
    }
    for known in ["version", "description"] {
        section.string(known);
    }
    section.strings("authors");
    section.refuse_the_rest();
}

fn read_variables(table: Option<&Table>, problems: &mut Vec<String>) -> BTreeMap<String, Declaration> {
    let mut declarations = BTreeMap::new();
    for (name, value) in table.into_iter().flatten() {
        let at = format!("variables.{name}");
        if !template::is_variable_name(name) {
            problems.push(format!("`{at}`: a variable's name is lower-case words joined by single underscores"));
        }
        let Some(table) = value.as_table() else {
            problems.push(format!("`{at}` must be a table"));
            continue;
        };
        let mut section = Section::new(&at, table, problems);
        let default = section.string("default");
        let required = section.flag("required");
        section.flag("secret");
        section.string("description");
        if default.is_none() && required != Some(true) {
            section.problem(format!("`{at}` must have a `default` or be `required`"));
        }
        if default.is_some() && required == Some(true) {
            section.problem(format!("`{at}` has a `default` and is `required`: it can only be one of them"));
        }
        section.refuse_the_rest();
        declarations.insert(name.clone(), Declaration { default });
    }
    declarations
}

fn read_triggers(table: Option<&Table>, problems: &mut Vec<String>) -> Vec<HttpTrigger> {
    let mut triggers = Vec::new();
    for (kind, value) in table.into_iter().flatten() {
        if kind != "http" {
            problems.push(format!("`trigger.{kind}`: this host has no `{kind}` trigger"));
            continue;
        }
        for (index, entry) in value.as_array().into_iter().flatten().enumerate() {
            let at = format!("trigger.http[{index}]");
            let Some(table) = entry.as_table() else {
                problems.push(format!("`{at}` must be a table"));
                continue;
            };
            let mut section = Section::new(&at, table, problems);
            section.string("id");
            let route = section.string("route");
            let component = section.string("component");
            for (key, value) in [("route", &route), ("component", &component)] {
                if value.is_none() && !table.contains_key(key) {
                    section.problem(format!("`{at}.{key}` is missing"));
                }
            }
            section.refuse_the_rest();
            if let (Some(route), Some(component)) = (route, component) {
                triggers.push(HttpTrigger { route, component });
            }
        }
        if !value.is_array() {
            problems.push("`trigger.http` must be an array of tables".to_owned());
        }
    }
    triggers
}

fn read_components(table: Option<&Table>, dir: &Path, problems: &mut Vec<String>) -> BTreeMap<String, Component> {
    let mut components = BTreeMap::new();
    for (name, value) in table.into_iter().flatten() {
        let at = format!("component.{name}");
        let Some(table) = value.as_table() else {
            problems.push(format!("`{at}` must be a table"));
            continue;
        };
        let mut section = Section::new(&at, table, problems);
        let source = section.string("source");
        if source.is_none() && !table.contains_key("source") {
            section.problem(format!("`{at}.source` is missing"));
        }
        section.string("description");
        // How a component is built is not the host's business: it runs what it finds.
        section.table("build");
        let component = Component {
            source: source.map(|source| dir.join(source)),
            allowed_outbound_hosts: section.strings("allowed_outbound_hosts"),
            sqlite_databases: section.labels("sqlite_databases"),
            key_value_stores: section.labels("key_value_stores"),
            variables: section.string_map("variables"),
        };
        section.refuse_the_rest();
        components.insert(name.clone(), component);
    }
    components
}
