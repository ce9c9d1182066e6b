//! `?dry_run=true`: what a change would do, and nothing written.

use expect_test::expect;
use latchkey_api::routes::ROUTES;
use latchkey_testkit::{Answer, Caller, TestApp, Value, json, shown};

use crate::support::{make_link, wrong_fields};

/// Every row of every table, as text.
fn everything(app: &TestApp) -> String {
    let tables =
        app.sql("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name");
    tables
        .iter()
        .map(|table| {
            let latchkey_store::db::Value::Text(table) = &table[0] else { panic!("a table without a name") };
            format!("{table}: {:?}\n", app.sql(&format!("SELECT * FROM {table} ORDER BY 1, 2")))
        })
        .collect()
}

async fn dry(caller: &Caller, method: &str, path: &str, body: Value) -> Answer {
    caller.request(method, &format!("{path}?dry_run=true")).json(&body).send().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_change_can_be_tried_and_writes_nothing() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    let (bob, member) = ada.bring_in(&org, "bob@example.com", "viewer").await;
    let carol = app.sign_in("carol@example.com").await;
    let for_carol = ada.invite(&org, "carol@example.com", "viewer").await;
    ada.invite(&org, "new@example.com", "viewer").await;
    let token = app.anyone().mailed_token("new@example.com").await;
    let (path, anyone, operator) = (format!("/v1/orgs/{org}"), app.anyone(), app.operator());
    let studio = ada.create_org_with("Studio", "studio").await;
    let (_, unlicensed) = ada.bring_in(&studio, "u@example.com", "member").await;
    let (_, licensed) = ada.bring_in(&studio, "l@example.com", "member").await;
    let licenses = format!("/v1/orgs/{studio}/licenses");
    let of_licensed = json!({ "members": [licensed] });
    ada.post(&format!("{licenses}/assign"), of_licensed.clone()).await.expect_status(200);
    let user = ada.get("/v1/me").await.text_at("/id");
    let (link, link_token) = make_link(&ada, &org, json!({"role": "viewer"})).await;
    let (keys, key) = (format!("{path}/api-keys"), crate::api_key::make_key(&ada, &org, json!({})).await.id);
    let token = json!({ "token": token });
    let mut rules = ada.get(&format!("{path}/policy")).await.json();
    rules["name"] = json!("ours");
    let platform = ada.create_org_with("Platform", "platform").await;
    let project = ada.create_project(&platform, "Engine").await;
    let (guest, guest_id) = ada.bring_into(&platform, &project, "guest@example.com", "viewer").await;
    let in_platform = format!("/v1/orgs/{platform}/projects");
    let in_project = format!("{in_platform}/{project}");
    let of_guest = format!("{in_project}/members/{guest_id}");
    let for_guest = json!({"email": "e@example.com", "role": "viewer"});
    let (clients, new_client) = (format!("{path}/oauth-clients"), json!({"name": "Export", "scopes": ["org.read"]}));
    let client = ada.post(&clients, new_client.clone()).await.expect_status(201).text_at("/id");
    let client = format!("{clients}/{client}");
    let domains = crate::domain::scene(&app, &ada, &org).await;
    let (domain, request) =
        (format!("{path}/domains/{}", domains.pending), format!("{path}/join-requests/{}", domains.request));
    app.sql("UPDATE outbox SET state = 'dead', attempts = 1 WHERE kind = 'invitation'");
    let mail = format!("invitation:{for_carol}:1");
    let new_webhook = json!({"url": "https://hooks.example.com/"});
    let webhook = ada.post(&format!("{path}/webhooks"), new_webhook.clone()).await.expect_status(201).text_at("/id");
    let webhook = format!("{path}/webhooks/{webhook}");
    let changes = [
        ("update_me", &ada, "PATCH", "/v1/me".to_owned(), json!({"display_name": "Ada"})),
        ("delete_me", &bob, "DELETE", "/v1/me".to_owned(), json!({"email": "bob@example.com"})),
        ("accept_my_invitation", &carol, "POST", format!("/v1/me/invitations/{for_carol}/accept"), Value::Null),
        ("decline_my_invitation", &carol, "POST", format!("/v1/me/invitations/{for_carol}/decline"), Value::Null),
        ("create_org", &ada, "POST", "/v1/orgs".to_owned(), json!({"name": "Beta"})),
        ("update_org", &ada, "PATCH", path.clone(), json!({"name": "Beta"})),
        ("delete_org", &ada, "DELETE", path.clone(), json!({"name": "Acme"})),
        ("set_org_policy", &ada, "PUT", format!("{path}/policy"), rules),
        ("remove_member", &ada, "DELETE", format!("{path}/members/{member}"), Value::Null),
        ("change_role", &ada, "PUT", format!("{path}/members/{member}/role"), json!({"role": "admin"})),
        ("transfer_ownership", &ada, "POST", format!("{path}/ownership"), json!({ "member": member })),
        ("leave_org", &bob, "POST", format!("{path}/leave"), Value::Null),
        (
            "create_invitation",
            &ada,
            "POST",
            format!("{path}/invitations"),
            json!({"email": "d@example.com", "role": "admin"}),
        ),
        (
            "invite_many",
            &ada,
            "POST",
            format!("{path}/invitations/bulk"),
            json!({"text": "d@example.com\ne@example.com\nnew@example.com", "role": "viewer"}),
        ),
        ("create_invite_link", &ada, "POST", format!("{path}/invite-links"), json!({"role": "admin"})),
        ("revoke_invite_link", &ada, "DELETE", format!("{path}/invite-links/{link}"), Value::Null),
        ("join_by_invite_link", &carol, "POST", "/v1/invite-links/join".to_owned(), json!({ "token": link_token })),
        ("cancel_invitation", &ada, "DELETE", format!("{path}/invitations/{for_carol}"), Value::Null),
        ("resend_invitation", &ada, "POST", format!("{path}/invitations/{for_carol}/resend"), Value::Null),
        ("set_plan", &operator, "PUT", format!("{path}/plan"), json!({"plan": "professional"})),
        ("assign_licenses", &ada, "POST", format!("{licenses}/assign"), json!({ "members": [unlicensed] })),
        ("remove_licenses", &ada, "POST", format!("{licenses}/remove"), of_licensed),
        ("set_org_limits", &ada, "PUT", format!("{path}/limits"), json!({"limits": {"a": 1}})),
        ("set_member_limits", &ada, "PUT", format!("{path}/members/{member}/limits"), json!({"limits": {"a": 1}})),
        (
            "set_member_restrictions",
            &ada,
            "PUT",
            format!("{path}/members/{member}/restrictions"),
            json!({"restrictions": {"badge.create": ["b1"]}}),
        ),
        ("set_personal_tier", &operator, "PUT", format!("/v1/users/{user}/tier"), json!({"tier": "pro"})),
        ("accept_invitation", &anyone, "POST", "/v1/invitations/accept".to_owned(), token.clone()),
        ("decline_invitation", &anyone, "POST", "/v1/invitations/decline".to_owned(), token),
        ("create_oauth_client", &ada, "POST", clients, new_client),
        ("rename_oauth_client", &ada, "PATCH", client.clone(), json!({"name": "Import"})),
        ("rotate_oauth_client", &ada, "POST", format!("{client}/rotate"), Value::Null),
        ("revoke_oauth_client", &ada, "DELETE", client, Value::Null),
        ("create_webhook", &ada, "POST", format!("{path}/webhooks"), new_webhook),
        ("update_webhook", &ada, "PATCH", webhook.clone(), json!({"on": false})),
        ("rotate_webhook", &ada, "POST", format!("{webhook}/rotate"), Value::Null),
        ("test_webhook", &ada, "POST", format!("{webhook}/test"), Value::Null),
        ("replay_webhook", &ada, "POST", format!("{webhook}/replay"), json!({"version": 1})),
        ("delete_webhook", &ada, "DELETE", webhook, Value::Null),
        ("retry_delivery", &ada, "POST", format!("{path}/deliveries/{mail}/retry"), Value::Null),
        ("claim_domain", &ada, "POST", format!("{path}/domains"), json!({"domain": "loom.example"})),
        ("update_domain", &ada, "PATCH", domain.clone(), json!({"auto_join": "automatic"})),
        ("verify_domain", &ada, "POST", format!("{domain}/verify"), Value::Null),
        ("release_domain", &ada, "DELETE", domain, Value::Null),
        ("join_org", &domains.other, "POST", format!("{path}/join"), Value::Null),
        ("approve_join_request", &ada, "POST", format!("{request}/approve"), Value::Null),
        ("decline_join_request", &ada, "POST", format!("{request}/decline"), Value::Null),
        ("create_api_key", &ada, "POST", keys.clone(), json!({"name": "CD"})),
        ("update_api_key", &ada, "PATCH", format!("{keys}/{key}"), json!({"name": "CD"})),
        ("rotate_api_key", &ada, "POST", format!("{keys}/{key}/rotate"), Value::Null),
        ("revoke_api_key", &ada, "DELETE", format!("{keys}/{key}"), Value::Null),
        ("create_project", &ada, "POST", in_platform, json!({"name": "Mill"})),
        ("update_project", &ada, "PATCH", in_project.clone(), json!({"name": "Mill"})),
        ("delete_project", &ada, "DELETE", in_project.clone(), json!({"name": "Engine"})),
        ("invite_to_project", &ada, "POST", format!("{in_project}/invitations"), for_guest),
        ("change_project_role", &ada, "PUT", format!("{of_guest}/role"), json!({"role": "developer"})),
        ("remove_project_member", &ada, "DELETE", of_guest, Value::Null),
        ("leave_project", &guest, "POST", format!("{in_project}/leave"), Value::Null),
    ];
    let mut untried: Vec<&str> =
        ROUTES.iter().filter(|route| route.is_command()).map(|route| route.operation).collect();
    let before = everything(&app);
    let mut told = Vec::new();
    for (operation, caller, method, path, body) in changes {
        untried.retain(|other| *other != operation);
        let answer = dry(caller, method, &path, body).await.expect_status(200);
        let tried = answer.json();
        assert_eq!(tried["dry_run"], true, "{operation}");
        assert_eq!(answer.header("set-cookie"), None, "{operation}");
        told.push(format!("{operation}: {} {}", tried["events"], tried["consequences"]));
        assert!(everything(&app) == before, "{operation} wrote something");
    }
    assert!(untried.is_empty(), "untried: {untried:?}");
    expect![[r#"
        update_me: [] {"member_count_change":0,"pending_invitation_count_change":0,"status":200}
        delete_me: ["member.left"] {"keys_adopted":0,"keys_kept":0,"keys_revoked":0,"member_count_change":-1,"organizations_left":1,"pending_invitation_count_change":0,"projects_left":0,"status":204}
        accept_my_invitation: ["invitation.accepted","member.joined"] {"member_count_change":1,"pending_invitation_count_change":-1,"status":200}
        decline_my_invitation: ["invitation.declined"] {"member_count_change":0,"pending_invitation_count_change":-1,"status":204}
        create_org: ["org.created","member.joined"] {"member_count_change":1,"pending_invitation_count_change":0,"status":201}
        update_org: ["org.renamed"] {"member_count_change":0,"pending_invitation_count_change":0,"status":200}
        delete_org: ["org.deleted"] {"member_count_change":-2,"pending_invitation_count_change":-2,"status":204}
        set_org_policy: ["policy.changed"] {"member_count_change":0,"pending_invitation_count_change":0,"status":200}
        remove_member: ["member.removed"] {"keys_adopted":0,"keys_kept":0,"keys_revoked":0,"member_count_change":-1,"pending_invitation_count_change":0,"status":200}
        change_role: ["member.role_changed"] {"member_count_change":0,"pending_invitation_count_change":0,"status":200}
        transfer_ownership: ["member.role_changed","member.role_changed"] {"member_count_change":0,"pending_invitation_count_change":0,"status":200}
        leave_org: ["member.left"] {"keys_adopted":0,"keys_kept":0,"keys_revoked":0,"member_count_change":-1,"pending_invitation_count_change":0,"status":200}
        create_invitation: ["invitation.created"] {"member_count_change":0,"pending_invitation_count_change":1,"status":201}
        invite_many: ["invitation.created","invitation.created"] {"already_invited":1,"invited":2,"member_count_change":0,"pending_invitation_count_change":2,"status":200}
        create_invite_link: ["invite_link.created"] {"member_count_change":0,"pending_invitation_count_change":0,"status":201}
        revoke_invite_link: ["invite_link.revoked"] {"member_count_change":0,"pending_invitation_count_change":0,"status":204}
        join_by_invite_link: ["member.joined"] {"member_count_change":1,"pending_invitation_count_change":0,"status":200}
        cancel_invitation: ["invitation.cancelled"] {"member_count_change":0,"pending_invitation_count_change":-1,"status":204}
        resend_invitation: ["invitation.resent"] {"member_count_change":0,"pending_invitation_count_change":0,"status":200}
        set_plan: ["plan.changed"] {"member_count_change":0,"pending_invitation_count_change":0,"status":200}
        assign_licenses: ["license.assigned"] {"licenses_assigned":1,"member_count_change":0,"pending_invitation_count_change":0,"status":200}
        remove_licenses: ["license.removed"] {"licenses_freed":1,"member_count_change":0,"pending_invitation_count_change":0,"status":200}
        set_org_limits: ["org.limits_changed"] {"member_count_change":0,"pending_invitation_count_change":0,"status":200}
        set_member_limits: ["member.limits_changed"] {"member_count_change":0,"pending_invitation_count_change":0,"status":200}
        set_member_restrictions: ["member.restrictions_changed"] {"member_count_change":0,"pending_invitation_count_change":0,"status":200}
        set_personal_tier: [] {"member_count_change":0,"pending_invitation_count_change":0,"status":200}
        accept_invitation: ["invitation.accepted","member.joined"] {"member_count_change":1,"pending_invitation_count_change":-1,"status":200}
        decline_invitation: ["invitation.declined"] {"member_count_change":0,"pending_invitation_count_change":-1,"status":204}
        create_oauth_client: ["oauth_client.created"] {"member_count_change":0,"pending_invitation_count_change":0,"status":201}
        rename_oauth_client: ["oauth_client.renamed"] {"member_count_change":0,"pending_invitation_count_change":0,"status":200}
        rotate_oauth_client: ["oauth_client.rotated"] {"member_count_change":0,"pending_invitation_count_change":0,"status":200}
        revoke_oauth_client: ["oauth_client.revoked"] {"member_count_change":0,"pending_invitation_count_change":0,"status":204}
        create_webhook: ["webhook.created"] {"member_count_change":0,"pending_invitation_count_change":0,"status":201}
        update_webhook: ["webhook.changed"] {"member_count_change":0,"pending_invitation_count_change":0,"status":200}
        rotate_webhook: ["webhook.rotated"] {"member_count_change":0,"pending_invitation_count_change":0,"status":200}
        test_webhook: ["webhook.tested"] {"member_count_change":0,"pending_invitation_count_change":0,"status":200}
        replay_webhook: ["webhook.replayed"] {"member_count_change":0,"pending_invitation_count_change":0,"status":200}
        delete_webhook: ["webhook.deleted"] {"member_count_change":0,"pending_invitation_count_change":0,"status":204}
        retry_delivery: ["mail.retried"] {"member_count_change":0,"pending_invitation_count_change":0,"status":200}
        claim_domain: ["domain.claimed"] {"member_count_change":0,"pending_invitation_count_change":0,"status":201}
        update_domain: ["domain.changed"] {"member_count_change":0,"pending_invitation_count_change":0,"status":200}
        verify_domain: ["domain.verified"] {"member_count_change":0,"pending_invitation_count_change":0,"status":200}
        release_domain: ["domain.released"] {"member_count_change":0,"pending_invitation_count_change":0,"status":204}
        join_org: ["join_request.created"] {"member_count_change":0,"pending_invitation_count_change":0,"status":200}
        approve_join_request: ["member.joined"] {"member_count_change":1,"pending_invitation_count_change":0,"status":200}
        decline_join_request: ["join_request.declined"] {"member_count_change":0,"pending_invitation_count_change":0,"status":200}
        create_api_key: ["api_key.created"] {"member_count_change":0,"pending_invitation_count_change":0,"status":201}
        update_api_key: ["api_key.changed"] {"member_count_change":0,"pending_invitation_count_change":0,"status":200}
        rotate_api_key: ["api_key.rotated"] {"member_count_change":0,"pending_invitation_count_change":0,"status":200}
        revoke_api_key: ["api_key.revoked"] {"member_count_change":0,"pending_invitation_count_change":0,"status":204}
        create_project: ["project.created"] {"member_count_change":0,"pending_invitation_count_change":0,"status":201}
        update_project: ["project.renamed"] {"member_count_change":0,"pending_invitation_count_change":0,"status":200}
        delete_project: ["project.deleted"] {"invitations_cancelled":0,"member_count_change":0,"pending_invitation_count_change":0,"project_members_removed":1,"status":204}
        invite_to_project: ["invitation.created"] {"member_count_change":0,"pending_invitation_count_change":1,"status":201}
        change_project_role: ["project.member_role_changed"] {"member_count_change":0,"pending_invitation_count_change":0,"status":200}
        remove_project_member: ["project.member_removed"] {"member_count_change":0,"pending_invitation_count_change":0,"status":204}
        leave_project: ["project.member_left"] {"member_count_change":0,"pending_invitation_count_change":0,"status":204}"#]].assert_eq(&told.join("\n"));
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_would_be_refused_is_refused_in_the_same_way() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    let path = format!("/v1/orgs/{org}");
    let invite = json!({"email": "ada@example.com", "role": "admin"});
    let tried = dry(&ada, "POST", &format!("{path}/invitations"), invite.clone()).await;
    let made = ada.post(&format!("{path}/invitations"), invite).await;
    assert_eq!(shown(&tried), shown(&made));
    dry(&ada, "POST", &format!("{path}/leave"), Value::Null).await.expect_problem(409, "last_top_role_holder");
    dry(&ada, "DELETE", &path, json!({"name": "acme"})).await.expect_problem(422, "name_mismatch");
    dry(&app.anyone(), "DELETE", &path, json!({"name": "Acme"})).await.expect_problem(401, "unauthenticated");
    let stale =
        ada.request("PATCH", &format!("{path}?dry_run=true")).header("if-match", "\"1\"").json(&json!({"name": "B"}));
    stale.send().await.expect_problem(412, "version_mismatch");
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_trial_does_not_use_an_idempotency_key_up() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let body = json!({"name": "Acme"});
    let tried = ada.request("POST", "/v1/orgs?dry_run=true").header("idempotency-key", "k").json(&body).send().await;
    tried.expect_status(200);
    let made =
        ada.request("POST", "/v1/orgs").header("idempotency-key", "k").json(&body).send().await.expect_status(201);
    assert_eq!(made.header("idempotent-replayed"), None);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_neither_true_nor_false_is_refused() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    for wrong in ["yes", "1", "TRUE"] {
        let refused = ada.post(&format!("/v1/orgs?dry_run={wrong}"), json!({"name": "Acme"})).await;
        assert_eq!(wrong_fields(refused), ["dry_run wrong_type"], "{wrong}");
    }
    assert_eq!(wrong_fields(ada.post("/v1/orgs?dryrun=true", json!({"name": "Acme"})).await), ["dryrun unknown"]);
    assert_eq!(wrong_fields(ada.get("/v1/me?dry_run=true").await), ["dry_run unknown"]);
    ada.post("/v1/orgs?dry_run=false", json!({"name": "Acme"})).await.expect_status(201);
    app.finish().await;
}
