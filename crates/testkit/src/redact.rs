//! The one list of what differs from run to run, and so is left out of snapshots.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::Answer;

/// Headers that say something about one answer and not about every one of them.
const HEADERS_SHOWN: [&str; 10] = [
    "content-type",
    "etag",
    "location",
    "set-cookie",
    "allow",
    "retry-after",
    "www-authenticate",
    "idempotent-replayed",
    "access-control-allow-origin",
    "strict-transport-security",
];

/// Pretty JSON with identifiers numbered by their first appearance (`org#1`), and times, tokens, codes, cursors and hashes
/// named only, API keys and their visible parts too.
pub fn redacted(value: &Value) -> String {
    Redactor::default().pretty(value)
}

/// An answer as a snapshot shows it: its status, the headers that matter, and its body, all redacted alike. The media type
/// is left out where it is plain JSON.
pub fn shown(answer: &Answer) -> String {
    let mut redactor = Redactor::default();
    let mut lines = vec![answer.status.as_u16().to_string()];
    for name in HEADERS_SHOWN {
        for value in answer.headers.get_all(name).iter().filter_map(|value| value.to_str().ok()) {
            if value != "application/json" {
                lines.push(format!("{name}: {}", redactor.text(value)));
            }
        }
    }
    match serde_json::from_str(&answer.text) {
        Ok(json) => lines.push(redactor.pretty(&json)),
        Err(_) if answer.text.is_empty() => {}
        Err(_) => lines.push(redactor.text(&answer.text)),
    }
    lines.join("\n")
}

#[derive(Default)]
struct Redactor {
    numbers: BTreeMap<String, usize>,
    used: BTreeMap<String, usize>,
}

impl Redactor {
    fn pretty(&mut self, value: &Value) -> String {
        let mut value = value.clone();
        self.walk(&mut value);
        serde_json::to_string_pretty(&value).expect("JSON")
    }

    fn walk(&mut self, value: &mut Value) {
        match value {
            Value::String(text) => *text = self.text(text),
            Value::Array(items) => items.iter_mut().for_each(|item| self.walk(item)),
            Value::Object(members) => {
                for (name, member) in members {
                    match member {
                        Value::String(cursor) if name == "next_cursor" => *cursor = "[cursor]".to_owned(),
                        Value::String(label) if name == "label" => *label = "[label]".to_owned(),
                        Value::String(secret) if secret.starts_with("whsec_") => *secret = "[whsec token]".to_owned(),
                        // What a mail looks like is `delivery`'s matter; here it is enough that there is such a form.
                        Value::String(html) if name == "html" && !html.is_empty() => *html = "[html]".to_owned(),
                        member => self.walk(member),
                    }
                }
            }
            _ => {}
        }
    }

    /// Redacts word by word, so that what stands in a path, in a cookie or in a mail is found too.
    fn text(&mut self, text: &str) -> String {
        let mut redacted = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(first) = rest.chars().next() {
            if rest.get(..24).is_some_and(is_time) {
                redacted.push_str("[time]");
                rest = &rest[24..];
                continue;
            }
            if let Some(length) = day(rest) {
                redacted.push_str("[day]");
                rest = &rest[length..];
                continue;
            }
            let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
            let length =
                if is_word(first) { rest.find(|c| !is_word(c)).unwrap_or(rest.len()) } else { first.len_utf8() };
            redacted.push_str(&self.word(&rest[..length]));
            rest = &rest[length..];
        }
        redacted
    }

    fn word(&mut self, word: &str) -> String {
        let is_hex = |text: &str| text.bytes().all(|b| b.is_ascii_hexdigit());
        if ["lks_", "lki_", "lkl_", "lkc_"].iter().any(|kind| word.starts_with(kind)) {
            return format!("[{} token]", &word[..3]);
        }
        if latchkey_domain::key::is_well_formed(word) {
            return "[key]".to_owned();
        }
        if word.len() == 6 && word.bytes().all(|b| b.is_ascii_digit()) {
            return "[code]".to_owned();
        }
        if word.len() == 64 && is_hex(word) {
            return "[hash]".to_owned();
        }
        match word.split_once('_') {
            Some(("req", digits)) if digits.len() == 32 && is_hex(digits) => "[request]".to_owned(),
            Some((prefix, digits)) if digits.len() == 32 && is_hex(digits) => self.id(prefix, word),
            _ => word.to_owned(),
        }
    }

    fn id(&mut self, prefix: &str, id: &str) -> String {
        let used = &mut self.used;
        let number = self.numbers.entry(id.to_owned()).or_insert_with(|| {
            let next = used.entry(prefix.to_owned()).or_default();
            *next += 1;
            *next
        });
        format!("{prefix}#{number}")
    }
}

/// The length of a day at the beginning of a text, such as `29 November 2026`.
fn day(text: &str) -> Option<usize> {
    const MONTHS: [&str; 12] = [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ];
    let mut words = text.splitn(3, ' ');
    let (day, month, rest) = (words.next()?, words.next()?, words.next()?);
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let year = rest.get(..4).filter(|year| is_number(year))?;
    (day.len() <= 2 && is_number(day) && MONTHS.contains(&month)).then(|| day.len() + month.len() + year.len() + 2)
}

fn is_time(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.len() == 24
        && bytes[23] == b'Z'
        && bytes[10] == b'T'
        && bytes[4] == b'-'
        && bytes[..4].iter().all(u8::is_ascii_digit)
}
