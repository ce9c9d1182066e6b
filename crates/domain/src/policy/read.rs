//! Reads a policy out of JSON. Whatever is wrong is noted where it stands, and reading goes on: who wrote the document
//! learns of every mistake at once.

use std::collections::BTreeSet;
use std::ops::RangeInclusive;

use serde_json::{Map, Value};

use super::bounds::{ADVISE_MAX, DESCRIPTION_CHARS_MAX, LIFETIMES_S, PERMISSIONS_MAX, PLANS_MAX, ROLES_MAX, SEATS_MAX};
use super::document::{
    Holders, Invitation, KeyFate, LeaverKeys, MistakeKind, OrganizationsPerPerson, Plan, Policy, PolicyMistake,
    Projects, Role, SeatMode, Seats, TopRole,
};
use crate::text::{self, TextFault};

/// What could be read of a document.
pub(super) struct Draft {
    /// With something harmless in each place that could not be read.
    pub(super) policy: Policy,
    /// The places that could not be read.
    pub(super) unread: Vec<String>,
    pub(super) mistakes: Vec<PolicyMistake>,
}

pub(super) fn read(document: &Value) -> Draft {
    let mut reader = Reader::default();
    let policy = reader.policy(document);
    Draft { policy, unread: reader.unread, mistakes: reader.mistakes }
}

/// The first documents called the lists of roles and plans by the singular. Those that are stored stay as they are.
pub(super) fn with_present_names(mut document: Value) -> Value {
    if let Some(members) = document.as_object_mut() {
        for (was, is) in [("role", "roles"), ("plan", "plans")] {
            if !members.contains_key(is)
                && let Some(list) = members.remove(was)
            {
                members.insert(is.to_owned(), list);
            }
        }
    }
    document
}

/// A choice among a few words.
trait Word: Copy + 'static {
    const WORDS: &'static [(&'static str, Self)];
    /// What stands in where none could be read.
    const STAND_IN: Self;
}

impl Word for OrganizationsPerPerson {
    const WORDS: &'static [(&'static str, Self)] = &[("many", Self::Many), ("one", Self::One)];
    const STAND_IN: Self = Self::Many;
}

impl Word for Holders {
    const WORDS: &'static [(&'static str, Self)] =
        &[("one", Self::One), ("several", Self::Several), ("plan", Self::Plan)];
    const STAND_IN: Self = Self::Several;
}

impl Word for SeatMode {
    const WORDS: &'static [(&'static str, Self)] =
        &[("none", Self::None), ("members", Self::Members), ("licenses", Self::Licenses)];
    const STAND_IN: Self = Self::None;
}

impl Word for KeyFate {
    const WORDS: &'static [(&'static str, Self)] =
        &[("revoke", Self::Revoke), ("keep", Self::Keep), ("adopt", Self::Adopt)];
    const STAND_IN: Self = Self::Revoke;
}

/// An object of the document, which remembers what was asked of it.
struct Object<'a> {
    place: String,
    /// `None` where there is none to read: everything in it is then taken as read.
    members: Option<&'a Map<String, Value>>,
    known: Vec<&'static str>,
}

/// What is at a place.
enum Found<'a> {
    Value(&'a Value),
    /// Nothing, which is a mistake unless the member may be left out.
    Absent,
    /// Nothing, which was noted further up.
    NoObject,
}

impl<'a> Object<'a> {
    fn find(&mut self, name: &'static str) -> (String, Found<'a>) {
        self.known.push(name);
        let place = if self.place.is_empty() { name.to_owned() } else { format!("{}.{name}", self.place) };
        let found = self.members.map(|members| members.get(name).map_or(Found::Absent, Found::Value));
        (place, found.unwrap_or(Found::NoObject))
    }
}

#[derive(Default)]
struct Reader {
    unread: Vec<String>,
    mistakes: Vec<PolicyMistake>,
}

