//! What the events of a log mean, in pure Rust: the second of two folds.
//!
//! The triggers in `migrations/` are the first. They keep the state that requests read; this one answers for any moment
//! of the past, and a property test holds the two against each other.

mod clients;
mod domains;
mod keys;
mod people;
mod projects;
mod state;
mod webhooks;

use crate::event::{Change, Event, OrgCreated, PolicyChanged};
use crate::{InvitationId, MemberId};

pub use state::{
    ClientState, Counts, DomainState, DomainStatus, InvitationState, InvitationStatus, JoinRequestState,
    JoinRequestStatus, KeyState, KeyStatus, LinkState, LinkStatus, MemberState, MemberStatus, OrgState,
    ProjectMemberState, ProjectState, RoleUse, SecretState, WebhookState, WebhookStatus,
};

/// An event that cannot follow the state it met: the log is not one that the service wrote.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("event {version} does not fit: {why}")]
pub struct Misfit {
    pub version: u64,
    pub why: &'static str,
}

/// What an event says when it does not fit.
type Fit = Result<(), &'static str>;

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

    fn change(&mut self, event: &Event) -> Fit {
        let at = event.effective_at;
        match &event.change {
            Change::OrgCreated(_, created) => self.create(created),
            Change::OrgRenamed(_, renamed) => self.setting(|org| org.name.clone_from(&renamed.name)),
            Change::OrgSettingsChanged(_, changed) => self.setting(|org| {
                org.email_notifications = changed.email_notifications.unwrap_or(org.email_notifications);
                org.auto_join_role = changed.auto_join_role.clone().or(org.auto_join_role.take());
                org.activity_retention_days = changed.activity_retention_days.unwrap_or(org.activity_retention_days);
                org.reauth_after_s = changed.reauth_after_s.unwrap_or(org.reauth_after_s);
            }),
            Change::OrgLimitsChanged(_, changed) => self.setting(|org| org.limits.clone_from(&changed.limits)),
            Change::OrgBilledOwnerChanged(_, changed) => self.bill(Some(&changed.member))?,
            Change::PlanChanged(_, changed) => self.setting(|org| {
                org.plan.clone_from(&changed.plan);
                org.seats = changed.seats;
                org.upgrade_url.clone_from(&changed.upgrade_url);
            }),
            Change::PolicyChanged(_, changed) => self.change_policy(changed)?,
            Change::OrgDeleted(..) => self.delete(at),
            Change::MemberJoined(id, joined) => self.join(id, joined, event)?,
            Change::MemberLeft(id, _) => self.end_member(id, MemberStatus::Left, at)?,
            Change::MemberRemoved(id, _) => self.end_member(id, MemberStatus::Removed, at)?,
            Change::MemberRoleChanged(id, changed) => self.change_role(id, &changed.role)?,
            Change::MemberLimitsChanged(id, changed) => {
                let member = self.active(id)?;
                member.limits.clone_from(&changed.limits);
                member.rev += 1;
            }
            Change::MemberRestrictionsChanged(id, changed) => {
                let member = self.active(id)?;
                member.restrictions.clone_from(&changed.restrictions);
                member.rev += 1;
            }
            Change::LicenseAssigned(id, _) => self.license(id, true)?,
            Change::LicenseRemoved(id, _) => self.license(id, false)?,
            Change::InvitationCreated(id, created) => self.invite(id, created, event)?,
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
                let member = accepted.member.as_ref().map(ToString::to_string);
                let member = member.or(accepted.project_member.as_ref().map(ToString::to_string));
                self.end_invitation(id, InvitationStatus::Accepted, at)?.member = member;
            }
            Change::InvitationDeclined(id, _) => drop(self.end_invitation(id, InvitationStatus::Declined, at)?),
            Change::InvitationCancelled(id, _) => drop(self.end_invitation(id, InvitationStatus::Cancelled, at)?),
            Change::InvitationExpired(id, _) => drop(self.end_invitation(id, InvitationStatus::Expired, at)?),
            Change::LinkCreated(id, created) => self.create_link(id, created, event)?,
            Change::LinkRevoked(id, _) => self.end_link(id, LinkStatus::Revoked, at)?,
            Change::LinkExpired(id, _) => self.end_link(id, LinkStatus::Expired, at)?,
            Change::ProjectCreated(id, created) => self.create_project(id, &created.name, event)?,
            Change::ProjectRenamed(id, renamed) => {
                let project = self.project(id)?;
                project.name.clone_from(&renamed.name);
                project.rev += 1;
            }
            Change::ProjectDeleted(id, _) => self.delete_project(id, at)?,
            Change::ProjectMemberJoined(id, joined) => self.join_project(id, joined, event)?,
            Change::ProjectMemberLeft(id, _) => self.end_project_member(id, MemberStatus::Left, at)?,
            Change::ProjectMemberRemoved(id, _) => self.end_project_member(id, MemberStatus::Removed, at)?,
            Change::ProjectMemberRoleChanged(id, changed) => {
                let member = self.active_in_project(id)?;
                member.role.clone_from(&changed.role);
                member.rev += 1;
            }
            Change::ApiKeyCreated(id, created) => self.create_key(id, created, event)?,
            Change::ApiKeyChanged(id, changed) => self.change_key(id, changed)?,
            Change::ApiKeyRotated(id, rotated) => self.rotate_key(id, rotated)?,
            Change::ApiKeyRevoked(id, _) => self.end_key(id, KeyStatus::Revoked, at)?,
            Change::ApiKeyExpired(id, _) => self.end_key(id, KeyStatus::Expired, at)?,
            Change::ApiKeyKept(id, kept) => self.keep_key(id, kept)?,
            Change::ApiKeyAdopted(id, adopted) => self.adopt_key(id, adopted)?,
            Change::OauthClientCreated(id, created) => self.create_client(id, created, event)?,
            Change::OauthClientRenamed(id, renamed) => {
                let client = self.active_client(id)?;
                client.name.clone_from(&renamed.name);
                client.rev += 1;
            }
            Change::OauthClientRotated(id, rotated) => self.rotate_client(id, rotated)?,
            Change::OauthClientRevoked(id, _) => self.active_client(id)?.revoke(at),
            Change::WebhookCreated(id, created) => self.create_webhook(id, created, event)?,
            Change::WebhookChanged(id, changed) => self.change_webhook(id, changed)?,
            Change::WebhookRotated(id, rotated) => self.rotate_webhook(id, rotated)?,
            Change::WebhookDisabled(id, _) => self.end_webhook(id, WebhookStatus::Disabled)?,
            Change::WebhookDeleted(id, _) => self.end_webhook(id, WebhookStatus::Deleted)?,
            // What is told again, and whether it arrives, is between the deliveries and whoever delivers.
            Change::WebhookTested(id, _) => drop(self.webhook(id)?),
            Change::WebhookReplayed(id, _) => drop(self.webhook(id)?),
            Change::DomainClaimed(id, claimed) => self.claim_domain(id, claimed, event)?,
            Change::DomainVerified(id, _) => self.verify_domain(id, at)?,
            Change::DomainChanged(id, changed) => self.open_domain(id, changed.auto_join)?,
            Change::DomainLapsed(id, _) => self.unprove_domain(id, DomainStatus::Lapsed)?,
            Change::DomainMoved(id, _) => self.unprove_domain(id, DomainStatus::Moved)?,
            Change::DomainReleased(id, _) => self.release_domain(id, at)?,
            Change::JoinRequestCreated(id, created) => self.ask_to_join(id, created, event)?,
            Change::JoinRequestDeclined(id, _) => self.decline_request(id, at)?,
            // Mails are no state of an organization: what becomes of them is between the outbox and whoever delivers.
            Change::MailRetried(..) => {}
        }
        Ok(())
    }

    fn create(&mut self, created: &OrgCreated) {
        self.name.clone_from(&created.name);
        self.policy.clone_from(&created.policy);
        self.policy_hash.clone_from(&created.policy_hash);
        self.top_role.clone_from(&created.top_role);
        self.plan.clone_from(&created.plan);
        self.exclusive = created.exclusive;
        self.email_notifications = !created.emails_off;
        self.billed_owner.clone_from(&created.billed_owner);
        self.rev = 1;
    }

    /// Changes what whoever decided on the settings has to look at again.
    fn setting(&mut self, change: impl FnOnce(&mut Self)) {
        change(self);
        self.rev += 1;
    }

    /// The mark of the billed owner is on an active holder of the top role, or on nobody.
    fn bill(&mut self, member: Option<&MemberId>) -> Fit {
        if let Some(id) = member {
            let top_role = self.top_role.clone();
            if self.active(id)?.role != top_role {
                return Err("the billed owner holds the top role");
            }
        }
        self.billed_owner = member.cloned();
        self.rev += 1;
        Ok(())
    }

    fn change_policy(&mut self, changed: &PolicyChanged) -> Fit {
        if self.role_uses().keys().any(|role| !changed.roles.iter().any(|kept| kept == role)) {
            return Err("somebody would be stranded on a missing role");
        }
        self.policy.clone_from(&changed.policy);
        self.policy_hash.clone_from(&changed.policy_hash);
        self.top_role.clone_from(&changed.top_role);
        self.plan.clone_from(&changed.plan);
        self.exclusive = changed.exclusive;
        if self.counts().top_members < 1 {
            return Err("nobody would hold the top role");
        }
        self.bill(changed.billed_owner.as_ref())
    }

    fn pending(&mut self, id: &InvitationId) -> Result<&mut InvitationState, &'static str> {
        self.invitations.get_mut(id).filter(|i| i.is_pending()).ok_or("the invitation is not pending")
    }

    fn end_invitation(
        &mut self,
        id: &InvitationId,
        status: InvitationStatus,
        at: i64,
    ) -> Result<&mut InvitationState, &'static str> {
        let version = self.version;
        let invitation = self.pending(id)?;
        invitation.end(status, at, version);
        Ok(invitation)
    }

    fn delete(&mut self, at: i64) {
        let version = self.version;
        for member in self.members.values_mut().filter(|m| m.status == MemberStatus::Active) {
            member.end(MemberStatus::Removed, at, version);
        }
        for invitation in self.invitations.values_mut().filter(|i| i.is_pending()) {
            invitation.end(InvitationStatus::Cancelled, at, version);
        }
        for link in self.links.values_mut().filter(|l| l.status == LinkStatus::Active) {
            link.status = LinkStatus::Revoked;
            link.ended_at = Some(at);
            link.rev += 1;
        }
        for member in self.project_members.values_mut().filter(|m| m.status == MemberStatus::Active) {
            member.end(MemberStatus::Removed, at, version);
        }
        for project in self.projects.values_mut().filter(|p| p.deleted_at.is_none()) {
            project.deleted_at = Some(at);
            project.rev += 1;
        }
        self.end_keys_of(None, at);
        self.revoke_clients(at);
        self.end_domains(at);
        self.deleted_at = Some(at);
        self.rev += 1;
    }
}
