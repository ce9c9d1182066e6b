//! `GET /v1/orgs/{org}/seats`: how many seats there are, and how many are in use, now or as it was.

use latchkey_domain::OrgId;
use latchkey_domain::facts::Past;
use latchkey_edge::change::ask;
use latchkey_edge::model::AsOf;
use latchkey_edge::{Call, Problem, Reply, db, represent};
use latchkey_store::history::{self, Moment};
use latchkey_store::org;

pub(crate) async fn get_seats(call: Call) -> Result<Reply, Problem> {
    let id: OrgId = call.path("org")?;
    if let Some(at) = call.moment(call.query::<AsOf>()?.as_of)? {
        return then(&call, &id, at).await;
    }
    let ask = ask(&call, None);
    let (asker, _) = org::context(&db().await?, &ask, &id).await?.into_asker(&ask)?;
    asker.require("org.read")?;
    let seats = represent::seats(asker.org(), asker.policy(), call.settings());
    Ok(Reply::ok(&seats).etag(asker.org().version))
}

async fn then(call: &Call, id: &OrgId, at: i64) -> Result<Reply, Problem> {
    let ask = ask(call, None);
    let (asker, past) = history::org(&db().await?, &ask, id, Moment::at(at)).await?.into_asker(&ask)?;
    asker.require("org.read")?;
    asker.require("audit.read")?;
    let past = Past::begun(past, asker.org())?;
    let policy = past.org.rules()?;
    Ok(Reply::ok(&represent::seats(&past.org, &policy, call.settings())))
}
