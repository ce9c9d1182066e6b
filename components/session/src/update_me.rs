//! `PATCH /v1/me`: changes one's own account.

use latchkey_domain::decide;
use latchkey_edge::change::{Answer, Decision, change};
use latchkey_edge::field_types;
use latchkey_edge::model::{Me, UpdateMe};
use latchkey_edge::{Call, Problem, Reply, represent};
use latchkey_store::account;

pub(crate) async fn update_me(call: Call) -> Result<Reply, Problem> {
    let request: UpdateMe = call.body()?;
    change(
        &call,
        async |db, ask| account::me(db, ask).await,
        |context| {
            let who = represent::who(context.who)?;
            let name = match &request.display_name {
                field_types::Change::Keep => return Ok(Decision::Nothing(Answer::ok(&Me::from(&who)))),
                field_types::Change::Clear => None,
                field_types::Change::Set(name) => Some(name),
            };
            let command = decide::account::rename(&who, name)?;
            let me = Me { display_name: name.map(ToString::to_string), ..Me::from(&who) };
            Ok(Decision::Change(Box::new(command), Answer::ok(&me)))
        },
    )
    .await
}
