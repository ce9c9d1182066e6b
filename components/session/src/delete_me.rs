//! `DELETE /v1/me`: deletes one's own account, once its address is typed.

use latchkey_domain::decide;
use latchkey_edge::change::{Answer, Decision, change};
use latchkey_edge::model::DeleteMe;
use latchkey_edge::{Call, Mode, Problem, Reply, represent};
use latchkey_store::account;

pub(crate) async fn delete_me(call: Call) -> Result<Reply, Problem> {
    let request: DeleteMe = call.body()?;
    let reply = change(
        &call,
        async |db, ask| account::belongings(db, ask).await,
        |context| {
            let who = represent::who(context.who)?;
            let commands = decide::account::delete(&who, &request.email, &context.facts)?;
            Ok(Decision::Several(commands, Answer::no_content()))
        },
    )
    .await?;
    Ok(match call.change()?.mode {
        Mode::Apply => reply.without_session_cookie(call.settings()),
        Mode::DryRun => reply,
    })
}
