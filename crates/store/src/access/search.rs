//! Who may, and upon what: pages of subjects and of resources, each one statement. The rules are read by SQLite itself, so
//! that a page is full of what is allowed.

use latchkey_domain::access::{AskedBy, Resource, Subject};
use latchkey_domain::policy::{self, PolicyFault};
use serde::Deserialize;

use crate::context::{self, Ask, PersonContext, text};
use crate::db::{Db, DbError, Value};

/// Which subjects are looked for.
#[derive(Debug, Clone, Copy)]
pub struct Subjects<'a> {
    pub kind: &'a str,
    pub action: &'a str,
    pub resource: &'a Resource,
    pub after: Place,
    pub rows_max: i64,
}

/// Where a page of subjects begins: after `place` among the holders of the role at `segment` of the policy. Those who are in
/// the project by itself come last, at [`GUESTS`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Place {
    pub segment: i64,
    pub place: i64,
}

/// The segment of those who are in the project by itself.
pub const GUESTS: i64 = 1_000;

/// What the key that asks has: its holder's role, and the rules there.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct KeyAsker {
    pub role: String,
    pub policy_hash: String,
    pub policy_document: Option<String>,
}

impl KeyAsker {
    /// Whether the key may ask about others at all.
    ///
    /// # Errors
    /// A stored policy that cannot be read: a bug of ours.
    pub fn may_ask(&self, asked_by: AskedBy<'_>) -> Result<bool, PolicyFault> {
        let policy = policy::load(&self.policy_hash, self.policy_document.as_deref())?;
        let is_for_one_project = matches!(asked_by, AskedBy::Key(key) if key.project.is_some());
        Ok(!is_for_one_project && asked_by.may_ask(&policy, &self.role))
    }
}

/// A page of subjects: of one segment.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct SubjectPage {
    /// `None` unless a key asks.
    pub asker: Option<KeyAsker>,
    /// Whether the asker may look, and there is such a resource.
    pub in_view: bool,
    pub segment: i64,
    pub rows: Vec<SubjectRow>,
    /// Whether a further segment may have some.
    pub more: bool,
}

/// Somebody who may.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct SubjectRow {
    pub id: String,
    pub place: i64,
}

/// Which resources are looked for.
#[derive(Debug, Clone, Copy)]
pub struct Resources<'a> {
    pub subject: &'a Subject,
    pub action: &'a str,
    /// `organization`, `project`, or a type of the host product.
    pub kind: &'a str,
    /// Only within this organization.
    pub organization: Option<&'a str>,
    pub after: After<'a>,
    pub rows_max: i64,
}

/// Where a page of resources begins: after `place` within `org`, or after `id`, in the part of those that a person has by a
/// membership of the organization, or of single projects.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct After<'a> {
    pub part: i64,
    pub org: &'a str,
    pub place: i64,
    pub id: &'a str,
}

/// A page of resources.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct ResourcePage {
    /// `None` unless a key asks.
    pub asker: Option<KeyAsker>,
    pub rows: Vec<ResourceRow>,
    /// Whether there is a membership by which the action is allowed upon any resource at all, known here or not.
    pub unrestricted: bool,
}

/// Something that the subject may do it to.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct ResourceRow {
    pub id: String,
    pub org: String,
    pub part: i64,
    pub place: i64,
}

/// One page of the subjects that may do something to a resource.
///
/// # Errors
/// Of the store.
pub async fn subjects(
    db: &impl Db,
    ask: &Ask<'_>,
    search: &Subjects<'_>,
) -> Result<PersonContext<SubjectPage>, DbError> {
    let optional = |value: Option<&str>| value.map_or(Value::Null, text);
    let more = vec![
        text(search.kind),
        optional(search.resource.organization()),
        optional(search.resource.project()),
        text(search.action),
        text(&search.resource.id),
        Value::Integer(search.after.segment),
        Value::Integer(search.after.place),
        Value::Integer(search.rows_max),
    ];
    let sql = if search.kind == "api_key" { SUBJECT_KEYS } else { SUBJECTS };
    context::person(db, ask, sql, more).await
}

/// One page of the resources of a kind that a subject may do something to, as far as Latchkey knows them.
///
/// # Errors
/// Of the store.
pub async fn resources(
    db: &impl Db,
    ask: &Ask<'_>,
    search: &Resources<'_>,
) -> Result<PersonContext<ResourcePage>, DbError> {
    let After { part, org, place, id } = search.after;
    let mut more = vec![
        text(&search.subject.kind),
        text(&search.subject.id),
        search.organization.map_or(Value::Null, text),
        text(search.action),
        text(org),
        Value::Integer(search.rows_max),
    ];
    let sql = match search.kind {
        "organization" => ORGANIZATIONS,
        "project" => {
            more.extend([Value::Integer(part), Value::Integer(place), text(id)]);
            PROJECTS
        }
        _ => {
            more.push(text(id));
            LISTED
        }
    };
    context::person(db, ask, sql, more).await
}

