#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use p256::ecdsa::signature::Signer as _;
use serde_json::{Value, json};

use super::*;
use crate::{ClaimsFault, Expected, KeySetFault, Kind, Person, WhenUnsaid};

const NOW_S: i64 = 1_700_000_000;

fn vectors() -> Value {
    serde_json::from_str(include_str!("vectors.json")).unwrap()
}

fn keys(jwks: &[&Value]) -> KeySet {
    KeySet::read(json!({ "keys": jwks }).to_string().as_bytes()).unwrap()
}

fn all_keys() -> KeySet {
    KeySet::read(vectors().to_string().as_bytes()).unwrap()
}

fn signer() -> p256::ecdsa::SigningKey {
    p256::ecdsa::SigningKey::from_slice(&[7; 32]).unwrap()
}

fn signer_jwk(kid: &str) -> Value {
    let point = signer().verifying_key().to_encoded_point(false);
    let coordinate = |bytes: Option<&p256::FieldBytes>| URL_SAFE_NO_PAD.encode(bytes.unwrap());
    json!({"kty": "EC", "crv": "P-256", "kid": kid, "x": coordinate(point.x()), "y": coordinate(point.y())})
}

fn sign(header: &Value, claims: &Value) -> String {
    sign_text(&header.to_string(), &claims.to_string())
}

fn sign_text(header: &str, claims: &str) -> String {
    let signed = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(claims));
    let signature: p256::ecdsa::Signature = signer().sign(signed.as_bytes());
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature.to_bytes()))
}

fn claims() -> Value {
    json!({
        "iss": "https://id.example", "sub": "ada", "aud": "latchkey", "exp": NOW_S + 600, "iat": NOW_S, "nonce": "n",
        "email": "ada@example.com", "email_verified": true,
    })
}

fn with(name: &str, value: Value) -> Value {
    let mut claims = claims();
    claims[name] = value;
    claims
}

