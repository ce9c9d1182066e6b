//! Postmark, by its API of single e-mails. It has no idempotency keys; the id travels as metadata.

use serde::Deserialize;
use serde_json::json;

use super::{Message, Request, Sender, Verdict, json_post, reason};

pub(super) const URL: &str = "https://api.postmarkapp.com";

/// An address or a mail that will never be taken, by Postmark's list of codes: not well formed, and bounced or complained before.
const REFUSED: [i64; 2] = [300, 406];

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
        "Metadata": {"id": message.id},
    });
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
        (_, Some(code)) if REFUSED.contains(&code) => Verdict::Refused { reason: reason(status, said) },
        _ => Verdict::Later { reason: reason(status, said), after_s: None },
    }
}
