//! `PUT /v1/orgs/{org}/plan`: what the organization has bought.

use latchkey_domain::OrgId;
use latchkey_domain::decide::seat::{self, NewPlan};
use latchkey_edge::change::{Answer, Decision, ask, change};
use latchkey_edge::model::SetPlan;
use latchkey_edge::{Call, Problem, Reply, represent};
use latchkey_store::org;

pub(crate) async fn set_plan(call: Call) -> Result<Reply, Problem> {
    let id: OrgId = call.path("org")?;
    let request: SetPlan = call.body()?;
    let plan = NewPlan {
        name: &request.plan.0,
        seats: request.seats.map(|seats| seats.0),
        upgrade_url: request.upgrade_url.as_ref().map(|url| url.0.as_str()),
    };
    change(
        &call,
        async |db, ask| org::context(db, ask, &id).await,
        |context| {
            let (asker, _) = context.into_asker(&ask(&call, None))?;
            let (command, bought) = seat::set_plan(&asker, &plan)?;
            let seats = represent::seats(&bought, asker.policy(), call.settings());
            Ok(Decision::Change(Box::new(command), Answer::ok(&seats)))
        },
    )
    .await
}
