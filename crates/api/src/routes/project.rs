//! The operations of projects.

use super::Effect::Organization;
use super::Method::{Delete, Get, Patch, Post, Put};
use super::{Route, Who};
use crate::codes::Code;
use crate::model::*;

pub(super) const ROUTES: &[Route] = &[
    Route::new("create_project", "project", Post, "/v1/orgs/{org}/projects")
        .says(
            "projects",
            "Create a project",
            "The organization's members are in it at once, with their roles. Needs `project.manage`.",
        )
        .changes(Organization)
        .takes::<CreateProject>()
        .answers::<Project>(201)
        .may_refuse(&[Code::Forbidden]),
    Route::new("list_projects", "project", Get, "/v1/orgs/{org}/projects")
        .says(
            "projects",
            "List projects",
            "The oldest first: all of them for members of the organization, their own for people who are in single \
             projects. Where the policy has the permission `project.read`, members need it.",
        )
        .query::<ListProjects>()
        .pages::<Project>()
        .may_refuse(&[Code::Forbidden]),
    Route::new("get_project", "project", Get, "/v1/orgs/{org}/projects/{project}")
        .says(
            "projects",
            "Read a project",
            "For whoever is in it, by the organization or by itself. Where the policy has the permission `project.read`, \
             one of the person's roles needs it.",
        )
        .answers::<Project>(200)
        .may_refuse(&[Code::Forbidden]),
    Route::new("update_project", "project", Patch, "/v1/orgs/{org}/projects/{project}")
        .says("projects", "Rename a project", "Needs `project.manage`, as a member of the organization.")
        .changes(Organization)
        .takes::<UpdateProject>()
        .answers::<Project>(200)
        .may_refuse(&[Code::Forbidden]),
    Route::new("delete_project", "project", Delete, "/v1/orgs/{org}/projects/{project}")
        .says(
            "projects",
            "Delete a project",
            "Needs `project.manage`, as a member of the organization, and the project's exact name in the body. Removes \
             everybody who is in it by itself and cancels every invitation into it, for good.",
        )
        .changes(Organization)
        .takes::<DeleteProject>()
        .answers_nothing()
        .may_refuse(&[Code::Forbidden, Code::NameMismatch]),
    Route::new("list_project_members", "project", Get, "/v1/orgs/{org}/projects/{project}/members")
        .says(
            "projects",
            "List the people in a project",
            "First those who are in it by itself, then the organization's other members, who are in every project with \
             their role there; each in the order of joining. People who are in projects only see the first part. Needs \
             `member.read`, and `project.read` where the policy has it.",
        )
        .query::<ListProjectMembers>()
        .pages::<ProjectMember>()
        .may_refuse(&[Code::Forbidden]),
    Route::new("invite_to_project", "project", Post, "/v1/orgs/{org}/projects/{project}/invitations")
        .says(
            "projects",
            "Invite a person into a project",
            "Accepting lets them into this project and shows them nothing else of the organization. Needs `member.invite` \
             for the role, which must be one of the policy's `projects.guest_roles`. The organization's invitation routes \
             list, cancel and resend it.",
        )
        .changes(Organization)
        .takes::<InviteToProject>()
        .answers::<Invitation>(201)
        .may_refuse(&[
            Code::Forbidden,
            Code::RoleOutOfReach,
            Code::RoleGrantsMore,
            Code::AlreadyMember,
            Code::AlreadyInvited,
            Code::GuestsOff,
            Code::UnknownRole,
        ]),
    Route::new(
        "change_project_role",
        "project",
        Put,
        "/v1/orgs/{org}/projects/{project}/members/{project_member}/role",
    )
    .says(
        "projects",
        "Change somebody's role in a project",
        "Takes effect on their very next request. Needs `member.change_role` over both roles. A role in the organization is \
         changed there.",
    )
    .changes(Organization)
    .takes::<ChangeProjectRole>()
    .answers::<ProjectMember>(200)
    .may_refuse(&[
        Code::Forbidden,
        Code::RoleOutOfReach,
        Code::RoleGrantsMore,
        Code::GuestsOff,
        Code::UnknownRole,
    ]),
    Route::new(
        "remove_project_member",
        "project",
        Delete,
        "/v1/orgs/{org}/projects/{project}/members/{project_member}",
    )
    .says(
        "projects",
        "Remove somebody from a project",
        "Takes effect on their very next request. Needs `member.remove` over their role there. Removing twice changes \
         nothing.",
    )
    .changes(Organization)
    .answers_nothing()
    .may_refuse(&[Code::Forbidden, Code::RoleOutOfReach]),
    Route::new("leave_project", "project", Post, "/v1/orgs/{org}/projects/{project}/leave")
        .who(Who::Session)
        .says(
            "projects",
            "Leave a project",
            "Ends one's own membership of the project. Members of the organization stay in it as such.",
        )
        .changes(Organization)
        .answers_nothing(),
    Route::new("list_my_projects", "project", Get, "/v1/me/projects")
        .who(Who::Session)
        .says("me", "My single projects", "Projects that one is in by itself, in any organization, the oldest first.")
        .query::<ListMyProjects>()
        .pages::<MyProject>(),
];
