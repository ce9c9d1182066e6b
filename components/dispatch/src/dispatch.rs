//! `POST /v1/dispatch`: called by a timer. Says in the log what time has done, and forgets what has no use any more.

use std::collections::BTreeMap;

use latchkey_domain::OrgId;
use latchkey_domain::decide;
use latchkey_domain::facts::InvitationFacts;
use latchkey_domain::secret::token_hash;
use latchkey_edge::limits::{DISPATCH_FORGETS_MAX, DISPATCH_INVITATIONS_MAX, SIGN_IN_CODE_KEPT_S};
use latchkey_edge::model::Dispatched;
use latchkey_edge::{Call, Database, Entropy, Problem, Reply, db};
use latchkey_store::append::{Appended, Request, append};
use latchkey_store::dispatch::{due_invitations, forget_codes, forget_sessions};

pub(crate) async fn dispatch(call: Call) -> Result<Reply, Problem> {
    let db = db().await?;
    let due = due_invitations(&db, call.now_ms(), DISPATCH_INVITATIONS_MAX).await?;
    let found = due.len();
    let mut by_org: BTreeMap<OrgId, Vec<InvitationFacts>> = BTreeMap::new();
    for invitation in due {
        by_org.entry(invitation.org.clone()).or_default().push(invitation);
    }
    let mut expired = 0;
    for (org, invitations) in by_org {
        expired += expire(&call, &db, &org, &invitations).await?;
    }
    let forgotten_before = call.now_ms().saturating_sub(SIGN_IN_CODE_KEPT_S.saturating_mul(1000));
    forget_codes(&db, forgotten_before, DISPATCH_FORGETS_MAX).await?;
    forget_sessions(&db, call.now_ms(), DISPATCH_FORGETS_MAX).await?;
    let more = i64::try_from(found).unwrap_or(i64::MAX) >= DISPATCH_INVITATIONS_MAX;
    Ok(Reply::ok(&Dispatched { invitations_expired: expired, more }))
}

/// One command an organization. If one of its invitations was accepted or sent again meanwhile, nothing is done this
/// time: what is still due is found by the next call.
async fn expire(call: &Call, db: &Database, org: &OrgId, due: &[InvitationFacts]) -> Result<u64, Problem> {
    let command = decide::invitation::expire(org, due, call.now_ms());
    let principal = latchkey_domain::command::SYSTEM;
    let request_hash = token_hash("dispatch");
    let request = Request { principal, idempotency_key: None, request_hash: &request_hash };
    let sealed = command.seal(call.now_ms(), &mut Entropy);
    Ok(match append(db, &sealed, &request, &serde_json::Value::Null).await? {
        Appended::At { .. } => u64::try_from(due.len()).unwrap_or(u64::MAX),
        Appended::Stale => 0,
    })
}
