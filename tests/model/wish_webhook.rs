//! Wishes about webhooks.

use std::collections::BTreeSet;

use latchkey_domain::decide::webhook::{self as decided, Create};
use latchkey_domain::event::{WebhookChanged, WebhookReplayed};
use latchkey_domain::{OrgId, Refusal, WebhookId};
use latchkey_ops::finish;
use latchkey_store::db::Db;
use latchkey_store::webhook;

use super::{Decided, change, refusal};
use crate::world::World;

/// What is asked for, in an organization.
#[derive(Debug, Clone)]
pub(crate) enum WebhookWish {
    Create { webhook: WebhookId, types: BTreeSet<String> },
    Update { webhook: WebhookId, wished: WebhookChanged },
    Rotate { webhook: WebhookId, overlap_s: u64 },
    Test { webhook: WebhookId },
    Replay { webhook: WebhookId, since: i64 },
    Delete { webhook: WebhookId },
}

impl<D: Db> World<D> {
    pub(super) fn decide_webhook(
        &self,
        (who, org): (usize, &OrgId),
        wish: &WebhookWish,
        now: i64,
        key: Option<&str>,
    ) -> Result<Decided, Refusal> {
        let (db, ask) = (&self.db, self.ask(who, now, key));
        let (command, principal) = match wish {
            WebhookWish::Create { webhook, types } => {
                let (actor, facts, principal) = actor!(now, webhook::new(db, &ask, org));
                let (url, description) = ("https://hooks.example.com/", "CRM");
                let create = Create { id: webhook.clone(), url, description, types, key_id: "k1" };
                (decided::create(&actor, facts.present, create)?.0, principal)
            }
            WebhookWish::Update { webhook, wished } => {
                let (actor, found, principal) = actor!(now, webhook::one(db, &ask, org, webhook));
                (decided::update(&actor, found.as_ref(), wished.clone())?, principal)
            }
            WebhookWish::Rotate { webhook, overlap_s } => {
                let (actor, found, principal) = actor!(now, webhook::one(db, &ask, org, webhook));
                (decided::rotate(&actor, found.as_ref(), "k2", *overlap_s)?.0, principal)
            }
            WebhookWish::Test { webhook } => {
                let (actor, found, principal) = actor!(now, webhook::one(db, &ask, org, webhook));
                (decided::test(&actor, found.as_ref())?, principal)
            }
            WebhookWish::Replay { webhook, since } => {
                let (actor, facts, principal) = actor!(now, webhook::replay(db, &ask, org, webhook, *since));
                let first_version = facts.first_version.ok_or(Refusal::NotFound("event"))?;
                let events = WebhookReplayed { first_version, last_version: actor.org.version };
                (decided::replay(&actor, facts.webhook.as_ref(), events)?, principal)
            }
            WebhookWish::Delete { webhook } => {
                let (actor, found, principal) = actor!(now, webhook::one(db, &ask, org, webhook));
                (decided::delete(&actor, found.as_ref())?, principal)
            }
        };
        Ok(change(command, &principal))
    }
}
