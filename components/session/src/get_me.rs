//! `GET /v1/me`: who asks.

use latchkey_edge::change::ask;
use latchkey_edge::model::Me;
use latchkey_edge::{Call, Problem, Reply, db, represent};
use latchkey_store::account;

pub(crate) async fn get_me(call: Call) -> Result<Reply, Problem> {
    let context = account::me(&db().await?, &ask(&call, None)).await?;
    let who = represent::who(context.who)?;
    Ok(Reply::ok(&Me::from(&who)))
}
