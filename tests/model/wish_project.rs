//! Wishes about projects and the people who are in one of them.

use latchkey_domain::decide::acceptance::{Acceptor, Held};
use latchkey_domain::decide::invitation::Create;
use latchkey_domain::decide::project::{self as decided, Acceptance};
use latchkey_domain::policy::Policy;
use latchkey_domain::{
    Email, InvitationId, MemberId, OrgId, ProjectId, ProjectMemberId, ProjectName, Refusal, RoleName,
};
use latchkey_ops::finish;
use latchkey_store::db::Db;
use latchkey_store::{org, project};

use super::{Decided, change, refusal};
use crate::world::World;

/// What is asked for, of which project.
#[derive(Debug, Clone)]
pub(crate) enum ProjectWish {
    Create { project: ProjectId, name: ProjectName },
    Rename { project: ProjectId, name: ProjectName },
    Delete { project: ProjectId, typed_name: String },
    Invite { project: ProjectId, id: InvitationId, email: Email, role: RoleName },
    ChangeRole { project: ProjectId, target: ProjectMemberId, role: RoleName },
    Remove { project: ProjectId, target: ProjectMemberId },
    Leave { project: ProjectId },
}

impl<D: Db> World<D> {
    pub(super) fn decide_project(
        &self,
        (who, org): (usize, &OrgId),
        wish: &ProjectWish,
        now: i64,
        key: Option<&str>,
    ) -> Result<Decided, Refusal> {
        let (db, ask) = (&self.db, self.ask(who, now, key));
        // Each arm reads its own context; what they share is the end.
        macro_rules! asked {
            ($context:expr, $split:expr) => {{
                let context = finish($context).unwrap();
                if context.replay.is_some() {
                    return Ok(Decided::Replayed);
                }
                $split(context).map_err(refusal)?
            }};
        }
        let principal = |who: &latchkey_domain::facts::Who| who.user.to_string();
        Ok(match wish {
            ProjectWish::Create { project, name } => {
                let (actor, _) =
                    asked!(org::context(db, &ask, org), |c: latchkey_store::context::OrgContext<_>| c.into_actor(now));
                change(decided::create(&actor, project.clone(), name)?, &principal(&actor.who))
            }
            ProjectWish::Leave { project } => {
                let (insider, _) = asked!(project::one(db, &ask, org, project), |context: project::Context<_>| context
                    .into_insider(now));
                change(decided::leave(&insider)?, &principal(&insider.who))
            }
            ProjectWish::Rename { project, name } => {
                let (actor, found, _) =
                    asked!(project::one(db, &ask, org, project), |c: project::Context<_>| c.into_actor_at(now));
                change(decided::rename(&actor, found.as_ref(), name)?, &principal(&actor.who))
            }
            ProjectWish::Delete { project, typed_name } => {
                let (actor, found, _) =
                    asked!(project::one(db, &ask, org, project), |c: project::Context<_>| c.into_actor_at(now));
                change(decided::delete(&actor, found.as_ref(), typed_name)?, &principal(&actor.who))
            }
            ProjectWish::Invite { project, id, email, role } => {
                let context = project::address(db, &ask, org, project, email);
                let (actor, found, address) = asked!(context, |c: project::Context<_>| c.into_actor_at(now));
                let invite = Create { id: id.clone(), email, role, key_id: "k1" };
                let (member, open) = (address.member.as_ref(), address.open.as_ref());
                change(decided::invite(&actor, &invite, found.as_ref(), member, open)?.0, &principal(&actor.who))
            }
            ProjectWish::ChangeRole { project, target, role } => {
                let context = project::member(db, &ask, org, project, target);
                let (actor, found, target) = asked!(context, |c: project::Context<_>| c.into_actor_at(now));
                let command = decided::change_role(&actor, found.as_ref(), target.as_ref(), role)?;
                change(command, &principal(&actor.who))
            }
            ProjectWish::Remove { project, target } => {
                let context = project::member(db, &ask, org, project, target);
                let (actor, found, target) = asked!(context, |c: project::Context<_>| c.into_actor_at(now));
                change(decided::remove(&actor, found.as_ref(), target.as_ref())?, &principal(&actor.who))
            }
        })
    }
}

/// Accepting an invitation into a project. The id that a membership would have had names the place in the project.
pub(super) fn accept(
    held: &Held,
    policy: &Policy,
    acceptor: &Acceptor<'_>,
    member: &MemberId,
    now: i64,
) -> Result<Option<latchkey_domain::command::Command>, Refusal> {
    let id = ProjectMemberId::parse(&format!("pmb_{}", member.digits())).unwrap();
    Ok(match decided::accept(held, policy, acceptor, &id, now)? {
        Acceptance::Joins(command) => Some(*command),
        Acceptance::AlreadyIn(_) => None,
    })
}
