//! Licences apart from membership (seed 003): one owner, admins and members.

use super::product::{Product, TopRole};

const ROLES: [&str; 3] = ["owner", "admin", "member"];

const TABLE: &str = "
                                 owner                  admin   member
# View members
read                             yes                    yes     yes
read the policy                  yes                    yes     yes
read seats                       yes                    yes     yes
read members                     yes                    yes     yes
search members                   yes                    yes     yes
read a member                    yes                    yes     yes
read invitations                 yes                    yes     yes
read links                       yes                    yes     -
# Invite members, as admin or member
invite owner                     -                      -       -
invite admin                     yes                    yes     -
invite member                    yes                    yes     -
invite many owner                -                      -       -
invite many admin                yes                    yes     -
invite many member               yes                    yes     -
link owner                       -                      -       -
link admin                       yes                    yes     -
link member                      yes                    yes     -
revoke a link admin              yes                    yes     -
revoke a link member             yes                    yes     -
cancel admin                     yes                    yes     -
cancel member                    yes                    yes     -
resend admin                     yes                    yes     -
resend member                    yes                    yes     -
# Remove members; admins cannot remove other admins or the owner
remove owner                     -                      -       -
remove admin                     yes                    -       -
remove member                    yes                    yes     -
# Assign/remove licences
assign a licence                 yes                    yes     -
take a licence                   yes                    yes     -
# Change member roles, between member and admin
move owner>admin                 -                      -       -
move owner>member                -                      -       -
move admin>owner                 -                      -       -
move member>owner                -                      -       -
move admin>member                yes                    -       -
move member>admin                yes                    -       -
# Nobody raises themselves
become owner                     =                      -       -
become admin                     -                      =       -
become member                    -                      -       =
# Manage billing
set the plan                     yes                    -       -
set limits                       yes                    -       -
set a member's limits            yes                    -       -
# Edit org settings, delete organization; the log likewise (assumed)
rename                           yes                    -       -
switch e-mails                   yes                    -       -
delete                           yes                    -       -
read the log                     yes                    own     -
# Leave organization: everybody but the owner, who hands over first
leave                            last_top_role_holder   yes     yes
hand the organization over       yes                    -       -
change the policy                yes                    -       -
# Silent on the page (assumed: who manages, manages projects)
read projects                    yes                    yes     yes
read a project                   yes                    yes     yes
create a project                 yes                    yes     -
rename a project                 yes                    yes     -
delete a project                 yes                    yes     -
# The permissions behind the requests above
org.read                         yes                    yes     yes
member.read                      yes                    yes     yes
member.invite                    yes                    yes     -
member.remove                    yes                    yes     -
license.assign                   yes                    yes     -
member.change_role               yes                    -       -
billing.manage                   yes                    -       -
org.update                       yes                    -       -
org.delete                       yes                    -       -
owner.transfer                   yes                    -       -
audit.read                       yes                    -       -
# Silent on the page (assumed)
project.manage                   yes                    yes     -
api_key.create                   yes                    yes     -
api_key.manage                   yes                    yes     -
oauth_client.manage              yes                    yes     -
webhook.manage                   yes                    yes     -
domain.manage                    yes                    yes     -
audit.read_own                   yes                    yes     -
activity.write                   yes                    yes     -
";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_studio_is_what_its_page_says_cell_by_cell() {
    let product = Product::open("studio", &ROLES, "enterprise", TopRole::One).await;
    product.expect_whole(TABLE).await;
    product.expect(TABLE).await;
    product.expect_nothing_for_strangers(TABLE).await;
    product.app.finish().await;
}
