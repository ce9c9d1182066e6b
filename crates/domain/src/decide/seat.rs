//! What an organization has bought and who uses it: the plan, its seats and licences, named limits, and the tier that a
//! person pays for themselves.

use std::collections::BTreeMap;

use super::org::{asked_by, by};
use crate::UserId;
use crate::command::{AccountChange, Command, GivesBack, Item, NewPersonalTier, OPERATOR, Premise};
use crate::event::{Change, LimitsChanged, Nothing, PlanChanged};
use crate::facts::{Actor, Asker, DueInvitation, LicenseFacts, MemberFacts, OrgFacts, seats_of_a_member};
use crate::policy::{Policy, SeatMode};
use crate::refusal::{LicenseOutcome, Refusal};

/// Overdue invitations that one request looks at when it needs their seats, or their places in the top role.
pub const SEATS_GIVEN_BACK_MAX: u32 = 100;

/// What an organization is to have bought: all of it, so that what is not given is not there any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NewPlan<'a> {
    pub name: &'a str,
    /// A number of its own; otherwise the plan says.
    pub seats: Option<u64>,
    pub upgrade_url: Option<&'a str>,
}

/// Puts the organization on a plan. Nobody loses anything by a smaller one: what is new is judged against it. The same
/// again changes nothing.
///
/// # Errors
/// Needs `billing.manage`, or the operator; the policy must have the plan, and count something where a number is given.
pub fn set_plan(asker: &Asker, wanted: &NewPlan<'_>) -> Result<(Command, OrgFacts), Refusal> {
    asker.require("billing.manage")?;
    let (org, policy) = (asker.org(), asker.policy());
    if !policy.plans().iter().any(|plan| plan.name == wanted.name) {
        let known = policy.plans().iter().map(|plan| plan.name.clone()).collect();
        return Err(Refusal::UnknownPlan { plan: wanted.name.to_owned(), known });
    }
    if wanted.seats.is_some() && policy.seats.mode == SeatMode::None {
        return Err(Refusal::NothingCounted);
    }
    let bought = OrgFacts {
        plan: wanted.name.to_owned(),
        seats: wanted.seats,
        upgrade_url: wanted.upgrade_url.map(str::to_owned),
        ..org.clone()
    };
    let is_same = (&bought.plan, bought.seats, &bought.upgrade_url) == (&org.plan, org.seats, &org.upgrade_url);
    let changed = PlanChanged {
        plan: bought.plan.clone(),
        seats: bought.seats,
        upgrade_url: bought.upgrade_url.clone(),
        was: org.plan.clone(),
    };
    let changes = if is_same { Vec::new() } else { vec![Change::PlanChanged(org.id.clone(), changed)] };
    Ok((asked_by(asker, "plan.set", changes), bought))
}

/// What became of each member of a batch, in its order, and how many licences are assigned afterwards.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Licensed {
    pub outcomes: Vec<LicenseOutcome>,
    pub license_count: u64,
}

/// Assigns a licence to each of these members who has none: all of them, or, without room for all, nobody.
///
/// # Errors
/// Needs `license.assign`, a policy with licences, active members, and a free seat for each who needs one.
pub fn assign(actor: &Actor, members: &[Option<LicenseFacts>]) -> Result<(Command, Licensed), Refusal> {
    let members = licensable(actor, members)?;
    let wanted = members.iter().filter(|member| !member.licensed).count() as u64;
    let (used, limits) = (actor.org.license_count, actor.limits());
    if let Some(total) = limits.seats_max.filter(|total| wanted > 0 && used + wanted > *total) {
        let outcomes = without_room(&members, total.saturating_sub(used));
        return Err(Refusal::SeatLimit { used, total, upgrade_url: actor.org.upgrade_url.clone(), outcomes });
    }
    let changes = members.iter().filter(|member| !member.licensed);
    let changes = changes.map(|member| Change::LicenseAssigned(member.id.clone(), Nothing {})).collect();
    let mut command = of_members(actor, "license.assign", &members, Item { seats: wanted, ..Item::plain(changes) });
    command.limits = limits;
    command.consequences.push(("licenses_assigned", wanted));
    let outcomes = told(&members, |licensed| if licensed { "already_licensed" } else { "assigned" });
    Ok((command, Licensed { outcomes, license_count: used + wanted }))
}

