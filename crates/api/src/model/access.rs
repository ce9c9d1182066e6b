//! Who may do what: the requests and answers of the OpenID AuthZEN Authorization API 1.0, a member's restrictions, and all that a
//! member may.

use std::collections::{BTreeMap, BTreeSet};

use latchkey_domain::access::{Question, Resource, Subject};
use latchkey_domain::facts::Restrictions;
use serde_json::{Map, Value};

use super::{MemberStatus, representation};
use crate::access::{Asked, Id, Reading, SearchPage};
use crate::field_types::RestrictionMap;
use crate::fields::{Fields, Request, request};
use crate::problem::Problem;
use crate::time::Timestamp;

/// One question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccessEvaluation(pub Question);

/// Several questions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccessEvaluations(pub Asked);

/// Who may do something to a resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SubjectSearch {
    pub kind: String,
    pub action: String,
    pub resource: Resource,
    pub page: SearchPage,
}

/// What a subject may do something to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResourceSearch {
    pub subject: Subject,
    pub action: String,
    /// Without an id.
    pub resource: Resource,
    /// Only within this organization.
    pub within: Option<String>,
    pub page: SearchPage,
}

/// What a subject may do to a resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActionSearch {
    /// Without an action.
    pub question: Question,
    pub page: SearchPage,
}

/// A request of the standard: read in its own way, and described as the standard has it.
macro_rules! of_the_standard {
    ($($name:ident: |$reading:ident| $read:expr, $schema:tt;)+) => {$(
        impl Request for $name {
            const NAME: &'static str = stringify!($name);

            fn read(_: &mut Fields<'_>) -> Option<Self> {
                None
            }

            fn from_json(bytes: &[u8]) -> Result<Self, Problem> {
                let mut reading = Reading::of(bytes)?;
                let $reading = &mut reading;
                let read = $read;
                reading.finish(read)
            }
        }

        #[cfg(feature = "openapi")]
        impl schemars::JsonSchema for $name {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                schema::$schema()
            }
        }
    )+};
}

of_the_standard! {
    AccessEvaluation: |reading| reading.one().map(Self), evaluation;
    AccessEvaluations: |reading| reading.questions().map(Self), evaluations;
    SubjectSearch: |reading| {
        let (subject, action) = (reading.own_subject(Id::Ignored), reading.own_action());
        let (resource, page) = (reading.own_resource(Id::Needed), reading.page(Self::NAME));
        subject.zip(action).zip(resource).zip(page)
            .map(|(((subject, action), resource), page)| Self { kind: subject.kind, action, resource, page })
    }, subject_search;
    ResourceSearch: |reading| {
        let (subject, action) = (reading.own_subject(Id::Needed), reading.own_action());
        let (resource, page) = (reading.sought_resource(), reading.page(Self::NAME));
        subject.zip(action).zip(resource).zip(page)
            .map(|(((subject, action), (resource, within)), page)| Self { subject, action, resource, within, page })
    }, resource_search;
    ActionSearch: |reading| {
        let (subject, resource) = (reading.own_subject(Id::Needed), reading.own_resource(Id::Needed));
        subject.zip(resource).zip(reading.page(Self::NAME)).map(|((subject, resource), page)| {
            Self { question: Question { subject, action: String::new(), resource }, page }
        })
    }, action_search;
}

request! {
    /// Limits permissions of a member to some resources, in place of those limited before.
    pub struct SetRestrictions {
        /// The resources by the permission's name, as the host product calls them; what is not named is not restricted.
        pub restrictions: RestrictionMap,
    }
}

