//! `DELETE /v1/orgs/{org}/members/{member}`: takes a member out of the organization, and settles what becomes of their keys.

use latchkey_domain::decide::api_key::{Choice, settle};
use latchkey_domain::{MemberId, OrgId, decide};
use latchkey_edge::change::{Answer, Decision, change};
use latchkey_edge::model::RemoveMember;
use latchkey_edge::{Call, Problem, Reply, represent};
use latchkey_store::key;

pub(crate) async fn remove_member(call: Call) -> Result<Reply, Problem> {
    let (org, id): (OrgId, MemberId) = (call.path("org")?, call.path("member")?);
    let request: Option<RemoveMember> = call.optional_body()?;
    let adopter = request.as_ref().and_then(|request| request.adopter.as_ref());
    let choice = request.as_ref().map_or_else(Choice::default, |request| Choice {
        all: request.keys,
        each: request.each_key.clone().map(|choices| choices.0).unwrap_or_default(),
    });
    change(
        &call,
        async |db, ask| key::leaving(db, ask, &org, Some(&id), adopter).await,
        |context| {
            let (actor, facts) = context.into_actor(call.now_ms())?;
            let target = decide::member::may_remove(&actor, facts.target.as_ref())?;
            let keys = settle(&actor.policy, &facts.keys, &target.restrictions, &choice, facts.adopter.as_ref())?;
            let command = decide::member::remove(&actor, Some(target), &keys)?;
            Ok(Decision::Change(Box::new(command), Answer::ok(&represent::membership_ended(target, &keys))))
        },
    )
    .await
}
