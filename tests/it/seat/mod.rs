//! What an organization has bought and who uses it.

use latchkey_testkit::{Answer, Caller, TestApp, json};

mod assign_licenses;
mod get_seats;
mod remove_licenses;
mod set_member_limits;
mod set_org_limits;
mod set_personal_tier;
mod set_plan;
mod the_limit;

/// Members fill its seats, and there are that many of them.
async fn portal(app: &TestApp, owner: &Caller, seats: u64) -> String {
    sold_with(app, owner, "portal", json!({"plan": "business", "seats": seats})).await
}

/// Licences fill its seats, and there are that many of them.
async fn studio(app: &TestApp, owner: &Caller, seats: u64) -> String {
    sold_with(app, owner, "studio", json!({"plan": "team", "seats": seats})).await
}

async fn sold_with(app: &TestApp, owner: &Caller, policy: &str, plan: latchkey_testkit::Value) -> String {
    let org = owner.create_org_with("Acme", policy).await;
    app.operator().put(&format!("/v1/orgs/{org}/plan"), plan).await.expect_status(200);
    org
}

/// The usage in short.
async fn usage(caller: &Caller, org: &str) -> String {
    caller.get(&format!("/v1/orgs/{org}/seats")).await.expect_status(200).text_at("/text")
}

async fn invite(caller: &Caller, org: &str, email: &str) -> Answer {
    caller.post(&format!("/v1/orgs/{org}/invitations"), json!({"email": email, "role": "member"})).await
}

/// Assigns licences, or removes them.
async fn licenses(caller: &Caller, org: &str, verb: &str, members: &[&str]) -> Answer {
    caller.post(&format!("/v1/orgs/{org}/licenses/{verb}"), json!({ "members": members })).await
}

/// Each member's outcome, in the order asked.
fn outcomes(answer: &Answer) -> Vec<String> {
    answer.data().iter().map(|entry| entry["outcome"].as_str().unwrap_or_default().to_owned()).collect()
}
