//! "Collaborate with your team" (seed 002).

use latchkey_testkit::{Caller, TestApp, Value, json};

use crate::support::{HOUR, Person, Team, WEEK, accept, expect_permissions, found, role_of, sign_in, text, texts};

struct Scene {
    app: TestApp,
    team: Team,
    administrator: Caller,
    developer: Person,
    finance: Person,
    viewer: Person,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_platform_walks_its_page() {
    let app = TestApp::start().await;
    let (administrator, team) = found(&app, "ada@client.example", "Client", "platform").await;
    let developer = team.bring_in(&app, &administrator, "dev@client.example", "developer").await;
    let finance = team.bring_in(&app, &administrator, "fin@client.example", "billing_manager").await;
    let viewer = team.bring_in(&app, &administrator, "vic@client.example", "viewer").await;
    let scene = Scene { app, team, administrator, developer, finance, viewer };
    roles_overview(&scene).await;
    let project = projects_inherit_roles(&scene).await;
    inviting_team_members(&scene).await;
    managing_members(&scene).await;
    best_practices(&scene).await;
    project_only_access(&scene, &project).await;
    activity_tracking(&scene).await;
    scene.app.finish().await;
}

async fn roles_overview(Scene { app, team, administrator, developer, finance, viewer }: &Scene) {
    administrator.patch(&team.at(""), json!({"name": "Client"})).await.expect_status(200);
    let ships = ["project.manage", "api_key.create", "api_key.manage", "usage.read", "api.access"];
    expect_permissions(app, "platform", "developer", &ships, &["member.invite", "credit.manage"]).await;
    team.invite(&developer.caller, "friend@client.example", "viewer").await.expect_problem(403, "forbidden");
    let pays = ["credit.manage", "subscription.manage", "usage.read"];
    expect_permissions(app, "platform", "billing_manager", &pays, &["api.access", "api_key.create"]).await;
    assert_eq!(role_of(app, "platform", "billing_manager").await["holds_keys"], false);
    finance.caller.post(&team.at("projects"), json!({"name": "Mine"})).await.expect_problem(403, "forbidden");
    expect_permissions(app, "platform", "viewer", &["usage.read", "audit.read"], &["project.manage"]).await;
    viewer.caller.get(&team.at("audit")).await.expect_status(200);
    viewer.caller.patch(&team.at(""), json!({"name": "Mine"})).await.expect_problem(403, "forbidden");
}

/// A project, made by the developer.
async fn projects_inherit_roles(Scene { team, developer, viewer, administrator, .. }: &Scene) -> String {
    let body = json!({"name": "Website"});
    let project = developer.caller.post(&team.at("projects"), body).await.expect_status(201).text_at("/id");
    let path = team.at(&format!("projects/{project}"));
    let my_role = async |caller: &Caller| caller.get(&path).await.expect_status(200).text_at("/my_role");
    assert_eq!(my_role(administrator).await, "administrator");
    assert_eq!(my_role(&developer.caller).await, "developer");
    assert_eq!(my_role(&viewer.caller).await, "viewer");
    let members = viewer.caller.get(&format!("{path}/members")).await.expect_status(200).data();
    let mut sources = texts(&members, "source");
    sources.dedup();
    assert_eq!(sources, ["organization"], "{members:?}");
    viewer.caller.patch(&path, json!({"name": "Mine"})).await.expect_problem(403, "forbidden");
    project
}

async fn inviting_team_members(Scene { app, team, administrator, .. }: &Scene) {
    // They receive an e-mail with a link to join; it expires after 7 days.
    let invited = team.invite(administrator, "nora@client.example", "developer").await.expect_status(201);
    let id = invited.text_at("/id");
    let first = app.anyone().mailed_token("nora@client.example").await;
    // Resend if needed.
    administrator.post(&team.at(&format!("invitations/{id}/resend")), Value::Null).await.expect_status(200);
    let second = app.anyone().mailed_token("nora@client.example").await;
    assert_ne!(first, second);
    app.advance_clock(WEEK - HOUR);
    app.anyone().post("/v1/invitations/preview", json!({ "token": second })).await.expect_status(200);
    app.advance_clock(HOUR * 2);
    app.wipe_key_value().await;
    accept(&app.anyone(), &second).await.expect_problem(410, "invitation_expired");
    // Cancel.
    let id = team.invite(administrator, "nora@client.example", "developer").await.expect_status(201).text_at("/id");
    let token = app.anyone().mailed_token("nora@client.example").await;
    administrator.delete(&team.at(&format!("invitations/{id}")), Value::Null).await.expect_status(204);
    accept(&app.anyone(), &token).await.expect_problem(410, "invitation_cancelled");
}

async fn managing_members(Scene { app, team, administrator, .. }: &Scene) {
    // A change of role takes effect immediately.
    let pat = team.bring_in(app, administrator, "pat@client.example", "viewer").await;
    let create = async || pat.caller.post(&team.at("projects"), json!({"name": "Pat's"})).await;
    create().await.expect_problem(403, "forbidden");
    team.re_role(administrator, &pat.member, "developer").await.expect_status(200);
    create().await.expect_status(201);
    team.re_role(administrator, &pat.member, "billing_manager").await.expect_status(200);
    create().await.expect_problem(403, "forbidden");
    // Removed: access is gone immediately. The keys of whoever goes stay active, unless the removal says otherwise.
    team.remove(administrator, &pat.member).await.expect_status(200);
    team.read(&pat.caller).await.expect_problem(404, "not_found");
    assert!(pat.caller.get("/v1/orgs").await.expect_status(200).data().is_empty());
    let policy = app.anyone().get("/v1/policies/platform").await.expect_status(200).json();
    assert_eq!(policy["leaver_keys"], json!({"default": "keep", "allowed": ["revoke", "keep", "adopt"]}));
}

async fn best_practices(Scene { app, team, administrator, .. }: &Scene) {
    // Make 2-3 people administrators: one alone gets a hint.
    let hints = async || {
        let hints = team.read(administrator).await.expect_status(200).json()["hints"].clone();
        hints.as_array().expect("hints").clone()
    };
    assert_eq!(hints().await.len(), 1, "a single administrator is advised to appoint a second");
    let second = team.bring_in(app, administrator, "amy@client.example", "administrator").await;
    assert_eq!(hints().await, Vec::<Value>::new());
    // Each of the two may demote, remove or leave, but one always stays.
    team.re_role(&second.caller, &team.my_member(administrator).await, "viewer").await.expect_status(200);
    team.leave(&second.caller).await.expect_problem(409, "last_top_role_holder");
    team.re_role(&second.caller, &second.member, "viewer").await.expect_problem(409, "last_top_role_holder");
    let ada = team.my_member(administrator).await;
    team.re_role(administrator, &ada, "administrator").await.expect_problem(403, "role_out_of_reach");
    team.re_role(&second.caller, &ada, "administrator").await.expect_status(200);
    // Separate organizations per client.
    let (_, other) = found(app, "zoe@agency.example", "Second client", "platform").await;
    other.read(administrator).await.expect_problem(404, "not_found");
}

async fn project_only_access(Scene { app, team, administrator, developer, viewer, .. }: &Scene, project: &str) {
    let at = team.at(&format!("projects/{project}"));
    let invite = async |caller: &Caller, email: &str, role: &str| {
        caller.post(&format!("{at}/invitations"), json!({"email": email, "role": role})).await
    };
    // A contractor builds in one project, a client's stakeholder looks at it.
    invite(&developer.caller, "con@freelance.example", "developer").await.expect_problem(403, "forbidden");
    invite(administrator, "con@freelance.example", "developer").await.expect_status(201);
    app.wipe_key_value().await;
    let token = app.anyone().mailed_token("con@freelance.example").await;
    let joined = accept(&app.anyone(), &token).await.expect_status(200);
    let contractor = app.anyone().bearer(joined.text_at("/session/token"));
    invite(administrator, "stan@holder.example", "viewer").await.expect_status(201);
    let stakeholder = sign_in(app, "stan@holder.example").await;
    let token = app.anyone().mailed_token("stan@holder.example").await;
    accept(&stakeholder, &token).await.expect_status(200);
    // They see their project and nothing else.
    let mine = contractor.get("/v1/me/projects").await.expect_status(200).data();
    assert_eq!(texts(&mine, "id"), [project]);
    assert_eq!(contractor.get(&at).await.expect_status(200).text_at("/my_role"), "developer");
    assert_eq!(texts(&contractor.get(&team.at("projects")).await.expect_status(200).data(), "id"), [project]);
    for hidden in ["", "members", "invitations", "audit", "seats", "policy", "invite-links"] {
        contractor.get(&team.at(hidden)).await.expect_problem(404, "not_found");
        stakeholder.get(&team.at(hidden)).await.expect_problem(404, "not_found");
    }
    assert!(contractor.get("/v1/orgs").await.expect_status(200).data().is_empty());
    let emails = texts(&team.members(administrator, "").await, "email");
    assert!(!emails.contains(&"con@freelance.example".to_owned()), "guests are no members: {emails:?}");
    // Their role is that of the project, changed and ended there.
    let guests = administrator.get(&format!("{at}/members?limit=200")).await.expect_status(200).data();
    let guest = |email: &str| text(&guests.iter().find(|entry| entry["email"] == email).expect(email)["id"]);
    let (con, stan) = (guest("con@freelance.example"), guest("stan@holder.example"));
    administrator.put(&format!("{at}/members/{con}/role"), json!({"role": "viewer"})).await.expect_status(200);
    assert_eq!(contractor.get(&at).await.expect_status(200).text_at("/my_role"), "viewer");
    administrator.delete(&format!("{at}/members/{con}"), Value::Null).await.expect_status(204);
    contractor.get(&at).await.expect_problem(404, "not_found");
    stakeholder.post(&format!("{at}/leave"), Value::Null).await.expect_status(204);
    stakeholder.get(&at).await.expect_problem(404, "not_found");
    administrator.delete(&format!("{at}/members/{stan}"), Value::Null).await.expect_status(204);
    viewer.caller.get(&at).await.expect_status(200);
}

async fn activity_tracking(Scene { team, administrator, .. }: &Scene) {
    // Invitations sent, invitations accepted, role changes and removals, each with when and who.
    let events = administrator.audit(&team.org).await;
    for kind in ["invitation.created", "invitation.accepted", "member.role_changed", "member.removed"] {
        let event = events.iter().find(|event| event["type"] == kind).unwrap_or_else(|| panic!("no {kind}"));
        assert!(event["at"].is_string() && event["actor"]["id"].is_string(), "{event}");
    }
}
