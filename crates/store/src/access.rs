//! What an answer about access rests on: one statement for any number of questions.

/// A question about access, by a person, a program or the operator; `$facts` is a JSON expression that may use ?4 and on.
macro_rules! access_context {
    ($facts:expr) => {
        concat!(
            "SELECT json_object(",
            who_and_replay_json!(proof!()),
            ") AS context, ",
            $facts,
            " AS facts",
            from_credential!()
        )
    };
}

/// The event that gave an organization its rules.
macro_rules! rules_event {
    ($org:literal) => {
        concat!(
            "coalesce((SELECT e.id FROM event e INDEXED BY event_by_type WHERE e.org_id = ",
            $org,
            " AND e.type = 'policy.changed' ORDER BY e.version DESC LIMIT 1), (SELECT e.id FROM event e WHERE e.org_id = ",
            $org,
            " AND e.version = 1))"
        )
    };
}

/// The newest event of those types about a target.
macro_rules! newest_event {
    (of $of:literal, $types:literal) => {
        concat!(
            "(SELECT e.id FROM event e INDEXED BY event_by_target WHERE e.org_id = ",
            $of,
            ".org_id AND e.target = ",
            $of,
            ".id AND e.type ",
            $types,
            " ORDER BY e.version DESC LIMIT 1)"
        )
    };
    ($org:literal, $target:literal, $types:literal) => {
        concat!(
            "(SELECT e.id FROM event e INDEXED BY event_by_target WHERE e.org_id = ",
            $org,
            " AND e.target = ",
            $target,
            " AND e.type ",
            $types,
            " ORDER BY e.version DESC LIMIT 1)"
        )
    };
}

/// The event that gave a member the role.
macro_rules! role_event {
    ($org:literal, $member:literal) => {
        newest_event!($org, $member, "IN ('member.joined', 'member.role_changed')")
    };
}

/// The event that restricted a member; NULL when nothing is restricted.
macro_rules! restrictions_event {
    ($org:literal, $member:literal) => {
        concat!(
            "CASE WHEN EXISTS (SELECT 1 FROM restriction r WHERE r.member_id = ",
            $member,
            ") THEN ",
            newest_event!($org, $member, "= 'member.restrictions_changed'"),
            " END"
        )
    };
}

/// The event that gave somebody their role in a project.
macro_rules! guest_event {
    ($g:literal) => {
        newest_event!(of $g, "IN ('project.member_joined', 'project.member_role_changed')")
    };
}

/// The event that made a key what it is. Another text of the key gives it nothing.
macro_rules! key_event {
    ($n:literal) => {
        newest_event!(of $n, "<> 'api_key.rotated'")
    };
}

mod member;
mod search;

use std::collections::BTreeMap;

use latchkey_domain::access::{AskedBy, Facts, Question};
use latchkey_domain::command::OPERATOR;
use latchkey_domain::facts::Who;
use latchkey_domain::{Refusal, policy};
use serde::Deserialize;
use serde_json::{Value as Json, json};

use crate::context::{self, Ask, PersonContext, text};
use crate::db::{Db, DbError};

pub(crate) use member::MEMBER_ACCESS;
pub use member::{GuestAccess, KeyAccess, MemberAccess, member};
pub use search::{
    After, GUESTS, KeyAsker, Place, ResourcePage, ResourceRow, Resources, SubjectPage, SubjectRow, Subjects, resources,
    subjects,
};
pub(crate) use search::{LISTED, ORGANIZATIONS, PROJECTS, SUBJECT_KEYS, SUBJECTS};

/// What is known of several questions, each at its place, and the rules that are no presets, by their hashes.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Known {
    pub answers: Vec<Facts>,
    pub policies: BTreeMap<String, String>,
}

/// What is known of each question, in its order.
///
/// # Errors
/// Of the store.
pub async fn evaluate(db: &impl Db, ask: &Ask<'_>, questions: &[Question]) -> Result<PersonContext<Known>, DbError> {
    asked(db, ask, EVALUATE, questions).await
}

/// The same for one question without an action: with every permission that is restricted.
///
/// # Errors
/// Of the store.
pub async fn actions(db: &impl Db, ask: &Ask<'_>, question: &Question) -> Result<PersonContext<Known>, DbError> {
    asked(db, ask, ACTIONS, std::slice::from_ref(question)).await
}

/// Who asks.
///
/// # Errors
/// Nobody, or a key whose rate is used up.
pub fn asked_by<'a>(ask: &Ask<'_>, who: Option<&'a Who>) -> Result<AskedBy<'a>, Refusal> {
    if ask.token_hash == OPERATOR {
        return Ok(AskedBy::Operator);
    }
    let who = who.ok_or(Refusal::Unauthenticated)?;
    who.proof.within_rate(ask.now)?;
    Ok(who.key().map_or(AskedBy::Person, AskedBy::Key))
}

async fn asked(
    db: &impl Db,
    ask: &Ask<'_>,
    sql: &str,
    questions: &[Question],
) -> Result<PersonContext<Known>, DbError> {
    let asked: Json = questions.iter().map(question_json).collect();
    context::person(db, ask, sql, vec![text(asked), text(policy::preset_hashes_json())]).await
}

