//! Wishes about API keys, and those of a program that has one.

use std::collections::BTreeSet;

use latchkey_domain::command::{Command, SYSTEM};
use latchkey_domain::decide::api_key::{Create, Update, create, expire, revoke, rotate, update};
use latchkey_domain::event::{ApiKeySecret, KeyRate};
use latchkey_domain::secret::token_hash;
use latchkey_domain::{ApiKeyId, MemberId, OrgId, ProjectId, Refusal};
use latchkey_ops::finish;
use latchkey_store::context::Ask;
use latchkey_store::db::Db;
use latchkey_store::{dispatch, key};

use super::{Decided, change, refusal};
use crate::world::World;

/// What is asked of the keys of an organization.
#[derive(Debug, Clone)]
pub(crate) enum KeyWish {
    Create {
        id: ApiKeyId,
        holder: Option<MemberId>,
        project: Option<ProjectId>,
        scopes: Option<BTreeSet<String>>,
        expires_at: Option<i64>,
        rate: Option<KeyRate>,
    },
    Update {
        key: ApiKeyId,
        name: Option<String>,
        scopes: Option<BTreeSet<String>>,
    },
    Rotate {
        key: ApiKeyId,
        overlap_s: u64,
    },
    Revoke {
        key: ApiKeyId,
    },
    Expire {
        key: ApiKeyId,
    },
}

/// The text's part that a world knows: it hashes to what the key is found by.
pub(crate) fn secret(id: &ApiKeyId, generation: u64) -> ApiKeySecret {
    ApiKeySecret {
        generation,
        key_id: "k1".to_owned(),
        label: format!("{generation:08x}"),
        token_hash: token_hash(&format!("{id} {generation}")),
    }
}

impl<D: Db> World<D> {
    /// `by` a program with this key, where there is one, or else by the person.
    pub(super) fn decide_key(
        &self,
        (who, org, by): (usize, &OrgId, Option<&str>),
        wish: &KeyWish,
        now: i64,
        name: Option<&str>,
    ) -> Result<Decided, Refusal> {
        let db = &self.db;
        let token_hash = by.unwrap_or(&self.people[who].token_hash);
        let ask = Ask { token_hash, now, idempotency_key: name };
        let (command, principal): (Command, String) = match wish {
            KeyWish::Create { id, holder, project, scopes, expires_at, rate } => {
                let context = key::new(db, &ask, org, holder.as_ref(), project.as_ref());
                let (actor, facts, principal) = actor!(now, context);
                let wanted = Create {
                    id: id.clone(),
                    name: "CI",
                    secret: secret(id, 1),
                    scopes: scopes.clone(),
                    project: project.as_ref(),
                    expires_at: *expires_at,
                    rate: *rate,
                };
                (create(&actor, facts.holder.as_ref(), facts.project.as_ref(), wanted)?.0, principal)
            }
            KeyWish::Update { key, name, scopes } => {
                let (actor, facts, principal) = actor!(now, key::one(db, &ask, org, key));
                let wanted = Update { name: name.as_deref(), scopes: scopes.clone() };
                (update(&actor, facts.key.as_ref(), facts.holder.as_ref(), &wanted)?, principal)
            }
            KeyWish::Rotate { key, overlap_s } => {
                let (actor, facts, principal) = actor!(now, key::one(db, &ask, org, key));
                let next = |key: &latchkey_domain::facts::KeyFacts| secret(&key.id, key.generation + 1);
                (rotate(&actor, facts.key.as_ref(), next, *overlap_s)?.0, principal)
            }
            KeyWish::Revoke { key } => {
                let (actor, facts, principal) = actor!(now, key::one(db, &ask, org, key));
                (revoke(&actor, facts.key.as_ref())?, principal)
            }
            KeyWish::Expire { key } => {
                let due = finish(dispatch::due_keys(db, now, 100)).unwrap();
                let org = due
                    .iter()
                    .find(|due| due.key.id == *key)
                    .map(|due| due.org.clone())
                    .ok_or(Refusal::NotFound("due key"))?;
                let keys: Vec<_> = due.into_iter().filter(|due| due.org == org).map(|due| due.key).collect();
                (expire(&org, &keys, now), SYSTEM.to_owned())
            }
        };
        Ok(change(command, &principal))
    }
}
