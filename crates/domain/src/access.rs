//! Whether somebody may do something, and why: the answer to a host product that asks.
//!
//! Who is a member of the organization has their role there and in each of its projects; who is in one project only has their
//! role there and nowhere else. A restriction takes from a member's role, for all but the resources that it lists.

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use crate::facts::KeyProof;
use crate::key::KeyPower;
use crate::policy::{OWN_PERMISSIONS, Policy};
use crate::{ApiKeyId, EventId, MemberId, OrgId, ProjectId, ProjectMemberId, UserId};

/// The permission that lets a member ask about the others.
pub const ASKS_ABOUT_OTHERS: &str = "member.read";

/// May this subject do that to the resource?
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    pub subject: Subject,
    /// The name of a permission.
    pub action: String,
    pub resource: Resource,
}

/// Whom a question is about. Whether there is somebody of that id, the store knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subject {
    pub kind: String,
    pub id: String,
}

/// What a question is about: an organization, a project, or a thing of the host product within one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resource {
    pub kind: String,
    pub id: String,
    organization: Option<String>,
    project: Option<String>,
}

/// The kinds of subjects there are.
pub const SUBJECT_KINDS: [&str; 3] = ["user", "member", "api_key"];

impl Resource {
    /// A resource as it was named; `organization` and `project` say where a thing of the host product belongs.
    pub fn new(kind: String, id: String, organization: Option<String>, project: Option<String>) -> Self {
        match kind.as_str() {
            "organization" => Self { organization: Some(id.clone()), project: None, kind, id },
            "project" => Self { project: Some(id.clone()), organization, kind, id },
            _ => Self { kind, id, organization, project },
        }
    }

    /// The organization it is in. `None` for a project, whose own row says.
    pub fn organization(&self) -> Option<&str> {
        self.organization.as_deref()
    }

    /// The project that it is, or is in.
    pub fn project(&self) -> Option<&str> {
        self.project.as_deref()
    }
}

/// What the store knows of a question.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Facts {
    /// Absent when it is unknown or deleted.
    pub org: Option<Org>,
    /// The project asked about, when it is the organization's and active.
    pub project: Option<ProjectId>,
    /// The subject's active membership of the organization.
    pub member: Option<Member>,
    /// The subject's active membership of the project by itself.
    pub guest: Option<Guest>,
    /// The API key that the subject is, of the organization, of any standing.
    pub key: Option<Key>,
    /// The role in the organization of whoever asks, or of the holder of the key that asks.
    pub asker_role: Option<String>,
    /// Whether whoever asks is the subject.
    pub is_self: bool,
    /// The member's restricted permissions, those asked about; whether the resource is among those listed.
    pub restrictions: BTreeMap<String, bool>,
    pub events: Events,
}

/// An organization, as far as access is concerned.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Org {
    pub id: OrgId,
    pub policy: String,
    pub policy_hash: String,
    pub limits: BTreeMap<String, u64>,
}

/// A membership of an organization, as far as access is concerned.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Member {
    pub id: MemberId,
    pub user: UserId,
    pub role: String,
    pub limits: BTreeMap<String, u64>,
}

/// A membership of one project, as far as access is concerned.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Guest {
    pub id: ProjectMemberId,
    pub user: UserId,
    pub role: String,
}

/// An API key, as far as access is concerned.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Key {
    pub id: ApiKeyId,
    /// `active`, `revoked` or `expired`, as of now.
    pub standing: String,
    pub power: KeyPower,
    /// The only project it is good for.
    pub project: Option<ProjectId>,
    /// The holder; of a kept key the last one.
    pub member: MemberId,
    /// The holder's role.
    pub role: String,
    pub limits: BTreeMap<String, u64>,
}

/// The events that made things as they are.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub struct Events {
    /// That gave the organization its rules.
    pub policy: Option<EventId>,
    /// That gave the member the role.
    pub member: Option<EventId>,
    /// That restricted the member, where the permission is restricted.
    pub restrictions: Option<EventId>,
    /// That gave the person the role in the project.
    pub guest: Option<EventId>,
    /// That made the key what it is.
    pub key: Option<EventId>,
}

