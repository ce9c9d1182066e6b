//! Organizations: the contexts of their operations, and a person's list of theirs.

use latchkey_domain::OrgId;
use serde::Deserialize;

use crate::context::{self, Ask, NoFacts, OrgContext, PersonContext, text};
use crate::db::{Db, DbError, Value};
use latchkey_domain::facts::OrgFacts;

/// An organization of the person's, and their role in it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct MyOrg {
    pub org: OrgFacts,
    pub role: String,
}

/// The organization and the person's membership, for operations that need no more.
///
/// # Errors
/// Of the store.
pub async fn context(db: &impl Db, ask: &Ask<'_>, org: &OrgId) -> Result<OrgContext<Option<NoFacts>>, DbError> {
    context::org(db, ask, org, ORG, Vec::new()).await
}

/// The person's organizations, oldest first, after the id `after`.
///
/// # Errors
/// Of the store.
pub async fn mine(
    db: &impl Db,
    ask: &Ask<'_>,
    after: Option<&str>,
    rows_max: i64,
) -> Result<PersonContext<Vec<MyOrg>>, DbError> {
    let more =
        vec![text(after.unwrap_or("")), Value::Integer(rows_max), text(latchkey_domain::policy::preset_hashes_json())];
    context::person(db, ask, MY_ORGS, more).await
}

pub(crate) const ORG: &str = org_context!("NULL");

pub(crate) const MY_ORGS: &str = person_context!(concat!(
    "(SELECT json_group_array(json(entry)) FROM (SELECT json_object('org', json(",
    org_json!("mo", "?6"),
    "), 'role', mm.role) AS entry FROM member mm JOIN org mo ON mo.id = mm.org_id \
     WHERE mm.user_id = u.id AND mm.status = 'active' AND mm.org_id > +?4 ORDER BY mm.org_id LIMIT +?5))"
));
