//! Where a race takes place.

use std::collections::BTreeMap;
use std::future::Future;

use latchkey_api::routes::{ROUTES, Route};
use latchkey_testkit::{Answer, Caller, HostProcess, TestApp, json};
use tokio::task::JoinSet;

/// The app, with a second host process on its database or without one.
pub(crate) struct Stage {
    pub(crate) app: TestApp,
    second: Option<HostProcess>,
}

impl Stage {
    pub(crate) async fn of_one_process() -> Self {
        Self { app: TestApp::start().await, second: None }
    }

    pub(crate) async fn of_two_processes() -> Self {
        let app = TestApp::start().await;
        let second = app.second_process().await;
        Self { app, second: Some(second) }
    }

    /// The same person before the first or the second process, by turns.
    pub(crate) fn at(&self, caller: &Caller, turn: usize) -> Caller {
        match &self.second {
            Some(second) if turn % 2 == 1 => caller.clone().at(second.addr()),
            _ => caller.clone(),
        }
    }

    /// Sends `count` requests at once, the nth made by `request(caller at the nth turn, n)`, and gathers the answers in
    /// that order.
    pub(crate) async fn race<F>(
        &self,
        caller: &Caller,
        count: usize,
        request: impl Fn(Caller, usize) -> F,
    ) -> Vec<Answer>
    where
        F: Future<Output = Answer> + Send + 'static,
    {
        let mut requests = JoinSet::new();
        for n in 0..count {
            let request = request(self.at(caller, n), n);
            requests.spawn(async move { (n, request.await) });
        }
        let mut answers: Vec<(usize, Answer)> = requests.join_all().await;
        answers.sort_by_key(|(n, _)| *n);
        answers.into_iter().map(|(_, answer)| documented(answer)).collect()
    }

    /// Signs in without being taken for a client that tries too often.
    pub(crate) async fn sign_in(&self, email: &str) -> Caller {
        self.app.wipe_key_value().await;
        self.app.sign_in(email).await
    }

    /// An organization that may have two owners, of which the creator is one.
    pub(crate) async fn org_for_two_owners(&self, owner: &Caller) -> String {
        let org = owner.create_org_with("Acme", "credentials").await;
        let plan = json!({"plan": "professional"});
        self.app.operator().put(&format!("/v1/orgs/{org}/plan"), plan).await.expect_status(200);
        org
    }

    pub(crate) async fn finish(self) {
        drop(self.second);
        self.app.finish().await;
    }
}

/// Fails the test unless the answer is one that the operation's description knows: its success or one of its problems.
#[track_caller]
pub(crate) fn documented(answer: Answer) -> Answer {
    let (method, path) = answer.asked.split_once(' ').expect("a method and a path");
    let segments: Vec<&str> = path.split('/').skip(1).collect();
    let is_asked = |route: &&Route| {
        let known: Vec<&str> = route.segments().collect();
        route.method.as_str() == method
            && known.len() == segments.len()
            && known.iter().zip(&segments).all(|(known, asked)| known == asked || known.starts_with('{'))
    };
    let route = ROUTES.iter().find(is_asked).unwrap_or_else(|| panic!("no route for {}", answer.asked));
    let status = answer.status.as_u16();
    if status != route.status {
        let code = answer.json()["code"].as_str().unwrap_or_default().to_owned();
        let is_known = route.problems().iter().any(|problem| problem.name() == code && problem.status() == status);
        assert!(is_known, "{} does not know {status} {code}: {}", route.operation, answer.text);
    }
    answer
}

/// How many answers there are of each status and code, such as `200` or `410 invitation_used`.
pub(crate) fn tally(answers: &[Answer]) -> BTreeMap<String, usize> {
    let mut tally = BTreeMap::new();
    for answer in answers {
        *tally.entry(kind(answer)).or_default() += 1;
    }
    tally
}

/// The answer's status, with the code of a problem and the outcome of an acceptance.
pub(crate) fn kind(answer: &Answer) -> String {
    let status = answer.status.as_u16();
    if answer.text.is_empty() {
        return status.to_string();
    }
    let json = answer.json();
    match json["code"].as_str().or_else(|| json["outcome"].as_str()) {
        Some(name) => format!("{status} {name}"),
        None => status.to_string(),
    }
}

/// Fails the test unless the answers are of these kinds and numbers.
#[track_caller]
pub(crate) fn expect_tally(answers: &[Answer], expected: &[(&str, usize)]) {
    let expected: BTreeMap<String, usize> =
        expected.iter().filter(|(_, n)| *n > 0).map(|(kind, n)| ((*kind).to_owned(), *n)).collect();
    assert_eq!(tally(answers), expected);
}

/// How often each type of event is in the organization's log.
pub(crate) async fn events(caller: &Caller, org: &str) -> BTreeMap<String, usize> {
    let mut events = BTreeMap::new();
    for kind in caller.event_types(org).await {
        *events.entry(kind).or_default() += 1;
    }
    events
}

/// The only place of `kind` among the answers, which must be there once.
#[track_caller]
pub(crate) fn only<'a>(answers: &'a [Answer], wanted: &str) -> &'a Answer {
    let found: Vec<&Answer> = answers.iter().filter(|answer| kind(answer) == wanted).collect();
    assert_eq!(found.len(), 1, "{wanted}: {:?}", tally(answers));
    found[0]
}
