//! `POST /v1/auth/oidc/{provider}/callback`: takes a provider's form to where its answer is looked at.

use latchkey_edge::field_types::AnswerText;
use latchkey_edge::model::OidcAnswer;
use latchkey_edge::{Call, Problem, Reply};

use crate::begun::{provider, redirect_uri};

/// Another site's page posts the form, so the browser sends none of our cookies with it. It sends them with the GET that follows: thus
/// the answer is bound to the browser here as everywhere.
pub(crate) async fn forward_oidc_answer(call: Call) -> Result<Reply, Problem> {
    let provider = provider(&call)?;
    let answer: OidcAnswer = call.form()?;
    let parameters = [
        ("state", Some(answer.state.as_str())),
        ("code", answer.code.as_ref().map(AnswerText::as_str)),
        ("error", answer.error.as_ref().map(AnswerText::as_str)),
        ("iss", answer.iss.as_ref().map(AnswerText::as_str)),
    ];
    let query = latchkey_identity::query(parameters);
    Ok(Reply::see_other(format!("{}?{query}", redirect_uri(&call, provider))))
}
