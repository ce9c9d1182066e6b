//! Wishes about OAuth clients.

use std::collections::BTreeSet;

use latchkey_domain::decide::oauth_client::{self as decided, Create};
use latchkey_domain::event::ClientSecret;
use latchkey_domain::secret::token_hash;
use latchkey_domain::{OauthClientId, OrgId, Refusal};
use latchkey_ops::finish;
use latchkey_store::db::Db;
use latchkey_store::oauth;

use super::{Decided, change, refusal};
use crate::world::World;

/// What is asked for, in an organization.
#[derive(Debug, Clone)]
pub(crate) enum ClientWish {
    Create { client: OauthClientId, name: String, scopes: BTreeSet<String> },
    Rename { client: OauthClientId, name: String },
    Rotate { client: OauthClientId, overlap_s: u64 },
    Revoke { client: OauthClientId },
}

impl<D: Db> World<D> {
    pub(super) fn decide_client(
        &self,
        (who, org): (usize, &OrgId),
        wish: &ClientWish,
        now: i64,
        key: Option<&str>,
    ) -> Result<Decided, Refusal> {
        let (db, ask) = (&self.db, self.ask(who, now, key));
        let (command, principal) = match wish {
            ClientWish::Create { client, name, scopes } => {
                let (actor, facts, principal) = actor!(now, oauth::new(db, &ask, org));
                let create = Create { id: client.clone(), name, scopes, secret: secret(client, 1) };
                (decided::create(&actor, facts.active, create)?.0, principal)
            }
            ClientWish::Rename { client, name } => {
                let (actor, found, principal) = actor!(now, oauth::one(db, &ask, org, client));
                (decided::rename(&actor, found.as_ref(), name)?, principal)
            }
            ClientWish::Rotate { client, overlap_s } => {
                let (actor, found, principal) = actor!(now, oauth::one(db, &ask, org, client));
                let next = |found: &latchkey_domain::facts::ClientFacts| secret(client, found.generation + 1);
                (decided::rotate(&actor, found.as_ref(), next, *overlap_s)?.0, principal)
            }
            ClientWish::Revoke { client } => {
                let (actor, found, principal) = actor!(now, oauth::one(db, &ask, org, client));
                (decided::revoke(&actor, found.as_ref())?, principal)
            }
        };
        Ok(change(command, &principal))
    }
}

fn secret(client: &OauthClientId, generation: u64) -> ClientSecret {
    ClientSecret { generation, key_id: "k1".to_owned(), token_hash: token_hash(&format!("{client} {generation}")) }
}
