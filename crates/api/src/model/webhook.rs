//! Webhooks, what they are told, and what became of telling them.

use serde_json::{Map, Value};

use super::{MailStatus, Target, Undelivered, representation, words};
use crate::field_types::{CursorText, Description, EventTypes, LogAfter, LogVersion, Overlap, PageLimit, WebhookUrl};
use crate::fields::request;
use crate::time::Timestamp;

words! {
    /// Whether a webhook is told of events.
    pub enum WebhookStatus {
        /// It is.
        On = "on",
        /// Somebody turned it off.
        Off = "off",
        /// It was turned off because nothing arrived for five days, or the receiver answered 410.
        Disabled = "disabled",
    }
}

request! {
    /// Makes a webhook.
    pub struct CreateWebhook {
        /// Where it goes: a name on the public internet, by https.
        pub url: WebhookUrl,
        /// The types of events that it is told of; without it, of all.
        pub types: EventTypes = EventTypes::default(),
        /// What it is for.
        pub description: Description = Description::default(),
    }
}

request! {
    /// Changes a webhook; what is not given stays.
    pub struct UpdateWebhook {
        /// Where it goes.
        pub url: Option<WebhookUrl>,
        /// The types of events that it is told of; an empty list: of all.
        pub types: Option<EventTypes>,
        /// What it is for.
        pub description: Option<Description>,
        /// Whether it is told of events. Events of the time while it was off can be replayed.
        pub on: Option<bool>,
    }
}

request! {
    /// Gives a webhook a new secret.
    pub struct RotateWebhook {
        /// For how many seconds messages are signed with the present one as well; 0: not at all.
        pub overlap_s: Overlap = Overlap::default(),
    }
}

request! {
    /// Has a webhook told once more: of one event, of all since a moment, or of all after one. One of the three must be given.
    pub struct ReplayWebhook {
        /// The version of one event.
        pub version: Option<LogVersion>,
        /// Of all events at or after this moment, up to 1,000 at a time.
        pub since: Option<Timestamp>,
        /// Of all events after the one of this version, up to 1,000 at a time: for going on after `last_version`.
        pub after: Option<LogAfter>,
    }
}

request! {
    /// Which page of the webhooks; the newest come first.
    pub struct ListWebhooks {
        /// Entries on a page.
        pub limit: PageLimit = PageLimit::default(),
        /// `next_cursor` of the page before.
        pub cursor: Option<CursorText>,
    }
}

request! {
    /// Which deliveries, and which page of them; the newest events come first.
    pub struct ListWebhookDeliveries {
        /// Only those that stand so.
        pub status: Option<Undelivered>,
        /// Entries on a page.
        pub limit: PageLimit = PageLimit::default(),
        /// `next_cursor` of the page before.
        pub cursor: Option<CursorText>,
    }
}

request! {
    /// Which events, in the order in which they happened.
    pub struct ListEvents {
        /// Only events after the one of this version.
        pub after: Option<LogAfter>,
        /// Entries on a page.
        pub limit: PageLimit = PageLimit::default(),
        /// `next_cursor` of the page before.
        pub cursor: Option<CursorText>,
    }
}

representation! {
    /// An endpoint that is told of the organization's events.
    pub struct Webhook {
        pub id: String,
        pub url: String,
        /// Empty: all.
        pub types: Vec<String>,
        pub description: String,
        pub status: WebhookStatus,
        /// Since when nothing has arrived there; `null` while what is sent arrives.
        pub failing_since: Option<Timestamp>,
        pub created_by: String,
        pub created_at: Timestamp,
        /// What messages are signed with: in the answer that makes or rotates it, `null` elsewhere.
        pub secret: Option<String>,
    }

    /// What became of telling a webhook of an event.
    pub struct WebhookDelivery {
        /// The event's version in the organization's log.
        pub version: u64,
        /// The event's id; `webhook-id` of the message.
        pub event: String,
        pub r#type: String,
        pub status: MailStatus,
        pub attempts: u64,
        /// When it was tried last.
        pub tried_at: Option<Timestamp>,
        /// How long the last try took.
        pub took_ms: Option<u64>,
        /// The status of the last answer; `null` where there was none.
        pub response_status: Option<u16>,
        /// The beginning of the last answer's body.
        pub response_body: Option<String>,
        /// Why there was no answer.
        pub error: Option<String>,
        /// When it is tried next; `null` once it arrived or was given up.
        pub next_attempt_at: Option<Timestamp>,
    }

    /// How much a replay tells again.
    pub struct Replayed {
        /// The versions of the events that are told again, where the webhook wants to hear of them.
        pub first_version: u64,
        pub last_version: u64,
        /// Whether there are later events that this replay does not tell: go on with `after`.
        pub more: bool,
    }

    /// An event, as webhooks are told of it: the body of each message.
    pub struct EventMessage {
        /// Such as `member.joined`.
        pub r#type: String,
        pub timestamp: Timestamp,
        pub data: EventData,
    }

    /// What an event is about.
    pub struct EventData {
        /// The event's id, and its message's.
        pub id: String,
        pub organization: String,
        /// Its place in the organization's log, without gaps: 1 is the creation.
        pub version: u64,
        /// The version that this webhook was told of before; `null` for the first one, and where nobody is told.
        pub previous_version: Option<u64>,
        /// The id of a user or of an API key, `operator`, `system`, or `invitation:` and the id of one.
        pub actor: String,
        pub target: Target,
        /// The membership that it is about, if it is about one.
        pub member: Option<String>,
        /// The person whom it is about, if it is about one.
        pub user: Option<String>,
        /// What changed. Empty once a person's data was erased, and where it would be larger than a message may be.
        pub details: Map<String, Value>,
    }
}
