//! `GET /v1/orgs/{org}/policy`: the rules that an organization lives by, or lived by.

use latchkey_domain::OrgId;
use latchkey_domain::facts::Past;
use latchkey_edge::change::ask;
use latchkey_edge::model::{AsOf, Policy};
use latchkey_edge::{Call, Problem, Reply, db};
use latchkey_store::history::{self, Moment};
use latchkey_store::org;

pub(crate) async fn get_org_policy(call: Call) -> Result<Reply, Problem> {
    let id: OrgId = call.path("org")?;
    if let Some(at) = call.moment(call.query::<AsOf>()?.as_of)? {
        return then(&call, &id, at).await;
    }
    let ask = ask(&call, None);
    let (asker, _) = org::context(&db().await?, &ask, &id).await?.into_asker(&ask)?;
    asker.require("org.read")?;
    Ok(Reply::ok(&Policy::from(&**asker.policy())).etag(asker.org().version))
}

async fn then(call: &Call, id: &OrgId, at: i64) -> Result<Reply, Problem> {
    let ask = ask(call, None);
    let (asker, past) = history::org(&db().await?, &ask, id, Moment::at(at)).await?.into_asker(&ask)?;
    asker.require("org.read")?;
    asker.require("audit.read")?;
    let past = Past::begun(past, asker.org())?;
    Ok(Reply::ok(&Policy::from(&*past.org.rules()?)))
}
