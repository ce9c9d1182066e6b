//! `PATCH /v1/orgs/{org}`: renames an organization, and changes its settings.

use latchkey_domain::decide::org::{Update, update};
use latchkey_domain::facts::OrgFacts;
use latchkey_domain::{OrgId, Refusal};
use latchkey_edge::change::{Answer, Decision, change};
use latchkey_edge::field_types::{Change, RetentionDays, SignInAge};
use latchkey_edge::model::UpdateOrg;
use latchkey_edge::{Call, Problem, Reply, represent};
use latchkey_store::org;

pub(crate) async fn update_org(call: Call) -> Result<Reply, Problem> {
    let id: OrgId = call.path("org")?;
    let request: UpdateOrg = call.body()?;
    let asked = Update {
        name: request.name.as_ref(),
        email_notifications: request.email_notifications,
        auto_join_role: request.auto_join_role.as_ref(),
        activity_retention_days: match request.activity_retention_days {
            Change::Keep => None,
            Change::Clear => Some(None),
            Change::Set(RetentionDays(days)) => Some(Some(days)),
        },
        reauth_after_s: match request.reauth_after_s {
            Change::Keep => None,
            Change::Clear => Some(None),
            Change::Set(SignInAge(seconds)) => Some(Some(seconds)),
        },
    };
    if asked == Update::default() {
        return Err(Problem::field("body", "required", "Say what is to be different: at least one field."));
    }
    change(
        &call,
        async |db, ask| org::context(db, ask, &id).await,
        |context| {
            let (actor, _) = context.into_actor(call.now_ms())?;
            let command = update(&actor, &asked).map_err(problem)?;
            let changed = after(&actor.org, &asked);
            let org = represent::org(&changed, &actor.policy, &actor.member.role, call.settings());
            Ok(Decision::Change(Box::new(command), Answer::ok(&org)))
        },
    )
    .await
}

/// The organization as it is after the change.
fn after(org: &OrgFacts, asked: &Update<'_>) -> OrgFacts {
    let mut org = org.clone();
    if let Some(name) = asked.name {
        org.name = name.to_string();
    }
    if let Some(on) = asked.email_notifications {
        org.email_notifications = on;
    }
    if let Some(role) = asked.auto_join_role {
        org.auto_join_role = Some(role.to_string());
    }
    if let Some(days) = asked.activity_retention_days {
        org.activity_retention_days = days;
    }
    if let Some(seconds) = asked.reauth_after_s {
        org.reauth_after_s = seconds;
    }
    org
}

/// The role that is refused here is the one to join by, whether it does not exist or nobody may join by themselves in it.
fn problem(refusal: Refusal) -> Problem {
    let Refusal::UnknownRole { role, known } = &refusal else { return refusal.into() };
    let message = format!("Nobody can join by themselves as {role}. Use one of: {}.", known.join(", "));
    let mut problem = Problem::from(refusal);
    for error in &mut problem.errors {
        "auto_join_role".clone_into(&mut error.field);
        error.message.clone_from(&message);
    }
    Problem { detail: message, ..problem }
}
