//! Domains of an organization: claimed, proved, opened to those who have an address there, and given up.

use serde::Deserialize;

use super::invitation::reaches;
use super::org::by;
use crate::command::{Command, Item, SYSTEM};
use crate::email::Domain;
use crate::event::{Change, DomainChanged, DomainClaimed, Nothing};
use crate::facts::{Actor, AutoJoin, DomainFacts};
use crate::secret::{domain_proof, domain_record};
use crate::{DomainId, Refusal};

/// Most domains of an organization. The fold knows the same number.
pub const DOMAINS_PER_ORGANIZATION_MAX: u64 = 50;

/// What a claim rests on.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct ClaimFacts {
    /// Domains of the organization.
    pub active: u64,
    /// The one that is this domain.
    pub claimed: Option<DomainId>,
}

/// What is known about a domain when it is to be proved.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct ProofFacts {
    pub domain: Option<DomainFacts>,
    /// The same domain, verified by another organization.
    pub holder: Option<DomainFacts>,
}

/// What the DNS has where the proof is to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Seen {
    Texts(Vec<String>),
    /// The name is there, without a text.
    NoRecord,
    /// There is no such name.
    NoName,
}

impl Seen {
    fn has(&self, proof: &str) -> bool {
        // Whoever sets the record may have left a blank at its end.
        matches!(self, Self::Texts(texts) if texts.iter().any(|text| text.trim() == proof))
    }

    fn why_not(&self) -> &'static str {
        match self {
            Self::Texts(_) => "other_records",
            Self::NoRecord => "no_record",
            Self::NoName => "no_such_name",
        }
    }
}

/// Claims a domain. It blocks nobody: only a proof does.
///
/// # Errors
/// Needs `domain.manage`, and what [`change`] needs to let people in.
pub fn claim(
    actor: &Actor,
    facts: &ClaimFacts,
    id: DomainId,
    domain: &Domain,
    auto_join: AutoJoin,
) -> Result<(Command, DomainClaimed), Refusal> {
    actor.require("domain.manage")?;
    if let Some(claimed) = &facts.claimed {
        return Err(Refusal::DomainClaimed { domain: claimed.to_string() });
    }
    if facts.active >= DOMAINS_PER_ORGANIZATION_MAX {
        return Err(Refusal::LimitReached { what: "domains of an organization", max: DOMAINS_PER_ORGANIZATION_MAX });
    }
    may_let_in(actor, auto_join)?;
    let claimed = DomainClaimed { domain: domain.as_str().to_owned(), auto_join };
    Ok((by(actor, "domain.claim", vec![Change::DomainClaimed(id, claimed.clone())]), claimed))
}

/// Says what an address at the domain is good for. The same again changes nothing, and says so by appending nothing.
///
/// # Errors
/// Needs `domain.manage`; to let people in by themselves also what inviting them needs.
pub fn change(actor: &Actor, domain: Option<&DomainFacts>, auto_join: AutoJoin) -> Result<Command, Refusal> {
    let domain = managed(actor, domain)?;
    if domain.auto_join == auto_join {
        return Ok(about(actor, "domain.change", domain, Vec::new()));
    }
    may_let_in(actor, auto_join)?;
    let changed = Change::DomainChanged(domain.id.clone(), DomainChanged { auto_join, was: domain.auto_join });
    Ok(about(actor, "domain.change", domain, vec![changed]))
}

/// Whether the proof is to be looked for at all.
///
/// # Errors
/// As for [`verify`], as far as it can be told without looking.
pub fn may_verify<'a>(actor: &Actor, facts: &'a ProofFacts) -> Result<&'a DomainFacts, Refusal> {
    managed(actor, facts.domain.as_ref())
}

/// Proves a domain by what the DNS has. Another organization that has proved it before loses it, unless its own record is still there:
/// then those who run the DNS have not decided between the two. The commands go together.
///
/// # Errors
/// Needs `domain.manage`, and the record.
pub fn verify(actor: &Actor, facts: &ProofFacts, seen: &Seen) -> Result<Vec<Command>, Refusal> {
    let domain = may_verify(actor, facts)?;
    let proof = domain_proof(&domain.org, &domain.domain);
    if !seen.has(&proof) {
        let why = seen.why_not();
        return Err(Refusal::DomainUnproven { name: domain_record(&domain.domain), value: proof, why });
    }
    if domain.is_verified() {
        return Ok(vec![about(actor, "domain.verify", domain, Vec::new())]);
    }
    let mut commands = Vec::new();
    if let Some(holder) = &facts.holder {
        if seen.has(&domain_proof(&holder.org, &holder.domain)) {
            return Err(Refusal::DomainTaken);
        }
        commands.push(unproved(holder, "domain.move", Change::DomainMoved(holder.id.clone(), Nothing {})));
    }
    let verified = Change::DomainVerified(domain.id.clone(), Nothing {});
    commands.push(about(actor, "domain.verify", domain, vec![verified]));
    Ok(commands)
}

/// Whether what the DNS has proves the domain to be its organization's.
pub fn is_proved(domain: &DomainFacts, seen: &Seen) -> bool {
    seen.has(&domain_proof(&domain.org, &domain.domain))
}

/// Gives a domain up. Once more changes nothing, and says so by appending nothing.
///
/// # Errors
/// Needs `domain.manage`.
pub fn release(actor: &Actor, domain: Option<&DomainFacts>) -> Result<Command, Refusal> {
    actor.require("domain.manage")?;
    let domain = domain.ok_or(Refusal::NotFound("domain"))?;
    let released = Change::DomainReleased(domain.id.clone(), Nothing {});
    let changes = if domain.is_released() { Vec::new() } else { vec![released] };
    Ok(about(actor, "domain.release", domain, changes))
}

/// Says in the log that the proof of a domain has been gone for too long.
pub fn lapse(domain: &DomainFacts) -> Command {
    unproved(domain, "domain.lapse", Change::DomainLapsed(domain.id.clone(), Nothing {}))
}

/// The loser is not told by whom: what other organizations do is theirs.
fn unproved(domain: &DomainFacts, kind: &'static str, change: Change) -> Command {
    Command {
        premises: vec![domain.premise()],
        items: vec![Item::plain(vec![change])],
        ..Command::of(kind, Some(domain.org.clone()), SYSTEM.to_owned())
    }
}

fn managed<'a>(actor: &Actor, domain: Option<&'a DomainFacts>) -> Result<&'a DomainFacts, Refusal> {
    actor.require("domain.manage")?;
    domain.filter(|domain| !domain.is_released()).ok_or(Refusal::NotFound("domain"))
}

/// Whoever opens the door lets in everybody who comes through it.
fn may_let_in(actor: &Actor, auto_join: AutoJoin) -> Result<(), Refusal> {
    if auto_join != AutoJoin::Automatic {
        return Ok(());
    }
    let role = actor.org.auto_join_role(&actor.policy);
    actor.require_holder()?;
    reaches(actor, role)?;
    actor.may_grant(role)
}

fn about(actor: &Actor, kind: &'static str, domain: &DomainFacts, changes: Vec<Change>) -> Command {
    let mut command = by(actor, kind, changes);
    command.premises.push(domain.premise());
    command
}
