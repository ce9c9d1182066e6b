//! The API keys of an organization.

use super::state::end_by;
use super::{Fit, KeyState, KeyStatus, MemberStatus, OrgState, SecretState};
use crate::event::{ApiKeyAdopted, ApiKeyChanged, ApiKeyCreated, ApiKeyRotated, Event};
use crate::key::Kept;
use crate::{ApiKeyId, MemberId, ProjectId};

impl OrgState {
    pub(super) fn create_key(&mut self, id: &ApiKeyId, created: &ApiKeyCreated, event: &Event) -> Fit {
        self.active(&created.member)?;
        if let Some(project) = &created.project {
            self.project(project)?;
        }
        self.know_no(&created.secret.token_hash)?;
        if self.keys.contains_key(id) {
            return Err("the key is there already");
        }
        let secret = SecretState { generation: created.secret.generation, valid_until: None };
        let key = KeyState {
            member: created.member.clone(),
            name: created.name.clone(),
            status: KeyStatus::Active,
            scopes: created.scopes.clone(),
            kept: None,
            project: created.project.clone(),
            rate: created.rate,
            expires_at: created.expires_at,
            label: created.secret.label.clone(),
            generation: created.secret.generation,
            key_id: created.secret.key_id.clone(),
            created_by: created.created_by.clone(),
            created_version: event.version,
            created_at: event.effective_at,
            ended_at: None,
            ended_version: None,
            rev: 1,
            secrets: [(created.secret.token_hash.clone(), secret)].into(),
        };
        self.keys.insert(id.clone(), key);
        Ok(())
    }

    pub(super) fn change_key(&mut self, id: &ApiKeyId, changed: &ApiKeyChanged) -> Fit {
        let key = self.active_key(id)?;
        key.name = changed.name.clone().unwrap_or_else(|| key.name.clone());
        key.scopes = changed.scopes.clone().or(key.scopes.take());
        key.rev += 1;
        Ok(())
    }

    pub(super) fn rotate_key(&mut self, id: &ApiKeyId, rotated: &ApiKeyRotated) -> Fit {
        self.know_no(&rotated.secret.token_hash)?;
        let key = self.active_key(id)?;
        if rotated.secret.generation <= key.generation {
            return Err("the generation does not rise");
        }
        end_by(&mut key.secrets, rotated.old_until);
        let secret = SecretState { generation: rotated.secret.generation, valid_until: None };
        key.secrets.insert(rotated.secret.token_hash.clone(), secret);
        key.generation = rotated.secret.generation;
        key.label.clone_from(&rotated.secret.label);
        key.key_id.clone_from(&rotated.secret.key_id);
        key.rev += 1;
        Ok(())
    }

    pub(super) fn end_key(&mut self, id: &ApiKeyId, status: KeyStatus, at: i64) -> Fit {
        let version = self.version;
        self.active_key(id)?.end(status, at, version);
        Ok(())
    }

    pub(super) fn keep_key(&mut self, id: &ApiKeyId, kept: &Kept) -> Fit {
        let key = self.active_key(id)?;
        if key.kept.is_some() {
            return Err("the key has no holder");
        }
        key.kept = Some(kept.clone());
        key.rev += 1;
        Ok(())
    }

    pub(super) fn adopt_key(&mut self, id: &ApiKeyId, adopted: &ApiKeyAdopted) -> Fit {
        self.active(&adopted.member)?;
        let key = self.active_key(id)?;
        key.member.clone_from(&adopted.member);
        key.scopes = Some(adopted.scopes.clone());
        key.kept = None;
        key.rev += 1;
        Ok(())
    }

    /// Nobody goes before it is settled what becomes of their keys.
    pub(super) fn keys_are_settled(&self, member: &MemberId) -> Fit {
        let open = |key: &KeyState| key.status == KeyStatus::Active && key.kept.is_none() && key.member == *member;
        if self.keys.values().any(open) { Err("the member holds keys") } else { Ok(()) }
    }

    /// Those of one project, or of the whole organization.
    pub(super) fn end_keys_of(&mut self, project: Option<&ProjectId>, at: i64) {
        let version = self.version;
        let of = |key: &&mut KeyState| project.is_none_or(|project| key.project.as_ref() == Some(project));
        let active = self.keys.values_mut().filter(|key| key.status == KeyStatus::Active);
        active.filter(of).for_each(|key| key.end(KeyStatus::Revoked, at, version));
    }

    fn active_key(&mut self, id: &ApiKeyId) -> Result<&mut KeyState, &'static str> {
        self.keys.get_mut(id).filter(|key| key.status == KeyStatus::Active).ok_or("the key is not active")
    }

    fn know_no(&self, token_hash: &str) -> Fit {
        let known = self.keys.values().any(|key| key.secrets.contains_key(token_hash));
        if known { Err("the key's text is there already") } else { Ok(()) }
    }

    /// Whether each active key has somebody who answers for it, or is marked as having nobody.
    pub(crate) fn keys_have_holders(&self) -> bool {
        let is_held = |key: &KeyState| {
            let active = |id: &MemberId| self.members.get(id).is_some_and(|m| m.status == MemberStatus::Active);
            key.kept.is_some() || active(&key.member)
        };
        self.keys.values().filter(|key| key.status == KeyStatus::Active).all(is_held)
    }
}

impl KeyState {
    fn end(&mut self, status: KeyStatus, at: i64, version: u64) {
        self.status = status;
        self.ended_at = Some(at);
        self.ended_version = Some(version);
        self.rev += 1;
    }
}
