//! What is known of questions, and by which rules they are answered.

use std::sync::Arc;

use latchkey_domain::access::{AskedBy, Facts, Question, decide};
use latchkey_domain::policy::{self, Policy, PolicyFault};
use latchkey_edge::model::{AccessDecision, FoundPage};
use latchkey_edge::{Problem, represent};
use latchkey_store::access::Known;

/// The answer to a question of which this is known.
///
/// # Errors
/// A stored policy that cannot be read: a bug of ours.
pub(crate) fn answer(
    question: &Question,
    facts: &Facts,
    known: &Known,
    asked_by: AskedBy<'_>,
) -> Result<AccessDecision, Problem> {
    let rules = rules(facts, known)?;
    Ok(represent::access_decision(question, facts, decide(question, facts, asked_by, rules.as_deref())))
}

/// The rules of the organization; `None` where there is none.
///
/// # Errors
/// As for [`answer`].
pub(crate) fn rules(facts: &Facts, known: &Known) -> Result<Option<Arc<Policy>>, PolicyFault> {
    let load = |hash: &String| policy::load(hash, known.policies.get(hash).map(String::as_str));
    facts.org.as_ref().map(|org| load(&org.policy_hash)).transpose()
}

/// A page with that many results, which goes on at the token.
pub(crate) fn page(count: usize, next_token: Option<String>) -> FoundPage {
    FoundPage { next_token: next_token.unwrap_or_default(), count: u64::try_from(count).unwrap_or(u64::MAX) }
}
