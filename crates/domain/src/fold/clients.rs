//! The OAuth clients of an organization.

use super::state::end_by;
use super::{ClientState, Fit, OrgState, SecretState};
use crate::OauthClientId;
use crate::decide::oauth_client::CLIENTS_PER_ORGANIZATION_MAX;
use crate::event::{ClientSecret, Event, OauthClientCreated, OauthClientRotated};

impl OrgState {
    pub(super) fn create_client(&mut self, id: &OauthClientId, created: &OauthClientCreated, event: &Event) -> Fit {
        self.knows_no(&created.secret)?;
        if self.clients.contains_key(id) {
            return Err("the client is there already");
        }
        let client = ClientState {
            name: created.name.clone(),
            scopes: created.scopes.clone(),
            role: created.role.clone(),
            generation: created.secret.generation,
            key_id: created.secret.key_id.clone(),
            created_by: created.created_by.clone(),
            created_version: event.version,
            created_at: event.effective_at,
            ended_at: None,
            rev: 1,
            secrets: [secret(&created.secret)].into(),
        };
        self.clients.insert(id.clone(), client);
        if self.active_clients() > CLIENTS_PER_ORGANIZATION_MAX { Err("there are too many clients") } else { Ok(()) }
    }

    pub(super) fn rotate_client(&mut self, id: &OauthClientId, rotated: &OauthClientRotated) -> Fit {
        self.knows_no(&rotated.secret)?;
        let client = self.active_client(id)?;
        if rotated.secret.generation <= client.generation {
            return Err("the generation does not rise");
        }
        end_by(&mut client.secrets, rotated.old_until);
        client.secrets.extend([secret(&rotated.secret)]);
        client.generation = rotated.secret.generation;
        client.key_id.clone_from(&rotated.secret.key_id);
        client.rev += 1;
        Ok(())
    }

    pub(super) fn active_client(&mut self, id: &OauthClientId) -> Result<&mut ClientState, &'static str> {
        self.clients.get_mut(id).filter(|client| client.is_active()).ok_or("the client is not active")
    }

    pub(super) fn revoke_clients(&mut self, at: i64) {
        self.clients.values_mut().filter(|client| client.is_active()).for_each(|client| client.revoke(at));
    }

    pub(crate) fn active_clients(&self) -> u64 {
        self.clients.values().filter(|client| client.is_active()).count() as u64
    }

    fn knows_no(&self, secret: &ClientSecret) -> Fit {
        let known = self.clients.values().any(|client| client.secrets.contains_key(&secret.token_hash));
        if known { Err("the client's secret is there already") } else { Ok(()) }
    }
}

impl ClientState {
    pub fn is_active(&self) -> bool {
        self.ended_at.is_none()
    }

    pub(super) fn revoke(&mut self, at: i64) {
        self.ended_at = Some(at);
        self.rev += 1;
    }
}

fn secret(secret: &ClientSecret) -> (String, SecretState) {
    (secret.token_hash.clone(), SecretState { generation: secret.generation, valid_until: None })
}
