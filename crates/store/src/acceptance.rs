//! An invitation in the hands of the person it was sent to.

use latchkey_domain::InvitationId;
use latchkey_domain::decide::acceptance::Held;
use latchkey_domain::facts::Who;
use latchkey_domain::policy;
use serde::Deserialize;

use crate::context::{Ask, Replay, text};
use crate::db::{Db, DbError};
use crate::read_json;

/// Who holds the invitation up, if signed in, and all that decides what it is worth to them.
#[derive(Debug, Clone, Deserialize)]
pub struct HeldContext {
    pub who: Option<Who>,
    /// Looked up under the signed-in person, or under the invitation itself when nobody is.
    pub replay: Option<Replay>,
    /// `None`: no such invitation.
    pub held: Option<Held>,
}

/// As whom the bearer of the invitation's token asks, without an account.
pub fn principal(held: &Held) -> String {
    format!("invitation:{}", held.invitation.id)
}

/// The invitation and what decides over it.
///
/// # Errors
/// Of the store.
pub async fn held(db: &impl Db, ask: &Ask<'_>, invitation: &InvitationId) -> Result<HeldContext, DbError> {
    let more = [text(invitation), text(policy::preset_hashes_json())];
    let params = ask.params().into_iter().chain(more).collect();
    read_json(&db.query(HELD, params).await?)
}

/// Parameters: ?1 token hash, ?2 now, ?3 idempotency key, ?4 invitation, ?5 known policy hashes.
pub(crate) const HELD: &str = concat!(
    "SELECT json_object(",
    who_and_replay_json!(),
    ", 'held', json(CASE WHEN i.id IS NOT NULL THEN json_object('invitation', json(",
    invitation_json!("i"),
    "), 'org', json(",
    org_json!("o", "?5"),
    "), 'inviter', json(",
    member_json!("v", "vu"),
    "), 'account', a.id, 'me', json(",
    shown_member_json!("m", "u"),
    "), 'project', json((SELECT ",
    project_json!("p"),
    " FROM project p WHERE p.id = i.project_id AND p.status = 'active')), 'project_me', json((SELECT ",
    project_member_json!("g", "u"),
    " FROM project_member g WHERE g.user_id = u.id AND g.project_id = i.project_id AND g.status = 'active')), 'elsewhere', json(CASE WHEN o.exclusive = 1 THEN ",
    elsewhere_json!("o.id"),
    " END)) END))",
    from_session!("coalesce(u.id, 'invitation:' || ?4)"),
    " LEFT JOIN invitation i ON i.id = +?4",
    " LEFT JOIN org o ON o.id = i.org_id AND o.status = 'active'",
    " LEFT JOIN member v ON v.id = i.invited_by",
    " LEFT JOIN user vu ON vu.id = v.user_id",
    " LEFT JOIN user a ON a.email_key = i.email_key",
    " LEFT JOIN member m ON m.user_id = u.id AND m.org_id = i.org_id AND m.status = 'active'"
);
