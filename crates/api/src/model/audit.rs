//! What happened in an organization: its log, and its activity.

use latchkey_domain::{ApiKeyId, MemberId, ProjectId};
use serde_json::{Map, Value};

use super::{representation, words};
use crate::field_types::{
    ActivityType, ActorId, CursorText, EventType, FreeData, IpAddress, ItemKey, ItemList, PageLimit, ReportedTarget,
    SearchText, TargetId, UserAgent,
};
use crate::fields::{Fields, Request as _, request};
use crate::problem::{FieldError, Problem};
use crate::time::Timestamp;

words! {
    /// What an entry of the audit log is.
    pub enum AuditKind {
        /// What changed the organization.
        Event = "event",
        /// What happened in it without changing it.
        Activity = "activity",
    }
}

words! {
    /// In which order entries are listed.
    pub enum AuditOrder {
        Newest = "newest",
        Oldest = "oldest",
    }
}

words! {
    /// How an export is written.
    pub enum ExportFormat {
        /// One JSON object a line.
        Ndjson = "ndjson",
        /// RFC 4180, with a header line. What a spreadsheet would take for a formula begins with an apostrophe.
        Csv = "csv",
    }
}

request! {
    /// Which entries, and which page of them.
    pub struct ListAudit {
        /// Only events, or only activity.
        pub kind: Option<AuditKind>,
        /// Only what this actor did: `actor.id` of an entry.
        pub actor: Option<ActorId>,
        /// Only entries of this type.
        pub r#type: Option<EventType>,
        /// Only what was done to this: `target.id` of an entry.
        pub target: Option<TargetId>,
        /// Only what concerns this project, its members and invitations into it.
        pub project: Option<ProjectId>,
        /// Only what people did, or was done to them, whose name or address has a word that begins so; also of people who have left.
        pub search: Option<SearchText>,
        /// Only entries at or after this moment.
        pub since: Option<Timestamp>,
        /// Only entries before this moment.
        pub until: Option<Timestamp>,
        /// The newest first, or the oldest.
        pub order: AuditOrder = AuditOrder::Newest,
        /// Entries on a page.
        pub limit: PageLimit = PageLimit::default(),
        /// `next_cursor` of the page before.
        pub cursor: Option<CursorText>,
    }
}

request! {
    /// Which entries, and how they are written; the oldest come first.
    pub struct ExportAudit {
        /// Lines of JSON, or CSV.
        pub format: ExportFormat = ExportFormat::Ndjson,
        /// Only events, or only activity.
        pub kind: Option<AuditKind>,
        /// Only what this actor did: `actor.id` of an entry.
        pub actor: Option<ActorId>,
        /// Only entries of this type.
        pub r#type: Option<EventType>,
        /// Only what was done to this: `target.id` of an entry.
        pub target: Option<TargetId>,
        /// Only what concerns this project, its members and invitations into it.
        pub project: Option<ProjectId>,
        /// Only what people did, or was done to them, whose name or address has a word that begins so; also of people who have left.
        pub search: Option<SearchText>,
        /// Only entries at or after this moment.
        pub since: Option<Timestamp>,
        /// Only entries before this moment.
        pub until: Option<Timestamp>,
        /// The `cursor` of the last entry received, to go on after it.
        pub cursor: Option<CursorText>,
    }
}

request! {
    /// What happened in the host product, up to a thousand items at once.
    pub struct ReportActivity {
        pub items: ItemList,
    }
}

request! {
    /// One thing that happened.
    pub struct ActivityItem {
        /// Your own id of it, by which it is recorded once, however often it is reported.
        pub id: Option<ItemKey>,
        /// What happened, such as `theme.download`. The types of events, and those that begin with `api_key.`, are Latchkey's own.
        pub r#type: ActivityType,
        /// When; now, unless said otherwise. Not older than activity is kept.
        pub at: Option<Timestamp>,
        /// The member who acted. Without a member and a key, whoever reports acted.
        pub member: Option<MemberId>,
        /// The API key that acted, in its holder's name.
        pub key: Option<ApiKeyId>,
        /// What it was done to.
        pub target: Option<ReportedTarget>,
        /// The project it concerns.
        pub project: Option<ProjectId>,
        /// Where it came from.
        pub ip: Option<IpAddress>,
        pub user_agent: Option<UserAgent>,
        /// Whatever else there is to say.
        pub data: Option<FreeData>,
    }
}

