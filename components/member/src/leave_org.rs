//! `POST /v1/orgs/{org}/leave`: ends one's own membership, and settles what becomes of one's keys.

use latchkey_domain::decide::api_key::{Choice, settle};
use latchkey_domain::{OrgId, decide};
use latchkey_edge::change::{Answer, Decision, change};
use latchkey_edge::{Call, Problem, Reply, represent};
use latchkey_store::key;

pub(crate) async fn leave_org(call: Call) -> Result<Reply, Problem> {
    let org: OrgId = call.path("org")?;
    change(
        &call,
        async |db, ask| key::leaving(db, ask, &org, None, None).await,
        |context| {
            let (actor, facts) = context.into_actor(call.now_ms())?;
            let keys = settle(&actor.policy, &facts.keys, &actor.member.restrictions, &Choice::default(), None)?;
            let command = decide::member::leave(&actor, &keys)?;
            let answer = Answer::ok(&represent::membership_ended(&actor.member, &keys));
            Ok(Decision::Change(Box::new(command), answer))
        },
    )
    .await
}
