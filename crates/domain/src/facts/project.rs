//! Projects, and the people who are in one by itself.

use std::sync::Arc;

use serde::Deserialize;

use super::{ActorFault, MemberFacts, OrgFacts, Who};
use crate::command::Premise;
use crate::policy::{Policy, Role};
use crate::{ProjectId, ProjectMemberId, Refusal, UserId};

/// Who may look at projects, where the policy has such a permission. Where it has none, every member may.
pub(crate) const READS_PROJECTS: &str = "project.read";

/// A project, active.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct ProjectFacts {
    pub id: ProjectId,
    pub name: String,
    pub created_at: i64,
    /// Those who are in it by itself; the organization's members are not counted.
    pub member_count: u64,
    pub pending_count: u64,
    pub rev: u64,
}

/// A person's time in a project, of any status.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct ProjectMemberFacts {
    pub id: ProjectMemberId,
    pub project: ProjectId,
    pub user: UserId,
    pub role: String,
    pub status: String,
    pub rev: u64,
    pub joined_at: i64,
    pub email: String,
    pub display_name: Option<String>,
    /// The person's role in the whole organization, of which they may be a member besides.
    pub organization_role: Option<String>,
}

impl ProjectMemberFacts {
    pub fn is_active(&self) -> bool {
        self.status == "active"
    }
}

/// Somebody who may see a project: as a member of its organization, whose role goes for all projects, as somebody who is in
/// this one by itself, or as both.
#[derive(Debug, Clone)]
pub struct Insider {
    pub who: Who,
    pub org: OrgFacts,
    pub policy: Arc<Policy>,
    pub project: ProjectFacts,
    pub member: Option<MemberFacts>,
    pub guest: Option<ProjectMemberFacts>,
}

impl Insider {
    /// # Errors
    /// Whoever is neither in the organization nor in the project gets "not found", whether it exists or not.
    pub fn new(
        who: Option<Who>,
        org: Option<OrgFacts>,
        member: Option<MemberFacts>,
        project: Option<ProjectFacts>,
        guest: Option<ProjectMemberFacts>,
        now: i64,
    ) -> Result<Self, ActorFault> {
        let who = who.ok_or(Refusal::Unauthenticated)?;
        // A key is its holder's in the organization, never the guest's that the holder is in some project.
        let guest = guest.filter(|_| project.is_some() && who.key().is_none());
        let org = org.filter(|_| member.is_some() || guest.is_some()).ok_or(Refusal::NotFound("organization"))?;
        let project = project.ok_or(Refusal::NotFound("project"))?;
        who.proof.within_rate(now)?;
        who.proof.acts_in(&project.id)?;
        let policy = org.rules()?;
        Ok(Self { who, org, policy, project, member, guest })
    }

    /// The person's role here: the organization's, or else that in the project.
    pub fn role(&self) -> &str {
        let guest = self.guest.as_ref().map_or("", |guest| guest.role.as_str());
        self.member.as_ref().map_or(guest, |member| member.role.as_str())
    }

    /// # Errors
    /// Names the permission that neither of the person's roles has.
    pub fn require(&self, permission: &'static str) -> Result<(), Refusal> {
        if !self.roles().any(|role| role.has(permission)) {
            return Err(Refusal::Forbidden { permission, role: self.role().to_owned() });
        }
        match self.who.key() {
            Some(key) if !key.power.allows(&self.policy, self.role(), permission) => {
                Err(Refusal::ScopeLacks { permission })
            }
            _ => Ok(()),
        }
    }

    /// # Errors
    /// Where the policy has a permission to read projects and neither of the person's roles has it. A key needs that permission
    /// among its own, or, where there is none, the one to read the organization.
    pub fn require_reading(&self) -> Result<(), Refusal> {
        if self.who.key().is_some() {
            return self.require(if reads_are_reserved(&self.policy) { READS_PROJECTS } else { "org.read" });
        }
        self.roles()
            .map(|role| may_read(&self.policy, role))
            .find(Result::is_ok)
            .unwrap_or_else(|| Err(Refusal::Forbidden { permission: READS_PROJECTS, role: self.role().to_owned() }))
    }

    /// What a change asked for by this person rests on.
    pub fn premises(&self) -> Vec<Premise> {
        let member = self.member.as_ref().map(|member| Premise::Member(member.id.clone(), member.rev));
        let guest = self.guest.as_ref().map(|guest| Premise::ProjectMember(guest.id.clone(), guest.rev));
        let both = [self.who.premise(), Premise::Org(self.org.id.clone(), self.org.rev)];
        both.into_iter().chain(member).chain(guest).collect()
    }

    fn roles(&self) -> impl Iterator<Item = &Role> {
        let member = self.member.as_ref().map(|member| member.role.as_str());
        let guest = self.guest.as_ref().map(|guest| guest.role.as_str());
        member.into_iter().chain(guest).filter_map(|role| self.policy.role(role))
    }
}

/// Whether a role may look at projects.
///
/// # Errors
/// Where the policy has a permission for it, which this role lacks.
pub(crate) fn may_read(policy: &Policy, role: &Role) -> Result<(), Refusal> {
    if role.has(READS_PROJECTS) || !reads_are_reserved(policy) {
        return Ok(());
    }
    Err(Refusal::Forbidden { permission: READS_PROJECTS, role: role.name.clone() })
}

/// Whether the policy has a permission to look at projects.
pub(crate) fn reads_are_reserved(policy: &Policy) -> bool {
    policy.roles().iter().any(|role| role.has(READS_PROJECTS))
}
