//! `POST /v1/orgs/{org}/deliveries/{delivery}/retry`: sends a mail once more.

use latchkey_domain::decide::mail::retry;
use latchkey_domain::facts::{MailFacts, MailState};
use latchkey_domain::{MailId, OrgId};
use latchkey_edge::change::{Answer, Decision, change};
use latchkey_edge::{Call, Problem, Reply, represent};
use latchkey_store::outbox;

pub(crate) async fn retry_delivery(call: Call) -> Result<Reply, Problem> {
    let (org, id): (OrgId, MailId) = (call.path("org")?, call.path("delivery")?);
    change(
        &call,
        async |db, ask| outbox::one(db, ask, &org, &id).await,
        |context| {
            let (actor, mail) = context.into_actor(call.now_ms())?;
            let command = retry(&actor, mail.as_ref(), call.now_ms())?;
            let mail = mail.ok_or_else(|| Problem::not_found("delivery"))?;
            let mail = if mail.is_on_its_way(call.now_ms()) { mail } else { waiting(mail, call.now_ms()) };
            Ok(Decision::Change(Box::new(command), Answer::ok(&represent::delivery(&mail))))
        },
    )
    .await
}

/// The mail as it will stand.
fn waiting(mail: MailFacts, now: i64) -> MailFacts {
    let is = MailState { state: "pending".to_owned(), last_error: None };
    MailFacts { is, attempts: 0, next_at: now, ..mail }
}
