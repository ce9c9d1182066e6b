//! Who asks where the host product may ask as well.

use std::sync::Arc;

use super::{Actor, ActorFault, OrgFacts};
use crate::Refusal;
use crate::command::{BILLING, OPERATOR, Premise};
use crate::policy::Policy;

/// Who asks for something in an organization that its operator may ask for, too.
#[derive(Debug, Clone)]
pub enum Asker {
    Member(Box<Actor>),
    /// The host product, by the operator token; or what it had a billing provider say.
    Operator(Box<Operator>),
}

/// The host product, in an organization.
#[derive(Debug, Clone)]
pub struct Operator {
    /// Who appears in the log.
    pub name: &'static str,
    pub org: OrgFacts,
    pub policy: Arc<Policy>,
    /// The time of the request, in milliseconds since 1970.
    pub now: i64,
}

impl Asker {
    /// The operator, who may look at every organization.
    ///
    /// # Errors
    /// When there is no such organization.
    pub fn operator(org: Option<OrgFacts>, now: i64) -> Result<Self, ActorFault> {
        Self::named(OPERATOR, org.ok_or(Refusal::NotFound("organization"))?, now)
    }

    /// Whoever sends billing events: what was bought is the operator's to say, and this is how they say it.
    ///
    /// # Errors
    /// A stored policy that cannot be read: a bug of ours.
    pub fn billing(org: OrgFacts, now: i64) -> Result<Self, ActorFault> {
        Self::named(BILLING, org, now)
    }

    fn named(name: &'static str, org: OrgFacts, now: i64) -> Result<Self, ActorFault> {
        let policy = org.rules()?;
        Ok(Self::Operator(Box::new(Operator { name, org, policy, now })))
    }

    pub fn org(&self) -> &OrgFacts {
        match self {
            Self::Member(actor) => &actor.org,
            Self::Operator(operator) => &operator.org,
        }
    }

    pub fn policy(&self) -> &Arc<Policy> {
        match self {
            Self::Member(actor) => &actor.policy,
            Self::Operator(operator) => &operator.policy,
        }
    }

    pub fn now(&self) -> i64 {
        match self {
            Self::Member(actor) => actor.now,
            Self::Operator(operator) => operator.now,
        }
    }

    /// Who appears in the log as having done it.
    pub fn name(&self) -> String {
        match self {
            Self::Member(actor) => actor.name(),
            Self::Operator(operator) => operator.name.to_owned(),
        }
    }

    /// The operator may; a member needs the permission.
    ///
    /// # Errors
    /// Names the permission that the member's role lacks.
    pub fn require(&self, permission: &'static str) -> Result<(), Refusal> {
        match self {
            Self::Member(actor) => actor.require(permission).map(drop),
            Self::Operator(_) => Ok(()),
        }
    }

    /// What a change asked for by either rests on.
    pub fn premises(&self) -> Vec<Premise> {
        match self {
            Self::Member(actor) => actor.premises(),
            Self::Operator(operator) => vec![Premise::Org(operator.org.id.clone(), operator.org.rev)],
        }
    }
}