impl Reader {
    fn policy(&mut self, document: &Value) -> Policy {
        let mut at = self.object(String::new(), document);
        let policy = Policy {
            name: self.identifier(&mut at, "name"),
            title: self.text(&mut at, "title", text::name),
            description: self.text(&mut at, "description", description),
            organizations_per_person: self.word(&mut at, "organizations_per_person"),
            auto_join_role: self.identifier(&mut at, "auto_join_role"),
            emails: self.flag(&mut at, "emails", true),
            invitation: self.invitation(&mut at),
            top_role: self.top_role(&mut at),
            seats: self.seats(&mut at),
            leaver_keys: self.leaver_keys(&mut at),
            projects: self.projects(&mut at),
            plans: self.list(&mut at, "plans", PLANS_MAX, Self::plan),
            roles: self.list(&mut at, "roles", ROLES_MAX, Self::role),
        };
        self.end(at);
        policy
    }

    fn invitation(&mut self, policy: &mut Object<'_>) -> Invitation {
        let mut at = self.member(policy, "invitation");
        let invitation = Invitation {
            lifetime_s: self.number(&mut at, "lifetime_s", LIFETIMES_S),
            link_lifetime_s: self.number(&mut at, "link_lifetime_s", LIFETIMES_S),
        };
        self.end(at);
        invitation
    }

    fn top_role(&mut self, policy: &mut Object<'_>) -> TopRole {
        let mut at = self.member(policy, "top_role");
        let top_role = TopRole {
            holders: self.word(&mut at, "holders"),
            billed_owner: self.flag(&mut at, "billed_owner", false),
            advise_min: self.number_or_none(&mut at, "advise_min", 0..=ADVISE_MAX).unwrap_or(0),
        };
        self.end(at);
        top_role
    }

    fn seats(&mut self, policy: &mut Object<'_>) -> Seats {
        let mut at = self.member(policy, "seats");
        let mode = self.word(&mut at, "mode");
        let (place, found) = at.find("tier");
        let tier = match found {
            Found::Value(value) if !value.is_null() => Some(self.text_at(place, value, text::identifier)),
            _ => None,
        };
        self.end(at);
        Seats { mode, tier }
    }

    fn leaver_keys(&mut self, policy: &mut Object<'_>) -> LeaverKeys {
        let mut at = self.member(policy, "leaver_keys");
        let leaver_keys = LeaverKeys {
            default: self.word(&mut at, "default"),
            allowed: self.set(&mut at, "allowed", KeyFate::WORDS.len(), Self::word_at),
        };
        self.end(at);
        leaver_keys
    }

    fn projects(&mut self, policy: &mut Object<'_>) -> Projects {
        let (place, found) = policy.find("projects");
        let Found::Value(value) = found else { return Projects { guest_roles: BTreeSet::new() } };
        let mut at = self.object(place, value);
        let projects = Projects { guest_roles: self.role_names(&mut at, "guest_roles") };
        self.end(at);
        projects
    }

    fn plan(&mut self, place: String, value: &Value) -> Plan {
        let mut at = self.object(place, value);
        let plan = Plan {
            name: self.identifier(&mut at, "name"),
            title: self.text(&mut at, "title", text::name),
            seats: self.number_or_none(&mut at, "seats", 0..=SEATS_MAX),
            top_role_holders_max: self.number_or_none(&mut at, "top_role_holders_max", 1..=SEATS_MAX),
        };
        self.end(at);
        plan
    }

    fn role(&mut self, place: String, value: &Value) -> Role {
        let mut at = self.object(place, value);
        let role = Role {
            name: self.identifier(&mut at, "name"),
            title: self.text(&mut at, "title", text::name),
            description: self.text(&mut at, "description", description),
            holds_keys: self.flag(&mut at, "holds_keys", false),
            permissions: self.set(&mut at, "permissions", PERMISSIONS_MAX, Self::permission),
            invites: self.role_names(&mut at, "invites"),
            changes_from: self.role_names(&mut at, "changes_from"),
            changes_to: self.role_names(&mut at, "changes_to"),
            removes: self.role_names(&mut at, "removes"),
            steps_down_to: self.role_names(&mut at, "steps_down_to"),
        };
        self.end(at);
        role
    }

