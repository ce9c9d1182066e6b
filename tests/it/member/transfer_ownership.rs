use latchkey_testkit::{Answer, Caller, TestApp, Value, json};

use crate::support::{NO_MEMBER, my_member_id, texts};

async fn transfer(caller: &Caller, org: &str, body: Value) -> Answer {
    caller.post(&format!("/v1/orgs/{org}/ownership"), body).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_top_role_changes_hands_in_one_step_also_at_a_cap_of_one() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    let (bob, bob_id) = ada.bring_in(&org, "bob@example.com", "viewer").await;
    let given = transfer(&ada, &org, json!({ "member": bob_id })).await.expect_status(200);
    assert_eq!((given.text_at("/id"), given.text_at("/role")), (bob_id, "owner".to_owned()));
    let members = ada.get(&format!("/v1/orgs/{org}/members")).await.expect_status(200).data();
    assert_eq!(texts(&members, "role"), ["admin", "owner"]);
    assert_eq!(
        ada.event_types(&org).await[5..],
        ["member.role_changed", "member.role_changed"],
        "both changes are in the log"
    );
    ada.delete(&format!("/v1/orgs/{org}"), json!({"name": "Acme"})).await.expect_problem(403, "forbidden");
    transfer(&ada, &org, json!({"member": my_member_id(&ada, &org).await})).await.expect_problem(403, "forbidden");
    bob.delete(&format!("/v1/orgs/{org}"), json!({"name": "Acme"})).await.expect_status(204);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_hands_it_over_chooses_what_to_become() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    let (_, bob_id) = ada.bring_in(&org, "bob@example.com", "admin").await;
    for role in ["owner", "emperor"] {
        let body = json!({"member": bob_id, "my_role": role});
        transfer(&ada, &org, body).await.expect_problem(422, "unknown_role");
    }
    transfer(&ada, &org, json!({"member": bob_id, "my_role": "viewer"})).await.expect_status(200);
    assert_eq!(ada.get(&format!("/v1/orgs/{org}")).await.expect_status(200).text_at("/my_role"), "viewer");
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_goes_to_another_member_of_the_organization_only() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    let elsewhere = app.sign_in("eve@example.com").await.create_org("Elsewhere").await;
    let ada_id = my_member_id(&ada, &org).await;
    transfer(&ada, &org, json!({ "member": ada_id })).await.expect_problem(403, "role_out_of_reach");
    transfer(&ada, &org, json!({ "member": NO_MEMBER })).await.expect_problem(404, "not_found");
    transfer(&ada, &org, json!({"member": "nobody"})).await.expect_problem(422, "invalid_request");
    transfer(&ada, &elsewhere, json!({ "member": ada_id })).await.expect_problem(404, "not_found");
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_one_is_billed_the_mark_moves_and_whoever_had_it_keeps_the_role() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org_with("Acme", "themes").await;
    let (path, ada_id) = (format!("/v1/orgs/{org}"), my_member_id(&ada, &org).await);
    let (bob, bob_id) = ada.bring_in(&org, "bob@example.com", "viewer").await;
    let (cem, cem_id) = ada.bring_in(&org, "cem@example.com", "admin").await;
    assert_eq!(ada.get(&path).await.text_at("/billed_owner"), ada_id);
    // Nobody but who is billed hands the billing over, and who is billed stays.
    transfer(&cem, &org, json!({ "member": cem_id })).await.expect_problem(403, "role_out_of_reach");
    ada.post(&format!("{path}/leave"), Value::Null).await.expect_problem(409, "billed_owner_stays");
    cem.delete(&format!("{path}/members/{ada_id}"), Value::Null).await.expect_problem(409, "billed_owner_stays");
    let demote = json!({"role": "member"});
    cem.put(&format!("{path}/members/{ada_id}/role"), demote.clone()).await.expect_problem(409, "billed_owner_stays");

    let given = transfer(&ada, &org, json!({ "member": bob_id })).await.expect_status(200).json();
    assert_eq!((&given["role"], &given["billed_owner"]), (&json!("admin"), &json!(true)));
    assert_eq!(bob.get(&path).await.text_at("/billed_owner"), bob_id);
    let members = bob.get(&format!("{path}/members")).await.expect_status(200).data();
    assert_eq!(texts(&members, "role"), ["admin", "admin", "admin"]);
    assert_eq!(members.iter().map(|m| m["billed_owner"] == true).collect::<Vec<_>>(), [false, true, false]);
    let events = ada.event_types(&org).await;
    assert_eq!(events[events.len() - 2..], ["member.role_changed", "org.billed_owner_changed"]);
    ada.post(&format!("{path}/leave"), Value::Null).await.expect_status(200);
    // To an admin only the mark moves; with `my_role` the role changes as well.
    let given = transfer(&bob, &org, json!({"member": cem_id, "my_role": "viewer"})).await.expect_status(200).json();
    assert_eq!((&given["role"], &given["billed_owner"]), (&json!("admin"), &json!(true)));
    assert_eq!(bob.get(&path).await.text_at("/my_role"), "viewer");
    transfer(&cem, &org, json!({ "member": cem_id })).await.expect_status(200);
    app.finish().await;
}
