//! Wishes about many addresses at once, and about invite links.

use latchkey_domain::decide::bulk::{InviteMany, invite_many};
use latchkey_domain::decide::link::{self as decided, Create, Joining};
use latchkey_domain::{Domain, Email, EmailFault, LinkId, MemberId, OrgId, Refusal, RoleName};
use latchkey_ops::finish;
use latchkey_store::db::Db;
use latchkey_store::{invitation, link, org};

use super::{Decided, change, refusal};
use crate::world::{Counter, World};

/// What is asked for, in an organization or of a link.
#[derive(Debug, Clone)]
pub(crate) enum LinkWish {
    /// The identifiers that it makes count from `ids` on, so that the same wish makes the same ones.
    InviteMany {
        org: OrgId,
        role: RoleName,
        addresses: Vec<Result<Email, EmailFault>>,
        ids: u128,
    },
    Create {
        org: OrgId,
        id: LinkId,
        role: RoleName,
        uses_max: Option<u64>,
        domains: Vec<Domain>,
    },
    Revoke {
        org: OrgId,
        link: LinkId,
    },
    Join {
        link: LinkId,
        member: MemberId,
    },
}

impl<D: Db> World<D> {
    pub(super) fn decide_link(
        &self,
        who: usize,
        wish: &LinkWish,
        now: i64,
        key: Option<&str>,
    ) -> Result<Decided, Refusal> {
        let (db, ask) = (&self.db, self.ask(who, now, key));
        Ok(match wish {
            LinkWish::InviteMany { org, role, addresses, ids } => {
                let keys: Vec<&str> = addresses.iter().flatten().map(Email::key).collect();
                let (actor, facts, principal) = actor!(now, invitation::addresses(db, &ask, org, &keys, 100));
                let wanted = InviteMany { role, key_id: "k1", addresses };
                change(invite_many(&actor, &wanted, &facts, &mut Counter(*ids))?.command, &principal)
            }
            LinkWish::Create { org, id, role, uses_max, domains } => {
                let (actor, _, principal) = actor!(now, org::context(db, &ask, org));
                let (id, uses_max) = (id.clone(), *uses_max);
                let wanted = Create { id, role, key_id: "k1", lifetime_s: None, uses_max, domains };
                change(decided::create(&actor, &wanted)?.0, &principal)
            }
            LinkWish::Revoke { org, link } => {
                let (actor, found, principal) = actor!(now, link::one(db, &ask, org, link));
                change(decided::revoke(&actor, found.as_ref())?, &principal)
            }
            LinkWish::Join { link, member } => {
                let context = finish(link::held(db, &ask, link)).unwrap();
                if context.replay.is_some() {
                    return Ok(Decided::Replayed);
                }
                let who = context.who.ok_or(Refusal::Unauthenticated)?;
                let held = context.held.ok_or(Refusal::LinkUnknown)?;
                let rules = held.org.as_ref().ok_or(Refusal::LinkRevoked)?.rules().unwrap();
                match decided::join(&held, &rules, &who, member, now)? {
                    Joining::Joins(command) => change(*command, who.user.as_str()),
                    Joining::AlreadyIn(_) => return Ok(Decided::Refused("in already".to_owned())),
                }
            }
        })
    }
}
