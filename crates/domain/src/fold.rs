//! What the events of a log mean, in pure Rust: the second of two folds.
//!
//! The triggers in `migrations/` are the first. They keep the state that requests read; this one answers for any moment
//! of the past, and a property test holds the two against each other.

use std::collections::BTreeMap;

use crate::event::{Change, Event};
use crate::{InvitationId, MemberId, UserId};

/// An organization, as its log says.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct OrgState {
    pub name: String,
    pub policy: String,
    pub policy_hash: String,
    pub top_role: String,
    pub plan: String,
    pub deleted_at: Option<i64>,
    pub rev: u64,
    pub version: u64,
    pub effective_at: i64,
    pub members: BTreeMap<MemberId, MemberState>,
    pub invitations: BTreeMap<InvitationId, InvitationState>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MemberState {
    pub user: UserId,
    pub role: String,
    pub status: MemberStatus,
    pub joined_version: u64,
    pub joined_at: i64,
    pub ended_at: Option<i64>,
    pub invitation: Option<InvitationId>,
    pub rev: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MemberStatus {
    Active,
    Left,
    Removed,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvitationState {
    pub email: String,
    pub email_key: String,
    pub role: String,
    pub status: InvitationStatus,
    pub generation: u64,
    pub key_id: String,
    pub invited_by: MemberId,
    pub invited_version: u64,
    pub invited_at: i64,
    pub sent_at: i64,
    pub expires_at: i64,
    pub ended_at: Option<i64>,
    pub member: Option<MemberId>,
    pub rev: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InvitationStatus {
    Pending,
    Accepted,
    Declined,
    Cancelled,
    Expired,
}

/// How many there are of what is counted. The state tables keep these numbers; here they are computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counts {
    pub members: u64,
    pub pending: u64,
    pub top_members: u64,
    pub top_pending: u64,
}

/// An event that cannot follow the state it met: the log is not one that the service wrote.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("event {version} does not fit: {why}")]
pub struct Misfit {
    pub version: u64,
    pub why: &'static str,
}

impl OrgState {
    /// Folds a whole log, in version order.
    ///
    /// # Errors
    /// Names the first event that does not fit.
    pub fn of<'a>(events: impl IntoIterator<Item = &'a Event>) -> Result<Self, Misfit> {
        let mut state = Self::default();
        for event in events {
            state.apply(event)?;
        }
        Ok(state)
    }

    /// Takes in the next event.
    ///
    /// # Errors
    /// When it does not fit; the state is then of no more use.
    pub fn apply(&mut self, event: &Event) -> Result<(), Misfit> {
        let fit = |holds: bool, why| if holds { Ok(()) } else { Err(Misfit { version: event.version, why }) };
        fit(event.version == self.version + 1, "a version is missing or repeated")?;
        fit(event.effective_at >= self.effective_at, "time runs backwards")?;
        fit(self.deleted_at.is_none(), "the organization is deleted")?;
        fit(
            (self.version == 0) == matches!(event.change, Change::OrgCreated(..)),
            "a log starts with its organization, once",
        )?;
        self.version = event.version;
        self.effective_at = event.effective_at;
        self.change(event).map_err(|why| Misfit { version: event.version, why })
    }

    pub fn counts(&self) -> Counts {
        let active = self.members.values().filter(|m| m.status == MemberStatus::Active);
        let pending = self.invitations.values().filter(|i| i.status == InvitationStatus::Pending);
        Counts {
            members: active.clone().count() as u64,
            pending: pending.clone().count() as u64,
            top_members: active.filter(|m| m.role == self.top_role).count() as u64,
            top_pending: pending.filter(|i| i.role == self.top_role).count() as u64,
        }
    }

    fn change(&mut self, event: &Event) -> Result<(), &'static str> {
        let at = event.effective_at;
        match &event.change {
            Change::OrgCreated(_, created) => {
                self.name.clone_from(&created.name);
                self.policy.clone_from(&created.policy);
                self.policy_hash.clone_from(&created.policy_hash);
                self.top_role.clone_from(&created.top_role);
                self.plan.clone_from(&created.plan);
                self.rev = 1;
            }
            Change::OrgRenamed(_, renamed) => {
                self.name.clone_from(&renamed.name);
                self.rev += 1;
            }
            Change::OrgDeleted(..) => self.delete(at),
            Change::MemberJoined(id, joined) => {
                let again = self.members.values().any(|m| m.user == joined.user && m.status == MemberStatus::Active);
                if again || self.members.contains_key(id) {
                    return Err("the person is a member already");
                }
                self.members.insert(
                    id.clone(),
                    MemberState {
                        user: joined.user.clone(),
                        role: joined.role.clone(),
                        status: MemberStatus::Active,
                        joined_version: event.version,
                        joined_at: at,
                        ended_at: None,
                        invitation: joined.invitation.clone(),
                        rev: 1,
                    },
                );
            }
            Change::MemberLeft(id, _) => self.end_member(id, MemberStatus::Left, at)?,
            Change::MemberRemoved(id, _) => self.end_member(id, MemberStatus::Removed, at)?,
            Change::MemberRoleChanged(id, changed) => self.change_role(id, &changed.role)?,
            Change::InvitationCreated(id, created) => {
                let open =
                    |i: &InvitationState| i.status == InvitationStatus::Pending && i.email_key == created.email_key;
                if self.invitations.values().any(open) || self.invitations.contains_key(id) {
                    return Err("the address is invited already");
                }
                self.invitations.insert(
                    id.clone(),
                    InvitationState {
                        email: created.email.clone(),
                        email_key: created.email_key.clone(),
                        role: created.role.clone(),
                        status: InvitationStatus::Pending,
                        generation: created.generation,
                        key_id: created.key_id.clone(),
                        invited_by: created.invited_by.clone(),
                        invited_version: event.version,
                        invited_at: at,
                        sent_at: at,
                        expires_at: created.expires_at,
                        ended_at: None,
                        member: None,
                        rev: 1,
                    },
                );
            }
            Change::InvitationResent(id, resent) => {
                let invitation = self.pending(id)?;
                if resent.generation <= invitation.generation {
                    return Err("the generation does not rise");
                }
                invitation.generation = resent.generation;
                invitation.key_id.clone_from(&resent.key_id);
                invitation.sent_at = at;
                invitation.expires_at = resent.expires_at;
                invitation.rev += 1;
            }
            Change::InvitationAccepted(id, accepted) => {
                self.end_invitation(id, InvitationStatus::Accepted, at)?.member = Some(accepted.member.clone());
            }
            Change::InvitationDeclined(id, _) => drop(self.end_invitation(id, InvitationStatus::Declined, at)?),
            Change::InvitationCancelled(id, _) => drop(self.end_invitation(id, InvitationStatus::Cancelled, at)?),
            Change::InvitationExpired(id, _) => drop(self.end_invitation(id, InvitationStatus::Expired, at)?),
        }
        Ok(())
    }

    fn pending(&mut self, id: &InvitationId) -> Result<&mut InvitationState, &'static str> {
        let invitation = self.invitations.get_mut(id).filter(|i| i.status == InvitationStatus::Pending);
        invitation.ok_or("the invitation is not pending")
    }

    fn end_invitation(
        &mut self,
        id: &InvitationId,
        status: InvitationStatus,
        at: i64,
    ) -> Result<&mut InvitationState, &'static str> {
        let invitation = self.pending(id)?;
        invitation.status = status;
        invitation.ended_at = Some(at);
        invitation.rev += 1;
        Ok(invitation)
    }

    fn active(&mut self, id: &MemberId) -> Result<&mut MemberState, &'static str> {
        self.members.get_mut(id).filter(|m| m.status == MemberStatus::Active).ok_or("not an active member")
    }

    fn end_member(&mut self, id: &MemberId, status: MemberStatus, at: i64) -> Result<(), &'static str> {
        self.keep_a_top_role_holder(id)?;
        let member = self.active(id)?;
        member.status = status;
        member.ended_at = Some(at);
        member.rev += 1;
        Ok(())
    }

    fn change_role(&mut self, id: &MemberId, role: &str) -> Result<(), &'static str> {
        if role != self.top_role {
            self.keep_a_top_role_holder(id)?;
        }
        let member = self.active(id)?;
        role.clone_into(&mut member.role);
        member.rev += 1;
        Ok(())
    }

    /// Somebody else must hold the top role if this member does.
    fn keep_a_top_role_holder(&self, id: &MemberId) -> Result<(), &'static str> {
        let holds = self.members.get(id).is_some_and(|m| m.role == self.top_role);
        let is_last = holds && self.counts().top_members <= 1;
        if is_last { Err("the last holder of the top role cannot go") } else { Ok(()) }
    }

    fn delete(&mut self, at: i64) {
        for member in self.members.values_mut().filter(|m| m.status == MemberStatus::Active) {
            member.status = MemberStatus::Removed;
            member.ended_at = Some(at);
            member.rev += 1;
        }
        for invitation in self.invitations.values_mut().filter(|i| i.status == InvitationStatus::Pending) {
            invitation.status = InvitationStatus::Cancelled;
            invitation.ended_at = Some(at);
            invitation.rev += 1;
        }
        self.deleted_at = Some(at);
        self.rev += 1;
    }
}
