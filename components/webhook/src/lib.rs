//! Webhooks: made, changed, tried, told once more; what became of telling them; and the events themselves, for whoever polls.

mod create_webhook;
mod delete_webhook;
mod get_webhook;
mod list_events;
mod list_webhook_deliveries;
mod list_webhooks;
mod replay_webhook;
mod rotate_webhook;
mod target;
mod test_webhook;
mod update_webhook;

latchkey_edge::component! {
    "webhook" => {
        create_webhook => create_webhook::create_webhook,
        list_webhooks => list_webhooks::list_webhooks,
        get_webhook => get_webhook::get_webhook,
        update_webhook => update_webhook::update_webhook,
        delete_webhook => delete_webhook::delete_webhook,
        rotate_webhook => rotate_webhook::rotate_webhook,
        test_webhook => test_webhook::test_webhook,
        replay_webhook => replay_webhook::replay_webhook,
        list_webhook_deliveries => list_webhook_deliveries::list_webhook_deliveries,
        list_events => list_events::list_events,
    }
}
