//! The one list of what differs from run to run, and so is left out of snapshots.

use std::collections::BTreeMap;

use serde_json::Value;

/// Pretty JSON with identifiers numbered by their first appearance (`org#1`), and times, tokens and hashes named only.
pub fn redacted(value: &Value) -> String {
    let mut value = value.clone();
    Redactor::default().walk(&mut value);
    serde_json::to_string_pretty(&value).expect("JSON")
}

#[derive(Default)]
struct Redactor {
    numbers: BTreeMap<String, usize>,
    used: BTreeMap<String, usize>,
}

impl Redactor {
    fn walk(&mut self, value: &mut Value) {
        match value {
            Value::String(text) => *text = self.text(text),
            Value::Array(items) => items.iter_mut().for_each(|item| self.walk(item)),
            Value::Object(members) => members.values_mut().for_each(|member| self.walk(member)),
            _ => {}
        }
    }

    fn text(&mut self, text: &str) -> String {
        if is_time(text) {
            return "[time]".to_owned();
        }
        if text.starts_with("lks_") || text.starts_with("lki_") {
            return format!("[{} token]", &text[..3]);
        }
        if text.len() == 64 && text.bytes().all(|b| b.is_ascii_hexdigit()) {
            return "[hash]".to_owned();
        }
        match text.split_once('_') {
            Some((prefix, digits)) if digits.len() == 32 && digits.bytes().all(|b| b.is_ascii_hexdigit()) => self.id(prefix, text),
            _ => text.to_owned(),
        }
    }

    fn id(&mut self, prefix: &str, id: &str) -> String {
        if prefix == "req" {
            return "[request]".to_owned();
        }
        let used = &mut self.used;
        let number = self.numbers.entry(id.to_owned()).or_insert_with(|| {
            let next = used.entry(prefix.to_owned()).or_default();
            *next += 1;
            *next
        });
        format!("{prefix}#{number}")
    }
}

fn is_time(text: &str) -> bool {
    text.len() == 24 && text.ends_with('Z') && text.as_bytes()[10] == b'T'
}
