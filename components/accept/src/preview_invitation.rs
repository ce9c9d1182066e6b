//! `POST /v1/invitations/preview`: what a mailed link leads to. Looking burns nothing.

use latchkey_domain::Refusal;
use latchkey_edge::change::ask;
use latchkey_edge::limits::TOKENS_SHOWN_PER_CLIENT_MAX;
use latchkey_edge::model::{InvitationPreview, InvitationStatus, InvitationTokenOnly, OrgRef, ProjectRef};
use latchkey_edge::{Call, Problem, Reply, Timestamp, db, rate, represent};
use latchkey_store::acceptance;

use crate::held;

pub(crate) async fn preview_invitation(call: Call) -> Result<Reply, Problem> {
    let request: InvitationTokenOnly = call.body()?;
    let token = held::token(&request.token)?;
    rate::count(&call, "token_shown", TOKENS_SHOWN_PER_CLIENT_MAX).await?;
    let context = acceptance::held(&db().await?, &ask(&call, None), token.id()).await?;
    let (_, held) = held::opened(&call, context, &token)?;
    let org = held.org.as_ref().ok_or(Refusal::InvitationCancelled)?;
    let rules = org.rules()?;
    let invitation = &held.invitation;
    // Accepting would find that its time is over, whether or not the log has said so yet: the page says it before the click.
    let is_over = invitation.is_pending() && invitation.is_over(call.now_ms());
    Ok(Reply::ok(&InvitationPreview {
        organization: OrgRef::from(org),
        project: held.project.as_ref().map(ProjectRef::from),
        email: invitation.email.clone(),
        role: invitation.role.clone(),
        role_title: rules.role(&invitation.role).map_or_else(|| invitation.role.clone(), |role| role.title.clone()),
        invited_by_name: held.inviter.as_ref().and_then(|inviter| inviter.display_name.clone()),
        status: if is_over { InvitationStatus::Expired } else { represent::status(invitation) },
        expires_at: Timestamp(invitation.expires_at),
        sign_in_required: held.account.is_some(),
    }))
}
