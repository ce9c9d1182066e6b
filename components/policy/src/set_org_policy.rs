//! `PUT /v1/orgs/{org}/policy`: gives an organization other rules.

use latchkey_domain::policy::OrganizationsPerPerson;
use latchkey_domain::{OrgId, decide};
use latchkey_edge::change::{Answer, Decision, ask, change};
use latchkey_edge::model::{Policy, SetOrgPolicy};
use latchkey_edge::{Call, Problem, Reply};
use latchkey_store::policy;

pub(crate) async fn set_org_policy(call: Call) -> Result<Reply, Problem> {
    let org: OrgId = call.path("org")?;
    let SetOrgPolicy(proposed) = call.body()?;
    let exclusive = proposed.organizations_per_person == OrganizationsPerPerson::One;
    change(
        &call,
        async |db, ask| policy::affected(db, ask, &org, proposed.top_role_name(), exclusive).await,
        |context| {
            let (asker, affected) = context.into_asker(&ask(&call, None))?;
            let command = decide::policy::set(&asker, &proposed, &affected)?;
            Ok(Decision::Change(Box::new(command), Answer::ok(&Policy::from(&proposed))))
        },
    )
    .await
}
