//! Invitations, as the organization sees them.

use latchkey_domain::decide::bulk::ManyFacts;
use latchkey_domain::decide::seat::SEATS_GIVEN_BACK_MAX;
use latchkey_domain::facts::{DueInvitation, InvitationFacts, MemberFacts};
use latchkey_domain::{Email, InvitationId, OrgId};
use serde::Deserialize;

use crate::context::{self, Ask, OrgContext, text};
use crate::db::{Db, DbError, Value};
use crate::page::Newest;

/// What stands in the way of inviting an address.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct AddressFacts {
    /// The active member who has it.
    pub member: Option<MemberFacts>,
    /// The open invitation to it.
    pub open: Option<InvitationFacts>,
    /// Open invitations into the organization past their time, the longest overdue first.
    pub due: Vec<DueInvitation>,
}

/// An invitation in a list, at its place there.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Listed {
    #[serde(flatten)]
    pub invitation: InvitationFacts,
    /// The version of the event that made it.
    pub place: u64,
}

/// The organization, and what is known of an address in it.
///
/// # Errors
/// Of the store.
pub async fn address(
    db: &impl Db,
    ask: &Ask<'_>,
    org: &OrgId,
    email: &Email,
) -> Result<OrgContext<AddressFacts>, DbError> {
    context::org(db, ask, org, ADDRESS, vec![text(email.key()), Value::Integer(i64::from(SEATS_GIVEN_BACK_MAX))]).await
}

/// The organization, what is known of many addresses in it, and its invitations past their time.
///
/// # Errors
/// Of the store.
pub async fn addresses(
    db: &impl Db,
    ask: &Ask<'_>,
    org: &OrgId,
    email_keys: &[&str],
    due_max: i64,
) -> Result<OrgContext<ManyFacts>, DbError> {
    let keys = serde_json::Value::from(email_keys);
    context::org(db, ask, org, ADDRESSES, vec![text(keys), Value::Integer(due_max)]).await
}

/// An invitation of the organization, of any status.
///
/// # Errors
/// Of the store.
pub async fn one(
    db: &impl Db,
    ask: &Ask<'_>,
    org: &OrgId,
    invitation: &InvitationId,
) -> Result<OrgContext<Option<InvitationFacts>>, DbError> {
    context::org(db, ask, org, INVITATION, vec![text(invitation)]).await
}

/// One page of the organization's invitations.
///
/// # Errors
/// Of the store.
pub async fn list(
    db: &impl Db,
    ask: &Ask<'_>,
    org: &OrgId,
    newest: &Newest<'_>,
) -> Result<OrgContext<Vec<Listed>>, DbError> {
    newest.read(db, ask, org, (INVITATIONS, INVITATIONS_BY_STATUS)).await
}

pub(crate) const ADDRESS: &str = org_context!(concat!(
    "json_object('member', json((SELECT ",
    member_json!("t", "tu"),
    " FROM user tu JOIN member t ON t.user_id = tu.id AND t.org_id = +?4 AND t.status = 'active' WHERE tu.email_key = +?6)), \
     'open', json((SELECT ",
    invitation_json!("i"),
    " FROM invitation i WHERE i.org_id = +?4 AND i.email_key = +?6 AND i.status = 'pending' \
     AND coalesce(i.project_id, '') = '')), 'due', json(",
    due_invitations!("+?7"),
    "))"
));

/// Addresses that there is nothing to know of are left out.
pub(crate) const ADDRESSES: &str = org_context!(concat!(
    "json_object('known', json((SELECT json_group_array(json_object('email_key', a.value, 'member', t.id, \
     'open', json(CASE WHEN i.id IS NOT NULL THEN json_object('id', i.id, 'rev', i.rev, 'role', i.role, 'email_key', i.email_key) END), \
     'open_until', i.expires_at)) \
     FROM json_each(?6) a LEFT JOIN user tu ON tu.email_key = a.value \
     LEFT JOIN member t ON t.user_id = tu.id AND t.org_id = +?4 AND t.status = 'active' \
     LEFT JOIN invitation i ON i.org_id = +?4 AND i.email_key = a.value AND i.status = 'pending' AND coalesce(i.project_id, '') = '' \
     WHERE t.id IS NOT NULL OR i.id IS NOT NULL)), 'due', json(",
    due_invitations!("+?7"),
    "))"
));

pub(crate) const INVITATION: &str = org_context!(concat!(
    "(SELECT ",
    invitation_json!("i", invitation_mail_json!("i")),
    " FROM invitation i WHERE i.id = +?6 AND i.org_id = +?4)"
));

macro_rules! invitations {
    ($where:literal) => {
        org_context!(concat!(
            "(SELECT ",
            json_list!("entry"),
            " FROM (SELECT ",
            invitation_json!("i", invitation_mail_json!("i")),
            " AS entry FROM invitation i WHERE i.org_id = +?4 AND i.invited_version < +?6 ",
            $where,
            " ORDER BY i.invited_version DESC LIMIT +?7))"
        ))
    };
}

pub(crate) const INVITATIONS: &str = invitations!("");
pub(crate) const INVITATIONS_BY_STATUS: &str = invitations!("AND i.status = +?8");
