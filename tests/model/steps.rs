//! Random steps, made of small numbers that find their meaning in what is there when the step is taken.

#[path = "steps_key.rs"]
mod key;

use std::collections::BTreeSet;

use latchkey_domain::decide::api_key::Choice;
use latchkey_domain::facts::Restrictions;
use latchkey_domain::fresh::Fresh;
use latchkey_domain::policy::{KeyFate, SeatMode};
use latchkey_domain::{
    DisplayName, Domain, Email, InvitationId, LinkId, MemberId, OrgId, OrgName, ProjectId, ProjectName,
};
use latchkey_store::db::Db;
use proptest::collection::vec;
use proptest::option::weighted;
use proptest::prelude::*;

use crate::forge::FORGERIES;
use crate::policies::policies;
use crate::wish::{LinkWish, ProjectWish, Rules, Wish};
use crate::world::{DAY, SECOND, World};

/// Everybody; the first three have accounts from the beginning.
pub(crate) const ADDRESSES: [&str; 6] = [
    "ada@example.com",
    "Bob@Example.com",
    "cem@bücher.example",
    "dora@example.com",
    "eve@xn--bcher-kva.example",
    "fay@sub.example.org",
];

/// The same people as others may type them, and nobody.
pub(crate) const SPELLINGS: [&str; 12] = [
    "ADA@example.com",
    "bob@EXAMPLE.com",
    "bob@example.com",
    "Cem@BÜCHER.example",
    "cem@xn--bcher-kva.example",
    "dora@example.com",
    "DORA@Example.COM",
    "eve@bücher.example",
    "Eve@xn--BCHER-kva.example",
    "fay@sub.example.org",
    "FAY@sub.Example.org",
    "nobody@example.net",
];

pub(crate) const ROLES: [&str; 6] = ["owner", "owner", "admin", "issuer", "viewer", "emperor"];
pub(crate) const NAMES: [&str; 4] = ["Acme", "Ärzte & Söhne", "Acme ", "北京"];

/// What an organization that is made on the way lives by; `None`: badges with two owners.
const PRESETS: [Option<&str>; 6] =
    [Some("credentials"), Some("portal"), Some("platform"), Some("studio"), Some("themes"), None];

/// One step: what somebody does, how the clock moves before it, and how late it arrives.
#[derive(Debug, Clone)]
pub(crate) struct Step {
    pub(crate) act: Act,
    /// Clocks differ between machines, so it may well be negative.
    pub(crate) clock_ms: i64,
    /// How many other steps come in between the decision and the append.
    pub(crate) delay: usize,
    pub(crate) key: Option<u8>,
    /// How many ask for the same thing; when they are late, all of them on the same facts.
    pub(crate) copies: u8,
}

#[derive(Debug, Clone)]
pub(crate) enum Act {
    SignIn {
        who: u8,
    },
    SignOut {
        who: u8,
    },
    Wish(Wished),
    /// Somebody deletes their account, while something else happens between the decision and the append.
    Depart {
        who: u8,
        meanwhile: Option<Wished>,
    },
    /// Somebody is invited and joins while a second invitation of theirs is on its way.
    Crossing {
        org: u8,
        who: u8,
    },
    /// Events that nobody decided on, to see whether the fold stands without the decision.
    Forge {
        org: u8,
        changes: Vec<(u8, u8)>,
    },
}

/// A [`Wish`] before it is known what it is about.
#[derive(Debug, Clone)]
pub(crate) struct Wished {
    kind: Kind,
    who: u8,
    what: u8,
    extra: u8,
}

#[derive(Debug, Clone, Copy)]
enum Kind {
    CreateOrg,
    RenameOrg,
    DeleteOrg,
    Invite,
    Resend,
    Cancel,
    Accept,
    AcceptByToken,
    Decline,
    Remove,
    Leave,
    ChangeRole,
    Transfer,
    Expire,
    RenameAccount,
    Settings,
    InviteMany,
    CreateLink,
    RevokeLink,
    JoinByLink,
    CreateWebhook,
    ManageWebhook,
    CreateClient,
    RenameClient,
    RotateClient,
    RevokeClient,
    CreateProject,
    RenameProject,
    DeleteProject,
    InviteToProject,
    ChangeProjectRole,
    RemoveFromProject,
    LeaveProject,
    SetPlan,
    SetPolicy,
    LimitOrg,
    LimitMember,
    Restrict,
    License,
    CreateKey,
    UpdateKey,
    RotateKey,
    RevokeKey,
    ExpireKey,
}

