//! `POST /v1/me/invitations/{invitation}/decline`: turns an invitation to one's own address down.

use latchkey_domain::InvitationId;
use latchkey_domain::decide::acceptance::decline;
use latchkey_edge::change::{Answer, Decision, change};
use latchkey_edge::{Call, Problem, Reply};
use latchkey_store::acceptance;

use crate::held;

pub(crate) async fn decline_my_invitation(call: Call) -> Result<Reply, Problem> {
    let id: InvitationId = call.path("invitation")?;
    change(
        &call,
        async |db, ask| acceptance::held(db, ask, &id).await,
        |context| {
            let (who, held) = held::mine(context)?;
            let command = decline(&held, Some(&who), call.now_ms())?;
            Ok(Decision::Change(Box::new(command), Answer::no_content()))
        },
    )
    .await
}
