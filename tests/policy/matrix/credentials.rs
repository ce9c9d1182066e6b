//! Badges (seed 004): owners, admins, issuers and viewers.

use latchkey_testkit::{TestApp, json};

use super::product::{Product, TopRole};
use super::table::Table;
use crate::support::found;

const ROLES: [&str; 4] = ["owner", "admin", "issuer", "viewer"];

const TABLE: &str = "
                                 owner          admin          issuer   viewer
# Sees the organization
read                             yes            yes            yes      yes
read the policy                  yes            yes            yes      yes
read seats                       yes            yes            yes      yes
read members                     yes            yes            yes      yes
search members                   yes            yes            yes      yes
read a member                    yes            yes            yes      yes
read invitations                 yes            yes            yes      yes
read links                       yes            yes            -        -
# Update organization details (the admin's part is assumed)
rename                           yes            yes            -        -
switch e-mails                   yes            yes            -        -
# Invite owners
invite owner                     yes            -              -        -
invite many owner                yes            -              -        -
link owner                       yes            -              -        -
revoke a link owner              yes            -              -        -
cancel owner                     yes            -              -        -
resend owner                     yes            -              -        -
# Invite admins / issuers / viewers
invite admin                     yes            yes            -        -
invite issuer                    yes            yes            -        -
invite viewer                    yes            yes            -        -
invite many admin                yes            yes            -        -
invite many issuer               yes            yes            -        -
invite many viewer               yes            yes            -        -
link admin                       yes            yes            -        -
link issuer                      yes            yes            -        -
link viewer                      yes            yes            -        -
revoke a link admin              yes            yes            -        -
revoke a link viewer             yes            yes            -        -
cancel admin                     yes            yes            -        -
cancel issuer                    yes            yes            -        -
cancel viewer                    yes            yes            -        -
resend admin                     yes            yes            -        -
resend issuer                    yes            yes            -        -
resend viewer                    yes            yes            -        -
# Change member roles (non-owners), promote a member to owner
move owner>admin                 -              -              -        -
move owner>issuer                -              -              -        -
move owner>viewer                -              -              -        -
move admin>owner                 yes            -              -        -
move admin>issuer                yes            -              -        -
move admin>viewer                yes            -              -        -
move issuer>owner                yes            -              -        -
move issuer>admin                yes            -              -        -
move issuer>viewer               yes            -              -        -
move viewer>owner                yes            -              -        -
move viewer>admin                yes            -              -        -
move viewer>issuer               yes            -              -        -
# Nobody raises themselves; an owner steps down while another remains
become owner                     =              -              -        -
become admin                     yes            =              -        -
become issuer                    yes            -              =        -
become viewer                    yes            -              -        =
# Remove members: owners anyone except owners, admins issuers and viewers
remove owner                     -              -              -        -
remove admin                     yes            -              -        -
remove issuer                    yes            yes            -        -
remove viewer                    yes            yes            -        -
# Leave the organization (self); the last owner is in a table of its own below
leave                            yes            yes            yes      yes
# Owners only
delete                           yes            -              -        -
hand the organization over       yes            -              -        -
change the policy                yes            -              -        -
set the plan                     yes            -              -        -
set limits                       yes            -              -        -
set a member's limits            yes            -              -        -
# Assumed for admins
read the log                     yes            yes            -        -
assign a licence                 licenses_off   licenses_off   -        -
read projects                    yes            yes            yes      yes
read a project                   yes            yes            yes      yes
create a project                 yes            yes            -        -
rename a project                 yes            yes            -        -
delete a project                 yes            yes            -        -
# The permission matrix of the page
org.update                       yes            yes            -        -
signing_key.generate             yes            -              -        -
badge.create                     yes            yes            yes      -
badge.edit                       yes            yes            -        -
badge.delete                     yes            yes            -        -
badge.upload_image               yes            yes            yes      -
credential.issue                 yes            yes            yes      -
credential.revoke                yes            yes            -        -
credential.read                  yes            yes            yes      yes
analytics.read                   yes            yes            yes      yes
api_key.create                   yes            yes            -        -
api_key.manage                   yes            yes            -        -
billing.manage                   yes            -              -        -
domain.verify                    yes            yes            -        -
# The permissions behind the requests above
org.read                         yes            yes            yes      yes
org.delete                       yes            -              -        -
owner.transfer                   yes            -              -        -
member.read                      yes            yes            yes      yes
member.invite                    yes            yes            -        -
member.change_role               yes            -              -        -
member.remove                    yes            yes            -        -
audit.read                       yes            yes            -        -
# Silent on the page (assumed)
license.assign                   yes            yes            -        -
project.manage                   yes            yes            -        -
oauth_client.manage              yes            yes            -        -
webhook.manage                   yes            yes            -        -
domain.manage                    yes            yes            -        -
audit.read_own                   yes            yes            -        -
activity.write                   yes            yes            -        -
";

/// Owners per plan, by whichever way one would become the next.
const OWNERS: &str = "
                      free             professional     enterprise
invite#2              top_role_limit   yes              yes
promote#2             top_role_limit   yes              yes
invite#3              top_role_limit   top_role_limit   yes
promote#3             top_role_limit   top_role_limit   yes
";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_issuer_of_badges_is_what_its_page_says_cell_by_cell() {
    let product = Product::open("credentials", &ROLES, "enterprise", TopRole::Several).await;
    product.expect_whole(TABLE).await;
    product.expect(TABLE).await;
    product.expect_nothing_for_strangers(TABLE).await;
    product.app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_plan_has_the_owners_that_its_page_says() {
    let app = TestApp::start().await;
    let table = Table::parse(OWNERS);
    let mut n = 0;
    for (column, plan) in table.roles.iter().enumerate() {
        for row in &table.rows {
            n += 1;
            let (way, owner) = row.action.split_once('#').expect("a way and a number");
            let (founder, team) = found(&app, &format!("olga{n}@badges.example"), "Badges", "credentials").await;
            team.set_plan(&founder, json!({"plan": "enterprise"})).await.expect_status(200);
            if owner == "3" {
                team.bring_in(&app, &founder, &format!("second{n}@badges.example"), "owner").await;
            }
            let viewer = team.bring_in(&app, &founder, &format!("viewer{n}@badges.example"), "viewer").await;
            team.set_plan(&founder, json!({ "plan": plan })).await.expect_status(200);
            let answer = match way {
                "invite" => team.invite(&founder, &format!("next{n}@badges.example"), "owner").await,
                _ => team.re_role(&founder, &viewer.member, "owner").await,
            };
            match row.cells[column] {
                "yes" => drop(answer.expect_status(if way == "invite" { 201 } else { 200 })),
                code => drop(answer.expect_problem(409, code)),
            }
        }
    }
    app.finish().await;
}
