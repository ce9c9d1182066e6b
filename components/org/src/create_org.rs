//! `POST /v1/orgs`: an organization, with its creator in the top role.

use latchkey_domain::fresh::Fresh;
use latchkey_domain::{MemberId, OrgId, decide};
use latchkey_edge::change::{Answer, Decision, change};
use latchkey_edge::model::{CreateOrg, Org};
use latchkey_edge::{Call, Entropy, Problem, Reply, represent};
use latchkey_store::account;

pub(crate) async fn create_org(call: Call) -> Result<Reply, Problem> {
    let request: CreateOrg = call.body()?;
    change(
        &call,
        async |db, ask| account::me(db, ask).await,
        |context| {
            let who = represent::who(context.who)?;
            let (id, member) = (OrgId::new(Entropy.uuid()), MemberId::new(Entropy.uuid()));
            let (command, created) = decide::org::create(&who, id.clone(), member, &request.name, &request.policy.0)?;
            let org = Org {
                id: id.to_string(),
                name: created.name,
                policy: created.policy,
                plan: created.plan,
                my_role: created.top_role,
                version: 0,
                created_at: call.now(),
                member_count: 1,
                pending_invitation_count: 0,
            };
            Ok(Decision::Change(Box::new(command), Answer::created(&org, format!("/v1/orgs/{id}"))))
        },
    )
    .await
}
