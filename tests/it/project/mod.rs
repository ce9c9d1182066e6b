mod change_project_role;
mod create_project;
mod delete_project;
mod get_project;
mod invitations;
mod invite_to_project;
mod leave_project;
mod list_my_projects;
mod list_project_members;
mod list_projects;
mod remove_project_member;
mod update_project;

use latchkey_testkit::{Caller, TestApp};

/// An organization whose policy lets people into single projects, with one project.
struct Site {
    ada: Caller,
    org: String,
    project: String,
    /// The project's path.
    path: String,
}

impl Site {
    async fn new(app: &TestApp) -> Self {
        let ada = app.sign_in("ada@example.com").await;
        let org = ada.create_org_with("Acme", "platform").await;
        let project = ada.create_project(&org, "Engine").await;
        let path = format!("/v1/orgs/{org}/projects/{project}");
        Self { ada, org, project, path }
    }

    /// Somebody who is in the project only, and the id of their membership.
    async fn guest(&self, email: &str, role: &str) -> (Caller, String) {
        self.ada.bring_into(&self.org, &self.project, email, role).await
    }

    /// A member of the organization.
    async fn member(&self, email: &str, role: &str) -> Caller {
        self.ada.bring_in(&self.org, email, role).await.0
    }
}
