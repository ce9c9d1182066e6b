//! Coming in by the domain of one's address: at once, or by asking.

use serde::Deserialize;

use super::invitation::reaches;
use super::org::by;
use super::seat::{self, GivingWay, Wanted};
use crate::command::{Command, Item, Judge, Premise, WantsTopRole};
use crate::event::{Change, JoinRequestCreated, MemberJoined, Nothing};
use crate::facts::{
    Actor, AutoJoin, DomainFacts, DueInvitation, Elsewhere, InvitationFacts, JoinRequestFacts, MemberFacts, OrgFacts,
    Who, seats_of_a_member,
};
use crate::policy::Policy;
use crate::{JoinRequestId, MemberId, Refusal, UserId};

/// A person whose address is at a domain that an organization has verified, and all that decides what it is worth to them.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct HeldDomain {
    pub domain: DomainFacts,
    pub org: OrgFacts,
    /// Whether the address is known to be the person's.
    pub is_proved: bool,
    /// The person's active membership there.
    pub me: Option<MemberFacts>,
    /// How the person's last time there ended: `left` or `removed`.
    pub last_ended: Option<String>,
    /// The open invitation of the address into the organization.
    pub invitation: Option<InvitationFacts>,
    /// The newest request of the person.
    pub request: Option<JoinRequestFacts>,
    /// What the person has to leave first.
    pub elsewhere: Option<Elsewhere>,
    /// Open invitations past their time, the longest overdue first.
    pub due: Vec<DueInvitation>,
}

/// What joining leads to.
#[derive(Debug, Clone)]
pub enum Joining {
    Joins(Box<Command>),
    Asks(Box<Command>),
    /// The person is in already.
    AlreadyIn(Box<MemberFacts>),
    /// The person has asked already.
    AlreadyAsked(Box<JoinRequestFacts>),
}

impl HeldDomain {
    /// What the address is good for, for this person. Nobody comes back by themselves who was removed: they ask.
    pub fn way(&self) -> AutoJoin {
        match self.domain.auto_join {
            _ if !self.is_proved || !self.domain.is_verified() => AutoJoin::Off,
            AutoJoin::Automatic if self.last_ended.as_deref() == Some("removed") => AutoJoin::Ask,
            way => way,
        }
    }

    /// Whether signing in is enough. Whoever was there before, or is invited, decides that themselves.
    pub fn takes_in(&self) -> bool {
        self.way() == AutoJoin::Automatic && self.me.is_none() && self.last_ended.is_none() && self.invitation.is_none()
    }
}

/// Lets the signed-in person in, or notes that they ask for it.
///
/// # Errors
/// An organization that they cannot join by their address does not exist for them. Whoever is invited accepts; whoever was
/// turned down can only be invited.
pub fn join(
    held: &HeldDomain,
    policy: &Policy,
    who: &Who,
    (member, request): (&MemberId, &JoinRequestId),
    now: i64,
) -> Result<Joining, Refusal> {
    if let Some(me) = &held.me {
        return Ok(Joining::AlreadyIn(Box::new(me.clone())));
    }
    let way = held.way();
    if way == AutoJoin::Off {
        return Err(Refusal::NotFound("organization"));
    }
    if let Some(open) = held.invitation.as_ref().filter(|open| !open.is_over(now)) {
        return Err(Refusal::AlreadyInvited { invitation: open.id.to_string() });
    }
    if let Some(elsewhere) = &held.elsewhere {
        return Err(elsewhere.leave_first());
    }
    let premises = vec![who.premise(), held.domain.premise(), Premise::Org(held.org.id.clone(), held.org.rev)];
    let command = |kind| Command { premises, ..Command::of(kind, Some(held.org.id.clone()), who.name()) };
    if way == AutoJoin::Automatic {
        let comer = Comer { user: &who.user, email_key: &who.email_key, domain: &held.domain.id, request: None };
        let role = held.org.auto_join_role(policy);
        let command = comer.admitted(command("domain.join"), held.facts(), policy, role, member)?;
        return Ok(Joining::Joins(Box::new(command)));
    }
    match &held.request {
        Some(asked) if asked.is_open() => Ok(Joining::AlreadyAsked(Box::new(asked.clone()))),
        Some(asked) if asked.status == "declined" => Err(Refusal::JoinDeclined),
        _ => {
            let created = JoinRequestCreated { user: who.user.clone(), domain: held.domain.id.clone() };
            let items = vec![Item::plain(vec![Change::JoinRequestCreated(request.clone(), created)])];
            Ok(Joining::Asks(Box::new(Command { items, ..command("join_request.create") })))
        }
    }
}

