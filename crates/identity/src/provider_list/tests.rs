#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

use serde_json::json;

use super::*;
use crate::{
    Answer, AnswerFault, Asking, Metadata, MetadataFault, TokenAnswer, TokenRequest, Use, answer, discovery_url,
    user_info,
};

const KEY: &str = include_str!("key.p8");

fn read(list: &Value) -> Result<Vec<Provider>, Vec<String>> {
    read_providers(&list.to_string(), Transport::HttpsOnly)
}

fn one(entry: Value) -> Provider {
    read(&json!([entry])).unwrap().remove(0)
}

fn acme() -> Value {
    json!({"id": "acme", "issuer": "https://id.acme.example", "client_id": "latchkey", "client_secret": "s:3+c r"})
}

fn metadata(provider: &Provider, more: &Value) -> Metadata {
    let issuer = &provider.issuer;
    let mut document = json!({
        "issuer": issuer, "authorization_endpoint": format!("{issuer}/authorize"), "token_endpoint": format!("{issuer}/token"),
        "jwks_uri": format!("{issuer}/keys"), "userinfo_endpoint": format!("{issuer}/me"), "something_else": {},
    });
    for (name, value) in more.as_object().into_iter().flatten() {
        document[name] = value.clone();
    }
    Metadata::read(document.to_string().as_bytes(), issuer, Transport::HttpsOnly, Use::SignIn).unwrap()
}

fn asking<'a>(provider: &'a Provider, metadata: &'a Metadata) -> Asking<'a> {
    // The verifier and the challenge of RFC 7636, appendix B.
    let verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    Asking { provider, metadata, redirect_uri: "https://team.example/cb", state: "s", nonce: "n", verifier }
}

#[test]
fn the_browser_is_sent_with_all_that_binds_the_answer_to_this_sign_in() {
    let provider = one(acme());
    let metadata = metadata(&provider, &Value::Null);
    assert_eq!(
        asking(&provider, &metadata).url(),
        "https://id.acme.example/authorize?response_type=code&client_id=latchkey&redirect_uri=https%3A%2F%2Fteam.example%2Fcb\
         &scope=openid%20email%20profile&state=s&nonce=n&code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM\
         &code_challenge_method=S256"
    );
}

#[test]
fn a_code_is_traded_with_the_verifier_that_never_left_before() {
    let provider = one(acme());
    let of = |more: Value| {
        let metadata = metadata(&provider, &more);
        let request = TokenRequest::new(&asking(&provider, &metadata), "c&d", 0);
        assert_eq!(request.url, "https://id.acme.example/token");
        let authorization = request.headers.iter().find(|(name, _)| *name == "authorization").map(|(_, it)| it.clone());
        (String::from_utf8(request.body).unwrap(), authorization)
    };
    let code = "grant_type=authorization_code&code=c%26d&redirect_uri=https%3A%2F%2Fteam.example%2Fcb\
                &code_verifier=dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    // latchkey:s%3A3%2Bc+r
    let basic = Some("Basic bGF0Y2hrZXk6cyUzQTMlMkJjK3I=".to_owned());
    assert_eq!(of(Value::Null), (code.to_owned(), basic.clone()));
    assert_eq!(
        of(json!({"token_endpoint_auth_methods_supported": ["client_secret_post", "client_secret_basic"]})).1,
        basic
    );
    let posted = of(json!({"token_endpoint_auth_methods_supported": ["client_secret_post"]}));
    assert_eq!(posted, (format!("{code}&client_id=latchkey&client_secret=s%3A3%2Bc+r"), None));
}

