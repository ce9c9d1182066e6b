//! `POST /v1/orgs`: an organization, with its creator in the top role.

use latchkey_domain::fresh::Fresh;
use latchkey_domain::{MemberId, OrgId, decide, policy};
use latchkey_edge::change::{Answer, Decision, change};
use latchkey_edge::model::CreateOrg;
use latchkey_edge::{Call, Entropy, Problem, Reply, represent};
use latchkey_store::account;

pub(crate) async fn create_org(call: Call) -> Result<Reply, Problem> {
    let request: CreateOrg = call.body()?;
    change(
        &call,
        async |db, ask| account::founder(db, ask).await,
        |context| {
            let (who, elsewhere) = (represent::who(context.who)?, context.facts);
            let (id, member) = (OrgId::new(Entropy.uuid()), MemberId::new(Entropy.uuid()));
            let (command, created) =
                decide::org::create(&who, elsewhere.as_ref(), id.clone(), member, &request.name, &request.policy.0)?;
            let policy = policy::load(&created.policy_hash, None)?;
            let org = represent::new_org(&id, &created, &policy, call.settings(), call.now());
            Ok(Decision::Change(Box::new(command), Answer::created(&org, format!("/v1/orgs/{id}"))))
        },
    )
    .await
}
