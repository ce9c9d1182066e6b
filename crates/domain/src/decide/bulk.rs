//! Inviting many addresses to one role at once, each with an outcome of its own.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use super::invitation::{created, invitable, judge};
use super::org::by;
use super::seat::{GivingWay, Wanted};
use crate::command::{Acceptance, Command, GivesBack, Item, WantsTopRole};
use crate::event::Change;
use crate::facts::{Actor, DueInvitation};
use crate::fresh::Fresh;
use crate::{Email, EmailFault, InvitationId, MemberId, Refusal, RoleName};

/// What is asked for.
#[derive(Debug, Clone, Copy)]
pub struct InviteMany<'a> {
    pub role: &'a RoleName,
    /// The deployment key from which the tokens will be derived.
    pub key_id: &'a str,
    /// The addresses in their order, as far as each is one.
    pub addresses: &'a [Result<Email, EmailFault>],
}

/// What is known of the addresses in the organization.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub struct ManyFacts {
    /// Only of those that there is something to know of.
    pub known: Vec<KnownAddress>,
    /// Open invitations past their time, the longest overdue first.
    pub due: Vec<DueInvitation>,
}

/// An address that is a member's, or invited already.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct KnownAddress {
    pub email_key: String,
    pub member: Option<MemberId>,
    /// The open invitation to it.
    pub open: Option<DueInvitation>,
    /// When that runs out.
    pub open_until: Option<i64>,
}

/// What becomes of one address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Unless the database knows better by then.
    Invited(InvitationId),
    AlreadyMember,
    AlreadyInvited(InvitationId),
    Invalid(EmailFault),
    /// It stands earlier in the list, too.
    Duplicate,
    NoSeat,
    TopRoleLimit,
}

/// The command, and what becomes of each address by it.
#[derive(Debug, Clone)]
pub struct Decided {
    pub command: Command,
    pub outcomes: Vec<Outcome>,
    /// Of each item of the command, the place of the address that it invites.
    pub places: Vec<Option<usize>>,
}

impl Outcome {
    /// The word for it.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Invited(_) => "invited",
            Self::AlreadyMember => "already_member",
            Self::AlreadyInvited(_) => "already_invited",
            Self::Invalid(_) => "invalid",
            Self::Duplicate => "duplicate",
            Self::NoSeat => "no_seat",
            Self::TopRoleLimit => "top_role_limit",
        }
    }
}

/// Invites each address that can be invited. The others have their reasons, and keep nobody from being invited.
///
/// # Errors
/// Needs `member.invite` and the role among those that the actor's role may invite and grants no more than it has.
pub fn invite_many(
    actor: &Actor,
    ask: &InviteMany<'_>,
    facts: &ManyFacts,
    fresh: &mut dyn Fresh,
) -> Result<Decided, Refusal> {
    let wanted = invitable(actor, ask.role)?;
    let known: BTreeMap<&str, &KnownAddress> = facts.known.iter().map(|it| (it.email_key.as_str(), it)).collect();
    let mut asked = Asked { actor, wanted, key_id: ask.key_id, known, earlier: BTreeSet::new() };
    let mut outcomes: Vec<Outcome> = ask.addresses.iter().map(|it| asked.screened(it, fresh)).collect();
    let giving_way = asked.make_room(ask.addresses, &mut outcomes, &facts.due);
    let mut command = by(actor, "invitation.create_many", Vec::new());
    command.limits = actor.limits();
    command.limits.acceptance = Acceptance::Each;
    command.premises.extend(giving_way.premises());
    command.items.clear();
    let mut places = Vec::new();
    if !giving_way.invitations.is_empty() {
        // First, so that what it gives back is there for the others. Nothing but its premises can refuse it.
        let gives_back = giving_way.gives_back();
        command.items.push(Item { gives_back, ..Item::plain(giving_way.changes().collect()) });
        places.push(None);
    }
    for (place, (address, outcome)) in ask.addresses.iter().zip(&outcomes).enumerate() {
        if let (Ok(email), Outcome::Invited(id)) = (address, outcome) {
            command.items.push(asked.item(email, id));
            places.push(Some(place));
        }
    }
    command.consequences = counts(&outcomes);
    Ok(Decided { command, outcomes, places })
}

