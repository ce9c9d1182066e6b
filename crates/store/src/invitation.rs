//! Invitations, as the organization sees them.

use latchkey_domain::facts::{InvitationFacts, MemberFacts};
use latchkey_domain::{Email, InvitationId, OrgId};
use serde::Deserialize;

use crate::Page;
use crate::context::{self, Ask, OrgContext, text};
use crate::db::{Db, DbError, Value};

/// What stands in the way of inviting an address.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct AddressFacts {
    /// The active member who has it.
    pub member: Option<MemberFacts>,
    /// The open invitation to it.
    pub open: Option<InvitationFacts>,
}

/// An invitation in a list, at its place there.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Listed {
    #[serde(flatten)]
    pub invitation: InvitationFacts,
    /// The version of the event that made it.
    pub place: u64,
}

/// Which invitations are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    Pending,
    Any,
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
    context::org(db, ask, org, ADDRESS, vec![text(email.key())]).await
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

/// One page of the organization's invitations, oldest first, after the place `after`.
///
/// # Errors
/// Of the store.
pub async fn list(
    db: &impl Db,
    ask: &Ask<'_>,
    org: &OrgId,
    status: Status,
    after: u64,
    limit: u32,
) -> Result<OrgContext<Page<Listed>>, DbError> {
    let more = vec![Value::Integer(i64::try_from(after).unwrap_or(i64::MAX)), Value::Integer(i64::from(limit) + 1)];
    let sql = match status {
        Status::Pending => INVITATIONS_PENDING,
        Status::Any => INVITATIONS,
    };
    let context: OrgContext<Vec<Listed>> = context::org(db, ask, org, sql, more).await?;
    let OrgContext { who, replay, org, me, facts } = context;
    Ok(OrgContext { who, replay, org, me, facts: Page::cut(facts, limit) })
}

pub(crate) const ADDRESS: &str = org_context!(concat!(
    "json_object('member', json((SELECT ",
    member_json!("t", "tu"),
    " FROM user tu JOIN member t ON t.user_id = tu.id AND t.org_id = ?4 AND t.status = 'active' WHERE tu.email_key = ?6)), \
     'open', json((SELECT ",
    invitation_json!("i"),
    " FROM invitation i WHERE i.org_id = ?4 AND i.email_key = ?6 AND i.status = 'pending')))"
));

pub(crate) const INVITATION: &str =
    org_context!(concat!("(SELECT ", invitation_json!("i"), " FROM invitation i WHERE i.id = ?6 AND i.org_id = ?4)"));

macro_rules! invitations {
    ($index:literal, $where:literal) => {
        org_context!(concat!(
            "(SELECT json_group_array(json(entry)) FROM (SELECT ",
            invitation_json!("i"),
            " AS entry FROM invitation i ",
            $index,
            " WHERE i.org_id = ?4 AND i.invited_version > ?6 ",
            $where,
            " ORDER BY i.invited_version LIMIT ?7))"
        ))
    };
}

pub(crate) const INVITATIONS: &str = invitations!("", "");
pub(crate) const INVITATIONS_PENDING: &str = invitations!("INDEXED BY invitation_roster", "AND i.status = 'pending'");
