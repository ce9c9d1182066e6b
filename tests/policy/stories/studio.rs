//! "Organizations" (seed 003).

use latchkey_testkit::{Answer, Caller, TestApp, Value, json};

use crate::support::{HOUR, MONTH, Person, Team, WEEK, accept, found, lines, outcomes, sign_in, text, texts};

struct Scene {
    app: TestApp,
    team: Team,
    owner: Caller,
    admin: Person,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_studio_walks_its_page() {
    let app = TestApp::start().await;
    let (owner, team) = found(&app, "otto@studio.example", "Bright Studio", "studio").await;
    let admin = team.bring_in(&app, &owner, "alma@studio.example", "admin").await;
    let scene = Scene { app, team, owner, admin };
    one_org_at_a_time(&scene).await;
    email_invites(&scene).await;
    let members = invite_links(&scene).await;
    licenses_and_seats(&scene, &members).await;
    member_actions(&scene, &members).await;
    search_and_filter(&scene).await;
    pending_invites(&scene).await;
    organization_settings(&scene).await;
    scene.app.finish().await;
}

async fn one_org_at_a_time(Scene { app, owner, admin, team }: &Scene) {
    assert_eq!(team.my_role(owner).await, "owner", "who creates it becomes the owner");
    // A member of one can neither create another nor be taken into it, and is told what to leave.
    for caller in [owner, &admin.caller] {
        let body = json!({"name": "Second", "policy": "studio"});
        let refused = caller.post("/v1/orgs", body).await.expect_problem(409, "leave_first").json();
        assert_eq!((&refused["organization"], &refused["name"]), (&json!(team.org), &json!("Bright Studio")));
    }
    // Organizations of other products do not count.
    admin.caller.post("/v1/orgs", json!({"name": "Badges", "policy": "credentials"})).await.expect_status(201);
    let (other_owner, other) = found(app, "olga@other.example", "Other Studio", "studio").await;
    other.invite(&other_owner, "alma@studio.example", "member").await.expect_status(201);
    let token = app.anyone().mailed_token("alma@studio.example").await;
    let refused = accept(&admin.caller, &token).await.expect_problem(409, "leave_first");
    assert_eq!(refused.text_at("/name"), "Bright Studio");
}

async fn email_invites(Scene { app, team, owner, admin }: &Scene) {
    // An address and a role, admin or member, by admins and owners.
    for (caller, email, role) in
        [(owner, "ann@studio.example", "admin"), (&admin.caller, "moe@studio.example", "member")]
    {
        team.invite(caller, email, role).await.expect_status(201);
        let mail = app.anyone().newest_mail(email).await;
        assert!(text(&mail["text"]).to_lowercase().contains(role), "{mail}");
    }
    // They expire after 7 days.
    let listed = owner.get(&team.at("invitations?status=pending")).await.expect_status(200).data();
    assert_eq!(listed.len(), 2);
    app.wipe_key_value().await;
    app.advance_clock(WEEK + HOUR);
    let token = app.anyone().mailed_token("moe@studio.example").await;
    accept(&app.anyone(), &token).await.expect_problem(410, "invitation_expired");
}

async fn join(caller: &Caller, token: &str) -> Answer {
    caller.post("/v1/invite-links/join", json!({ "token": token })).await
}

/// Members who joined by a link.
async fn invite_links(Scene { app, team, owner, admin }: &Scene) -> Vec<Person> {
    let made = admin.caller.post(&team.at("invite-links"), json!({"role": "member"})).await.expect_status(201);
    let (link, token) = (made.text_at("/id"), made.text_at("/token"));
    assert!(made.text_at("/url").contains(&token));
    assert!(!owner.get(&team.at("invite-links")).await.expect_status(200).text.contains(&token), "shown once");
    let preview = app.anyone().post("/v1/invite-links/preview", json!({ "token": token })).await.expect_status(200);
    assert_eq!(
        (preview.text_at("/organization/name"), preview.text_at("/role")),
        ("Bright Studio".into(), "member".into())
    );
    // New users create an account on the way, existing users join at once; all of them unlicensed.
    let mut members = Vec::new();
    for n in 1..=12 {
        let caller = sign_in(app, &format!("m{n}@studio.example")).await;
        let joined = join(&caller, &token).await.expect_status(200);
        assert_eq!(
            (joined.text_at("/outcome"), joined.json()["member"]["licensed"].clone()),
            ("joined".into(), json!(false))
        );
        members.push(Person { caller, member: joined.text_at("/member/id") });
    }
    assert_eq!(join(&members[0].caller, &token).await.expect_status(200).text_at("/outcome"), "already_member");
    // Already in an organization: leave first, then join at once.
    let (switcher, former) = found(app, "sue@solo.example", "Solo", "studio").await;
    let refused = join(&switcher, &token).await.expect_problem(409, "leave_first");
    assert_eq!((refused.text_at("/organization"), refused.text_at("/name")), (former.org.clone(), "Solo".to_owned()));
    former.delete(&switcher, "Solo").await.expect_status(204);
    assert_eq!(join(&switcher, &token).await.expect_status(200).text_at("/outcome"), "joined");
    // A link is revocable, and expires after 30 days.
    let newcomer = sign_in(app, "late@studio.example").await;
    let path = team.at(&format!("invite-links/{link}"));
    admin.caller.delete(&path, Value::Null).await.expect_status(204);
    join(&newcomer, &token).await.expect_problem(410, "link_revoked");
    let made = owner.post(&team.at("invite-links"), json!({"role": "member"})).await.expect_status(201);
    let life = made.text_at("/expires_at");
    assert!(life > made.text_at("/created_at"), "{life}");
    members
}

async fn assign(team: &Team, caller: &Caller, members: &[Person]) -> Answer {
    let ids: Vec<&str> = members.iter().map(|person| person.member.as_str()).collect();
    team.licenses(caller, "assign", &ids).await
}

async fn licenses_and_seats(Scene { team, owner, admin, .. }: &Scene, members: &[Person]) {
    // Licences are not automatic; a seat is a licence, not a member.
    let seats = team.seats(owner).await;
    assert_eq!((&seats["mode"], &seats["used"], &seats["total"]), (&json!("licenses"), &json!(0), &json!(10)));
    let assigned = assign(team, &admin.caller, &members[..5]).await.expect_status(200);
    assert_eq!(texts(&assigned.data(), "outcome"), vec!["assigned"; 5]);
    assert_eq!(team.seats(&members[0].caller).await["text"], "5 of 10 licenses assigned");
    // A batch is checked against the free seats before any is assigned.
    let refused = assign(team, owner, &members[4..]).await.expect_problem(409, "seat_limit").json();
    assert_eq!((&refused["used"], &refused["total"]), (&json!(5), &json!(10)));
    assert_eq!(refused["outcomes"][0]["outcome"], "already_licensed");
    assert_eq!(team.seats(owner).await["text"], "5 of 10 licenses assigned", "none was assigned");
    let assigned = assign(team, owner, &members[4..10]).await.expect_status(200);
    assert_eq!(outcomes(&assigned, "assigned"), 5);
    assert_eq!(outcomes(&assigned, "already_licensed"), 1);
    assert_eq!(assigned.json()["seats"]["text"], "10 of 10 licenses assigned");
    // If all seats are in use, more are needed before more can be assigned; people can still be invited.
    assign(team, owner, &members[10..]).await.expect_problem(409, "seat_limit");
    team.invite(owner, "plenty@studio.example", "member").await.expect_status(201);
    team.set_plan(&admin.caller, json!({"plan": "team", "seats": 12})).await.expect_problem(403, "forbidden");
    team.set_plan(owner, json!({"plan": "team", "seats": 12})).await.expect_status(200);
    assign(team, owner, &members[10..]).await.expect_status(200);
    // Fewer seats take no licence away.
    let seats = team.set_plan(owner, json!({"plan": "team", "seats": null})).await.expect_status(200).json();
    assert_eq!(seats["text"], "12 of 10 licenses assigned");
}

async fn member_actions(Scene { app, team, owner, admin }: &Scene, members: &[Person]) {
    let tier = async |person: &Person| team.member(owner, &person.member).await["tier"].clone();
    // With a licence: the organization's tier, whatever the personal subscription; without: the personal one.
    let user = members[0].caller.get("/v1/me").await.expect_status(200).text_at("/id");
    app.operator().put(&format!("/v1/users/{user}/tier"), json!({"tier": "hobby"})).await.expect_status(200);
    owner
        .put(&format!("/v1/users/{user}/tier"), json!({"tier": "studio"}))
        .await
        .expect_problem(401, "unauthenticated");
    assert_eq!(tier(&members[0]).await, "studio");
    let ids: Vec<&str> = members[..3].iter().map(|person| person.member.as_str()).collect();
    let removed = team.licenses(&admin.caller, "remove", &ids).await.expect_status(200);
    assert_eq!(outcomes(&removed, "removed"), 3);
    assert_eq!(tier(&members[0]).await, "hobby");
    assert_eq!(tier(&members[1]).await, Value::Null, "nothing was ever reported of that one");
    let again = team.licenses(&admin.caller, "remove", &ids[..1]).await.expect_status(200);
    assert_eq!(texts(&again.data(), "outcome"), ["not_licensed"]);
    // Change role: the owner only.
    team.re_role(&admin.caller, &members[3].member, "admin").await.expect_problem(403, "forbidden");
    team.re_role(owner, &members[3].member, "admin").await.expect_status(200);
    // Remove: frees the licence; admins remove neither admins nor the owner.
    team.remove(&admin.caller, &members[3].member).await.expect_problem(403, "role_out_of_reach");
    let used = team.seats(owner).await["used"].as_u64().unwrap();
    team.remove(owner, &members[3].member).await.expect_status(200);
    team.remove(&admin.caller, &members[4].member).await.expect_status(200);
    assert_eq!(team.seats(owner).await["used"], used - 2);
    // Leaving does too; the owner does not leave.
    team.leave(&members[5].caller).await.expect_status(200);
    assert_eq!(team.seats(owner).await["used"], used - 3);
    team.leave(owner).await.expect_problem(409, "last_top_role_holder");
}

async fn search_and_filter(Scene { team, owner, .. }: &Scene) {
    let found = team.members(owner, "search=otto").await;
    assert_eq!(texts(&found, "email"), ["otto@studio.example"]);
    let found = team.members(owner, "search=m12").await;
    assert_eq!(texts(&found, "email"), ["m12@studio.example"]);
    for entry in &found {
        for shown in ["display_name", "email", "role", "licensed", "joined_at"] {
            assert!(entry.get(shown).is_some(), "{shown} is not on the page: {entry}");
        }
    }
    let licensed = team.members(owner, "status=active&licensed=true").await.len();
    let unlicensed = team.members(owner, "status=active&licensed=false").await.len();
    assert_eq!(licensed as u64, team.seats(owner).await["used"].as_u64().unwrap());
    assert_eq!(licensed + unlicensed, team.members(owner, "status=active").await.len());
}

async fn pending_invites(Scene { app, team, owner, admin }: &Scene) {
    team.invite_lines(owner, &lines("p", "studio.example", 2), "member").await.expect_status(200);
    team.invite(owner, "p1@studio.example", "admin").await.expect_problem(409, "already_invited");
    let pending = admin.caller.get(&team.at("invitations?status=pending")).await.expect_status(200).data();
    for shown in ["email", "role", "expires_at"] {
        assert!(pending.iter().all(|entry| entry[shown].is_string()), "{shown}");
    }
    // Revoke an invite before it is accepted.
    let id = text(&pending.iter().find(|entry| entry["email"] == "p1@studio.example").expect("p1")["id"]);
    admin.caller.delete(&team.at(&format!("invitations/{id}")), Value::Null).await.expect_status(204);
    app.wipe_key_value().await;
    let token = app.anyone().mailed_token("p1@studio.example").await;
    accept(&app.anyone(), &token).await.expect_problem(410, "invitation_cancelled");
    // A link of its own life: after 30 days it is over.
    let token =
        owner.post(&team.at("invite-links"), json!({"role": "member"})).await.expect_status(201).text_at("/token");
    app.advance_clock(MONTH - HOUR * 24);
    let late = sign_in(app, "p3@studio.example").await;
    join(&late, &token).await.expect_status(200);
    app.advance_clock(HOUR * 25);
    let too_late = sign_in(app, "p4@studio.example").await;
    join(&too_late, &token).await.expect_problem(410, "link_expired");
}

async fn organization_settings(Scene { app, team, admin, .. }: &Scene) {
    // A session lives for 30 days too, so everybody has to sign in again.
    let owner = sign_in(app, "otto@studio.example").await;
    let admin_again = sign_in(app, &admin.caller.email).await;
    admin_again.patch(&team.at(""), json!({"name": "Hers"})).await.expect_problem(403, "forbidden");
    owner.patch(&team.at(""), json!({"name": "Brighter Studio"})).await.expect_status(200);
    // Delete: the name typed exactly; all members and licences go, for good.
    team.delete(&admin_again, "Brighter Studio").await.expect_problem(403, "forbidden");
    team.delete(&owner, "Bright Studio").await.expect_problem(422, "name_mismatch");
    team.delete(&owner, "brighter studio").await.expect_problem(422, "name_mismatch");
    team.delete(&owner, "Brighter Studio").await.expect_status(204);
    for former in [&owner, &admin_again] {
        team.read(former).await.expect_problem(404, "not_found");
    }
    // Everybody is free to join or create another.
    found_again(&owner).await;
}

async fn found_again(caller: &Caller) {
    let body = json!({"name": "Next Studio", "policy": "studio"});
    caller.post("/v1/orgs", body).await.expect_status(201);
}
