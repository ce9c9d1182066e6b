//! Reading the requests of the OpenID AuthZEN Authorization API 1.0. They follow that standard where it differs from our own
//! habits: members that nobody knows are ignored, and what is wrong is a 400.

use latchkey_domain::access::{Question, Resource, Subject};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use crate::codes::Code;
use crate::fields::json_of;
use crate::limits::{ACCESS_QUESTIONS_MAX, ACCESS_TEXT_CHARS_MAX, PAGE_LIMIT_DEFAULT, PAGE_LIMIT_MAX};
use crate::paging::{Key, Scope, decode, encode};
use crate::problem::{FieldError, Problem};

/// Where the operations of the standard are.
pub const ACCESS_PATH: &str = "/access/v1/";

/// Whether a request is the standard's: its own identifier comes back with the answer.
pub(crate) fn is_of_the_standard(path: &str) -> bool {
    path.starts_with(ACCESS_PATH)
}

/// Which page of a search.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SearchPage {
    pub limit: u32,
    pub after: Option<Key>,
    scope: Scope,
}

impl SearchPage {
    /// Rows to ask the store for: one more than are shown tells whether more follows.
    pub fn rows_wanted(&self) -> i64 {
        i64::from(self.limit) + 1
    }

    /// Of the rows found, those that the page has room for.
    pub fn shown<'a, T>(&self, found: &'a [T]) -> &'a [T] {
        usize::try_from(self.limit).ok().and_then(|limit| found.get(..limit)).unwrap_or(found)
    }

    /// The token of the page that begins after `key`.
    pub fn token(&self, key: impl IntoIterator<Item = Value>) -> String {
        let key = std::iter::once(Value::from(self.limit)).chain(key);
        encode(&Key::new(key), &self.scope)
    }

    /// The number at `index` of what the token says.
    ///
    /// # Errors
    /// 400 when the token is none.
    pub fn integer(&self, index: usize) -> Result<i64, Problem> {
        self.part(index, |key, index| key.integer(index).ok())
    }

    /// The text at `index` of what the token says.
    ///
    /// # Errors
    /// 400 when the token is none.
    pub fn text(&self, index: usize) -> Result<&str, Problem> {
        self.part(index, |key, index| key.text(index).ok())
    }

    fn part<'a, T: Default>(&'a self, index: usize, read: impl Fn(&'a Key, usize) -> Option<T>) -> Result<T, Problem> {
        match &self.after {
            Some(key) => read(key, index + 1).ok_or_else(|| bad(vec![bad_token()])),
            None => Ok(T::default()),
        }
    }
}

/// A reader of one body, which remembers every fault.
pub(crate) struct Reading {
    body: Map<String, Value>,
    errors: Vec<FieldError>,
}

impl Reading {
    pub(crate) fn of(bytes: &[u8]) -> Result<Self, Problem> {
        match json_of(bytes)? {
            Value::Object(body) => Ok(Self { body, errors: Vec::new() }),
            _ => Err(bad(vec![fault("body", "wrong_type", "This must be a JSON object.")])),
        }
    }

    pub(crate) fn finish<T>(self, read: Option<T>) -> Result<T, Problem> {
        match read {
            Some(read) if self.errors.is_empty() => Ok(read),
            _ => Err(bad(self.errors)),
        }
    }

    /// The one question of a request.
    pub(crate) fn one(&mut self) -> Option<Question> {
        let body = std::mem::take(&mut self.body);
        self.question(&body, None, "")
    }

    /// The questions of a request: the body's own, or one for each of its `evaluations`, whose missing members it provides.
    pub(crate) fn questions(&mut self) -> Option<Asked> {
        let body = std::mem::take(&mut self.body);
        let evaluations = match body.get("evaluations") {
            None | Some(Value::Null) => &[][..],
            Some(Value::Array(evaluations)) => evaluations.as_slice(),
            Some(_) => {
                self.note("evaluations", "wrong_type", "This must be a list.");
                return None;
            }
        };
        if evaluations.is_empty() {
            return self.question(&body, None, "").map(Asked::One);
        }
        if evaluations.len() > ACCESS_QUESTIONS_MAX {
            self.note("evaluations", "too_long", &format!("This must have at most {ACCESS_QUESTIONS_MAX} entries."));
            return None;
        }
        let semantic = self.semantic(&body);
        let questions: Vec<Option<Question>> = evaluations
            .iter()
            .enumerate()
            .map(|(place, evaluation)| {
                let at = format!("evaluations[{place}].");
                let own = evaluation.as_object();
                if own.is_none() {
                    self.note(at.trim_end_matches('.'), "wrong_type", "This must be an object.");
                }
                self.question(own?, Some(&body), &at)
            })
            .collect();
        Some(Asked::Several(questions.into_iter().collect::<Option<_>>()?, semantic?))
    }

