//! `POST /v1/orgs/{org}/activity`: what happened in the host product.

use latchkey_domain::facts::{Asker, OrgFacts, activity_kept_since};
use latchkey_domain::{ActivityId, OrgId};
use latchkey_edge::change::ask;
use latchkey_edge::limits::ACTIVITY_AHEAD_S_MAX;
use latchkey_edge::model::{ActivityItem, ActivityOutcome, ReportActivity, ReportedActivity, ReportedItem, fault};
use latchkey_edge::random::uuid_v7;
use latchkey_edge::{Call, Problem, Reply, activity_db, db};
use latchkey_store::activity::{self, Item, Outcome, Reporter};
use latchkey_store::org;

pub(crate) async fn report_activity(call: Call) -> Result<Reply, Problem> {
    let id: OrgId = call.path("org")?;
    let request: ReportActivity = call.body()?;
    let items = request.items()?;
    let ask = ask(&call, None);
    let (asker, _) = org::context(&db().await?, &ask, &id).await?.into_asker(&ask)?;
    asker.require("activity.write")?;
    in_time(&items, asker.org(), call.now_ms())?;
    let keys: Vec<Option<String>> = items.iter().map(|item| item.id.as_ref().map(|id| id.0.clone())).collect();
    // In the order of the items, so that those of one moment stay in it.
    let mut ids: Vec<ActivityId> = items.iter().map(|_| ActivityId::new(uuid_v7(call.now()))).collect();
    ids.sort();
    let items: Vec<Item> = items.into_iter().zip(ids).map(|(item, id)| row(item, id, &call)).collect();
    let name = asker.name();
    let member = match &asker {
        Asker::Member(actor) => Some(actor.member.id.as_str()),
        Asker::Operator(_) => None,
    };
    let reporter = Reporter { actor: &name, member };
    let outcomes = activity::report(&activity_db().await?, &id, &reporter, &items, call.now_ms()).await?;
    let data: Vec<ReportedItem> = keys.into_iter().zip(&items).zip(outcomes).map(told).collect();
    let recorded = data.iter().filter(|item| item.outcome == ActivityOutcome::Recorded).count();
    Ok(Reply::ok(&ReportedActivity { data, recorded: u64::try_from(recorded).unwrap_or(u64::MAX) }))
}

/// What has not happened yet is a clock that is wrong; what is older than it would be kept is gone already.
fn in_time(items: &[ActivityItem], org: &OrgFacts, now: i64) -> Result<(), Problem> {
    let latest = now.saturating_add(ACTIVITY_AHEAD_S_MAX.saturating_mul(1000));
    let earliest = org.activity_retention_days.map_or(0, |days| activity_kept_since(days, now));
    let mut errors = Vec::new();
    for (place, item) in items.iter().enumerate() {
        let Some(at) = item.at.map(|at| at.0) else { continue };
        if at > latest {
            let message = format!("This must not be more than {ACTIVITY_AHEAD_S_MAX} seconds in the future.");
            errors.push(fault(place, "at", "out_of_range", message));
        } else if at < earliest {
            errors.push(fault(place, "at", "out_of_range", "This is older than activity is kept here."));
        }
    }
    if errors.is_empty() { Ok(()) } else { Err(Problem::invalid(errors)) }
}

fn row(item: ActivityItem, id: ActivityId, call: &Call) -> Item {
    let (target_type, target) = item.target.map(|target| (target.kind, target.id)).unzip();
    Item {
        id,
        item_key: item.id.map(|id| id.0),
        kind: item.r#type.0,
        at: item.at.map_or(call.now_ms(), |at| at.0),
        member: item.member,
        key: item.key,
        target_type,
        target,
        project: item.project,
        ip: item.ip.map(|ip| ip.0.to_string()),
        user_agent: item.user_agent.map(|it| it.0),
        data: item.data.map(|data| data.0).unwrap_or_default(),
    }
}

fn told(((key, item), outcome): ((Option<String>, &Item), Outcome)) -> ReportedItem {
    let outcome = match outcome {
        Outcome::Recorded => ActivityOutcome::Recorded,
        Outcome::Repeated => ActivityOutcome::Repeated,
        Outcome::UnknownMember => ActivityOutcome::UnknownMember,
        Outcome::UnknownKey => ActivityOutcome::UnknownKey,
        Outcome::UnknownProject => ActivityOutcome::UnknownProject,
    };
    let activity = (outcome == ActivityOutcome::Recorded).then(|| item.id.to_string());
    ReportedItem { id: key, outcome, activity }
}