/// A case: rules at random for one of its organizations, and what happens.
pub(crate) fn cases() -> impl Strategy<Value = (String, Vec<Step>)> {
    (policies().prop_map(|document| document.to_string()), steps())
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let clock = prop_oneof![
        8 => 0..3_600 * SECOND,
        2 => -2 * DAY..0,
        2 => DAY..4 * DAY,
        2 => 8 * DAY..20 * DAY,
    ];
    let delay = prop_oneof![3 => Just(0_usize), 2 => 1..4_usize];
    let copies = prop_oneof![3 => Just(1_u8), 1 => Just(2), 1 => Just(3)];
    let step = (act(), clock, delay, weighted(0.25, 0..3_u8), copies)
        .prop_map(|(act, clock_ms, delay, key, copies)| Step { act, clock_ms, delay, key, copies });
    vec(step, 5..48)
}

fn act() -> impl Strategy<Value = Act> {
    let kind = prop_oneof![
        1 => Just(Kind::CreateOrg),
        2 => Just(Kind::RenameOrg),
        1 => Just(Kind::DeleteOrg),
        16 => Just(Kind::Invite),
        7 => Just(Kind::Resend),
        7 => Just(Kind::Cancel),
        11 => Just(Kind::Accept),
        4 => Just(Kind::AcceptByToken),
        6 => Just(Kind::Decline),
        5 => Just(Kind::Remove),
        4 => Just(Kind::Leave),
        6 => Just(Kind::ChangeRole),
        2 => Just(Kind::Transfer),
        3 => Just(Kind::Expire),
        2 => Just(Kind::RenameAccount),
        2 => Just(Kind::Settings),
        4 => Just(Kind::InviteMany),
        3 => Just(Kind::CreateLink),
        1 => Just(Kind::RevokeLink),
        8 => Just(Kind::JoinByLink),
        6 => Just(Kind::CreateWebhook),
        14 => Just(Kind::ManageWebhook),
        3 => Just(Kind::CreateClient),
        1 => Just(Kind::RenameClient),
        3 => Just(Kind::RotateClient),
        1 => Just(Kind::RevokeClient),
        3 => Just(Kind::CreateProject),
        3 => Just(Kind::RenameProject),
        1 => Just(Kind::DeleteProject),
        8 => Just(Kind::InviteToProject),
        2 => Just(Kind::ChangeProjectRole),
        3 => Just(Kind::RemoveFromProject),
        3 => Just(Kind::LeaveProject),
        9 => Just(Kind::SetPlan),
        3 => Just(Kind::SetPolicy),
        1 => Just(Kind::LimitOrg),
        1 => Just(Kind::LimitMember),
        2 => Just(Kind::Restrict),
        8 => Just(Kind::License),
        12 => Just(Kind::CreateKey),
        4 => Just(Kind::UpdateKey),
        16 => Just(Kind::RotateKey),
        3 => Just(Kind::RevokeKey),
        4 => Just(Kind::ExpireKey),
    ];
    let wished = (kind, any::<u8>(), any::<u8>(), any::<u8>())
        .prop_map(|(kind, who, what, extra)| Wished { kind, who, what, extra })
        .boxed();
    let departure =
        (any::<u8>(), weighted(0.5, wished.clone())).prop_map(|(who, meanwhile)| Act::Depart { who, meanwhile });
    let wished = wished.prop_map(Act::Wish);
    prop_oneof![
        3 => any::<u8>().prop_map(|who| Act::SignIn { who }),
        1 => any::<u8>().prop_map(|who| Act::SignOut { who }),
        30 => wished,
        4 => departure,
        1 => (any::<u8>(), any::<u8>()).prop_map(|(org, who)| Act::Crossing { org, who }),
        8 => (any::<u8>(), vec((0..FORGERIES, any::<u8>()), 1..3)).prop_map(|(org, changes)| Act::Forge { org, changes }),
    ]
}

