//! The rules of organizations: the presets, and what an organization makes of them.

use latchkey_testkit::{Answer, Caller, Value, json};

mod get_org_policy;
mod get_policy;
mod list_policies;
mod set_org_policy;

/// The organization's rules under another name, to be changed.
pub(crate) async fn derived(caller: &Caller, org: &str, name: &str) -> Value {
    let mut rules = caller.get(&format!("/v1/orgs/{org}/policy")).await.expect_status(200).json();
    rules["name"] = json!(name);
    rules
}

/// Gives the organization these rules.
pub(crate) async fn put(caller: &Caller, org: &str, rules: &Value) -> Answer {
    caller.request("PUT", &format!("/v1/orgs/{org}/policy")).json(rules).send().await
}

pub(crate) fn role<'a>(rules: &'a mut Value, name: &str) -> &'a mut Value {
    rules["roles"].as_array_mut().unwrap().iter_mut().find(|role| role["name"] == name).unwrap()
}

/// Adds a name to one of a role's lists.
pub(crate) fn add(rules: &mut Value, name: &str, list: &str, entry: &str) {
    role(rules, name)[list].as_array_mut().unwrap().push(json!(entry));
}

/// Whether a role has a permission.
pub(crate) fn cell(rules: &Value, name: &str, permission: &str) -> bool {
    let role = rules["roles"].as_array().unwrap().iter().find(|role| role["name"] == name).unwrap();
    role["permissions"].as_array().unwrap().iter().any(|entry| entry == permission)
}