/// Takes the licence from each of these members who has one; whoever has none stays as they are.
///
/// # Errors
/// Needs `license.assign`, a policy with licences, and active members.
pub fn remove(actor: &Actor, members: &[Option<LicenseFacts>]) -> Result<(Command, Licensed), Refusal> {
    let members = licensable(actor, members)?;
    let freed = members.iter().filter(|member| member.licensed).count() as u64;
    let changes = members.iter().filter(|member| member.licensed);
    let changes = changes.map(|member| Change::LicenseRemoved(member.id.clone(), Nothing {})).collect();
    let mut command = of_members(actor, "license.remove", &members, Item::plain(changes));
    command.consequences.push(("licenses_freed", freed));
    let outcomes = told(&members, |licensed| if licensed { "removed" } else { "not_licensed" });
    Ok((command, Licensed { outcomes, license_count: actor.org.license_count.saturating_sub(freed) }))
}

fn licensable<'a>(actor: &Actor, members: &'a [Option<LicenseFacts>]) -> Result<Vec<&'a LicenseFacts>, Refusal> {
    actor.require("license.assign")?;
    if actor.policy.seats.mode != SeatMode::Licenses {
        return Err(Refusal::LicensesOff);
    }
    let unknown = members.iter().enumerate().filter(|(_, member)| member.is_none());
    let places: Vec<usize> = unknown.map(|(place, _)| place).collect();
    if places.is_empty() { Ok(members.iter().flatten().collect()) } else { Err(Refusal::UnknownMembers { places }) }
}

/// What stands in the way of each, and what does not: the free seats go to the first who need one.
fn without_room(members: &[&LicenseFacts], mut free: u64) -> Vec<LicenseOutcome> {
    let outcome = |member: &&LicenseFacts| {
        let outcome = match (member.licensed, free) {
            (true, _) => "already_licensed",
            (false, 0) => "no_seat",
            (false, _) => {
                free -= 1;
                "ready"
            }
        };
        LicenseOutcome { member: member.id.to_string(), outcome }
    };
    members.iter().map(outcome).collect()
}

fn of_members(actor: &Actor, kind: &'static str, members: &[&LicenseFacts], item: Item) -> Command {
    let mut command = by(actor, kind, Vec::new());
    command.premises.extend(members.iter().map(|member| Premise::Member(member.id.clone(), member.rev)));
    command.items = vec![item];
    command
}

fn told(members: &[&LicenseFacts], word: impl Fn(bool) -> &'static str) -> Vec<LicenseOutcome> {
    let told =
        |member: &&LicenseFacts| LicenseOutcome { member: member.id.to_string(), outcome: word(member.licensed) };
    members.iter().map(told).collect()
}

/// Gives the organization its named numbers, in place of those it had. The same again changes nothing.
///
/// # Errors
/// Needs `billing.manage`, or the operator.
pub fn set_org_limits(asker: &Asker, limits: &BTreeMap<String, u64>) -> Result<Command, Refusal> {
    asker.require("billing.manage")?;
    let org = asker.org();
    let changed = LimitsChanged { limits: limits.clone() };
    let changes =
        if org.limits == *limits { Vec::new() } else { vec![Change::OrgLimitsChanged(org.id.clone(), changed)] };
    Ok(asked_by(asker, "limits.set", changes))
}

/// Gives a member named numbers of their own, in place of those they had. The same again changes nothing.
///
/// # Errors
/// Needs `billing.manage`, or the operator; and an active member.
pub fn set_member_limits(
    asker: &Asker,
    target: Option<&MemberFacts>,
    limits: &BTreeMap<String, u64>,
) -> Result<Command, Refusal> {
    asker.require("billing.manage")?;
    let target = target.filter(|target| target.is_active()).ok_or(Refusal::NotFound("member"))?;
    let changed = LimitsChanged { limits: limits.clone() };
    let changes = if target.limits == *limits {
        Vec::new()
    } else {
        vec![Change::MemberLimitsChanged(target.id.clone(), changed)]
    };
    let mut command = asked_by(asker, "member.set_limits", changes);
    command.premises.push(Premise::Member(target.id.clone(), target.rev));
    Ok(command)
}

/// The numbers that hold for a member: the organization's, and the member's own before them.
pub fn effective_limits(org: &OrgFacts, own: &BTreeMap<String, u64>) -> BTreeMap<String, u64> {
    effective(&org.limits, Some(own))
}

