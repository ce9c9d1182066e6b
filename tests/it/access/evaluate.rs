use latchkey_testkit::{TestApp, Value, json};

use super::{ask, document, entity, question, restrict, theme, user_id, verdict, wrong_members};
use crate::support::{NO_MEMBER, NO_ORG, NO_PROJECT, NO_USER, my_member_id};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_names_the_cell_and_the_events_that_gave_it() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org_with("Acme", "themes").await;
    let (bob, id) = ada.bring_in(&org, "bob@example.com", "viewer").await;
    ada.put(&format!("/v1/orgs/{org}/limits"), json!({"limits": {"theme_license.provision": 50, "exports": 9}}))
        .await
        .expect_status(200);
    ada.put(&format!("/v1/orgs/{org}/members/{id}/limits"), json!({"limits": {"exports": 2}})).await.expect_status(200);
    let user = user_id(&bob).await;
    let operator = app.operator();
    let denied = ask(&operator, entity("user", &user), "theme.download", theme(&org, "aurora")).await;
    assert_eq!(verdict(&denied), (false, "not_granted"));

    ada.put(&format!("/v1/orgs/{org}/members/{id}/role"), json!({"role": "member"})).await.expect_status(200);
    let answer = ask(&operator, entity("user", &user), "theme.download", theme(&org, "aurora")).await;
    let events = ada.audit(&org).await;
    let of = |kind: &str| events.iter().rfind(|event| event["type"] == kind).expect("an event")["id"].clone();
    let policy = app.anyone().get("/v1/policies/themes").await.expect_status(200);
    assert_eq!(policy.json()["name"], "themes");
    let hash = answer["context"]["policy"]["hash"].clone();
    assert_eq!(hash.as_str().map(str::len), Some(64));
    let expected = json!({
        "decision": true,
        "context": {
            "reason": "granted", "permission": "theme.download", "organization": org, "member": id, "role": "member",
            "policy": {"name": "themes", "hash": hash}, "via": "role",
            "limits": {"theme_license.provision": 50, "exports": 2},
            "events": [of("org.created"), of("member.role_changed")],
        },
    });
    assert_eq!(answer, expected);
    // The member is the same subject, and the organization the same place.
    for (subject, resource) in [
        (entity("member", &id), theme(&org, "basalt")),
        (entity("user", &user), entity("organization", &org)),
        (entity("member", &id), entity("organization", &org)),
    ] {
        assert_eq!(ask(&operator, subject, "theme.download", resource).await, expected);
    }
    let mut rules = ada.get(&format!("/v1/orgs/{org}/policy")).await.expect_status(200).json();
    rules["name"] = json!("ours");
    app.operator().put(&format!("/v1/orgs/{org}/policy"), rules).await.expect_status(200);
    let answer = ask(&operator, entity("user", &user), "theme.download", theme(&org, "aurora")).await;
    let events = ada.audit(&org).await;
    assert_eq!(answer["context"]["policy"]["name"], "ours");
    assert_eq!(answer["context"]["events"][0], events.last().expect("an event")["id"]);

    bob.post(&format!("/v1/orgs/{org}/leave"), Value::Null).await.expect_status(200);
    for subject in [entity("user", &user), entity("member", &id)] {
        let answer = ask(&operator, subject, "theme.download", theme(&org, "aurora")).await;
        assert_eq!(
            answer,
            json!({"decision": false, "context": {"reason": "not_a_member"}}),
            "on the very next request"
        );
    }
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_project_inherits_the_role_and_a_guest_has_one_of_their_own() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org_with("Acme", "platform").await;
    let (engine, mill) = (ada.create_project(&org, "Engine").await, ada.create_project(&org, "Mill").await);
    let (_, developer) = ada.bring_in(&org, "dev@example.com", "developer").await;
    let (guest, guest_id) = ada.bring_into(&org, &engine, "guest@example.com", "viewer").await;
    let guest = user_id(&guest).await;
    let operator = app.operator();
    let inherited = ask(&operator, entity("member", &developer), "project.manage", document(&org, &engine)).await;
    assert_eq!(verdict(&inherited), (true, "granted"));
    let context = &inherited["context"];
    assert_eq!((&context["via"], &context["project"]), (&json!("role"), &json!(engine)));
    let answer = ask(&operator, entity("user", &guest), "usage.read", entity("project", &engine)).await;
    assert_eq!(verdict(&answer), (true, "granted"));
    let context = &answer["context"];
    assert_eq!(
        (&context["via"], &context["role"], &context["project_member"]),
        (&json!("project"), &json!("viewer"), &json!(guest_id))
    );
    assert_eq!(context["events"].as_array().map(Vec::len), Some(2));
    for (resource, reason) in [
        (document(&org, &engine), "granted"),
        (document(&org, &mill), "not_a_member"),
        (entity("project", &mill), "not_a_member"),
        (entity("organization", &org), "not_a_member"),
        (theme(&org, "x"), "not_a_member"),
        (document(&org, NO_PROJECT), "unknown_project"),
        (entity("project", NO_PROJECT), "unknown_project"),
    ] {
        let answer = ask(&operator, entity("user", &guest), "usage.read", resource.clone()).await;
        assert_eq!(verdict(&answer), (reason == "granted", reason), "{resource}");
    }
    // Being a member as well, the person has both roles in the project.
    let email = "guest@example.com";
    ada.invite(&org, email, "billing_manager").await;
    let token = json!({"token": ada.mailed_token(email).await});
    app.sign_in(email).await.post("/v1/invitations/accept", token).await.expect_status(200);
    let answer = ask(&operator, entity("user", &guest), "credit.manage", document(&org, &engine)).await;
    assert_eq!((verdict(&answer), &answer["context"]["via"]), ((true, "granted"), &json!("role")));
    ada.delete(&format!("/v1/orgs/{org}/projects/{mill}"), json!({"name": "Mill"})).await.expect_status(204);
    let answer = ask(&operator, entity("member", &developer), "project.manage", document(&org, &mill)).await;
    assert_eq!(verdict(&answer), (false, "unknown_project"), "a deleted project is none");
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_restricted_member_may_what_is_listed() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org_with("Acme", "themes").await;
    let (_, id) = ada.bring_in(&org, "bob@example.com", "member").await;
    restrict(&ada, &org, &id, json!({"theme.download": ["aurora"]})).await.expect_status(200);
    let bob = entity("member", &id);
    for (action, resource, expected, restriction) in [
        ("theme.download", theme(&org, "aurora"), (true, "granted"), json!("listed")),
        ("theme.download", theme(&org, "basalt"), (false, "restricted"), json!("not_listed")),
        ("theme.download", entity("organization", &org), (false, "restricted"), json!("not_listed")),
        ("catalog.browse", theme(&org, "basalt"), (true, "granted"), Value::Null),
    ] {
        let answer = ask(&ada, bob.clone(), action, resource).await;
        assert_eq!((verdict(&answer), &answer["context"]["restriction"]), (expected, &restriction), "{action}");
    }
    let answer = ask(&ada, bob.clone(), "theme.download", theme(&org, "basalt")).await;
    let newest = ada.audit(&org).await.pop().expect("an event");
    assert_eq!(newest["type"], "member.restrictions_changed");
    assert_eq!(answer["context"]["events"][2], newest["id"]);
    restrict(&ada, &org, &id, json!({})).await.expect_status(200);
    let answer = ask(&ada, bob, "theme.download", theme(&org, "basalt")).await;
    assert_eq!(verdict(&answer), (true, "granted"));
    assert_eq!(answer["context"]["events"].as_array().map(Vec::len), Some(2));
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_not_the_askers_to_know_reads_as_what_does_not_exist() {
    let app = TestApp::start().await;
    let (ada, eve) = (app.sign_in("ada@example.com").await, app.sign_in("eve@example.net").await);
    let org = ada.create_org_with("Acme", "platform").await;
    let project = ada.create_project(&org, "Engine").await;
    let (bob, id) = ada.bring_in(&org, "bob@example.com", "viewer").await;
    let (guest, _) = ada.bring_into(&org, &project, "guest@example.com", "viewer").await;
    let (bobs, eves, guests) = (user_id(&bob).await, user_id(&eve).await, user_id(&guest).await);
    eve.create_org_with("Elsewhere", "platform").await;
    for subject in [entity("user", &bobs), entity("member", &id), entity("user", &eves), entity("user", NO_USER)] {
        for (there, nowhere) in [
            (entity("organization", &org), entity("organization", NO_ORG)),
            (entity("project", &project), entity("project", NO_PROJECT)),
            (theme(&org, "x"), theme(NO_ORG, "x")),
            (document(&org, &project), document(NO_ORG, NO_PROJECT)),
        ] {
            let seen = ask(&eve, subject.clone(), "usage.read", there.clone()).await;
            assert_eq!(seen, ask(&eve, subject.clone(), "usage.read", nowhere).await, "{subject} {there}");
            assert_eq!(seen["decision"], false);
        }
    }
    // Members ask about each other, and everybody about themselves.
    let ours = || entity("organization", &org);
    assert_eq!(verdict(&ask(&bob, entity("user", &bobs), "usage.read", ours()).await), (true, "granted"));
    let mine = my_member_id(&ada, &org).await;
    assert_eq!(verdict(&ask(&bob, entity("member", &mine), "org.delete", ours()).await), (true, "granted"));
    assert_eq!(
        verdict(&ask(&guest, entity("user", &guests), "usage.read", entity("project", &project)).await),
        (true, "granted")
    );
    let about_another = ask(&guest, entity("user", &bobs), "usage.read", entity("project", &project)).await;
    assert_eq!(about_another, json!({"decision": false, "context": {"reason": "unknown_project"}}));
    // Whose role does not read members asks about nobody else.
    let mut rules = ada.get(&format!("/v1/orgs/{org}/policy")).await.expect_status(200).json();
    rules["name"] = json!("private");
    let viewer = rules["roles"]
        .as_array_mut()
        .expect("roles")
        .iter_mut()
        .find(|role| role["name"] == "viewer")
        .expect("a viewer");
    let permissions = viewer["permissions"].as_array_mut().expect("permissions");
    permissions.retain(|permission| permission != "member.read");
    app.operator().put(&format!("/v1/orgs/{org}/policy"), rules).await.expect_status(200);
    let answer = ask(&bob, entity("member", &mine), "org.delete", ours()).await;
    assert_eq!(answer, json!({"decision": false, "context": {"reason": "not_yours_to_ask"}}));
    assert_eq!(verdict(&ask(&bob, entity("user", &bobs), "usage.read", ours()).await), (true, "granted"));
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_unknown_is_denied_and_what_is_wrong_is_refused() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org_with("Acme", "themes").await;
    let me = user_id(&ada).await;
    let operator = app.operator();
    for (subject, action, resource, reason) in [
        (entity("user", &me), "theme.eat", theme(&org, "x"), "unknown_permission"),
        (entity("user", &me), "audit.read_own", theme(&org, "x"), "granted"),
        (entity("user", &me), "theme.download", json!({"type": "theme", "id": "x"}), "organization_missing"),
        (entity("user", NO_USER), "theme.download", theme(&org, "x"), "not_a_member"),
        (entity("user", "alice@example.com"), "theme.download", theme(&org, "x"), "not_a_member"),
        (entity("member", NO_MEMBER), "theme.download", theme(&org, "x"), "not_a_member"),
        (entity("team", "red"), "theme.download", theme(&org, "x"), "unknown_subject_type"),
        (entity("user", &me), "theme.download", theme(NO_ORG, "x"), "unknown_organization"),
        (entity("user", &me), "theme.download", theme("x' OR 1=1 --", "x"), "unknown_organization"),
        (entity("user", &me), "theme.download", entity("organization", ""), "unknown_organization"),
    ] {
        let answer = ask(&operator, subject.clone(), action, resource.clone()).await;
        assert_eq!(verdict(&answer), (reason == "granted", reason), "{subject} {action} {resource}");
    }
    let post = async |body: Value| operator.post("/access/v1/evaluation", body).await;
    assert_eq!(wrong_members(post(json!({})).await), ["subject required", "action required", "resource required"]);
    let mut wrong = question(entity("user", &me), "theme.download", theme(&org, "x"));
    wrong["resource"]["properties"]["organization"] = json!(7);
    assert_eq!(wrong_members(post(wrong).await), ["resource.properties.organization wrong_type"]);
    assert_eq!(wrong_members(post(json!([])).await), ["body wrong_type"]);
    let cut = operator.request("POST", "/access/v1/evaluation").header("content-type", "application/json").body("{");
    cut.send().await.expect_problem(400, "not_json");
    let text = operator.request("POST", "/access/v1/evaluation").header("content-type", "text/plain").body("{}");
    text.send().await.expect_problem(415, "unsupported_media_type");
    let asked = question(entity("user", &me), "theme.download", theme(&org, "x"));
    app.anyone().post("/access/v1/evaluation", asked.clone()).await.expect_problem(401, "unauthenticated");
    app.anyone().bearer("x").post("/access/v1/evaluation", asked).await.expect_problem(401, "unauthenticated");
    app.finish().await;
}
