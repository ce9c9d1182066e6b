//! What the matrix and the stories share.

use std::time::Duration;

use latchkey_testkit::{Answer, Caller, TestApp, Value, json};

/// How long invitations live under every preset.
pub(crate) const WEEK: Duration = Duration::from_secs(7 * 24 * 3600);
/// How long invite links live under every preset.
pub(crate) const MONTH: Duration = Duration::from_secs(30 * 24 * 3600);
pub(crate) const HOUR: Duration = Duration::from_secs(3600);

/// Signs in without being taken for a client that tries too often.
pub(crate) async fn sign_in(app: &TestApp, email: &str) -> Caller {
    app.wipe_key_value().await;
    app.sign_in(email).await
}

/// A person in an organization.
#[derive(Clone)]
pub(crate) struct Person {
    pub(crate) caller: Caller,
    /// The member's id.
    pub(crate) member: String,
}

/// Signs a person in under a name of their own, who creates an organization.
pub(crate) async fn found(app: &TestApp, email: &str, name: &str, policy: &str) -> (Caller, Team) {
    let founder = sign_in(app, email).await;
    founder.patch("/v1/me", json!({"display_name": given_name(email)})).await.expect_status(200);
    let body = json!({"name": name, "policy": policy});
    let org = founder.post("/v1/orgs", body).await.expect_status(201).text_at("/id");
    (founder, Team { org })
}

/// `Ada` of `ada.lovelace@example.com`.
fn given_name(email: &str) -> String {
    let first = email.split(['.', '@']).next().unwrap_or_default();
    let (initial, rest) = first.split_at(1);
    format!("{}{rest}", initial.to_uppercase())
}

/// An organization, and what people ask of it.
#[derive(Clone)]
pub(crate) struct Team {
    pub(crate) org: String,
}

impl Team {
    /// `/v1/orgs/{org}/…`; the organization itself for an empty rest.
    pub(crate) fn at(&self, rest: &str) -> String {
        if rest.is_empty() { format!("/v1/orgs/{}", self.org) } else { format!("/v1/orgs/{}/{rest}", self.org) }
    }

    pub(crate) async fn read(&self, caller: &Caller) -> Answer {
        caller.get(&self.at("")).await
    }

    pub(crate) async fn invite(&self, caller: &Caller, email: &str, role: &str) -> Answer {
        caller.post(&self.at("invitations"), json!({"email": email, "role": role})).await
    }

    /// Invites many addresses, one per line.
    pub(crate) async fn invite_lines(&self, caller: &Caller, lines: &str, role: &str) -> Answer {
        caller.post(&self.at("invitations/bulk"), json!({"role": role, "text": lines})).await
    }

    pub(crate) async fn re_role(&self, caller: &Caller, member: &str, role: &str) -> Answer {
        caller.put(&self.at(&format!("members/{member}/role")), json!({ "role": role })).await
    }

    pub(crate) async fn remove(&self, caller: &Caller, member: &str) -> Answer {
        caller.delete(&self.at(&format!("members/{member}")), Value::Null).await
    }

    pub(crate) async fn leave(&self, caller: &Caller) -> Answer {
        caller.post(&self.at("leave"), Value::Null).await
    }

    pub(crate) async fn transfer(&self, caller: &Caller, body: Value) -> Answer {
        caller.post(&self.at("ownership"), body).await
    }

    pub(crate) async fn delete(&self, caller: &Caller, typed_name: &str) -> Answer {
        caller.delete(&self.at(""), json!({ "name": typed_name })).await
    }

    pub(crate) async fn set_plan(&self, caller: &Caller, body: Value) -> Answer {
        caller.put(&self.at("plan"), body).await
    }

    /// The page of `GET …/seats`.
    pub(crate) async fn seats(&self, caller: &Caller) -> Value {
        caller.get(&self.at("seats")).await.expect_status(200).json()
    }

    pub(crate) async fn licenses(&self, caller: &Caller, change: &str, members: &[&str]) -> Answer {
        caller.post(&self.at(&format!("licenses/{change}")), json!({ "members": members })).await
    }

    /// The entries of the member list that a query finds.
    pub(crate) async fn members(&self, caller: &Caller, query: &str) -> Vec<Value> {
        caller.get(&self.at(&format!("members?limit=200&{query}"))).await.expect_status(200).data()
    }

    pub(crate) async fn member(&self, caller: &Caller, member: &str) -> Value {
        caller.get(&self.at(&format!("members/{member}"))).await.expect_status(200).json()
    }

    /// The role that the person has now.
    pub(crate) async fn my_role(&self, caller: &Caller) -> String {
        self.read(caller).await.expect_status(200).text_at("/my_role")
    }

    /// The id of the person's own membership.
    pub(crate) async fn my_member(&self, caller: &Caller) -> String {
        let me = caller.get("/v1/me").await.expect_status(200).text_at("/id");
        let members = self.members(caller, "status=active").await;
        text(&members.iter().find(|member| member["user_id"] == me.as_str()).expect("to be a member")["id"])
    }

    /// Brings a new person in, who gets an account by accepting.
    pub(crate) async fn bring_in(&self, app: &TestApp, inviter: &Caller, email: &str, role: &str) -> Person {
        app.wipe_key_value().await;
        let (caller, member) = inviter.bring_in(&self.org, email, role).await;
        Person { caller, member }
    }
}

/// Accepts a mailed invitation.
pub(crate) async fn accept(caller: &Caller, token: &str) -> Answer {
    caller.post("/v1/invitations/accept", json!({ "token": token })).await
}

/// The texts of one member of each entry.
pub(crate) fn texts(entries: &[Value], member: &str) -> Vec<String> {
    entries.iter().map(|entry| text(&entry[member])).collect()
}

pub(crate) fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("not a text: {value}")).to_owned()
}

/// `count` addresses `name1@domain`, one per line.
pub(crate) fn lines(name: &str, domain: &str, count: usize) -> String {
    (1..=count).map(|n| format!("{name}{n}@{domain}\n")).collect()
}

/// How many lines of a bulk invitation came out so.
pub(crate) fn outcomes(answer: &Answer, outcome: &str) -> usize {
    answer.data().iter().filter(|line| line["outcome"] == outcome).count()
}

/// The role of a preset, as anyone may read it.
pub(crate) async fn role_of(app: &TestApp, preset: &str, role: &str) -> Value {
    let policy = app.anyone().get(&format!("/v1/policies/{preset}")).await.expect_status(200).json();
    let roles = policy["roles"].as_array().expect("roles").clone();
    roles.into_iter().find(|entry| entry["name"] == role).unwrap_or_else(|| panic!("{preset} has no role {role}"))
}

/// Fails the test unless the preset gives the role all of `has` and none of `lacks`. The host product's permissions are
/// answered for by the policy document until there is an evaluation endpoint.
pub(crate) async fn expect_permissions(app: &TestApp, preset: &str, role: &str, has: &[&str], lacks: &[&str]) {
    let permissions = role_of(app, preset, role).await["permissions"].clone();
    let granted = |name: &&&str| permissions.as_array().expect("permissions").contains(&json!(name));
    let missing: Vec<&&str> = has.iter().filter(|name| !granted(name)).collect();
    let excess: Vec<&&str> = lacks.iter().filter(granted).collect();
    assert!(missing.is_empty() && excess.is_empty(), "{preset}, {role}: lacks {missing:?}, has {excess:?}");
}