impl Wished {
    /// The same again, or nearly: every other invitation goes to somebody else.
    pub(crate) fn copy(&self, n: u8) -> Self {
        let other_address = if self.what.is_multiple_of(2) { n * 5 } else { 0 };
        Self { extra: self.extra.wrapping_add(other_address), ..self.clone() }
    }

    /// `None` when there is nothing it could be about.
    pub(crate) fn resolve<D: Db>(&self, world: &mut World<D>, now: i64) -> Option<Wish> {
        let (what, extra) = (self.what, self.extra);
        let anyone = usize::from(self.who) % world.people.len();
        Some(match self.kind {
            Kind::CreateOrg => Wish::CreateOrg {
                who: anyone,
                org: OrgId::new(world.fresh.uuid()),
                member: MemberId::new(world.fresh.uuid()),
                name: OrgName::parse(pick(&NAMES, what)).ok()?,
                rules: pick(&PRESETS, extra).map_or(Rules::TwoOwners, Rules::Preset),
            },
            Kind::RenameAccount => Wish::RenameAccount {
                who: anyone,
                name: DisplayName::parse(pick(&["Zoë Krüger", "ada", "", "A B C"], what)).ok(),
            },
            Kind::RenameOrg => {
                let org = world.some_org(what)?;
                Wish::RenameOrg {
                    who: world.someone_in(&org, self.who),
                    org,
                    name: OrgName::parse(pick(&NAMES, extra)).ok()?,
                }
            }
            Kind::DeleteOrg => {
                let org = world.some_org(what)?;
                let typed_name = if extra < 200 { world.name_of(&org) } else { "something else".to_owned() };
                Wish::DeleteOrg { who: world.someone_in(&org, self.who), org, typed_name }
            }
            Kind::Leave => {
                let org = world.some_org(what)?;
                Wish::Leave { who: world.someone_in(&org, self.who | 128), org }
            }
            Kind::Invite => {
                let org = world.some_org(what)?;
                Wish::Invite {
                    who: world.someone_in(&org, self.who),
                    id: InvitationId::new(world.fresh.uuid()),
                    email: Email::parse(pick(&SPELLINGS, extra)).ok()?,
                    role: world.some_role(&org, extra / 12)?,
                    org,
                }
            }
            Kind::Remove => {
                let (target, org) = world.some_member(what)?;
                let fate = |n: u8| pick(&[KeyFate::Revoke, KeyFate::Keep, KeyFate::Adopt], n);
                let mut keys = Choice { all: (!extra.is_multiple_of(4)).then(|| fate(extra)), ..Choice::default() };
                if extra.is_multiple_of(2) {
                    let held = world.keys_of(&target).into_iter().zip(extra / 4..);
                    keys.each = held.step_by(2).map(|(key, n)| (key, fate(n))).collect();
                }
                let adopter = world.some_member(extra).map(|(member, _)| member).filter(|_| extra.is_multiple_of(3));
                let who = world.someone_in(&org, self.who);
                Wish::Remove { who, org: world.perhaps_another(org, extra), target, keys, adopter }
            }
            Kind::ChangeRole => {
                let (target, org) = world.some_member(what)?;
                let who = world.someone_in(&org, self.who);
                let role = world.some_role(&org, extra)?;
                Wish::ChangeRole { who, org: world.perhaps_another(org, extra), target, role }
            }
            Kind::Transfer => {
                let (target, org) = world.some_member(what)?;
                let who = world.someone_in(&org, self.who);
                let own_role = world.some_role(&org, extra).filter(|_| !extra.is_multiple_of(3));
                Wish::Transfer { who, org: world.perhaps_another(org, extra), target, own_role }
            }
            Kind::InviteMany | Kind::CreateLink | Kind::RevokeLink | Kind::JoinByLink => {
                return self.resolve_link(world);
            }
            Kind::CreateWebhook | Kind::ManageWebhook => return self.resolve_webhook(world, now),
            Kind::CreateClient | Kind::RenameClient | Kind::RotateClient | Kind::RevokeClient => {
                return self.resolve_client(world);
            }
            Kind::CreateProject
            | Kind::RenameProject
            | Kind::DeleteProject
            | Kind::InviteToProject
            | Kind::ChangeProjectRole
            | Kind::RemoveFromProject
            | Kind::LeaveProject => return self.resolve_project(world),
            Kind::CreateKey | Kind::UpdateKey | Kind::RotateKey | Kind::RevokeKey | Kind::ExpireKey => {
                return self.resolve_key(world, now);
            }
            Kind::Settings => {
                let org = world.some_org(what)?;
                Wish::Settings {
                    who: world.someone_in(&org, self.who),
                    email_notifications: (!extra.is_multiple_of(3)).then_some(extra % 3 == 1),
                    auto_join_role: world.some_role(&org, extra / 3).filter(|_| extra.is_multiple_of(2)),
                    activity_retention_days: (extra.is_multiple_of(5))
                        .then(|| Some(u32::from(extra % 4)).filter(|days| *days > 0)),
                    org,
                }
            }
            Kind::SetPlan | Kind::SetPolicy | Kind::LimitOrg | Kind::LimitMember | Kind::Restrict | Kind::License => {
                return self.resolve_rules(world);
            }
            _ => return self.resolve_invitation(world, now),
        })
    }