/// A request in the hands of somebody who may grant it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct HeldRequest {
    pub request: JoinRequestFacts,
    /// Whether the account is gone.
    pub is_deleted: bool,
    /// The person's active membership.
    pub member: Option<MemberFacts>,
    /// The open invitation of their address into the organization.
    pub invitation: Option<InvitationFacts>,
    /// Whether they are in another organization, and both allow only one.
    pub is_elsewhere: bool,
    /// Open invitations past their time, the longest overdue first.
    pub due: Vec<DueInvitation>,
}

/// Lets in somebody who asked.
///
/// # Errors
/// Needs what inviting to the role needs that people join in; the request must be open, and there must be a seat.
pub fn approve(actor: &Actor, held: Option<&HeldRequest>, member: &MemberId) -> Result<Command, Refusal> {
    let (held, role) = answerable(actor, held)?;
    actor.require_holder()?;
    actor.may_grant(role)?;
    let request = &held.request;
    if let Some(member) = &held.member {
        return Err(Refusal::AlreadyMember { member: member.id.to_string() });
    }
    if !request.is_open() || held.is_deleted {
        return Err(Refusal::JoinRequestEnded);
    }
    if let Some(open) = held.invitation.as_ref().filter(|open| !open.is_over(actor.now)) {
        return Err(Refusal::AlreadyInvited { invitation: open.id.to_string() });
    }
    if held.is_elsewhere {
        return Err(Refusal::MembersElsewhere { members: vec![request.user.to_string()] });
    }
    let mut command = by(actor, "join_request.approve", Vec::new());
    command.premises.push(request.premise());
    let comer = Comer {
        user: &request.user,
        email_key: &request.email_key,
        domain: &request.domain_id,
        request: Some(&request.id),
    };
    let facts = Room { org: &actor.org, due: &held.due, stale: held.invitation.as_ref() };
    comer.admitted(command, facts, &actor.policy, role, member)
}

/// Turns down somebody who asked. Once more changes nothing, and says so by appending nothing.
///
/// # Errors
/// As for [`approve`], but for the seat.
pub fn decline(actor: &Actor, held: Option<&HeldRequest>) -> Result<Command, Refusal> {
    let (held, _) = answerable(actor, held)?;
    let request = &held.request;
    let changes = match request.status.as_str() {
        "open" => vec![Change::JoinRequestDeclined(request.id.clone(), Nothing {})],
        "declined" => Vec::new(),
        _ => return Err(Refusal::JoinRequestEnded),
    };
    let mut command = by(actor, "join_request.decline", changes);
    command.premises.push(request.premise());
    Ok(command)
}

fn answerable<'a>(actor: &'a Actor, held: Option<&'a HeldRequest>) -> Result<(&'a HeldRequest, &'a str), Refusal> {
    actor.require("member.invite")?;
    let held = held.ok_or(Refusal::NotFound("join request"))?;
    let role = actor.org.auto_join_role(&actor.policy);
    reaches(actor, role)?;
    Ok((held, role))
}

impl HeldDomain {
    fn facts(&self) -> Room<'_> {
        Room { org: &self.org, due: &self.due, stale: self.invitation.as_ref() }
    }
}

/// What decides whether there is room.
struct Room<'a> {
    org: &'a OrgFacts,
    due: &'a [DueInvitation],
    /// An invitation of the same address whose time is over.
    stale: Option<&'a InvitationFacts>,
}

/// Whoever comes in.
struct Comer<'a> {
    user: &'a UserId,
    email_key: &'a str,
    domain: &'a crate::DomainId,
    request: Option<&'a JoinRequestId>,
}

impl Comer<'_> {
    /// The command with the membership in it. The database judges it as it judges an invitation of the address: the seat, and
    /// that nobody has invited it meanwhile.
    fn admitted(
        &self,
        mut command: Command,
        room: Room<'_>,
        policy: &Policy,
        role: &str,
        member: &MemberId,
    ) -> Result<Command, Refusal> {
        let seats = seats_of_a_member(policy);
        let mut giving_way = GivingWay::default();
        if let Some(stale) = room.stale {
            giving_way.add(policy, stale.into());
        }
        giving_way.make_room(room.org, policy, room.due, Wanted { seats, top_roles: 0 });
        seat::room(room.org, policy, seats, giving_way.gives.seats)?;
        let joined = MemberJoined {
            user: self.user.clone(),
            role: role.to_owned(),
            invitation: None,
            link: None,
            domain: Some(self.domain.clone()),
            request: self.request.cloned(),
        };
        let mut changes: Vec<Change> = giving_way.changes().collect();
        changes.push(Change::MemberJoined(member.clone(), joined));
        let judge = Judge::Invite {
            email_key: self.email_key.to_owned(),
            wants_top_role: WantsTopRole::No,
            replaces: room.stale.map(|stale| stale.id.clone()),
            project: None,
        };
        command.premises.extend(giving_way.premises());
        command.items = vec![Item { judge, seats, gives_back: giving_way.gives_back(), changes }];
        command.limits = room.org.limits_by(policy);
        Ok(command)
    }
}
