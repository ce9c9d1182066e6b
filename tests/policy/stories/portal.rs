//! "Portal Guide: Team Members" (seed 001).

use latchkey_testkit::{Caller, TestApp, Value, json};

use crate::support::{HOUR, Person, Team, WEEK, accept, found, lines, outcomes, role_of, text, texts};

const UPGRADE_URL: &str = "https://portal.example/upgrade";

struct Scene {
    app: TestApp,
    team: Team,
    owner: Caller,
    admin: Person,
    member: Person,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_portal_walks_its_page() {
    let app = TestApp::start().await;
    let (owner, team) = found(&app, "olivia@company.example", "Company", "portal").await;
    team.set_plan(&app.operator(), json!({"plan": "business", "upgrade_url": UPGRADE_URL})).await.expect_status(200);
    let admin = team.bring_in(&app, &owner, "adam@company.example", "admin").await;
    let member = team.bring_in(&app, &owner, "mia@company.example", "member").await;
    let scene = Scene { app, team, owner, admin, member };
    viewing_team_members(&scene).await;
    inviting_members(&scene).await;
    understanding_roles(&scene).await;
    managing_pending_invitations(&scene).await;
    removing_members(&scene).await;
    let pending = seat_limits(&scene).await;
    running_out_of_seats(&scene, &pending).await;
    upgrading(&scene).await;
    verified_domains(&scene).await;
    best_practices(&scene).await;
    scene.app.finish().await;
}

/// A new user whose verified e-mail has the domain joins as a member by themselves, if a seat is free.
async fn verified_domains(Scene { app, team, admin, .. }: &Scene) {
    team.set_plan(&app.operator(), json!({"plan": "enterprise"})).await.expect_status(200);
    let domains = format!("/v1/orgs/{}/domains", team.org);
    let body = json!({"domain": "company.example", "auto_join": "automatic"});
    let claimed = admin.caller.post(&domains, body).await.expect_status(201);
    app.resolver().set(&claimed.text_at("/record/name"), &[&claimed.text_at("/record/value")]);
    let verify = format!("{domains}/{}/verify", claimed.text_at("/id"));
    admin.caller.post(&verify, Value::Null).await.expect_status(200);
    app.wipe_key_value().await;
    let new = app.sign_in("Newcomer@Company.example").await;
    let mine = new.get("/v1/orgs").await.expect_status(200).data();
    assert_eq!((mine.len(), &mine[0]["my_role"]), (1, &json!("member")));
}

async fn viewing_team_members(Scene { team, owner, member, .. }: &Scene) {
    team.invite(owner, "paula@company.example", "member").await.expect_status(201);
    let members = team.members(&member.caller, "").await;
    assert_eq!(texts(&members, "email").len(), 4);
    let entry = |email: &str| members.iter().find(|entry| entry["email"] == email).expect(email).clone();
    let olivia = entry("olivia@company.example");
    assert_eq!((&olivia["display_name"], &olivia["role"]), (&json!("Olivia"), &json!("owner")));
    assert_eq!(olivia["status"], "active");
    assert!(olivia["joined_at"].is_string());
    let paula = entry("paula@company.example");
    assert_eq!((&paula["role"], &paula["status"]), (&json!("member"), &json!("pending")));
    assert_eq!(paula["joined_at"], Value::Null);
}

async fn inviting_members(Scene { app, team, admin, .. }: &Scene) {
    // One at a time: the user receives an e-mail with an invitation link.
    let invited = team.invite(&admin.caller, "sam@company.example", "member").await.expect_status(201);
    assert_eq!(invited.json()["mail"], "queued");
    let mail = app.anyone().newest_mail("sam@company.example").await;
    assert!(text(&mail["text"]).contains("/invitation#"), "{mail}");
    // Many at once, one address per line, one role for all: each line has its own outcome, and the rest still goes out.
    let typed = "ben@company.example\n\n  BEN@company.example\nsam@company.example\nmia@company.example\nnobody\n\
                 cleo@company.example";
    let sent = team.invite_lines(&admin.caller, typed, "member").await.expect_status(200);
    assert_eq!(
        texts(&sent.data(), "outcome"),
        ["invited", "duplicate", "already_invited", "already_member", "invalid", "invited"]
    );
    assert_eq!(sent.json()["invited"], 2);
    let lines: Vec<Value> = sent.data().iter().map(|entry| entry["line"].clone()).collect();
    assert_eq!(lines, [1, 3, 4, 5, 6, 7].map(Value::from));
}

async fn understanding_roles(Scene { app, team, owner, admin, member }: &Scene) {
    // Owner: one per organization.
    team.invite(owner, "second@company.example", "owner").await.expect_problem(403, "role_out_of_reach");
    team.re_role(owner, &admin.member, "owner").await.expect_problem(403, "role_out_of_reach");
    // Admin: can manage members (except the owner), can create and manage resources, can view audit logs; cannot delete the
    // organization, cannot change the owner.
    let owner_id = team.my_member(owner).await;
    team.remove(&admin.caller, &owner_id).await.expect_problem(403, "role_out_of_reach");
    team.re_role(&admin.caller, &owner_id, "member").await.expect_problem(403, "role_out_of_reach");
    admin.caller.get(&team.at("audit")).await.expect_status(200);
    team.delete(&admin.caller, "Company").await.expect_problem(403, "forbidden");
    team.set_plan(&admin.caller, json!({"plan": "enterprise"})).await.expect_problem(403, "forbidden");
    // Member: read-only access to the organization, can use licensed products.
    team.read(&member.caller).await.expect_status(200);
    team.invite(&member.caller, "friend@company.example", "member").await.expect_problem(403, "forbidden");
    member.caller.get(&team.at("audit")).await.expect_problem(403, "forbidden");
    let permissions = role_of(app, "portal", "member").await["permissions"].clone();
    assert_eq!(permissions, json!(["member.read", "org.read", "product.use"]));
}

async fn managing_pending_invitations(Scene { app, team, owner, admin, .. }: &Scene) {
    let pending = team.members(owner, "status=pending").await;
    let invitation = |email: &str| {
        text(&pending.iter().find(|entry| entry["email"] == email).unwrap_or_else(|| panic!("{email}"))["id"])
    };
    // Resend: the user receives a new e-mail; the old link is dead.
    let old = app.anyone().mailed_token("sam@company.example").await;
    let path = team.at(&format!("invitations/{}/resend", invitation("sam@company.example")));
    admin.caller.post(&path, Value::Null).await.expect_status(200);
    let new = app.anyone().mailed_token("sam@company.example").await;
    assert_ne!(old, new);
    accept(&app.anyone(), &old).await.expect_problem(404, "invitation_unknown");
    // Cancel: it is no longer pending, and its link is of no use.
    let path = team.at(&format!("invitations/{}", invitation("sam@company.example")));
    admin.caller.delete(&path, Value::Null).await.expect_status(204);
    accept(&app.anyone(), &new).await.expect_problem(410, "invitation_cancelled");
    let emails = texts(&team.members(owner, "status=pending").await, "email");
    assert!(!emails.contains(&"sam@company.example".to_owned()), "{emails:?}");
}

async fn removing_members(Scene { app, team, owner, admin, member }: &Scene) {
    // Only owners and admins.
    let rita = team.bring_in(app, owner, "rita@company.example", "member").await;
    team.remove(&member.caller, &rita.member).await.expect_problem(403, "forbidden");
    let used = team.seats(owner).await["used"].as_u64().unwrap();
    team.remove(&admin.caller, &rita.member).await.expect_status(200);
    // They lose access immediately, their data is not deleted, the seat count goes down.
    team.read(&rita.caller).await.expect_problem(404, "not_found");
    assert_eq!(team.member(owner, &rita.member).await["status"], "removed");
    assert_eq!(team.seats(owner).await["used"], used - 1);
    // They can be re-invited later; what was stays in the log.
    team.invite(owner, "rita@company.example", "member").await.expect_status(201);
    let token = app.anyone().mailed_token("rita@company.example").await;
    accept(&rita.caller, &token).await.expect_status(200);
    let events = team.members(owner, "search=rita").await;
    assert_ne!(text(&events[0]["id"]), rita.member, "coming back is a time of its own");
}

/// Fills all hundred seats; the addresses that wait.
async fn seat_limits(Scene { team, owner, member, .. }: &Scene) -> Vec<String> {
    // Active: Olivia, Adam, Mia, Rita. Pending: Paula, Ben, Cleo. The owner counts as one.
    let seats = team.seats(&member.caller).await;
    assert_eq!((&seats["members"], &seats["pending_invitations"], &seats["used"]), (&json!(4), &json!(3), &json!(7)));
    // 45/100.
    team.invite_lines(owner, &lines("a", "company.example", 38), "member").await.expect_status(200);
    let seats = team.seats(owner).await;
    assert_eq!((&seats["text"], &seats["mode"]), (&json!("45/100"), &json!("members")));
    assert_eq!((&seats["total"], &seats["available"]), (&json!(100), &json!(55)));
    assert_eq!((&seats["plan_title"], &seats["upgrade_url"]), (&json!("Business"), &json!(UPGRADE_URL)));
    // 60 more are asked for, 55 find a seat.
    let sent = team.invite_lines(owner, &lines("b", "company.example", 60), "member").await.expect_status(200);
    assert_eq!((outcomes(&sent, "invited"), outcomes(&sent, "no_seat")), (55, 5));
    assert_eq!(team.seats(owner).await["text"], "100/100");
    texts(&team.members(owner, "status=pending").await, "email")
}

async fn running_out_of_seats(Scene { app, team, owner, member, .. }: &Scene, pending: &[String]) {
    // No new invitations, and a prompt to upgrade.
    let refused = team.invite(owner, "late@company.example", "member").await.expect_problem(409, "seat_limit").json();
    assert_eq!((&refused["used"], &refused["total"]), (&json!(100), &json!(100)));
    assert_eq!(refused["upgrade_url"], UPGRADE_URL);
    // Existing members remain unaffected, and who holds a seat by an invitation comes in.
    team.read(&member.caller).await.expect_status(200);
    app.wipe_key_value().await;
    let token = app.anyone().mailed_token(&pending[0]).await;
    accept(&app.anyone(), &token).await.expect_status(200);
    assert_eq!(team.seats(owner).await["text"], "100/100");
    // Sending a pending invitation again takes no further seat.
    let waiting = team.members(owner, "status=pending").await;
    let resend = team.at(&format!("invitations/{}/resend", text(&waiting[0]["id"])));
    owner.post(&resend, Value::Null).await.expect_status(200);
    // Options: cancel pending invitations, remove inactive members; either frees one seat.
    let cancel = team.at(&format!("invitations/{}", text(&waiting[0]["id"])));
    owner.delete(&cancel, Value::Null).await.expect_status(204);
    team.invite(owner, "late@company.example", "member").await.expect_status(201);
    team.invite(owner, "later@company.example", "member").await.expect_problem(409, "seat_limit");
    let rita = text(&team.members(owner, "search=rita").await[0]["id"]);
    team.remove(owner, &rita).await.expect_status(200);
    team.invite(owner, "later@company.example", "member").await.expect_status(201);
    team.invite(owner, "latest@company.example", "member").await.expect_problem(409, "seat_limit");
    // An invitation that runs out gives its seat back.
    app.advance_clock(WEEK + HOUR);
    team.invite(owner, "latest@company.example", "member").await.expect_status(201);
    app.dispatch().await;
    let seats = team.seats(owner).await;
    assert_eq!(seats["pending_invitations"], 1, "{seats}");
    team.invite_lines(owner, &lines("c", "company.example", 100), "member").await.expect_status(200);
    assert_eq!(team.seats(owner).await["text"], "100/100");
}

async fn upgrading(Scene { app, team, owner, member, .. }: &Scene) {
    // A smaller plan takes nothing from anybody, and lets nobody further in.
    let seats = team.set_plan(owner, json!({"plan": "team"})).await.expect_status(200).json();
    assert_eq!((&seats["text"], &seats["available"]), (&json!("100/25"), &json!(0)));
    team.read(&member.caller).await.expect_status(200);
    let refused = team.invite(owner, "more@company.example", "member").await.expect_problem(409, "seat_limit").json();
    assert_eq!((&refused["used"], &refused["total"]), (&json!(100), &json!(25)));
    app.wipe_key_value().await;
    let token = app.anyone().mailed_token("latest@company.example").await;
    accept(&app.anyone(), &token).await.expect_status(200);
    // Upgrade to more seats: what the subscription says, which need not be the plan's own number.
    let body = json!({"plan": "business", "seats": 150});
    let seats = team.set_plan(&app.operator(), body).await.expect_status(200).json();
    assert_eq!(seats["text"], "100/150");
    team.invite(owner, "more@company.example", "member").await.expect_status(201);
    let seats = team.set_plan(owner, json!({"plan": "enterprise"})).await.expect_status(200).json();
    assert_eq!((&seats["total"], &seats["available"]), (&Value::Null, &Value::Null));
    team.set_plan(owner, json!({"plan": "gold"})).await.expect_problem(422, "unknown_plan");
}

async fn best_practices(Scene { team, owner, admin, member, .. }: &Scene) {
    // Who joins by a verified domain becomes a member; nobody becomes an admin so.
    let settings = team.read(owner).await.expect_status(200).json();
    assert_eq!(settings["auto_join_role"], "member");
    // "Member has wrong role?" Only the owner changes the roles of admins, and makes them.
    team.re_role(&admin.caller, &member.member, "admin").await.expect_problem(403, "role_out_of_reach");
    team.re_role(owner, &member.member, "admin").await.expect_status(200);
    team.invite(&member.caller, "now@company.example", "member").await.expect_status(201);
    team.re_role(&admin.caller, &member.member, "member").await.expect_problem(403, "role_out_of_reach");
    team.re_role(owner, &member.member, "member").await.expect_status(200);
    team.invite(&member.caller, "then@company.example", "member").await.expect_problem(403, "forbidden");
    // The owner is one, and is handed over, not given up.
    team.leave(owner).await.expect_problem(409, "last_top_role_holder");
    team.transfer(owner, json!({"member": admin.member})).await.expect_status(200);
    assert_eq!((team.my_role(owner).await, team.my_role(&admin.caller).await), ("admin".into(), "owner".into()));
    team.leave(owner).await.expect_status(200);
    team.delete(&admin.caller, "company").await.expect_problem(422, "name_mismatch");
    team.delete(&admin.caller, "Company").await.expect_status(204);
    for former in [&admin.caller, &member.caller] {
        team.read(former).await.expect_problem(404, "not_found");
    }
}
