//! Postmark, by its API of single e-mails. It has no idempotency keys; an id that is short enough travels as metadata.

use serde::Deserialize;
use serde_json::json;

use super::{Message, Request, Sender, Verdict, json_post, later, refused};

pub(super) const URL: &str = "https://api.postmarkapp.com";

/// Of Postmark's list of codes: something in the request is not well formed; the reader's address bounced or complained before.
const INVALID: i64 = 300;
const INACTIVE: i64 = 406;

/// The longest value of metadata.
const METADATA_CHARS_MAX: usize = 80;

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Answer {
    error_code: Option<i64>,
    message: Option<String>,
    #[serde(rename = "MessageID")]
    message_id: Option<String>,
}

pub(super) fn request(url: &str, key: &str, message: &Message<'_>, sender: &Sender) -> Request {
    let mut body = json!({
        "From": sender.from,
        "To": message.to,
        "Subject": message.subject,
        "TextBody": message.text,
        "HtmlBody": message.html,
        "MessageStream": "outbound",
        "Tag": message.kind,
    });
    if let (true, Some(body)) = (message.id.len() <= METADATA_CHARS_MAX, body.as_object_mut()) {
        body.insert("Metadata".to_owned(), json!({"id": message.id}));
    }
    if let (Some(reply_to), Some(body)) = (&sender.reply_to, body.as_object_mut()) {
        body.insert("ReplyTo".to_owned(), json!(reply_to));
    }
    let headers = vec![("x-postmark-server-token", key.to_owned()), ("accept", "application/json".to_owned())];
    json_post(format!("{url}/email"), headers, &body)
}

pub(super) fn verdict(status: u16, body: &[u8]) -> Verdict {
    let answer: Answer = serde_json::from_slice(body).unwrap_or_default();
    let said = answer.message.as_deref();
    match (status, answer.error_code) {
        (200..=299, None | Some(0)) => Verdict::Accepted { provider_id: answer.message_id },
        (_, Some(INACTIVE)) => refused(status, said),
        // Whatever else is not well formed is so in every mail, and may be put right: only this is about the reader.
        (_, Some(INVALID)) if said.is_some_and(|said| said.contains("'To'")) => refused(status, said),
        _ => later(status, said),
    }
}
