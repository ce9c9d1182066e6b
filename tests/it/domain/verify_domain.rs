use std::time::Duration;

use latchkey_testkit::{Answer, Reaction, TestApp, Value, dns_answer, json};
use simple_dns::{Name, Packet, PacketFlag, RCODE};

use super::{claim, domain_of, domains, organization, told, verified, verify};
use crate::support::NO_DOMAIN;

const NAME: &str = "_latchkey-challenge.acme.example";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_record_proves_the_domain() {
    let app = TestApp::start().await;
    let (ada, org) = organization(&app, "credentials").await;
    let id = claim(&app, &ada, &org, "acme.example", "off").await;
    let shown = verify(&ada, &org, &id).await.expect_status(200);
    assert_eq!((shown.text_at("/status"), shown.text_at("/id")), ("verified".to_owned(), id.clone()));
    // What is asked: one question, as RFC 8484 has it.
    let asked = app.resolver().asked();
    assert_eq!(asked.len(), 1);
    assert_eq!((asked[0].method.as_str(), asked[0].path.as_str()), ("POST", "/dns-query"));
    assert_eq!(asked[0].header("content-type"), "application/dns-message");
    assert_eq!(asked[0].header("accept"), "application/dns-message");
    // Once more changes nothing.
    verify(&ada, &org, &id).await.expect_status(200);
    assert_eq!(ada.event_types(&org).await[2..], ["domain.claimed", "domain.verified"]);
    assert_eq!(told(&app, "ada@example.com").await, ["acme.example is verified for Acme"]);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_record_is_found_among_others_and_where_an_alias_leads() {
    let app = TestApp::start().await;
    let (ada, org) = organization(&app, "credentials").await;
    let id = claim(&app, &ada, &org, "acme.example", "off").await;
    let value = domain_of(&ada, &org, &id).await["record"]["value"].as_str().unwrap().to_owned();
    app.resolver().set(NAME, &["v=spf1 -all", &format!("{value} ")]);
    verify(&ada, &org, &id).await.expect_status(200);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_missing_is_said_each_in_its_way_and_changes_nothing() {
    let app = TestApp::start().await;
    let (ada, org) = organization(&app, "credentials").await;
    let made = ada.post(&domains(&org), json!({"domain": "acme.example"})).await.expect_status(201);
    let id = made.text_at("/id");
    let unproven = async |reason: &str| {
        let refused = verify(&ada, &org, &id).await.expect_problem(409, "domain_unproven").json();
        assert_eq!(refused["reason"], reason);
        assert_eq!((&refused["name"], &refused["value"]), (&json!(NAME), &made.json()["record"]["value"]));
    };
    unproven("no_such_name").await;
    app.resolver().set(NAME, &["latchkey-verification=0000"]);
    unproven("other_records").await;
    app.resolver().lie(|question| dns_answer(Packet::parse(&question.body).unwrap(), RCODE::NoError, &[]));
    unproven("no_record").await;
    assert_eq!(ada.event_types(&org).await.len(), 3);
    verify(&ada, &org, NO_DOMAIN).await.expect_problem(404, "not_found");
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_resolver_that_is_down_slow_broken_or_lying_proves_nothing_and_refutes_nothing() {
    let app = TestApp::start().await;
    let (ada, org) = organization(&app, "credentials").await;
    let id = claim(&app, &ada, &org, "acme.example", "off").await;
    let value = domain_of(&ada, &org, &id).await["record"]["value"].as_str().unwrap().to_owned();
    let before = ada.event_types(&org).await;
    let refused = async |lie: &dyn Fn(&TestApp), code: &str, says: &str| -> Answer {
        lie(&app);
        let refused = verify(&ada, &org, &id).await.expect_problem(503, code);
        assert!(refused.text_at("/detail").contains(says), "{says}: {}", refused.text);
        assert_eq!(refused.header("retry-after"), Some("60"));
        refused
    };
    let unreachable = "resolver_unreachable";
    refused(&|app| app.resolver().lie(|_| Reaction::status(500)), unreachable, "it answered 500").await;
    refused(&|app| app.resolver().lie(|_| Reaction::Close), unreachable, "does not answer").await;
    refused(&|app| app.resolver().lie(|_| Reaction::Garbage), unreachable, "does not answer").await;
    refused(&|app| app.resolver().lie(|_| Reaction::BreakOff), unreachable, "does not answer").await;
    let elsewhere =
        || Reaction::Answer { status: 302, headers: vec![("location", "/x".to_owned())], body: String::new() };
    refused(&|app| app.resolver().lie(move |_| elsewhere()), unreachable, "it answered 302").await;
    refused(&|app| app.resolver().lie(|_| Reaction::Wait(Duration::from_secs(30))), unreachable, "no answer").await;
    let unresolvable = "domain_unresolvable";
    refused(&|app| app.resolver().lie(|_| Reaction::json(200, &json!({"Status": 0}))), unresolvable, "no DNS message")
        .await;
    refused(&|app| app.resolver().lie(|_| Reaction::Message(vec![0; 40_000])), unresolvable, "cut off").await;
    refused(
        &|app| app.resolver().lie(|asked| dns_answer(Packet::parse(&asked.body).unwrap(), RCODE::ServerFailure, &[])),
        unresolvable,
        "SERVFAIL",
    )
    .await;
    // A right text in an answer that is cut off, or to another question, is not believed.
    let damaged = |damage: fn(&mut Packet<'_>)| {
        let value = value.clone();
        move |app: &TestApp| {
            let value = value.clone();
            app.resolver().lie(move |asked| {
                let Reaction::Message(message) =
                    dns_answer(Packet::parse(&asked.body).unwrap(), RCODE::NoError, &[&value])
                else {
                    unreachable!()
                };
                let mut packet = Packet::parse(&message).unwrap();
                damage(&mut packet);
                Reaction::Message(packet.build_bytes_vec().unwrap())
            });
        }
    };
    refused(&damaged(|packet| packet.set_flags(PacketFlag::TRUNCATION)), unresolvable, "cut off").await;
    refused(&damaged(|packet| packet.set_id(4711)), unresolvable, "another question").await;
    let other = |packet: &mut Packet<'_>| packet.questions[0].qname = Name::new_unchecked("evil.example");
    refused(&damaged(other), unresolvable, "another question").await;
    assert_eq!(ada.event_types(&org).await, before);
    app.resolver().be_honest();
    verify(&ada, &org, &id).await.expect_status(200);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_domain_moves_by_proof_once_the_holders_record_is_gone() {
    let app = TestApp::start().await;
    let (ada, org) = organization(&app, "credentials").await;
    let held = verified(&app, &ada, &org, "acme.example", "automatic").await;
    let old = domain_of(&ada, &org, &held).await["record"]["value"].as_str().unwrap().to_owned();
    let bob = app.sign_in("bob@example.net").await;
    let beta = bob.create_org("Beta").await;
    // Without a record of its own nothing is Beta's; beside the other's, those who run the DNS have not decided.
    let made = bob.post(&domains(&beta), json!({"domain": "acme.example"})).await.expect_status(201);
    let (claim, new) = (made.text_at("/id"), made.text_at("/record/value"));
    verify(&bob, &beta, &claim).await.expect_problem(409, "domain_unproven");
    app.resolver().set(NAME, &[&old, &new]);
    verify(&bob, &beta, &claim).await.expect_problem(409, "domain_taken");
    assert_eq!(domain_of(&ada, &org, &held).await["status"], "verified");
    app.resolver().set(NAME, &[&new]);
    let moved = verify(&bob, &beta, &claim).await.expect_status(200);
    assert_eq!((moved.text_at("/status"), moved.header("etag")), ("verified".to_owned(), Some("\"4\"")));
    let lost = domain_of(&ada, &org, &held).await;
    assert_eq!((&lost["status"], &lost["auto_join"]), (&json!("moved"), &json!("off")));
    let log = ada.audit(&org).await;
    let event = log.last().unwrap();
    assert_eq!(
        (&event["type"], &event["actor"]["id"], &event["data"]),
        (&json!("domain.moved"), &json!("system"), &json!({}))
    );
    let told = told(&app, "ada@example.com").await;
    assert!(told.contains(&"acme.example is no longer verified for Acme".to_owned()), "{told:?}");
    // And back again, the same way.
    app.resolver().set(NAME, &[&old]);
    verify(&ada, &org, &held).await.expect_status(200);
    assert_eq!(domain_of(&bob, &beta, &claim).await["status"], "moved");
    assert_eq!(app.count("SELECT count(*) FROM org_domain WHERE status = 'verified'"), 1);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_repetition_by_its_key_asks_nobody_and_a_stranger_has_nobody_asked() {
    let app = TestApp::start().await;
    let (ada, org) = organization(&app, "credentials").await;
    let id = claim(&app, &ada, &org, "acme.example", "off").await;
    let path = format!("{}/{id}/verify", domains(&org));
    let once = ada.request("POST", &path).header("idempotency-key", "k").send().await.expect_status(200);
    let again = ada.request("POST", &path).header("idempotency-key", "k").send().await.expect_status(200);
    assert_eq!(again.text, once.text);
    assert_eq!(app.resolver().asked().len(), 1);
    let (viewer, _) = ada.bring_in(&org, "vera@example.com", "viewer").await;
    viewer.post(&path, Value::Null).await.expect_problem(403, "forbidden");
    app.sign_in("eve@example.net").await.post(&path, Value::Null).await.expect_problem(404, "not_found");
    assert_eq!(app.resolver().asked().len(), 1);
    app.finish().await;
}
