//! `POST /v1/orgs/{org}/invitations/bulk`: invites many addresses to one role, each with an outcome of its own.

use latchkey_domain::decide::bulk::{InviteMany, invite_many as decide};
use latchkey_domain::{Email, EmailFault, OrgId};
use latchkey_edge::change::{Answer, Decision, Rows, change};
use latchkey_edge::limits::INVITED_AT_ONCE_MAX;
use latchkey_edge::{Call, Entropy, Problem, Reply, model, represent};
use latchkey_store::invitation;

pub(crate) async fn invite_many(call: Call) -> Result<Reply, Problem> {
    let org: OrgId = call.path("org")?;
    let request: model::InviteMany = call.body()?;
    let key = call.settings().signing_key()?;
    let lines = request.lines()?;
    let addresses: Vec<Result<Email, EmailFault>> = lines.iter().map(|line| line.email.clone()).collect();
    let keys: Vec<&str> = addresses.iter().flatten().map(Email::key).collect();
    // What runs out gives back at most as much as can be asked for at once.
    let due_max = i64::try_from(INVITED_AT_ONCE_MAX).unwrap_or(i64::MAX);
    change(
        &call,
        async |db, ask| invitation::addresses(db, ask, &org, &keys, due_max).await,
        |context| {
            let (actor, facts) = context.into_actor(call.now_ms())?;
            let ask = InviteMany { role: &request.role, key_id: key.id(), addresses: &addresses };
            let decided = decide(&actor, &ask, &facts, &mut Entropy)?;
            let shown = represent::invited_many(&actor.org, &lines, &decided.outcomes);
            let rows = Rows {
                places: decided.places,
                accepted: model::InviteOutcome::Invited.to_string(),
                only_accepted: "invitation".to_owned(),
                count: "invited".to_owned(),
            };
            Ok(Decision::Change(Box::new(decided.command), Answer::ok(&shown).with_rows(rows)))
        },
    )
    .await
}
