//! `POST /v1/invite-links/preview`: what an invite link leads to. Looking burns nothing.

use latchkey_domain::Refusal;
use latchkey_edge::change::ask;
use latchkey_edge::limits::TOKENS_SHOWN_PER_CLIENT_MAX;
use latchkey_edge::model::{InviteLinkPreview, InviteLinkTokenOnly, OrgRef};
use latchkey_edge::{Call, Problem, Reply, Timestamp, db, rate, represent};

use crate::link;

pub(crate) async fn preview_invite_link(call: Call) -> Result<Reply, Problem> {
    let request: InviteLinkTokenOnly = call.body()?;
    let token = link::token(&request.token)?;
    rate::count(&call, "token_shown", TOKENS_SHOWN_PER_CLIENT_MAX).await?;
    let context = latchkey_store::link::held(&db().await?, &ask(&call, None), token.id()).await?;
    let held = link::opened(&call, context.held, &token)?;
    let org = held.org.as_ref().ok_or(Refusal::LinkRevoked)?;
    let (link, rules) = (&held.link, org.rules()?);
    Ok(Reply::ok(&InviteLinkPreview {
        organization: OrgRef::from(org),
        role: link.role.clone(),
        role_title: rules.role(&link.role).map_or_else(|| link.role.clone(), |role| role.title.clone()),
        invited_by_name: held.creator.as_ref().and_then(|creator| creator.display_name.clone()),
        status: represent::link_status(link, call.now_ms()),
        expires_at: Timestamp(link.expires_at),
        domains: link.domains.clone(),
    }))
}
