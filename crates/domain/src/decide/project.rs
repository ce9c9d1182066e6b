//! Projects: made, renamed and deleted by the organization, and the people who are in one of them by itself.

use super::acceptance::{Acceptor, Held, premises, usable};
use super::invitation::{self, still_lets_in};
use super::org::by;
use crate::command::{Command, Item, Premise, WantsTopRole};
use crate::event::{
    Change, InvitationAccepted, InvitationCreated, Nothing, ProjectCreated, ProjectMemberJoined, ProjectRenamed,
    RoleChanged,
};
use crate::facts::{
    Actor, Insider, InvitationFacts, ProjectFacts, ProjectMemberFacts, READS_PROJECTS, may_read, reads_are_reserved,
};
use crate::policy::Policy;
use crate::{ProjectId, ProjectMemberId, ProjectName, Refusal, RoleName};

/// A member of the organization looks at its projects.
///
/// # Errors
/// Where the policy has a permission for it, which the actor's role lacks.
pub fn list(actor: &Actor) -> Result<(), Refusal> {
    may_read(&actor.policy, actor.require("org.read")?)?;
    if reads_are_reserved(&actor.policy) { actor.require(READS_PROJECTS).map(drop) } else { Ok(()) }
}

/// A new project. The organization's members are in it at once, with their roles.
///
/// # Errors
/// Needs `project.manage`.
pub fn create(actor: &Actor, id: ProjectId, name: &ProjectName) -> Result<Command, Refusal> {
    actor.require("project.manage")?;
    Ok(by(actor, "project.create", vec![Change::ProjectCreated(id, ProjectCreated { name: name.to_string() })]))
}

/// Another name. The present one again changes nothing, and says so by appending nothing.
///
/// # Errors
/// Needs `project.manage`.
pub fn rename(actor: &Actor, project: Option<&ProjectFacts>, name: &ProjectName) -> Result<Command, Refusal> {
    actor.require("project.manage")?;
    let project = project.ok_or(Refusal::NotFound("project"))?;
    let renamed = ProjectRenamed { name: name.to_string(), was: project.name.clone() };
    let is_same = renamed.name == renamed.was;
    let changes = if is_same { Vec::new() } else { vec![Change::ProjectRenamed(project.id.clone(), renamed)] };
    Ok(within(actor, "project.rename", project, changes))
}

/// Ends a project for good, with every membership of its own and every open invitation into it.
///
/// # Errors
/// Needs `project.manage`, and the project's name typed exactly.
pub fn delete(actor: &Actor, project: Option<&ProjectFacts>, typed_name: &str) -> Result<Command, Refusal> {
    actor.require("project.manage")?;
    let project = project.ok_or(Refusal::NotFound("project"))?;
    if typed_name != project.name {
        return Err(Refusal::NameMismatch);
    }
    let mut command =
        within(actor, "project.delete", project, vec![Change::ProjectDeleted(project.id.clone(), Nothing {})]);
    command.consequences =
        vec![("project_members_removed", project.member_count), ("invitations_cancelled", project.pending_count)];
    Ok(command)
}

/// Invites an address to a role in one project. A member of the organization may be invited, too: the role then adds to
/// the one that they have everywhere.
///
/// # Errors
/// Needs `member.invite` over the role, which must be one for single projects and grant no more than the actor's own;
/// refused for people of the project and for addresses already invited to it.
pub fn invite(
    actor: &Actor,
    ask: &invitation::Create<'_>,
    project: Option<&ProjectFacts>,
    member: Option<&ProjectMemberFacts>,
    open: Option<&InvitationFacts>,
) -> Result<(Command, InvitationCreated), Refusal> {
    actor.require("member.invite")?;
    actor.require_holder()?;
    let project = project.ok_or(Refusal::NotFound("project"))?;
    let wanted = guest_role(actor, ask.role)?;
    invitation::reaches(actor, wanted)?;
    actor.may_grant(wanted)?;
    if let Some(member) = member {
        return Err(Refusal::AlreadyMember { member: member.id.to_string() });
    }
    // One that is past its time stands in nobody's way, though the log has not said so yet: this command says it.
    let stale = open.filter(|open| open.is_over(actor.now));
    if let Some(blocking) = open.filter(|open| !open.is_over(actor.now)) {
        return Err(Refusal::AlreadyInvited { invitation: blocking.id.to_string() });
    }
    let created = invitation::created(actor, ask.email, wanted, ask.key_id, Some(&project.id));
    let mut changes: Vec<Change> = stale.iter().map(|i| Change::InvitationExpired(i.id.clone(), Nothing {})).collect();
    changes.push(Change::InvitationCreated(ask.id.clone(), created.clone()));
    let mut command = within(actor, "project.invite", project, Vec::new());
    command.premises.extend(stale.iter().map(|i| Premise::Invitation(i.id.clone(), i.rev)));
    let judge = invitation::judge(&created, WantsTopRole::No, stale.map(|i| &i.id));
    command.items = vec![Item { judge, ..Item::plain(changes) }];
    Ok((command, created))
}

