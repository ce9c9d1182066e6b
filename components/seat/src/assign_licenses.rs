//! `POST /v1/orgs/{org}/licenses/assign`: gives licences to members, to all of them or to nobody.

use latchkey_domain::decide::seat::assign;
use latchkey_edge::{Call, Problem, Reply};

use crate::licenses::change_licenses;

pub(crate) async fn assign_licenses(call: Call) -> Result<Reply, Problem> {
    change_licenses(&call, assign).await
}
