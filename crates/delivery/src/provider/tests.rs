#![allow(clippy::indexing_slicing, reason = "a test fails by panicking")]

use serde_json::{Value, json};

use super::*;

const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

fn provider(name: &str) -> Provider {
    let key = if name == "hook" { SECRET } else { "the-key" };
    let url = if name == "hook" { "http://127.0.0.1:9/mail" } else { "" };
    Provider::named(name, url, key).unwrap_or_else(|fault| unreachable!("{fault:?}"))
}

fn sent(name: &str) -> (Request, Value) {
    sent_as(name, "invitation:inv_1:1")
}

fn sent_as(name: &str, id: &str) -> (Request, Value) {
    let message = Message {
        id,
        kind: "invitation",
        to: "grace@example.com",
        subject: "Hello",
        text: "text",
        html: "<p>html",
        language: Language::English,
    };
    let sender = Sender { from: "Acme <hello@acme.test>".to_owned(), reply_to: Some("help@acme.test".to_owned()) };
    let request = provider(name).request(&message, &sender, 1_795_000_000);
    let body = serde_json::from_slice(&request.body).unwrap_or_default();
    (request, body)
}

fn header<'a>(request: &'a Request, name: &str) -> &'a str {
    request.headers.iter().find(|(own, _)| *own == name).map(|(_, value)| value.as_str()).unwrap_or_default()
}

#[test]
fn resend_is_asked_as_its_pages_say() {
    let (request, body) = sent("resend");
    assert_eq!(request.url, "https://api.resend.com/emails");
    assert_eq!(header(&request, "authorization"), "Bearer the-key");
    assert_eq!(header(&request, "idempotency-key"), "invitation:inv_1:1");
    assert_eq!(body["to"], json!(["grace@example.com"]));
    assert_eq!(body["reply_to"], "help@acme.test");
    assert_eq!(body["html"], "<p>html");
}

#[test]
fn postmark_is_asked_as_its_pages_say() {
    let (request, body) = sent("postmark");
    assert_eq!(request.url, "https://api.postmarkapp.com/email");
    assert_eq!(header(&request, "x-postmark-server-token"), "the-key");
    assert_eq!(body["To"], "grace@example.com");
    assert_eq!(body["ReplyTo"], "help@acme.test");
    assert_eq!(body["Metadata"]["id"], "invitation:inv_1:1");
    // A longer one would be refused, and the mail with it.
    let member = "mem_019aa7c0d2b37e0f8a3f5b1c2d3e4f50";
    let (_, body) = sent_as("postmark", &format!("owner_left:{member}:1:{member}"));
    assert_eq!(body.get("Metadata"), None);
}

#[test]
fn a_hook_is_sent_the_mail_with_a_signature() {
    let (request, body) = sent("hook");
    assert_eq!(request.url, "http://127.0.0.1:9/mail");
    assert_eq!(body["data"]["to"], "grace@example.com");
    assert_eq!(body["timestamp"], "2026-11-18T11:06:40Z");
    let secret = SigningSecret::parse(SECRET).unwrap_or_else(|| unreachable!());
    assert!(secret.verifies(header(&request, "webhook-signature"), "invitation:inv_1:1", 1_795_000_000, &request.body));
}

#[test]
fn what_answers_mean() {
    let table: &[(&str, u16, &str, &str)] = &[
        ("resend", 200, r#"{"id":"re_1"}"#, "accepted re_1"),
        ("resend", 409, r#"{"name":"invalid_idempotent_request"}"#, "accepted -"),
        (
            "resend",
            409,
            r#"{"name":"concurrent_idempotent_requests","message":"at work"}"#,
            "later the mail provider answered 409: at work",
        ),
        (
            "resend",
            422,
            r#"{"name":"validation_error","message":"Invalid `to` field."}"#,
            "refused Invalid `to` field.",
        ),
        ("resend", 401, "", "later the mail provider refuses the key it was given"),
        ("resend", 429, "", "slower"),
        (
            "resend",
            422,
            r#"{"message":"Invalid `from` field."}"#,
            "later the mail provider answered 422: Invalid `from` field.",
        ),
        (
            "resend",
            403,
            r#"{"message":"only to op@example.com"}"#,
            "later the mail provider refuses the key it was given: only to op@example.com",
        ),
        ("resend", 500, "<html>", "later the mail provider answered 500"),
        ("postmark", 200, r#"{"ErrorCode":0,"MessageID":"pm_1"}"#, "accepted pm_1"),
        ("postmark", 422, r#"{"ErrorCode":406,"Message":"inactive recipient"}"#, "refused inactive recipient"),
        (
            "postmark",
            422,
            r#"{"ErrorCode":300,"Message":"Invalid 'To' address: 'x'."}"#,
            "refused Invalid 'To' address: 'x'.",
        ),
        (
            "postmark",
            422,
            r#"{"ErrorCode":300,"Message":"Invalid 'From' address: 'x'."}"#,
            "later the mail provider answered 422: Invalid 'From' address: 'x'.",
        ),
        (
            "postmark",
            422,
            r#"{"ErrorCode":405,"Message":"not allowed to send"}"#,
            "later the mail provider answered 422: not allowed to send",
        ),
        ("postmark", 401, r#"{"ErrorCode":10}"#, "later the mail provider refuses the key it was given"),
        ("hook", 202, "", "accepted -"),
        ("hook", 200, r#"{"id":"x"}"#, "accepted x"),
        ("hook", 422, r#"{"detail":"mailbox full"}"#, "refused mailbox full"),
        ("hook", 404, "", "later the mail provider answered 404"),
        ("hook", 302, "", "later the mail provider answered 302"),
    ];
    for (name, status, body, meaning) in table {
        let verdict = match provider(name).verdict(*status, None, body.as_bytes()) {
            Verdict::Accepted { provider_id } => format!("accepted {}", provider_id.as_deref().unwrap_or("-")),
            Verdict::Later { reason, said: Some(said), .. } => format!("later {reason}: {said}"),
            Verdict::Later { reason, .. } => format!("later {reason}"),
            Verdict::Slower { .. } => "slower".to_owned(),
            Verdict::Refused { reason } => format!("refused {reason}"),
        };
        assert_eq!(verdict, *meaning, "{name} {status} {body}");
    }
}

#[test]
fn a_provider_may_say_when_to_come_back() {
    let after = |header| match provider("resend").verdict(429, header, b"") {
        Verdict::Slower { after_s } => after_s,
        other => unreachable!("{other:?}"),
    };
    assert_eq!(after(Some(" 7 ")), Some(7));
    assert_eq!(after(Some("Wed, 21 Oct 2026 07:28:00 GMT")), None);
    assert_eq!(after(Some("99999999999")), Some(24 * 3600), "but not for years");
    assert_eq!(after(None), None);
}

#[test]
fn what_a_provider_needs_is_named_when_it_is_missing() {
    let fault = |name, url, key| Provider::named(name, url, key).err().map(|fault| fault.variable);
    assert_eq!(fault("pigeon", "", "k"), Some("mail_provider"));
    assert_eq!(fault("resend", "", ""), Some("mail_key"));
    assert_eq!(fault("postmark", "ftp://x", "k"), Some("mail_url"));
    assert_eq!(fault("hook", "", SECRET), Some("mail_url"));
    assert_eq!(fault("hook", "https://x.example/", "k"), Some("mail_key"));
    assert_eq!(fault("hook", "https://x.example/", SECRET), None);
}
