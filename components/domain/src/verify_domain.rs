//! `POST /v1/orgs/{org}/domains/{domain}/verify`: looks for the record that proves a domain.

use std::cell::OnceCell;

use latchkey_domain::decide::domain::{ProofFacts, Seen, may_verify, verify};
use latchkey_domain::facts::{CheckFacts, DomainFacts};
use latchkey_domain::secret::domain_record;
use latchkey_domain::{DomainId, OrgId, Refusal};
use latchkey_edge::change::{Answer, Decision, change};
use latchkey_edge::limits::DOMAIN_PROOFS_PER_CLIENT_MAX;
use latchkey_edge::resolver::{self, Unresolved};
use latchkey_edge::{Call, Problem, Reply, rate, represent};
use latchkey_store::context::OrgContext;
use latchkey_store::domain;

/// The resolver is asked between the two statements, once, and only for somebody who may have it asked.
pub(crate) async fn verify_domain(call: Call) -> Result<Reply, Problem> {
    let (org, id): (OrgId, DomainId) = (call.path("org")?, call.path("domain")?);
    rate::count(&call, "domain_proof", DOMAIN_PROOFS_PER_CLIENT_MAX).await?;
    let looked: OnceCell<Result<Seen, Unresolved>> = OnceCell::new();
    change(
        &call,
        async |db, ask| {
            let context = domain::one(db, ask, &org, &id).await?;
            if let Some(name) = wanted(&context, call.now_ms()).filter(|_| looked.get().is_none()) {
                // Whoever was faster has looked at the same name.
                let _ = looked.set(resolver::texts(call.settings(), &name).await);
            }
            Ok(context)
        },
        |context| {
            let (actor, facts) = context.into_actor(call.now_ms())?;
            let domain = may_verify(&actor, &facts)?;
            let seen = looked.get().cloned().ok_or(Refusal::Contention)??;
            let shown = represent::domain(&proved(domain, call.now_ms().max(actor.org.effective_at)));
            let mut commands = verify(&actor, &facts, &seen)?;
            let answer = Answer::ok(&shown);
            Ok(match (commands.pop(), commands.is_empty()) {
                (Some(only), true) => Decision::Change(Box::new(only), answer),
                (last, _) => Decision::Several(commands.into_iter().chain(last).collect(), answer),
            })
        },
    )
    .await
}

/// The name to look under, for a request that is not a repetition and comes from somebody who may.
fn wanted(context: &OrgContext<ProofFacts>, now: i64) -> Option<String> {
    if context.replay.is_some() {
        return None;
    }
    let (actor, facts) = context.clone().into_actor(now).ok()?;
    may_verify(&actor, &facts).ok().map(|domain| domain_record(&domain.domain))
}

/// The domain as it will stand.
fn proved(domain: &DomainFacts, at: i64) -> DomainFacts {
    if domain.is_verified() {
        return domain.clone();
    }
    let check = CheckFacts { checked_at: Some(at), ..CheckFacts::default() };
    DomainFacts { status: "verified".to_owned(), verified_at: Some(at), check: Some(check), ..domain.clone() }
}
