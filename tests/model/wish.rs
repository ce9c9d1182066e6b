//! What somebody asks for, with all identifiers chosen, so that the same wish can be decided again on other facts.

/// Reads a context, and ends here if the same was asked before: the actor, the facts that the decision needs, and who answers for it.
macro_rules! actor {
    ($now:expr, $context:expr) => {{
        let context = finish($context).unwrap();
        if context.replay.is_some() {
            return Ok(Decided::Replayed);
        }
        let (actor, facts) = context.into_actor($now).map_err(refusal)?;
        let principal = actor.name();
        (actor, facts, principal)
    }};
}

#[path = "wish_client.rs"]
mod client;
#[path = "wish_key.rs"]
mod key_wish;
#[path = "wish_link.rs"]
mod link;
#[path = "wish_project.rs"]
mod project;
#[path = "wish_rules.rs"]
mod rules;
#[path = "wish_webhook.rs"]
mod webhook;

use std::collections::BTreeMap;

use latchkey_domain::command::{Command, NewSession, PolicyDocument, SYSTEM};
use latchkey_domain::decide::acceptance::{Acceptance, Acceptor, accept, decline};
use latchkey_domain::decide::api_key::{Choice, settle};
use latchkey_domain::decide::invitation::Create;
use latchkey_domain::event::Change;
use latchkey_domain::facts::{ActorFault, Elsewhere, Restrictions};
use latchkey_domain::policy::{OrganizationsPerPerson, Policy};
use latchkey_domain::{
    DisplayName, Email, InvitationId, MemberId, OrgId, OrgName, Refusal, RoleName, decide, policy, secret,
};
use latchkey_ops::finish;
use latchkey_store::acceptance::held;
use latchkey_store::context::Ask;
use latchkey_store::db::Db;
use latchkey_store::{account, dispatch, invitation, key, member, org, role};

pub(crate) use client::ClientWish;
pub(crate) use key_wish::{KeyWish, secret as key_secret};
pub(crate) use link::LinkWish;
pub(crate) use project::ProjectWish;
pub(crate) use webhook::WebhookWish;

use crate::world::World;

/// People by their place in [`World::people`].
#[derive(Debug, Clone)]
pub(crate) enum Wish {
    CreateOrg {
        who: usize,
        org: OrgId,
        member: MemberId,
        name: OrgName,
        rules: Rules,
    },
    RenameOrg {
        who: usize,
        org: OrgId,
        name: OrgName,
    },
    DeleteOrg {
        who: usize,
        org: OrgId,
        typed_name: String,
    },
    Invite {
        who: usize,
        org: OrgId,
        id: InvitationId,
        email: Email,
        role: RoleName,
    },
    Resend {
        who: usize,
        org: OrgId,
        invitation: InvitationId,
    },
    Cancel {
        who: usize,
        org: OrgId,
        invitation: InvitationId,
    },
    Accept {
        who: usize,
        invitation: InvitationId,
        member: MemberId,
    },
    AcceptByToken {
        invitation: InvitationId,
        member: MemberId,
        session: NewSession,
        name: Option<DisplayName>,
    },
    Decline {
        who: Option<usize>,
        invitation: InvitationId,
    },
    Remove {
        who: usize,
        org: OrgId,
        target: MemberId,
        /// What becomes of the target's keys, and who takes them over.
        keys: Choice,
        adopter: Option<MemberId>,
    },
    Leave {
        who: usize,
        org: OrgId,
    },
    ChangeRole {
        who: usize,
        org: OrgId,
        target: MemberId,
        role: RoleName,
    },
    Transfer {
        who: usize,
        org: OrgId,
        target: MemberId,
        own_role: Option<RoleName>,
    },
    Expire {
        invitation: InvitationId,
    },
    RenameAccount {
        who: usize,
        name: Option<DisplayName>,
    },
    Settings {
        who: usize,
        org: OrgId,
        email_notifications: Option<bool>,
        auto_join_role: Option<RoleName>,
        activity_retention_days: Option<Option<u32>>,
    },
    Project {
        who: usize,
        org: OrgId,
        wish: ProjectWish,
    },
    Link {
        who: usize,
        wish: LinkWish,
    },
    Client {
        who: usize,
        org: OrgId,
        wish: ClientWish,
    },
    Webhook {
        who: usize,
        org: OrgId,
        wish: WebhookWish,
    },
    /// Of a program with the key of this hash, or of the person.
    Key {
        who: usize,
        org: OrgId,
        by: Option<String>,
        wish: KeyWish,
    },
    /// Of nobody: of the operator. So are the three below.
    SetPlan {
        who: Option<usize>,
        org: OrgId,
        plan: String,
        seats: Option<u64>,
    },
    SetPolicy {
        who: Option<usize>,
        org: OrgId,
        document: String,
    },
    LimitOrg {
        who: Option<usize>,
        org: OrgId,
        limits: BTreeMap<String, u64>,
    },
    Restrict {
        who: Option<usize>,
        org: OrgId,
        target: MemberId,
        restrictions: Restrictions,
    },
    LimitMember {
        who: Option<usize>,
        org: OrgId,
        target: MemberId,
        limits: BTreeMap<String, u64>,
    },
    License {
        who: usize,
        org: OrgId,
        members: Vec<MemberId>,
        assign: bool,
    },
}