fn expected(kind: Kind<'_>) -> Expected<'_> {
    Expected { issuer: "https://id.example", audience: "latchkey", now_s: NOW_S, kind }
}

fn verify(token: &str, keys: &KeySet) -> Result<Claims, TokenFault> {
    Token::read(token)?.verify(keys)
}

/// What is made of claims that the right key has signed.
fn judge(claims: &Value, kind: Kind<'_>) -> Result<Person, ClaimsFault> {
    let token = sign(&json!({"alg": "ES256", "kid": "k"}), claims);
    verify(&token, &keys(&[&signer_jwk("k")])).unwrap().check(&expected(kind))
}

fn as_id(claims: &Value) -> Result<Person, ClaimsFault> {
    judge(claims, Kind::Id { nonce: "n" })
}

fn as_bearer(claims: &Value) -> Result<Person, ClaimsFault> {
    judge(claims, Kind::Bearer { required: &[] })
}

#[test]
fn what_another_library_has_signed_is_believed() {
    let vectors = vectors();
    for name in ["rs256", "es256", "eddsa"] {
        let claims = verify(vectors[name].as_str().unwrap(), &all_keys()).unwrap();
        assert_eq!(claims.check(&expected(Kind::Id { nonce: "n" })).unwrap().subject, "ada", "{name}");
    }
}

#[test]
fn one_changed_bit_of_header_claims_or_signature_is_noticed() {
    let vectors = vectors();
    for name in ["rs256", "es256", "eddsa"] {
        let token = vectors[name].as_str().unwrap();
        for part in 0..3 {
            let mut parts: Vec<Vec<u8>> = token.split('.').map(|part| URL_SAFE_NO_PAD.decode(part).unwrap()).collect();
            let middle = parts[part].len() / 2;
            parts[part][middle] ^= 1;
            let changed: Vec<String> = parts.iter().map(|part| URL_SAFE_NO_PAD.encode(part)).collect();
            assert!(verify(&changed.join("."), &all_keys()).is_err(), "{name}, part {part}");
        }
        assert_eq!(verify(&format!("{token}AA"), &all_keys()).unwrap_err(), TokenFault::Signature, "{name}");
    }
}

#[test]
fn a_token_that_says_it_needs_no_signature_is_refused() {
    for alg in ["none", "None", "NONE", "nOnE", ""] {
        let signed = format!(
            "{}.{}",
            URL_SAFE_NO_PAD.encode(json!({"alg": alg}).to_string()),
            URL_SAFE_NO_PAD.encode(claims().to_string())
        );
        assert_eq!(Token::read(&format!("{signed}.")).unwrap_err(), TokenFault::Algorithm, "{alg}");
    }
}

#[test]
fn a_public_key_used_as_a_shared_secret_signs_nothing() {
    for alg in ["HS256", "HS384", "HS512", "PS256", "RS1", "ES256K", "rs256", "EdDSA ", "RSA-OAEP"] {
        let token = sign(&json!({"alg": alg, "kid": "k"}), &claims());
        assert_eq!(Token::read(&token).unwrap_err(), TokenFault::Algorithm, "{alg}");
    }
}

#[test]
fn a_key_never_checks_what_another_algorithm_has_signed() {
    let token = sign(&json!({"alg": "ES256", "kid": "r"}), &claims());
    assert_eq!(verify(&token, &all_keys()).unwrap_err(), TokenFault::KeyDoesNotFit);
    let confused = sign(&json!({"alg": "RS256", "kid": "k"}), &claims());
    assert_eq!(verify(&confused, &keys(&[&signer_jwk("k")])).unwrap_err(), TokenFault::KeyDoesNotFit);
}

#[test]
fn a_key_that_the_token_brings_along_is_not_looked_at() {
    let brought =
        json!({"alg": "ES256", "kid": "e", "jwk": signer_jwk("e"), "jku": "https://evil.example/jwks", "x5c": ["x"]});
    assert_eq!(verify(&sign(&brought, &claims()), &all_keys()).unwrap_err(), TokenFault::Signature);
    let unnamed = json!({"alg": "ES256", "jwk": signer_jwk("e")});
    assert_eq!(verify(&sign(&unnamed, &claims()), &all_keys()).unwrap_err(), TokenFault::Signature);
}

#[test]
fn an_unknown_key_is_told_apart_because_newer_keys_may_have_it() {
    let token = sign(&json!({"alg": "ES256", "kid": "new"}), &claims());
    assert_eq!(verify(&token, &all_keys()).unwrap_err(), TokenFault::UnknownKey);
    // Without a name, one key is meant if there is one only.
    let unnamed = sign(&json!({"alg": "ES256"}), &claims());
    assert!(verify(&unnamed, &keys(&[&signer_jwk("k")])).is_ok());
    let two = keys(&[&signer_jwk("k"), &signer_jwk("l")]);
    assert_eq!(verify(&unnamed, &two).unwrap_err(), TokenFault::UnknownKey);
}

#[test]
fn extensions_that_would_change_what_is_signed_are_refused() {
    for (name, value) in [("crit", json!(["exp"])), ("b64", json!(false)), ("crit", json!([]))] {
        let mut header = json!({"alg": "ES256", "kid": "k"});
        header[name] = value;
        assert_eq!(Token::read(&sign(&header, &claims())).unwrap_err(), TokenFault::Critical, "{name}");
    }
    for typ in ["logout+jwt", "dpop+jwt", "secevent+jwt", "JWE"] {
        let header = json!({"alg": "ES256", "kid": "k", "typ": typ});
        assert_eq!(Token::read(&sign(&header, &claims())).unwrap_err(), TokenFault::Type, "{typ}");
    }
}

#[test]
fn a_member_that_is_there_twice_is_not_read_in_two_ways() {
    let header = r#"{"alg":"ES256","alg":"none","kid":"k"}"#;
    assert_eq!(Token::read(&sign_text(header, &claims().to_string())).unwrap_err(), TokenFault::Malformed);
    let twice = claims().to_string().replacen('{', r#"{"sub":"eve","#, 1);
    let token = sign_text(r#"{"alg":"ES256","kid":"k"}"#, &twice);
    assert_eq!(verify(&token, &keys(&[&signer_jwk("k")])).unwrap_err(), TokenFault::Malformed);
}

#[test]
fn whatever_is_no_token_is_refused_whatever_its_form() {
    let long = format!("a.{}.c", "b".repeat(TOKEN_BYTES_MAX));
    assert_eq!(Token::read(&long).unwrap_err(), TokenFault::TooLong);
    for wrong in [
        "",
        ".",
        "..",
        "...",
        "a.b",
        "a.b.c",
        "a.b.c.d",
        "e30.e30.",
        "e30=.e30.e30",
        "\u{e4}.b.c",
        "W10.e30.e30",
        "bnVsbA.e30.AA",
    ] {
        assert!(Token::read(wrong).is_err(), "{wrong}");
    }
    for claims in ["null", "[]", "1", "{", "\u{feff}{}"] {
        let token = sign_text(r#"{"alg":"ES256","kid":"k"}"#, claims);
        assert_eq!(verify(&token, &keys(&[&signer_jwk("k")])).unwrap_err(), TokenFault::Malformed, "{claims}");
    }
}

#[test]
fn weak_foreign_and_encrypting_keys_are_none() {
    let read = |jwks: &[&Value]| KeySet::read(json!({ "keys": jwks }).to_string().as_bytes());
    let changed = |name: &str, value: Value| {
        let mut jwk = signer_jwk("k");
        jwk[name] = value;
        jwk
    };
    let small_order = json!({"kty": "OKP", "crv": "Ed25519", "x": URL_SAFE_NO_PAD.encode([0_u8; 32])});
    for useless in [
        &vectors()["weak"],
        &small_order,
        &json!({"kty": "oct", "k": "c2VjcmV0", "kid": "k"}),
        &changed("use", json!("enc")),
        &changed("key_ops", json!(["encrypt"])),
        &changed("alg", json!("HS256")),
        &changed("crv", json!("P-384")),
        &changed("x", json!(URL_SAFE_NO_PAD.encode([1_u8; 32]))),
        &changed("y", json!("")),
        &json!({"kty": "RSA", "n": "AQAB", "e": "AQAB"}),
        &json!("text"),
    ] {
        assert_eq!(read(&[useless]).unwrap_err(), KeySetFault::NoKey, "{useless}");
        assert!(read(&[useless, &signer_jwk("k")]).is_ok(), "{useless}");
    }
    for wrong in ["", "[]", "{\"keys\":{}}", "<html>", "{\"keys\":"] {
        assert_eq!(KeySet::read(wrong.as_bytes()).unwrap_err(), KeySetFault::Malformed, "{wrong}");
    }
}

#[test]
fn a_token_for_another_client_or_of_another_issuer_is_refused() {
    assert!(as_id(&claims()).is_ok());
    for issuer in
        [json!("https://evil.example"), json!("https://id.example/"), json!("https://ID.example"), Value::Null]
    {
        assert_eq!(as_id(&with("iss", issuer)), Err(ClaimsFault::Issuer));
    }
    for audience in [json!("other"), json!([]), json!(["other", "Latchkey"]), Value::Null] {
        assert_eq!(as_id(&with("aud", audience)), Err(ClaimsFault::Audience));
    }
    // Of several audiences one asked for the token, which then says who.
    assert_eq!(as_id(&with("aud", json!(["latchkey", "other"]))), Err(ClaimsFault::AuthorizedParty));
    assert_eq!(as_id(&with("azp", json!("other"))), Err(ClaimsFault::AuthorizedParty));
    assert!(as_id(&with("azp", json!("latchkey"))).is_ok());
    assert!(as_bearer(&with("azp", json!("the host's app"))).is_ok());
}

#[test]
fn a_token_of_another_sign_in_is_refused() {
    for nonce in [json!("m"), json!(""), Value::Null, json!("N")] {
        assert_eq!(as_id(&with("nonce", nonce)), Err(ClaimsFault::Nonce));
    }
}

#[test]
fn a_token_is_good_from_its_beginning_to_its_end() {
    for exp in [json!(NOW_S - 60), json!(NOW_S - 60_000), json!(0), Value::Null] {
        assert!(matches!(as_id(&with("exp", exp.clone())), Err(ClaimsFault::Expired)), "{exp}");
    }
    assert!(as_id(&with("exp", json!(NOW_S - 59))).is_ok());
    // What is kept of a token that was revoked ends with it, so a bearer token ends to the second.
    assert_eq!(as_bearer(&with("exp", json!(NOW_S))), Err(ClaimsFault::Expired));
    assert_eq!(as_bearer(&with("exp", json!(NOW_S + 1))).unwrap().expires_at_s, NOW_S + 1);
    assert_eq!(as_id(&with("iat", json!(NOW_S + 61))), Err(ClaimsFault::NotYet));
    assert_eq!(as_id(&with("iat", Value::Null)), Err(ClaimsFault::NotYet));
    assert_eq!(as_id(&with("nbf", json!(NOW_S + 61))), Err(ClaimsFault::NotYet));
    assert!(as_id(&with("nbf", json!(1_700_000_059.5))).is_ok());
    let token = |claims: &Value| sign(&json!({"alg": "ES256", "kid": "k"}), claims);
    for exp in [json!("1700000600"), json!(1e300), json!(-1), json!([NOW_S])] {
        let token = token(&with("exp", exp.clone()));
        assert_eq!(verify(&token, &keys(&[&signer_jwk("k")])).unwrap_err(), TokenFault::Malformed, "{exp}");
    }
}

#[test]
fn a_person_has_a_name_at_their_issuer_and_an_address_only_if_it_is_verified() {
    for subject in [json!(""), Value::Null, json!("a".repeat(256)), json!("a\nb")] {
        assert_eq!(as_id(&with("sub", subject)), Err(ClaimsFault::Subject));
    }
    for (word, as_said, when_trusted) in [
        (json!(true), true, true),
        (json!("true"), true, true),
        (json!("TRUE"), false, false),
        (json!(1), false, false),
        (json!(false), false, false),
        (Value::Null, false, true),
    ] {
        let person = as_id(&with("email_verified", word)).unwrap();
        assert_eq!(person.verified_email(WhenUnsaid::Unverified).is_some(), as_said);
        assert_eq!(person.verified_email(WhenUnsaid::Verified).is_some(), when_trusted);
    }
    let person = as_id(&with("auth_time", json!(NOW_S - 5))).unwrap();
    assert_eq!((person.email.as_deref(), person.authenticated_at_s), (Some("ada@example.com"), Some(NOW_S - 5)));
    let told = json!({"sub": "ada", "email": "other@example.com", "name": "Ada"});
    let with_told = person.clone().with(&told).unwrap();
    assert_eq!((with_told.email.as_deref(), with_told.email_verified), (Some("other@example.com"), None));
    assert_eq!(person.with(&json!({"sub": "eve", "email": "ada@example.com"})), Err(ClaimsFault::Subject));
}

#[test]
fn a_bearer_token_must_have_the_claims_that_are_asked_for() {
    let required = [("tenant".to_owned(), json!("acme"))];
    let judge = |claims: &Value| judge(claims, Kind::Bearer { required: &required });
    assert!(judge(&with("tenant", json!("acme"))).is_ok());
    for other in [json!("other"), json!(["acme"]), Value::Null] {
        assert_eq!(judge(&with("tenant", other)), Err(ClaimsFault::Required("tenant".to_owned())));
    }
    assert_eq!(judge(&claims()), Err(ClaimsFault::Required("tenant".to_owned())));
}

#[test]
fn a_claimed_issuer_is_seen_before_anything_is_fetched_for_it() {
    let token = sign(&json!({"alg": "ES256", "kid": "k"}), &claims());
    let token = Token::read(&token).unwrap();
    assert!(token.claims_to_be_of("https://id.example") && !token.claims_to_be_of("https://evil.example"));
}
