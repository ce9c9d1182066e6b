//! A portal with seats (seed 001): one owner, admins and members.

use super::product::{Product, TopRole};

const ROLES: [&str; 3] = ["owner", "admin", "member"];

const TABLE: &str = "
                                 owner                  admin          member
# Read-only access to the organization for everybody
read                             yes                    yes            yes
read the policy                  yes                    yes            yes
read seats                       yes                    yes            yes
read members                     yes                    yes            yes
search members                   yes                    yes            yes
read a member                    yes                    yes            yes
read invitations                 yes                    yes            yes
read links                       yes                    yes            -
read projects                    yes                    yes            yes
read a project                   yes                    yes            yes
# Delete organization; the owner is one and is handed over
delete                           yes                    -              -
hand the organization over       yes                    -              -
change the policy                yes                    -              -
leave                            last_top_role_holder   yes            yes
rename                           yes                    yes            -
switch e-mails                   yes                    yes            -
read the log                     yes                    yes            -
# Manage owner: nobody invites, removes or re-roles one
invite owner                     -                      -              -
invite many owner                -                      -              -
link owner                       -                      -              -
remove owner                     -                      -              -
move owner>admin                 -                      -              -
move owner>member                -                      -              -
move admin>owner                 -                      -              -
move member>owner                -                      -              -
# Manage admins: the owner's (that an admin invites none is assumed from it)
invite admin                     yes                    -              -
invite many admin                yes                    -              -
link admin                       yes                    -              -
revoke a link admin              yes                    -              -
cancel admin                     yes                    -              -
resend admin                     yes                    -              -
remove admin                     yes                    -              -
move admin>member                yes                    -              -
move member>admin                yes                    -              -
# Manage members
invite member                    yes                    yes            -
invite many member               yes                    yes            -
link member                      yes                    yes            -
revoke a link member             yes                    yes            -
cancel member                    yes                    yes            -
resend member                    yes                    yes            -
remove member                    yes                    yes            -
# Nobody raises themselves
become owner                     =                      -              -
become admin                     -                      =              -
become member                    -                      -              =
# Access to billing and subscriptions
set the plan                     yes                    -              -
set limits                       yes                    -              -
set a member's limits            yes                    -              -
assign a licence                 licenses_off           licenses_off   -
# Can create and manage resources
create a project                 yes                    yes            -
rename a project                 yes                    yes            -
delete a project                 yes                    yes            -
resource.manage                  yes                    yes            -
oauth_client.manage              yes                    yes            -
api_key.create                   yes                    yes            -
webhook.manage                   yes                    yes            -
domain.manage                    yes                    yes            -
product.use                      yes                    yes            yes
# The permissions behind the requests above
org.read                         yes                    yes            yes
org.update                       yes                    yes            -
org.delete                       yes                    -              -
owner.transfer                   yes                    -              -
member.invite                    yes                    yes            -
member.change_role               yes                    yes            -
member.remove                    yes                    yes            -
billing.manage                   yes                    -              -
audit.read                       yes                    yes            -
# Silent on the page (assumed)
member.read                      yes                    yes            yes
license.assign                   yes                    yes            -
project.manage                   yes                    yes            -
api_key.manage                   yes                    yes            -
audit.read_own                   yes                    yes            -
activity.write                   yes                    yes            -
";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_portal_is_what_its_page_says_cell_by_cell() {
    let product = Product::open("portal", &ROLES, "enterprise", TopRole::One).await;
    product.expect_whole(TABLE).await;
    product.expect(TABLE).await;
    product.expect_nothing_for_strangers(TABLE).await;
    product.app.finish().await;
}
