//! `GET /v1/orgs/{org}/policy`: the rules that an organization lives by.

use latchkey_domain::OrgId;
use latchkey_edge::change::ask;
use latchkey_edge::model::Policy;
use latchkey_edge::{Call, Problem, Reply, db};
use latchkey_store::org;

pub(crate) async fn get_org_policy(call: Call) -> Result<Reply, Problem> {
    let id: OrgId = call.path("org")?;
    let ask = ask(&call, None);
    let (asker, _) = org::context(&db().await?, &ask, &id).await?.into_asker(&ask)?;
    asker.require("org.read")?;
    Ok(Reply::ok(&Policy::from(&**asker.policy())).etag(asker.org().version))
}
