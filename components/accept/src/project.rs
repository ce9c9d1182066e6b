//! Accepting an invitation into a project: what the two ways of accepting share.

use latchkey_domain::decide::acceptance::Held;
use latchkey_domain::decide::project::{Acceptance, accept};
use latchkey_domain::facts::{OrgFacts, ProjectMemberFacts, Who};
use latchkey_domain::fresh::Fresh;
use latchkey_domain::{DisplayName, ProjectMemberId, Refusal};
use latchkey_edge::change::{Answer, Decision};
use latchkey_edge::model::{AcceptOutcome, Accepted, OrgRef, ProjectMember, ProjectRef};
use latchkey_edge::{Call, Entropy, Problem};

use crate::held::acceptor;
use crate::newcomer::Newcomer;

/// Accepts for a signed-in person, or for the bearer of the token alone, whose account is then made on the way.
pub(crate) fn join(
    call: &Call,
    who: Option<&Who>,
    held: &Held,
    org: &OrgFacts,
    display_name: Option<&DisplayName>,
) -> Result<Decision, Problem> {
    let id = ProjectMemberId::new(Entropy.uuid());
    let (acceptor, session) = acceptor(call, who, display_name)?;
    let policy = org.rules()?;
    match accept(held, &policy, &acceptor, &id, call.now_ms())? {
        Acceptance::AlreadyIn(member) => {
            Ok(Decision::Nothing(Answer::ok(&accepted(AcceptOutcome::AlreadyMember, held, org, &member))))
        }
        Acceptance::Joins(command) => {
            let project = held.project.as_ref().ok_or(Refusal::InvitationCancelled)?;
            let newcomer = Newcomer::accepting(&acceptor, &held.invitation);
            let joined_at = call.now_ms().max(org.effective_at);
            let member = ProjectMemberFacts {
                organization_role: held.me.as_ref().map(|me| me.role.clone()),
                ..newcomer.into_project_member(id, &project.id, &held.invitation.role, joined_at)
            };
            let accepted = accepted(AcceptOutcome::Joined, held, org, &member);
            Ok(Decision::Change(command, Answer::ok(&accepted).with_session(session)))
        }
    }
}

/// What whoever comes into the project is answered.
fn accepted(outcome: AcceptOutcome, held: &Held, org: &OrgFacts, member: &ProjectMemberFacts) -> Accepted {
    let project_member = Some(ProjectMember::from(member));
    let project = held.project.as_ref().map(ProjectRef::from);
    Accepted { outcome, organization: OrgRef::from(org), member: None, project, project_member, session: None }
}
