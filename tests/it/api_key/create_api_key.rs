use expect_test::expect;
use latchkey_testkit::{TestApp, json, shown};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_new_key_is_shown_once_and_acts_for_its_holder() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    let made = ada
        .post(&format!("/v1/orgs/{org}/api-keys"), json!({"name": "CI", "scopes": ["org.read", "badge.create"]}))
        .await;
    expect![[r#"
        201
        etag: "3"
        location: /v1/orgs/org#1/api-keys/key#1
        {
          "created_at": "[time]",
          "created_by": "mem#1",
          "ended_at": null,
          "expires_at": null,
          "holder": {
            "display_name": null,
            "email": "ada@example.com",
            "member": "mem#1",
            "role": "owner"
          },
          "id": "key#1",
          "key": "lk_3d954931_fbec28ad0c19401caaf6a289d9d88e6e1224f9ad980c395e5df9a413a37451b43e03f27d",
          "label": "3d954931",
          "last_used_at": null,
          "name": "CI",
          "ownerless": false,
          "permissions": [
            "badge.create",
            "org.read"
          ],
          "project": null,
          "rate_limit": null,
          "scopes": [
            "badge.create",
            "org.read"
          ],
          "status": "active"
        }"#]]
    .assert_eq(&shown(&made));
    let key = made.text_at("/key");
    let program = app.anyone().bearer(&key);
    program.get(&format!("/v1/orgs/{org}")).await.expect_status(200);
    let refused = program.get(&format!("/v1/orgs/{org}/members")).await;
    expect![[r#"
        403
        content-type: application/problem+json
        {
          "code": "scope_lacks",
          "detail": "The key does not include member.read: its holder's role does, its scopes do not.",
          "permission": "member.read",
          "request_id": "[request]",
          "status": 403,
          "title": "The key's scopes leave this out",
          "type": "/problems/scope_lacks"
        }"#]]
    .assert_eq(&shown(&refused));
    let verified = app.operator().post("/v1/api-keys/verify", json!({"key": key, "permission": "badge.create"})).await;
    expect![[r#"
        200
        {
          "expires_at": null,
          "id": "key#1",
          "label": "3d954931",
          "member": "mem#1",
          "name": "CI",
          "organization": {
            "id": "org#1",
            "name": "Acme"
          },
          "ownerless": false,
          "permissions": [
            "badge.create",
            "org.read"
          ],
          "permitted": true,
          "project": null,
          "rate_limit": null,
          "reason": null,
          "role": "owner",
          "scopes": [
            "badge.create",
            "org.read"
          ],
          "user": "usr#1",
          "valid": true
        }"#]]
    .assert_eq(&shown(&verified));
    let rotated =
        ada.post(&format!("/v1/orgs/{org}/api-keys/{}/rotate", made.text_at("/id")), json!({"overlap_s": 0})).await;
    expect![[r#"
        200
        etag: "4"
        {
          "created_at": "[time]",
          "created_by": "mem#1",
          "ended_at": null,
          "expires_at": null,
          "holder": {
            "display_name": null,
            "email": "ada@example.com",
            "member": "mem#1",
            "role": "owner"
          },
          "id": "key#1",
          "key": "lk_fd39d674_b41e5115d828ab3c9f0b6efdc63647befe1e1632db83bc7657118f9d86cae79f963d465b",
          "label": "fd39d674",
          "last_used_at": "[time]",
          "name": "CI",
          "ownerless": false,
          "permissions": [
            "badge.create",
            "org.read"
          ],
          "project": null,
          "rate_limit": null,
          "scopes": [
            "badge.create",
            "org.read"
          ],
          "status": "active"
        }"#]]
    .assert_eq(&shown(&rotated));
    let verified = app.operator().post("/v1/api-keys/verify", json!({"key": key})).await;
    expect![[r#"
        200
        {
          "expires_at": "[time]",
          "id": "key#1",
          "label": "fd39d674",
          "member": "mem#1",
          "name": "CI",
          "organization": {
            "id": "org#1",
            "name": "Acme"
          },
          "ownerless": false,
          "permissions": [],
          "permitted": null,
          "project": null,
          "rate_limit": null,
          "reason": "rotated",
          "role": "owner",
          "scopes": [
            "badge.create",
            "org.read"
          ],
          "user": "usr#1",
          "valid": false
        }"#]]
    .assert_eq(&shown(&verified));
    ada.delete(&format!("/v1/orgs/{org}/api-keys/{}", made.text_at("/id")), json!(null)).await.expect_status(204);
    let listed = ada.get(&format!("/v1/orgs/{org}/api-keys")).await;
    expect![[r#"
        200
        {
          "data": [
            {
              "created_at": "[time]",
              "created_by": "mem#1",
              "ended_at": "[time]",
              "expires_at": null,
              "holder": {
                "display_name": null,
                "email": "ada@example.com",
                "member": "mem#1",
                "role": "owner"
              },
              "id": "key#1",
              "key": null,
              "label": "fd39d674",
              "last_used_at": "[time]",
              "name": "CI",
              "ownerless": false,
              "permissions": [],
              "project": null,
              "rate_limit": null,
              "scopes": [
                "badge.create",
                "org.read"
              ],
              "status": "revoked"
            }
          ],
          "next_cursor": null
        }"#]]
    .assert_eq(&shown(&listed));
    assert_eq!(app.count("SELECT count(*) FROM activity"), 3);
    app.finish().await;
}
