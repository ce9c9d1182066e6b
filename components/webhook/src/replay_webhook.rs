//! `POST /v1/orgs/{org}/webhooks/{webhook}/replay`: tells a webhook once more.

use latchkey_domain::decide::webhook::{REPLAY_EVENTS_MAX, replay};
use latchkey_domain::event::WebhookReplayed;
use latchkey_domain::{OrgId, Refusal, WebhookId};
use latchkey_edge::change::{Answer, Decision, change};
use latchkey_edge::model::{ReplayWebhook, Replayed};
use latchkey_edge::{Call, Problem, Reply};
use latchkey_store::webhook;

pub(crate) async fn replay_webhook(call: Call) -> Result<Reply, Problem> {
    let (org, id): (OrgId, WebhookId) = (call.path("org")?, call.path("webhook")?);
    let request: ReplayWebhook = call.body()?;
    let given = [request.version.is_some(), request.since.is_some(), request.after.is_some()];
    if given.into_iter().filter(|is_given| *is_given).count() != 1 {
        return Err(Problem::field("since", "required", "Give one of `version`, `since` and `after`."));
    }
    let since = request.since.map_or(i64::MAX, |since| since.0);
    change(
        &call,
        async |db, ask| webhook::replay(db, ask, &org, &id, since).await,
        |context| {
            let (actor, facts) = context.into_actor(call.now_ms())?;
            let newest = actor.org.version;
            let one = request.version.as_ref().map(|version| version.0);
            let after = request.after.as_ref().map(|after| after.0.saturating_add(1));
            let first_version = one.or(after).or(facts.first_version).filter(|first| (1..=newest).contains(first));
            let first_version = first_version.ok_or(Refusal::NotFound("event"))?;
            let last_version = one.unwrap_or_else(|| newest.min(first_version.saturating_add(REPLAY_EVENTS_MAX - 1)));
            let command = replay(&actor, facts.webhook.as_ref(), WebhookReplayed { first_version, last_version })?;
            let more = one.is_none() && last_version < newest;
            Ok(Decision::Change(Box::new(command), Answer::ok(&Replayed { first_version, last_version, more })))
        },
    )
    .await
}
