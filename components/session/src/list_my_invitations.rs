//! `GET /v1/me/invitations`: open invitations to the person asking.

use latchkey_edge::change::ask;
use latchkey_edge::model::{Invitation, ListMyInvitations, MyInvitation, OrgRef, ProjectRef};
use latchkey_edge::{Call, Key, Problem, Reply, db, represent};
use latchkey_store::account;

pub(crate) async fn list_my_invitations(call: Call) -> Result<Reply, Problem> {
    let query: ListMyInvitations = call.query()?;
    let page = call.page(query.limit, query.cursor.as_ref())?;
    let after = page.after().map(|key| key.text(0)).transpose()?;
    let context = account::my_invitations(&db().await?, &ask(&call, None), after, page.rows_wanted()).await?;
    represent::who(context.who)?;
    let entries =
        context.facts.into_iter().map(|mine| (Key::new([mine.invitation.id.to_string().into()]), shown(&mine)));
    Ok(Reply::page(&page.page(entries.collect())))
}

fn shown(mine: &account::MyInvitation) -> MyInvitation {
    let Invitation {
        id,
        email,
        role,
        status,
        invited_by,
        invited_at,
        sent_at,
        expires_at,
        project,
        mail: _,
        mail_error: _,
    } = Invitation::from(&mine.invitation);
    let organization = OrgRef { id: mine.invitation.org.to_string(), name: mine.organization_name.clone() };
    let project = project.map(|id| ProjectRef { id, name: mine.project_name.clone().unwrap_or_default() });
    MyInvitation { id, organization, project, email, role, status, invited_by, invited_at, sent_at, expires_at }
}
