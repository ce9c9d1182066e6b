//! Inviting by address, and what the organization may do with an open invitation.

use super::org::by;
use super::seat::{self, GivingWay, Wanted};
use crate::command::{Command, Item, Judge, Premise, SYSTEM, WantsTopRole};
use crate::event::{Change, InvitationCreated, InvitationResent, Nothing};
use crate::facts::{Actor, DueInvitation, InvitationFacts, MemberFacts, OrgFacts};
use crate::policy::Policy;
use crate::{Email, InvitationId, OrgId, ProjectId, Refusal, RoleName, search};

/// What is asked for, with the identifiers it will have.
#[derive(Debug, Clone)]
pub struct Create<'a> {
    pub id: InvitationId,
    pub email: &'a Email,
    pub role: &'a RoleName,
    /// The deployment key from which the token will be derived.
    pub key_id: &'a str,
}

/// Invites an address to a role.
///
/// # Errors
/// Needs `member.invite` and the role among those that the actor's role may invite; refused for members, for addresses
/// already invited, and beyond the plan's seats and its number of top-role holders, pending ones included. Those of `due`
/// that are in the way of neither any more, because their time is over, are ended by the same command.
pub fn create(
    actor: &Actor,
    ask: &Create<'_>,
    member: Option<&MemberFacts>,
    open: Option<&InvitationFacts>,
    due: &[DueInvitation],
) -> Result<(Command, InvitationCreated), Refusal> {
    let wanted = invitable(actor, ask.role)?;
    if let Some(member) = member {
        return Err(Refusal::AlreadyMember { member: member.id.to_string() });
    }
    // One that is past its time no longer stands in the way, though the log has not said so yet: this command says it.
    let (stale, blocking) =
        open.map_or((None, None), |i| if i.is_over(actor.now) { (Some(i), None) } else { (None, Some(i)) });
    if let Some(blocking) = blocking {
        return Err(Refusal::AlreadyInvited { invitation: blocking.id.to_string() });
    }
    let wants_top_role = WantsTopRole::of(wanted, &actor.policy);
    let giving_way = giving_way(actor, stale, due, wants_top_role);
    if wants_top_role == WantsTopRole::Yes {
        top_role_room(actor, giving_way.gives.top_roles)?;
    }
    seat::room(&actor.org, &actor.policy, actor.seats_of_a_member(), giving_way.gives.seats)?;
    let created = created(actor, ask.email, wanted, ask.key_id, None);
    let mut changes: Vec<Change> = giving_way.changes().collect();
    changes.push(Change::InvitationCreated(ask.id.clone(), created.clone()));
    let mut command = by(actor, "invitation.create", Vec::new());
    command.limits = actor.limits();
    command.premises.extend(giving_way.premises());
    command.items = vec![Item {
        judge: judge(&created, wants_top_role, stale.map(|i| &i.id)),
        seats: actor.seats_of_a_member(),
        gives_back: giving_way.gives_back(),
        changes,
    }];
    Ok((command, created))
}

/// The one that holds the address, and as many others as the new one needs to fit in.
fn giving_way(
    actor: &Actor,
    stale: Option<&InvitationFacts>,
    due: &[DueInvitation],
    wants_top_role: WantsTopRole,
) -> GivingWay {
    let mut giving_way = GivingWay::default();
    if let Some(stale) = stale {
        giving_way.add(&actor.policy, stale.into());
    }
    let wanted = Wanted { seats: actor.seats_of_a_member(), top_roles: wants_top_role.count() };
    giving_way.make_room(&actor.org, &actor.policy, due, wanted);
    giving_way
}

/// Sends a new token, which kills the old one and starts the invitation's life again.
///
/// # Errors
/// As for [`create`], for the invitation's role; and it must be open.
pub fn resend(
    actor: &Actor,
    invitation: Option<&InvitationFacts>,
    key_id: &str,
) -> Result<(Command, InvitationResent), Refusal> {
    let invitation = reachable(actor, invitation)?;
    actor.may_grant(&invitation.role)?;
    open_or_refusal(invitation)?;
    let resent = InvitationResent {
        generation: invitation.generation + 1,
        key_id: key_id.to_owned(),
        expires_at: expiry(actor),
    };
    let mut command =
        by(actor, "invitation.resend", vec![Change::InvitationResent(invitation.id.clone(), resent.clone())]);
    command.premises.push(Premise::Invitation(invitation.id.clone(), invitation.rev));
    Ok((command, resent))
}

/// Takes an open invitation back. Once more changes nothing, and says so by appending nothing.
///
/// # Errors
/// As for [`resend`].
pub fn cancel(actor: &Actor, invitation: Option<&InvitationFacts>) -> Result<Command, Refusal> {
    let invitation = reachable(actor, invitation)?;
    let changes = if invitation.status == "cancelled" {
        Vec::new()
    } else {
        open_or_refusal(invitation)?;
        vec![Change::InvitationCancelled(invitation.id.clone(), Nothing {})]
    };
    let seats = if invitation.project.is_none() { changes.len() as u64 } else { 0 };
    let mut command = by(actor, "invitation.cancel", changes);
    command.consequences.extend(seat::freed(&actor.policy, seats, 0).filter(|_| seats > 0));
    command.premises.push(Premise::Invitation(invitation.id.clone(), invitation.rev));
    Ok(command)
}

