//! Projects, and the people in them.

use latchkey_domain::facts::{ProjectFacts, ProjectMemberFacts};
use latchkey_store::project::{Entry, Listed, MyProject as Mine};

use crate::Timestamp;
use crate::model::{MyProject, OrgRef, Project, ProjectMember, ProjectMemberSource, ProjectRef};

/// A project, as a holder of `my_role` sees it.
pub fn project(project: &ProjectFacts, my_role: &str) -> Project {
    Project {
        id: project.id.to_string(),
        name: project.name.clone(),
        created_at: Timestamp(project.created_at),
        member_count: project.member_count,
        pending_invitation_count: project.pending_count,
        my_role: my_role.to_owned(),
    }
}

/// A project in a list, as a member of the organization with that role sees it, or else whoever is in it by itself.
pub fn listed_project(listed: &Listed, organization_role: Option<&str>) -> Project {
    project(&listed.project, organization_role.or(listed.role.as_deref()).unwrap_or_default())
}

impl From<&ProjectFacts> for ProjectRef {
    fn from(project: &ProjectFacts) -> Self {
        Self { id: project.id.to_string(), name: project.name.clone() }
    }
}

impl From<Mine> for MyProject {
    fn from(mine: Mine) -> Self {
        Self {
            id: mine.project.id.to_string(),
            name: mine.project.name,
            organization: OrgRef { id: mine.organization.to_string(), name: mine.organization_name },
            project_member: mine.member.to_string(),
            role: mine.role,
            joined_at: Timestamp(mine.joined_at),
        }
    }
}

impl From<&ProjectMemberFacts> for ProjectMember {
    fn from(member: &ProjectMemberFacts) -> Self {
        Self {
            id: member.id.to_string(),
            user_id: member.user.to_string(),
            email: member.email.clone(),
            display_name: member.display_name.clone(),
            source: ProjectMemberSource::Project,
            role: member.role.clone(),
            project_role: Some(member.role.clone()),
            organization_role: member.organization_role.clone(),
            joined_at: Timestamp(member.joined_at),
        }
    }
}

/// A line of the list of people in a project, as the organization's members see it, or those who are in projects only.
pub fn project_member(entry: Entry, seen_from_within: bool) -> ProjectMember {
    match entry {
        Entry::Project { member, .. } => {
            let shown = ProjectMember::from(&member);
            ProjectMember { organization_role: shown.organization_role.filter(|_| seen_from_within), ..shown }
        }
        Entry::Organization { id, user, role, email, display_name, joined_at, .. } => ProjectMember {
            id: id.to_string(),
            user_id: user.to_string(),
            email,
            display_name,
            source: ProjectMemberSource::Organization,
            role: role.clone(),
            project_role: None,
            organization_role: Some(role),
            joined_at: Timestamp(joined_at),
        },
    }
}
