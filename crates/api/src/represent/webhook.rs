//! Webhooks, and events as they are told of them.

use latchkey_domain::WebhookId;
use latchkey_domain::event::WebhookCreated;
use latchkey_domain::facts::WebhookFacts;
use latchkey_store::webhook::{Delivery, Told};

use super::{kind_of, mail_status, public};
use crate::Timestamp;
use crate::limits::WEBHOOK_BODY_BYTES_MAX;
use crate::model::{EventData, EventMessage, Target, Webhook, WebhookDelivery, WebhookStatus};

/// A webhook as it stands.
pub fn webhook(webhook: &WebhookFacts) -> Webhook {
    Webhook {
        id: webhook.id.to_string(),
        url: webhook.url.clone(),
        types: webhook.types.iter().cloned().collect(),
        description: webhook.description.clone(),
        // The column's CHECK knows no other word.
        status: WebhookStatus::parse(&webhook.status).unwrap_or(WebhookStatus::Disabled),
        failing_since: webhook.failing_since.map(Timestamp),
        created_by: webhook.created_by.to_string(),
        created_at: Timestamp(webhook.created_at),
        secret: None,
    }
}

/// A webhook that is being made, effective at `at`; its secret is put in when it is shown.
pub fn new_webhook(id: &WebhookId, created: &WebhookCreated, at: i64) -> Webhook {
    Webhook {
        id: id.to_string(),
        url: created.url.clone(),
        types: created.types.iter().cloned().collect(),
        description: created.description.clone(),
        status: WebhookStatus::On,
        failing_since: None,
        created_by: created.created_by.to_string(),
        created_at: Timestamp(at),
        secret: None,
    }
}

/// What became of telling a webhook.
pub fn webhook_delivery(delivery: &Delivery) -> WebhookDelivery {
    let is_due = matches!(delivery.state.as_str(), "pending" | "failed");
    WebhookDelivery {
        version: delivery.version,
        event: delivery.event.clone(),
        r#type: delivery.kind.clone(),
        status: mail_status(&delivery.state),
        attempts: delivery.attempts,
        tried_at: delivery.tried_at.map(Timestamp),
        took_ms: delivery.took_ms.and_then(|took| u64::try_from(took).ok()),
        response_status: delivery.status,
        response_body: delivery.answer.clone(),
        error: delivery.error.clone(),
        next_attempt_at: Some(Timestamp(delivery.next_at)).filter(|_| is_due),
    }
}

/// An event as others are told of it.
pub fn event_message(told: Told, previous_version: Option<u64>) -> EventMessage {
    EventMessage {
        r#type: told.kind,
        timestamp: Timestamp(told.effective_at),
        data: EventData {
            id: told.id,
            organization: told.org.to_string(),
            version: told.version,
            previous_version,
            actor: told.actor,
            target: Target { r#type: kind_of(&told.target).to_owned(), id: told.target },
            member: told.member,
            user: told.user,
            details: public(told.data),
        },
    }
}

/// The body of a message. What would be too large for a message is left out; whoever is told can read it.
pub fn message_body(mut message: EventMessage) -> Vec<u8> {
    let body = serde_json::to_vec(&message).unwrap_or_default();
    if body.len() <= WEBHOOK_BODY_BYTES_MAX {
        return body;
    }
    message.data.details.clear();
    serde_json::to_vec(&message).unwrap_or_default()
}
