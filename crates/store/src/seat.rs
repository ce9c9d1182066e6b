//! Seats and licences, and the tier that a person pays for themselves.

use latchkey_domain::facts::LicenseFacts;
use latchkey_domain::{OrgId, UserId};
use serde_json::Value as Json;

use crate::context::{self, Ask, OrgContext, PersonContext, text};
use crate::db::{Db, DbError};

/// The members of that list, each at its place; `None` for whoever is no active member of the organization.
///
/// # Errors
/// Of the store.
pub async fn licenses(
    db: &impl Db,
    ask: &Ask<'_>,
    org: &OrgId,
    members: &[String],
) -> Result<OrgContext<Vec<Option<LicenseFacts>>>, DbError> {
    context::org(db, ask, org, LICENSES, vec![text(Json::from(members))]).await
}

/// The account of that id, unless it is deleted.
///
/// # Errors
/// Of the store.
pub async fn account(db: &impl Db, ask: &Ask<'_>, user: &UserId) -> Result<PersonContext<Option<UserId>>, DbError> {
    context::person(db, ask, ACCOUNT, vec![text(user)]).await
}

pub(crate) const LICENSES: &str = org_context!(
    "(SELECT json_group_array(json(entry)) FROM (SELECT CASE WHEN t.id IS NULL THEN 'null' ELSE json_object('id', t.id, 'rev', t.rev, \
     'licensed', json(iif(t.licensed, 'true', 'false'))) END AS entry \
     FROM json_each(?6) asked LEFT JOIN member t ON t.id = asked.value AND t.org_id = +?4 AND t.status = 'active' ORDER BY asked.key))"
);

pub(crate) const ACCOUNT: &str =
    person_context!("(SELECT json_quote(a.id) FROM user a WHERE a.id = +?4 AND a.deleted_at IS NULL)");
