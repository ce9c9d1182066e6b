//! Reading requests: every wrong field is named, nothing unknown passes.
#![allow(clippy::unwrap_used, clippy::panic)]

use latchkey_api::field_types::{Change, SignInCode};
use latchkey_api::fields::{Fault, Field, Request};
use latchkey_api::model::{
    AcceptInvitation, CreateInvitation, CreateOrg, ListAudit, ListMembers, MemberFilter, StartSignIn, UpdateMe,
    VerifySignIn,
};
use latchkey_api::{Code, Problem, Timestamp};
use serde_json::json;

fn faults(problem: &Problem) -> Vec<(&str, &str)> {
    problem.errors.iter().map(|error| (error.field.as_str(), error.code)).collect()
}

fn query(text: &str) -> Vec<(String, String)> {
    latchkey_api::router::query_pairs(text).unwrap()
}

#[test]
fn every_wrong_field_is_named_at_once() {
    let problem = CreateInvitation::from_json(br#"{"email": 7, "Role": "admin", "zebra": 1}"#).unwrap_err();
    assert_eq!(problem.code, Code::InvalidRequest);
    assert_eq!(
        faults(&problem),
        [("email", "wrong_type"), ("role", "required"), ("Role", "unknown"), ("zebra", "unknown")]
    );
    assert_eq!(problem.detail, "4 fields are wrong: email, role, Role, zebra.");
}

#[test]
fn one_wrong_field_is_the_detail() {
    let problem = StartSignIn::from_json(br#"{"email": "nobody"}"#).unwrap_err();
    assert_eq!(problem.detail, "email: This must be an e-mail address such as ada@example.com.");
}

#[test]
fn what_is_not_json_is_400_and_what_is_no_object_is_422() {
    for text in ["", "{", "nonsense", "{\"a\":1}x", "\u{feff}{}"] {
        assert_eq!(CreateOrg::from_json(text.as_bytes()).unwrap_err().code, Code::NotJson, "{text}");
    }
    assert_eq!(CreateOrg::from_json(b"\xff\xfe").unwrap_err().code, Code::NotJson);
    // Deeper than any request: refused while parsing, before it can overflow a small stack.
    assert_eq!(CreateOrg::from_json("[".repeat(10_000).as_bytes()).unwrap_err().code, Code::NotJson);
    for text in ["[]", "null", "\"name\"", "7"] {
        let problem = CreateOrg::from_json(text.as_bytes()).unwrap_err();
        assert_eq!((problem.code, faults(&problem)), (Code::InvalidRequest, vec![("body", "wrong_type")]), "{text}");
    }
}

#[test]
fn defaults_optional_and_cleared_fields() {
    let org = CreateOrg::from_json(br#"{"name": " Acme "}"#).unwrap();
    assert_eq!((org.name.as_str(), org.policy.0.as_str()), ("Acme", "credentials"));

    let accept = AcceptInvitation::from_json(br#"{"token": "t", "display_name": null}"#).unwrap();
    assert_eq!(accept.display_name, None);

    let display_name = |text: &str| UpdateMe::from_json(text.as_bytes()).map(|me| me.display_name);
    assert_eq!(display_name("{}"), Ok(Change::Keep));
    assert_eq!(display_name(r#"{"display_name": null}"#), Ok(Change::Clear));
    assert!(matches!(display_name(r#"{"display_name": "Ada"}"#), Ok(Change::Set(name)) if name.as_str() == "Ada"));
    assert!(display_name(r#"{"display_name": ""}"#).is_err());
}

#[test]
fn a_code_may_be_typed_with_blanks_and_is_never_printed() {
    let verify = VerifySignIn::from_json(br#"{"challenge": "c-1", "code": "014 735"}"#).unwrap();
    assert_eq!(verify.code.as_str(), "014735");
    assert_eq!(format!("{verify:?}"), "VerifySignIn { challenge: Token(…), code: SignInCode(…) }");
    for wrong in ["", "12345", "1234567", "12345a", "１２３４５６"] {
        assert!(SignInCode::read(&json!(wrong)).is_err(), "{wrong}");
    }
}

#[test]
fn a_query_is_read_like_a_body() {
    let members = ListMembers::from_query(&query("search=ad+a&status=&limit=3"), &[]).unwrap();
    assert_eq!((members.status, members.limit.0), (MemberFilter::Present, 3));
    assert_eq!(members.search.unwrap().0, "ad a");

    let problem = ListMembers::from_query(&query("limit=0&status=gone&colour=red&search=%09"), &[]).unwrap_err();
    assert_eq!(
        faults(&problem),
        [("status", "not_allowed"), ("search", "too_short"), ("limit", "out_of_range"), ("colour", "unknown")]
    );
    for limit in ["201", "-1", "1.5", "many", "99999999999999999999"] {
        assert!(ListMembers::from_query(&query(&format!("limit={limit}")), &[]).is_err(), "{limit}");
    }
    assert!(ListMembers::from_query(&query("dry_run=true"), &["dry_run"]).is_ok());
}

#[test]
fn a_reserved_word_is_a_plain_name_on_the_wire() {
    let audit = ListAudit::from_query(&query("type=invitation.accepted&since=2026-11-21T20:30:00Z"), &[]).unwrap();
    assert_eq!(audit.r#type.unwrap().0, "invitation.accepted");
    assert_eq!(audit.since, Some(Timestamp(1_795_293_000_000)));
    let problem = ListAudit::from_query(&query("type=DROP&actor=me&until=tomorrow"), &[]).unwrap_err();
    assert_eq!(faults(&problem), [("actor", "invalid"), ("type", "invalid"), ("until", "invalid")]);
}

#[test]
fn a_last_duplicate_wins() {
    assert_eq!(CreateOrg::from_json(br#"{"name": "a", "name": "b"}"#).unwrap().name.as_str(), "b");
    assert_eq!(ListMembers::from_query(&query("limit=1&limit=2"), &[]).unwrap().limit.0, 2);
}

#[test]
fn a_flood_of_wrong_fields_gives_a_bounded_answer() {
    let fields: Vec<String> = (0..5_000).map(|n| format!("\"{n}{}\": 1", "x".repeat(300))).collect();
    let problem = CreateOrg::from_json(format!("{{{}}}", fields.join(",")).as_bytes()).unwrap_err();
    let document = problem.document("req_x").to_string();
    assert!(document.len() < 16 * 1024, "{}", document.len());
}

#[test]
fn faults_are_sentences() {
    let Fault { code, message } = Fault::wrong_type("text");
    assert_eq!((code, message.as_str()), ("wrong_type", "This must be text."));
}