/// The same for an organization that is known by its limits only.
pub fn effective(of_org: &BTreeMap<String, u64>, own: Option<&BTreeMap<String, u64>>) -> BTreeMap<String, u64> {
    let mut limits = of_org.clone();
    limits.extend(own.into_iter().flatten().map(|(name, number)| (name.clone(), *number)));
    limits
}

/// Keeps which tier a person pays for themselves, as the operator reports it.
///
/// # Errors
/// When there is no such account, or no longer.
pub fn set_personal_tier(user: Option<&UserId>, tier: Option<&str>) -> Result<Command, Refusal> {
    let user = user.ok_or(Refusal::NotFound("account"))?;
    let tier = NewPersonalTier { user_id: user.clone(), tier: tier.map(str::to_owned) };
    Ok(Command {
        premises: vec![Premise::Account(user.clone())],
        account: Some(AccountChange { personal_tier: Some(tier), ..AccountChange::default() }),
        ..Command::of("account.set_tier", None, OPERATOR.to_owned())
    })
}

/// What a request wants of what only so many may have.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Wanted {
    pub seats: u64,
    pub top_roles: u64,
}

/// The open invitations past their time that give way to a request. The log has not said yet that their time is over: the
/// request's own command does.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct GivingWay {
    pub invitations: Vec<DueInvitation>,
    /// What they give back.
    pub gives: Wanted,
}

impl GivingWay {
    /// One that must go in any case, such as the one that holds the address asked for.
    pub fn add(&mut self, policy: &Policy, it: DueInvitation) {
        self.gives.seats += seats_of_a_member(policy);
        self.gives.top_roles += u64::from(it.role == policy.top_role_name());
        self.invitations.push(it);
    }

    /// Adds as many of `due` as `wanted` needs. What cannot be had even so is for the caller to refuse.
    pub fn make_room(&mut self, org: &OrgFacts, policy: &Policy, due: &[DueInvitation], wanted: Wanted) {
        let short = |max: Option<u64>, used: u64, wanted: u64| match max {
            Some(max) if wanted > 0 => (used + wanted).saturating_sub(max),
            _ => 0,
        };
        let limits = org.limits_by(policy);
        let top_roles = short(limits.top_role_max, org.top_member_count + org.top_pending_count, wanted.top_roles);
        let seats = short(limits.seats_max, org.seats_used(policy), wanted.seats);
        for it in due {
            let gives_seat = self.gives.seats < seats && seats_of_a_member(policy) > 0;
            let gives_top_role = self.gives.top_roles < top_roles && it.role == policy.top_role_name();
            if (gives_seat || gives_top_role) && self.invitations.iter().all(|taken| taken.id != it.id) {
                self.add(policy, it.clone());
            }
        }
    }

    /// The same as a command has it.
    pub fn gives_back(&self) -> GivesBack {
        GivesBack { seats: self.gives.seats, top_roles: self.gives.top_roles }
    }

    /// What the log says of them.
    pub fn changes(&self) -> impl Iterator<Item = Change> + '_ {
        self.invitations.iter().map(|it| Change::InvitationExpired(it.id.clone(), Nothing {}))
    }

    /// That they are as they were.
    pub fn premises(&self) -> impl Iterator<Item = Premise> + '_ {
        self.invitations.iter().map(|it| Premise::Invitation(it.id.clone(), it.rev))
    }
}

/// Refuses what is wanted beyond the free seats, those that are given back included.
///
/// # Errors
/// How many seats are in use, of how many, and where to get more.
pub fn room(org: &OrgFacts, policy: &Policy, wanted: u64, given_back: u64) -> Result<(), Refusal> {
    let used = org.seats_used(policy).saturating_sub(given_back);
    match org.limits_by(policy).seats_max {
        Some(total) if wanted > 0 && used + wanted > total => {
            Err(Refusal::SeatLimit { used, total, upgrade_url: org.upgrade_url.clone(), outcomes: Vec::new() })
        }
        _ => Ok(()),
    }
}

/// What the end of memberships frees, for whoever asks before it happens.
pub(super) fn freed(policy: &Policy, seats: u64, licenses: u64) -> Option<(&'static str, u64)> {
    match policy.seats.mode {
        SeatMode::None => None,
        SeatMode::Members => Some(("seats_freed", seats)),
        SeatMode::Licenses => Some(("licenses_freed", licenses)),
    }
}
