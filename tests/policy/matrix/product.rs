//! An organization with a person of each role, and tables held against it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicUsize, Ordering};

use latchkey_testkit::{Answer, TestApp, Value, json};
use tokio::sync::OnceCell;

use super::asked::{Asked, Effect};
use super::table::Table;
use crate::support::{Person, Team, found, role_of, text, texts};

/// A product's organization, with people to send requests and people to be their targets.
pub(crate) struct Product {
    pub(crate) app: TestApp,
    pub(crate) preset: &'static str,
    /// In rank order.
    pub(crate) roles: Vec<&'static str>,
    pub(crate) plan: &'static str,
    pub(crate) team: Team,
    /// Its creator, whom nothing is done to that is going to be allowed.
    pub(crate) founder: Person,
    /// Who sends the requests of a column. Of the top role it is a second holder where there may be one.
    actors: BTreeMap<&'static str, Person>,
    /// Whom requests aim at that are going to be refused.
    bystanders: BTreeMap<&'static str, Person>,
    standing_project: OnceCell<String>,
    /// The project of the people who are in one project only.
    pub(crate) own_project: String,
    addresses: AtomicUsize,
}

/// How many hold the top role, as far as the scene is concerned.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum TopRole {
    One,
    Several,
}

impl Product {
    /// Founds the organization, on that plan, and brings people in for each role.
    pub(crate) async fn open(preset: &'static str, roles: &[&'static str], plan: &'static str, top: TopRole) -> Self {
        let app = TestApp::start().await;
        let (caller, team) = found(&app, "frances@founders.example", "Acme", preset).await;
        team.set_plan(&caller, json!({ "plan": plan })).await.expect_status(200);
        let founder = Person { member: team.my_member(&caller).await, caller };
        let mut product = Self {
            app,
            preset,
            roles: roles.to_vec(),
            plan,
            team,
            actors: BTreeMap::from([(roles[0], founder.clone())]),
            bystanders: BTreeMap::from([(roles[0], founder.clone())]),
            founder,
            standing_project: OnceCell::new(),
            own_project: String::new(),
            addresses: AtomicUsize::default(),
        };
        if top == TopRole::Several {
            let second = product.newcomer(roles[0]).await;
            product.actors.insert(roles[0], second);
        }
        for role in &roles[1..] {
            let (actor, bystander) = (product.newcomer(role).await, product.newcomer(role).await);
            product.actors.insert(role, actor);
            product.bystanders.insert(role, bystander);
        }
        product
    }

    /// An address that nobody has.
    pub(crate) fn address(&self) -> String {
        format!("person{}@company.example", self.addresses.fetch_add(1, Ordering::Relaxed))
    }

    /// A new member of that role.
    pub(crate) async fn newcomer(&self, role: &str) -> Person {
        self.team.bring_in(&self.app, &self.founder.caller, &self.address(), role).await
    }

    /// A member of that role to aim at: a new one where it is going to be allowed.
    pub(crate) async fn target(&self, role: &str, cell: &str) -> Person {
        match self.bystanders.get(role) {
            Some(bystander) if cell != "yes" => bystander.clone(),
            _ => self.newcomer(role).await,
        }
    }

    /// A project to aim at where nothing will come of it.
    pub(crate) async fn standing_project(&self) -> String {
        self.standing_project.get_or_init(|| self.new_project()).await.clone()
    }

    /// Has somebody send the requests of another column.
    pub(crate) fn add_actor(&mut self, column: &'static str, person: Person) {
        self.actors.insert(column, person);
    }

    pub(crate) fn set_own_project(&mut self, project: String) {
        self.own_project = project;
    }

    /// Holds a table against the product. Every wrong cell is named, with its preset, role and action.
    pub(crate) async fn expect(&self, table: &'static str) {
        let table = Table::parse(table);
        let mut wrong = Vec::new();
        for row in &table.rows {
            for (role, cell) in table.roles.iter().zip(&row.cells) {
                let fault = if row.is_permission() {
                    self.permission_fault(role, &row.action, cell).await
                } else {
                    self.request_fault(role, &row.action, cell).await
                };
                wrong.extend(fault.map(|fault| format!("{}, {role}, {}: {fault}", self.preset, row.action)));
            }
        }
        assert!(wrong.is_empty(), "{} wrong cells:\n{}", wrong.len(), wrong.join("\n"));
    }

    /// Whether the policy, or the answer about a holder of the role, says otherwise. `keys.hold` stands for the mark of roles
    /// that may have API keys.
    async fn permission_fault(&self, role: &str, permission: &str, cell: &str) -> Option<String> {
        let rules = role_of(&self.app, self.preset, role).await;
        let has = match permission {
            "keys.hold" => rules["holds_keys"] == true,
            _ => rules["permissions"].as_array().expect("permissions").contains(&json!(permission)),
        };
        let told = match permission {
            "keys.hold" => has,
            _ => {
                self.is_allowed(self.bystanders.get(role).unwrap_or_else(|| panic!("nobody is {role}")), permission)
                    .await
            }
        };
        let word = |has: bool| if has { "yes" } else { "-" };
        let is_so = has == (cell == "yes") && told == has;
        (!is_so).then(|| format!("the page says {cell}, the policy {}, the answer {}", word(has), word(told)))
    }

    /// What the access check says of a thing of the host product.
    async fn is_allowed(&self, person: &Person, permission: &str) -> bool {
        let resource = json!({"type": "thing", "id": "1", "properties": {"organization": self.team.org}});
        let question = json!({
            "subject": {"type": "member", "id": person.member}, "action": {"name": permission}, "resource": resource,
        });
        let answer = self.app.operator().post("/access/v1/evaluation", question).await.expect_status(200).json();
        let by = &answer["context"];
        assert_eq!((by["permission"] == permission, by["via"] == "role"), (true, true), "{answer}");
        answer["decision"] == true
    }

    async fn request_fault(&self, role: &str, action: &str, cell: &str) -> Option<String> {
        let actor = self.actors.get(role).unwrap_or_else(|| panic!("nobody is {role}"));
        let asked = self.ask(action, cell, actor).await;
        let before = self.events();
        let answer = asked.send(&actor.caller).await;
        let fault = match cell {
            "yes" => allowed(&asked, &answer),
            "=" => allowed(&asked, &answer).or(self.wrote(before)),
            "own" => allowed(&asked, &answer).or(others_entries(actor, &answer).await),
            "-" => refused(&answer, 403, &["forbidden", "role_out_of_reach"]).or(self.wrote(before)),
            "404" => refused(&answer, 404, &["not_found"]).or(self.wrote(before)),
            code => refused(&answer, answer.status.as_u16(), &[code]).or(self.wrote(before)),
        };
        if fault.is_some() || cell != "yes" {
            return fault;
        }
        self.effect_fault(&asked.effect).await
    }

    /// Whether what was allowed has happened, as those see it whom it is about.
    async fn effect_fault(&self, effect: &Effect) -> Option<String> {
        match effect {
            Effect::None | Effect::Trial => None,
            Effect::Gone(person) => {
                let status = self.team.read(&person.caller).await.status.as_u16();
                (status != 404).then(|| format!("the person's next request was answered with {status}"))
            }
            Effect::Role(person, role) => {
                let now = self.team.my_role(&person.caller).await;
                (now != *role).then(|| format!("the person's next request was made as {now}"))
            }
        }
    }

    /// Says so when the log has grown since.
    fn wrote(&self, before: i64) -> Option<String> {
        let events = self.events() - before;
        (events != 0).then(|| format!("{events} events were written"))
    }

    fn events(&self) -> i64 {
        self.app.count("SELECT count(*) FROM event")
    }

    /// Fails the test unless the table speaks of every role, each pair of them, and every permission that any role has.
    pub(crate) async fn expect_whole(&self, table: &'static str) {
        let table = Table::parse(table);
        assert_eq!(table.roles, self.roles);
        let spoken: BTreeSet<&str> = table.rows.iter().map(|row| row.action.as_str()).collect();
        let expect = |action: String| assert!(spoken.contains(action.as_str()), "{}: no row {action}", self.preset);
        for role in &self.roles {
            for action in ["invite", "remove", "become"] {
                expect(format!("{action} {role}"));
            }
            for other in self.roles.iter().filter(|other| *other != role) {
                expect(format!("move {role}>{other}"));
            }
        }
        let policy = self.app.anyone().get(&format!("/v1/policies/{}", self.preset)).await.expect_status(200).json();
        assert_eq!(texts(policy["roles"].as_array().expect("roles"), "name"), self.roles);
        for role in policy["roles"].as_array().expect("roles") {
            for permission in role["permissions"].as_array().expect("permissions") {
                expect(text(permission));
            }
        }
    }

    /// Fails the test unless none of the table's requests is answered to somebody of another organization, to somebody
    /// who was removed, and to nobody.
    pub(crate) async fn expect_nothing_for_strangers(&self, table: &'static str) {
        let (stranger, _) = found(&self.app, "steve@strangers.example", "Elsewhere", self.preset).await;
        let gone = self.newcomer(self.roles[self.roles.len() - 1]).await;
        self.team.remove(&self.founder.caller, &gone.member).await.expect_status(200);
        let table = Table::parse(table);
        let mut wrong = Vec::new();
        for row in table.rows.iter().filter(|row| !row.is_permission()) {
            let asked = self.ask(&row.action, "404", &gone).await;
            for (who, caller, status, code) in [
                ("a stranger", &stranger, 404, "not_found"),
                ("a removed member", &gone.caller, 404, "not_found"),
                ("nobody", &self.app.anyone(), 401, "unauthenticated"),
            ] {
                let before = self.events();
                let answer = asked.send(caller).await;
                let fault = refused(&answer, status, &[code]).or(self.wrote(before));
                wrong.extend(fault.map(|fault| format!("{}, {who}, {}: {fault}", self.preset, row.action)));
            }
        }
        assert!(wrong.is_empty(), "{} wrong cells:\n{}", wrong.len(), wrong.join("\n"));
    }
}