impl ReportActivity {
    /// The items, each read by itself.
    ///
    /// # Errors
    /// 422 with every wrong field of every item, by its place: `items[3].ip`.
    pub fn items(&self) -> Result<Vec<ActivityItem>, Problem> {
        let (mut items, mut errors) = (Vec::new(), Vec::new());
        for (place, value) in self.items.0.iter().enumerate() {
            let read = match value.as_object() {
                Some(members) => ActivityItem::from_fields(Fields::of_object(members)),
                None => Err(Problem::field("", "wrong_type", "This must be a JSON object.")),
            };
            match read {
                Ok(item) if item.member.is_some() && item.key.is_some() => {
                    errors.push(fault(place, "key", "not_allowed", "Name either a member or a key, not both."));
                }
                Ok(item) => items.push(item),
                Err(problem) => {
                    errors.extend(
                        problem.errors.into_iter().map(|error| fault(place, &error.field, error.code, error.message)),
                    );
                }
            }
        }
        if errors.is_empty() { Ok(items) } else { Err(Problem::invalid(errors)) }
    }
}

/// A wrong field of the item at `place`.
pub fn fault(place: usize, field: &str, code: &'static str, message: impl Into<String>) -> FieldError {
    let dot = if field.is_empty() { "" } else { "." };
    FieldError { field: format!("items[{place}]{dot}{field}"), code, message: message.into() }
}

words! {
    /// What became of one item of a report.
    pub enum ActivityOutcome {
        Recorded = "recorded",
        /// An item of that id was recorded before, or stands before it in the report.
        Repeated = "repeated",
        /// The organization never had such a member.
        UnknownMember = "unknown_member",
        /// The organization never had such a key.
        UnknownKey = "unknown_key",
        /// The organization never had such a project.
        UnknownProject = "unknown_project",
    }
}

representation! {
    /// What became of a report.
    pub struct ReportedActivity {
        /// One entry an item, in their order.
        pub data: Vec<ReportedItem>,
        /// How many were recorded.
        pub recorded: u64,
    }

    /// What became of one item.
    pub struct ReportedItem {
        /// The reporter's own id, if it had one.
        pub id: Option<String>,
        pub outcome: ActivityOutcome,
        /// The entry in the audit log; only of an item that was recorded now.
        pub activity: Option<String>,
    }

    /// One entry of the audit log: an event, which changed the organization, or activity, which did not.
    pub struct AuditEntry {
        pub kind: AuditKind,
        pub id: String,
        /// An event's place in the log, without gaps: 1 is the creation.
        pub version: Option<u64>,
        pub r#type: String,
        /// The moment that the machine which wrote it, or who reported it, claims.
        pub at: Timestamp,
        /// The same, but of an event never earlier than that of any event before it. The list is in this order.
        pub effective_at: Timestamp,
        pub actor: Actor,
        /// Of activity: the membership in whose name it was, the member's own or that of the key's holder.
        pub member: Option<String>,
        pub target: Option<Target>,
        /// Of activity: the project it concerns.
        pub project: Option<String>,
        /// Of activity: where it came from.
        pub ip: Option<String>,
        pub user_agent: Option<String>,
        /// What changed, or what was reported. Empty once a person's data was erased.
        pub data: Map<String, Value>,
        /// Of activity: when it was reported.
        pub received_at: Option<Timestamp>,
        /// The event's leaf in the organization's Merkle tree, in hexadecimal.
        pub leaf_hash: Option<String>,
    }

    /// Who did something.
    pub struct Actor {
        /// The id of a user or of an API key, `operator`, `billing`, `system`, or `invitation:` and the id of one: the bearer of its token.
        pub id: String,
        /// `user`, `api_key`, `operator`, `billing`, `system` or `invitation`.
        pub kind: String,
        /// The name of the person, or of the key.
        pub display_name: Option<String>,
        pub email: Option<String>,
    }

    /// What something was done to.
    pub struct Target {
        pub r#type: String,
        pub id: String,
    }
}
