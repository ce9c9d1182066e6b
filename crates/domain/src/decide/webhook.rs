//! Webhooks: made, changed, given another secret, tried, told once more, ended.

use std::collections::BTreeSet;

use super::org::by;
use crate::command::{Command, Item, SYSTEM};
use crate::event::{Change, Nothing, WebhookChanged, WebhookCreated, WebhookReplayed, WebhookRotated};
use crate::facts::{Actor, WebhookFacts};
use crate::{OrgId, Refusal, WebhookId};

/// Most webhooks of an organization. The fold knows the same number.
pub const WEBHOOKS_PER_ORGANIZATION_MAX: u64 = 20;
/// Most events that one replay tells again.
pub const REPLAY_EVENTS_MAX: u64 = 1000;

/// What is asked for, with the identifier and the deployment key it will have.
#[derive(Debug, Clone)]
pub struct Create<'a> {
    pub id: WebhookId,
    pub url: &'a str,
    pub description: &'a str,
    pub types: &'a BTreeSet<String>,
    pub key_id: &'a str,
}

/// Makes a webhook. `present` is how many there are.
///
/// # Errors
/// Needs `webhook.manage`, as a member: what is told leaves the organization, and somebody answers for it.
pub fn create(actor: &Actor, present: u64, ask: Create<'_>) -> Result<(Command, WebhookCreated), Refusal> {
    actor.require("webhook.manage")?;
    actor.require_holder()?;
    if present >= WEBHOOKS_PER_ORGANIZATION_MAX {
        return Err(Refusal::LimitReached { what: "webhooks of an organization", max: WEBHOOKS_PER_ORGANIZATION_MAX });
    }
    let created = WebhookCreated {
        url: ask.url.to_owned(),
        description: ask.description.to_owned(),
        types: ask.types.clone(),
        generation: 1,
        key_id: ask.key_id.to_owned(),
        created_by: actor.member.id.clone(),
    };
    Ok((by(actor, "webhook.create", vec![Change::WebhookCreated(ask.id, created.clone())]), created))
}

/// Changes what is given. What is so already is no change, and nothing but that appends nothing.
///
/// # Errors
/// Needs `webhook.manage`, and a webhook that is there.
pub fn update(actor: &Actor, webhook: Option<&WebhookFacts>, wished: WebhookChanged) -> Result<Command, Refusal> {
    let webhook = managed(actor, webhook)?;
    let changed = WebhookChanged {
        url: wished.url.filter(|url| *url != webhook.url),
        description: wished.description.filter(|description| *description != webhook.description),
        types: wished.types.filter(|types| *types != webhook.types),
        on: wished.on.filter(|on| *on != webhook.is_on()),
    };
    let is_same = changed == WebhookChanged::default();
    let changes = if is_same { Vec::new() } else { vec![Change::WebhookChanged(webhook.id.clone(), changed)] };
    Ok(about(actor, "webhook.update", webhook, changes))
}

/// A new secret; the old one signs as well for `overlap_s` seconds, 0: not at all.
///
/// # Errors
/// As for [`update`]; whoever rotates comes to know the secret, so it is a member.
pub fn rotate(
    actor: &Actor,
    webhook: Option<&WebhookFacts>,
    key_id: &str,
    overlap_s: u64,
) -> Result<(Command, WebhookRotated), Refusal> {
    let webhook = managed(actor, webhook)?;
    actor.require_holder()?;
    let generation = webhook.generation.saturating_add(1);
    let rotated = WebhookRotated { generation, key_id: key_id.to_owned(), old_until: actor.in_s(overlap_s) };
    let changes = vec![Change::WebhookRotated(webhook.id.clone(), rotated.clone())];
    Ok((about(actor, "webhook.rotate", webhook, changes), rotated))
}

/// Has it told of a test event, and of nothing else.
///
/// # Errors
/// As for [`update`]; it must be on.
pub fn test(actor: &Actor, webhook: Option<&WebhookFacts>) -> Result<Command, Refusal> {
    let webhook = listening(managed(actor, webhook)?)?;
    Ok(about(actor, "webhook.test", webhook, vec![Change::WebhookTested(webhook.id.clone(), Nothing {})]))
}

/// Has it told once more of events, those of which it wants to hear.
///
/// # Errors
/// As for [`update`]; it must be on.
pub fn replay(actor: &Actor, webhook: Option<&WebhookFacts>, events: WebhookReplayed) -> Result<Command, Refusal> {
    let webhook = listening(managed(actor, webhook)?)?;
    Ok(about(actor, "webhook.replay", webhook, vec![Change::WebhookReplayed(webhook.id.clone(), events)]))
}

/// Ends it for good.
///
/// # Errors
/// As for [`update`].
pub fn delete(actor: &Actor, webhook: Option<&WebhookFacts>) -> Result<Command, Refusal> {
    let webhook = managed(actor, webhook)?;
    Ok(about(actor, "webhook.delete", webhook, vec![Change::WebhookDeleted(webhook.id.clone(), Nothing {})]))
}

/// Ends the telling, because it has failed for days or the receiver says that it is gone. Somebody may turn it on again.
pub fn disable(org: &OrgId, webhook: &WebhookFacts) -> Command {
    Command {
        premises: vec![webhook.premise()],
        items: vec![Item::plain(vec![Change::WebhookDisabled(webhook.id.clone(), Nothing {})])],
        ..Command::of("webhook.disable", Some(org.clone()), SYSTEM.to_owned())
    }
}

fn managed<'a>(actor: &Actor, webhook: Option<&'a WebhookFacts>) -> Result<&'a WebhookFacts, Refusal> {
    actor.require("webhook.manage")?;
    webhook.ok_or(Refusal::NotFound("webhook"))
}

fn listening(webhook: &WebhookFacts) -> Result<&WebhookFacts, Refusal> {
    if webhook.is_on() { Ok(webhook) } else { Err(Refusal::WebhookIsOff) }
}

fn about(actor: &Actor, kind: &'static str, webhook: &WebhookFacts, changes: Vec<Change>) -> Command {
    let mut command = by(actor, kind, changes);
    command.premises.push(webhook.premise());
    command
}
