//! `POST /v1/invitations/accept`: joins by the mailed token, which proves the address.

use latchkey_edge::change::change;
use latchkey_edge::model::AcceptInvitation;
use latchkey_edge::{Call, Problem, Reply};

use crate::held;

pub(crate) async fn accept_invitation(call: Call) -> Result<Reply, Problem> {
    let request: AcceptInvitation = call.body()?;
    let token = held::token(&request.token)?;
    change(
        &call,
        async |db, ask| held::shown(&call, db, ask, &token).await,
        |context| {
            let (who, held) = held::opened(&call, context, &token)?;
            held::join(&call, who.as_ref(), &held, request.display_name.as_ref())
        },
    )
    .await
}
