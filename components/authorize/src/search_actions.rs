//! `POST /access/v1/search/action`: what a subject may do to a resource.

use latchkey_domain::access::{allowed, decide};
use latchkey_edge::change::ask;
use latchkey_edge::model::{ActionSearch, FoundAction, FoundActions, SearchContext};
use latchkey_edge::{Call, Problem, Reply, db};
use latchkey_store::access;
use serde_json::Value;

use crate::known::{page, rules};

pub(crate) async fn search_actions(call: Call) -> Result<Reply, Problem> {
    let ActionSearch { question, page: wanted } = call.body()?;
    let after = wanted.text(0)?;
    let ask = ask(&call, None);
    let context = access::actions(&db().await?, &ask, &question).await?;
    let asked_by = access::asked_by(&ask, context.who.as_ref())?;
    let facts = context.facts.answers.first().ok_or_else(|| Problem::internal("a question without an answer"))?;
    let rules = rules(facts, &context.facts)?;
    let all = allowed(&question, facts, asked_by, rules.as_deref());
    let rest: Vec<&str> = all.iter().copied().filter(|name| *name > after).collect();
    let shown = wanted.shown(&rest);
    let more = rest.len() > shown.len();
    let next = more.then(|| wanted.token([Value::from(shown.last().copied().unwrap_or(after))]));
    let reason =
        if all.is_empty() { decide(&question, facts, asked_by, rules.as_deref()).reason.as_str() } else { "found" };
    Ok(Reply::ok(&FoundActions {
        page: page(shown.len(), next),
        context: SearchContext { reason: reason.to_owned() },
        results: shown.iter().map(|name| FoundAction { name: (*name).to_owned() }).collect(),
    }))
}
