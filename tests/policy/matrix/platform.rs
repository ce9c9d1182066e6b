//! Organizations and projects (seed 002): administrators, developers, billing managers and viewers; and people who are in
//! one project only.

use super::product::{Product, TopRole};
use crate::support::Person;

const ROLES: [&str; 4] = ["administrator", "developer", "billing_manager", "viewer"];

const TABLE: &str = "
                                       administrator   developer   billing_manager   viewer
# Read-only access: view everything, change nothing. Billing managers see members and billing
read                                   yes             yes         yes               yes
read the policy                        yes             yes         yes               yes
read seats                             yes             yes         yes               yes
read members                           yes             yes         yes               yes
search members                         yes             yes         yes               yes
read a member                          yes             yes         yes               yes
read invitations                       yes             yes         yes               yes
read links                             yes             -           -                 -
read the log                           yes             yes         -                 yes
read projects                          yes             yes         -                 yes
read a project                         yes             yes         -                 yes
read project members                   yes             yes         -                 yes
# Full control over the organization
rename                                 yes             -           -                 -
switch e-mails                         yes             -           -                 -
delete                                 yes             -           -                 -
hand the organization over             yes             -           -                 -
change the policy                      yes             -           -                 -
set the plan                           yes             -           -                 -
set limits                             yes             -           -                 -
set a member's limits                  yes             -           -                 -
assign a licence                       licenses_off    -           -                 -
# Inviting team members, cancel pending invitations and resend if needed
invite administrator                   yes             -           -                 -
invite developer                       yes             -           -                 -
invite billing_manager                 yes             -           -                 -
invite viewer                          yes             -           -                 -
invite many administrator              yes             -           -                 -
invite many viewer                     yes             -           -                 -
link administrator                     yes             -           -                 -
link viewer                            yes             -           -                 -
revoke a link viewer                   yes             -           -                 -
cancel administrator                   yes             -           -                 -
cancel viewer                          yes             -           -                 -
resend administrator                   yes             -           -                 -
resend viewer                          yes             -           -                 -
# Change role
move administrator>developer           yes             -           -                 -
move administrator>billing_manager     yes             -           -                 -
move administrator>viewer              yes             -           -                 -
move developer>administrator           yes             -           -                 -
move developer>billing_manager         yes             -           -                 -
move developer>viewer                  yes             -           -                 -
move billing_manager>administrator     yes             -           -                 -
move billing_manager>developer         yes             -           -                 -
move billing_manager>viewer            yes             -           -                 -
move viewer>administrator              yes             -           -                 -
move viewer>developer                  yes             -           -                 -
move viewer>billing_manager            yes             -           -                 -
# Nobody raises themselves; an administrator may step down while another remains (assumed)
become administrator                   =               -           -                 -
become developer                       yes             =           -                 -
become billing_manager                 yes             -           =                 -
become viewer                          yes             -           -                 =
leave                                  yes             yes         yes               yes
# Remove member
remove administrator                   yes             -           -                 -
remove developer                       yes             -           -                 -
remove billing_manager                 yes             -           -                 -
remove viewer                          yes             -           -                 -
# Build and ship: create projects; who is in them is a matter of members
create a project                       yes             yes         -                 -
rename a project                       yes             yes         -                 -
delete a project                       yes             yes         -                 -
invite a developer to a project        yes             -           -                 -
invite a viewer to a project           yes             -           -                 -
move a guest developer>viewer          yes             -           -                 -
move a guest viewer>developer          yes             -           -                 -
remove a guest developer               yes             -           -                 -
remove a guest viewer                  yes             -           -                 -
# Roles overview
usage.read                             yes             yes         yes               yes
credit.manage                          yes             -           yes               -
subscription.manage                    yes             -           yes               -
api_key.create                         yes             yes         -                 -
api_key.manage                         yes             yes         -                 -
keys.hold                              yes             yes         -                 -
api.access                             yes             yes         -                 -
project.manage                         yes             yes         -                 -
project.read                           yes             yes         -                 yes
settings.read                          yes             yes         -                 yes
audit.read                             yes             yes         -                 yes
# The permissions behind the requests above
org.read                               yes             yes         yes               yes
member.read                            yes             yes         yes               yes
org.update                             yes             -           -                 -
org.delete                             yes             -           -                 -
owner.transfer                         yes             -           -                 -
member.invite                          yes             -           -                 -
member.change_role                     yes             -           -                 -
member.remove                          yes             -           -                 -
# Silent on the page (assumed)
billing.manage                         yes             -           -                 -
license.assign                         yes             -           -                 -
oauth_client.manage                    yes             -           -                 -
webhook.manage                         yes             -           -                 -
domain.manage                          yes             -           -                 -
audit.read_own                         yes             -           -                 -
activity.write                         yes             -           -                 -
";

/// Project-only access for contractors and client stakeholders: their project, and nothing else.
const GUESTS: &str = "
                                       contractor   stakeholder
read                                   404          404
read the policy                        404          404
read seats                             404          404
read members                           404          404
search members                         404          404
read a member                          404          404
read invitations                       404          404
read links                             404          404
read the log                           404          404
rename                                 404          404
switch e-mails                         404          404
delete                                 404          404
hand the organization over             404          404
set the plan                           404          404
set limits                             404          404
set a member's limits                  404          404
assign a licence                       404          404
invite viewer                          404          404
invite many viewer                     404          404
link viewer                            404          404
revoke a link viewer                   404          404
cancel viewer                          404          404
resend viewer                          404          404
move viewer>developer                  404          404
remove viewer                          404          404
leave                                  404          404
create a project                       404          404
# Their own project
read projects                          yes          yes
read the own project                   yes          yes
read the own project's members         yes          yes
";

/// The projects that guests are not in.
const OTHER_PROJECTS: &str = "
                                       contractor   stakeholder
read a project                         404          404
read project members                   404          404
rename a project                       404          404
delete a project                       404          404
invite a viewer to a project           404          404
remove a guest viewer                  404          404
";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_platform_is_what_its_page_says_cell_by_cell() {
    let product = Product::open("platform", &ROLES, "standard", TopRole::Several).await;
    product.expect_whole(TABLE).await;
    product.expect(TABLE).await;
    product.expect_nothing_for_strangers(TABLE).await;
    product.app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn somebody_in_one_project_only_sees_that_project_and_nothing_else() {
    let mut product = Product::open("platform", &ROLES, "standard", TopRole::One).await;
    let project = product.new_project().await;
    for (column, role) in [("contractor", "developer"), ("stakeholder", "viewer")] {
        let (caller, member) = product.guest(&project, role).await;
        product.add_actor(column, Person { caller, member });
    }
    product.set_own_project(project);
    product.expect(GUESTS).await;
    product.expect(OTHER_PROJECTS).await;
    product.app.finish().await;
}
