use expect_test::expect;
use latchkey_testkit::{Answer, Caller, TestApp, Value, json, shown};

use super::{add, cell, derived, put, role};
use crate::support::{NO_ORG, accept, wrong_fields};

fn invite(email: &str, role: &str) -> Value {
    json!({"email": email, "role": role})
}

async fn re_role(caller: &Caller, org: &str, member: &str, role: &str) -> Answer {
    let path = format!("/v1/orgs/{org}/members/{member}/role");
    caller.request("PUT", &path).json(&json!({ "role": role })).send().await
}

/// The rules of an organization with an auditor, whom owners invite, re-role and remove.
async fn with_auditor(caller: &Caller, org: &str) -> Value {
    let mut rules = derived(caller, org, "ours").await;
    let permissions = ["org.read", "member.read", "audit.read", "credential.read"];
    let auditor = json!({"name": "auditor", "title": "Auditor", "description": "Looks.", "permissions": permissions});
    rules["roles"].as_array_mut().unwrap().push(auditor);
    for list in ["invites", "changes_from", "changes_to", "removes"] {
        add(&mut rules, "owner", list, "auditor");
    }
    rules
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_owner_derives_rules_adds_a_role_gives_it_and_cannot_drop_it_while_somebody_has_it() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    let (issuer, issuer_id) = ada.bring_in(&org, "issuer@example.com", "issuer").await;
    let audit = format!("/v1/orgs/{org}/audit");
    issuer.get(&audit).await.expect_problem(403, "forbidden");

    // A role is added, and a cell changed: what an issuer may do.
    let mut rules = with_auditor(&ada, &org).await;
    add(&mut rules, "issuer", "permissions", "badge.edit");
    let set = put(&ada, &org, &rules).await.expect_status(200);
    assert_eq!(set.header("etag"), Some("\"6\""));
    assert_eq!(set.text_at("/name"), "ours");
    assert!(cell(&set.json(), "issuer", "badge.edit") && cell(&set.json(), "auditor", "audit.read"));
    assert_eq!(ada.get(&format!("/v1/orgs/{org}/policy")).await.json(), set.json());
    assert_eq!(ada.get(&format!("/v1/orgs/{org}")).await.text_at("/policy"), "ours");

    // It is given by invitation and by re-roling, and counts at once.
    let (auditor, auditor_id) = ada.bring_in(&org, "auditor@example.com", "auditor").await;
    auditor.get(&audit).await.expect_status(200);
    re_role(&ada, &org, &issuer_id, "auditor").await.expect_status(200);
    issuer.get(&audit).await.expect_status(200);
    let pending = ada.invite(&org, "later@example.com", "auditor").await;

    // As long as somebody has it, or was promised it, it stays.
    let mut without = rules.clone();
    without["roles"].as_array_mut().unwrap().retain(|role| role["name"] != "auditor");
    for list in ["invites", "changes_from", "changes_to", "removes"] {
        let names = role(&mut without, "owner")[list].as_array_mut().unwrap();
        names.retain(|name| name != "auditor");
    }
    expect![[r#"
        409
        content-type: application/problem+json
        {
          "code": "role_in_use",
          "detail": "The role auditor is in use by 2 members, 1 open invitations, 0 invite links and 0 members of projects. Give them another role, or end them, first.",
          "links": 0,
          "members": 2,
          "pending_invitations": 1,
          "project_members": 0,
          "request_id": "[request]",
          "role": "auditor",
          "status": 409,
          "title": "The role is in use",
          "type": "/problems/role_in_use"
        }"#]].assert_eq(&shown(&put(&ada, &org, &without).await));
    ada.delete(&format!("/v1/orgs/{org}/members/{auditor_id}"), Value::Null).await.expect_status(200);
    re_role(&ada, &org, &issuer_id, "viewer").await.expect_status(200);
    put(&ada, &org, &without).await.expect_problem(409, "role_in_use");
    ada.delete(&format!("/v1/orgs/{org}/invitations/{pending}"), Value::Null).await.expect_status(204);
    put(&ada, &org, &without).await.expect_status(200);
    re_role(&ada, &org, &issuer_id, "auditor").await.expect_problem(422, "unknown_role");
    issuer.get(&audit).await.expect_problem(403, "forbidden");

    // The log names each change, and every document that was ever in force is kept.
    let events = ada.audit(&org).await;
    let changes: Vec<&Value> = events.iter().filter(|event| event["type"] == "policy.changed").collect();
    assert_eq!(changes.len(), 2);
    let roles = ["owner", "admin", "issuer", "viewer", "auditor"];
    let data = json!({"policy": "ours", "plan": "free", "top_role": "owner", "roles": roles});
    assert_eq!(changes[0]["data"], data);
    assert_eq!(app.count("SELECT count(*) FROM policy"), 3);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_present_rules_again_append_nothing() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    let preset = app.anyone().get("/v1/policies/credentials").await.json();
    put(&ada, &org, &preset).await.expect_status(200);
    let mut ours = with_auditor(&ada, &org).await;
    put(&ada, &org, &ours).await.expect_status(200);
    let before = ada.event_types(&org).await;
    // The order in a list of permissions means nothing.
    role(&mut ours, "owner")["permissions"].as_array_mut().unwrap().reverse();
    put(&ada, &org, &ours).await.expect_status(200);
    assert_eq!(ada.event_types(&org).await, before);
    // And back: the preset is the preset again.
    put(&ada, &org, &preset).await.expect_status(200);
    assert_eq!(ada.get(&format!("/v1/orgs/{org}")).await.text_at("/policy"), "credentials");
    assert_eq!(app.count("SELECT count(*) FROM policy"), 2);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_mistake_is_named_where_it_stands() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    let mut rules = derived(&ada, &org, "ours").await;
    rules["emails"] = json!("no");
    rules["invitation"]["lifetime_s"] = json!(1);
    rules["roles"][1]["permissions"][3] = json!("member.invit");
    rules["roles"][3]["titel"] = json!("Viewer");
    rules["roles"][2]["title"] = Value::Null;
    rules["auto_join_role"] = json!("nobody");
    let refused = put(&ada, &org, &rules).await;
    expect![[r#"
        422
        content-type: application/problem+json
        {
          "code": "invalid_request",
          "detail": "6 fields are wrong: emails, invitation.lifetime_s, roles[2].title, roles[3].titel, auto_join_role, roles[1].permissions[3].",
          "errors": [
            {
              "code": "wrong_type",
              "field": "emails",
              "message": "This must be true or false."
            },
            {
              "code": "out_of_range",
              "field": "invitation.lifetime_s",
              "message": "This must be from 60 to 31536000."
            },
            {
              "code": "wrong_type",
              "field": "roles[2].title",
              "message": "This must be text."
            },
            {
              "code": "unknown",
              "field": "roles[3].titel",
              "message": "There is no such field here."
            },
            {
              "code": "not_allowed",
              "field": "auto_join_role",
              "message": "There is no role nobody."
            },
            {
              "code": "not_allowed",
              "field": "roles[1].permissions[3]",
              "message": "There is no permission member.invit."
            }
          ],
          "request_id": "[request]",
          "status": 422,
          "title": "The request does not fit its description",
          "type": "/problems/invalid_request"
        }"#]].assert_eq(&shown(&refused));
    assert_eq!(wrong_fields(put(&ada, &org, &json!({})).await).len(), 11);
    assert_eq!(ada.event_types(&org).await.len(), 2);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_presets_name_is_the_presets_alone() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    for name in ["credentials", "themes"] {
        let mut rules = derived(&ada, &org, name).await;
        add(&mut rules, "issuer", "permissions", "badge.edit");
        assert_eq!(wrong_fields(put(&ada, &org, &rules).await), ["name not_allowed"], "{name}");
    }
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_the_operator_changes_what_is_sold() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    let mut rules = derived(&ada, &org, "ours").await;
    rules["organizations_per_person"] = json!("one");
    rules["top_role"]["holders"] = json!("several");
    rules["seats"] = json!({"mode": "members"});
    rules["plans"] = json!([{"name": "free", "title": "Free", "seats": 3}, {"name": "big", "title": "Big"}]);
    expect![[r#"
        422
        content-type: application/problem+json
        {
          "code": "invalid_request",
          "detail": "4 fields are wrong: organizations_per_person, top_role.holders, seats, plans.",
          "errors": [
            {
              "code": "not_allowed",
              "field": "organizations_per_person",
              "message": "This is part of what is sold: only the operator changes it."
            },
            {
              "code": "not_allowed",
              "field": "top_role.holders",
              "message": "This is part of what is sold: only the operator changes it."
            },
            {
              "code": "not_allowed",
              "field": "seats",
              "message": "This is part of what is sold: only the operator changes it."
            },
            {
              "code": "not_allowed",
              "field": "plans",
              "message": "This is part of what is sold: only the operator changes it."
            }
          ],
          "request_id": "[request]",
          "status": 422,
          "title": "The request does not fit its description",
          "type": "/problems/invalid_request"
        }"#]]
    .assert_eq(&shown(&put(&ada, &org, &rules).await));
    put(&app.operator(), &org, &rules).await.expect_status(200);
    let events = ada.audit(&org).await;
    assert_eq!(events[2]["actor"]["kind"], "operator");
    // What is not sold is the owner's again.
    rules["title"] = json!("Our own");
    put(&ada, &org, &rules).await.expect_status(200);

    // The plan that the organization is on must be among those sold.
    rules["plans"] = json!([{"name": "big", "title": "Big"}]);
    assert_eq!(wrong_fields(put(&app.operator(), &org, &rules).await), ["plans not_allowed"]);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_but_a_holder_of_the_top_role_changes_the_rules() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    let (admin, _) = ada.bring_in(&org, "admin@example.com", "admin").await;
    let (viewer, _) = ada.bring_in(&org, "viewer@example.com", "viewer").await;
    let mut rules = derived(&ada, &org, "ours").await;
    for caller in [&admin, &viewer] {
        let refused = put(caller, &org, &rules).await.expect_problem(403, "forbidden");
        assert_eq!(refused.text_at("/permission"), "owner.transfer");
    }
    let eve = app.sign_in("eve@example.com").await;
    put(&eve, &org, &rules).await.expect_problem(404, "not_found");
    put(&app.anyone(), &org, &rules).await.expect_problem(401, "unauthenticated");
    put(&app.operator(), NO_ORG, &rules).await.expect_problem(404, "not_found");
    // Nor does a permission make up for the role.
    add(&mut rules, "admin", "permissions", "owner.transfer");
    put(&ada, &org, &rules).await.expect_status(200);
    let refused = put(&admin, &org, &derived(&ada, &org, "other").await).await;
    refused.expect_problem(403, "role_out_of_reach");
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn somebody_always_holds_the_top_role_and_no_more_than_may() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    let mut rules = derived(&ada, &org, "ours").await;
    for permission in ["org.delete", "owner.transfer"] {
        add(&mut rules, "admin", "permissions", permission);
    }
    // Ranks are the order of the roles.
    role(&mut rules, "owner")["steps_down_to"] = json!([]);
    rules["roles"].as_array_mut().unwrap().swap(0, 1);
    let refused = put(&ada, &org, &rules).await.expect_problem(409, "last_top_role_holder");
    assert_eq!(refused.text_at("/role"), "admin");
    // One may on this plan, and there are two.
    let (admin, _) = ada.bring_in(&org, "admin@example.com", "admin").await;
    ada.invite(&org, "second@example.com", "admin").await;
    expect![[r#"
        409
        content-type: application/problem+json
        {
          "code": "top_role_limit",
          "detail": "admin: 2 of 1 on plan free, pending invitations included. Upgrade, or give another role.",
          "plan": "free",
          "request_id": "[request]",
          "role": "admin",
          "status": 409,
          "title": "No more holders of the top role",
          "total": 1,
          "type": "/problems/top_role_limit",
          "upgrade_url": null,
          "used": 2
        }"#]]
    .assert_eq(&shown(&put(&ada, &org, &rules).await));
    let invitations = ada.get(&format!("/v1/orgs/{org}/invitations?status=pending")).await.data();
    let path = format!("/v1/orgs/{org}/invitations/{}", invitations[0]["id"].as_str().unwrap());
    ada.delete(&path, Value::Null).await.expect_status(204);
    put(&ada, &org, &rules).await.expect_status(200);
    // The owner has nothing above admins any more, who decide from now on.
    put(&ada, &org, &derived(&ada, &org, "mine").await).await.expect_problem(403, "role_out_of_reach");
    admin.post(&format!("/v1/orgs/{org}/leave"), Value::Null).await.expect_problem(409, "last_top_role_holder");
    put(&admin, &org, &derived(&ada, &org, "theirs").await).await.expect_status(200);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rules_that_allow_one_holder_of_the_top_role_wait_until_there_is_one() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.post("/v1/orgs", json!({"name": "Acme", "policy": "platform"})).await.expect_status(201);
    let org = org.text_at("/id");
    let (bob, bob_id) = ada.bring_in(&org, "bob@example.com", "administrator").await;
    let mut rules = derived(&ada, &org, "ours").await;
    rules["top_role"] = json!({"holders": "one"});
    let refused = put(&app.operator(), &org, &rules).await.expect_problem(409, "top_role_limit");
    assert_eq!((refused.json()["used"].as_u64(), refused.json()["total"].as_u64()), (Some(2), Some(1)));
    re_role(&bob, &org, &bob_id, "viewer").await.expect_status(200);
    put(&app.operator(), &org, &rules).await.expect_status(200);
    re_role(&ada, &org, &bob_id, "administrator").await.expect_problem(409, "top_role_limit");
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn handing_over_is_no_way_to_a_role_that_grants_more() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    let (_, bob_id) = ada.bring_in(&org, "bob@example.com", "admin").await;
    let mut rules = derived(&ada, &org, "ours").await;
    add(&mut rules, "issuer", "permissions", "seal.break");
    role(&mut rules, "owner")["steps_down_to"] = json!(["admin", "viewer"]);
    put(&ada, &org, &rules).await.expect_status(200);
    let (path, heir) = (format!("/v1/orgs/{org}/ownership"), |role| json!({"member": bob_id, "my_role": role}));
    ada.post(&path, heir("issuer")).await.expect_problem(403, "role_grants_more");
    ada.post(&path, heir("viewer")).await.expect_status(200);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rules_turn_exclusive_only_when_nobody_is_elsewhere() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    let (bob, bob_id) = ada.bring_in(&org, "bob@example.com", "viewer").await;
    let studio = bob.post("/v1/orgs", json!({"name": "Studio", "policy": "studio"})).await.expect_status(201);
    let mut rules = derived(&ada, &org, "ours").await;
    rules["organizations_per_person"] = json!("one");
    let refused = put(&app.operator(), &org, &rules).await.expect_problem(409, "members_elsewhere");
    assert_eq!(refused.json()["members"], json!([bob_id]));
    bob.delete(&format!("/v1/orgs/{}", studio.text_at("/id")), json!({"name": "Studio"})).await.expect_status(204);
    put(&app.operator(), &org, &rules).await.expect_status(200);
    assert_eq!(app.count("SELECT count(*) FROM member WHERE status = 'active' AND exclusive = 1"), 2);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_the_rules_mark_a_billed_owner_somebody_has_the_mark() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    let marked = |member: &str| app.count(&format!("SELECT count(*) FROM org WHERE billed_member_id = '{member}'"));
    let mut rules = derived(&ada, &org, "ours").await;
    rules["top_role"]["billed_owner"] = json!(true);
    put(&app.operator(), &org, &rules).await.expect_status(200);
    let me = crate::support::my_member_id(&ada, &org).await;
    assert_eq!(marked(&me), 1);
    rules["top_role"]["billed_owner"] = json!(false);
    put(&ada, &org, &rules).await.expect_status(200);
    assert_eq!(marked(&me), 0);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_version_that_has_passed_changes_nothing() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    let rules = with_auditor(&ada, &org).await;
    let request = |version: &str| {
        let request = ada.request("PUT", &format!("/v1/orgs/{org}/policy")).header("if-match", version);
        request.json(&rules)
    };
    request("\"1\"").send().await.expect_problem(412, "version_mismatch");
    request("\"2\"").send().await.expect_status(200);
    request("\"2\"").send().await.expect_problem(412, "version_mismatch");
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_gives_a_role_that_grants_more_than_their_own() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    let (admin, _) = ada.bring_in(&org, "admin@example.com", "admin").await;
    let (_, viewer_id) = ada.bring_in(&org, "viewer@example.com", "viewer").await;
    let invitations = format!("/v1/orgs/{org}/invitations");
    // Before the rules change, an admin may still invite issuers.
    admin.post(&invitations, invite("early@example.com", "issuer")).await.expect_status(201);

    // Issuers may generate signing keys from now on, which admins may not; who re-roles is not the question.
    let mut rules = derived(&ada, &org, "ours").await;
    add(&mut rules, "issuer", "permissions", "signing_key.generate");
    for (list, name) in [("permissions", "member.change_role"), ("changes_from", "viewer"), ("changes_to", "issuer")] {
        add(&mut rules, "admin", list, name);
    }
    put(&ada, &org, &rules).await.expect_status(200);
    let refused = admin.post(&invitations, invite("late@example.com", "issuer")).await;
    expect![[r#"
        403
        content-type: application/problem+json
        {
          "code": "role_grants_more",
          "detail": "The role issuer grants what yours does not: signing_key.generate. Ask somebody whose role has all of it.",
          "missing": [
            "signing_key.generate"
          ],
          "request_id": "[request]",
          "role": "issuer",
          "status": 403,
          "title": "The role grants more than you have",
          "type": "/problems/role_grants_more"
        }"#]].assert_eq(&shown(&refused));
    re_role(&admin, &org, &viewer_id, "issuer").await.expect_problem(403, "role_grants_more");
    admin.post(&invitations, invite("viewer2@example.com", "viewer")).await.expect_status(201);

    // What was promised before is not kept: it would give what the inviter has not.
    let token = app.anyone().mailed_token("early@example.com").await;
    accept(&app.anyone(), &token).await.expect_problem(409, "inviter_lost_right");
    let pending = admin.get(&format!("{invitations}?status=pending")).await.data();
    let early = pending.iter().find(|entry| entry["email"] == "early@example.com").unwrap()["id"].as_str().unwrap();
    let resend = format!("{invitations}/{early}/resend");
    admin.post(&resend, Value::Null).await.expect_problem(403, "role_grants_more");
    admin.delete(&format!("{invitations}/{early}"), Value::Null).await.expect_status(204);
    // Owners have it all.
    ada.post(&invitations, invite("early@example.com", "issuer")).await.expect_status(201);
    re_role(&ada, &org, &viewer_id, "issuer").await.expect_status(200);
    app.finish().await;
}
