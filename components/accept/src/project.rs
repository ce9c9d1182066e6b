//! Accepting an invitation into a project: what the two ways of accepting share.

use latchkey_domain::decide::acceptance::{Acceptor, Held};
use latchkey_domain::decide::project::{Acceptance, accept};
use latchkey_domain::facts::{ProjectMemberFacts, Who};
use latchkey_domain::fresh::Fresh;
use latchkey_domain::policy::Policy;
use latchkey_domain::{DisplayName, ProjectMemberId, Refusal};
use latchkey_edge::change::{Answer, Decision};
use latchkey_edge::model::{AcceptOutcome, Accepted, OrgRef, ProjectMember, ProjectRef};
use latchkey_edge::{Call, Entropy, Problem};

use crate::held::new_account;

/// Accepts for a signed-in person, or for the bearer of the token alone, whose account is then made on the way.
pub(crate) fn join(
    call: &Call,
    who: Option<&Who>,
    held: &Held,
    policy: &Policy,
    display_name: Option<&DisplayName>,
) -> Result<Decision, Problem> {
    let id = ProjectMemberId::new(Entropy.uuid());
    let (acceptor, session) = match who {
        Some(who) => (Acceptor::Account(who), None),
        None => new_account(call, display_name)?,
    };
    match accept(held, policy, &acceptor, &id, call.now_ms())? {
        Acceptance::AlreadyIn(member) => {
            let accepted = accepted(held, AcceptOutcome::AlreadyMember, &member)?;
            Ok(Decision::Nothing(Answer::ok(&accepted)))
        }
        Acceptance::Joins(command) => {
            let project = held.project.as_ref().ok_or(Refusal::InvitationCancelled)?;
            let member = ProjectMemberFacts {
                id,
                project: project.id.clone(),
                user: match &acceptor {
                    Acceptor::Account(who) => who.user.clone(),
                    Acceptor::NewAccount { user, .. } => user.clone(),
                },
                role: held.invitation.role.clone(),
                status: "active".to_owned(),
                rev: 1,
                joined_at: call.now_ms().max(held.org.as_ref().map_or(0, |org| org.effective_at)),
                email: who.map_or_else(|| held.invitation.email.clone(), |who| who.email.clone()),
                display_name: match who {
                    Some(who) => who.display_name.clone(),
                    None => display_name.map(ToString::to_string),
                },
                organization_role: held.me.as_ref().map(|me| me.role.clone()),
            };
            let accepted = accepted(held, AcceptOutcome::Joined, &member)?;
            Ok(Decision::Change(command, Answer::ok(&accepted).with_session(session)))
        }
    }
}

fn accepted(held: &Held, outcome: AcceptOutcome, member: &ProjectMemberFacts) -> Result<Accepted, Problem> {
    let organization = held.org.as_ref().map(OrgRef::from).ok_or(Refusal::InvitationCancelled)?;
    let project_member = Some(ProjectMember::from(member));
    let project = held.project.as_ref().map(ProjectRef::from);
    Ok(Accepted { outcome, organization, member: None, project, project_member, session: None })
}
