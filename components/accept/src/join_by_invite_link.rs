//! `POST /v1/invite-links/join`: makes the signed-in person a member, by a link that somebody shared.

use latchkey_domain::decide::link::{Joining, join};
use latchkey_domain::facts::{MemberFacts, Who};
use latchkey_domain::fresh::Fresh;
use latchkey_domain::{MemberId, Refusal};
use latchkey_edge::change::{Answer, Decision, change};
use latchkey_edge::model::{AcceptOutcome, Accepted, InviteLinkTokenOnly, OrgRef};
use latchkey_edge::{Call, Entropy, Problem, Reply, represent};

use crate::link;

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
            let accepted = |outcome: AcceptOutcome, me: &MemberFacts| {
                let member = represent::member(me, org, &policy);
                Answer::ok(&Accepted {
                    outcome,
                    organization: OrgRef::from(org),
                    member: Some(member),
                    project: None,
                    project_member: None,
                    session: None,
                })
            };
            Ok(match join(&held, &policy, &who, &member, call.now_ms())? {
                Joining::AlreadyIn(me) => Decision::Nothing(accepted(AcceptOutcome::AlreadyMember, &me)),
                Joining::Joins(command) => {
                    let me = new_member(&who, member, &held.link.role, call.now_ms().max(org.effective_at));
                    Decision::Change(command, accepted(AcceptOutcome::Joined, &me))
                }
            })
        },
    )
    .await
}

fn new_member(who: &Who, id: MemberId, role: &str, joined_at: i64) -> MemberFacts {
    MemberFacts {
        id,
        user: who.user.clone(),
        role: role.to_owned(),
        status: "active".to_owned(),
        rev: 1,
        joined_at,
        ended_at: None,
        email: who.email.clone(),
        display_name: who.display_name.clone(),
        licensed: false,
        limits: Default::default(),
        personal_tier: who.personal_tier.clone(),
        last_active_at: Some(joined_at),
    }
}