#[test]
fn apple_is_shown_a_secret_that_was_signed_for_this_request() {
    let entry = json!({"preset": "apple", "client_id": "com.acme.web", "team_id": "TEAM", "key_id": "KEY1", "private_key": KEY});
    let provider = one(entry.clone());
    assert_eq!(
        (provider.id.as_str(), provider.name.as_str(), provider.response_mode),
        ("apple", "Apple", ResponseMode::FormPost)
    );
    let metadata = metadata(&provider, &Value::Null);
    assert!(asking(&provider, &metadata).url().ends_with("&response_mode=form_post"));
    let body = TokenRequest::new(&asking(&provider, &metadata), "c", 1_700_000_000).body;
    let form: Vec<(String, String)> = form_urlencoded::parse(&body).into_owned().collect();
    let secret = &form.iter().find(|(name, _)| name == "client_secret").unwrap().1;
    let vectors: Value = serde_json::from_str(include_str!("../jws/vectors.json")).unwrap();
    // The key of the file is the one that the vectors' ES256 token was signed with; there it is called otherwise.
    let mut jwk = vectors["keys"][1].clone();
    jwk["kid"] = json!("KEY1");
    let keys = crate::KeySet::read(json!({"keys": [jwk]}).to_string().as_bytes()).unwrap();
    let claims = crate::Token::read(secret).unwrap().verify(&keys).unwrap();
    let expected = crate::Expected {
        issuer: "TEAM",
        audience: "https://appleid.apple.com",
        now_s: 1_700_000_000,
        kind: crate::Kind::Bearer { required: &[] },
    };
    let person = claims.check(&expected).unwrap();
    assert_eq!((person.subject.as_str(), person.expires_at_s), ("com.acme.web", 1_700_000_300));
    // The same file in one line, as variables have it.
    let mut in_one_line = entry;
    in_one_line["private_key"] = json!(KEY.replace('\n', "\\n"));
    one(in_one_line);
    assert!(!format!("{provider:?}").contains("Signing"));
}

#[test]
fn an_answer_of_another_provider_is_not_traded() {
    let provider = one(acme());
    let plain = metadata(&provider, &Value::Null);
    let named = metadata(&provider, &json!({"authorization_response_iss_parameter_supported": true}));
    let code = |iss| Answer { code: Some("c"), error: None, iss };
    let (mine, other) = (Some("https://id.acme.example"), Some("https://evil.example"));
    assert_eq!(answer(&code(mine), &provider, &named), Ok("c"));
    assert_eq!(answer(&code(None), &provider, &plain), Ok("c"));
    assert_eq!(answer(&code(other), &provider, &plain), Err(AnswerFault::Issuer));
    assert_eq!(answer(&code(None), &provider, &named), Err(AnswerFault::Issuer));
    let refused = Answer { error: Some("access_denied<script>"), ..Answer::default() };
    assert_eq!(answer(&refused, &provider, &plain), Err(AnswerFault::Refused("access_deniedscript".to_owned())));
    assert_eq!(answer(&Answer::default(), &provider, &plain), Err(AnswerFault::NoCode));
}

#[test]
fn metadata_of_another_issuer_or_in_clear_text_is_refused() {
    let read = |document: &Value, transport| {
        Metadata::read(document.to_string().as_bytes(), "https://id.example", transport, Use::SignIn).map(drop)
    };
    let document = |issuer: &str, token: &str| json!({"issuer": issuer, "authorization_endpoint": "https://a.example", "token_endpoint": token, "jwks_uri": "https://k.example"});
    assert_eq!(read(&document("https://id.example", "https://t.example"), Transport::HttpsOnly), Ok(()));
    let other = read(&document("https://evil.example", "https://t.example"), Transport::HttpsOnly);
    assert_eq!(other, Err(MetadataFault::Issuer("https://evil.example".to_owned())));
    for endpoint in ["http://t.example", "", "javascript:alert(1)"] {
        let plain = read(&document("https://id.example", endpoint), Transport::HttpsOnly);
        assert_eq!(plain, Err(MetadataFault::Endpoint("token_endpoint")));
    }
    assert_eq!(read(&document("https://id.example", "http://t.example"), Transport::HttpToo), Ok(()));
    assert_eq!(read(&json!([]), Transport::HttpsOnly), Err(MetadataFault::Malformed));
    assert_eq!(
        discovery_url("https://id.example/tenant/"),
        "https://id.example/tenant/.well-known/openid-configuration"
    );
}

