//! Looks again whether verified domains are still proved.

use latchkey_domain::decide::domain::{is_proved, lapse};
use latchkey_domain::facts::DomainFacts;
use latchkey_domain::secret::domain_record;
use latchkey_edge::fetch::{InFlight, StreamExt as _};
use latchkey_edge::limits::{DISPATCH_DOMAINS_MAX, DOMAIN_CHECK_AGAIN_S, DOMAIN_CHECK_EVERY_S, DOMAIN_GRACE_S};
use latchkey_edge::{Call, Database, Problem, clock, resolver};
use latchkey_store::domain::{Looked, record, take_due};

use crate::dispatch::{expire, is_full};

/// What one call has looked at.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Checked {
    pub(crate) checked: u64,
    pub(crate) lapsed: u64,
    /// Whether there are more to look at.
    pub(crate) more: bool,
}

/// Looks at the domains that are due, all at the same time. Whoever else does so meanwhile takes others; if this call is killed, they
/// are due again by themselves.
pub(crate) async fn check_domains(call: &Call, db: &Database) -> Result<Checked, Problem> {
    let now = call.now_ms();
    let due = take_due(db, now, in_s(now, DOMAIN_CHECK_AGAIN_S), DISPATCH_DOMAINS_MAX).await?;
    let mut done = Checked { more: is_full(due.len(), DISPATCH_DOMAINS_MAX), ..Checked::default() };
    let mut looking: InFlight<_> = due.iter().map(|domain| look(call, db, domain)).collect();
    let mut failure = None;
    while let Some(looked) = looking.next().await {
        match looked {
            Ok(is_lapsed) => {
                done.checked += 1;
                done.lapsed += u64::from(is_lapsed);
            }
            // The others are still brought to their end.
            Err(fault) => failure = Some(fault),
        }
    }
    failure.map_or(Ok(done), Err)
}

/// Looks at one domain, and writes down what was found. Whether it has lapsed. A resolver that does not know says nothing about the
/// domain.
async fn look(call: &Call, db: &Database, domain: &DomainFacts) -> Result<bool, Problem> {
    let seen = resolver::texts(call.settings(), &domain_record(&domain.domain)).await;
    let now = clock::now().0;
    let failing_since = domain.check.as_ref().and_then(|check| check.failing_since);
    let answered = |failing_since| Looked {
        domain: &domain.id,
        due_at: in_s(now, DOMAIN_CHECK_EVERY_S),
        checked_at: Some(now),
        failing_since,
        trouble: None,
    };
    let trouble;
    let looked = match &seen {
        Ok(seen) if is_proved(domain, seen) => answered(None),
        Ok(_) if failing_since.is_some_and(|since| in_s(since, DOMAIN_GRACE_S) <= now) => {
            // If somebody changed it meanwhile, it is looked at again.
            return Ok(expire(call, db, lapse(domain)).await? > 0);
        }
        Ok(_) => answered(failing_since.or(Some(now))),
        Err(unresolved) => {
            trouble = unresolved.to_string();
            eprintln!("{} domain {}: {trouble}", call.request_id(), domain.domain);
            let due_at = in_s(now, DOMAIN_CHECK_AGAIN_S);
            Looked { due_at, checked_at: None, trouble: Some(&trouble), ..answered(failing_since) }
        }
    };
    record(db, &looked).await?;
    Ok(false)
}

fn in_s(from: i64, seconds: i64) -> i64 {
    from.saturating_add(seconds.saturating_mul(1000))
}