/// Whether a role has a permission, under the rules of that hash. Documents of the first release name their roles `role`.
macro_rules! role_has {
    ($hash:literal, $role:literal, $permission:literal) => {
        concat!(
            "EXISTS (SELECT 1 FROM policy hd, json_each(coalesce(hd.document -> '$.roles', hd.document -> '$.role')) hr, \
             json_each(hr.value, '$.permissions') hp WHERE hd.hash = ",
            $hash,
            " AND hr.value ->> '$.name' = ",
            $role,
            " AND hp.value = ",
            $permission,
            ")"
        )
    };
}

/// Whether a member's permission is not restricted, or lists the resource.
macro_rules! unrestricted {
    ($member:literal, $permission:literal, $resource:literal) => {
        concat!(
            "(NOT EXISTS (SELECT 1 FROM restriction nr WHERE nr.member_id = ",
            $member,
            " AND nr.permission = ",
            $permission,
            ") OR EXISTS (SELECT 1 FROM restriction nr WHERE nr.member_id = ",
            $member,
            " AND nr.permission = ",
            $permission,
            " AND nr.resource_id = ",
            $resource,
            "))"
        )
    };
}

/// Whether the asker may know what somebody is allowed in the organization `o`, other than by being that somebody. Of a key only
/// the organization is looked at: what the key may there, whoever reads the answer decides by `asker`.
macro_rules! asker_sees {
    () => {
        concat!(
            "(+?1 = 'operator' OR k.org_id = o.id OR (k.id IS NULL AND EXISTS (SELECT 1 FROM member a WHERE a.user_id = u.id \
             AND a.org_id = o.id AND a.status = 'active' AND ",
            role_has!("o.policy_hash", "a.role", "'member.read'"),
            ")))"
        )
    };
}

/// The organization of the key that asks, as far as it says what the key may.
macro_rules! asker_json {
    () => {
        "CASE WHEN k.id IS NOT NULL THEN (SELECT json_object('role', km.role, 'policy_hash', ko.policy_hash, 'policy_document', \
         (SELECT kd.document FROM policy kd WHERE kd.hash = ko.policy_hash)) FROM org ko WHERE ko.id = k.org_id) END"
    };
}

/// The roles of the document in the alias.
macro_rules! roles_of {
    ($d:literal) => {
        concat!("json_each(coalesce(", $d, ".document -> '$.roles', ", $d, ".document -> '$.role'))")
    };
}

/// The organization asked about, as `v` once the asker may look at it, and the project, as `p`.
macro_rules! searched_org {
    () => {
        concat!(
            " LEFT JOIN project p ON p.id = +?6 AND p.status = 'active' AND p.org_id = coalesce(+?5, p.org_id) \
             LEFT JOIN org o ON o.id = coalesce(+?5, p.org_id) AND o.status = 'active' \
             LEFT JOIN org v ON v.id = o.id AND ",
            asker_sees!()
        )
    };
}

/// What a page of subjects says besides its rows.
macro_rules! subject_page {
    () => {
        concat!(
            "SELECT json_object(",
            who_and_replay_json!(proof!()),
            ") AS context, json_object('asker', json(",
            asker_json!(),
            "), 'in_view', json(iif(v.id IS NULL OR (+?6 IS NOT NULL AND p.id IS NULL), 'false', 'true')), "
        )
    };
}