    fn semantic(&mut self, body: &Map<String, Value>) -> Option<Semantic> {
        let semantic = match body.get("options") {
            None | Some(Value::Null) => None,
            Some(Value::Object(options)) => options.get("evaluations_semantic"),
            Some(_) => {
                self.note("options", "wrong_type", "This must be an object.");
                return None;
            }
        };
        let Some(semantic) = semantic else { return Some(Semantic::ExecuteAll) };
        let known = semantic.as_str().and_then(Semantic::parse);
        if known.is_none() {
            let message = "This must be one of: execute_all, deny_on_first_deny, permit_on_first_permit.";
            self.note("options.evaluations_semantic", "not_allowed", message);
        }
        known
    }

    fn question(
        &mut self,
        own: &Map<String, Value>,
        defaults: Option<&Map<String, Value>>,
        at: &str,
    ) -> Option<Question> {
        let find = |name: &str| own.get(name).or_else(|| defaults.and_then(|defaults| defaults.get(name))).cloned();
        let (subject, action, resource) = (find("subject"), find("action"), find("resource"));
        self.optional_object(find("context").as_ref(), &format!("{at}context"));
        let subject = self.subject(subject.as_ref(), at, Id::Needed);
        let action = self.action(action.as_ref(), at);
        let resource = self.resource(resource.as_ref(), at, Id::Needed);
        Some(Question { subject: subject?, action: action?, resource: resource? })
    }

    /// `subject` of the body.
    pub(crate) fn own_subject(&mut self, id: Id) -> Option<Subject> {
        let subject = self.body.get("subject").cloned();
        self.subject(subject.as_ref(), "", id)
    }

    /// `action` of the body.
    pub(crate) fn own_action(&mut self) -> Option<String> {
        let action = self.body.get("action").cloned();
        self.action(action.as_ref(), "")
    }

    /// `resource` of the body.
    pub(crate) fn own_resource(&mut self, id: Id) -> Option<Resource> {
        let resource = self.body.get("resource").cloned();
        self.resource(resource.as_ref(), "", id)
    }

    /// `resource` of the body without an id, and the organization that it must be of.
    pub(crate) fn sought_resource(&mut self) -> Option<(Resource, Option<String>)> {
        let resource = self.own_resource(Id::Ignored)?;
        let within =
            self.body.get("resource").and_then(|it| it.pointer("/properties/organization")).and_then(Value::as_str);
        Some((resource, within.map(str::to_owned)))
    }

    fn subject(&mut self, value: Option<&Value>, at: &str, id: Id) -> Option<Subject> {
        let place = format!("{at}subject");
        let subject = self.object(value, &place)?;
        self.optional_object(subject.get("properties"), &format!("{place}.properties"));
        let kind = self.text(subject.get("type"), &format!("{place}.type"));
        let id = self.id(subject, &place, id);
        Some(Subject { kind: kind?, id: id? })
    }

    fn action(&mut self, value: Option<&Value>, at: &str) -> Option<String> {
        let place = format!("{at}action");
        let action = self.object(value, &place)?;
        self.optional_object(action.get("properties"), &format!("{place}.properties"));
        self.text(action.get("name"), &format!("{place}.name"))
    }

    fn resource(&mut self, value: Option<&Value>, at: &str, id: Id) -> Option<Resource> {
        let place = format!("{at}resource");
        let resource = self.object(value, &place)?;
        let properties = format!("{place}.properties");
        self.optional_object(resource.get("properties"), &properties);
        let property = |name: &str| resource.get("properties").and_then(|properties| properties.get(name));
        let organization = self.optional_text(property("organization"), &format!("{properties}.organization"));
        let project = self.optional_text(property("project"), &format!("{properties}.project"));
        let kind = self.text(resource.get("type"), &format!("{place}.type"));
        let id = self.id(resource, &place, id);
        Some(Resource::new(kind?, id?, organization, project))
    }

    fn id(&mut self, of: &Map<String, Value>, place: &str, id: Id) -> Option<String> {
        match id {
            Id::Needed => self.text(of.get("id"), &format!("{place}.id")),
            Id::Ignored => Some(String::new()),
        }
    }

