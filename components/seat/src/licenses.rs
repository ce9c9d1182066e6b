//! What giving licences and taking them back share.

use latchkey_domain::command::Command;
use latchkey_domain::decide::seat::Licensed;
use latchkey_domain::facts::{Actor, LicenseFacts};
use latchkey_domain::{OrgId, Refusal};
use latchkey_edge::change::{Answer, Decision, change};
use latchkey_edge::model::LicensedMembers;
use latchkey_edge::{Call, Problem, Reply, represent};
use latchkey_store::seat;

/// Changes the licences of the members that the request names, as `decide` says.
pub(crate) async fn change_licenses(
    call: &Call,
    decide: impl Fn(&Actor, &[Option<LicenseFacts>]) -> Result<(Command, Licensed), Refusal>,
) -> Result<Reply, Problem> {
    let org: OrgId = call.path("org")?;
    let request: LicensedMembers = call.body()?;
    change(
        call,
        async |db, ask| seat::licenses(db, ask, &org, &request.members.0).await,
        |context| {
            let (actor, members) = context.into_actor(call.now_ms())?;
            let (command, licensed) = decide(&actor, &members)?;
            let shown = represent::licensed(&licensed, &actor.org, &actor.policy, call.settings());
            Ok(Decision::Change(Box::new(command), Answer::ok(&shown)))
        },
    )
    .await
}