representation! {
    /// Permissions of a member that are limited to some resources.
    pub struct MemberRestrictions {
        pub restrictions: Restrictions,
    }

    /// An answer, and why.
    pub struct AccessDecision {
        /// Whether it is allowed.
        pub decision: bool,
        pub context: AccessContext,
    }

    /// The answers to several questions in their order, up to the one that ended them; or, to a request without
    /// `evaluations`, the one answer.
    pub struct AccessDecisions {
        #[serde(skip_serializing_if = "Option::is_none")]
        pub decision: Option<bool>,
        #[serde(skip_serializing_if = "Option::is_none")]
        pub context: Option<AccessContext>,
        #[serde(skip_serializing_if = "Option::is_none")]
        pub evaluations: Option<Vec<AccessDecision>>,
    }

    /// Why an answer is what it is. Where the asker may know no more, only the reason.
    pub struct AccessContext {
        /// A stable word: `granted`, `not_granted`, `restricted`, `outside_scopes`, `outside_project`, `key_revoked`, `key_expired`,
        /// `unknown_permission`, `not_a_member`, `unknown_subject_type`, `organization_missing`, `unknown_organization`,
        /// `unknown_project` or `not_yours_to_ask`.
        pub reason: String,
        /// The permission asked about.
        #[serde(skip_serializing_if = "Option::is_none")]
        pub permission: Option<String>,
        #[serde(skip_serializing_if = "Option::is_none")]
        pub organization: Option<String>,
        /// The project asked about. With `via` other than `project`, it inherits the role in the organization.
        #[serde(skip_serializing_if = "Option::is_none")]
        pub project: Option<String>,
        /// The membership of the organization; of a key its holder's.
        #[serde(skip_serializing_if = "Option::is_none")]
        pub member: Option<String>,
        /// The membership of the project by itself.
        #[serde(skip_serializing_if = "Option::is_none")]
        pub project_member: Option<String>,
        /// The API key, where it is the subject.
        #[serde(skip_serializing_if = "Option::is_none")]
        pub api_key: Option<String>,
        /// The role that decided.
        #[serde(skip_serializing_if = "Option::is_none")]
        pub role: Option<String>,
        /// The rules that decided: the cell is this role and this permission.
        #[serde(skip_serializing_if = "Option::is_none")]
        pub policy: Option<PolicyRef>,
        /// Through what the role comes: `role` in the organization, `project` for a role in the project only, `key`.
        #[serde(skip_serializing_if = "Option::is_none")]
        pub via: Option<String>,
        /// Where the permission is restricted for this member: `listed` when the resource is among those that it goes for,
        /// otherwise `not_listed`.
        #[serde(skip_serializing_if = "Option::is_none")]
        pub restriction: Option<String>,
        /// The named limits that hold for the member.
        #[serde(skip_serializing_if = "BTreeMap::is_empty")]
        pub limits: BTreeMap<String, u64>,
        /// The events that made it so: the rules, the role, the restrictions, the key.
        #[serde(skip_serializing_if = "Vec::is_empty")]
        pub events: Vec<String>,
    }

    /// Rules, by the name of the policy and the hash of its document, which is kept for good.
    pub struct PolicyRef {
        pub name: String,
        pub hash: String,
    }

    /// All that a member may, and why.
    pub struct MemberAccess {
        pub member: String,
        pub user: String,
        /// Whoever is not in the organization any more may nothing.
        pub status: MemberStatus,
        /// The role that the permissions come from.
        pub role: String,
        pub policy: PolicyRef,
        pub permissions: Vec<MemberPermission>,
        /// The named limits that hold for the member.
        pub limits: BTreeMap<String, u64>,
        /// The single projects that the person is in besides; their other projects inherit the role. At most 200, the newest first.
        pub projects: Vec<ProjectAccess>,
        /// The active API keys that the member holds. At most 200, the newest first.
        pub api_keys: Vec<KeyAccess>,
    }

    /// A permission of a member, and why.
    pub struct MemberPermission {
        /// Its name.
        pub permission: String,
        /// The only resources that it goes for; `null` for all of them.
        pub resources: Option<BTreeSet<String>>,
        /// The events that gave it: the rules, the role, the restriction.
        pub events: Vec<String>,
    }

    /// What a person may in one project, by a role there.
    pub struct ProjectAccess {
        pub project: String,
        pub project_member: String,
        pub role: String,
        pub permissions: Vec<String>,
        /// The events that gave it: the rules, the role.
        pub events: Vec<String>,
    }

    /// What a key may in its holder's name.
    pub struct KeyAccess {
        pub id: String,
        pub name: String,
        /// The only project it is good for.
        pub project: Option<String>,
        pub expires_at: Option<Timestamp>,
        /// Limited to the same resources as the holder's.
        pub permissions: Vec<String>,
        /// The events that gave it: the rules, the holder's role, the key's bounds.
        pub events: Vec<String>,
    }

    /// Subjects that may.
    pub struct FoundSubjects {
        pub page: FoundPage,
        pub context: SearchContext,
        pub results: Vec<FoundSubject>,
    }

    /// Resources that a subject may do something to, as far as they are known here: organizations, projects, and those that a
    /// restriction lists.
    pub struct FoundResources {
        pub page: FoundPage,
        pub context: SearchContext,
        pub results: Vec<FoundResource>,
    }

    /// Permissions that a subject has for a resource.
    pub struct FoundActions {
        pub page: FoundPage,
        pub context: SearchContext,
        pub results: Vec<FoundAction>,
    }

    /// Where a search goes on.
    pub struct FoundPage {
        /// Send it as `page.token`; empty on the last page.
        pub next_token: String,
        /// Results on this page.
        pub count: u64,
    }

    /// What else there is to say of a search.
    pub struct SearchContext {
        /// `found`; `every_resource`, when the subject may do it to every resource of the kind, also those that are not known here;
        /// or why there is nothing: `nothing_known`, `unknown_subject_type`, `not_yours_to_ask`, `organization_missing`,
        /// `unknown_organization`, `unknown_project`, and where actions are searched the other reasons of an evaluation.
        pub reason: String,
    }

    /// Somebody who may.
    pub struct FoundSubject {
        pub r#type: String,
        pub id: String,
    }

    /// Something that the subject may do it to.
    pub struct FoundResource {
        pub r#type: String,
        pub id: String,
        /// `organization`: where it is.
        pub properties: Map<String, Value>,
    }

    /// Something that the subject may do.
    pub struct FoundAction {
        /// The name of a permission.
        pub name: String,
    }

    /// What answers here, for clients of the Authorization API.
    pub struct AccessConfiguration {
        pub policy_decision_point: String,
        pub access_evaluation_endpoint: String,
        pub access_evaluations_endpoint: String,
        pub search_subject_endpoint: String,
        pub search_resource_endpoint: String,
        pub search_action_endpoint: String,
    }
}

