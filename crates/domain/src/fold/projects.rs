//! The projects of an organization, and who is in no more than those.

use super::{Fit, InvitationStatus, MemberStatus, OrgState, ProjectMemberState, ProjectState};
use crate::event::{Event, ProjectMemberJoined};
use crate::{ProjectId, ProjectMemberId};

impl OrgState {
    pub(super) fn create_project(&mut self, id: &ProjectId, name: &str, event: &Event) -> Fit {
        if self.projects.contains_key(id) {
            return Err("the project is there already");
        }
        let project = ProjectState {
            name: name.to_owned(),
            created_version: event.version,
            created_at: event.effective_at,
            deleted_at: None,
            rev: 1,
        };
        self.projects.insert(id.clone(), project);
        Ok(())
    }

    pub(super) fn project(&mut self, id: &ProjectId) -> Result<&mut ProjectState, &'static str> {
        self.projects.get_mut(id).filter(|p| p.deleted_at.is_none()).ok_or("no such project")
    }

    /// Its members and its open invitations go with it.
    pub(super) fn delete_project(&mut self, id: &ProjectId, at: i64) -> Fit {
        let version = self.version;
        let project = self.project(id)?;
        project.deleted_at = Some(at);
        project.rev += 1;
        let within = |m: &&mut ProjectMemberState| m.project == *id && m.status == MemberStatus::Active;
        self.project_members.values_mut().filter(within).for_each(|m| m.end(MemberStatus::Removed, at, version));
        for invitation in self.invitations.values_mut().filter(|i| i.is_pending() && i.project.as_ref() == Some(id)) {
            invitation.end(InvitationStatus::Cancelled, at, version);
        }
        self.end_keys_of(Some(id), at);
        Ok(())
    }

    pub(super) fn join_project(&mut self, id: &ProjectMemberId, joined: &ProjectMemberJoined, event: &Event) -> Fit {
        self.project(&joined.project)?;
        let same = |m: &ProjectMemberState| m.user == joined.user && m.project == joined.project;
        let again = self.project_members.values().any(|m| m.status == MemberStatus::Active && same(m));
        if again || self.project_members.contains_key(id) {
            return Err("the person is in the project already");
        }
        self.project_members.insert(
            id.clone(),
            ProjectMemberState {
                project: joined.project.clone(),
                user: joined.user.clone(),
                role: joined.role.clone(),
                status: MemberStatus::Active,
                joined_version: event.version,
                joined_at: event.effective_at,
                ended_at: None,
                ended_version: None,
                invitation: joined.invitation.clone(),
                rev: 1,
            },
        );
        Ok(())
    }

    pub(super) fn active_in_project(&mut self, id: &ProjectMemberId) -> Result<&mut ProjectMemberState, &'static str> {
        let member = self.project_members.get_mut(id).filter(|m| m.status == MemberStatus::Active);
        member.ok_or("not an active member of a project")
    }

    pub(super) fn end_project_member(&mut self, id: &ProjectMemberId, status: MemberStatus, at: i64) -> Fit {
        let version = self.version;
        self.active_in_project(id)?.end(status, at, version);
        Ok(())
    }
}

impl ProjectMemberState {
    pub(super) fn end(&mut self, status: MemberStatus, at: i64, version: u64) {
        self.status = status;
        self.ended_at = Some(at);
        self.ended_version = Some(version);
        self.rev += 1;
    }
}
