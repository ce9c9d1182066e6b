//! Webhooks: endpoints that are told of an organization's events.

use super::Effect::Organization;
use super::Method::{Delete, Get, Patch, Post};
use super::Route;
use crate::codes::Code;
use crate::model::*;

pub(super) const ROUTES: &[Route] = &[
    Route::new("create_webhook", "webhook", Post, "/v1/orgs/{org}/webhooks")
        .says(
            "webhooks",
            "Make a webhook",
            "From now on it is told of each event that it wants to hear of, by a POST signed as Standard Webhooks describes. What signs \
             is in this answer and nowhere else. Needs `webhook.manage`.",
        )
        .changes(Organization)
        .takes::<CreateWebhook>()
        .answers::<Webhook>(201)
        .may_refuse(&[Code::SignInAgain, Code::Forbidden, Code::KeyOwnerless, Code::LimitReached]),
    Route::new("list_webhooks", "webhook", Get, "/v1/orgs/{org}/webhooks")
        .says("webhooks", "List webhooks", "The newest first, without their secrets. Needs `webhook.manage`.")
        .query::<ListWebhooks>()
        .pages::<Webhook>()
        .may_refuse(&[Code::Forbidden]),
    Route::new("get_webhook", "webhook", Get, "/v1/orgs/{org}/webhooks/{webhook}")
        .says("webhooks", "Read a webhook", "Without its secret. Needs `webhook.manage`.")
        .answers::<Webhook>(200)
        .may_refuse(&[Code::Forbidden]),
    Route::new("update_webhook", "webhook", Patch, "/v1/orgs/{org}/webhooks/{webhook}")
        .says("webhooks", "Change a webhook", "Or turn it off and on. What is not given stays. Needs `webhook.manage`.")
        .changes(Organization)
        .takes::<UpdateWebhook>()
        .answers::<Webhook>(200)
        .may_refuse(&[Code::SignInAgain, Code::Forbidden]),
    Route::new("delete_webhook", "webhook", Delete, "/v1/orgs/{org}/webhooks/{webhook}")
        .says("webhooks", "Delete a webhook", "It is told nothing any more, not even what it was going to be told. Needs `webhook.manage`.")
        .changes(Organization)
        .answers_nothing()
        .may_refuse(&[Code::Forbidden]),
    Route::new("rotate_webhook", "webhook", Post, "/v1/orgs/{org}/webhooks/{webhook}/rotate")
        .says(
            "webhooks",
            "Give a webhook a new secret",
            "Shown in this answer and nowhere else. For `overlap_s` seconds messages have both signatures, so that the receiver can \
             change over at any time within. Needs `webhook.manage`.",
        )
        .changes(Organization)
        .may_take::<RotateWebhook>()
        .answers::<Webhook>(200)
        .may_refuse(&[Code::SignInAgain, Code::Forbidden, Code::KeyOwnerless]),
    Route::new("test_webhook", "webhook", Post, "/v1/orgs/{org}/webhooks/{webhook}/test")
        .says("webhooks", "Send a test event", "`webhook.tested`, to this webhook alone, whatever it wants to hear of. Needs `webhook.manage`.")
        .changes(Organization)
        .answers::<Webhook>(200)
        .may_refuse(&[Code::Forbidden, Code::WebhookIsOff]),
    Route::new("replay_webhook", "webhook", Post, "/v1/orgs/{org}/webhooks/{webhook}/replay")
        .says(
            "webhooks",
            "Tell a webhook once more",
            "Of one event, or of all since a moment, where it wants to hear of them; whatever became of telling it before. The messages \
             have the ids that they had. Needs `webhook.manage`.",
        )
        .changes(Organization)
        .takes::<ReplayWebhook>()
        .answers::<Replayed>(200)
        .may_refuse(&[Code::Forbidden, Code::WebhookIsOff]),
    Route::new("list_webhook_deliveries", "webhook", Get, "/v1/orgs/{org}/webhooks/{webhook}/deliveries")
        .says(
            "webhooks",
            "List what became of telling a webhook",
            "The newest events first; with `status=failed` or `status=dead` what did not arrive. Needs `webhook.manage`.",
        )
        .query::<ListWebhookDeliveries>()
        .pages::<WebhookDelivery>()
        .may_refuse(&[Code::Forbidden]),
    Route::new("list_events", "webhook", Get, "/v1/orgs/{org}/events")
        .says(
            "webhooks",
            "Poll for events",
            "As webhooks are told of them, in the order in which they happened: for a receiver that finds a gap, or one that cannot be \
             called. Needs `webhook.manage`.",
        )
        .query::<ListEvents>()
        .pages::<EventMessage>()
        .may_refuse(&[Code::Forbidden]),
];
