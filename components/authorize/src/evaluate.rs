//! `POST /access/v1/evaluation`: whether a subject may do something to a resource, and why.

use latchkey_edge::change::ask;
use latchkey_edge::model::AccessEvaluation;
use latchkey_edge::{Call, Problem, Reply, db};
use latchkey_store::access;

use crate::known::answer;

pub(crate) async fn evaluate(call: Call) -> Result<Reply, Problem> {
    let AccessEvaluation(question) = call.body()?;
    let ask = ask(&call, None);
    let context = access::evaluate(&db().await?, &ask, std::slice::from_ref(&question)).await?;
    let asked_by = access::asked_by(&ask, context.who.as_ref())?;
    let known = &context.facts;
    let facts = known.answers.first().ok_or_else(|| Problem::internal("a question without an answer"))?;
    Ok(Reply::ok(&answer(&question, facts, known, asked_by)?))
}
