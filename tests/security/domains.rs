//! Taking a domain that is somebody else's, and getting into an organization by an address that is not one's own.

use latchkey_testkit::{Caller, Reaction, TestApp, Value, dns_answer, json};
use simple_dns::rdata::{CNAME, RData, TXT};
use simple_dns::{CLASS, Name, Packet, RCODE, ResourceRecord};

struct Claim {
    id: String,
    name: String,
    value: String,
}

async fn claim(caller: &Caller, org: &str, domain: &str) -> Claim {
    let body = json!({"domain": domain, "auto_join": "automatic"});
    let made = caller.post(&format!("/v1/orgs/{org}/domains"), body).await.expect_status(201);
    Claim { id: made.text_at("/id"), name: made.text_at("/record/name"), value: made.text_at("/record/value") }
}

async fn verify(caller: &Caller, org: &str, claim: &Claim) -> latchkey_testkit::Answer {
    caller.post(&format!("/v1/orgs/{org}/domains/{}/verify", claim.id), Value::Null).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_record_of_one_organization_proves_nothing_for_another() {
    let app = TestApp::start().await;
    let (ada, eve) = (app.sign_in("ada@example.com").await, app.sign_in("eve@example.net").await);
    let (mine, theirs) = (ada.create_org("Acme").await, eve.create_org("Evil").await);
    let (right, wrong) = (claim(&ada, &mine, "acme.example").await, claim(&eve, &theirs, "acme.example").await);
    app.resolver().set(&right.name, &[&right.value]);
    assert_eq!(right.name, wrong.name);
    verify(&eve, &theirs, &wrong).await.expect_problem(409, "domain_unproven");
    // Nor does a part of the value, or the value within another text.
    for text in [&wrong.value[..wrong.value.len() - 1], &format!("x{}", wrong.value), &wrong.value.to_uppercase()] {
        app.resolver().set(&right.name, &[text]);
        verify(&eve, &theirs, &wrong).await.expect_problem(409, "domain_unproven");
    }
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn records_that_ride_along_in_an_answer_prove_nothing() {
    let app = TestApp::start().await;
    let eve = app.sign_in("eve@example.net").await;
    let org = eve.create_org("Evil").await;
    let wanted = claim(&eve, &org, "acme.example").await;
    // Texts of other names, beside an alias that leads elsewhere, in the sections that nobody asked about.
    for place in 0..4 {
        let value = wanted.value.clone();
        app.resolver().lie(move |asked| {
            let honest = dns_answer(Packet::parse(&asked.body).unwrap(), RCODE::NoError, &[]);
            let Reaction::Message(message) = honest else { unreachable!() };
            let mut packet = Packet::parse(&message).unwrap();
            let record = |name: &'static str, data| ResourceRecord::new(Name::new_unchecked(name), CLASS::IN, 60, data);
            let text = |name| record(name, RData::TXT(TXT::try_from(value.as_str()).unwrap()));
            let asked_for = "_latchkey-challenge.acme.example";
            match place {
                0 => packet.answers.push(text("_latchkey-challenge.evil.example")),
                1 => packet.additional_records.push(text(asked_for)),
                2 => packet.name_servers.push(text(asked_for)),
                _ => {
                    let alias = RData::CNAME(CNAME(Name::new_unchecked("parked.example")));
                    packet.answers.extend([record(asked_for, alias), text("evil.example")]);
                }
            }
            Reaction::Message(packet.build_bytes_vec().unwrap())
        });
        verify(&eve, &org, &wanted).await.expect_problem(409, "domain_unproven");
    }
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_domain_is_not_taken_over_while_its_holders_record_stands() {
    let app = TestApp::start().await;
    let (ada, eve) = (app.sign_in("ada@example.com").await, app.sign_in("eve@example.net").await);
    let (mine, theirs) = (ada.create_org("Acme").await, eve.create_org("Evil").await);
    let (held, wanted) = (claim(&ada, &mine, "acme.example").await, claim(&eve, &theirs, "acme.example").await);
    app.resolver().set(&held.name, &[&held.value]);
    verify(&ada, &mine, &held).await.expect_status(200);
    // Somebody who can add a record, and no more.
    app.resolver().set(&held.name, &[&wanted.value, &held.value]);
    verify(&eve, &theirs, &wanted).await.expect_problem(409, "domain_taken");
    let grace = app.sign_in("grace@acme.example").await;
    let orgs = grace.get("/v1/orgs").await.expect_status(200).data();
    assert_eq!(orgs[0]["id"], mine);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_address_that_only_looks_like_one_of_the_domain_opens_nothing() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    let held = claim(&ada, &org, "acme.example").await;
    app.resolver().set(&held.name, &[&held.value]);
    verify(&ada, &org, &held).await.expect_status(200);
    for email in [
        "eve@acme.example.evil.example",
        "eve@evil-acme.example",
        "eve@sub.acme.example",
        "eve+acme.example@evil.example",
        "eve.acme.example@evil.example",
        "eve@\u{430}cme.example",
    ] {
        app.wipe_key_value().await;
        let eve = app.sign_in(email).await;
        assert_eq!(eve.get("/v1/orgs").await.expect_status(200).data(), Vec::<Value>::new(), "{email}");
        eve.post(&format!("/v1/orgs/{org}/join"), Value::Null).await.expect_problem(404, "not_found");
    }
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_account_whose_address_was_never_proved_does_not_slip_in() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    let held = claim(&ada, &org, "acme.example").await;
    let eve = app.sign_in("eve@acme.example").await;
    app.resolver().set(&held.name, &[&held.value]);
    verify(&ada, &org, &held).await.expect_status(200);
    // As another way of signing in might make one.
    app.sql("UPDATE user SET email_proved_at = NULL WHERE email_key = 'eve@acme.example'");
    assert_eq!(eve.get("/v1/me/joinable").await.expect_status(200).data(), Vec::<Value>::new());
    eve.post(&format!("/v1/orgs/{org}/join"), Value::Null).await.expect_problem(404, "not_found");
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn having_the_resolver_asked_again_and_again_is_limited() {
    let app = TestApp::start().await;
    let eve = app.sign_in("eve@example.net").await;
    let org = eve.create_org("Evil").await;
    let wanted = claim(&eve, &org, "acme.example").await;
    for _ in 0..60 {
        verify(&eve, &org, &wanted).await.expect_problem(409, "domain_unproven");
    }
    verify(&eve, &org, &wanted).await.expect_problem(429, "too_many_requests");
    assert_eq!(app.resolver().asked().len(), 60);
    app.finish().await;
}
