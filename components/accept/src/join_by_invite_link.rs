//! `POST /v1/invite-links/join`: makes the signed-in person a member, by a link that somebody shared.

use latchkey_domain::decide::link::{Joining, join};
use latchkey_domain::facts::MemberFacts;
use latchkey_domain::fresh::Fresh;
use latchkey_domain::{MemberId, Refusal};
use latchkey_edge::change::{Answer, Decision, change};
use latchkey_edge::model::{AcceptOutcome, InviteLinkTokenOnly};
use latchkey_edge::{Call, Entropy, Problem, Reply, represent};

use crate::held::accepted;
use crate::link;
use crate::newcomer::Newcomer;

pub(crate) async fn join_by_invite_link(call: Call) -> Result<Reply, Problem> {
    let request: InviteLinkTokenOnly = call.body()?;
    let token = link::token(&request.token)?;
    change(
        &call,
        async |db, ask| latchkey_store::link::held(db, ask, token.id()).await,
        |context| {
            let who = represent::who(context.who)?;
            let held = link::opened(&call, context.held, &token)?;
            // Of a deleted organization there are no rules to ask.
            let org = held.org.as_ref().ok_or(Refusal::LinkRevoked)?;
            let member = MemberId::new(Entropy.uuid());
            let policy = org.rules()?;
            let answer = |outcome, me: &MemberFacts| Answer::ok(&accepted(outcome, org, me, &policy));
            Ok(match join(&held, &policy, &who, &member, call.now_ms())? {
                Joining::AlreadyIn(me) => Decision::Nothing(answer(AcceptOutcome::AlreadyMember, &me)),
                Joining::Joins(command) => {
                    let joined_at = call.now_ms().max(org.effective_at);
                    let me = Newcomer::from(&who).into_member(member, &held.link.role, "link", joined_at);
                    Decision::Change(command, answer(AcceptOutcome::Joined, &me))
                }
            })
        },
    )
    .await
}