// Parameters: ?4 the kind of subjects, ?5 organization, ?6 project, ?7 permission, ?8 the resource's id, ?9 segment, ?10 place,
// ?11 rows.
//
// `v` is the organization, once the asker may look at it. `r` is the first role from the segment on that has the permission and
// holders: a page is of its holders, in the order of an index. After all roles come those who are in the project by itself.
pub(crate) const SUBJECTS: &str = concat!(
    subject_page!(),
    "'segment', coalesce(r.key, 1000), 'rows', json(CASE WHEN r.key IS NOT NULL THEN \
       (SELECT json_group_array(json(entry)) FROM (SELECT json_object('id', iif(+?4 = 'user', t.user_id, t.id), \
        'place', t.joined_version) AS entry FROM member t INDEXED BY member_by_role WHERE t.org_id = v.id \
        AND t.role = r.value ->> '$.name' AND t.status = 'active' AND t.joined_version > iif(r.key = +?9, +?10, 0) AND ",
    unrestricted!("t.id", "+?7", "+?8"),
    " ORDER BY t.joined_version LIMIT +?11)) \
     WHEN +?4 = 'user' THEN \
       (SELECT json_group_array(json(entry)) FROM (SELECT json_object('id', g.user_id, 'place', g.joined_version) AS entry \
        FROM project_member g WHERE g.project_id = p.id AND g.org_id = v.id AND g.status = 'active' \
        AND g.joined_version > iif(+?9 = 1000, +?10, 0) AND ",
    role_has!("v.policy_hash", "g.role", "+?7"),
    " AND NOT EXISTS (SELECT 1 FROM member t WHERE t.user_id = g.user_id AND t.org_id = v.id AND t.status = 'active' AND ",
    role_has!("v.policy_hash", "t.role", "+?7"),
    " AND ",
    unrestricted!("t.id", "+?7", "+?8"),
    ") ORDER BY g.joined_version LIMIT +?11)) ELSE '[]' END), \
     'more', json(iif(r.key IS NOT NULL AND ((+?4 = 'user' AND p.id IS NOT NULL) OR EXISTS (SELECT 1 FROM ",
    roles_of!("d"),
    " y WHERE y.key > r.key)), 'true', 'false'))) AS facts",
    from_credential!(),
    searched_org!(),
    " LEFT JOIN policy d ON d.hash = v.policy_hash LEFT JOIN ",
    roles_of!("d"),
    " r ON r.key = (SELECT y.key FROM ",
    roles_of!("d"),
    " y WHERE y.key >= +?9 AND EXISTS (SELECT 1 FROM json_each(y.value, '$.permissions') z WHERE z.value = +?7) \
       AND EXISTS (SELECT 1 FROM role_use ru WHERE ru.org_id = v.id AND ru.role = y.value ->> '$.name' AND ru.members > 0) \
       ORDER BY y.key LIMIT 1)"
);

// The keys of the organization that may, in the order in which they were made, all of them one segment: an organization has
// ten thousand at most.
pub(crate) const SUBJECT_KEYS: &str = concat!(
    subject_page!(),
    "'segment', 0, 'more', json('false'), 'rows', json((SELECT json_group_array(json(entry)) FROM \
     (SELECT json_object('id', n.id, 'place', n.created_version) AS entry \
      FROM api_key n INDEXED BY api_key_by_status CROSS JOIN member t ON t.id = n.member_id \
      WHERE n.org_id = v.id AND n.status = 'active' AND n.created_version > +?10 AND (n.expires_at IS NULL OR n.expires_at > +?2) \
      AND (n.scopes IS NULL OR EXISTS (SELECT 1 FROM json_each(n.scopes) ns WHERE ns.value = +?7)) \
      AND (n.kept IS NULL OR EXISTS (SELECT 1 FROM json_each(n.kept, '$.permissions') np WHERE np.value = +?7)) \
      AND (n.project_id IS NULL OR n.project_id = p.id) \
      AND coalesce(n.kept ->> '$.role', t.role) IN (SELECT kr.value ->> '$.name' FROM policy kd, ",
    roles_of!("kd"),
    " kr WHERE kd.hash = v.policy_hash AND kr.value ->> '$.holds_keys' \
        AND EXISTS (SELECT 1 FROM json_each(kr.value, '$.permissions') kp WHERE kp.value = +?7)) AND ",
    unrestricted!("n.member_id", "+?7", "+?8"),
    " ORDER BY n.created_version LIMIT +?11)))) AS facts",
    from_credential!(),
    searched_org!()
);

// Parameters of resources: ?4 and ?5 the subject's kind and id, ?6 only this organization, ?7 permission, ?8 the organization where
// the page begins, ?9 rows; for projects ?10 part, ?11 place, ?12 id; for things of the host product ?10 id.
//
// Each walks along the memberships of one person, in the order of an index, and stops at the limit.

/// The person that the subject is, or that holds the key that it is.
macro_rules! subject {
    () => {
        concat!("iif(+?4 = 'user', +?5, (SELECT x.user_id FROM member x WHERE x.id = ", membership!(), "))")
    };
}

/// The membership that the subject is, or that holds the key that it is, as far as the key's scopes go. A key without a holder is not
/// searched for.
macro_rules! membership {
    () => {
        "iif(+?4 = 'member', +?5, (SELECT n.member_id FROM api_key n WHERE n.id = +?5 AND n.status = 'active' AND n.kept IS NULL \
         AND (n.expires_at IS NULL OR n.expires_at > +?2) \
         AND (n.scopes IS NULL OR EXISTS (SELECT 1 FROM json_each(n.scopes) ns WHERE ns.value = +?7))))"
    };
}

