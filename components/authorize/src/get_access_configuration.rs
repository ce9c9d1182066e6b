//! `GET /.well-known/authzen-configuration`: what the Authorization API offers here.

use latchkey_edge::model::AccessConfiguration;
use latchkey_edge::{Call, Problem, Reply};

pub(crate) async fn get_access_configuration(call: Call) -> Result<Reply, Problem> {
    let url = &call.settings().public_url;
    let at = |path: &str| format!("{url}/access/v1/{path}");
    let configuration = AccessConfiguration {
        policy_decision_point: url.clone(),
        access_evaluation_endpoint: at("evaluation"),
        access_evaluations_endpoint: at("evaluations"),
        search_subject_endpoint: at("search/subject"),
        search_resource_endpoint: at("search/resource"),
        search_action_endpoint: at("search/action"),
    };
    Ok(Reply::ok(&configuration).header("cache-control", "public, max-age=300"))
}
