//! What every request goes through before its handler, and every answer after it.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

use std::rc::Rc;

use latchkey_api::exchange::{Admission, Outgoing, admit, finish};
use latchkey_api::model::{DryRun, InvitationPreview, Me, Member, Org};
use latchkey_api::{
    Call, Code, Context, Head, Key, Mode, Page, PageRequest, Problem, Reply, Settings, Timestamp, field_types, model,
};
use latchkey_domain::OrgId;
use serde_json::{Value, json};

const ORG: &str = "org_019392d1c4b87d00a1b2c3d4e5f60718";
const PROJECT: &str = "prj_019392d1c4b87d00a1b2c3d4e5f60718";

fn settings(variables: &[(&str, &str)]) -> Settings {
    Settings::read(|name| variables.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned())).unwrap()
}

fn head(method: &str, target: &str, headers: &[(&str, &str)]) -> Head {
    let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    Head::new(method, target, headers)
}

fn admitted(component: &str, head: Head, settings: Settings) -> Result<Admission, Problem> {
    let context = Context { settings: Rc::new(settings), now: Timestamp(7), request_id: "req_x".to_owned() };
    admit(component, head, context)
}

fn call(component: &str, head: Head, body: &str) -> Result<Call, Problem> {
    match admitted(component, head, settings(&[])) {
        Ok(Admission::Call(call)) => call.with_body(body.as_bytes().to_vec()),
        Ok(Admission::Answered(reply)) => panic!("{reply:?}"),
        Err(problem) => Err(problem),
    }
}

fn refused(component: &str, head: Head, body: &str) -> Code {
    call(component, head, body).unwrap_err().code
}

fn header<'a>(outgoing: &'a Outgoing, name: &str) -> Option<&'a str> {
    let mut values = outgoing.headers.iter().filter(|(key, _)| key == name).map(|(_, value)| value.as_str());
    let value = values.next();
    assert_eq!(values.next(), None, "{name} stands there twice");
    value
}

const BEARER: (&str, &str) = ("authorization", "Bearer t");
const JSON: (&str, &str) = ("content-type", "application/json; charset=utf-8");

#[test]
fn a_session_is_asked_for_before_anything_is_read() {
    assert_eq!(refused("org", head("GET", "/v1/orgs", &[]), ""), Code::Unauthenticated);
    assert!(call("org", head("GET", "/v1/orgs", &[BEARER]), "").is_ok());
    assert!(call("org", head("GET", "/v1/orgs", &[("cookie", "latchkey_session=t")]), "").is_ok());
    // The name that https has would not be bound to this host on plain http.
    let cookie = ("cookie", "__Host-latchkey_session=t");
    assert_eq!(refused("org", head("GET", "/v1/orgs", &[cookie]), ""), Code::Unauthenticated);
}

#[test]
fn a_cookie_authorizes_changes_only_from_home() {
    let cookie = ("cookie", "latchkey_session=t");
    let leave = |extra: &[(&str, &str)]| {
        let headers = [&[cookie], extra].concat();
        call("member", head("POST", &format!("/v1/orgs/{ORG}/leave"), &headers), "").map(|_| ()).map_err(|p| p.code)
    };
    assert_eq!(leave(&[]), Err(Code::CrossOriginWrite));
    assert_eq!(leave(&[("origin", "https://evil.example")]), Err(Code::CrossOriginWrite));
    assert_eq!(leave(&[("origin", "null"), ("sec-fetch-site", "same-origin")]), Err(Code::CrossOriginWrite));
    assert_eq!(leave(&[("sec-fetch-site", "same-site")]), Err(Code::CrossOriginWrite));
    assert_eq!(leave(&[("origin", "http://127.0.0.1:3000")]), Ok(()));
    assert_eq!(leave(&[("sec-fetch-site", "same-origin")]), Ok(()));
    assert_eq!(leave(&[BEARER, ("origin", "https://evil.example")]), Ok(()));
    let sign_in = |headers: &[(&str, &str)]| {
        let headers = [&[JSON], headers].concat();
        call("session", head("POST", "/v1/auth/email/verify", &headers), "{}").map(|_| ()).map_err(|p| p.code)
    };
    assert_eq!(sign_in(&[("origin", "https://evil.example")]), Err(Code::CrossOriginWrite));
    assert_eq!(sign_in(&[("origin", "null")]), Err(Code::CrossOriginWrite));
    assert_eq!((sign_in(&[]), sign_in(&[("origin", "http://127.0.0.1:3000")])), (Ok(()), Ok(())));
    // Reading is for the browser's same-origin policy to guard.
    assert!(call("org", head("GET", "/v1/orgs", &[cookie, ("origin", "https://evil.example")]), "").is_ok());
}

