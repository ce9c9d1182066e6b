//! Events that nobody decided on: what the two folds must take or refuse alike.

#[path = "forge_domain.rs"]
mod domain;

use latchkey_domain::event::{
    ApiKeyAdopted, ApiKeyChanged, ApiKeyCreated, ApiKeyRotated, BilledOwnerChanged, Change, ClientSecret,
    InvitationAccepted, InvitationCreated, InvitationResent, KeyRate, LimitsChanged, LinkCreated, MemberJoined,
    Nothing, OauthClientCreated, OauthClientRenamed, OauthClientRotated, OrgCreated, OrgRenamed, OrgSettingsChanged,
    PlanChanged, PolicyChanged, ProjectCreated, ProjectMemberJoined, ProjectRenamed, RestrictionsChanged, RoleChanged,
    WebhookChanged, WebhookCreated, WebhookReplayed, WebhookRotated,
};
use latchkey_domain::fresh::Fresh;
use latchkey_domain::key::Kept;
use latchkey_domain::{
    ApiKeyId, Email, InvitationId, LinkId, MemberId, OauthClientId, OrgId, ProjectId, ProjectMemberId, UserId,
    WebhookId,
};
use latchkey_store::db::Db;

use crate::steps::{NAMES, ROLES, SPELLINGS, pick};
use crate::wish::key_secret;
use crate::world::{DAY, World};

/// How many kinds of events can be forged.
pub(crate) const FORGERIES: u8 = 64;

/// Events for the organization's log that name real things, of this organization or another.
pub(crate) fn forge<D: Db>(world: &mut World<D>, org: &OrgId, forgeries: &[(u8, u8)], now: i64) -> Option<Vec<Change>> {
    forgeries.iter().map(|&(kind, what)| forge_one(world, org, kind, what, now)).collect()
}

fn forge_one<D: Db>(world: &mut World<D>, org: &OrgId, kind: u8, what: u8, now: i64) -> Option<Change> {
    let expires_at = now + 7 * DAY;
    let change = {
        match kind {
            0 => {
                let name = pick(&NAMES, what).to_owned();
                Change::OrgRenamed(org.clone(), OrgRenamed { name, was: String::new() })
            }
            1 => Change::OrgDeleted(org.clone(), Nothing {}),
            2 => {
                let state = world.folded(org);
                let (name, policy, policy_hash) = (state.name, state.policy, state.policy_hash);
                let (top_role, plan) = (state.top_role, state.plan);
                let created = OrgCreated {
                    name,
                    policy,
                    policy_hash,
                    top_role,
                    plan,
                    exclusive: false,
                    emails_off: false,
                    billed_owner: None,
                };
                Change::OrgCreated(org.clone(), created)
            }
            3 => {
                let user = UserId::parse(&world.some_text("SELECT id FROM user", what)?)?;
                let link = (what.is_multiple_of(3)).then(|| world.some_link(what)).flatten();
                let joined = MemberJoined { link, ..MemberJoined::founding(user, "viewer".to_owned()) };
                Change::MemberJoined(MemberId::new(world.fresh.uuid()), joined)
            }
            4 => Change::MemberLeft(world.some_member(what)?.0, Nothing {}),
            5 => Change::MemberRemoved(world.some_member(what)?.0, Nothing {}),
            6 => {
                let email = Email::parse(pick(&SPELLINGS, what)).ok()?;
                let (invited_by, _) = world.some_member(what)?;
                let created = InvitationCreated {
                    email: email.typed().to_owned(),
                    email_key: email.key().to_owned(),
                    role: "viewer".to_owned(),
                    invited_by,
                    generation: 1,
                    key_id: "k1".to_owned(),
                    expires_at,
                    project: (what.is_multiple_of(2)).then(|| world.some_project(what)).flatten(),
                    words: Vec::new(),
                };
                Change::InvitationCreated(InvitationId::new(world.fresh.uuid()), created)
            }
            12 => {
                let role = pick(&ROLES, what).to_owned();
                Change::MemberRoleChanged(world.some_member(what)?.0, RoleChanged { role, was: String::new() })
            }
            53..FORGERIES => return domain::forge_domain(world, kind, what),
            46..53 => return forge_webhook(world, kind, what, now),
            38..46 => return forge_key(world, kind, what, now),
            13..38 => return forge_more(world, org, kind, what, now),
            _ => {
                let id = world.some_invitation(what)?.0;
                match kind {
                    7 => {
                        let generation = u64::from(what % 4);
                        let resent = InvitationResent { generation, key_id: "k3".to_owned(), expires_at };
                        Change::InvitationResent(id, resent)
                    }
                    8 => {
                        let member = MemberId::new(world.fresh.uuid());
                        Change::InvitationAccepted(
                            id,
                            InvitationAccepted { member: Some(member), project_member: None },
                        )
                    }
                    9 => Change::InvitationDeclined(id, Nothing {}),
                    10 => Change::InvitationCancelled(id, Nothing {}),
                    _ => Change::InvitationExpired(id, Nothing {}),
                }
            }
        }
    };
    Some(change)
}

