//! Resend, by its API of e-mails: a key as bearer, an idempotency key that it keeps for a day.

use serde::Deserialize;
use serde_json::json;

use super::{Message, Request, Sender, Verdict, json_post, later, refused};

pub(super) const URL: &str = "https://api.resend.com";

#[derive(Debug, Default, Deserialize)]
struct Answer {
    id: Option<String>,
    name: Option<String>,
    message: Option<String>,
}

pub(super) fn request(url: &str, key: &str, message: &Message<'_>, sender: &Sender) -> Request {
    let mut body = json!({
        "from": sender.from,
        "to": [message.to],
        "subject": message.subject,
        "text": message.text,
        "html": message.html,
        "tags": [{"name": "kind", "value": message.kind}],
    });
    if let (Some(reply_to), Some(body)) = (&sender.reply_to, body.as_object_mut()) {
        body.insert("reply_to".to_owned(), json!(reply_to));
    }
    let headers = vec![("authorization", format!("Bearer {key}")), ("idempotency-key", message.id.to_owned())];
    json_post(format!("{url}/emails"), headers, &body)
}

pub(super) fn verdict(status: u16, body: &[u8]) -> Verdict {
    let answer: Answer = serde_json::from_slice(body).unwrap_or_default();
    let said = answer.message.as_deref();
    match (status, answer.name.as_deref()) {
        (200..=299, _) => Verdict::Accepted { provider_id: answer.id },
        // The key was used for a mail that read a little different: an earlier try had arrived.
        (409, Some("invalid_idempotent_request")) => Verdict::Accepted { provider_id: None },
        // Whatever else it finds wrong is wrong with every mail, and may be put right: only this is about the reader.
        (400 | 422, _) if said.is_some_and(|said| said.contains("`to`")) => refused(status, said),
        _ => later(status, said),
    }
}
