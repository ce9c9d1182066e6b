//! Tables of TOML files, of which every key must be one that the host implements.

use crate::template;
use std::collections::BTreeMap;
use toml::{Table, Value};

/// A table whose keys are taken one by one, so that what is left can be refused by name.
pub(crate) struct Section<'a, 'p> {
    at: String,
    table: &'a Table,
    taken: Vec<&'a str>,
    problems: &'p mut Vec<String>,
}

impl<'a, 'p> Section<'a, 'p> {
    pub(crate) fn new(at: &str, table: &'a Table, problems: &'p mut Vec<String>) -> Self {
        Self { at: at.to_owned(), table, taken: Vec::new(), problems }
    }

    pub(crate) fn problem(&mut self, problem: String) {
        self.problems.push(problem);
    }

    pub(crate) fn take(&mut self, key: &'static str) -> Option<&'a Value> {
        self.taken.push(key);
        self.table.get(key)
    }

    pub(crate) fn string(&mut self, key: &'static str) -> Option<String> {
        self.typed(key, "a string", |value| value.as_str().map(str::to_owned))
    }

    pub(crate) fn flag(&mut self, key: &'static str) -> Option<bool> {
        self.typed(key, "true or false", Value::as_bool)
    }

    pub(crate) fn table(&mut self, key: &'static str) -> Option<&'a Table> {
        self.typed(key, "a table", Value::as_table)
    }

    /// An array of tables, each with its place for messages.
    pub(crate) fn tables(&mut self, key: &'static str) -> Vec<(String, &'a Table)> {
        let read = |value: &'a Value| value.as_array()?.iter().map(Value::as_table).collect();
        let tables: Vec<&Table> = self.typed(key, "an array of tables", read).unwrap_or_default();
        tables.into_iter().enumerate().map(|(index, table)| (format!("{key}[{index}]"), table)).collect()
    }

    pub(crate) fn strings(&mut self, key: &'static str) -> Vec<String> {
        let read = |value: &Value| value.as_array()?.iter().map(|item| item.as_str().map(str::to_owned)).collect();
        self.typed(key, "an array of strings", read).unwrap_or_default()
    }

    pub(crate) fn string_map(&mut self, key: &'static str) -> BTreeMap<String, String> {
        let read = |value: &Value| {
            value.as_table()?.iter().map(|(name, item)| Some((name.clone(), item.as_str()?.to_owned()))).collect()
        };
        let map: BTreeMap<String, String> = self.typed(key, "a table of strings", read).unwrap_or_default();
        for name in map.keys().filter(|name| !template::is_variable_name(name)) {
            let place = self.place(key);
            self.problems.push(format!("{place}: `{name}` is not lower-case words joined by single underscores"));
        }
        map
    }

    /// Labels of stores. They become file names, so they are kept to what is safe in one.
    pub(crate) fn labels(&mut self, key: &'static str) -> Vec<String> {
        let labels = self.strings(key);
        let is_safe = |label: &str| {
            !label.is_empty()
                && label.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '_')
        };
        for label in labels.iter().filter(|label| !is_safe(label)) {
            let place = self.place(key);
            self.problems.push(format!("{place}: `{label}` is not made of a-z, 0-9, `-` and `_`"));
        }
        labels
    }

    pub(crate) fn refuse_the_rest(self) {
        for key in self.table.keys().filter(|key| !self.taken.contains(&key.as_str())) {
            let place = self.place(key);
            self.problems.push(format!("{place}: this host does not implement this key"));
        }
    }

    fn place(&self, key: &str) -> String {
        if self.at.is_empty() { format!("`{key}`") } else { format!("`{}.{key}`", self.at) }
    }

    fn typed<T>(&mut self, key: &'static str, kind: &str, read: impl FnOnce(&'a Value) -> Option<T>) -> Option<T> {
        let value = self.take(key)?;
        let read = read(value);
        if read.is_none() {
            let place = self.place(key);
            self.problem(format!("{place} must be {kind}, and of no other form"));
        }
        read
    }
}