    // What documents are made of.

    fn object<'a>(&mut self, place: String, value: &'a Value) -> Object<'a> {
        let members = value.as_object();
        if members.is_none() {
            self.unreadable::<()>(&place, "a JSON object");
        }
        Object { place, members, known: Vec::new() }
    }

    fn member<'a>(&mut self, parent: &mut Object<'a>, name: &'static str) -> Object<'a> {
        let (place, found) = parent.find(name);
        match found {
            Found::Value(value) => self.object(place, value),
            Found::Absent => {
                self.missing::<()>(&place);
                Object { place, members: None, known: Vec::new() }
            }
            Found::NoObject => Object { place, members: None, known: Vec::new() },
        }
    }

    /// Notes every member that nothing asked for.
    fn end(&mut self, object: Object<'_>) {
        for name in object.members.into_iter().flat_map(Map::keys).filter(|name| !object.known.contains(&name.as_str()))
        {
            // The name comes from whoever wrote the document and goes back to them: a long one is cut.
            let name: String = name.chars().take(100).collect();
            let place = if object.place.is_empty() { name } else { format!("{}.{name}", object.place) };
            self.note(&place, MistakeKind::Unknown, "There is no such field here.");
        }
    }

    fn identifier(&mut self, at: &mut Object<'_>, name: &'static str) -> String {
        self.text(at, name, text::identifier)
    }

    fn text(&mut self, at: &mut Object<'_>, name: &'static str, rule: fn(&str) -> Result<(), TextFault>) -> String {
        let (place, found) = at.find(name);
        match found {
            Found::Value(value) => self.text_at(place, value, rule),
            Found::Absent => self.missing(&place),
            Found::NoObject => String::new(),
        }
    }

    fn text_at(&mut self, place: String, value: &Value, rule: fn(&str) -> Result<(), TextFault>) -> String {
        let Some(text) = value.as_str().map(str::trim) else { return self.unreadable(&place, "text") };
        if let Err(fault) = rule(text) {
            let kind = match fault {
                TextFault::Empty => MistakeKind::TooShort,
                TextFault::TooLong(_) => MistakeKind::TooLong,
                TextFault::ControlCharacter | TextFault::Invisible | TextFault::NotAName => MistakeKind::Invalid,
            };
            self.note(&place, kind, &format!("This {fault}."));
        }
        text.to_owned()
    }

    /// What a permission is called is looked at later, beside the permissions that there are.
    fn permission(&mut self, place: String, value: &Value) -> String {
        self.text_at(place, value, |_| Ok(()))
    }

    fn role_name(&mut self, place: String, value: &Value) -> String {
        self.text_at(place, value, text::identifier)
    }

    fn flag(&mut self, at: &mut Object<'_>, name: &'static str, default: bool) -> bool {
        let (place, found) = at.find(name);
        let Found::Value(value) = found else { return default };
        value.as_bool().unwrap_or_else(|| self.unreadable(&place, "true or false"))
    }

    fn number(&mut self, at: &mut Object<'_>, name: &'static str, range: RangeInclusive<u64>) -> u64 {
        let (place, found) = at.find(name);
        match found {
            Found::Value(value) => self.number_at(&place, value, range),
            Found::Absent => self.missing(&place),
            Found::NoObject => 0,
        }
    }

    /// A number that may be left out, or `null`.
    fn number_or_none(&mut self, at: &mut Object<'_>, name: &'static str, range: RangeInclusive<u64>) -> Option<u64> {
        let (place, found) = at.find(name);
        match found {
            Found::Value(value) if !value.is_null() => Some(self.number_at(&place, value, range)),
            _ => None,
        }
    }

    fn number_at(&mut self, place: &str, value: &Value, range: RangeInclusive<u64>) -> u64 {
        let Some(number) = value.as_u64() else { return self.unreadable(place, "a whole number, not below 0") };
        if !range.contains(&number) {
            let message = format!("This must be from {} to {}.", range.start(), range.end());
            self.note(place, MistakeKind::OutOfRange, &message);
        }
        number
    }

    fn word<T: Word>(&mut self, at: &mut Object<'_>, name: &'static str) -> T {
        let (place, found) = at.find(name);
        let word = match found {
            Found::Value(value) => return self.word_at(place, value),
            Found::Absent => self.missing(&place),
            Found::NoObject => None,
        };
        word.unwrap_or(T::STAND_IN)
    }

    fn word_at<T: Word>(&mut self, place: String, value: &Value) -> T {
        let Some(text) = value.as_str() else {
            let word: Option<T> = self.unreadable(&place, "text");
            return word.unwrap_or(T::STAND_IN);
        };
        let word = T::WORDS.iter().find(|(word, _)| *word == text).map(|(_, value)| *value);
        word.unwrap_or_else(|| {
            let words: Vec<&str> = T::WORDS.iter().map(|(word, _)| *word).collect();
            self.note(&place, MistakeKind::NotAllowed, &format!("This must be one of: {}.", words.join(", ")));
            self.unread.push(place);
            T::STAND_IN
        })
    }

    fn role_names(&mut self, at: &mut Object<'_>, name: &'static str) -> BTreeSet<String> {
        if at.members.is_some_and(|members| members.contains_key(name)) {
            return self.set(at, name, ROLES_MAX, Self::role_name);
        }
        at.known.push(name);
        BTreeSet::new()
    }

    /// A list in which the order means nothing, and nothing stands twice.
    fn set<T: Ord>(
        &mut self,
        at: &mut Object<'_>,
        name: &'static str,
        max: usize,
        read: fn(&mut Self, String, &Value) -> T,
    ) -> BTreeSet<T> {
        let mut set = BTreeSet::new();
        self.list(at, name, max, |reader, place, value| {
            let unread = reader.unread.len();
            let entry = read(reader, place.clone(), value);
            if reader.unread.len() == unread && !set.insert(entry) {
                reader.note(&place, MistakeKind::NotAllowed, "This stands in the list already.");
            }
        });
        set
    }

    fn list<T>(
        &mut self,
        at: &mut Object<'_>,
        name: &'static str,
        max: usize,
        mut read: impl FnMut(&mut Self, String, &Value) -> T,
    ) -> Vec<T> {
        let (place, found) = at.find(name);
        let value = match found {
            Found::Value(value) => value,
            Found::Absent => return self.missing(&place),
            Found::NoObject => return Vec::new(),
        };
        let Some(entries) = value.as_array() else { return self.unreadable(&place, "a list") };
        if entries.len() > max {
            self.note(&place, MistakeKind::TooLong, &format!("This must have at most {max} entries."));
            self.unread.push(place.clone());
        }
        entries.iter().take(max).enumerate().map(|(i, entry)| read(self, format!("{place}[{i}]"), entry)).collect()
    }

    fn missing<T: Default>(&mut self, place: &str) -> T {
        self.note(place, MistakeKind::Missing, "This is missing.");
        self.unread.push(place.to_owned());
        T::default()
    }

    fn unreadable<T: Default>(&mut self, place: &str, expected: &str) -> T {
        self.note(place, MistakeKind::WrongType, &format!("This must be {expected}."));
        self.unread.push(place.to_owned());
        T::default()
    }

    fn note(&mut self, place: &str, kind: MistakeKind, message: &str) {
        self.mistakes.push(PolicyMistake::new(place, kind, message));
    }
}

fn description(text: &str) -> Result<(), TextFault> {
    text::line(text, DESCRIPTION_CHARS_MAX)
}
