//! "Members & Roles" (seed 004).

use latchkey_testkit::{Caller, TestApp, Value, json};

use crate::support::{Person, Team, accept, expect_permissions, found, sign_in, text, texts};

struct Scene {
    app: TestApp,
    team: Team,
    owner: Caller,
    admin: Person,
    issuer: Person,
    viewer: Person,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_issuer_of_badges_walks_its_page() {
    let app = TestApp::start().await;
    let (owner, team) = found(&app, "olga@badges.example", "Badges", "credentials").await;
    let admin = team.bring_in(&app, &owner, "adam@badges.example", "admin").await;
    let issuer = team.bring_in(&app, &owner, "ian@badges.example", "issuer").await;
    let viewer = team.bring_in(&app, &owner, "vera@badges.example", "viewer").await;
    let scene = Scene { app, team, owner, admin, issuer, viewer };
    roles_overview(&scene).await;
    invite_members(&scene).await;
    accepting_invitations(&scene).await;
    owner_limits_per_plan(&scene).await;
    changing_roles(&scene).await;
    removing_a_member(&scene).await;
    leaving_an_organization(&scene).await;
    notifications(&scene).await;
    scene.app.finish().await;
}

async fn roles_overview(Scene { app, team, admin, issuer, viewer, .. }: &Scene) {
    expect_permissions(app, "credentials", "owner", &["billing.manage", "signing_key.generate", "org.delete"], &[])
        .await;
    let day_to_day = ["badge.edit", "credential.issue", "credential.revoke", "member.invite", "member.remove"];
    expect_permissions(app, "credentials", "admin", &day_to_day, &["billing.manage", "signing_key.generate"]).await;
    let issues = ["badge.create", "badge.upload_image", "credential.issue"];
    let keeps_off = ["badge.edit", "badge.delete", "credential.revoke", "member.invite"];
    expect_permissions(app, "credentials", "issuer", &issues, &keeps_off).await;
    let sees = ["org.read", "credential.read", "analytics.read"];
    expect_permissions(app, "credentials", "viewer", &sees, &["badge.create", "credential.issue"]).await;
    // Admins cannot touch billing or other owners; issuers cannot manage members; viewers cannot make changes.
    team.set_plan(&admin.caller, json!({"plan": "enterprise"})).await.expect_problem(403, "forbidden");
    team.invite(&admin.caller, "owner@badges.example", "owner").await.expect_problem(403, "role_out_of_reach");
    team.remove(&issuer.caller, &viewer.member).await.expect_problem(403, "forbidden");
    team.read(&viewer.caller).await.expect_status(200);
    viewer.caller.patch(&team.at(""), json!({"name": "Hers"})).await.expect_problem(403, "forbidden");
}

async fn invite_members(Scene { app, team, admin, .. }: &Scene) {
    // The invitee receives an e-mail; without an account it is pending until they have one and accept.
    let invited = team.invite(&admin.caller, "nina@badges.example", "issuer").await.expect_status(201);
    assert_eq!((invited.text_at("/status"), invited.text_at("/mail")), ("pending".into(), "queued".into()));
    let mail = app.anyone().newest_mail("nina@badges.example").await;
    assert!(text(&mail["text"]).contains("/invitation#lki_"), "{mail}");
}

async fn accepting_invitations(Scene { app, team, owner, .. }: &Scene) {
    // Signs in, sees a pending-invitation card, accepts, and appears on the team page with the assigned role.
    let nina = sign_in(app, "nina@badges.example").await;
    let cards = nina.get("/v1/me/invitations").await.expect_status(200).data();
    assert_eq!((&cards[0]["organization"]["name"], &cards[0]["role"]), (&json!("Badges"), &json!("issuer")));
    let card = text(&cards[0]["id"]);
    nina.post(&format!("/v1/me/invitations/{card}/accept"), Value::Null).await.expect_status(200);
    let listed = team.members(owner, "search=nina").await;
    assert_eq!((&listed[0]["role"], &listed[0]["status"]), (&json!("issuer"), &json!("active")));
    // Or declines, and can be asked again.
    let dave = sign_in(app, "dave@elsewhere.example").await;
    team.invite(owner, "dave@elsewhere.example", "viewer").await.expect_status(201);
    let card = text(&dave.get("/v1/me/invitations").await.expect_status(200).data()[0]["id"]);
    dave.post(&format!("/v1/me/invitations/{card}/decline"), Value::Null).await.expect_status(204);
    assert!(dave.get("/v1/me/invitations").await.expect_status(200).data().is_empty());
    team.read(&dave).await.expect_problem(404, "not_found");
    team.invite(owner, "dave@elsewhere.example", "viewer").await.expect_status(201);
}

async fn owner_limits_per_plan(Scene { app, team, owner, admin, issuer, .. }: &Scene) {
    // Free: one. The error points to the upgrade.
    let body = json!({"plan": "free", "upgrade_url": "https://badges.example/upgrade"});
    team.set_plan(&app.operator(), body).await.expect_status(200);
    let refused =
        team.invite(owner, "second@badges.example", "owner").await.expect_problem(409, "top_role_limit").json();
    assert_eq!((&refused["used"], &refused["total"], &refused["plan"]), (&json!(1), &json!(1), &json!("free")));
    assert_eq!(refused["upgrade_url"], "https://badges.example/upgrade");
    team.re_role(owner, &admin.member, "owner").await.expect_problem(409, "top_role_limit");
    // Professional: two; an invitation to become the second counts.
    team.set_plan(&app.operator(), json!({"plan": "professional"})).await.expect_status(200);
    let pending = team.invite(owner, "second@badges.example", "owner").await.expect_status(201).text_at("/id");
    team.re_role(owner, &admin.member, "owner").await.expect_problem(409, "top_role_limit");
    owner.delete(&team.at(&format!("invitations/{pending}")), Value::Null).await.expect_status(204);
    team.re_role(owner, &admin.member, "owner").await.expect_status(200);
    team.re_role(owner, &issuer.member, "owner").await.expect_problem(409, "top_role_limit");
    // Enterprise: unlimited.
    team.set_plan(&app.operator(), json!({"plan": "enterprise"})).await.expect_status(200);
    team.re_role(owner, &issuer.member, "owner").await.expect_status(200);
    team.invite(owner, "fourth@badges.example", "owner").await.expect_status(201);
    // A smaller plan takes the role from nobody. There is no limit on the others.
    team.set_plan(&app.operator(), json!({"plan": "free"})).await.expect_status(200);
    assert_eq!(team.members(owner, "role=owner&status=active").await.len(), 3);
    team.invite(owner, "fifth@badges.example", "owner").await.expect_problem(409, "top_role_limit");
    let many = team.invite_lines(owner, &crate::support::lines("i", "badges.example", 40), "admin").await;
    assert_eq!(many.expect_status(200).json()["invited"], 40);
}

async fn changing_roles(Scene { team, owner, admin, issuer, viewer, .. }: &Scene) {
    // Another owner's role is not changed directly; they step down themselves.
    team.re_role(owner, &admin.member, "admin").await.expect_problem(403, "role_out_of_reach");
    team.remove(owner, &admin.member).await.expect_problem(403, "role_out_of_reach");
    team.re_role(&admin.caller, &admin.member, "admin").await.expect_status(200);
    team.re_role(&issuer.caller, &issuer.member, "issuer").await.expect_status(200);
    // Owners only; at once.
    team.re_role(&admin.caller, &viewer.member, "issuer").await.expect_problem(403, "forbidden");
    team.re_role(owner, &viewer.member, "issuer").await.expect_status(200);
    assert_eq!(team.my_role(&viewer.caller).await, "issuer");
    team.re_role(owner, &viewer.member, "viewer").await.expect_status(200);
    // Ownership changes hands in one step, also where there may be one owner only.
    team.transfer(owner, json!({"member": admin.member})).await.expect_status(200);
    assert_eq!((team.my_role(owner).await, team.my_role(&admin.caller).await), ("admin".into(), "owner".into()));
    let owner_id = team.my_member(owner).await;
    team.transfer(&admin.caller, json!({"member": owner_id, "my_role": "admin"})).await.expect_status(200);
}

async fn removing_a_member(Scene { app, team, owner, admin, issuer, .. }: &Scene) {
    // Owners remove anyone except owners, admins issuers and viewers.
    let (first, second) = ("wanda@badges.example", "xenia@badges.example");
    let viewer = team.bring_in(app, owner, first, "viewer").await;
    let other_admin = team.bring_in(app, owner, second, "admin").await;
    team.remove(&issuer.caller, &viewer.member).await.expect_problem(403, "forbidden");
    team.remove(&admin.caller, &other_admin.member).await.expect_problem(403, "role_out_of_reach");
    let owner_id = team.my_member(owner).await;
    team.remove(&admin.caller, &owner_id).await.expect_problem(403, "role_out_of_reach");
    team.remove(&admin.caller, &viewer.member).await.expect_status(200);
    team.remove(owner, &other_admin.member).await.expect_status(200);
    for gone in [&viewer, &other_admin] {
        team.read(&gone.caller).await.expect_problem(404, "not_found");
    }
}

async fn leaving_an_organization(Scene { team, owner, viewer, admin, .. }: &Scene) {
    team.leave(&viewer.caller).await.expect_status(200);
    team.read(&viewer.caller).await.expect_problem(404, "not_found");
    // The last owner cannot; an owner can once another remains.
    team.leave(owner).await.expect_problem(409, "last_top_role_holder");
    team.set_plan(owner, json!({"plan": "professional"})).await.expect_status(200);
    let invited = owner.get(&team.at("invitations?status=pending")).await.expect_status(200).data();
    for invitation in invited.iter().filter(|entry| entry["role"] == "owner") {
        owner
            .delete(&team.at(&format!("invitations/{}", text(&invitation["id"]))), Value::Null)
            .await
            .expect_status(204);
    }
    team.re_role(owner, &admin.member, "owner").await.expect_status(200);
    team.leave(owner).await.expect_status(200);
    assert_eq!(texts(&team.members(&admin.caller, "role=owner").await, "id"), [admin.member.as_str()]);
    team.leave(&admin.caller).await.expect_problem(409, "last_top_role_holder");
}

async fn notifications(Scene { app, team, admin, .. }: &Scene) {
    // Disabled at the organization level, for all e-mails at once: the invitation waits as a card, and the answer says so.
    let off = json!({"email_notifications": false});
    admin.caller.patch(&team.at(""), off).await.expect_status(200);
    assert_eq!(team.read(&admin.caller).await.expect_status(200).json()["email_notifications"], false);
    let invited = team.invite(&admin.caller, "quiet@badges.example", "viewer").await.expect_status(201);
    assert_eq!(invited.text_at("/mail"), "suppressed");
    assert!(app.anyone().mails("quiet@badges.example").await.is_empty());
    let quiet = sign_in(app, "quiet@badges.example").await;
    let card = text(&quiet.get("/v1/me/invitations").await.expect_status(200).data()[0]["id"]);
    quiet.post(&format!("/v1/me/invitations/{card}/accept"), Value::Null).await.expect_status(200);
    assert_eq!(team.my_role(&quiet).await, "viewer");
    // On again.
    admin.caller.patch(&team.at(""), json!({"email_notifications": true})).await.expect_status(200);
    team.invite(&admin.caller, "loud@badges.example", "viewer").await.expect_status(201);
    app.wipe_key_value().await;
    let token = app.anyone().mailed_token("loud@badges.example").await;
    accept(&app.anyone(), &token).await.expect_status(200);
}
