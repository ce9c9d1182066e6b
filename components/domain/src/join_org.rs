//! `POST /v1/orgs/{org}/join`: comes in by the domain of one's address, or asks to.

use latchkey_domain::decide::joining::{Joining, join};
use latchkey_domain::facts::MemberFacts;
use latchkey_domain::fresh::Fresh;
use latchkey_domain::{JoinRequestId, MemberId, OrgId, Refusal};
use latchkey_edge::change::{Answer, Decision, change};
use latchkey_edge::model::{JoinOutcome, Joined, OrgRef};
use latchkey_edge::{Call, Entropy, Problem, Reply, represent};
use latchkey_store::joining;

use crate::newcomer;

pub(crate) async fn join_org(call: Call) -> Result<Reply, Problem> {
    let id: OrgId = call.path("org")?;
    change(
        &call,
        async |db, ask| joining::held(db, ask).await,
        |context| {
            let who = represent::who(context.who)?;
            let held = context.held.filter(|held| held.org.id == id).ok_or(Refusal::NotFound("organization"))?;
            let (org, policy) = (&held.org, held.org.rules()?);
            let (member, request) = (MemberId::new(Entropy.uuid()), JoinRequestId::new(Entropy.uuid()));
            let answer = |outcome, me: Option<&MemberFacts>, request: Option<&JoinRequestId>| {
                Answer::ok(&Joined {
                    outcome,
                    organization: OrgRef::from(org),
                    member: me.map(|me| represent::member(me, org, &policy)),
                    request: request.map(ToString::to_string),
                })
            };
            Ok(match join(&held, &policy, &who, (&member, &request), call.now_ms())? {
                Joining::AlreadyIn(me) => Decision::Nothing(answer(JoinOutcome::AlreadyMember, Some(&me), None)),
                Joining::AlreadyAsked(asked) => {
                    Decision::Nothing(answer(JoinOutcome::Requested, None, Some(&asked.id)))
                }
                Joining::Joins(command) => {
                    let role = org.auto_join_role(&policy);
                    let me = newcomer::of(&who, member, role, call.now_ms().max(org.effective_at));
                    Decision::Change(command, answer(JoinOutcome::Joined, Some(&me), None))
                }
                Joining::Asks(command) => {
                    Decision::Change(command, answer(JoinOutcome::Requested, None, Some(&request)))
                }
            })
        },
    )
    .await
}