/// The schemas of the standard's requests. What is not named is ignored.
#[cfg(feature = "openapi")]
mod schema {
    use schemars::{Schema, json_schema};
    use serde_json::{Value, json};

    use crate::limits::{ACCESS_QUESTIONS_MAX, ACCESS_TEXT_CHARS_MAX};

    fn text(about: &str) -> Value {
        json!({"type": "string", "maxLength": ACCESS_TEXT_CHARS_MAX, "description": about})
    }

    fn subject() -> Value {
        json!({
            "type": "object", "required": ["type", "id"],
            "properties": {
                "type": text("`user`, `member` or `api_key`; a subject of another type may nothing."),
                "id": text("The id of a user, a member or an API key."),
                "properties": {"type": "object"},
            },
        })
    }

    fn action() -> Value {
        json!({
            "type": "object", "required": ["name"],
            "properties": {"name": text("The name of a permission, such as `theme.download`."), "properties": {"type": "object"}},
        })
    }

    fn resource() -> Value {
        json!({
            "type": "object", "required": ["type", "id"],
            "properties": {
                "type": text("`organization`, `project`, or a type of the host product."),
                "id": text("The id of an organization or a project, or of the host product's resource."),
                "properties": {
                    "type": "object",
                    "properties": {
                        "organization": text("Where the host product's resource belongs."),
                        "project": text("The project that it is in, if any."),
                    },
                },
            },
        })
    }

    /// Without what a search looks for.
    fn sought(mut entity: Value) -> Value {
        if let Some(entity) = entity.as_object_mut() {
            entity.insert("required".to_owned(), json!(["type"]));
        }
        entity
    }

    fn page() -> Value {
        json!({
            "type": "object",
            "properties": {
                "token": {"type": "string", "description": "`next_token` of the page before, with the same entities."},
                "limit": {"type": "integer", "minimum": 0, "description": "The most results of a page."},
            },
        })
    }

    pub(super) fn evaluation() -> Schema {
        json_schema!({
            "type": "object", "description": "One question.", "required": ["subject", "action", "resource"],
            "properties": {"subject": subject(), "action": action(), "resource": resource(), "context": {"type": "object"}},
        })
    }

    pub(super) fn evaluations() -> Schema {
        let entry = json!({
            "type": "object",
            "properties": {"subject": subject(), "action": action(), "resource": resource(), "context": {"type": "object"}},
        });
        json_schema!({
            "type": "object",
            "description": "Several questions. What stands beside `evaluations` goes for each that does not say otherwise; without \
                `evaluations`, it is one question.",
            "properties": {
                "subject": subject(), "action": action(), "resource": resource(), "context": {"type": "object"},
                "evaluations": {"type": "array", "maxItems": ACCESS_QUESTIONS_MAX, "items": entry},
                "options": {
                    "type": "object",
                    "properties": {
                        "evaluations_semantic": {
                            "type": "string", "enum": ["execute_all", "deny_on_first_deny", "permit_on_first_permit"],
                            "default": "execute_all",
                        },
                    },
                },
            },
        })
    }

    pub(super) fn subject_search() -> Schema {
        json_schema!({
            "type": "object", "description": "Who may do something to a resource.", "required": ["subject", "action", "resource"],
            "properties": {
                "subject": sought(subject()), "action": action(), "resource": resource(), "context": {"type": "object"},
                "page": page(),
            },
        })
    }

    pub(super) fn resource_search() -> Schema {
        json_schema!({
            "type": "object", "description": "What a subject may do something to.", "required": ["subject", "action", "resource"],
            "properties": {
                "subject": subject(), "action": action(), "resource": sought(resource()), "context": {"type": "object"},
                "page": page(),
            },
        })
    }

    pub(super) fn action_search() -> Schema {
        json_schema!({
            "type": "object", "description": "What a subject may do to a resource.", "required": ["subject", "resource"],
            "properties": {"subject": subject(), "resource": resource(), "context": {"type": "object"}, "page": page()},
        })
    }
}
