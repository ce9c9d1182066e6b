//! Projects: the contexts of their operations, and the lists of them and of the people in one.

use latchkey_domain::facts::{Actor, ActorFault, Insider, InvitationFacts, ProjectFacts, ProjectMemberFacts};
use latchkey_domain::{Email, MemberId, OrgId, ProjectId, ProjectMemberId, UserId};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::context::{self, Ask, NoFacts, OrgContext, PersonContext, text};
use crate::db::{Db, DbError, Value};

/// What an operation within one project knows: the project, the asker's own membership of it, and the operation's facts.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct InProject<T> {
    /// Absent once it is deleted.
    pub project: Option<ProjectFacts>,
    pub guest: Option<ProjectMemberFacts>,
    pub facts: T,
}

impl<T> OrgContext<InProject<T>> {
    /// Splits into the person who may see the project and the facts.
    ///
    /// # Errors
    /// Nobody signed in, or somebody who is neither in the organization nor in the project.
    pub fn into_insider(self, now: i64) -> Result<(Insider, T), ActorFault> {
        let InProject { project, guest, facts } = self.facts;
        Ok((Insider::new(self.who, self.org, self.me, project, guest, now)?, facts))
    }

    /// Splits into the member of the organization who asks, the project and the facts.
    ///
    /// # Errors
    /// As [`OrgContext::into_actor`].
    pub fn into_actor_at(self, now: i64) -> Result<(Actor, Option<ProjectFacts>, T), ActorFault> {
        let (actor, InProject { project, facts, .. }) = self.into_actor(now)?;
        Ok((actor, project, facts))
    }
}

/// What stands in the way of inviting an address into a project.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct AddressFacts {
    /// Whoever has it is in the project already.
    pub member: Option<ProjectMemberFacts>,
    /// The open invitation to it, into this project.
    pub open: Option<InvitationFacts>,
}

/// A project in a list, at its place there.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Listed {
    #[serde(flatten)]
    pub project: ProjectFacts,
    /// The version of the event that made it.
    pub place: u64,
    /// The asker's own role in it, where they are in it by itself.
    pub role: Option<String>,
}

/// A line of the list of people in a project.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(tag = "source", rename_all = "snake_case")]
pub enum Entry {
    /// In the project by itself.
    Project {
        #[serde(flatten)]
        member: ProjectMemberFacts,
        place: u64,
    },
    /// In every project, as a member of the organization.
    Organization {
        id: MemberId,
        user: UserId,
        role: String,
        email: String,
        display_name: Option<String>,
        joined_at: i64,
        place: u64,
    },
}

/// Where a page of that list begins: after this place in the part of those who are in the project by itself, or of the
/// organization's members, who follow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum After {
    Project(u64),
    Organization(u64),
}

impl Entry {
    /// Its place in the list: a page that ends with it is continued here.
    pub fn place(&self) -> After {
        match self {
            Self::Project { place, .. } => After::Project(*place),
            Self::Organization { place, .. } => After::Organization(*place),
        }
    }
}

/// A project that the person is in by itself.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct MyProject {
    pub project: ProjectFacts,
    pub organization: OrgId,
    pub organization_name: String,
    pub member: ProjectMemberId,
    pub role: String,
    pub joined_at: i64,
}

/// What every operation within a project reads.
pub type Context<T> = OrgContext<InProject<T>>;

/// The project, for operations that need no more.
///
/// # Errors
/// Of the store.
pub async fn one(
    db: &impl Db,
    ask: &Ask<'_>,
    org: &OrgId,
    project: &ProjectId,
) -> Result<Context<Option<NoFacts>>, DbError> {
    within(db, ask, (org, project), PROJECT, Vec::new()).await
}

/// The project, and somebody in it, of any status.
///
/// # Errors
/// Of the store.
pub async fn member(
    db: &impl Db,
    ask: &Ask<'_>,
    org: &OrgId,
    project: &ProjectId,
    member: &ProjectMemberId,
) -> Result<Context<Option<ProjectMemberFacts>>, DbError> {
    within(db, ask, (org, project), MEMBER, vec![text(member)]).await
}

/// The project, and what is known of an address in it.
///
/// # Errors
/// Of the store.
pub async fn address(
    db: &impl Db,
    ask: &Ask<'_>,
    org: &OrgId,
    project: &ProjectId,
    email: &Email,
) -> Result<Context<AddressFacts>, DbError> {
    within(db, ask, (org, project), ADDRESS, vec![text(email.key())]).await
}

/// One page of the organization's projects after the place `after`, the oldest first: all of them for its members, their
/// own for those who are in single projects.
///
/// # Errors
/// Of the store.
pub async fn list(
    db: &impl Db,
    ask: &Ask<'_>,
    org: &OrgId,
    after: u64,
    rows_max: i64,
) -> Result<OrgContext<Vec<Listed>>, DbError> {
    context::org(db, ask, org, PROJECTS, vec![place(after), Value::Integer(rows_max)]).await
}

/// One page of the people in a project: first those who are in it by itself, then the organization's other members, each in
/// the order in which they joined. The second part is for the organization's members only.
///
/// # Errors
/// Of the store.
pub async fn members(
    db: &impl Db,
    ask: &Ask<'_>,
    org: &OrgId,
    project: &ProjectId,
    after: After,
    rows_max: i64,
) -> Result<Context<Vec<Entry>>, DbError> {
    // The first part is over once a page begins in the second.
    let (first, second) = match after {
        After::Project(after) => (place(after), Value::Integer(0)),
        After::Organization(after) => (Value::Integer(i64::MAX), place(after)),
    };
    within(db, ask, (org, project), MEMBERS, vec![first, second, Value::Integer(rows_max)]).await
}

