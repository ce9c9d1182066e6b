//! Members whose roles change.

use latchkey_domain::decide::seat::SEATS_GIVEN_BACK_MAX;
use latchkey_domain::facts::{DueInvitation, MemberFacts};
use latchkey_domain::{MemberId, OrgId};
use serde::Deserialize;

use crate::context::{self, Ask, OrgContext, text};
use crate::db::{Db, DbError, Value};

/// Whose role changes, and what may make room in the top role.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Candidate {
    /// Of any status.
    pub member: Option<MemberFacts>,
    /// Open invitations to the top role past their time, the longest overdue first.
    pub due: Vec<DueInvitation>,
}

/// A member whose role is to change.
///
/// # Errors
/// Of the store.
pub async fn candidate(
    db: &impl Db,
    ask: &Ask<'_>,
    org: &OrgId,
    member: &MemberId,
) -> Result<OrgContext<Candidate>, DbError> {
    let more = vec![text(member), Value::Integer(i64::from(SEATS_GIVEN_BACK_MAX))];
    context::org(db, ask, org, CANDIDATE, more).await
}

pub(crate) const CANDIDATE: &str = org_context!(concat!(
    "json_object('member', json((SELECT ",
    shown_member_json!("t", "tu"),
    " FROM member t JOIN user tu ON tu.id = t.user_id WHERE t.id = +?6 AND t.org_id = +?4)), 'due', json(",
    due_invitations!("+?7", "AND i.role = o.top_role"),
    "))"
));
