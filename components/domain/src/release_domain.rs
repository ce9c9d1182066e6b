//! `DELETE /v1/orgs/{org}/domains/{domain}`: gives a domain up.

use latchkey_domain::decide::domain::release;
use latchkey_domain::{DomainId, OrgId};
use latchkey_edge::change::{Answer, Decision, change};
use latchkey_edge::{Call, Problem, Reply};
use latchkey_store::domain;

pub(crate) async fn release_domain(call: Call) -> Result<Reply, Problem> {
    let (org, id): (OrgId, DomainId) = (call.path("org")?, call.path("domain")?);
    change(
        &call,
        async |db, ask| domain::one(db, ask, &org, &id).await,
        |context| {
            let (actor, facts) = context.into_actor(call.now_ms())?;
            let command = release(&actor, facts.domain.as_ref())?;
            Ok(Decision::Change(Box::new(command), Answer::no_content()))
        },
    )
    .await
}
