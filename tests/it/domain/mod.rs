//! Domains that an organization proves to be its own, and people who come in by the domain of their address.

mod approve_join_request;
mod checks;
mod claim_domain;
mod decline_join_request;
mod get_domain;
mod join_org;
mod list_domains;
mod list_join_requests;
mod list_joinable;
mod release_domain;
mod setup;
mod signing_in;
mod update_domain;
mod verify_domain;

use latchkey_testkit::{Answer, Caller, TestApp, Value, json};

/// What an organization has in the way of domains, and people at one of them.
pub(crate) struct Scene {
    /// A domain that is not verified, though its record is there.
    pub(crate) pending: String,
    /// The request of somebody who asks to be let in.
    pub(crate) request: String,
    /// Whoever asks.
    pub(crate) asking: Caller,
    /// Somebody else who could.
    pub(crate) other: Caller,
}

/// Sets `acme.example` up, by which people may ask to be let in, and `mill.example`, which is not verified yet.
pub(crate) async fn scene(app: &TestApp, owner: &Caller, org: &str) -> Scene {
    let pending = claim(app, owner, org, "mill.example", "off").await;
    verified(app, owner, org, "acme.example", "ask").await;
    let (asking, other) = (app.sign_in("grace@acme.example").await, app.sign_in("hugo@acme.example").await);
    let request = join(&asking, org).await.expect_status(200).text_at("/request");
    Scene { pending, request, asking, other }
}

fn domains(org: &str) -> String {
    format!("/v1/orgs/{org}/domains")
}

/// Claims a domain and sets its record; its id.
async fn claim(app: &TestApp, owner: &Caller, org: &str, domain: &str, auto_join: &str) -> String {
    let made = owner.post(&domains(org), json!({"domain": domain, "auto_join": auto_join})).await.expect_status(201);
    app.resolver().set(&made.text_at("/record/name"), &[&made.text_at("/record/value")]);
    made.text_at("/id")
}

async fn verify(owner: &Caller, org: &str, id: &str) -> Answer {
    owner.post(&format!("{}/{id}/verify", domains(org)), Value::Null).await
}

/// Claims a domain and proves it; its id.
pub(crate) async fn verified(app: &TestApp, owner: &Caller, org: &str, domain: &str, auto_join: &str) -> String {
    let id = claim(app, owner, org, domain, auto_join).await;
    verify(owner, org, &id).await.expect_status(200);
    id
}

async fn join(caller: &Caller, org: &str) -> Answer {
    caller.post(&format!("/v1/orgs/{org}/join"), Value::Null).await
}

async fn domain_of(owner: &Caller, org: &str, id: &str) -> Value {
    owner.get(&format!("{}/{id}", domains(org))).await.expect_status(200).json()
}

/// An organization, as its owner sees it.
async fn organization(app: &TestApp, policy: &str) -> (Caller, String) {
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org_with("Acme", policy).await;
    (ada, org)
}

/// The subjects of the mails to an address about what happened, the newest first.
async fn told(app: &TestApp, email: &str) -> Vec<String> {
    crate::mail::deliver(app).await;
    let mails = app.anyone().mails(email).await;
    let notices = mails.iter().filter(|mail| mail["kind"] != "sign_in_code" && mail["kind"] != "invitation");
    notices.map(|mail| mail["subject"].as_str().unwrap().to_owned()).collect()
}
