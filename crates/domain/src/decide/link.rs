//! Invite links: made, revoked, and used by whoever has one.

use serde::Deserialize;

use super::invitation::{invitable, reaches, still_lets_in, top_role_room_in};
use super::org::by;
use super::seat::{self, GivingWay, Wanted};
use crate::command::{Command, Item, Judge, Premise, SYSTEM, WantsTopRole};
use crate::email::{Domain, domain_of};
use crate::event::{Change, LinkCreated, MemberJoined, Nothing};
use crate::facts::{Actor, DueInvitation, Elsewhere, LinkFacts, MemberFacts, OrgFacts, Who, seats_of_a_member};
use crate::policy::Policy;
use crate::{LinkId, MemberId, OrgId, Refusal, RoleName};

/// What is asked for, with the identifier it will have.
#[derive(Debug, Clone)]
pub struct Create<'a> {
    pub id: LinkId,
    pub role: &'a RoleName,
    /// The deployment key from which the token is derived.
    pub key_id: &'a str,
    /// As long as the policy says unless given.
    pub lifetime_s: Option<u64>,
    pub uses_max: Option<u64>,
    pub domains: &'a [Domain],
}

/// A link in the hands of somebody who may want in by it, and all that decides whether they may.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct HeldLink {
    pub link: LinkFacts,
    /// Absent once the organization is deleted.
    pub org: Option<OrgFacts>,
    /// The member who made it.
    pub creator: Option<MemberFacts>,
    /// The active membership of the person asking, in that organization.
    pub me: Option<MemberFacts>,
    /// What the person has to leave first.
    pub elsewhere: Option<Elsewhere>,
    /// Open invitations past their time, the longest overdue first.
    pub due: Vec<DueInvitation>,
}

/// What joining leads to.
#[derive(Debug, Clone)]
pub enum Joining {
    Joins(Box<Command>),
    /// The person is in already, and the link is none the less good for others.
    AlreadyIn(Box<MemberFacts>),
}

/// Makes a link to a role.
///
/// # Errors
/// Needs `member.invite` and the role among those that the actor's role may invite and grants no more than it has.
pub fn create(actor: &Actor, ask: &Create<'_>) -> Result<(Command, LinkCreated), Refusal> {
    let wanted = invitable(actor, ask.role)?;
    let lifetime_s = ask.lifetime_s.unwrap_or(actor.policy.invitation.link_lifetime_s);
    let lifetime_ms = i64::try_from(lifetime_s.saturating_mul(1000)).unwrap_or(i64::MAX);
    let created = LinkCreated {
        role: wanted.to_owned(),
        created_by: actor.member.id.clone(),
        key_id: ask.key_id.to_owned(),
        expires_at: actor.now.saturating_add(lifetime_ms),
        uses_max: ask.uses_max,
        domains: ask.domains.iter().map(|domain| domain.as_str().to_owned()).collect(),
    };
    let changes = vec![Change::LinkCreated(ask.id.clone(), created.clone())];
    Ok((by(actor, "invite_link.create", changes), created))
}

/// Ends a link. One that has ended stays as it is, and this says so by appending nothing.
///
/// # Errors
/// As for [`create`], for the link's role.
pub fn revoke(actor: &Actor, link: Option<&LinkFacts>) -> Result<Command, Refusal> {
    actor.require("member.invite")?;
    let link = link.ok_or(Refusal::NotFound("invite link"))?;
    reaches(actor, &link.role)?;
    let changes = if link.is_active() { vec![Change::LinkRevoked(link.id.clone(), Nothing {})] } else { Vec::new() };
    let mut command = by(actor, "invite_link.revoke", changes);
    command.premises.push(Premise::Link(link.id.clone(), link.rev));
    Ok(command)
}