/// What is the same for all addresses, and what has been asked for so far.
struct Asked<'a> {
    actor: &'a Actor,
    wanted: &'a str,
    key_id: &'a str,
    known: BTreeMap<&'a str, &'a KnownAddress>,
    earlier: BTreeSet<&'a str>,
}

impl<'a> Asked<'a> {
    /// What becomes of the address as far as the address itself says.
    fn screened(&mut self, address: &'a Result<Email, EmailFault>, fresh: &mut dyn Fresh) -> Outcome {
        let email = match address {
            Ok(email) => email,
            Err(fault) => return Outcome::Invalid(*fault),
        };
        if !self.earlier.insert(email.key()) {
            return Outcome::Duplicate;
        }
        let known = self.known.get(email.key());
        if known.is_some_and(|it| it.member.is_some()) {
            return Outcome::AlreadyMember;
        }
        match known.and_then(|it| it.open.as_ref()) {
            Some(open) if self.over(email).is_none() => Outcome::AlreadyInvited(open.id.clone()),
            _ => Outcome::Invited(InvitationId::new(fresh.uuid())),
        }
    }

    /// The open invitation to the address that no longer stands in the way, because its time is over.
    fn over(&self, email: &Email) -> Option<&'a DueInvitation> {
        let known = self.known.get(email.key())?;
        known.open.as_ref().filter(|_| known.open_until.is_some_and(|until| until <= self.actor.now))
    }

    /// Gives what room there is to the first who need it, and tells the others that there was none.
    fn make_room(
        &self,
        addresses: &[Result<Email, EmailFault>],
        outcomes: &mut [Outcome],
        due: &[DueInvitation],
    ) -> GivingWay {
        let (org, policy, limits) = (&self.actor.org, &self.actor.policy, self.actor.limits());
        let mut giving_way = GivingWay::default();
        let mut count = 0;
        for (address, outcome) in addresses.iter().zip(outcomes.iter()) {
            if let (Ok(email), Outcome::Invited(_)) = (address, outcome) {
                count += 1;
                self.over(email).into_iter().for_each(|over| giving_way.add(policy, over.clone()));
            }
        }
        let each = self.wants_top_role().count();
        let wanted = Wanted { seats: count * self.actor.seats_of_a_member(), top_roles: count * each };
        giving_way.make_room(org, policy, due, wanted);
        let left = |max: u64, used: u64, back: u64| (max + back).saturating_sub(used);
        let mut seats = limits.seats_max.filter(|_| wanted.seats > 0);
        seats = seats.map(|max| left(max, org.seats_used(policy), giving_way.gives.seats));
        let mut top_roles = limits.top_role_max.filter(|_| wanted.top_roles > 0);
        let top_roles_used = org.top_member_count + org.top_pending_count;
        top_roles = top_roles.map(|max| left(max, top_roles_used, giving_way.gives.top_roles));
        for outcome in outcomes.iter_mut().filter(|outcome| matches!(outcome, Outcome::Invited(_))) {
            match (top_roles, seats) {
                (Some(0), _) => *outcome = Outcome::TopRoleLimit,
                (_, Some(0)) => *outcome = Outcome::NoSeat,
                _ => {
                    top_roles = top_roles.map(|left| left - 1);
                    seats = seats.map(|left| left - 1);
                }
            }
        }
        giving_way
    }

    fn wants_top_role(&self) -> WantsTopRole {
        WantsTopRole::of(self.wanted, &self.actor.policy)
    }

    fn item(&self, email: &Email, id: &InvitationId) -> Item {
        let created = created(self.actor, email, self.wanted, self.key_id, None);
        Item {
            judge: judge(&created, self.wants_top_role(), self.over(email).map(|over| &over.id)),
            seats: self.actor.seats_of_a_member(),
            gives_back: GivesBack::default(),
            changes: vec![Change::InvitationCreated(id.clone(), created)],
        }
    }
}

/// How often each outcome there is, for whoever only tries.
fn counts(outcomes: &[Outcome]) -> Vec<(&'static str, u64)> {
    let mut counts: BTreeMap<&'static str, u64> = BTreeMap::new();
    for outcome in outcomes {
        *counts.entry(outcome.name()).or_default() += 1;
    }
    counts.into_iter().collect()
}
