use expect_test::expect;
use latchkey_testkit::{TestApp, shown};

use crate::support::PRESETS;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn anyone_reads_every_role_and_rule_of_a_preset() {
    let app = TestApp::start().await;
    expect![[r#"
        200
        {
          "auto_join_role": "member",
          "description": "Organizations that use a licensed portal, by the seat.",
          "emails": true,
          "invitation": {
            "lifetime_s": 604800,
            "link_lifetime_s": 2592000
          },
          "leaver_keys": {
            "allowed": [
              "revoke",
              "keep",
              "adopt"
            ],
            "default": "revoke"
          },
          "name": "portal",
          "organizations_per_person": "many",
          "plans": [
            {
              "name": "starter",
              "seats": 5,
              "title": "Starter",
              "top_role_holders_max": null
            },
            {
              "name": "team",
              "seats": 25,
              "title": "Team",
              "top_role_holders_max": null
            },
            {
              "name": "business",
              "seats": 100,
              "title": "Business",
              "top_role_holders_max": null
            },
            {
              "name": "enterprise",
              "seats": null,
              "title": "Enterprise",
              "top_role_holders_max": null
            }
          ],
          "projects": {
            "guest_roles": []
          },
          "roles": [
            {
              "changes_from": [
                "admin",
                "member"
              ],
              "changes_to": [
                "admin",
                "member"
              ],
              "description": "Full control: members including admins, billing, deletion.",
              "holds_keys": true,
              "invites": [
                "admin",
                "member"
              ],
              "name": "owner",
              "permissions": [
                "activity.write",
                "api_key.create",
                "api_key.manage",
                "audit.read",
                "audit.read_own",
                "billing.manage",
                "domain.manage",
                "license.assign",
                "member.change_role",
                "member.invite",
                "member.read",
                "member.remove",
                "oauth_client.manage",
                "org.delete",
                "org.read",
                "org.update",
                "owner.transfer",
                "product.use",
                "project.manage",
                "resource.manage",
                "webhook.manage"
              ],
              "removes": [
                "admin",
                "member"
              ],
              "steps_down_to": [],
              "title": "Owner"
            },
            {
              "changes_from": [
                "member"
              ],
              "changes_to": [
                "member"
              ],
              "description": "Manages members and resources; neither the owner nor other admins.",
              "holds_keys": true,
              "invites": [
                "member"
              ],
              "name": "admin",
              "permissions": [
                "activity.write",
                "api_key.create",
                "api_key.manage",
                "audit.read",
                "audit.read_own",
                "domain.manage",
                "license.assign",
                "member.change_role",
                "member.invite",
                "member.read",
                "member.remove",
                "oauth_client.manage",
                "org.read",
                "org.update",
                "product.use",
                "project.manage",
                "resource.manage",
                "webhook.manage"
              ],
              "removes": [
                "member"
              ],
              "steps_down_to": [],
              "title": "Admin"
            },
            {
              "changes_from": [],
              "changes_to": [],
              "description": "Uses the licensed products.",
              "holds_keys": false,
              "invites": [],
              "name": "member",
              "permissions": [
                "member.read",
                "org.read",
                "product.use"
              ],
              "removes": [],
              "steps_down_to": [],
              "title": "Member"
            }
          ],
          "seats": {
            "mode": "members",
            "tier": null
          },
          "title": "Portal",
          "top_role": {
            "advise_min": 0,
            "billed_owner": false,
            "holders": "one"
          }
        }"#]]
    .assert_eq(&shown(&app.anyone().get("/v1/policies/portal").await));
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_preset_can_be_read_under_the_name_that_lists_it() {
    let app = TestApp::start().await;
    for name in PRESETS {
        let preset = app.anyone().get(&format!("/v1/policies/{name}")).await.expect_status(200);
        assert_eq!(preset.text_at("/name"), name);
    }
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_name_that_no_preset_has_is_not_found() {
    let app = TestApp::start().await;
    for name in ["porta", "Portal", "portal%20", "x", "%F0%9F%98%80"] {
        app.anyone().get(&format!("/v1/policies/{name}")).await.expect_problem(404, "not_found");
    }
    app.finish().await;
}