#[test]
fn dispatch_wants_its_token_and_the_mailbox_wants_development() {
    let dispatch = |headers: &[(&str, &str)], variables: &[(&str, &str)]| {
        admitted("dispatch", head("POST", "/v1/dispatch", headers), settings(variables)).map(|_| ()).map_err(|p| p.code)
    };
    assert_eq!(dispatch(&[], &[]), Err(Code::Unauthenticated));
    assert_eq!(dispatch(&[("authorization", "Bearer ")], &[("dispatch_token", "")]), Err(Code::Unauthenticated));
    assert_eq!(dispatch(&[BEARER], &[("dispatch_token", "u")]), Err(Code::Unauthenticated));
    assert_eq!(dispatch(&[BEARER], &[("dispatch_token", "t")]), Ok(()));

    let mailbox = |variables| admitted("dispatch", head("GET", "/dev/mailbox", &[]), settings(variables));
    assert_eq!(mailbox(&[]).unwrap_err().code, Code::NoSuchRoute);
    assert!(mailbox(&[("dev_mode", "true")]).is_ok());
}

#[test]
fn long_urls_unknown_paths_and_wrong_methods_are_refused() {
    assert_eq!(refused("root", head("GET", &format!("/{}", "a".repeat(4096)), &[]), ""), Code::UrlTooLong);
    assert_eq!(refused("root", head("GET", "/nowhere", &[]), ""), Code::NoSuchRoute);
    assert_eq!(refused("org", head("TRACE", "/v1/orgs", &[]), ""), Code::MethodNotAllowed);
    assert_eq!(refused("org", head("GET", "/v1/orgs?a=%f", &[BEARER]), ""), Code::BadUrl);
    assert_eq!(refused("root", head("GET", "/v1/orgs", &[]), ""), Code::Internal);
}

