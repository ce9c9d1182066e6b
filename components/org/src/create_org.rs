//! `POST /v1/orgs`: an organization, with its creator in the top role.

use latchkey_domain::event::Change;
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
            let command = decide::org::create(&who, id.clone(), member, &request.name, &request.policy.0)?;
            let created = command.items.iter().flat_map(|item| &item.changes).find_map(|change| match change {
                Change::OrgCreated(_, created) => Some(created),
                _ => None,
            });
            let created = created.ok_or_else(|| Problem::internal("a new organization without its event"))?;
            let org = Org {
                id: id.to_string(),
                name: created.name.clone(),
                policy: created.policy.clone(),
                plan: created.plan.clone(),
                my_role: created.top_role.clone(),
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
