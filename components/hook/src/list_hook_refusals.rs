//! `GET /v1/hooks/refusals`: what senders of events were refused.

use latchkey_api::{ROUTES, Who};
use latchkey_edge::model::{HookRefusal, HookRefusals};
use latchkey_edge::{Call, Problem, Reply, Timestamp, refused};

pub(crate) async fn list_hook_refusals(_: Call) -> Result<Reply, Problem> {
    let mut data = Vec::new();
    for route in ROUTES.iter().filter(|route| route.who == Who::Signature) {
        let refusals = refused::of(route.operation).await;
        data.extend(refusals.into_iter().map(|(code, refused)| HookRefusal {
            operation: route.operation.to_owned(),
            code,
            count: refused.count,
            first_at: Timestamp(refused.first_at),
            last_at: Timestamp(refused.last_at),
        }));
    }
    Ok(Reply::ok(&HookRefusals { data }))
}
