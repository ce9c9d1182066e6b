//! `PATCH /v1/orgs/{org}/domains/{domain}`: says what an address there is good for.

use latchkey_domain::decide::domain::change as decide;
use latchkey_domain::facts::DomainFacts;
use latchkey_domain::{DomainId, OrgId, Refusal};
use latchkey_edge::change::{Answer, Decision, change};
use latchkey_edge::model::UpdateDomain;
use latchkey_edge::{Call, Problem, Reply, represent};
use latchkey_store::domain;

pub(crate) async fn update_domain(call: Call) -> Result<Reply, Problem> {
    let (org, id): (OrgId, DomainId) = (call.path("org")?, call.path("domain")?);
    let request: UpdateDomain = call.body()?;
    change(
        &call,
        async |db, ask| domain::one(db, ask, &org, &id).await,
        |context| {
            let (actor, facts) = context.into_actor(call.now_ms())?;
            let command = decide(&actor, facts.domain.as_ref(), request.auto_join.into())?;
            let domain = facts.domain.ok_or(Refusal::NotFound("domain"))?;
            let changed = DomainFacts { auto_join: request.auto_join.into(), ..domain };
            Ok(Decision::Change(Box::new(command), Answer::ok(&represent::domain(&changed))))
        },
    )
    .await
}
