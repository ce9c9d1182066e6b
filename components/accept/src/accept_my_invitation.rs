//! `POST /v1/me/invitations/{invitation}/accept`: joins as the signed-in person whose address was invited.

use latchkey_domain::InvitationId;
use latchkey_edge::change::change;
use latchkey_edge::{Call, Problem, Reply};
use latchkey_store::acceptance;

use crate::held;

pub(crate) async fn accept_my_invitation(call: Call) -> Result<Reply, Problem> {
    let id: InvitationId = call.path("invitation")?;
    change(
        &call,
        async |db, ask| acceptance::held(db, ask, &id).await,
        |context| {
            let (who, held) = held::mine(context)?;
            held::join(&call, Some(&who), &held, None)
        },
    )
    .await
}