    fn resolve_link<D: Db>(&self, world: &mut World<D>) -> Option<Wish> {
        let (what, extra) = (self.what, self.extra);
        let org = world.some_org(what)?;
        let who = world.someone_in(&org, self.who);
        let role = world.some_role(&org, extra / 12)?;
        Some(match self.kind {
            Kind::InviteMany => {
                let spelled = (0..SPELLINGS.len()).filter(|n| usize::from(extra) >> (n % 8) & 1 == 1);
                let mut addresses: Vec<_> = spelled.map(|n| Email::parse(SPELLINGS[n])).collect();
                addresses.push(Email::parse("nobody at all"));
                // Enough identifiers for all of them, whoever else asks for some.
                let ids = world.fresh.0;
                world.fresh.0 += 100;
                Wish::Link { who, wish: LinkWish::InviteMany { org, role, addresses, ids } }
            }
            Kind::CreateLink => {
                let id = LinkId::new(world.fresh.uuid());
                let domains = if extra.is_multiple_of(4) {
                    Domain::parse("example.com").into_iter().collect()
                } else {
                    Vec::new()
                };
                let uses_max = (extra.is_multiple_of(2)).then_some(u64::from(extra % 3) + 1);
                Wish::Link { who, wish: LinkWish::Create { org, id, role, uses_max, domains } }
            }
            Kind::RevokeLink => {
                let link = world.some_link(extra)?;
                let org = world.perhaps_another(world.org_of_link(&link), extra);
                Wish::Link { who: world.someone_in(&org, self.who), wish: LinkWish::Revoke { org, link } }
            }
            _ => {
                let (link, member) = (world.some_link(extra)?, MemberId::new(world.fresh.uuid()));
                Wish::Link { who: usize::from(self.who) % world.people.len(), wish: LinkWish::Join { link, member } }
            }
        })
    }

    fn resolve_project<D: Db>(&self, world: &mut World<D>) -> Option<Wish> {
        let (what, extra) = (self.what, self.extra);
        let name = ProjectName::parse(pick(&NAMES, extra)).ok()?;
        if matches!(self.kind, Kind::CreateProject) {
            let org = world.some_org(what)?;
            let wish = ProjectWish::Create { project: ProjectId::new(world.fresh.uuid()), name };
            return Some(Wish::Project { who: world.someone_in(&org, self.who), org, wish });
        }
        let project = world.some_project(what)?;
        let org = world.org_of(&project);
        let mut who = world.someone_in(&org, self.who);
        let wish = match self.kind {
            Kind::RenameProject => ProjectWish::Rename { project, name },
            Kind::DeleteProject => ProjectWish::Delete { typed_name: world.name_of_project(&project), project },
            Kind::InviteToProject => ProjectWish::Invite {
                project,
                id: InvitationId::new(world.fresh.uuid()),
                email: Email::parse(pick(&SPELLINGS, extra)).ok()?,
                role: world.guest_role(&org, extra)?,
            },
            Kind::LeaveProject => {
                who = world.guest_of(&project).unwrap_or(usize::from(self.who) % world.people.len());
                ProjectWish::Leave { project }
            }
            _ => {
                let target = world.some_project_member(extra)?;
                match self.kind {
                    Kind::ChangeProjectRole => {
                        ProjectWish::ChangeRole { role: world.guest_role(&org, extra)?, project, target }
                    }
                    _ => ProjectWish::Remove { project, target },
                }
            }
        };
        Some(Wish::Project { who, org: world.perhaps_another(org, extra), wish })
    }