fn forge_more<D: Db>(world: &mut World<D>, org: &OrgId, kind: u8, what: u8, now: i64) -> Option<Change> {
    let limits = || LimitsChanged { limits: [("theme.download".to_owned(), u64::from(what))].into() };
    Some(match kind {
        13 => {
            let auto_join_role = (what.is_multiple_of(2)).then(|| "viewer".to_owned());
            let email_notifications = (!what.is_multiple_of(3)).then_some(what % 3 == 1);
            let activity_retention_days =
                (what.is_multiple_of(5)).then(|| Some(u32::from(what % 7)).filter(|days| *days > 0));
            let reauth_after_s = (what.is_multiple_of(4)).then(|| Some(u32::from(what % 9)).filter(|age| *age > 0));
            let changed =
                OrgSettingsChanged { email_notifications, auto_join_role, activity_retention_days, reauth_after_s };
            Change::OrgSettingsChanged(org.clone(), changed)
        }
        14 => Change::OrgLimitsChanged(org.clone(), limits()),
        15 => {
            let member = world.some_member(what)?.0;
            Change::OrgBilledOwnerChanged(org.clone(), BilledOwnerChanged { member, was: None })
        }
        16 => {
            let (state, billed_owner) = (world.folded(org), world.some_member(what)?.0);
            let mut roles: Vec<String> = ROLES.iter().take(5).map(|&role| role.to_owned()).collect();
            if what.is_multiple_of(4) {
                roles.pop();
            }
            let changed = PolicyChanged {
                policy: state.policy,
                policy_hash: if what.is_multiple_of(5) { "none".to_owned() } else { state.policy_hash.clone() },
                was: state.policy_hash,
                top_role: pick(&["owner", "owner", "admin"], what).to_owned(),
                plan: state.plan,
                roles,
                exclusive: false,
                billed_owner: (what.is_multiple_of(3)).then_some(billed_owner),
            };
            // The pure fold does not know which documents are kept.
            if changed.policy_hash == "none" {
                return None;
            }
            Change::PolicyChanged(org.clone(), changed)
        }
        17 => {
            let seats = (what.is_multiple_of(2)).then_some(u64::from(what));
            let plan = pick(&["free", "professional"], what).to_owned();
            Change::PlanChanged(org.clone(), PlanChanged { plan, seats, upgrade_url: None, was: String::new() })
        }
        18 => Change::MemberLimitsChanged(world.some_member(what)?.0, limits()),
        19 | 20 => Change::LicenseAssigned(world.some_member(what)?.0, Nothing {}),
        21 => Change::LicenseRemoved(world.some_member(what)?.0, Nothing {}),
        22 => {
            let created = LinkCreated {
                role: pick(&ROLES, what).to_owned(),
                created_by: world.some_member(what)?.0,
                key_id: "k1".to_owned(),
                expires_at: now + DAY,
                uses_max: (what.is_multiple_of(2)).then_some(u64::from(what % 5)),
                domains: if what.is_multiple_of(3) { vec!["example.com".to_owned()] } else { Vec::new() },
            };
            Change::LinkCreated(LinkId::new(world.fresh.uuid()), created)
        }
        23 => Change::LinkRevoked(world.some_link(what)?, Nothing {}),
        24 => Change::LinkExpired(world.some_link(what)?, Nothing {}),
        25 => {
            let name = pick(&NAMES, what).to_owned();
            Change::ProjectCreated(ProjectId::new(world.fresh.uuid()), ProjectCreated { name })
        }
        26 => {
            let renamed = ProjectRenamed { name: pick(&NAMES, what).to_owned(), was: String::new() };
            Change::ProjectRenamed(world.some_project(what)?, renamed)
        }
        27 => Change::ProjectDeleted(world.some_project(what)?, Nothing {}),
        28 | 29 => {
            let user = UserId::parse(&world.some_text("SELECT id FROM user", what)?)?;
            let (project, role) = (world.some_project(what)?, pick(&ROLES, what).to_owned());
            let joined = ProjectMemberJoined { project, user, role, invitation: None };
            Change::ProjectMemberJoined(ProjectMemberId::new(world.fresh.uuid()), joined)
        }
        30 => Change::ProjectMemberLeft(world.some_project_member(what)?, Nothing {}),
        31 => Change::ProjectMemberRemoved(world.some_project_member(what)?, Nothing {}),
        32 => {
            let resources = (0..what % 3).map(|n| format!("theme {n}")).collect();
            let restrictions = [("theme.download".to_owned(), resources)].into();
            Change::MemberRestrictionsChanged(world.some_member(what)?.0, RestrictionsChanged { restrictions })
        }
        34 => {
            let created = OauthClientCreated {
                name: pick(&NAMES, what).to_owned(),
                scopes: ["org.read".to_owned()].into(),
                role: "owner".to_owned(),
                created_by: world.some_member(what)?.0,
                secret: secret(org, 1, what),
            };
            Change::OauthClientCreated(OauthClientId::new(world.fresh.uuid()), created)
        }
        35 => {
            let renamed = OauthClientRenamed { name: pick(&NAMES, what).to_owned(), was: String::new() };
            Change::OauthClientRenamed(world.some_client(what)?, renamed)
        }
        36 => {
            let rotated = OauthClientRotated { secret: secret(org, u64::from(what % 4), what), old_until: now + DAY };
            Change::OauthClientRotated(world.some_client(what)?, rotated)
        }
        37 => Change::OauthClientRevoked(world.some_client(what)?, Nothing {}),
        _ => {
            let changed = RoleChanged { role: pick(&ROLES, what).to_owned(), was: String::new() };
            Change::ProjectMemberRoleChanged(world.some_project_member(what)?, changed)
        }
    })
}

