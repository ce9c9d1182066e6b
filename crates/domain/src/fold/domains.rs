//! The domains of an organization, and those who ask to be let in by one.

use super::{DomainState, DomainStatus, Fit, JoinRequestState, JoinRequestStatus, OrgState};
use crate::decide::domain::DOMAINS_PER_ORGANIZATION_MAX;
use crate::event::{DomainClaimed, Event, JoinRequestCreated};
use crate::facts::AutoJoin;
use crate::{DomainId, JoinRequestId, UserId};

impl OrgState {
    pub(super) fn claim_domain(&mut self, id: &DomainId, claimed: &DomainClaimed, event: &Event) -> Fit {
        let open = |it: &&DomainState| it.status != DomainStatus::Released;
        if self.domains.values().filter(open).any(|it| it.domain == claimed.domain) || self.domains.contains_key(id) {
            return Err("the domain is claimed already");
        }
        let domain = DomainState {
            domain: claimed.domain.clone(),
            status: DomainStatus::Pending,
            auto_join: claimed.auto_join,
            created_version: event.version,
            created_at: event.effective_at,
            verified_at: None,
            ended_at: None,
            rev: 1,
        };
        self.domains.insert(id.clone(), domain);
        let claimed = self.domains.values().filter(open).count() as u64;
        if claimed > DOMAINS_PER_ORGANIZATION_MAX { Err("there are too many domains") } else { Ok(()) }
    }

    pub(super) fn verify_domain(&mut self, id: &DomainId, at: i64) -> Fit {
        let domain = self.claimed_domain(id)?;
        if domain.status == DomainStatus::Verified {
            return Err("the domain is verified already");
        }
        domain.status = DomainStatus::Verified;
        domain.verified_at = Some(at);
        domain.rev += 1;
        Ok(())
    }

    pub(super) fn open_domain(&mut self, id: &DomainId, auto_join: AutoJoin) -> Fit {
        let domain = self.claimed_domain(id)?;
        domain.auto_join = auto_join;
        domain.rev += 1;
        Ok(())
    }

    /// Nobody joins by it any more, also once it is proved again.
    pub(super) fn unprove_domain(&mut self, id: &DomainId, status: DomainStatus) -> Fit {
        let domain = self.claimed_domain(id)?;
        if domain.status != DomainStatus::Verified {
            return Err("the domain is not verified");
        }
        domain.status = status;
        domain.auto_join = AutoJoin::Off;
        domain.rev += 1;
        Ok(())
    }

    pub(super) fn release_domain(&mut self, id: &DomainId, at: i64) -> Fit {
        self.claimed_domain(id)?.release(at);
        Ok(())
    }

    pub(super) fn end_domains(&mut self, at: i64) {
        let claimed = self.domains.values_mut().filter(|it| it.status != DomainStatus::Released);
        claimed.for_each(|it| it.release(at));
        let open = self.join_requests.values_mut().filter(|it| it.status == JoinRequestStatus::Open);
        open.for_each(|it| it.end(JoinRequestStatus::Ended, at));
    }

    pub(super) fn ask_to_join(&mut self, id: &JoinRequestId, created: &JoinRequestCreated, event: &Event) -> Fit {
        if self.join_requests.contains_key(id) || self.open_request(&created.user).is_some() {
            return Err("the person has asked already");
        }
        if self.members.values().any(|m| m.user == created.user && m.status == super::MemberStatus::Active) {
            return Err("the person is a member already");
        }
        if !self.domains.contains_key(&created.domain) {
            return Err("the domain is not claimed");
        }
        let request = JoinRequestState {
            user: created.user.clone(),
            domain: created.domain.clone(),
            status: JoinRequestStatus::Open,
            created_version: event.version,
            created_at: event.effective_at,
            ended_at: None,
            rev: 1,
        };
        self.join_requests.insert(id.clone(), request);
        Ok(())
    }

    pub(super) fn decline_request(&mut self, id: &JoinRequestId, at: i64) -> Fit {
        let request = self.join_requests.get_mut(id).filter(|it| it.status == JoinRequestStatus::Open);
        request.ok_or("the request is not open")?.end(JoinRequestStatus::Declined, at);
        Ok(())
    }

    /// Whoever comes in, by the request or in another way, asks no longer.
    pub(super) fn grant_request(
        &mut self,
        user: &UserId,
        domain: Option<&DomainId>,
        request: Option<&JoinRequestId>,
        at: i64,
    ) -> Fit {
        if domain.is_some_and(|domain| !self.domains.contains_key(domain)) {
            return Err("the domain is not claimed");
        }
        let open = self.open_request(user);
        if request.is_some() && request != open.as_ref() {
            return Err("the request is not open");
        }
        if let Some(open) = open.and_then(|id| self.join_requests.get_mut(&id)) {
            open.end(JoinRequestStatus::Joined, at);
        }
        Ok(())
    }

    fn open_request(&self, user: &UserId) -> Option<JoinRequestId> {
        let open = |it: &JoinRequestState| it.user == *user && it.status == JoinRequestStatus::Open;
        self.join_requests.iter().find(|(_, it)| open(it)).map(|(id, _)| id.clone())
    }

    fn claimed_domain(&mut self, id: &DomainId) -> Result<&mut DomainState, &'static str> {
        let domain = self.domains.get_mut(id).filter(|it| it.status != DomainStatus::Released);
        domain.ok_or("the domain is not claimed")
    }
}

impl DomainState {
    fn release(&mut self, at: i64) {
        self.status = DomainStatus::Released;
        self.auto_join = AutoJoin::Off;
        self.ended_at = Some(at);
        self.rev += 1;
    }
}

impl JoinRequestState {
    fn end(&mut self, status: JoinRequestStatus, at: i64) {
        self.status = status;
        self.ended_at = Some(at);
        self.rev += 1;
    }
}
