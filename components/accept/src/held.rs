//! What the operations of this component share: whose the invitation is, and what accepting it answers.

use latchkey_domain::command::NewSession;
use latchkey_domain::decide::acceptance::{Acceptance, Acceptor, Held, accept};
use latchkey_domain::facts::{MemberFacts, OrgFacts, Who};
use latchkey_domain::fresh::Fresh;
use latchkey_domain::policy::Policy;
use latchkey_domain::secret::{InvitationToken, token_hash};
use latchkey_domain::{DisplayName, MemberId, Refusal, SessionId, UserId};
use latchkey_edge::change::{Answer, AnswerSession, Decision};
use latchkey_edge::field_types::Token;
use latchkey_edge::model::{AcceptOutcome, Accepted, OrgRef};
use latchkey_edge::{Call, Database, Entropy, Problem, represent};
use latchkey_store::DbError;
use latchkey_store::acceptance::{self, HeldContext};
use latchkey_store::context::Ask;

use crate::newcomer::Newcomer;
use crate::project;

/// Reads a mailed token, without knowing yet what it opens.
pub(crate) fn token(token: &Token) -> Result<InvitationToken, Problem> {
    InvitationToken::parse(token.as_str()).ok_or_else(|| Refusal::InvitationUnknown.into())
}

/// What decides over the invitation that a token names. A repetition is looked up under the name of the invitation, which
/// is no secret, so only a token that opens it gets the answer given before.
pub(crate) async fn shown(
    call: &Call,
    db: &Database,
    ask: &Ask<'_>,
    token: &InvitationToken,
) -> Result<HeldContext, DbError> {
    let context = acceptance::held(db, ask, token.id()).await?;
    let replay = if opens(call, &context, token).is_ok() { context.replay } else { None };
    Ok(HeldContext { replay, ..context })
}

/// The invitation that the token opens.
pub(crate) fn opened(
    call: &Call,
    context: HeldContext,
    token: &InvitationToken,
) -> Result<(Option<Who>, Held), Problem> {
    opens(call, &context, token)?;
    let held = context.held.ok_or(Refusal::InvitationUnknown)?;
    Ok((context.who, held))
}

fn opens(call: &Call, context: &HeldContext, token: &InvitationToken) -> Result<(), Problem> {
    if call.credential().is_some() && context.who.is_none() {
        // Whoever sends a session means to act as its person: going on without them would surprise.
        return Err(Problem::unauthenticated());
    }
    let keys = call.settings().secret_keys()?;
    let opens = |held: &Held| token.opens(keys, &held.invitation.key_id, held.invitation.generation);
    if context.held.as_ref().is_some_and(opens) { Ok(()) } else { Err(Refusal::InvitationUnknown.into()) }
}

/// The invitation that was sent to the signed-in person's address. Anybody else's does not exist for them.
pub(crate) fn mine(context: HeldContext) -> Result<(Who, Held), Problem> {
    let HeldContext { who, held, .. } = context;
    let who = who.ok_or_else(Problem::unauthenticated)?;
    let held = held.filter(|held| held.invitation.email_key == who.email_key);
    Ok((who, held.ok_or(Refusal::NotFound("invitation"))?))
}

/// Accepts for a signed-in person, or for the bearer of the token alone, whose account is then made on the way.
pub(crate) fn join(
    call: &Call,
    who: Option<&Who>,
    held: &Held,
    display_name: Option<&DisplayName>,
) -> Result<Decision, Problem> {
    // Of a deleted organization nobody asks any more whether the inviter still may.
    let org = held.org.as_ref().ok_or(Refusal::InvitationCancelled)?;
    if held.invitation.project.is_some() {
        return project::join(call, who, held, org, display_name);
    }
    let policy = org.rules()?;
    let member = MemberId::new(Entropy.uuid());
    let (acceptor, session) = acceptor(call, who, display_name)?;
    match accept(held, &policy, &acceptor, &member, call.now_ms())? {
        Acceptance::AlreadyIn(member) => {
            Ok(Decision::Nothing(Answer::ok(&accepted(AcceptOutcome::AlreadyMember, org, &member, &policy))))
        }
        Acceptance::Joins(command) => {
            let newcomer = Newcomer::accepting(&acceptor, &held.invitation);
            let joined_at = call.now_ms().max(org.effective_at);
            let member = newcomer.into_member(member, &held.invitation.role, "invitation", joined_at);
            let accepted = accepted(AcceptOutcome::Joined, org, &member, &policy);
            Ok(Decision::Change(command, Answer::ok(&accepted).with_session(session)))
        }
    }
}

/// What whoever comes into the organization is answered.
pub(crate) fn accepted(outcome: AcceptOutcome, org: &OrgFacts, member: &MemberFacts, policy: &Policy) -> Accepted {
    Accepted {
        outcome,
        organization: OrgRef::from(org),
        member: Some(represent::member(member, org, policy)),
        project: None,
        project_member: None,
        session: None,
    }
}

/// Who accepts: the signed-in person, or an account for the invited address that is made now, and a session with it.
pub(crate) fn acceptor<'a>(
    call: &Call,
    who: Option<&'a Who>,
    display_name: Option<&'a DisplayName>,
) -> Result<(Acceptor<'a>, Option<AnswerSession>), Problem> {
    if let Some(who) = who {
        return Ok((Acceptor::Account(who), None));
    }
    let key = call.settings().signing_key()?;
    let (user, id) = (UserId::new(Entropy.uuid()), SessionId::new(Entropy.uuid()));
    let lasts_s = call.settings().sessions.at_first_s();
    let expires_at = call.now_ms().saturating_add(lasts_s.saturating_mul(1000));
    let token_hash = token_hash(&key.session_token(&id));
    let answer = AnswerSession { id: id.clone(), key_id: key.id().to_owned(), expires_at };
    let session = NewSession { id, token_hash, user_id: user.clone(), expires_at };
    Ok((Acceptor::NewAccount { user, session, display_name }, Some(answer)))
}
