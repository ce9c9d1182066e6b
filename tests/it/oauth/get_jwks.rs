use std::collections::BTreeSet;

use latchkey_testkit::{SECRET_KEYS, TestApp, Value, json};

use super::{ask, make, read_token};
use crate::support::text;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_deployment_key_has_its_public_key_and_the_first_one_signs() {
    let keys = format!("new:{},{SECRET_KEYS}", "ab".repeat(32));
    let app = TestApp::start_with(|config| config.variable("secret_keys", keys)).await;
    let answer = app.anyone().get("/oauth/jwks").await.expect_status(200);
    assert_eq!(answer.header("cache-control"), Some("public, max-age=300"));
    let keys = answer.json()["keys"].as_array().unwrap().clone();
    assert_eq!(keys.iter().map(|key| text(&key["kid"])).collect::<Vec<_>>(), ["new", "test"]);
    for key in &keys {
        let said = |name: &str| key[name].as_str().unwrap();
        assert_eq!(["kty", "crv", "use", "alg"].map(said), ["OKP", "Ed25519", "sig", "EdDSA"]);
        assert_eq!(key.as_object().unwrap().len(), 6, "nothing but what is public");
    }
    assert_eq!(keys.iter().map(|key| text(&key["x"])).collect::<BTreeSet<_>>().len(), 2);
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    let (client, secret) = make(&ada, &org, &["org.read"]).await;
    let token = ask(&ada, &client, &secret).await.expect_status(200).text_at("/access_token");
    assert_eq!(read_token(&ada, &token).await.0["kid"], json!("new"));
    app.finish().await;
}

/// The key of a token, as a library would remember it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_deployment_key_always_has_the_same_public_key() {
    let mut seen = BTreeSet::new();
    for _ in 0..2 {
        let app = TestApp::start().await;
        let keys: Value = app.anyone().get("/oauth/jwks").await.expect_status(200).json();
        seen.insert(text(&keys["keys"][0]["x"]));
        app.finish().await;
    }
    assert_eq!(seen.len(), 1);
}
