//! "Team access" (seed 000).

use latchkey_testkit::{Caller, TestApp, Value, json};

use crate::support::{Person, Team, accept, expect_permissions, found, lines, sign_in, text, texts};

struct Scene {
    app: TestApp,
    team: Team,
    admin: Caller,
    member: Person,
    viewer: Person,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_account_for_themes_walks_its_page() {
    let app = TestApp::start().await;
    let (admin, team) = found(&app, "ava@shop.example", "Shop", "themes").await;
    let member = invite_your_team(&app, &team, &admin).await;
    let viewer = team.bring_in(&app, &admin, "vic@client.example", "viewer").await;
    let scene = Scene { app, team, admin, member, viewer };
    set_permissions(&scene).await;
    track_activity(&scene).await;
    roles(&scene).await;
    provisioning_within_account_limits(&scene).await;
    no_hard_limit_on_team_size(&scene).await;
    one_account_is_billed(&scene).await;
    scene.app.finish().await;
}

async fn invite_your_team(app: &TestApp, team: &Team, admin: &Caller) -> Person {
    // An address and a role; an e-mail is sent automatically; one click joins.
    team.invite(admin, "max@shop.example", "member").await.expect_status(201);
    let token = app.anyone().mailed_token("max@shop.example").await;
    let joined = accept(&app.anyone(), &token).await.expect_status(200);
    let caller = app.anyone().bearer(joined.text_at("/session/token"));
    Person { caller, member: joined.text_at("/member/id") }
}

async fn set_permissions(Scene { team, admin, viewer, .. }: &Scene) {
    // Adjusted at any time, in effect immediately.
    let invites = async || team.invite(&viewer.caller, "new@shop.example", "viewer").await;
    invites().await.expect_problem(403, "forbidden");
    team.re_role(admin, &viewer.member, "admin").await.expect_status(200);
    invites().await.expect_status(201);
    team.re_role(admin, &viewer.member, "viewer").await.expect_status(200);
    invites().await.expect_problem(403, "forbidden");
}

async fn track_activity(Scene { team, admin, member, viewer, .. }: &Scene) {
    // Team changes with their times and whoever made them: for admins in full, for members what they did themselves.
    let events = admin.audit(&team.org).await;
    let last = events.last().expect("events");
    assert_eq!(last["type"], "member.role_changed");
    assert_eq!(last["actor"]["email"], "ava@shop.example");
    assert!(last["at"].is_string());
    let own = member.caller.audit(&team.org).await;
    assert!(own.iter().all(|event| event["actor"]["email"] == "max@shop.example"), "{own:?}");
    viewer.caller.get(&team.at("audit")).await.expect_problem(403, "forbidden");
}

async fn roles(Scene { app, team, admin, member, viewer }: &Scene) {
    let all = [
        "theme_license.purchase",
        "theme_license.revoke",
        "billing.manage",
        "member.invite",
        "member.remove",
        "member.change_role",
        "api_key.create",
        "audit.read",
    ];
    expect_permissions(app, "themes", "admin", &all, &[]).await;
    let provisions = [
        "catalog.browse",
        "theme_license.provision",
        "theme.download",
        "audit.read_own",
        "api.access",
        "api.read",
        "api.provision",
    ];
    expect_permissions(app, "themes", "member", &provisions, &all).await;
    let looks = ["catalog.browse", "theme_license.list", "report.download"];
    let no_rights = ["theme_license.purchase", "theme_license.provision", "theme.download", "api.access"];
    expect_permissions(app, "themes", "viewer", &looks, &no_rights).await;
    // Members cannot manage billing or team settings; viewers make no changes.
    for other in [member, viewer] {
        team.set_plan(&other.caller, json!({"plan": "standard"})).await.expect_problem(403, "forbidden");
        other.caller.patch(&team.at(""), json!({"name": "Theirs"})).await.expect_problem(403, "forbidden");
        team.remove(&other.caller, &viewer.member).await.expect_problem(403, "forbidden");
    }
    // Invite & remove team members: gone at once, and free to be asked again.
    let gone = team.bring_in(app, admin, "gus@shop.example", "member").await;
    team.remove(admin, &gone.member).await.expect_status(200);
    team.read(&gone.caller).await.expect_problem(404, "not_found");
    team.invite(admin, "gus@shop.example", "member").await.expect_status(201);
}

async fn provisioning_within_account_limits(Scene { app, team, admin, member, viewer }: &Scene) {
    let of_account = json!({"limits": {"theme_license.provision": 50}});
    member.caller.put(&team.at("limits"), of_account.clone()).await.expect_problem(403, "forbidden");
    admin.put(&team.at("limits"), of_account.clone()).await.expect_status(200);
    assert_eq!(team.read(&viewer.caller).await.expect_status(200).json()["limits"], of_account["limits"]);
    // A member's own number goes before the account's.
    let of_max = team.at(&format!("members/{}/limits", member.member));
    let set = admin.put(&of_max, json!({"limits": {"theme_license.provision": 5}})).await.expect_status(200).json();
    assert_eq!(set["effective"], json!({"theme_license.provision": 5}));
    let set = app.operator().put(&of_max, json!({"limits": {}})).await.expect_status(200).json();
    assert_eq!(set["effective"], json!({"theme_license.provision": 50}));
}

async fn no_hard_limit_on_team_size(Scene { team, admin, .. }: &Scene) {
    let sent = team.invite_lines(admin, &lines("t", "shop.example", 300), "viewer").await.expect_status(200);
    assert_eq!(sent.json()["invited"], 300);
    let seats = team.seats(admin).await;
    assert_eq!(
        (&seats["mode"], &seats["total"], &seats["text"]),
        (&json!("none"), &Value::Null, &json!("3 members, no limit"))
    );
}

async fn one_account_is_billed(Scene { app, team, admin, member, .. }: &Scene) {
    // All purchases are billed to the account owner: a mark on one of the admins.
    let ava = team.my_member(admin).await;
    assert_eq!(team.read(admin).await.expect_status(200).text_at("/billed_owner"), ava);
    let second = team.bring_in(app, admin, "amy@shop.example", "admin").await;
    let marks = async || {
        let members = team.members(admin, "status=active").await;
        texts(&members.into_iter().filter(|entry| entry["billed_owner"] == true).collect::<Vec<_>>(), "id")
    };
    assert_eq!(marks().await, [ava.as_str()]);
    // Whoever bears it stays, stays an admin, and hands it over alone.
    team.leave(admin).await.expect_problem(409, "billed_owner_stays");
    team.remove(&second.caller, &ava).await.expect_problem(409, "billed_owner_stays");
    team.re_role(&second.caller, &ava, "member").await.expect_problem(409, "billed_owner_stays");
    team.transfer(&second.caller, json!({"member": second.member})).await.expect_problem(403, "role_out_of_reach");
    team.transfer(admin, json!({"member": member.member})).await.expect_status(200);
    assert_eq!(marks().await, [member.member.as_str()]);
    assert_eq!((team.my_role(admin).await, team.my_role(&member.caller).await), ("admin".into(), "admin".into()));
    team.remove(&second.caller, &ava).await.expect_status(200);
    // Separate billing needs a separate account, in which one person may be as well.
    let (mona, other) = found(app, "mona@second.example", "Second shop", "themes").await;
    other.invite(&mona, "ava@shop.example", "member").await.expect_status(201);
    let card = text(&admin.get("/v1/me/invitations").await.expect_status(200).data()[0]["id"]);
    admin.post(&format!("/v1/me/invitations/{card}/accept"), Value::Null).await.expect_status(200);
    let stranger = sign_in(app, "stranger@else.example").await;
    for team in [team, &other] {
        team.read(&stranger).await.expect_problem(404, "not_found");
    }
}
