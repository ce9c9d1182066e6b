//! What an action of a table is as a request.

use latchkey_testkit::{Answer, Caller, Value, json};

use super::product::Product;
use crate::support::{Person, accept, text};

/// A request to send as any caller, and how to see that it worked.
pub(crate) struct Asked {
    method: &'static str,
    path: String,
    body: Value,
    /// What a successful answer has at these places.
    pub(crate) shows: Vec<(&'static str, Value)>,
    pub(crate) effect: Effect,
}

/// What the request does, as somebody else sees it afterwards.
pub(crate) enum Effect {
    /// Nothing that anybody else would see in this scene.
    None,
    /// Nothing at all: it is only tried, because it would end the scene.
    Trial,
    /// The person is out.
    Gone(Person),
    /// The person has that role.
    Role(Person, String),
}

impl Asked {
    fn new(method: &'static str, path: String, body: Value) -> Self {
        Self { method, path, body, shows: Vec::new(), effect: Effect::None }
    }

    fn get(path: String) -> Self {
        Self::new("GET", path, Value::Null)
    }

    fn shows(mut self, pointer: &'static str, value: impl Into<Value>) -> Self {
        self.shows.push((pointer, value.into()));
        self
    }

    /// Only tries what would be allowed. What is refused is refused in the same way without.
    fn tried(mut self, cell: &str) -> Self {
        if cell == "yes" {
            self.path = format!("{}?dry_run=true", self.path);
            self.effect = Effect::Trial;
        }
        self
    }

    fn with(mut self, effect: Effect) -> Self {
        self.effect = effect;
        self
    }

    pub(crate) async fn send(&self, caller: &Caller) -> Answer {
        caller.request(self.method, &self.path).json(&self.body).send().await
    }
}

impl Product {
    /// The request of an action, upon things of its own as far as it is going to be allowed.
    pub(crate) async fn ask(&self, action: &str, cell: &str, actor: &Person) -> Asked {
        let words: Vec<&str> = action.split(' ').collect();
        if let Some(asked) = self.ask_about_the_organization(&words, cell) {
            return asked;
        }
        if words == ["change", "the", "policy"] {
            let preset = self.app.anyone().get(&format!("/v1/policies/{}", self.preset)).await.expect_status(200);
            let mut rules = preset.json();
            rules["name"] = json!("own_rules");
            return Asked::new("PUT", self.team.at("policy"), rules).tried(cell);
        }
        if let Some(asked) = self.ask_about_people(&words, cell, actor).await {
            return asked;
        }
        if let Some(asked) = self.ask_about_invitations(&words).await {
            return asked;
        }
        if let Some(asked) = self.ask_about_seats(&words, cell).await {
            return asked;
        }
        self.ask_about_projects(&words, cell).await.unwrap_or_else(|| panic!("no request is known for: {action}"))
    }

    fn ask_about_the_organization(&self, words: &[&str], cell: &str) -> Option<Asked> {
        let at = |rest: &str| self.team.at(rest);
        Some(match words {
            ["read"] => Asked::get(at("")),
            ["rename"] => Asked::new("PATCH", at(""), json!({"name": "Acme"})),
            ["switch", "e-mails"] => Asked::new("PATCH", at(""), json!({"email_notifications": true})),
            ["delete"] => Asked::new("DELETE", at(""), json!({"name": "Acme"})).tried(cell),
            ["read", "members"] => Asked::get(at("members")),
            ["search", "members"] => Asked::get(at("members?search=per")),
            ["read", "a", "member"] => Asked::get(at(&format!("members/{}", self.founder.member))),
            ["read", "invitations"] => Asked::get(at("invitations")),
            ["read", "links"] => Asked::get(at("invite-links")),
            ["read", "the", "log"] => Asked::get(at("audit")),
            ["read", "the", "policy"] => Asked::get(at("policy")).shows("/name", self.preset),
            ["read", "seats"] => Asked::get(at("seats")),
            ["read", "projects"] => Asked::get(at("projects")),
            ["read", "the", "own", "project"] => Asked::get(at(&format!("projects/{}", self.own_project))),
            ["read", "the", "own", "project's", "members"] => {
                Asked::get(at(&format!("projects/{}/members", self.own_project)))
            }
            _ => return None,
        })
    }

    async fn ask_about_people(&self, words: &[&str], cell: &str, actor: &Person) -> Option<Asked> {
        let member = |person: &Person, rest: &str| self.team.at(&format!("members/{}{rest}", person.member));
        Some(match words {
            ["remove", role] => {
                let person = self.target(role, cell).await;
                Asked::new("DELETE", member(&person, ""), Value::Null).with(Effect::Gone(person))
            }
            ["move", pair] => {
                let (from, to) = pair.split_once('>').expect("two roles");
                let person = self.target(from, cell).await;
                let asked = Asked::new("PUT", member(&person, "/role"), json!({ "role": to }));
                asked.shows("/role", to).with(Effect::Role(person, to.to_owned()))
            }
            // Nobody raises themselves, and only some roles are laid down.
            ["become", role] => Asked::new("PUT", member(actor, "/role"), json!({ "role": role })).tried(cell),
            ["leave"] => Asked::new("POST", self.team.at("leave"), Value::Null).tried(cell),
            ["hand", "the", "organization", "over"] => {
                let second = self.target(self.roles[1], "-").await;
                Asked::new("POST", self.team.at("ownership"), json!({"member": second.member})).tried(cell)
            }
            _ => return None,
        })
    }

