//! Lists by pages: opaque keyset cursors and the envelope `{"data": […], "next_cursor": …}`.
//!
//! A cursor is the sort key of the last entry shown, so that a page costs the same wherever it starts, and entries that
//! come or go between two pages neither repeat nor hide others. It carries a hash of the list it belongs to, because a
//! key of another list would be understood, and answer nonsense.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::limits::CURSOR_BYTES_MAX;
use crate::model::Representation;
use crate::problem::{Code, FieldError, Problem};

/// The version of the cursor's own form, so that an old cursor is refused and not misread.
const CURSOR_VERSION: u64 = 1;

/// One page of a list.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Page<T: Representation> {
    pub data: Vec<T>,
    /// Where the next page starts; `null` on the last one.
    pub next_cursor: Option<String>,
}

/// Which list a cursor belongs to: the operation, its path and its filters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scope(String);

impl Scope {
    /// The scope of a list. `parts` are the operation's name, its path and its filters, in an order of their own.
    pub fn new<'a>(parts: impl IntoIterator<Item = &'a str>) -> Self {
        let mut hash = Sha256::new();
        for part in parts {
            // The length keeps ("a", "bc") apart from ("ab", "c").
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part.as_bytes());
        }
        Self(hash.finalize().iter().take(4).map(|byte| format!("{byte:02x}")).collect())
    }
}

/// The sort key of an entry, as a cursor carries it: integers and texts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key(Vec<Value>);

impl Key {
    pub fn new(parts: impl IntoIterator<Item = Value>) -> Self {
        Self(parts.into_iter().collect())
    }

    /// The integer at `index`.
    ///
    /// # Errors
    /// 422 `bad_cursor` when there is none.
    pub fn integer(&self, index: usize) -> Result<i64, Problem> {
        self.0.get(index).and_then(Value::as_i64).ok_or_else(bad_cursor)
    }

    /// The text at `index`.
    ///
    /// # Errors
    /// 422 `bad_cursor` when there is none.
    pub fn text(&self, index: usize) -> Result<&str, Problem> {
        self.0.get(index).and_then(Value::as_str).ok_or_else(bad_cursor)
    }
}

/// Which page was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageRequest {
    limit: u32,
    after: Option<Key>,
    scope: Scope,
}

impl PageRequest {
    /// Reads a cursor back.
    ///
    /// # Errors
    /// 422 `bad_cursor` when it is none of this list.
    pub fn new(limit: u32, cursor: Option<&str>, scope: Scope) -> Result<Self, Problem> {
        let after = cursor.map(|text| decode(text, &scope).ok_or_else(bad_cursor)).transpose()?;
        Ok(Self { limit, after, scope })
    }

    /// Entries on this page, at most.
    pub fn limit(&self) -> u32 {
        self.limit
    }

    /// Rows to ask the store for: one more than are shown, which tells whether there is a next page.
    pub fn rows_wanted(&self) -> i64 {
        i64::from(self.limit) + 1
    }

    /// The key after which the page starts; `None` for the first.
    pub fn after(&self) -> Option<&Key> {
        self.after.as_ref()
    }

    /// Of a list by version, newest first: the version before which the page starts.
    ///
    /// # Errors
    /// 422 `bad_cursor` when the key is no version.
    pub fn before(&self) -> Result<Option<u64>, Problem> {
        let version = self.after().map(|key| key.integer(0)).transpose()?;
        Ok(version.and_then(|version| u64::try_from(version).ok()))
    }

    /// The page of a list that was looked through up to a place: where the entries found do not fill it, the next one starts
    /// after `looked_up_to`.
    pub fn page_up_to<T: Representation>(&self, entries: Vec<(Key, T)>, looked_up_to: Option<Key>) -> Page<T> {
        let mut page = self.page(entries);
        let more = looked_up_to.map(|key| encode(&key, &self.scope));
        page.next_cursor = page.next_cursor.or(more);
        page
    }

    /// The cursor that leads on from the entry with this key.
    pub fn cursor(&self, key: &Key) -> String {
        encode(key, &self.scope)
    }

    /// The page, from up to [`rows_wanted`](Self::rows_wanted) entries with their keys, in the order of the list.
    pub fn page<T: Representation>(&self, entries: Vec<(Key, T)>) -> Page<T> {
        let limit = usize::try_from(self.limit).unwrap_or(usize::MAX);
        let last_shown = if entries.len() > limit { entries.get(limit.saturating_sub(1)) } else { None };
        let next_cursor = last_shown.map(|(key, _)| encode(key, &self.scope));
        Page { data: entries.into_iter().take(limit).map(|(_, entry)| entry).collect(), next_cursor }
    }
}

pub(crate) fn encode(key: &Key, scope: &Scope) -> String {
    let mut parts = vec![Value::from(CURSOR_VERSION), Value::from(scope.0.as_str())];
    parts.extend(key.0.iter().cloned());
    URL_SAFE_NO_PAD.encode(Value::Array(parts).to_string())
}

pub(crate) fn decode(text: &str, scope: &Scope) -> Option<Key> {
    if text.len() > CURSOR_BYTES_MAX {
        return None;
    }
    let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
    let mut parts: std::vec::IntoIter<Value> = serde_json::from_slice::<Vec<Value>>(&bytes).ok()?.into_iter();
    let is_ours = parts.next()?.as_u64() == Some(CURSOR_VERSION) && parts.next()?.as_str() == Some(&scope.0);
    let key: Vec<Value> = parts.collect();
    let is_key = !key.is_empty() && key.iter().all(|part| part.is_i64() || part.is_string());
    (is_ours && is_key).then_some(Key(key))
}

fn bad_cursor() -> Problem {
    let message = "This is not a next_cursor of this list with these filters.".to_owned();
    let mut problem = Problem::new(Code::BadCursor, message.clone());
    problem.errors = vec![FieldError { field: "cursor".to_owned(), code: "invalid", message }];
    problem
}

#[cfg(feature = "openapi")]
impl<T: Representation> schemars::JsonSchema for Page<T> {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        T::PAGE_NAME.into()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        let entry = generator.subschema_for::<T>();
        schemars::json_schema!({
            "type": "object",
            "description": "One page of a list.",
            "properties": {
                "data": {"type": "array", "items": entry},
                "next_cursor": {
                    "type": ["string", "null"],
                    "description": "Send it as `cursor`, with the same filters, for the next page; null on the last one.",
                },
            },
            "required": ["data", "next_cursor"],
        })
    }
}
