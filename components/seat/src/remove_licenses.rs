//! `POST /v1/orgs/{org}/licenses/remove`: takes licences back.

use latchkey_domain::{OrgId, decide};
use latchkey_edge::change::{Answer, Decision, change};
use latchkey_edge::model::LicensedMembers;
use latchkey_edge::{Call, Problem, Reply, represent};
use latchkey_store::seat;

pub(crate) async fn remove_licenses(call: Call) -> Result<Reply, Problem> {
    let org: OrgId = call.path("org")?;
    let request: LicensedMembers = call.body()?;
    change(
        &call,
        async |db, ask| seat::licenses(db, ask, &org, &request.members.0).await,
        |context| {
            let (actor, members) = context.into_actor(call.now_ms())?;
            let (command, licensed) = decide::seat::remove(&actor, &members)?;
            let shown = represent::licensed(&licensed, &actor.org, &actor.policy, &call.settings().upgrade_url);
            Ok(Decision::Change(Box::new(command), Answer::ok(&shown)))
        },
    )
    .await
}
