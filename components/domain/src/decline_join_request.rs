//! `POST /v1/orgs/{org}/join-requests/{join_request}/decline`: turns somebody down who asked.

use latchkey_domain::decide::joining::decline;
use latchkey_domain::facts::JoinRequestFacts;
use latchkey_domain::{JoinRequestId, OrgId, Refusal};
use latchkey_edge::change::{Answer, Decision, change};
use latchkey_edge::{Call, Problem, Reply, represent};
use latchkey_store::joining;

pub(crate) async fn decline_join_request(call: Call) -> Result<Reply, Problem> {
    let (org, id): (OrgId, JoinRequestId) = (call.path("org")?, call.path("join_request")?);
    change(
        &call,
        async |db, ask| joining::request(db, ask, &org, &id).await,
        |context| {
            let (actor, held) = context.into_actor(call.now_ms())?;
            let command = decline(&actor, held.as_ref())?;
            let request = held.ok_or(Refusal::NotFound("join request"))?.request;
            let ended_at = request.ended_at.or(Some(actor.effective_at()));
            let declined = JoinRequestFacts { status: "declined".to_owned(), ended_at, ..request };
            let shown = represent::join_request(&declined, &actor.org, &actor.policy);
            Ok(Decision::Change(Box::new(command), Answer::ok(&shown)))
        },
    )
    .await
}