    /// `page` of the body, for a search of that operation: a token belongs to one request and to no other.
    pub(crate) fn page(&mut self, operation: &str) -> Option<SearchPage> {
        let asked: Value =
            ["subject", "action", "resource", "context"].iter().map(|name| self.body.get(*name).cloned()).collect();
        let digest: String = Sha256::digest(asked.to_string()).iter().map(|byte| format!("{byte:02x}")).collect();
        let scope = Scope::new([operation, digest.as_str()]);
        let page = match self.body.get("page").cloned() {
            None | Some(Value::Null) => Map::new(),
            Some(Value::Object(page)) => page,
            Some(_) => {
                self.note("page", "wrong_type", "This must be an object.");
                return None;
            }
        };
        let limit = match page.get("limit") {
            None | Some(Value::Null) => None,
            Some(limit) => match limit.as_u64() {
                Some(limit) => Some(u32::try_from(limit).unwrap_or(PAGE_LIMIT_MAX).min(PAGE_LIMIT_MAX)),
                None => {
                    self.note("page.limit", "wrong_type", "This must be a whole number, 0 or more.");
                    return None;
                }
            },
        };
        let token = self.optional_text(page.get("token"), "page.token").filter(|token| !token.is_empty());
        let Some(token) = token else {
            return Some(SearchPage { limit: limit.unwrap_or(PAGE_LIMIT_DEFAULT), after: None, scope });
        };
        // The page goes on as it began; a client that names its limit again must name the same.
        let after = decode(&token, &scope);
        let began = after.as_ref().and_then(|key| key.integer(0).ok()).and_then(|limit| u32::try_from(limit).ok());
        match began.filter(|began| limit.is_none_or(|limit| limit == *began)) {
            Some(limit) => Some(SearchPage { limit, after, scope }),
            None => {
                self.errors.push(bad_token());
                None
            }
        }
    }

    fn object<'a>(&mut self, value: Option<&'a Value>, place: &str) -> Option<&'a Map<String, Value>> {
        match value {
            Some(Value::Object(object)) => Some(object),
            Some(_) => {
                self.note(place, "wrong_type", "This must be an object.");
                None
            }
            None => {
                self.note(place, "required", "This is missing.");
                None
            }
        }
    }

    fn optional_object(&mut self, value: Option<&Value>, place: &str) {
        if !matches!(value, None | Some(Value::Null | Value::Object(_))) {
            self.note(place, "wrong_type", "This must be an object.");
        }
    }

    fn text(&mut self, value: Option<&Value>, place: &str) -> Option<String> {
        if value.is_none() {
            self.note(place, "required", "This is missing.");
        }
        self.optional_text(value, place)
    }

    fn optional_text(&mut self, value: Option<&Value>, place: &str) -> Option<String> {
        match value? {
            Value::String(text) if text.chars().count() <= ACCESS_TEXT_CHARS_MAX => Some(text.clone()),
            Value::String(_) => {
                self.note(place, "too_long", &format!("This must have at most {ACCESS_TEXT_CHARS_MAX} characters."));
                None
            }
            _ => {
                self.note(place, "wrong_type", "This must be text.");
                None
            }
        }
    }

    fn note(&mut self, field: &str, code: &'static str, message: &str) {
        self.errors.push(fault(field, code, message));
    }
}

/// Whether an entity's id says anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Id {
    Needed,
    /// A search looks for it.
    Ignored,
}

/// What a request for evaluations asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Asked {
    /// Without `evaluations`, it is a single question.
    One(Question),
    Several(Vec<Question>, Semantic),
}

/// How far a list of questions is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Semantic {
    ExecuteAll,
    DenyOnFirstDeny,
    PermitOnFirstPermit,
}

impl Semantic {
    fn parse(text: &str) -> Option<Self> {
        match text {
            "execute_all" => Some(Self::ExecuteAll),
            "deny_on_first_deny" => Some(Self::DenyOnFirstDeny),
            "permit_on_first_permit" => Some(Self::PermitOnFirstPermit),
            _ => None,
        }
    }

    /// Whether an answer is the last one.
    pub fn ends_with(self, is_allowed: bool) -> bool {
        match self {
            Self::ExecuteAll => false,
            Self::DenyOnFirstDeny => !is_allowed,
            Self::PermitOnFirstPermit => is_allowed,
        }
    }
}

fn fault(field: &str, code: &'static str, message: &str) -> FieldError {
    FieldError { field: field.to_owned(), code, message: message.to_owned() }
}

fn bad_token() -> FieldError {
    fault("page.token", "invalid", "This is not a next_token of this search, with these entities and this limit.")
}