/// Under which rules an organization starts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Rules {
    /// A preset as it is, on its first plan.
    Preset(&'static str),
    /// The badges' rules, in which owners may remove owners, on the plan with two of them.
    TwoOwners,
    /// The same on the plan with any number.
    AnyOwners,
    /// Rules that nobody thought of, on their first plan.
    Own(String),
}

/// What the wish came to.
#[derive(Debug, Clone)]
pub(crate) enum Decided {
    /// Boxed, because the others are small.
    Change(Box<Command>, String),
    /// The idempotency key was used: the stored answer is given.
    Replayed,
    Refused(String),
}

impl<D: Db> World<D> {
    /// Reads the facts of `wish` as they are and decides; `now` is what the deciding machine's clock says.
    pub(crate) fn decide(&self, wish: &Wish, now: i64, key: Option<&str>) -> Decided {
        let asked = match wish {
            Wish::Accept { .. } | Wish::AcceptByToken { .. } | Wish::Decline { .. } => self.decide_held(wish, now, key),
            Wish::CreateOrg { .. } | Wish::RenameAccount { .. } => self.decide_person(wish, now, key),
            Wish::Expire { invitation } => self.decide_expiry(invitation, now),
            Wish::Link { who, wish } => self.decide_link(*who, wish, now, key),
            Wish::Key { who, org, by, wish } => self.decide_key((*who, org, by.as_deref()), wish, now, key),
            Wish::Project { who, org, wish } => self.decide_project((*who, org), wish, now, key),
            Wish::Webhook { who, org, wish } => self.decide_webhook((*who, org), wish, now, key),
            Wish::Client { who, org, wish } => self.decide_client((*who, org), wish, now, key),
            Wish::SetPlan { .. }
            | Wish::SetPolicy { .. }
            | Wish::LimitOrg { .. }
            | Wish::LimitMember { .. }
            | Wish::Restrict { .. }
            | Wish::License { .. } => self.decide_rules(wish, now, key),
            _ => self.decide_in_org(wish, now, key),
        };
        asked.unwrap_or_else(|refusal| Decided::Refused(refusal.to_string()))
    }

    fn ask<'a>(&'a self, who: usize, now: i64, key: Option<&'a str>) -> Ask<'a> {
        Ask { token_hash: &self.people[who].token_hash, now, idempotency_key: key }
    }

    /// The commands that together delete somebody's account.
    pub(crate) fn decide_departure(&self, who: usize, now: i64) -> Result<(Vec<Command>, String), Refusal> {
        let context = finish(account::belongings(&self.db, &self.ask(who, now, None))).unwrap();
        let person = context.who.ok_or(Refusal::Unauthenticated)?;
        let commands = decide::account::delete(&person, &self.people[who].email, &context.facts).map_err(refusal)?;
        Ok((commands, person.user.to_string()))
    }

    fn decide_person(&self, wish: &Wish, now: i64, key: Option<&str>) -> Result<Decided, Refusal> {
        let (Wish::CreateOrg { who, .. } | Wish::RenameAccount { who, .. }) = wish else { unreachable!() };
        let context = finish(account::founder(&self.db, &self.ask(*who, now, key))).unwrap();
        if context.replay.is_some() {
            return Ok(Decided::Replayed);
        }
        let (who, elsewhere) = (context.who.ok_or(Refusal::Unauthenticated)?, context.facts.as_ref());
        let command = match wish {
            Wish::CreateOrg { org, member, name, rules, .. } => {
                let preset = if let Rules::Preset(name) = rules { name } else { "credentials" };
                let (command, _) = decide::org::create(&who, elsewhere, org.clone(), member.clone(), name, preset)?;
                if let (Some(elsewhere), true) = (elsewhere, rules.is_exclusive()) {
                    let Elsewhere { organization, name } = elsewhere.clone();
                    return Err(Refusal::LeaveFirst { organization: organization.to_string(), name });
                }
                rules.applied_to(command)
            }
            Wish::RenameAccount { name, .. } => decide::account::rename(&who, name.as_ref())?,
            _ => unreachable!(),
        };
        Ok(change(command, who.user.as_str()))
    }

