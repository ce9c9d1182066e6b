//! `GET /v1/policies/{policy}`: a preset, whole.

use latchkey_domain::policy;
use latchkey_edge::field_types::PolicyName;
use latchkey_edge::model::Policy;
use latchkey_edge::{Call, Problem, Reply};

pub(crate) async fn get_policy(call: Call) -> Result<Reply, Problem> {
    let name: PolicyName = call.path("policy")?;
    let preset = policy::preset(&name.0).ok_or_else(|| Problem::not_found("policy"))?;
    let rules = policy::load(preset.hash, None)?;
    Ok(Reply::ok(&Policy::from(&*rules)))
}