/// Gives somebody in a project another role there. The present one again changes nothing.
///
/// # Errors
/// Needs `member.change_role` over both roles; the new one must be for single projects, and grant no more than the
/// actor's own.
pub fn change_role(
    actor: &Actor,
    project: Option<&ProjectFacts>,
    target: Option<&ProjectMemberFacts>,
    role: &RoleName,
) -> Result<Command, Refusal> {
    let own = actor.require("member.change_role")?;
    let project = project.ok_or(Refusal::NotFound("project"))?;
    let target = target.filter(|t| t.is_active()).ok_or(Refusal::NotFound("member of the project"))?;
    let wanted = guest_role(actor, role)?;
    if !own.may_change(&target.role, wanted) {
        return Err(actor.out_of_reach("change the role of", &target.role));
    }
    actor.may_grant(wanted)?;
    let changed = RoleChanged { role: wanted.to_owned(), was: target.role.clone() };
    let is_same = changed.role == changed.was;
    let changes = if is_same { Vec::new() } else { vec![Change::ProjectMemberRoleChanged(target.id.clone(), changed)] };
    let mut command = within(actor, "project.change_role", project, changes);
    command.premises.push(Premise::ProjectMember(target.id.clone(), target.rev));
    Ok(command)
}

/// Takes somebody out of a project. Once more changes nothing, and says so by appending nothing.
///
/// # Errors
/// Needs `member.remove` over the role that they have there.
pub fn remove(
    actor: &Actor,
    project: Option<&ProjectFacts>,
    target: Option<&ProjectMemberFacts>,
) -> Result<Command, Refusal> {
    let role = actor.require("member.remove")?;
    let project = project.ok_or(Refusal::NotFound("project"))?;
    let target = target.ok_or(Refusal::NotFound("member of the project"))?;
    if !role.may_remove(&target.role) {
        return Err(actor.out_of_reach("remove", &target.role));
    }
    let gone = Change::ProjectMemberRemoved(target.id.clone(), Nothing {});
    let changes = if target.is_active() { vec![gone] } else { Vec::new() };
    let mut command = within(actor, "project.remove_member", project, changes);
    command.premises.push(Premise::ProjectMember(target.id.clone(), target.rev));
    Ok(command)
}

/// Leaves a project. Members of the organization who are in it only as such stay, as long as they are.
///
/// # Errors
/// When the person has no membership of the project itself.
pub fn leave(insider: &Insider) -> Result<Command, Refusal> {
    let guest = insider.guest.as_ref().ok_or(Refusal::NotFound("member of the project"))?;
    Ok(Command {
        premises: insider.premises(),
        items: vec![Item::plain(vec![Change::ProjectMemberLeft(guest.id.clone(), Nothing {})])],
        ..Command::of("project.leave", Some(insider.org.id.clone()), insider.who.name())
    })
}

/// What accepting an invitation into a project leads to.
#[derive(Debug, Clone)]
pub enum Acceptance {
    Joins(Box<Command>),
    /// A second click: the person is in already, by this very invitation.
    AlreadyIn(ProjectMemberFacts),
}

/// Turns an invitation into a membership of its project, and an account where there was none.
///
/// # Errors
/// As for [`super::acceptance::accept`]; and when the project is gone, or the role is no longer one for single projects.
pub fn accept(
    held: &Held,
    policy: &Policy,
    acceptor: &Acceptor<'_>,
    member: &ProjectMemberId,
    now: i64,
) -> Result<Acceptance, Refusal> {
    let invitation = &held.invitation;
    if let (Acceptor::Account(_), "accepted", Some(me)) = (acceptor, invitation.status.as_str(), &held.project_me)
        && invitation.member.as_deref() == Some(me.id.as_str())
    {
        return Ok(Acceptance::AlreadyIn(me.clone()));
    }
    let org = usable(held, acceptor, now)?;
    let project = held.project.as_ref().ok_or(Refusal::InvitationCancelled)?;
    if let Some(me) = &held.project_me {
        return Err(Refusal::AlreadyMember { member: me.id.to_string() });
    }
    let inviter = still_lets_in(policy, held.inviter.as_ref(), &invitation.role)?;
    if !policy.projects.guest_roles.contains(&invitation.role) {
        return Err(Refusal::InviterLostRight);
    }
    let user = acceptor.user();
    let accepted = InvitationAccepted { member: None, project_member: Some(member.clone()) };
    let joined = ProjectMemberJoined {
        project: project.id.clone(),
        user: user.clone(),
        role: invitation.role.clone(),
        invitation: Some(invitation.id.clone()),
    };
    let mut premises = premises(held, acceptor, inviter, org);
    premises.push(Premise::Project(project.id.clone(), project.rev));
    Ok(Acceptance::Joins(Box::new(Command {
        premises,
        items: vec![Item::plain(vec![
            Change::InvitationAccepted(invitation.id.clone(), accepted),
            Change::ProjectMemberJoined(member.clone(), joined),
        ])],
        account: acceptor.account(invitation),
        ..Command::of("invitation.accept", Some(org.id.clone()), user.to_string())
    })))
}

/// A role that people may have in one project only.
fn guest_role<'a>(actor: &'a Actor, name: &RoleName) -> Result<&'a str, Refusal> {
    let roles = &actor.policy.projects.guest_roles;
    if roles.is_empty() {
        return Err(Refusal::GuestsOff);
    }
    let unknown = || Refusal::UnknownRole { role: name.to_string(), known: roles.iter().cloned().collect() };
    roles.get(name.as_str()).map(String::as_str).ok_or_else(unknown)
}

/// A command of one plain item that rests on the project as well.
fn within(actor: &Actor, kind: &'static str, project: &ProjectFacts, changes: Vec<Change>) -> Command {
    let mut command = by(actor, kind, changes);
    command.premises.push(Premise::Project(project.id.clone(), project.rev));
    command
}
