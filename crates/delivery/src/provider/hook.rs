//! A server of the operator's own: it is sent each mail, signed as Standard Webhooks describes, and does with it what it wants.

use chrono::{DateTime, SecondsFormat};
use serde::Deserialize;
use serde_json::json;

use super::{Message, Request, Sender, Verdict, json_post, later, refused};
use crate::signature::{SigningSecret, headers};

#[derive(Debug, Default, Deserialize)]
struct Answer {
    id: Option<String>,
    /// As RFC 9457 calls it.
    detail: Option<String>,
    message: Option<String>,
}

pub(super) fn request(
    url: &str,
    secret: &SigningSecret,
    message: &Message<'_>,
    sender: &Sender,
    now_s: i64,
) -> Request {
    let at = DateTime::from_timestamp(now_s, 0).map(|at| at.to_rfc3339_opts(SecondsFormat::Secs, true));
    let body = json!({
        "type": "mail.send",
        "timestamp": at,
        "data": {
            "id": message.id,
            "kind": message.kind,
            "language": message.language.tag(),
            "from": sender.from,
            "reply_to": sender.reply_to,
            "to": message.to,
            "subject": message.subject,
            "text": message.text,
            "html": message.html,
        },
    });
    let mut request = json_post(url.to_owned(), Vec::new(), &body);
    let signed = headers(std::slice::from_ref(secret), message.id, now_s, &request.body);
    request.headers.extend(signed);
    request
}

/// 422 says that the mail can never be delivered, and why; whatever else is no success is tried again.
pub(super) fn verdict(status: u16, body: &[u8]) -> Verdict {
    let answer: Answer = serde_json::from_slice(body).unwrap_or_default();
    let said = answer.detail.as_deref().or(answer.message.as_deref());
    match status {
        200..=299 => Verdict::Accepted { provider_id: answer.id },
        422 => refused(status, said),
        _ => later(status, said),
    }
}
