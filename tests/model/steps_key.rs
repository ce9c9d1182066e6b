//! Steps about API keys, OAuth clients and webhooks.

use std::collections::BTreeSet;

use latchkey_domain::event::{KeyRate, WebhookChanged};
use latchkey_domain::fresh::Fresh;
use latchkey_domain::policy::Policy;
use latchkey_domain::{ApiKeyId, OauthClientId, WebhookId};
use latchkey_store::db::Db;

use super::{Kind, NAMES, Wished, pick};
use crate::wish::{ClientWish, KeyWish, WebhookWish, Wish};
use crate::world::{DAY, World};

impl Wished {
    pub(super) fn resolve_key<D: Db>(&self, world: &mut World<D>, now: i64) -> Option<Wish> {
        let (what, extra) = (self.what, self.extra);
        let scopes = |rules: &Policy| -> BTreeSet<String> {
            let all = rules.roles().iter().flat_map(|role| role.permissions().iter().cloned()).enumerate();
            all.filter(|(n, _)| n % 7 >= usize::from(extra % 8)).map(|(_, name)| name).collect()
        };
        if matches!(self.kind, Kind::CreateKey) {
            let org = world.some_org(what)?;
            let members = world.members_of(&org);
            let holder = members.get(usize::from(extra)).cloned();
            let wish = KeyWish::Create {
                id: ApiKeyId::new(world.fresh.uuid()),
                holder: holder.or_else(|| world.some_member(extra).map(|it| it.0).filter(|_| extra > 240)),
                project: world.some_project(extra).filter(|_| extra.is_multiple_of(5)),
                scopes: (extra.is_multiple_of(2)).then(|| scopes(&world.rules_of(&org))),
                expires_at: (extra % 3 > 0).then_some(now + DAY / 8 * i64::from(extra % 8 + 1)),
                rate: (extra.is_multiple_of(7)).then_some(KeyRate { max: 2, window_s: 3600 }),
            };
            let by = world.some_credential(&org, extra).filter(|_| self.who.is_multiple_of(4));
            return Some(Wish::Key { who: world.someone_in(&org, self.who), org, by, wish });
        }
        let (key, org) = world.some_key(what)?;
        let wish = match self.kind {
            Kind::UpdateKey => KeyWish::Update {
                key,
                name: (extra.is_multiple_of(3)).then(|| pick(&NAMES, extra).to_owned()),
                scopes: (!extra.is_multiple_of(4)).then(|| scopes(&world.rules_of(&org))),
            },
            Kind::RotateKey => KeyWish::Rotate { key, overlap_s: u64::from(extra % 3) * 40_000 },
            Kind::RevokeKey => KeyWish::Revoke { key },
            _ => KeyWish::Expire { key },
        };
        let by = world.some_credential(&org, extra).filter(|_| self.who.is_multiple_of(3));
        Some(Wish::Key { who: world.someone_in(&org, self.who), org: world.perhaps_another(org, extra), by, wish })
    }

    pub(super) fn resolve_webhook<D: Db>(&self, world: &mut World<D>, now: i64) -> Option<Wish> {
        let (what, extra) = (self.what, self.extra);
        let types =
            |n: u8| ["org.renamed", "member.joined"].into_iter().take(usize::from(n % 3)).map(str::to_owned).collect();
        if matches!(self.kind, Kind::CreateWebhook) {
            let org = world.some_org(what)?;
            let wish = WebhookWish::Create { webhook: WebhookId::new(world.fresh.uuid()), types: types(extra) };
            return Some(Wish::Webhook { who: world.someone_in(&org, self.who), org, wish });
        }
        let webhook = world.some_webhook(what)?;
        let org = world.perhaps_another(world.org_of_webhook(&webhook), extra);
        let wish = match extra % 6 {
            0 | 1 => {
                let wished = WebhookChanged {
                    url: (self.who.is_multiple_of(3)).then(|| format!("https://hooks.example.com/{extra}")),
                    description: (self.who.is_multiple_of(2)).then(|| pick(&NAMES, extra).to_owned()),
                    types: (self.who.is_multiple_of(5)).then(|| types(extra)),
                    on: (!self.who.is_multiple_of(4)).then_some(self.who % 4 > 1),
                };
                WebhookWish::Update { webhook, wished }
            }
            2 => WebhookWish::Rotate { webhook, overlap_s: u64::from(extra) * 3600 },
            3 => WebhookWish::Test { webhook },
            4 => WebhookWish::Replay { webhook, since: now - i64::from(extra) * DAY },
            _ => WebhookWish::Delete { webhook },
        };
        Some(Wish::Webhook { who: world.someone_in(&org, self.who), org, wish })
    }

    pub(super) fn resolve_client<D: Db>(&self, world: &mut World<D>) -> Option<Wish> {
        let (what, extra, name) = (self.what, self.extra, pick(&NAMES, self.extra).to_owned());
        if matches!(self.kind, Kind::CreateClient) {
            let org = world.some_org(what)?;
            // Some may do what their maker may not.
            let scopes = ["org.read", "member.read", "made.up"].into_iter().take(1 + usize::from(extra % 8 / 3));
            let (client, scopes) = (OauthClientId::new(world.fresh.uuid()), scopes.map(str::to_owned).collect());
            let wish = ClientWish::Create { client, name, scopes };
            return Some(Wish::Client { who: world.someone_in(&org, self.who), org, wish });
        }
        let client = world.some_client(what)?;
        let org = world.perhaps_another(world.org_of_client(&client), extra);
        let wish = match self.kind {
            Kind::RenameClient => ClientWish::Rename { client, name },
            Kind::RotateClient => ClientWish::Rotate { client, overlap_s: u64::from(extra) * 3600 },
            _ => ClientWish::Revoke { client },
        };
        Some(Wish::Client { who: world.someone_in(&org, self.who), org, wish })
    }
}
