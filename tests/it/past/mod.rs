//! `as_of`: what was, asked today.

mod asking;
mod organization;
mod people;

use std::time::Duration;

use latchkey_testkit::{Caller, TestApp, Value};

use crate::support::text;

/// The moment of the organization's newest event. Whatever comes next comes later.
async fn moment(app: &TestApp, caller: &Caller, org: &str) -> String {
    let newest = caller.get(&format!("/v1/orgs/{org}/audit?limit=1")).await.expect_status(200).data().remove(0);
    app.advance_clock(Duration::from_secs(60));
    text(&newest["effective_at"])
}

/// The path with the question of what was then.
fn then(path: &str, moment: &str) -> String {
    let separator = if path.contains('?') { '&' } else { '?' };
    format!("{path}{separator}as_of={moment}")
}

/// What a path answered at several moments, to be asked for again afterwards.
struct Memory<'a> {
    app: &'a TestApp,
    caller: &'a Caller,
    org: &'a str,
    /// Below the organization.
    paths: Vec<String>,
    seen: Vec<(String, String, Value)>,
}

impl<'a> Memory<'a> {
    fn of(app: &'a TestApp, caller: &'a Caller, org: &'a str, paths: &[&str]) -> Self {
        let paths = paths.iter().map(|path| format!("/v1/orgs/{org}{path}")).collect();
        Self { app, caller, org, paths, seen: Vec::new() }
    }

    /// Takes down what is answered now.
    async fn note(&mut self) {
        let moment = moment(self.app, self.caller, self.org).await;
        for path in &self.paths {
            let answer = self.caller.get(path).await.expect_status(200).json();
            self.seen.push((path.clone(), moment.clone(), plain(answer)));
        }
    }

    /// Asks for all of it again.
    async fn compare(&self) {
        for (path, moment, seen) in &self.seen {
            let told = self.caller.get(&then(path, moment)).await.expect_status(200);
            assert_eq!(told.header("etag"), None, "nothing can be changed in the past");
            assert_eq!(plain(told.json()), *seen, "{path} at {moment}");
        }
    }
}

/// An answer without what is of today in it: advice, sign-ins, names.
fn plain(mut answer: Value) -> Value {
    match &mut answer {
        Value::Object(members) => {
            for of_today in ["hints", "last_active_at", "display_name", "my_role", "came_by"] {
                members.remove(of_today);
            }
            members.values_mut().for_each(|member| *member = plain(member.take()));
        }
        Value::Array(entries) => entries.iter_mut().for_each(|entry| *entry = plain(entry.take())),
        _ => {}
    }
    answer
}
