//! What the invited person does with an invitation: by the mailed token, or signed in as the address it was sent to.

use serde::Deserialize;

use super::invitation::{open_or_refusal, still_lets_in};
use crate::command::{AccountChange, Command, Item, NewSession, NewUser, Premise};
use crate::event::{Change, InvitationAccepted, MemberJoined, Nothing};
use crate::facts::{Elsewhere, InvitationFacts, MemberFacts, OrgFacts, ProjectFacts, ProjectMemberFacts, Who};
use crate::policy::Policy;
use crate::{DisplayName, MemberId, Refusal, UserId, search};

/// The facts around an invitation that someone holds up.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Held {
    pub invitation: InvitationFacts,
    /// Absent once the organization is deleted.
    pub org: Option<OrgFacts>,
    /// The member who sent it.
    pub inviter: Option<MemberFacts>,
    /// The account that has the invited address.
    pub account: Option<UserId>,
    /// The active membership of the person asking, in that organization.
    pub me: Option<MemberFacts>,
    /// The project that it leads into. Absent for one into the organization, and once the project is deleted.
    pub project: Option<ProjectFacts>,
    /// The active membership of the person asking, in that project.
    pub project_me: Option<ProjectMemberFacts>,
    /// What the person asking has to leave first.
    pub elsewhere: Option<Elsewhere>,
}

/// Who accepts.
#[derive(Debug, Clone)]
pub enum Acceptor<'a> {
    /// A signed-in person.
    Account(&'a Who),
    /// The bearer of the mailed token, whose address has no account yet: it is made on the way.
    NewAccount { user: UserId, session: NewSession, display_name: Option<&'a DisplayName> },
}

impl Acceptor<'_> {
    /// The person, or who they will be.
    pub fn user(&self) -> &UserId {
        match self {
            Self::Account(who) => &who.user,
            Self::NewAccount { user, .. } => user,
        }
    }

    /// What has to be made for them.
    pub(super) fn account(&self, invitation: &InvitationFacts) -> Option<AccountChange> {
        match self {
            Self::Account(_) => None,
            Self::NewAccount { user, session, display_name } => {
                Some(new_account(invitation, user, session, *display_name))
            }
        }
    }
}

/// What an acceptance leads to.
#[derive(Debug, Clone)]
pub enum Acceptance {
    Joins(Box<Command>),
    /// A second click: the person is in already, by this very invitation.
    AlreadyIn(Box<MemberFacts>),
}

/// Turns the invitation into a membership, and an account where there was none. One into a project is for
/// [`super::project::accept`].
///
/// # Errors
/// One refusal for each way an invitation can be of no use to this person.
pub fn accept(
    held: &Held,
    policy: &Policy,
    acceptor: &Acceptor<'_>,
    member: &MemberId,
    now: i64,
) -> Result<Acceptance, Refusal> {
    let invitation = &held.invitation;
    if invitation.project.is_some() {
        return Err(Refusal::InvitationUnknown);
    }
    if let (Acceptor::Account(_), "accepted", Some(me)) = (acceptor, invitation.status.as_str(), &held.me)
        && invitation.member.as_deref() == Some(me.id.as_str())
    {
        return Ok(Acceptance::AlreadyIn(Box::new(me.clone())));
    }
    let org = usable(held, acceptor, now)?;
    if let Some(me) = &held.me {
        return Err(Refusal::AlreadyMember { member: me.id.to_string() });
    }
    let inviter = still_lets_in(policy, held.inviter.as_ref(), &invitation.role)?;
    if let Some(elsewhere) = &held.elsewhere {
        return Err(elsewhere.leave_first());
    }
    let user = acceptor.user();
    let joined = MemberJoined {
        user: user.clone(),
        role: invitation.role.clone(),
        invitation: Some(invitation.id.clone()),
        link: None,
        domain: None,
        request: None,
    };
    Ok(Acceptance::Joins(Box::new(Command {
        premises: premises(held, acceptor, inviter, org),
        items: vec![Item::plain(vec![
            Change::InvitationAccepted(
                invitation.id.clone(),
                InvitationAccepted { member: Some(member.clone()), project_member: None },
            ),
            Change::MemberJoined(member.clone(), joined),
        ])],
        account: acceptor.account(invitation),
        ..Command::of("invitation.accept", Some(org.id.clone()), user.to_string())
    })))
}

/// Turns the invitation down. The bearer of the token needs no account for it. Once more changes nothing, and says so by
/// appending nothing.
///
/// # Errors
/// As for [`accept`], as far as it matters to someone who does not want in.
pub fn decline(held: &Held, who: Option<&Who>, now: i64) -> Result<Command, Refusal> {
    let invitation = &held.invitation;
    let changes = if invitation.status == "declined" {
        Vec::new()
    } else {
        open_or_refusal(invitation)?;
        if invitation.is_over(now) {
            return Err(Refusal::InvitationExpired);
        }
        vec![Change::InvitationDeclined(invitation.id.clone(), Nothing {})]
    };
    let org = held.org.as_ref().ok_or(Refusal::InvitationCancelled)?;
    let mut premises = vec![Premise::Invitation(invitation.id.clone(), invitation.rev)];
    premises.extend(who.map(Who::premise));
    Ok(Command {
        premises,
        items: vec![Item::plain(changes)],
        // Without an account there is nobody to name but the address, and that is in the invitation.
        ..Command::of(
            "invitation.decline",
            Some(org.id.clone()),
            who.map_or_else(|| format!("invitation:{}", invitation.id), |w| w.user.to_string()),
        )
    })
}

/// Open, in time, for this person, into an organization that still exists.
pub(super) fn usable<'a>(held: &'a Held, acceptor: &Acceptor<'_>, now: i64) -> Result<&'a OrgFacts, Refusal> {
    let invitation = &held.invitation;
    open_or_refusal(invitation)?;
    if invitation.is_over(now) {
        return Err(Refusal::InvitationExpired);
    }
    match acceptor {
        Acceptor::Account(who) if who.email_key != invitation.email_key => {
            return Err(Refusal::InvitationForAnotherAccount);
        }
        Acceptor::NewAccount { .. } if held.account.is_some() => return Err(Refusal::SignInToAccept),
        _ => {}
    }
    held.org.as_ref().ok_or(Refusal::InvitationCancelled)
}

/// What every acceptance rests on.
pub(super) fn premises(held: &Held, acceptor: &Acceptor<'_>, inviter: &MemberFacts, org: &OrgFacts) -> Vec<Premise> {
    let invitation = Premise::Invitation(held.invitation.id.clone(), held.invitation.rev);
    let person = match acceptor {
        Acceptor::Account(who) => who.premise(),
        Acceptor::NewAccount { .. } => Premise::NoAccount(held.invitation.email_key.clone()),
    };
    let inviter = Premise::Member(inviter.id.clone(), inviter.rev);
    vec![invitation, person, inviter, Premise::Org(org.id.clone(), org.rev)]
}

/// The account of an invited address that has none yet.
fn new_account(
    invitation: &InvitationFacts,
    user: &UserId,
    session: &NewSession,
    display_name: Option<&DisplayName>,
) -> AccountChange {
    let name = display_name.map(DisplayName::as_str);
    let words = search::words(name, &invitation.email_key);
    AccountChange {
        user: Some(NewUser {
            id: user.clone(),
            email: invitation.email.clone(),
            email_key: invitation.email_key.clone(),
            display_name: name.map(str::to_owned),
            words,
            sort_name: search::sort_name(name, &invitation.email_key),
        }),
        session: Some(session.clone()),
        ..AccountChange::default()
    }
}
