//! Domains of an organization, and people who come in by one.

use latchkey_domain::decide::joining::HeldDomain;
use latchkey_domain::email::shown_domain;
use latchkey_domain::event::DomainClaimed;
use latchkey_domain::facts::{AutoJoin, DomainFacts, JoinRequestFacts, OrgFacts};
use latchkey_domain::policy::Policy;
use latchkey_domain::secret::{domain_proof, domain_record};
use latchkey_domain::{DomainId, OrgId};

use super::address;
use crate::Timestamp;
use crate::limits::DOMAIN_GRACE_S;
use crate::model::{
    AutoJoinMode, DomainRecord, DomainStatus, JoinRequest, JoinRequestStatus, Joinable, OrgDomain, OrgRef,
};

/// A domain as it stands.
pub fn domain(domain: &DomainFacts) -> OrgDomain {
    let check = domain.check.clone().unwrap_or_default();
    let lapses_at = check.failing_since.map(|since| since.saturating_add(DOMAIN_GRACE_S.saturating_mul(1000)));
    OrgDomain {
        id: domain.id.to_string(),
        domain: shown_domain(&domain.domain),
        ascii: domain.domain.clone(),
        // The column's CHECK knows no other word.
        status: DomainStatus::parse(&domain.status).unwrap_or(DomainStatus::Released),
        auto_join: auto_join(domain.auto_join),
        record: record(&domain.org, &domain.domain),
        created_at: Timestamp(domain.created_at),
        verified_at: domain.verified_at.map(Timestamp),
        checked_at: check.checked_at.map(Timestamp),
        failing_since: check.failing_since.map(Timestamp),
        lapses_at: lapses_at.map(Timestamp),
        trouble: check.trouble,
        ended_at: domain.ended_at.map(Timestamp),
    }
}

/// A domain that is being claimed, effective at `at`.
pub fn new_domain(org: &OrgId, id: &DomainId, claimed: &DomainClaimed, at: i64) -> OrgDomain {
    domain(&DomainFacts {
        id: id.clone(),
        org: org.clone(),
        domain: claimed.domain.clone(),
        status: "pending".to_owned(),
        auto_join: claimed.auto_join,
        created_at: at,
        verified_at: None,
        ended_at: None,
        rev: 1,
        place: 0,
        check: None,
    })
}

fn record(org: &OrgId, domain: &str) -> DomainRecord {
    DomainRecord { r#type: "TXT".to_owned(), name: domain_record(domain), value: domain_proof(org, domain) }
}

fn auto_join(way: AutoJoin) -> AutoJoinMode {
    match way {
        AutoJoin::Off => AutoJoinMode::Off,
        AutoJoin::Ask => AutoJoinMode::Ask,
        AutoJoin::Automatic => AutoJoinMode::Automatic,
    }
}

impl From<AutoJoinMode> for AutoJoin {
    fn from(mode: AutoJoinMode) -> Self {
        match mode {
            AutoJoinMode::Off => Self::Off,
            AutoJoinMode::Ask => Self::Ask,
            AutoJoinMode::Automatic => Self::Automatic,
        }
    }
}

/// Somebody who asks to be let in.
pub fn join_request(request: &JoinRequestFacts, org: &OrgFacts, policy: &Policy) -> JoinRequest {
    JoinRequest {
        id: request.id.to_string(),
        user_id: request.user.to_string(),
        email: address(&request.email),
        display_name: request.display_name.clone(),
        domain: shown_domain(&request.domain),
        role: org.auto_join_role(policy).to_owned(),
        status: request_status(request),
        created_at: Timestamp(request.created_at),
        ended_at: request.ended_at.map(Timestamp),
    }
}

fn request_status(request: &JoinRequestFacts) -> JoinRequestStatus {
    // The column's CHECK knows no other word.
    JoinRequestStatus::parse(&request.status).unwrap_or(JoinRequestStatus::Ended)
}

/// An organization that somebody could join. `None`: they are in, or there is no way in.
pub fn joinable(held: &HeldDomain, policy: &Policy) -> Option<Joinable> {
    let way = held.way();
    if held.me.is_some() || way == AutoJoin::Off {
        return None;
    }
    let role = held.org.auto_join_role(policy);
    Some(Joinable {
        organization: OrgRef::from(&held.org),
        domain: shown_domain(&held.domain.domain),
        auto_join: auto_join(way),
        role: role.to_owned(),
        role_title: policy.role(role).map_or_else(|| role.to_owned(), |role| role.title.clone()),
        request: held.request.as_ref().map(request_status),
    })
}