#[test]
fn what_is_no_answer_with_a_token_is_none() {
    assert!(TokenAnswer::read(200, br#"{"id_token":"a.b.c","access_token":"t","token_type":"Bearer"}"#).is_some());
    for (status, body) in
        [(400, "{\"id_token\":\"a.b.c\"}"), (302, ""), (200, "{}"), (200, "<html>"), (200, "{\"id_token\":1}")]
    {
        assert!(TokenAnswer::read(status, body.as_bytes()).is_none(), "{status} {body}");
    }
    let provider = one(acme());
    let metadata = metadata(&provider, &Value::Null);
    let info = |token: &str| {
        let answer =
            TokenAnswer::read(200, json!({"id_token": "x", "access_token": token}).to_string().as_bytes()).unwrap();
        user_info(&metadata, &answer)
    };
    assert_eq!(info("t"), Some(("https://id.acme.example/me".to_owned(), "Bearer t".to_owned())));
    assert_eq!(info("t\r\nx-evil: 1"), None);
}

#[test]
fn every_wrong_member_is_named_by_its_place_and_no_secret_is_repeated() {
    let faults = read(&json!([
        {"id": "Acme!", "issuer": "http://id.example", "client_secret": 7, "scopes": ["email"], "secret": "hunter2", "domains": ["x"]},
        acme(),
        acme(),
        {"preset": "apple", "client_id": "x", "private_key": "hunter2", "team_id": "T", "auth_method": "hunter2"},
        {"preset": "myspace", "trusts_email": "yes", "response_mode": "fragment"},
        "hunter2",
    ]));
    let faults = faults.unwrap_err();
    let text = faults.join("\n");
    for named in [
        "provider 1: `secret` is no member",
        "provider 1: issuer must",
        "provider 1: id must",
        "provider 1: client_id is missing",
        "provider 1: scopes must",
        "provider 1: domains must",
        "provider 1: client_secret must be text",
        "provider 3: id is another",
        "provider 3: issuer is another",
        "provider 4: key_id is missing",
        "provider 4: private_key must",
        "provider 4: auth_method must",
        "provider 5: preset must",
        "provider 5: trusts_email must",
        "provider 5: response_mode must",
        "provider 6: must be an object",
    ] {
        assert!(text.contains(named), "{named} in\n{text}");
    }
    assert!(!text.contains("hunter2"), "{text}");
    assert_eq!(
        read_providers("hunter2", Transport::HttpsOnly).unwrap_err(),
        ["must be a JSON list: see line 1, column 1"]
    );
    assert_eq!(read_providers(" ", Transport::HttpsOnly).unwrap().len(), 0);
    let google =
        one(json!({"preset": "google", "client_id": "g", "client_secret": "hunter2", "domains": ["Acme.example"]}));
    assert_eq!((google.id.as_str(), google.issuer.as_str()), ("google", "https://accounts.google.com"));
    assert!(
        google.speaks_for("acme.example") && !google.speaks_for("evil.example") && !google.speaks_for("x.acme.example")
    );
    assert!(one(acme()).speaks_for("any.example") && !format!("{google:?}").contains("hunter2"));
}

#[test]
fn the_providers_of_the_setup_page_are_taken_as_they_are_written() {
    let page = include_str!("../../../../docs/sign-in.md");
    let blocks = page.split("```json\n").skip(1).filter_map(|rest| Some(rest.split_once("```")?.0));
    let lists: Vec<Value> =
        blocks.filter(|block| block.starts_with('[')).map(|it| serde_json::from_str(it).unwrap()).collect();
    let read: Vec<String> = lists
        .into_iter()
        .map(|mut list| {
            // The page cannot show a key.
            if list[0].get("private_key").is_some() {
                list[0]["private_key"] = json!(KEY);
            }
            read(&list).unwrap().remove(0).id
        })
        .collect();
    assert_eq!(read, ["google", "apple", "acme"]);
}