#[test]
fn a_body_is_json_of_the_declared_type() {
    let create = |headers: &[(&str, &str)], body: &str| {
        let call = call("org", head("POST", "/v1/orgs", &[&[BEARER], headers].concat()), body)?;
        call.body::<model::CreateOrg>().map(|org| org.name.to_string())
    };
    assert_eq!(create(&[JSON], r#"{"name": "Acme"}"#), Ok("Acme".to_owned()));
    for wrong in [&[][..], &[("content-type", "text/plain")], &[("content-type", "application/jsonx")]] {
        assert_eq!(create(wrong, r#"{"name": "Acme"}"#).unwrap_err().code, Code::UnsupportedMediaType);
    }
    assert_eq!(create(&[JSON], "{").unwrap_err().code, Code::NotJson);

    let call = call("org", head("POST", "/v1/orgs", &[BEARER, JSON]), "{}").unwrap();
    assert_eq!(call.body::<model::UpdateOrg>().unwrap_err().code, Code::Internal);
}

#[test]
fn what_is_not_asked_for_is_refused() {
    let leave = |target: &str, body: &str| {
        call("member", head("POST", &format!("/v1/orgs/{ORG}/leave{target}"), &[BEARER]), body)
    };
    assert!(leave("", "").is_ok() && leave("", " {}\n").is_ok() && leave("?dry_run=true", "").is_ok());
    assert_eq!(leave("", r#"{"force": true}"#).unwrap_err().code, Code::InvalidRequest);
    assert_eq!(leave("?force=true", "").unwrap_err().code, Code::InvalidRequest);
    assert_eq!(refused("session", head("GET", "/v1/me?dry_run=true", &[BEARER]), ""), Code::InvalidRequest);
}

#[test]
fn ids_in_paths_are_theirs_or_nothing() {
    let org =
        |id: &str| call("org", head("GET", &format!("/v1/orgs/{id}"), &[BEARER]), "").unwrap().path::<OrgId>("org");
    assert_eq!(org(ORG).unwrap().as_str(), ORG);
    for wrong in ["x", "mem_019392d1c4b87d00a1b2c3d4e5f60718", "org_%27%3B--"] {
        let problem = org(wrong).unwrap_err();
        assert_eq!(
            (problem.code, problem.detail.as_str()),
            (Code::NotFound, "There is no such organization, or it is not yours to see.",)
        );
    }
}

#[test]
fn a_change_has_a_mode_a_name_and_a_hash() {
    let change = |target: &str, headers: &[(&str, &str)], body: &str| {
        let target = format!("/v1/orgs/{ORG}/leave{target}");
        call("member", head("POST", &target, &[&[BEARER], headers].concat()), body).unwrap().change()
    };
    let plain = change("", &[], "").unwrap();
    assert_eq!((plain.mode, plain.if_match, plain.idempotency_key), (Mode::Apply, None, None));
    let full = change("?dry_run=true", &[("idempotency-key", "k"), ("if-match", "\"7\"")], "").unwrap();
    assert_eq!((full.mode, full.if_match, full.idempotency_key.unwrap().as_str()), (Mode::DryRun, Some(7), "k"));
    assert_eq!(full.request_hash, plain.request_hash);
    assert_ne!(change("", &[], "{}").unwrap().request_hash, plain.request_hash);
    for (target, header) in [("?dry_run=maybe", ("x", "")), ("", ("idempotency-key", "")), ("", ("if-match", "7"))] {
        assert_eq!(change(target, &[header], "").unwrap_err().code, Code::InvalidRequest);
    }
    // Only what appends to a log can be tried out or repeated by name.
    assert_eq!(
        call("session", head("DELETE", "/v1/auth/session", &[BEARER]), "").unwrap().change().unwrap_err().code,
        Code::Internal
    );
}

fn page_request(target: &str) -> Result<PageRequest, Problem> {
    let call = call("member", head("GET", target, &[BEARER]), "").unwrap();
    let query: model::ListMembers = call.query()?;
    call.page(query.limit, query.cursor.as_ref())
}

fn member(id: &str) -> (Key, Member) {
    let member = Member {
        id: id.to_owned(),
        status: model::MemberStatus::Active,
        user_id: None,
        email: None,
        display_name: None,
        role: String::new(),
        billed_owner: false,
        joined_at: None,
        came_by: None,
        last_active_at: None,
        invited_at: None,
        invited_by: None,
        expires_at: None,
        licensed: false,
        tier: None,
        limits: Default::default(),
        restrictions: None,
    };
    (Key::new([json!(id), json!(7)]), member)
}

#[test]
fn a_cursor_leads_on_in_its_own_list_only() {
    let path = format!("/v1/orgs/{ORG}/members");
    let first = page_request(&format!("{path}?limit=2&status=active")).unwrap();
    assert_eq!((first.limit(), first.rows_wanted(), first.after()), (2, 3, None));
    let page: Page<Member> = first.page(vec![member("a"), member("b"), member("c")]);
    assert_eq!(page.data.iter().map(|member| member.id.as_str()).collect::<Vec<_>>(), ["a", "b"]);
    let cursor = page.next_cursor.unwrap();

    let next = page_request(&format!("{path}?status=active&cursor={cursor}&limit=5")).unwrap();
    let after = next.after().unwrap();
    assert_eq!((after.text(0).unwrap(), after.integer(1).unwrap()), ("b", 7));
    assert_eq!(after.integer(0).unwrap_err().code, Code::BadCursor);
    assert_eq!(next.page(vec![member("c")]).next_cursor, None);

    let other_org = "/v1/orgs/org_00000000000000000000000000000000/members";
    for wrong in [
        format!("{path}?cursor={cursor}"),
        format!("{path}?status=pending&cursor={cursor}"),
        format!("{other_org}?status=active&cursor={cursor}"),
        format!("{path}?status=active&cursor={cursor}AA"),
        format!("{path}?status=active&cursor=x"),
    ] {
        let problem = page_request(&wrong).unwrap_err();
        assert_eq!((problem.code, problem.status()), (Code::BadCursor, 422), "{wrong}");
    }
    assert_eq!(page_request(&format!("{path}?cursor={}", "x".repeat(1025))).unwrap_err().code, Code::InvalidRequest);
}

fn me() -> Me {
    Me { id: String::new(), email: String::new(), display_name: None, created_at: Timestamp(0) }
}

#[test]
fn every_answer_is_named_and_protected() {
    let get = head("GET", "/v1/me", &[("origin", "https://evil.example")]);
    let route = call("session", head("GET", "/v1/me", &[BEARER]), "").unwrap().route();
    let outgoing = finish(Ok(Reply::ok(&me())), &get, "req_x", Some(&settings(&[])), Some(route));
    assert_eq!((outgoing.status, header(&outgoing, "x-request-id")), (200, Some("req_x")));
    assert_eq!(header(&outgoing, "cache-control"), Some("no-store"));
    assert_eq!(header(&outgoing, "content-type"), Some("application/json"));
    assert_eq!(header(&outgoing, "x-content-type-options"), Some("nosniff"));
    assert_eq!(header(&outgoing, "referrer-policy"), Some("no-referrer"));
    assert_eq!(header(&outgoing, "vary"), Some("origin"));
    assert!(header(&outgoing, "content-security-policy").unwrap().starts_with("default-src 'none'"));
    assert_eq!(header(&outgoing, "access-control-allow-origin"), None);
    assert_eq!(header(&outgoing, "strict-transport-security"), None);
    assert_eq!(header(&outgoing, "content-length").unwrap().parse(), Ok(outgoing.body.unwrap().len()));

    let https = settings(&[("public_url", "https://team.example"), ("cors_origins", "https://evil.example")]);
    let outgoing = finish(Ok(Reply::ok(&me())), &get, "req_x", Some(&https), Some(route));
    assert!(header(&outgoing, "strict-transport-security").is_some());
    assert_eq!(header(&outgoing, "access-control-allow-origin"), Some("https://evil.example"));
    assert_eq!(header(&outgoing, "access-control-allow-credentials"), Some("true"));

    let outgoing = finish(Ok(Reply::ok(&me())), &head("HEAD", "/v1/me", &[]), "req_x", None, Some(route));
    assert_eq!((outgoing.body.as_ref(), header(&outgoing, "content-length")), (None, None));
}

#[test]
fn a_problem_is_a_document_and_keeps_the_reason_to_itself() {
    let get = head("GET", "/v1/me", &[]);
    let outgoing = finish(Err(Problem::internal("secret table broke")), &get, "req_x", None, None);
    let document: Value = serde_json::from_slice(outgoing.body.as_ref().unwrap()).unwrap();
    assert_eq!(header(&outgoing, "content-type"), Some("application/problem+json"));
    assert_eq!(
        document,
        json!({
            "type": "/problems/internal",
            "title": "Something broke",
            "status": 500,
            "detail": "Something broke on our side. The operator finds it in the log under the request id.",
            "code": "internal",
            "request_id": "req_x",
        })
    );
    assert_eq!(outgoing.log.as_deref(), Some("req_x internal: secret table broke"));

    let outgoing = finish(Err(Problem::unauthenticated()), &get, "req_x", None, None);
    assert_eq!(header(&outgoing, "www-authenticate"), Some("Bearer"));
    let outgoing = finish(Err(Problem::store_unavailable("")), &get, "req_x", None, None);
    assert_eq!((outgoing.status, header(&outgoing, "retry-after")), (503, Some("2")));
    let outgoing = finish(latchkey_api::router::find("PUT", "/").map(|_| panic!()), &get, "req_x", None, None);
    assert_eq!((outgoing.status, header(&outgoing, "allow")), (405, Some("GET, HEAD, OPTIONS")));
}

#[test]
fn an_answer_that_the_table_does_not_declare_is_a_bug() {
    let get = head("GET", "/v1/me", &[]);
    let route = call("session", head("GET", "/v1/me", &[BEARER]), "").unwrap().route();
    for wrong in [Reply::created(&me(), "/v1/me"), Reply::no_content(), Reply::ok(&DryRun::new([""; 0]))] {
        assert_eq!(finish(Ok(wrong), &get, "req_x", None, Some(route)).status, 500);
    }
    let leave = call("project", head("POST", &format!("/v1/orgs/{ORG}/projects/{PROJECT}/leave"), &[BEARER]), "");
    let leave = leave.unwrap().route();
    for right in [Reply::no_content(), Reply::ok(&DryRun::new(["project.member_left"]).with("seats_freed", 1))] {
        assert!(finish(Ok(right), &get, "req_x", None, Some(leave)).status < 300);
    }
}

#[test]
fn a_preflight_is_answered_for_trusted_origins() {
    let asks = ("access-control-request-method", "PATCH");
    let preflight = |origin: &str| {
        let head = head("OPTIONS", "/v1/orgs/x", &[asks, ("origin", origin)]);
        let Ok(Admission::Answered(reply)) = admitted("org", head.clone(), settings(&[])) else { panic!() };
        finish(Ok(reply), &head, "req_x", Some(&settings(&[])), None)
    };
    let trusted = preflight("http://127.0.0.1:3000");
    assert_eq!((trusted.status, header(&trusted, "access-control-max-age")), (204, Some("600")));
    assert!(header(&trusted, "access-control-allow-headers").unwrap().contains("idempotency-key"));
    assert!(header(&trusted, "access-control-allow-methods").unwrap().contains("PATCH"));
    let other = preflight("https://evil.example");
    assert_eq!((other.status, header(&other, "access-control-allow-methods")), (204, None));
}

#[test]
fn a_header_cannot_be_split() {
    let get = head("GET", "/", &[]);
    let outgoing =
        finish(Ok(Reply::no_content().header("location", "/a\r\nset-cookie: b=c")), &get, "req_x", None, None);
    assert_eq!(header(&outgoing, "location"), Some("/a  set-cookie: b=c"));
}

#[test]
fn the_session_cookie_is_bound_to_its_host_on_https() {
    let cookie = |settings: &Settings| {
        let reply = Reply::ok(&me()).session_cookie(settings, "lks_1", 60);
        let outgoing = finish(Ok(reply), &head("GET", "/v1/me", &[]), "req_x", Some(settings), None);
        header(&outgoing, "set-cookie").unwrap().to_owned()
    };
    assert_eq!(cookie(&settings(&[])), "latchkey_session=lks_1; Path=/; Max-Age=60; HttpOnly; SameSite=Lax");
    assert_eq!(
        cookie(&settings(&[("public_url", "https://team.example")])),
        "__Host-latchkey_session=lks_1; Path=/; Max-Age=60; HttpOnly; SameSite=Lax; Secure"
    );
}

#[test]
fn absent_values_are_null_and_not_left_out() {
    let preview = InvitationPreview {
        organization: model::OrgRef { id: ORG.to_owned(), name: "Acme".to_owned() },
        project: None,
        email: "ada@example.com".to_owned(),
        role: "admin".to_owned(),
        role_title: "Admin".to_owned(),
        invited_by_name: None,
        status: model::InvitationStatus::Pending,
        expires_at: Timestamp(0),
        sign_in_required: true,
    };
    let json = serde_json::to_value(&preview).unwrap();
    assert_eq!((&json["invited_by_name"], &json["status"]), (&Value::Null, &json!("pending")));
    assert_eq!(json["expires_at"], "1970-01-01T00:00:00.000Z");
    assert_eq!(field_types::PageLimit::default().0, 50);
    let _: fn(&Org) -> Reply = Reply::ok::<Org>;
}