    fn decide_in_org(&self, wish: &Wish, now: i64, key: Option<&str>) -> Result<Decided, Refusal> {
        let db = &self.db;
        let (command, principal) = match wish {
            Wish::RenameOrg { who, org, name } => {
                let (actor, _, principal) = actor!(now, org::context(db, &self.ask(*who, now, key), org));
                let update = decide::org::Update { name: Some(name), ..Default::default() };
                (decide::org::update(&actor, &update)?, principal)
            }
            Wish::Settings { who, org, email_notifications, auto_join_role, activity_retention_days } => {
                let (actor, _, principal) = actor!(now, org::context(db, &self.ask(*who, now, key), org));
                let update = decide::org::Update {
                    email_notifications: *email_notifications,
                    auto_join_role: auto_join_role.as_ref(),
                    activity_retention_days: *activity_retention_days,
                    ..Default::default()
                };
                (decide::org::update(&actor, &update)?, principal)
            }
            Wish::DeleteOrg { who, org, typed_name } => {
                let (actor, _, principal) = actor!(now, org::context(db, &self.ask(*who, now, key), org));
                (decide::org::delete(&actor, typed_name)?, principal)
            }
            Wish::Leave { who, org } => {
                let (actor, facts, principal) =
                    actor!(now, key::leaving(db, &self.ask(*who, now, key), org, None, None));
                let keys = settle(&actor.policy, &facts.keys, &actor.member.restrictions, &Choice::default(), None)?;
                (decide::member::leave(&actor, &keys)?, principal)
            }
            Wish::Remove { who, org, target, keys: choice, adopter } => {
                let (actor, facts, principal) =
                    actor!(now, key::leaving(db, &self.ask(*who, now, key), org, Some(target), adopter.as_ref()));
                decide::member::may_remove(&actor, facts.target.as_ref())?;
                let restrictions = facts.target.as_ref().map(|target| target.restrictions.clone()).unwrap_or_default();
                let keys = settle(&actor.policy, &facts.keys, &restrictions, choice, facts.adopter.as_ref())?;
                (decide::member::remove(&actor, facts.target.as_ref(), &keys)?, principal)
            }
            Wish::ChangeRole { who, org, target, role: wanted } => {
                let (actor, facts, principal) =
                    actor!(now, role::candidate(db, &self.ask(*who, now, key), org, target));
                (decide::role::change(&actor, facts.member.as_ref(), wanted, &facts.due)?, principal)
            }
            Wish::Transfer { who, org, target, own_role } => {
                let (actor, target, principal) = actor!(now, member::one(db, &self.ask(*who, now, key), org, target));
                (decide::role::transfer(&actor, target.as_ref(), own_role.as_ref())?, principal)
            }
            Wish::Invite { who, org, id, email, role } => {
                let (actor, facts, principal) =
                    actor!(now, invitation::address(db, &self.ask(*who, now, key), org, email));
                let create = Create { id: id.clone(), email, role, key_id: "k1" };
                let (command, _) = decide::invitation::create(
                    &actor,
                    &create,
                    facts.member.as_ref(),
                    facts.open.as_ref(),
                    &facts.due,
                )?;
                (command, principal)
            }
            Wish::Resend { who, org, invitation } => {
                let (actor, open, principal) =
                    actor!(now, invitation::one(db, &self.ask(*who, now, key), org, invitation));
                (decide::invitation::resend(&actor, open.as_ref(), "k2")?.0, principal)
            }
            Wish::Cancel { who, org, invitation } => {
                let (actor, open, principal) =
                    actor!(now, invitation::one(db, &self.ask(*who, now, key), org, invitation));
                (decide::invitation::cancel(&actor, open.as_ref())?, principal)
            }
            _ => unreachable!(),
        };
        Ok(change(command, &principal))
    }

