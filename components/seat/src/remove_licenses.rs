//! `POST /v1/orgs/{org}/licenses/remove`: takes licences back.

use latchkey_domain::decide::seat::remove;
use latchkey_edge::{Call, Problem, Reply};

use crate::licenses::change_licenses;

pub(crate) async fn remove_licenses(call: Call) -> Result<Reply, Problem> {
    change_licenses(&call, remove).await
}
