//! `POST /v1/dispatch`: called by a timer. Says in the log what time has done, and forgets what has no use any more.

use std::collections::BTreeMap;

use crate::checkpoints::checkpoints;
use crate::deliver::deliver;
use crate::domains::check_domains;
use latchkey_domain::command::{Command, SYSTEM};
use latchkey_domain::facts::KeyFacts;
use latchkey_domain::{OrgId, decide};
use latchkey_edge::change::append_once;
use latchkey_edge::limits::{
    DISPATCH_FORGETS_MAX, DISPATCH_INVITATIONS_MAX, DISPATCH_KEYS_MAX, DISPATCH_LINKS_MAX, SIGN_IN_CODE_KEPT_S,
};
use latchkey_edge::model::Dispatched;
use latchkey_edge::{Call, Database, Problem, Reply, db};
use latchkey_store::append::Appended;
use latchkey_store::dispatch::{due_invitations, due_keys, due_links, forget_codes, forget_sessions};

use crate::identities::identities;
use crate::payers::payers;
use crate::sweep::sweep;
use crate::webhooks::tell;

pub(crate) async fn dispatch(call: Call) -> Result<Reply, Problem> {
    let (db, now) = (db().await?, call.now_ms());
    let invitations = due_invitations(&db, now, DISPATCH_INVITATIONS_MAX).await?;
    let links = due_links(&db, now, DISPATCH_LINKS_MAX).await?;
    let keys = due_keys(&db, now, DISPATCH_KEYS_MAX).await?;
    let more = is_full(invitations.len(), DISPATCH_INVITATIONS_MAX) || is_full(links.len(), DISPATCH_LINKS_MAX);
    let more = more || is_full(keys.len(), DISPATCH_KEYS_MAX);
    let mut invitations_expired = 0;
    for (org, due) in by_org(invitations, |invitation| &invitation.org) {
        invitations_expired += expire(&call, &db, decide::invitation::expire(&org, &due, now)).await?;
    }
    let mut links_expired = 0;
    for (org, due) in by_org(links, |link| &link.org) {
        links_expired += expire(&call, &db, decide::link::expire(&org, &due, now)).await?;
    }
    let mut keys_expired = 0;
    for (org, due) in by_org(keys, |due| &due.org) {
        let due: Vec<KeyFacts> = due.into_iter().map(|due| due.key).collect();
        keys_expired += expire(&call, &db, decide::api_key::expire(&org, &due, now)).await?;
    }
    let checkpoints = checkpoints(&call, &db).await?;
    let payers = payers(&call, &db).await?;
    let identities = identities(&call, &db).await?;
    let domains = check_domains(&call, &db).await?;
    let swept = sweep(now).await?;
    let forgotten_before = now.saturating_sub(SIGN_IN_CODE_KEPT_S.saturating_mul(1000));
    forget_codes(&db, forgotten_before, DISPATCH_FORGETS_MAX).await?;
    // A token of an external issuer is good by every machine's clock only as long as its session is there to be ended.
    forget_sessions(&db, forgotten_before, DISPATCH_FORGETS_MAX).await?;
    // Last, because it is others who say how long it takes.
    let delivered = deliver(&call, &db).await?;
    let told = tell(&call, &db).await?;
    Ok(Reply::ok(&Dispatched {
        invitations_expired,
        links_expired,
        keys_expired,
        checkpoints_made: checkpoints.made,
        checkpoints_withheld: checkpoints.withheld,
        domains_checked: domains.checked,
        domains_lapsed: domains.lapsed,
        activity_deleted: swept.deleted,
        mails_sent: delivered.sent,
        mails_failed: delivered.failed,
        webhooks_sent: told.sent,
        webhooks_failed: told.failed,
        webhooks_disabled: told.disabled,
        payers_settled: payers.settled,
        identities_settled: identities.settled,
        more: more
            || checkpoints.more
            || payers.more
            || identities.more
            || domains.more
            || swept.more
            || delivered.more
            || told.more,
    }))
}

/// Whether there may be more than the limit of a call let through.
pub(crate) fn is_full(found: usize, max: i64) -> bool {
    i64::try_from(found).unwrap_or(i64::MAX) >= max
}

fn by_org<T>(due: Vec<T>, org: impl Fn(&T) -> &OrgId) -> BTreeMap<OrgId, Vec<T>> {
    let mut by_org: BTreeMap<OrgId, Vec<T>> = BTreeMap::new();
    for it in due {
        by_org.entry(org(&it).clone()).or_default().push(it);
    }
    by_org
}

/// One command an organization. If one of the things it is about was used or changed meanwhile, nothing is done this time:
/// what is still due is found by the next call. How many have expired.
pub(crate) async fn expire(call: &Call, db: &Database, command: Command) -> Result<u64, Problem> {
    let count = command.items.iter().map(|item| item.changes.len()).sum::<usize>();
    Ok(match append_once(call, db, command, SYSTEM, "dispatch").await? {
        Appended::At { .. } => u64::try_from(count).unwrap_or(u64::MAX),
        Appended::Stale => 0,
    })
}