    fn decide_held(&self, wish: &Wish, now: i64, key: Option<&str>) -> Result<Decided, Refusal> {
        let (who, invitation) = match wish {
            Wish::Accept { who, invitation, .. } => (Some(*who), invitation),
            Wish::Decline { who, invitation } => (*who, invitation),
            Wish::AcceptByToken { invitation, .. } => (None, invitation),
            _ => unreachable!(),
        };
        let nobody = Ask { token_hash: "", now, idempotency_key: key };
        let context = finish(held(&self.db, &who.map_or(nobody, |who| self.ask(who, now, key)), invitation)).unwrap();
        if context.replay.is_some() {
            return Ok(Decided::Replayed);
        }
        let held = context.held.ok_or(Refusal::InvitationUnknown)?;
        if who.is_some() && context.who.is_none() {
            return Err(Refusal::Unauthenticated);
        }
        let principal = context.who.as_ref().map_or(format!("invitation:{invitation}"), |who| who.user.to_string());
        let decided = match wish {
            Wish::Decline { .. } => decline(&held, context.who.as_ref(), now)?,
            Wish::Accept { member, .. } | Wish::AcceptByToken { member, .. } => {
                let org = held.org.as_ref().ok_or(Refusal::InvitationCancelled)?;
                let rules = policy::load(&org.policy_hash, org.policy_document.as_deref()).unwrap();
                let acceptor = match (wish, &context.who) {
                    (Wish::AcceptByToken { session, name, .. }, _) => Acceptor::NewAccount {
                        user: session.user_id.clone(),
                        session: session.clone(),
                        display_name: name.as_ref(),
                    },
                    (_, Some(who)) => Acceptor::Account(who),
                    _ => unreachable!(),
                };
                if held.invitation.project.is_some() {
                    let Some(command) = project::accept(&held, &rules, &acceptor, member, now)? else {
                        return Ok(Decided::Refused("in already".to_owned()));
                    };
                    return Ok(change(command, &principal));
                }
                match accept(&held, &rules, &acceptor, member, now)? {
                    Acceptance::Joins(command) => *command,
                    Acceptance::AlreadyIn(_) => return Ok(Decided::Refused("in already".to_owned())),
                }
            }
            _ => unreachable!(),
        };
        Ok(change(decided, &principal))
    }

    fn decide_expiry(&self, wanted: &InvitationId, now: i64) -> Result<Decided, Refusal> {
        let due = finish(dispatch::due_invitations(&self.db, now, 100)).unwrap();
        let org = &due.iter().find(|i| i.id == *wanted).ok_or(Refusal::NotFound("due invitation"))?.org;
        let command = decide::invitation::expire(org, &due, now);
        Ok(change(command, SYSTEM))
    }
}

impl Rules {
    /// Whether a document of its own wants its members for itself; of presets the decision knows.
    fn is_exclusive(&self) -> bool {
        let Self::Own(document) = self else { return false };
        Policy::parse(document).unwrap().organizations_per_person == OrganizationsPerPerson::One
    }

    /// The command to create an organization, under these rules.
    fn applied_to(&self, mut command: Command) -> Command {
        let mut document: serde_json::Value = serde_json::from_str(&command.policy.as_ref().unwrap().document).unwrap();
        document["roles"][0]["removes"].as_array_mut().unwrap().push("owner".into());
        let (document, plan) = match self {
            Self::Preset(_) => return command,
            Self::TwoOwners => (document.to_string(), Some("professional")),
            Self::AnyOwners => (document.to_string(), Some("enterprise")),
            Self::Own(document) => (document.clone(), None),
        };
        let hash = secret::token_hash(&document);
        let rules = policy::load(&hash, Some(&document)).unwrap();
        for change in &mut command.items[0].changes {
            match change {
                Change::OrgCreated(_, created) => {
                    plan.unwrap_or(rules.first_plan_name()).clone_into(&mut created.plan);
                    rules.name.clone_into(&mut created.policy);
                    rules.top_role_name().clone_into(&mut created.top_role);
                    created.policy_hash.clone_from(&hash);
                    created.exclusive = rules.organizations_per_person == OrganizationsPerPerson::One;
                    created.emails_off = !rules.emails;
                    if !rules.top_role.billed_owner {
                        created.billed_owner = None;
                    }
                }
                Change::MemberJoined(_, joined) => rules.top_role_name().clone_into(&mut joined.role),
                _ => {}
            }
        }
        let creator = command.items[0].changes.iter().find_map(|change| match change {
            Change::MemberJoined(id, _) => Some(id.clone()),
            _ => None,
        });
        if let Some(Change::OrgCreated(_, created)) = command.items[0].changes.first_mut() {
            created.billed_owner = creator.filter(|_| rules.top_role.billed_owner);
        }
        command.policy = Some(PolicyDocument { hash, document });
        command
    }
}

fn change(command: Command, principal: &str) -> Decided {
    Decided::Change(Box::new(command), principal.to_owned())
}

fn refusal(fault: ActorFault) -> Refusal {
    match fault {
        ActorFault::Refused(refusal) => refusal,
        ActorFault::Policy(fault) => panic!("{fault}"),
    }
}
