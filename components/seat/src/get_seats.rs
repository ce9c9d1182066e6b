//! `GET /v1/orgs/{org}/seats`: how many seats there are, and how many are in use.

use latchkey_domain::OrgId;
use latchkey_edge::change::ask;
use latchkey_edge::{Call, Problem, Reply, db, represent};
use latchkey_store::org;

pub(crate) async fn get_seats(call: Call) -> Result<Reply, Problem> {
    let id: OrgId = call.path("org")?;
    let ask = ask(&call, None);
    let (asker, _) = org::context(&db().await?, &ask, &id).await?.into_asker(&ask)?;
    asker.require("org.read")?;
    let seats = represent::seats(asker.org(), asker.policy(), call.settings());
    Ok(Reply::ok(&seats).etag(asker.org().version))
}
