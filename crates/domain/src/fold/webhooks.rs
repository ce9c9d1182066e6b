//! The webhooks of an organization.

use super::{Fit, OrgState, WebhookState, WebhookStatus};
use crate::WebhookId;
use crate::decide::webhook::WEBHOOKS_PER_ORGANIZATION_MAX;
use crate::event::{Event, WebhookChanged, WebhookCreated, WebhookRotated};

impl OrgState {
    pub(super) fn create_webhook(&mut self, id: &WebhookId, created: &WebhookCreated, event: &Event) -> Fit {
        if self.webhooks.contains_key(id) {
            return Err("the webhook is there already");
        }
        let webhook = WebhookState {
            url: created.url.clone(),
            description: created.description.clone(),
            types: created.types.clone(),
            status: WebhookStatus::On,
            generation: created.generation,
            key_id: created.key_id.clone(),
            old: None,
            created_by: created.created_by.clone(),
            created_version: event.version,
            created_at: event.effective_at,
            rev: 1,
        };
        self.webhooks.insert(id.clone(), webhook);
        let present = self.webhooks.values().filter(|webhook| webhook.status != WebhookStatus::Deleted).count();
        if present as u64 > WEBHOOKS_PER_ORGANIZATION_MAX { Err("there are too many webhooks") } else { Ok(()) }
    }

    pub(super) fn change_webhook(&mut self, id: &WebhookId, changed: &WebhookChanged) -> Fit {
        let webhook = self.webhook(id)?;
        if let Some(url) = &changed.url {
            webhook.url.clone_from(url);
        }
        if let Some(description) = &changed.description {
            webhook.description.clone_from(description);
        }
        if let Some(types) = &changed.types {
            webhook.types.clone_from(types);
        }
        match changed.on {
            Some(true) => webhook.status = WebhookStatus::On,
            Some(false) => webhook.status = WebhookStatus::Off,
            None => {}
        }
        Ok(())
    }

    pub(super) fn rotate_webhook(&mut self, id: &WebhookId, rotated: &WebhookRotated) -> Fit {
        let webhook = self.webhook(id)?;
        if rotated.generation <= webhook.generation {
            return Err("the generation does not rise");
        }
        webhook.old = Some((webhook.generation, webhook.key_id.clone(), rotated.old_until));
        webhook.generation = rotated.generation;
        webhook.key_id.clone_from(&rotated.key_id);
        Ok(())
    }

    pub(super) fn end_webhook(&mut self, id: &WebhookId, status: WebhookStatus) -> Fit {
        self.webhook(id)?.status = status;
        Ok(())
    }

    /// A webhook that is there, about to change.
    pub(super) fn webhook(&mut self, id: &WebhookId) -> Result<&mut WebhookState, &'static str> {
        let there = self.webhooks.get_mut(id).filter(|webhook| webhook.status != WebhookStatus::Deleted);
        let webhook = there.ok_or("the webhook is not there")?;
        webhook.rev += 1;
        Ok(webhook)
    }
}
