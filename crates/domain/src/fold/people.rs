//! The members of an organization, and the ways in.

use super::{Fit, InvitationState, InvitationStatus, LinkState, LinkStatus, MemberState, MemberStatus, OrgState};
use crate::event::{Event, InvitationCreated, LinkCreated, MemberJoined};
use crate::{InvitationId, LinkId, MemberId};

impl OrgState {
    pub(super) fn join(&mut self, id: &MemberId, joined: &MemberJoined, event: &Event) -> Fit {
        let again = self.members.values().any(|m| m.user == joined.user && m.status == MemberStatus::Active);
        if again || self.members.contains_key(id) {
            return Err("the person is a member already");
        }
        if let Some(link) = &joined.link {
            self.use_link(link)?;
        }
        self.grant_request(&joined.user, joined.domain.as_ref(), joined.request.as_ref(), event.effective_at)?;
        self.members.insert(
            id.clone(),
            MemberState {
                user: joined.user.clone(),
                role: joined.role.clone(),
                status: MemberStatus::Active,
                licensed: false,
                limits: Default::default(),
                restrictions: Default::default(),
                joined_version: event.version,
                joined_at: event.effective_at,
                ended_at: None,
                ended_version: None,
                invitation: joined.invitation.clone(),
                link: joined.link.clone(),
                domain: joined.domain.clone(),
                rev: 1,
            },
        );
        Ok(())
    }

    pub(super) fn active(&mut self, id: &MemberId) -> Result<&mut MemberState, &'static str> {
        self.members.get_mut(id).filter(|m| m.status == MemberStatus::Active).ok_or("not an active member")
    }

    /// What the person had within the organization ends with the membership.
    pub(super) fn end_member(&mut self, id: &MemberId, status: MemberStatus, at: i64) -> Fit {
        self.keep_a_top_role_holder(id)?;
        self.keep_the_billed_owner(id)?;
        self.keys_are_settled(id)?;
        let version = self.version;
        let member = self.active(id)?;
        member.end(status, at, version);
        let user = member.user.clone();
        let mine = |m: &&mut super::ProjectMemberState| m.user == user && m.status == MemberStatus::Active;
        self.project_members.values_mut().filter(mine).for_each(|m| m.end(status, at, version));
        Ok(())
    }

    pub(super) fn change_role(&mut self, id: &MemberId, role: &str) -> Fit {
        if role != self.top_role {
            self.keep_a_top_role_holder(id)?;
            self.keep_the_billed_owner(id)?;
        }
        let member = self.active(id)?;
        role.clone_into(&mut member.role);
        member.rev += 1;
        Ok(())
    }

    pub(super) fn license(&mut self, id: &MemberId, licensed: bool) -> Fit {
        let member = self.active(id)?;
        if member.licensed == licensed {
            return Err("the licence is as it was");
        }
        member.licensed = licensed;
        member.rev += 1;
        Ok(())
    }

    pub(super) fn invite(&mut self, id: &InvitationId, created: &InvitationCreated, event: &Event) -> Fit {
        let same = |i: &InvitationState| i.email_key == created.email_key && i.project == created.project;
        if self.invitations.values().any(|i| i.is_pending() && same(i)) || self.invitations.contains_key(id) {
            return Err("the address is invited already");
        }
        if let Some(project) = &created.project {
            self.project(project)?;
        }
        self.invitations.insert(
            id.clone(),
            InvitationState {
                email: created.email.clone(),
                email_key: created.email_key.clone(),
                role: created.role.clone(),
                project: created.project.clone(),
                status: InvitationStatus::Pending,
                generation: created.generation,
                key_id: created.key_id.clone(),
                invited_by: created.invited_by.clone(),
                invited_version: event.version,
                invited_at: event.effective_at,
                sent_at: event.effective_at,
                expires_at: created.expires_at,
                ended_at: None,
                ended_version: None,
                member: None,
                rev: 1,
            },
        );
        Ok(())
    }

    pub(super) fn create_link(&mut self, id: &LinkId, created: &LinkCreated, event: &Event) -> Fit {
        if self.links.contains_key(id) {
            return Err("the link is there already");
        }
        self.links.insert(
            id.clone(),
            LinkState {
                role: created.role.clone(),
                status: LinkStatus::Active,
                created_by: created.created_by.clone(),
                created_version: event.version,
                created_at: event.effective_at,
                key_id: created.key_id.clone(),
                expires_at: created.expires_at,
                ended_at: None,
                uses: 0,
                uses_max: created.uses_max,
                domains: created.domains.clone(),
                rev: 1,
            },
        );
        Ok(())
    }

    pub(super) fn end_link(&mut self, id: &LinkId, status: LinkStatus, at: i64) -> Fit {
        let link = self.active_link(id)?;
        link.status = status;
        link.ended_at = Some(at);
        link.rev += 1;
        Ok(())
    }

    /// A use is no change of the link: whoever decided on it need not decide again.
    fn use_link(&mut self, id: &LinkId) -> Fit {
        let link = self.active_link(id)?;
        if link.uses_max.is_some_and(|max| link.uses >= max) {
            return Err("the link is used up");
        }
        link.uses += 1;
        Ok(())
    }

    fn active_link(&mut self, id: &LinkId) -> Result<&mut LinkState, &'static str> {
        self.links.get_mut(id).filter(|l| l.status == LinkStatus::Active).ok_or("not an active link")
    }

    /// Somebody else must hold the top role if this member does.
    fn keep_a_top_role_holder(&self, id: &MemberId) -> Fit {
        let holds = self.members.get(id).is_some_and(|m| m.role == self.top_role);
        let is_last = holds && self.counts().top_members <= 1;
        if is_last { Err("the last holder of the top role cannot go") } else { Ok(()) }
    }

    fn keep_the_billed_owner(&self, id: &MemberId) -> Fit {
        if self.billed_owner.as_ref() == Some(id) { Err("the billed owner cannot go") } else { Ok(()) }
    }
}

impl MemberState {
    pub(super) fn end(&mut self, status: MemberStatus, at: i64, version: u64) {
        self.status = status;
        self.licensed = false;
        self.ended_at = Some(at);
        self.ended_version = Some(version);
        self.rev += 1;
    }
}

impl InvitationState {
    pub(super) fn end(&mut self, status: InvitationStatus, at: i64, version: u64) {
        self.status = status;
        self.ended_at = Some(at);
        self.ended_version = Some(version);
        self.rev += 1;
    }
}
