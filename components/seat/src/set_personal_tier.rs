//! `PUT /v1/users/{user}/tier`: the tier that a person pays for themselves, as the host product reports it.

use latchkey_domain::{UserId, decide};
use latchkey_edge::change::{Answer, Decision, change};
use latchkey_edge::model::{PersonalTier, SetPersonalTier};
use latchkey_edge::{Call, Problem, Reply};
use latchkey_store::seat;

pub(crate) async fn set_personal_tier(call: Call) -> Result<Reply, Problem> {
    let user: UserId = call.path("user")?;
    let request: SetPersonalTier = call.body()?;
    let tier = request.tier.map(|tier| tier.0);
    change(
        &call,
        async |db, ask| seat::account(db, ask, &user).await,
        |context| {
            let command = decide::seat::set_personal_tier(context.facts.as_ref(), tier.as_deref())?;
            let shown = PersonalTier { user: user.to_string(), tier: tier.clone() };
            Ok(Decision::Change(Box::new(command), Answer::ok(&shown)))
        },
    )
    .await
}