    fn resolve_rules<D: Db>(&self, world: &World<D>) -> Option<Wish> {
        let (what, extra) = (self.what, self.extra);
        let org = world.some_org(what)?;
        let who = Some(world.someone_in(&org, self.who)).filter(|_| !extra.is_multiple_of(3));
        let limits = || (0..extra % 3).map(|n| (format!("badge.limit_{n}"), u64::from(what))).collect();
        Some(match self.kind {
            Kind::SetPlan => {
                let plans: Vec<String> = world.rules_of(&org).plans().iter().map(|plan| plan.name.clone()).collect();
                let plan =
                    plans.get(usize::from(extra / 4)).unwrap_or(&plans[usize::from(extra) % plans.len()]).clone();
                let counts = world.rules_of(&org).seats.mode != SeatMode::None;
                let seats = (counts && extra.is_multiple_of(2)).then_some(u64::from(what % 4));
                Wish::SetPlan { who, org, plan, seats }
            }
            Kind::SetPolicy => {
                let document = world.other_rules(&org, extra)?;
                Wish::SetPolicy { who, org, document }
            }
            Kind::LimitOrg => Wish::LimitOrg { who, org, limits: limits() },
            Kind::Restrict => {
                let (target, org) = world.some_member(what)?;
                let permissions = world.rules_of(&org).permissions().into_iter().map(str::to_owned).collect::<Vec<_>>();
                let permission = permissions.get(usize::from(extra) % permissions.len())?.clone();
                let resources: BTreeSet<String> = (0..1 + extra % 3).map(|n| format!("r{n}")).collect();
                let restrictions = if extra < 40 { Restrictions::new() } else { [(permission, resources)].into() };
                Wish::Restrict { who, org: world.perhaps_another(org, extra), target, restrictions }
            }
            Kind::LimitMember => {
                let (target, org) = world.some_member(what)?;
                Wish::LimitMember { who, org: world.perhaps_another(org, extra), target, limits: limits() }
            }
            _ => {
                let who = world.someone_in(&org, self.who);
                let members = world.members_of(&org);
                let members = members.into_iter().enumerate().filter(|(n, _)| extra >> (n % 8) & 1 == 1);
                Wish::License {
                    who,
                    org,
                    members: members.map(|(_, id)| id).collect(),
                    assign: !self.who.is_multiple_of(3),
                }
            }
        })
    }

    fn resolve_invitation<D: Db>(&self, world: &mut World<D>, now: i64) -> Option<Wish> {
        let (invitation, org, invited) = world.some_invitation(self.what)?;
        let anyone = usize::from(self.who) % world.people.len();
        Some(match self.kind {
            Kind::Resend => {
                let who = world.someone_in(&org, self.who);
                Wish::Resend { who, org: world.perhaps_another(org, self.extra), invitation }
            }
            Kind::Cancel => {
                let who = world.someone_in(&org, self.who);
                Wish::Cancel { who, org: world.perhaps_another(org, self.extra), invitation }
            }
            Kind::Expire => Wish::Expire { invitation },
            Kind::Accept => {
                let who = invited.filter(|_| self.extra < 200).unwrap_or(anyone);
                Wish::Accept { who, invitation, member: MemberId::new(world.fresh.uuid()) }
            }
            Kind::AcceptByToken => Wish::AcceptByToken {
                invitation,
                member: MemberId::new(world.fresh.uuid()),
                session: world.new_session(now),
                name: DisplayName::parse(pick(&["Zoë Krüger", ""], self.extra)).ok(),
            },
            Kind::Decline => Wish::Decline { who: invited.filter(|_| self.extra < 128), invitation },
            _ => return None,
        })
    }
}

pub(crate) fn pick<T: Copy>(from: &[T], at: u8) -> T {
    from[usize::from(at) % from.len()]
}