fn bad(errors: Vec<FieldError>) -> Problem {
    Problem { code: Code::BadAccessRequest, ..Problem::invalid(errors) }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing)]

    use serde_json::json;

    use super::*;

    fn faults(body: &Value) -> Vec<String> {
        let mut reading = Reading::of(body.to_string().as_bytes()).unwrap();
        let asked = reading.questions();
        let problem = reading.finish(asked).unwrap_err();
        assert_eq!((problem.code, problem.status()), (Code::BadAccessRequest, 400));
        problem.errors.into_iter().map(|error| format!("{} {}", error.field, error.code)).collect()
    }

    fn one() -> Value {
        json!({
            "subject": {"type": "user", "id": "usr_1", "properties": {"ip_address": "::1"}}, "action": {"name": "a.b"},
            "resource": {"type": "theme", "id": "t1", "properties": {"organization": "org_1", "else": [1]}},
            "context": {"time": "now"}, "unknown": true,
        })
    }

    #[test]
    fn every_wrong_member_is_named_and_unknown_ones_are_ignored() {
        let mut reading = Reading::of(one().to_string().as_bytes()).unwrap();
        let Some(Asked::One(question)) = reading.questions() else { unreachable!() };
        assert_eq!((question.resource.organization(), question.action.as_str()), (Some("org_1"), "a.b"));
        assert!(reading.errors.is_empty());
        assert_eq!(faults(&json!({})), ["subject required", "action required", "resource required"]);
        let wrong =
            json!({"subject": {"type": 1}, "action": "a.b", "resource": {"type": "x", "id": null}, "context": 5});
        let expected = [
            "context wrong_type",
            "subject.type wrong_type",
            "subject.id required",
            "action wrong_type",
            "resource.id wrong_type",
        ];
        assert_eq!(faults(&wrong), expected);
        let mut long = one();
        long["action"]["name"] = json!("x".repeat(ACCESS_TEXT_CHARS_MAX + 1));
        assert_eq!(faults(&long), ["action.name too_long"]);
        assert!(Reading::of(b"[]").is_err() && Reading::of(b"{").is_err());
    }

    #[test]
    fn evaluations_take_what_they_lack_from_the_whole() {
        let mut body = one();
        body["evaluations"] = json!([{}, {"action": {"name": "c.d"}}]);
        body["options"] = json!({"evaluations_semantic": "permit_on_first_permit", "another": 1});
        let mut reading = Reading::of(body.to_string().as_bytes()).unwrap();
        let Some(Asked::Several(questions, semantic)) = reading.questions() else { unreachable!() };
        assert_eq!(questions.iter().map(|it| it.action.as_str()).collect::<Vec<_>>(), ["a.b", "c.d"]);
        assert_eq!(questions[0].subject, questions[1].subject);
        assert!(semantic.ends_with(true) && !semantic.ends_with(false));
        body["options"]["evaluations_semantic"] = json!("all");
        assert_eq!(faults(&body), ["options.evaluations_semantic not_allowed"]);
        body["options"] = json!(null);
        body["subject"] = json!(null);
        assert_eq!(faults(&body)[0], "evaluations[0].subject wrong_type");
        body["evaluations"] = json!(vec![json!({}); ACCESS_QUESTIONS_MAX + 1]);
        assert_eq!(faults(&body), ["evaluations too_long"]);
        body = one();
        body["evaluations"] = json!([]);
        let mut reading = Reading::of(body.to_string().as_bytes()).unwrap();
        assert!(matches!(reading.questions(), Some(Asked::One(_))), "an empty list is none");
    }

    #[test]
    fn a_token_goes_on_with_its_own_search() {
        let page = |body: &Value| Reading::of(body.to_string().as_bytes()).unwrap().page("search");
        let mut body = one();
        body["page"] = json!({"limit": 2});
        let first = page(&body).unwrap();
        assert_eq!((first.limit, first.integer(0).unwrap(), first.text(1).unwrap()), (2, 0, ""));
        let token = first.token([json!(7), json!("id")]);
        body["page"] = json!({ "token": token });
        let second = page(&body).unwrap();
        assert_eq!((second.limit, second.integer(0).unwrap(), second.text(1).unwrap()), (2, 7, "id"));
        body["page"]["limit"] = json!(3);
        assert_eq!(page(&body), None, "another limit");
        body["page"]["limit"] = json!(2);
        assert!(page(&body).is_some());
        body["action"]["name"] = json!("c.d");
        assert_eq!(page(&body), None, "another action");
        for (limit, expected) in
            [(json!(0), Some(0)), (json!(1_000_000), Some(PAGE_LIMIT_MAX)), (json!(-1), None), (json!(1.5), None)]
        {
            body["page"] = json!({ "limit": limit });
            assert_eq!(page(&body).map(|page| page.limit), expected);
        }
    }
}
