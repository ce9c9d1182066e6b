//! Projects, and the people in one.

use latchkey_domain::{Email, ProjectName, RoleName};

use super::{OrgRef, representation, words};
use crate::field_types::{ConfirmedName, CursorText, PageLimit};
use crate::fields::request;
use crate::time::Timestamp;

words! {
    /// Why a person is in a project.
    pub enum ProjectMemberSource {
        /// As a member of the organization, who is in all of its projects.
        Organization = "organization",
        /// By the project itself.
        Project = "project",
    }
}

request! {
    /// Creates a project.
    pub struct CreateProject {
        pub name: ProjectName,
    }
}

request! {
    /// Changes a project.
    pub struct UpdateProject {
        pub name: ProjectName,
    }
}

request! {
    /// Deletes a project for good.
    pub struct DeleteProject {
        /// The project's present name, exactly, to confirm.
        pub name: ConfirmedName,
    }
}

request! {
    /// Which page of an organization's projects.
    pub struct ListProjects {
        /// Entries on a page.
        pub limit: PageLimit = PageLimit::default(),
        /// `next_cursor` of the page before.
        pub cursor: Option<CursorText>,
    }
}

request! {
    /// Which page of the people in a project.
    pub struct ListProjectMembers {
        /// Entries on a page.
        pub limit: PageLimit = PageLimit::default(),
        /// `next_cursor` of the page before.
        pub cursor: Option<CursorText>,
    }
}

request! {
    /// Which page of the projects that one is in by itself.
    pub struct ListMyProjects {
        /// Entries on a page.
        pub limit: PageLimit = PageLimit::default(),
        /// `next_cursor` of the page before.
        pub cursor: Option<CursorText>,
    }
}

request! {
    /// Invites a person into one project.
    pub struct InviteToProject {
        /// Where the invitation is sent.
        pub email: Email,
        /// The role there: one of the policy's `projects.guest_roles`.
        pub role: RoleName,
    }
}

request! {
    /// Gives somebody in a project another role there.
    pub struct ChangeProjectRole {
        /// One of the policy's `projects.guest_roles`.
        pub role: RoleName,
    }
}

representation! {
    /// A project, as somebody sees it who is in it.
    pub struct Project {
        pub id: String,
        pub name: String,
        pub created_at: Timestamp,
        /// People who are in it by itself. The organization's members are in every project, and not counted here.
        pub member_count: u64,
        /// Open invitations into it.
        pub pending_invitation_count: u64,
        /// The role of whoever asks: in the organization, or else in this project.
        pub my_role: String,
    }

    /// A project that one is in by itself.
    pub struct MyProject {
        pub id: String,
        pub name: String,
        pub organization: OrgRef,
        /// The id of one's membership of the project.
        pub project_member: String,
        pub role: String,
        pub joined_at: Timestamp,
    }

    /// A person in a project. Whoever is in it by itself and in the organization as well is shown once, with both roles.
    pub struct ProjectMember {
        /// The id of the membership of the project; with the source `organization`, of the membership of that.
        pub id: String,
        pub user_id: String,
        pub email: String,
        pub display_name: Option<String>,
        pub source: ProjectMemberSource,
        /// The role that this membership gives.
        pub role: String,
        /// The role in the project itself; `null` for those who are in it as members of the organization only.
        pub project_role: Option<String>,
        /// The role in the organization, which goes for all of its projects; `null` for those who are in projects only. Hidden
        /// from them.
        pub organization_role: Option<String>,
        pub joined_at: Timestamp,
    }
}