/// Who asks, before anything is known of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AskedBy<'a> {
    /// The host product, which may ask about everybody.
    Operator,
    /// A person: about themselves, and about others where their role says so.
    Person,
    /// A program, with an API key: about the key itself, and about others where the key may read members.
    Key(&'a KeyProof),
}

impl AskedBy<'_> {
    /// Whether the asker may ask about others in an organization where they, or the key's holder, have that role.
    pub fn may_ask(&self, policy: &Policy, role: &str) -> bool {
        match self {
            Self::Operator => true,
            Self::Person => policy.role(role).is_some_and(|role| role.has(ASKS_ABOUT_OTHERS)),
            Self::Key(key) => key.power.allows(policy, role, ASKS_ABOUT_OTHERS),
        }
    }

    /// Whether the asker may look into that project, or, without one, beyond projects.
    fn may_look_into(&self, project: Option<&ProjectId>) -> bool {
        match self {
            Self::Key(key) => key.project.is_none() || key.project.as_ref() == project,
            _ => true,
        }
    }
}

macro_rules! reasons {
    ($($(#[doc = $about:literal])+ $reason:ident = $word:literal;)+) => {
        /// Why an answer is what it is.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Reason { $($(#[doc = $about])+ $reason,)+ }

        impl Reason {
            /// Every reason, in order.
            pub const ALL: &[Self] = &[$(Self::$reason),+];

            /// A stable word, by which a client decides.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$reason => $word,)+ }
            }
        }
    };
}

reasons! {
    /// The role has the permission.
    Granted = "granted";
    /// The role does not have the permission.
    NotGranted = "not_granted";
    /// The role has the permission, and the member has it for other resources only.
    Restricted = "restricted";
    /// The holder's role has the permission, and the key's scopes, or what it was frozen at, do not.
    OutsideScopes = "outside_scopes";
    /// The key is good for another project only.
    OutsideProject = "outside_project";
    /// The key was revoked.
    KeyRevoked = "key_revoked";
    /// The key's time is over.
    KeyExpired = "key_expired";
    /// No role of the policy has such a permission.
    UnknownPermission = "unknown_permission";
    /// The subject is neither in the organization nor in the project.
    NotAMember = "not_a_member";
    /// Subjects of this type are not known here.
    UnknownSubjectType = "unknown_subject_type";
    /// The resource does not say in which organization it is.
    OrganizationMissing = "organization_missing";
    /// The organization does not exist, or is not the asker's to see.
    UnknownOrganization = "unknown_organization";
    /// The project does not exist, is not of the organization, or is not the asker's to see.
    UnknownProject = "unknown_project";
    /// The asker's role does not let them ask about others.
    NotYoursToAsk = "not_yours_to_ask";
}

/// Through what a permission comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Via {
    /// The role in the organization, which every project inherits.
    Role,
    /// The role in the project by itself.
    Project,
    /// The role of the key's holder, within the key's scopes.
    Key,
}

impl Via {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Role => "role",
            Self::Project => "project",
            Self::Key => "key",
        }
    }
}

/// The answer to a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verdict {
    pub reason: Reason,
    /// `None` where the asker may know no more than the reason.
    pub via: Option<Via>,
}

impl Verdict {
    pub fn is_allowed(&self) -> bool {
        self.reason == Reason::Granted
    }
}

/// Answers a question. Without the rules, nothing is known of the organization.
pub fn decide(question: &Question, facts: &Facts, asked_by: AskedBy<'_>, policy: Option<&Policy>) -> Verdict {
    let action = question.action.as_str();
    let verdict = judge(question, action, facts, asked_by, policy);
    let is_known = |policy: &Policy| OWN_PERMISSIONS.contains(&action) || policy.permissions().contains(action);
    match verdict.reason {
        Reason::NotGranted if !policy.is_some_and(is_known) => Verdict { reason: Reason::UnknownPermission, ..verdict },
        _ => verdict,
    }
}