/// The memberships by which the subject may do it, from the organization where the page begins.
macro_rules! memberships {
    ($from:literal, $begins:literal) => {
        concat!(
            "FROM member t INDEXED BY member_active CROSS JOIN org o ON o.id = t.org_id ",
            $from,
            " WHERE t.user_id = ",
            subject!(),
            " AND t.status = 'active' AND t.org_id ",
            $begins,
            " +?8 AND (+?4 = 'user' OR t.id = ",
            membership!(),
            ") AND t.org_id = coalesce(+?6, t.org_id) AND ((k.id IS NULL AND t.user_id = u.id) OR ",
            asker_sees!(),
            ") AND ",
            role_has!("o.policy_hash", "t.role", "+?7"),
            " AND (+?4 <> 'api_key' OR EXISTS (SELECT 1 FROM policy kd, ",
            roles_of!("kd"),
            " kr WHERE kd.hash = o.policy_hash AND kr.value ->> '$.name' = t.role AND kr.value ->> '$.holds_keys'))"
        )
    };
}

/// The subject is no key for one project only.
macro_rules! acts_everywhere {
    () => {
        " AND NOT EXISTS (SELECT 1 FROM api_key n WHERE n.id = +?5 AND n.project_id IS NOT NULL)"
    };
}

pub(crate) const ORGANIZATIONS: &str = access_context!(concat!(
    "json_object('asker', json(",
    asker_json!(),
    "), 'unrestricted', json('false'), 'rows', json((SELECT json_group_array(json(entry)) FROM \
     (SELECT json_object('id', t.org_id, 'org', t.org_id, 'part', 0, 'place', 0) AS entry ",
    memberships!("", ">"),
    " AND ",
    unrestricted!("t.id", "+?7", "t.org_id"),
    acts_everywhere!(),
    " ORDER BY t.org_id LIMIT +?9))))"
));

pub(crate) const PROJECTS: &str = access_context!(concat!(
    "json_object('asker', json(",
    asker_json!(),
    "), 'unrestricted', json('false'), 'rows', json((SELECT json_group_array(json(entry)) FROM (SELECT entry FROM \
     (SELECT * FROM (SELECT 0 AS part, t.org_id AS org, p.created_version AS place, p.id AS id, \
       json_object('id', p.id, 'org', t.org_id, 'part', 0, 'place', p.created_version) AS entry ",
    memberships!(
        "CROSS JOIN project p INDEXED BY project_by_status ON p.org_id = t.org_id AND p.status = 'active' \
         AND p.created_version > iif(t.org_id = +?8, +?11, 0)",
        ">="
    ),
    " AND +?10 = 0 AND ",
    unrestricted!("t.id", "+?7", "p.id"),
    " AND p.id = coalesce((SELECT n.project_id FROM api_key n WHERE n.id = +?5), p.id) ORDER BY t.org_id, p.created_version LIMIT +?9) UNION ALL SELECT * FROM (SELECT 1 AS part, '' AS org, 0 AS place, g.project_id AS id, \
       json_object('id', g.project_id, 'org', g.org_id, 'part', 1, 'place', 0) AS entry \
       FROM project_member g INDEXED BY project_member_active CROSS JOIN org o ON o.id = g.org_id WHERE g.user_id = ",
    subject!(),
    " AND g.status = 'active' AND g.project_id > iif(+?10 = 1, +?12, '') AND g.org_id = coalesce(+?6, g.org_id) AND +?4 <> 'api_key' \
       AND (+?4 = 'user' OR EXISTS (SELECT 1 FROM member x WHERE x.id = +?5 AND x.org_id = g.org_id AND x.status = 'active')) \
       AND ((k.id IS NULL AND g.user_id = u.id) OR ",
    asker_sees!(),
    ") AND ",
    role_has!("o.policy_hash", "g.role", "+?7"),
    " AND NOT EXISTS (SELECT 1 FROM member t WHERE t.user_id = g.user_id AND t.org_id = g.org_id AND t.status = 'active' AND ",
    role_has!("o.policy_hash", "t.role", "+?7"),
    " AND ",
    unrestricted!("t.id", "+?7", "g.project_id"),
    ") ORDER BY g.project_id LIMIT +?9) ORDER BY part, org, place, id LIMIT +?9)))))"
));

pub(crate) const LISTED: &str = access_context!(concat!(
    "json_object('asker', json(",
    asker_json!(),
    "), 'unrestricted', json(iif(EXISTS (SELECT 1 ",
    memberships!("", ">="),
    acts_everywhere!(),
    " AND NOT EXISTS (SELECT 1 FROM restriction nr WHERE nr.member_id = t.id AND nr.permission = +?7)), 'true', 'false')), \
     'rows', json((SELECT json_group_array(json(entry)) FROM \
     (SELECT json_object('id', r.resource_id, 'org', t.org_id, 'part', 0, 'place', 0) AS entry ",
    memberships!(
        "CROSS JOIN restriction r ON r.member_id = t.id AND r.permission = +?7 AND r.resource_id > iif(t.org_id = +?8, +?10, '')",
        ">="
    ),
    acts_everywhere!(),
    " ORDER BY t.org_id, r.resource_id LIMIT +?9))))"
));
