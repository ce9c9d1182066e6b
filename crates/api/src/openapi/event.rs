//! What webhooks receive, as the document's `webhooks` says it.

use serde_json::{Value, json};

use super::reference;
use crate::field_types::told_types;
use crate::reply::JSON;

/// What webhooks receive.
pub(super) fn event() -> Value {
    let header = |name: &str, about: &str| {
        let schema = json!({"type": "string"});
        json!({"name": name, "in": "header", "required": true, "description": about, "schema": schema})
    };
    let types: Vec<&str> = told_types().chain(["webhook.tested"]).collect();
    let body = json!({"allOf": [
        reference("schemas", "EventMessage"),
        {"type": "object", "properties": {"type": {"enum": types}}},
    ]});
    json!({"post": {
        "operationId": "event",
        "tags": ["webhooks"],
        "summary": "An event happened",
        "description": "Sent to each webhook that wants to hear of it, at least once, signed as Standard Webhooks describes. Events may arrive in \
                        another order than they happened: `data.version` tells theirs.",
        "parameters": [
            header("webhook-id", "The event's id. A repetition has the same one."),
            header("webhook-timestamp", "When this was sent, in seconds since 1970."),
            header("webhook-signature", "`v1,` and Base64 of an HMAC-SHA256 over id, time and body, with the webhook's secret; several, separated by blanks."),
        ],
        "requestBody": {"required": true, "content": {JSON: {"schema": body}}},
        "responses": {
            "2XX": {"description": "It has arrived."},
            "410": {"description": "Nobody listens here any more: the webhook is turned off."},
            "default": {"description": "It is sent again later."},
        },
        "security": [],
    }})
}