/// The same for any action, taking for granted that there is such a permission.
fn judge(question: &Question, action: &str, facts: &Facts, asked_by: AskedBy<'_>, policy: Option<&Policy>) -> Verdict {
    let nothing = |reason| Verdict { reason, via: None };
    let policy = match in_view(question, facts, asked_by, policy) {
        Ok(policy) => policy,
        Err(reason) => return nothing(reason),
    };
    let via = match facts {
        Facts { key: Some(_), .. } => Via::Key,
        Facts { member: Some(_), .. } => Via::Role,
        Facts { guest: Some(_), .. } => Via::Project,
        _ => return nothing(Reason::NotAMember),
    };
    let answer = |reason| Verdict { reason, via: Some(via) };
    let has = |role: &str| policy.role(role).is_some_and(|role| role.has(action));
    let by_role = match (&facts.key, &facts.member) {
        (Some(key), _) => match by_key(key, facts.project.as_ref(), policy, action) {
            Ok(()) => true,
            Err(Reason::NotGranted) => false,
            Err(reason) => return answer(reason),
        },
        (None, member) => member.as_ref().is_some_and(|member| has(&member.role)),
    };
    let is_listed = facts.restrictions.get(action).is_none_or(|listed| *listed);
    if by_role && is_listed {
        return answer(Reason::Granted);
    }
    if facts.guest.as_ref().is_some_and(|guest| has(&guest.role)) {
        return Verdict { reason: Reason::Granted, via: Some(Via::Project) };
    }
    answer(if by_role { Reason::Restricted } else { Reason::NotGranted })
}

fn by_key(key: &Key, project: Option<&ProjectId>, policy: &Policy, action: &str) -> Result<(), Reason> {
    match key.standing.as_str() {
        "active" => {}
        "expired" => return Err(Reason::KeyExpired),
        _ => return Err(Reason::KeyRevoked),
    }
    if key.project.is_some() && key.project.as_ref() != project {
        return Err(Reason::OutsideProject);
    }
    if key.power.allows(policy, &key.role, action) {
        return Ok(());
    }
    Err(if key.power.is_in_reach(policy, &key.role, action) { Reason::OutsideScopes } else { Reason::NotGranted })
}

/// Every permission that the answer to a question with that action would be yes for, by name.
pub fn allowed<'a>(
    question: &Question,
    facts: &Facts,
    asked_by: AskedBy<'_>,
    policy: Option<&'a Policy>,
) -> BTreeSet<&'a str> {
    let all = policy.map(Policy::permissions).unwrap_or_default();
    let is_allowed = |permission: &&str| judge(question, permission, facts, asked_by, policy).is_allowed();
    all.into_iter().filter(is_allowed).collect()
}

/// The rules of the organization, if the asker may ask this about it. What is not theirs reads as what does not exist.
fn in_view<'a>(
    question: &Question,
    facts: &Facts,
    asked_by: AskedBy<'_>,
    policy: Option<&'a Policy>,
) -> Result<&'a Policy, Reason> {
    let Resource { kind, organization, project, .. } = &question.resource;
    if !SUBJECT_KINDS.contains(&question.subject.kind.as_str()) {
        return Err(Reason::UnknownSubjectType);
    }
    if organization.is_none() && project.is_none() {
        return Err(Reason::OrganizationMissing);
    }
    let unknown = if kind == "project" { Reason::UnknownProject } else { Reason::UnknownOrganization };
    let (Some(_), Some(policy)) = (&facts.org, policy) else { return Err(unknown) };
    if asked_by != AskedBy::Operator {
        let is_in = facts.member.is_some() || facts.guest.is_some() || facts.key.is_some();
        let is_about_me = facts.is_self && is_in;
        match facts.asker_role.as_deref() {
            None if !is_about_me => return Err(unknown),
            _ if !asked_by.may_look_into(facts.project.as_ref()) => return Err(Reason::NotYoursToAsk),
            Some(role) if !is_about_me && !asked_by.may_ask(policy, role) => return Err(Reason::NotYoursToAsk),
            _ => {}
        }
    }
    if project.is_some() && facts.project.is_none() { Err(Reason::UnknownProject) } else { Ok(policy) }
}
