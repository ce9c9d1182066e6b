//! Theme licences (seed 000): admins, members and viewers of one account, billed to one of the admins.

use super::product::{Product, TopRole};

const ROLES: [&str; 3] = ["admin", "member", "viewer"];

const TABLE: &str = "
                                 admin           member   viewer
# The account
read                             yes             yes      yes
read the policy                  yes             yes      yes
read seats                       yes             yes      yes
read projects                    yes             yes      yes
read a project                   yes             yes      yes
rename                           yes             -        -
switch e-mails                   yes             -        -
delete                           yes             -        -
change the policy                yes             -        -
read the log                     yes             own      -
# Invite & remove team members
read members                     yes             yes      yes
search members                   yes             yes      yes
read a member                    yes             yes      yes
read invitations                 yes             yes      yes
read links                       yes             -        -
invite admin                     yes             -        -
invite member                    yes             -        -
invite viewer                    yes             -        -
invite many admin                yes             -        -
invite many viewer               yes             -        -
link admin                       yes             -        -
link viewer                      yes             -        -
revoke a link viewer             yes             -        -
cancel admin                     yes             -        -
cancel viewer                    yes             -        -
resend admin                     yes             -        -
resend viewer                    yes             -        -
remove admin                     yes             -        -
remove member                    yes             -        -
remove viewer                    yes             -        -
# Assign roles
move admin>member                yes             -        -
move admin>viewer                yes             -        -
move member>admin                yes             -        -
move member>viewer               yes             -        -
move viewer>admin                yes             -        -
move viewer>member               yes             -        -
# Nobody raises themselves; an admin may step down while another remains (assumed)
become admin                     =               -        -
become member                    yes             =        -
become viewer                    yes             -        =
leave                            yes             yes      yes
# Manage billing & invoices
set the plan                     yes             -        -
set limits                       yes             -        -
set a member's limits            yes             -        -
# There are no licences of the account itself, and no projects on the page (assumed: who manages, manages them)
assign a licence                 licenses_off    -        -
create a project                 yes             -        -
rename a project                 yes             -        -
delete a project                 yes             -        -
# Roles, as their page lists them
theme_license.purchase           yes             -        -
theme_license.revoke             yes             -        -
theme_license.provision          yes             yes      -
theme_license.list               yes             yes      yes
catalog.browse                   yes             yes      yes
theme.download                   yes             yes      -
report.download                  yes             yes      yes
# API keys inherit the permissions of the team member they belong to, who has API access
keys.hold                        yes             yes      -
api.access                       yes             yes      -
api.read                         yes             yes      -
api.provision                    yes             yes      -
billing.manage                   yes             -        -
member.invite                    yes             -        -
member.remove                    yes             -        -
member.change_role               yes             -        -
api_key.create                   yes             -        -
audit.read                       yes             -        -
# A member sees the own licence activity
audit.read_own                   yes             yes      -
# Silent on the page (assumed)
org.read                         yes             yes      yes
member.read                      yes             yes      yes
org.update                       yes             -        -
org.delete                       yes             -        -
owner.transfer                   yes             -        -
license.assign                   yes             -        -
project.manage                   yes             -        -
api_key.manage                   yes             -        -
oauth_client.manage              yes             -        -
webhook.manage                   yes             -        -
domain.manage                    yes             -        -
activity.write                   yes             -        -
";

/// All purchases go to one account, whose owner is one of the admins: only that one hands it over, and stays until then.
const BILLED_OWNER: &str = "
                                 billed_owner         admin
hand the organization over       yes                  -
become member                    billed_owner_stays   yes
leave                            billed_owner_stays   yes
";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_account_for_themes_is_what_its_page_says_cell_by_cell() {
    let mut product = Product::open("themes", &ROLES, "standard", TopRole::Several).await;
    product.expect_whole(TABLE).await;
    product.expect(TABLE).await;
    product.add_actor("billed_owner", product.founder.clone());
    product.expect(BILLED_OWNER).await;
    product.expect_nothing_for_strangers(TABLE).await;
    product.app.finish().await;
}
