//! `POST /v1/orgs/{org}/domains`: claims a domain, and says what proves it.

use latchkey_domain::decide::domain::claim;
use latchkey_domain::fresh::Fresh;
use latchkey_domain::{DomainId, OrgId};
use latchkey_edge::change::{Answer, Decision, change};
use latchkey_edge::model::ClaimDomain;
use latchkey_edge::{Call, Entropy, Problem, Reply, represent};
use latchkey_store::domain;

pub(crate) async fn claim_domain(call: Call) -> Result<Reply, Problem> {
    let org: OrgId = call.path("org")?;
    let request: ClaimDomain = call.body()?;
    latchkey_dns::ownable(request.domain.as_str())
        .map_err(|why| Problem::field("domain", "not_allowed", why.message()))?;
    change(
        &call,
        async |db, ask| domain::new(db, ask, &org, &request.domain).await,
        |context| {
            let (actor, facts) = context.into_actor(call.now_ms())?;
            let id = DomainId::new(Entropy.uuid());
            let (command, claimed) = claim(&actor, &facts, id.clone(), &request.domain, request.auto_join.into())?;
            let shown = represent::new_domain(&org, &id, &claimed, actor.effective_at());
            let answer = Answer::created(&shown, format!("/v1/orgs/{org}/domains/{id}"));
            Ok(Decision::Change(Box::new(command), answer))
        },
    )
    .await
}