    async fn ask_about_invitations(&self, words: &[&str]) -> Option<Asked> {
        let at = |rest: &str| self.team.at(rest);
        Some(match words {
            ["invite", role] => {
                let body = json!({"email": self.address(), "role": role});
                Asked::new("POST", at("invitations"), body).shows("/role", *role).shows("/status", "pending")
            }
            ["invite", "many", role] => {
                let body = json!({"text": format!("{}\n{}\n", self.address(), self.address()), "role": role});
                let asked = Asked::new("POST", at("invitations/bulk"), body);
                asked.shows("/invited", 2).shows("/data/1/outcome", "invited")
            }
            ["link", role] => Asked::new("POST", at("invite-links"), json!({ "role": role })).shows("/role", *role),
            ["revoke", "a", "link", role] => {
                let body = json!({ "role": role });
                let link = self.founder.caller.post(&at("invite-links"), body).await.expect_status(201).text_at("/id");
                Asked::new("DELETE", at(&format!("invite-links/{link}")), Value::Null)
            }
            ["cancel", role] => {
                let id = self.founder.caller.invite(&self.team.org, &self.address(), role).await;
                Asked::new("DELETE", at(&format!("invitations/{id}")), Value::Null)
            }
            ["resend", role] => {
                let id = self.founder.caller.invite(&self.team.org, &self.address(), role).await;
                Asked::new("POST", at(&format!("invitations/{id}/resend")), Value::Null).shows("/role", *role)
            }
            _ => return None,
        })
    }

    async fn ask_about_seats(&self, words: &[&str], cell: &str) -> Option<Asked> {
        let at = |rest: &str| self.team.at(rest);
        let last = self.roles[self.roles.len() - 1];
        Some(match words {
            ["set", "the", "plan"] => {
                Asked::new("PUT", at("plan"), json!({"plan": self.plan})).shows("/plan", self.plan)
            }
            ["set", "limits"] => Asked::new("PUT", at("limits"), json!({"limits": {"exports": 50}})),
            ["set", "a", "member's", "limits"] => {
                let path = at(&format!("members/{}/limits", self.founder.member));
                Asked::new("PUT", path, json!({"limits": {"exports": 5}}))
            }
            ["assign", "a", "licence"] => {
                let person = self.target(last, cell).await;
                let asked = Asked::new("POST", at("licenses/assign"), json!({"members": [person.member]}));
                asked.shows("/data/0/outcome", "assigned")
            }
            ["take", "a", "licence"] => {
                let person = self.target(last, cell).await;
                if cell == "yes" {
                    self.team.licenses(&self.founder.caller, "assign", &[&person.member]).await.expect_status(200);
                }
                let asked = Asked::new("POST", at("licenses/remove"), json!({"members": [person.member]}));
                asked.shows("/data/0/outcome", "removed")
            }
            _ => return None,
        })
    }

    async fn ask_about_projects(&self, words: &[&str], cell: &str) -> Option<Asked> {
        let at = |rest: &str| self.team.at(rest);
        let name = || json!({"name": "Apollo"});
        if words == ["create", "a", "project"] {
            return Some(Asked::new("POST", at("projects"), name()).shows("/name", "Apollo"));
        }
        let project = self.project(cell).await;
        let at = |rest: &str| self.team.at(&format!("projects/{project}{rest}"));
        Some(match words {
            ["read", "a", "project"] => Asked::get(at("")),
            ["rename", "a", "project"] => Asked::new("PATCH", at(""), name()),
            ["delete", "a", "project"] => Asked::new("DELETE", at(""), name()),
            ["read", "project", "members"] => Asked::get(at("/members")),
            ["invite", "a", role, "to", "a", "project"] => {
                let body = json!({"email": self.address(), "role": role});
                Asked::new("POST", at("/invitations"), body).shows("/role", *role)
            }
            ["move", "a", "guest", pair] => {
                let (from, to) = pair.split_once('>').expect("two roles");
                let (_, id) = self.guest(&project, from).await;
                Asked::new("PUT", at(&format!("/members/{id}/role")), json!({ "role": to })).shows("/role", to)
            }
            ["remove", "a", "guest", role] => {
                let (_, id) = self.guest(&project, role).await;
                Asked::new("DELETE", at(&format!("/members/{id}")), Value::Null)
            }
            _ => return None,
        })
    }

    /// A project of its own for what is going to be allowed; otherwise one that exists.
    async fn project(&self, cell: &str) -> String {
        if cell == "yes" { self.new_project().await } else { self.standing_project().await }
    }

    pub(crate) async fn new_project(&self) -> String {
        let founder = &self.founder.caller;
        founder.post(&self.team.at("projects"), json!({"name": "Apollo"})).await.expect_status(201).text_at("/id")
    }

    /// Somebody who is in that project only, and their id there.
    pub(crate) async fn guest(&self, project: &str, role: &str) -> (Caller, String) {
        self.app.wipe_key_value().await;
        let (email, at) = (self.address(), self.team.at(&format!("projects/{project}")));
        let body = json!({"email": email, "role": role});
        self.founder.caller.post(&format!("{at}/invitations"), body).await.expect_status(201);
        let token = self.app.anyone().mailed_token(&email).await;
        let session = accept(&self.app.anyone(), &token).await.expect_status(200).text_at("/session/token");
        let guest = self.app.anyone().bearer(session);
        let members = self.founder.caller.get(&format!("{at}/members")).await.expect_status(200).data();
        let entry = members.iter().find(|entry| entry["email"] == email.as_str()).expect("the guest is listed");
        (guest, text(&entry["id"]))
    }
}
