//! OAuth clients, and the tokens that they get.

mod create_oauth_client;
mod get_jwks;
mod get_oauth_client;
mod get_oauth_metadata;
mod issue_token;
mod list_oauth_clients;
mod rename_oauth_client;
mod revoke_oauth_client;
mod rotate_oauth_client;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use ed25519_dalek::{Signature, VerifyingKey};
use latchkey_testkit::{Answer, Caller, Value, json};

use crate::support::text;

/// A well-formed identifier that no client has.
const NO_CLIENT: &str = "oac_019392d1c4b87d00a1b2c3d4e5f60718";

fn clients(org: &str) -> String {
    format!("/v1/orgs/{org}/oauth-clients")
}

/// A client with these scopes: its id and its secret.
async fn make(caller: &Caller, org: &str, scopes: &[&str]) -> (String, String) {
    let body = json!({"name": "Nightly export", "scopes": scopes});
    let made = caller.post(&clients(org), body).await.expect_status(201);
    (made.text_at("/id"), made.text_at("/client_secret"))
}

async fn rotate(caller: &Caller, org: &str, client: &str, body: Value) -> Answer {
    caller.post(&format!("{}/{client}/rotate", clients(org)), body).await
}

async fn revoke(caller: &Caller, org: &str, client: &str) -> Answer {
    caller.delete(&format!("{}/{client}", clients(org)), Value::Null).await
}

/// Posts a form as it stands.
async fn post_form(caller: &Caller, form: &str) -> Answer {
    let request = caller.request("POST", "/oauth/token").header("content-type", "application/x-www-form-urlencoded");
    request.body(form).send().await
}

/// Asks for a token with the secret in the form.
async fn ask(caller: &Caller, client: &str, secret: &str) -> Answer {
    let form = format!("grant_type=client_credentials&client_id={client}&client_secret={secret}");
    post_form(&caller.signed_out(), &form).await
}

/// Asks for a token by HTTP Basic.
async fn ask_by_basic(caller: &Caller, client: &str, secret: &str, form: &str) -> Answer {
    let credentials = STANDARD.encode(format!("{client}:{secret}"));
    let request = caller.signed_out().request("POST", "/oauth/token");
    let request = request.header("authorization", &format!("Basic {credentials}"));
    request.header("content-type", "application/x-www-form-urlencoded").body(form).send().await
}

/// The error of a refusal, which reads as RFC 6749 says.
#[track_caller]
fn oauth_error(answer: &Answer, status: u16) -> String {
    assert_eq!(answer.status.as_u16(), status, "{}", answer.text);
    assert_eq!(answer.header("content-type"), Some("application/json"), "{}", answer.text);
    assert_eq!((answer.header("cache-control"), answer.header("pragma")), (Some("no-store"), Some("no-cache")));
    let is_basic = answer.header("www-authenticate").is_some_and(|value| value.starts_with("Basic "));
    assert_eq!(is_basic, status == 401);
    let json = answer.json();
    let description = text(&json["error_description"]);
    let may_stand = |c: char| matches!(c, ' '..='!' | '#'..='[' | ']'..='~');
    assert!(!description.is_empty() && description.chars().all(may_stand), "{description}");
    text(&json["error"])
}

/// What a token says, once its signature was checked against the published key that it names: by nothing of ours.
async fn read_token(caller: &Caller, token: &str) -> (Value, Value) {
    let parts: Vec<&str> = token.split('.').collect();
    let [header, claims, signature] = parts.as_slice() else { panic!("no JWT: {token}") };
    let json = |part: &str| -> Value { serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap() };
    let (shown, said) = (json(header), json(claims));
    let jwks = caller.signed_out().get("/oauth/jwks").await.expect_status(200).json();
    let key = jwks["keys"].as_array().unwrap().iter().find(|key| key["kid"] == shown["kid"]).expect("its key");
    let key: [u8; 32] = URL_SAFE_NO_PAD.decode(text(&key["x"])).unwrap().try_into().unwrap();
    let signature = Signature::from_slice(&URL_SAFE_NO_PAD.decode(signature).unwrap()).unwrap();
    let signed = format!("{header}.{claims}");
    VerifyingKey::from_bytes(&key).unwrap().verify_strict(signed.as_bytes(), &signature).expect("its signature");
    (shown, said)
}