/// The projects that the person is in by itself, the oldest first, after the id `after`.
///
/// # Errors
/// Of the store.
pub async fn mine(
    db: &impl Db,
    ask: &Ask<'_>,
    after: Option<&str>,
    rows_max: i64,
) -> Result<PersonContext<Vec<MyProject>>, DbError> {
    context::person(db, ask, MY_PROJECTS, vec![text(after.unwrap_or("")), Value::Integer(rows_max)]).await
}

async fn within<T: DeserializeOwned>(
    db: &impl Db,
    ask: &Ask<'_>,
    (org, project): (&OrgId, &ProjectId),
    sql: &str,
    more: Vec<Value>,
) -> Result<Context<T>, DbError> {
    context::org(db, ask, org, sql, std::iter::once(text(project)).chain(more).collect()).await
}

fn place(after: u64) -> Value {
    Value::Integer(i64::try_from(after).unwrap_or(i64::MAX))
}

/// A request within a project: ?6 its id; `$facts` may use ?7 and on.
macro_rules! in_project {
    ($facts:expr) => {
        org_context!(concat!(
            "json_object('project', json((SELECT ",
            project_json!("p"),
            " FROM project p WHERE p.id = +?6 AND p.org_id = +?4 AND p.status = 'active')), 'guest', json((SELECT ",
            project_member_json!("g", "u"),
            " FROM project_member g WHERE g.user_id = s.user_id AND g.project_id = +?6 AND g.status = 'active')), 'facts', json(",
            $facts,
            "))"
        ))
    };
}

pub(crate) const PROJECT: &str = in_project!("NULL");

pub(crate) const MEMBER: &str = in_project!(concat!(
    "(SELECT ",
    project_member_json!("t", "tu"),
    " FROM project_member t JOIN user tu ON tu.id = t.user_id WHERE t.id = +?7 AND t.project_id = +?6 AND t.org_id = +?4)"
));

pub(crate) const ADDRESS: &str = in_project!(concat!(
    "json_object('member', json((SELECT ",
    project_member_json!("t", "tu"),
    " FROM user tu JOIN project_member t ON t.user_id = tu.id AND t.project_id = +?6 AND t.status = 'active' \
     WHERE tu.email_key = +?7)), 'open', json((SELECT ",
    invitation_json!("i"),
    " FROM invitation i WHERE i.org_id = +?4 AND i.email_key = +?7 AND coalesce(i.project_id, '') = +?6 AND i.status = 'pending')))"
));

// Members have the first part, in the order of an index; everybody else the second, which is as long as the list of what
// they are in.
pub(crate) const PROJECTS: &str = org_context!(concat!(
    "(SELECT json_group_array(json(entry)) FROM (SELECT p.created_version AS place, ",
    project_json!("p"),
    " AS entry FROM project p WHERE m.id IS NOT NULL AND p.org_id = +?4 AND p.status = 'active' AND p.created_version > +?6 \
     UNION ALL SELECT p.created_version, json_set(",
    project_json!("p"),
    ", '$.role', g.role) FROM project_member g INDEXED BY project_member_in_org CROSS JOIN project p ON p.id = g.project_id \
     WHERE m.id IS NULL AND g.user_id = s.user_id AND g.org_id = +?4 AND g.status = 'active' AND p.created_version > +?6 \
     ORDER BY place LIMIT +?7))"
));

// Two ranges, one after the other, each of them cut at the page before they are put together.
pub(crate) const MEMBERS: &str = in_project!(concat!(
    "(SELECT json_group_array(json(entry)) FROM (SELECT * FROM (SELECT 0 AS part, t.joined_version AS place, ",
    project_member_json!("t", "tu"),
    " AS entry FROM project_member t CROSS JOIN user tu ON tu.id = t.user_id \
     WHERE t.project_id = +?6 AND t.status = 'active' AND t.joined_version > +?7 ORDER BY t.joined_version LIMIT +?9) \
     UNION ALL SELECT * FROM (SELECT 1 AS part, t.joined_version AS place, \
     json_object('source', 'organization', 'id', t.id, 'user', t.user_id, 'role', t.role, 'email', tu.email, \
     'display_name', tu.display_name, 'joined_at', t.joined_at, 'place', t.joined_version) AS entry \
     FROM member t CROSS JOIN user tu ON tu.id = t.user_id \
     WHERE m.id IS NOT NULL AND t.org_id = +?4 AND t.status = 'active' AND t.joined_version > +?8 \
     AND NOT EXISTS (SELECT 1 FROM project_member x WHERE x.user_id = t.user_id AND x.project_id = +?6 AND x.status = 'active') \
     ORDER BY t.joined_version LIMIT +?9) ORDER BY part, place LIMIT +?9))"
));

pub(crate) const MY_PROJECTS: &str = person_context!(concat!(
    "(SELECT json_group_array(json(entry)) FROM (SELECT json_object('project', ",
    project_json!("p"),
    ", 'organization', po.id, 'organization_name', po.name, 'member', g.id, 'role', g.role, 'joined_at', g.joined_at) AS entry \
     FROM project_member g CROSS JOIN project p ON p.id = g.project_id CROSS JOIN org po ON po.id = g.org_id \
     WHERE g.user_id = u.id AND g.status = 'active' AND g.project_id > +?4 ORDER BY g.project_id LIMIT +?5))"
));