/// The secret of a client, one of a few: some are there already.
fn secret(org: &OrgId, generation: u64, what: u8) -> ClientSecret {
    let token_hash = latchkey_domain::secret::token_hash(&format!("{org} {}", what % 16));
    ClientSecret { generation, key_id: "k1".to_owned(), token_hash }
}

/// Webhooks, and what happens to them: of any organization, whatever became of them before.
fn forge_webhook<D: Db>(world: &mut World<D>, kind: u8, what: u8, now: i64) -> Option<Change> {
    if kind == 46 {
        let created = WebhookCreated {
            url: "https://hooks.example.com/".to_owned(),
            description: if what.is_multiple_of(2) { String::new() } else { pick(&NAMES, what).to_owned() },
            types: if what.is_multiple_of(3) { ["org.renamed".to_owned()].into() } else { [].into() },
            generation: 1,
            key_id: "k1".to_owned(),
            created_by: world.some_member(what)?.0,
        };
        return Some(Change::WebhookCreated(WebhookId::new(world.fresh.uuid()), created));
    }
    let id = world.some_webhook(what)?;
    Some(match kind {
        47 => {
            let changed = WebhookChanged {
                url: (what.is_multiple_of(2)).then(|| format!("https://hooks.example.com/{what}")),
                description: (what.is_multiple_of(3)).then(|| pick(&NAMES, what).to_owned()),
                types: (what.is_multiple_of(5)).then(|| ["member.joined".to_owned()].into()),
                on: (!what.is_multiple_of(4)).then_some(what % 4 > 1),
            };
            Change::WebhookChanged(id, changed)
        }
        48 => {
            let generation = u64::from(what % 4);
            Change::WebhookRotated(id, WebhookRotated { generation, key_id: "k3".to_owned(), old_until: now + DAY })
        }
        49 => Change::WebhookTested(id, Nothing {}),
        50 => Change::WebhookReplayed(id, WebhookReplayed { first_version: u64::from(what % 4), last_version: 9 }),
        51 => Change::WebhookDisabled(id, Nothing {}),
        _ => Change::WebhookDeleted(id, Nothing {}),
    })
}

/// Keys, and what happens to them: of any member, of any organization, whatever they may.
fn forge_key<D: Db>(world: &mut World<D>, kind: u8, what: u8, now: i64) -> Option<Change> {
    let scopes = || ["org.read".to_owned(), "theme.download".to_owned()].into();
    if kind <= 39 {
        let id = ApiKeyId::new(world.fresh.uuid());
        let created = ApiKeyCreated {
            member: world.some_member(what)?.0,
            created_by: world.some_member(what / 2)?.0,
            name: pick(&NAMES, what).to_owned(),
            secret: key_secret(&id, 1),
            scopes: (what.is_multiple_of(2)).then(scopes),
            project: (what.is_multiple_of(3)).then(|| world.some_project(what)).flatten(),
            expires_at: (what.is_multiple_of(5)).then_some(now + DAY),
            rate: (what.is_multiple_of(7)).then_some(KeyRate { max: 1, window_s: 60 }),
        };
        return Some(Change::ApiKeyCreated(id, created));
    }
    let (id, _) = world.some_key(what)?;
    Some(match kind {
        40 => {
            let name = (what.is_multiple_of(2)).then(|| pick(&NAMES, what).to_owned());
            Change::ApiKeyChanged(id, ApiKeyChanged { name, scopes: (what.is_multiple_of(3)).then(scopes) })
        }
        41 => {
            let rotated = ApiKeyRotated { secret: key_secret(&id, u64::from(what % 5)), old_until: now + DAY };
            Change::ApiKeyRotated(id, rotated)
        }
        42 => Change::ApiKeyRevoked(id, Nothing {}),
        43 => Change::ApiKeyExpired(id, Nothing {}),
        44 => Change::ApiKeyKept(id, Kept { role: pick(&ROLES, what).to_owned(), permissions: scopes() }),
        _ => {
            let (member, was) = (world.some_member(what)?.0, world.some_member(what / 2)?.0);
            Change::ApiKeyAdopted(id, ApiKeyAdopted { member, was, scopes: scopes() })
        }
    })
}
