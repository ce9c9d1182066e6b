//! `POST /access/v1/evaluations`: many questions at once, as of one moment.

use latchkey_api::access::Asked;
use latchkey_edge::change::ask;
use latchkey_edge::model::{AccessDecisions, AccessEvaluations};
use latchkey_edge::{Call, Problem, Reply, db};
use latchkey_store::access;

use crate::known::answer;

pub(crate) async fn evaluate_many(call: Call) -> Result<Reply, Problem> {
    let AccessEvaluations(asked) = call.body()?;
    let (questions, semantic) = match &asked {
        Asked::One(question) => (std::slice::from_ref(question), None),
        Asked::Several(questions, semantic) => (questions.as_slice(), Some(*semantic)),
    };
    let ask = ask(&call, None);
    let context = access::evaluate(&db().await?, &ask, questions).await?;
    let asked_by = access::asked_by(&ask, context.who.as_ref())?;
    let known = &context.facts;
    let mut answers = Vec::new();
    for (question, facts) in questions.iter().zip(&known.answers) {
        let answer = answer(question, facts, known, asked_by)?;
        let ends = semantic.is_some_and(|semantic| semantic.ends_with(answer.decision));
        answers.push(answer);
        if ends {
            break;
        }
    }
    let decisions = match (semantic, answers.pop()) {
        (None, Some(only)) => {
            AccessDecisions { decision: Some(only.decision), context: Some(only.context), evaluations: None }
        }
        (_, last) => {
            answers.extend(last);
            AccessDecisions { decision: None, context: None, evaluations: Some(answers) }
        }
    };
    Ok(Reply::ok(&decisions))
}