fn allowed(asked: &Asked, answer: &Answer) -> Option<String> {
    if !answer.status.is_success() {
        return Some(format!("the page says yes, the answer is {} {}", answer.status.as_u16(), answer.text));
    }
    (asked.shows.iter())
        .find(|(pointer, value)| answer.json().pointer(pointer) != Some(value))
        .map(|(pointer, value)| format!("{pointer} is not {value}: {}", answer.text))
}

/// What a page calls one's own activity: entries, none of which is anybody else's.
async fn others_entries(actor: &Person, answer: &Answer) -> Option<String> {
    let me = actor.caller.get("/v1/me").await.expect_status(200).text_at("/id");
    let body = answer.json();
    let entries = body["data"].as_array().expect("a list of entries");
    let others = entries.iter().find(|entry| entry["actor"]["id"] != me.as_str() && entry["member"] != actor.member);
    others.map(|entry| format!("an entry of somebody else is in it: {entry}"))
}

fn refused(answer: &Answer, status: u16, codes: &[&str]) -> Option<String> {
    let code = if answer.text.is_empty() { Value::Null } else { answer.json()["code"].clone() };
    let as_said = answer.status.as_u16() == status && codes.iter().any(|wanted| code == *wanted);
    (!as_said).then(|| format!("the page says {status} {codes:?}, the answer is {} {}", answer.status, answer.text))
}
