//! `PUT /v1/orgs/{org}/limits`: named numbers that hold for the whole organization.

use latchkey_domain::{OrgId, decide};
use latchkey_edge::change::{Answer, Decision, ask, change};
use latchkey_edge::model::{Limits, SetLimits};
use latchkey_edge::{Call, Problem, Reply};
use latchkey_store::org;

pub(crate) async fn set_org_limits(call: Call) -> Result<Reply, Problem> {
    let id: OrgId = call.path("org")?;
    let request: SetLimits = call.body()?;
    let limits = request.limits.0;
    change(
        &call,
        async |db, ask| org::context(db, ask, &id).await,
        |context| {
            let (asker, _) = context.into_asker(&ask(&call, None))?;
            let command = decide::seat::set_org_limits(&asker, &limits)?;
            Ok(Decision::Change(Box::new(command), Answer::ok(&Limits { limits: limits.clone() })))
        },
    )
    .await
}