fn question_json(question: &Question) -> Json {
    let (subject, resource) = (&question.subject, &question.resource);
    json!({
        "kind": subject.kind, "id": subject.id, "action": question.action, "resource": resource.id,
        "organization": resource.organization(), "project": resource.project(),
    })
}

// Parameters of an evaluation: ?4 the questions, ?5 the known policy hashes.
//
// A question names its organization, or a project, which is in one. The subject comes to a membership of the organization,
// and to one of the project. The rules are read once, however many questions live by them.
macro_rules! answers {
    ($restrictions:expr) => {
        access_context!(concat!(
            "'{\"answers\":' || (SELECT ",
            json_list!("entry"),
            " FROM (SELECT json_object(\
             'org', CASE WHEN o.id IS NOT NULL THEN json_object('id', o.id, 'policy', o.policy, 'policy_hash', o.policy_hash, \
               'limits', json(o.limits)) END, \
             'project', CASE WHEN p.org_id = o.id THEN p.id END, \
             'member', CASE WHEN m.id IS NOT NULL THEN json_object('id', m.id, 'user', m.user_id, 'role', m.role, \
               'limits', json(m.limits)) END, \
             'guest', CASE WHEN g.id IS NOT NULL THEN json_object('id', g.id, 'user', g.user_id, 'role', g.role) END, \
             'key', CASE WHEN n.id IS NOT NULL THEN json_object('id', n.id, 'standing', \
               iif(n.status = 'active' AND n.expires_at <= +?2, 'expired', n.status), 'power', json_object('scopes', json(n.scopes), \
               'kept', json(n.kept)), 'project', n.project_id, 'member', n.member_id, 'role', h.role, 'limits', json(h.limits)) END, \
             'asker_role', a.role, \
             'is_self', json(iif(CASE q.value ->> '$.kind' WHEN 'api_key' THEN iif(k.id IS NULL, h.user_id = u.id AND h.status = 'active' AND n.kept IS NULL, n.id = k.id) \
               ELSE k.id IS NULL AND coalesce(m.user_id, q.value ->> '$.id') = u.id END, 'true', 'false')), \
             'restrictions', json(",
            $restrictions,
            "), 'events', json_object(\
               'policy', ",
            rules_event!("o.id"),
            ", 'member', ",
            role_event!("o.id", "coalesce(m.id, n.member_id)"),
            ", 'restrictions', ",
            restrictions_event!("o.id", "coalesce(m.id, n.member_id)"),
            ", 'guest', ",
            guest_event!("g"),
            ", 'key', ",
            key_event!("n"),
            ")) AS entry \
             FROM json_each(+?4) q \
             LEFT JOIN project p ON p.id = q.value ->> '$.project' AND p.status = 'active' \
             LEFT JOIN org o ON o.id = coalesce(q.value ->> '$.organization', p.org_id) AND o.status = 'active' \
             LEFT JOIN member m ON m.id = CASE q.value ->> '$.kind' WHEN 'member' THEN q.value ->> '$.id' \
               WHEN 'user' THEN (SELECT x.id FROM member x WHERE x.user_id = q.value ->> '$.id' AND x.org_id = o.id \
                                 AND x.status = 'active') END \
               AND m.org_id = o.id AND m.status = 'active' \
             LEFT JOIN project_member g ON g.user_id = CASE q.value ->> '$.kind' WHEN 'member' THEN m.user_id \
               WHEN 'user' THEN q.value ->> '$.id' END AND g.project_id = p.id AND g.org_id = o.id AND g.status = 'active' \
             LEFT JOIN api_key n ON n.id = iif(q.value ->> '$.kind' = 'api_key', q.value ->> '$.id', NULL) AND n.org_id = o.id \
             LEFT JOIN member h ON h.id = n.member_id \
             LEFT JOIN member a ON a.org_id = o.id AND a.id = iif(k.id IS NULL, (SELECT x.id FROM member x \
               WHERE x.user_id = u.id AND x.org_id = o.id AND x.status = 'active'), iif(k.org_id = o.id, k.member_id, NULL)) \
             ORDER BY q.key)) \
             || ',\"policies\":' || (SELECT json_group_object(d.hash, d.document) FROM policy d WHERE d.hash IN \
               (SELECT x.policy_hash FROM json_each(+?4) q LEFT JOIN project y ON y.id = q.value ->> '$.project' \
                JOIN org x ON x.id = coalesce(q.value ->> '$.organization', y.org_id)) \
               AND d.hash NOT IN (SELECT value FROM json_each(+?5))) || '}'"
        ))
    };
}

pub(crate) const EVALUATE: &str = answers!(
    "CASE WHEN EXISTS (SELECT 1 FROM restriction r WHERE r.member_id = coalesce(m.id, n.member_id) AND r.permission = q.value ->> '$.action') \
     THEN json_object(q.value ->> '$.action', json(iif(EXISTS (SELECT 1 FROM restriction r WHERE r.member_id = coalesce(m.id, n.member_id) \
       AND r.permission = q.value ->> '$.action' AND r.resource_id = q.value ->> '$.resource'), 'true', 'false'))) ELSE '{}' END"
);

pub(crate) const ACTIONS: &str = answers!(restricted_json!("coalesce(m.id, n.member_id)", "q.value ->> '$.resource'"));