/// Lets a signed-in person in by the link. Others who come at the same time do not disturb: a use is no change of the link,
/// and whoever is one too many is refused by the fold, and told so on fresh facts.
///
/// # Errors
/// One refusal for each way a link can be of no use to this person.
pub fn join(held: &HeldLink, policy: &Policy, who: &Who, member: &MemberId, now: i64) -> Result<Joining, Refusal> {
    if let Some(me) = &held.me {
        return Ok(Joining::AlreadyIn(Box::new(me.clone())));
    }
    let (link, org) = (&held.link, usable(held, now)?);
    let domain = domain_of(&who.email_key);
    if !link.domains.is_empty() && !link.domains.iter().any(|allowed| allowed == domain) {
        return Err(Refusal::LinkDomain { domains: link.domains.clone() });
    }
    let creator = still_lets_in(policy, held.creator.as_ref(), &link.role)?;
    if let Some(elsewhere) = &held.elsewhere {
        return Err(elsewhere.leave_first());
    }
    let (item, giving_way) = item(held, org, policy, who, member)?;
    let mut premises = vec![
        who.premise(),
        Premise::Link(link.id.clone(), link.rev),
        Premise::Member(creator.id.clone(), creator.rev),
        Premise::Org(org.id.clone(), org.rev),
    ];
    premises.extend(giving_way.premises());
    Ok(Joining::Joins(Box::new(Command {
        premises,
        items: vec![item],
        limits: org.limits_by(policy),
        ..Command::of("invite_link.join", Some(org.id.clone()), who.user.to_string())
    })))
}

/// Says in the log that the time of these links of one organization is over.
pub fn expire(org: &OrgId, due: &[LinkFacts], now: i64) -> Command {
    let over: Vec<&LinkFacts> = due.iter().filter(|l| l.org == *org && l.is_active() && l.is_over(now)).collect();
    Command {
        premises: over.iter().map(|l| Premise::Link(l.id.clone(), l.rev)).collect(),
        items: vec![Item::plain(over.iter().map(|l| Change::LinkExpired(l.id.clone(), Nothing {})).collect())],
        ..Command::of("invite_link.expire", Some(org.clone()), SYSTEM.to_owned())
    }
}

/// Not ended, in time, with uses left, into an organization that still exists.
fn usable(held: &HeldLink, now: i64) -> Result<&OrgFacts, Refusal> {
    let link = &held.link;
    let org = held.org.as_ref().ok_or(Refusal::LinkRevoked)?;
    match (link.status.as_str(), link.uses_max) {
        ("active", _) if link.is_over(now) => Err(Refusal::LinkExpired),
        ("active", Some(uses_max)) if link.is_used_up() => Err(Refusal::LinkUsedUp { uses_max }),
        ("active", _) => Ok(org),
        ("expired", _) => Err(Refusal::LinkExpired),
        _ => Err(Refusal::LinkRevoked),
    }
}

/// The membership, with what gives way to it.
fn item(
    held: &HeldLink,
    org: &OrgFacts,
    policy: &Policy,
    who: &Who,
    member: &MemberId,
) -> Result<(Item, GivingWay), Refusal> {
    let link = &held.link;
    let wants_top_role = WantsTopRole::of(&link.role, policy);
    let seats = seats_of_a_member(policy);
    let mut giving_way = GivingWay::default();
    giving_way.make_room(org, policy, &held.due, Wanted { seats, top_roles: wants_top_role.count() });
    if wants_top_role == WantsTopRole::Yes {
        top_role_room_in(org, policy, giving_way.gives.top_roles)?;
    }
    seat::room(org, policy, seats, giving_way.gives.seats)?;
    let joined = MemberJoined {
        user: who.user.clone(),
        role: link.role.clone(),
        invitation: None,
        link: Some(link.id.clone()),
        domain: None,
        request: None,
    };
    let mut changes: Vec<Change> = giving_way.changes().collect();
    changes.push(Change::MemberJoined(member.clone(), joined));
    let item = Item { judge: Judge::Promote { wants_top_role }, seats, gives_back: giving_way.gives_back(), changes };
    Ok((item, giving_way))
}