/// Why an invitation that is no longer open is not.
///
/// # Errors
/// One refusal for each way an invitation ends.
pub(super) fn open_or_refusal(invitation: &InvitationFacts) -> Result<(), Refusal> {
    match invitation.status.as_str() {
        "pending" => Ok(()),
        "accepted" => Err(Refusal::InvitationUsed { organization: invitation.org.to_string(), member: None }),
        "declined" => Err(Refusal::InvitationDeclined),
        "cancelled" => Err(Refusal::InvitationCancelled),
        _ => Err(Refusal::InvitationExpired),
    }
}

fn reachable<'a>(actor: &Actor, invitation: Option<&'a InvitationFacts>) -> Result<&'a InvitationFacts, Refusal> {
    actor.require("member.invite")?;
    let invitation = invitation.ok_or(Refusal::NotFound("invitation"))?;
    reaches(actor, &invitation.role)?;
    Ok(invitation)
}

/// The role asked for, which the actor may let others in with.
///
/// # Errors
/// Needs `member.invite`; the role must be known, within reach, and grant no more than the actor's own.
pub(super) fn invitable<'a>(actor: &'a Actor, name: &RoleName) -> Result<&'a str, Refusal> {
    actor.require("member.invite")?;
    actor.require_holder()?;
    let wanted = known_role(actor, name.as_str())?;
    reaches(actor, wanted)?;
    actor.may_grant(wanted)?;
    Ok(wanted)
}

/// The role is one that the actor's own may invite to.
pub(super) fn reaches(actor: &Actor, role: &str) -> Result<(), Refusal> {
    let own = actor.require("member.invite")?;
    if own.may_invite(role) { Ok(()) } else { Err(actor.out_of_reach("invite", role)) }
}

/// The member who let somebody in with that role, if they still could: a promise is worth what its giver may do now.
pub(super) fn still_lets_in<'a>(
    policy: &Policy,
    inviter: Option<&'a MemberFacts>,
    role: &str,
) -> Result<&'a MemberFacts, Refusal> {
    let inviter = inviter.filter(|inviter| inviter.is_active()).ok_or(Refusal::InviterLostRight)?;
    let (own, promised) = (policy.role(&inviter.role), policy.role(role));
    let may = own.zip(promised).is_some_and(|(own, promised)| own.may_let_in(promised));
    if may { Ok(inviter) } else { Err(Refusal::InviterLostRight) }
}

/// What the log says of an invitation sent now.
pub(super) fn created(
    actor: &Actor,
    email: &Email,
    role: &str,
    key_id: &str,
    project: Option<&ProjectId>,
) -> InvitationCreated {
    InvitationCreated {
        email: email.typed().to_owned(),
        email_key: email.key().to_owned(),
        role: role.to_owned(),
        invited_by: actor.member.id.clone(),
        generation: 1,
        key_id: key_id.to_owned(),
        expires_at: expiry(actor),
        project: project.cloned(),
        words: search::words(None, email.key()),
    }
}

/// What the database finds out about it by itself.
pub(super) fn judge(
    created: &InvitationCreated,
    wants_top_role: WantsTopRole,
    replaces: Option<&InvitationId>,
) -> Judge {
    Judge::Invite {
        email_key: created.email_key.clone(),
        wants_top_role,
        replaces: replaces.cloned(),
        project: created.project.clone(),
    }
}

pub(super) fn known_role<'a>(actor: &'a Actor, name: &str) -> Result<&'a str, Refusal> {
    let role = actor.policy.role(name).map(|r| r.name.as_str());
    role.ok_or_else(|| Refusal::UnknownRole { role: name.to_owned(), known: actor.policy.role_names() })
}

pub(super) fn top_role_room(actor: &Actor, released: u64) -> Result<(), Refusal> {
    top_role_room_in(&actor.org, &actor.policy, released)
}

pub(super) fn top_role_room_in(org: &OrgFacts, policy: &Policy, released: u64) -> Result<(), Refusal> {
    let max = policy.top_role_holders_max(&org.plan);
    let used = (org.top_member_count + org.top_pending_count).saturating_sub(released);
    match max {
        Some(total) if used >= total => Err(Refusal::TopRoleLimit {
            role: policy.top_role_name().to_owned(),
            used,
            total,
            plan: org.plan.clone(),
            upgrade_url: org.upgrade_url.clone(),
        }),
        _ => Ok(()),
    }
}

/// When an invitation sent now expires.
fn expiry(actor: &Actor) -> i64 {
    let lifetime_ms = i64::try_from(actor.policy.invitation.lifetime_s.saturating_mul(1000)).unwrap_or(i64::MAX);
    actor.now.saturating_add(lifetime_ms)
}

/// Says in the log that the time of these invitations of one organization is over.
pub fn expire(org: &OrgId, due: &[InvitationFacts], now: i64) -> Command {
    let over: Vec<&InvitationFacts> =
        due.iter().filter(|i| i.org == *org && i.is_pending() && i.is_over(now)).collect();
    Command {
        premises: over.iter().map(|i| Premise::Invitation(i.id.clone(), i.rev)).collect(),
        items: vec![Item::plain(over.iter().map(|i| Change::InvitationExpired(i.id.clone(), Nothing {})).collect())],
        ..Command::of("invitation.expire", Some(org.clone()), SYSTEM.to_owned())
    }
}
