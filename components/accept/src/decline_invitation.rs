//! `POST /v1/invitations/decline`: turns an invitation down by its mailed token, without an account.

use latchkey_domain::decide::acceptance::decline;
use latchkey_edge::change::{Answer, Decision, change};
use latchkey_edge::model::InvitationTokenOnly;
use latchkey_edge::{Call, Problem, Reply};

use crate::held;

pub(crate) async fn decline_invitation(call: Call) -> Result<Reply, Problem> {
    let request: InvitationTokenOnly = call.body()?;
    let token = held::token(&request.token)?;
    change(
        &call,
        async |db, ask| held::shown(&call, db, ask, &token).await,
        |context| {
            let (who, held) = held::opened(&call, context, &token)?;
            // Somebody else's session has no part in it: the token alone speaks for the address.
            let who = who.filter(|who| who.email_key == held.invitation.email_key);
            let command = decline(&held, who.as_ref(), call.now_ms())?;
            Ok(Decision::Change(Box::new(command), Answer::no_content()))
        },
    )
    .await
}
