//! What other rules for an organization could do harm to.

use latchkey_domain::OrgId;
use latchkey_domain::decide::policy::Affected;

use crate::context::{self, Ask, OrgContext, text};
use crate::db::{Db, DbError, Value};

/// Members who are in another organization, shown when that is in the way.
const ELSEWHERE_MAX: i64 = 100;

/// The context of rules with this top role, which do or do not keep people from other organizations.
///
/// # Errors
/// Of the store.
pub async fn affected(
    db: &impl Db,
    ask: &Ask<'_>,
    org: &OrgId,
    top_role: &str,
    exclusive: bool,
) -> Result<OrgContext<Affected>, DbError> {
    let more = vec![text(top_role), Value::Integer(exclusive.into()), Value::Integer(ELSEWHERE_MAX)];
    context::org(db, ask, org, AFFECTED, more).await
}

pub(crate) const AFFECTED: &str = org_context!(
    "json_object(\
     'uses', json((SELECT json_group_array(json_object('role', r.role, 'members', r.members, 'pending', r.pending, 'links', r.links, \
       'project_members', r.project_members)) FROM role_use r WHERE r.org_id = +?4)), \
     'elsewhere', json((SELECT json_group_array(id) FROM (SELECT h.id FROM member h \
       JOIN member e ON e.user_id = h.user_id AND e.status = 'active' AND e.exclusive = 1 AND e.org_id <> h.org_id \
       WHERE h.org_id = +?4 AND h.status = 'active' AND h.exclusive = 0 AND +?7 = 1 ORDER BY h.joined_version LIMIT +?8))), \
     'billed_role', (SELECT b.role FROM member b WHERE b.id = o.billed_member_id AND b.status = 'active'), \
     'first_holder', (SELECT f.id FROM member f WHERE f.org_id = +?4 AND f.role = +?6 AND f.status = 'active' \
       ORDER BY f.joined_version LIMIT 1))"
);
