//! The front door: what answers here, its OpenAPI document, and 404 for every path that nothing else has.

use latchkey_edge::model::{Service, ServiceLinks};
use latchkey_edge::{Call, Problem, Reply};

latchkey_edge::component! {
    "root" => {
        get_service => get_service,
        get_openapi => get_openapi,
    }
}

const OPENAPI: &str = include_str!(concat!(env!("OUT_DIR"), "/openapi.json"));
const OPENAPI_ETAG: &str = include_str!(concat!(env!("OUT_DIR"), "/openapi.etag"));

async fn get_service(call: Call) -> Result<Reply, Problem> {
    let url = &call.settings().public_url;
    Ok(Reply::ok(&Service {
        name: call.settings().product_name.clone(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        links: ServiceLinks { openapi: format!("{url}/v1/openapi.json"), sign_in: format!("{url}/v1/auth/email") },
    }))
}

async fn get_openapi(call: Call) -> Result<Reply, Problem> {
    let known = call.head().header("if-none-match").unwrap_or_default();
    let is_known = known.split(',').map(|tag| tag.trim().trim_start_matches("W/")).any(|tag| tag == OPENAPI_ETAG);
    let reply = if is_known { Reply::not_modified() } else { Reply::bytes("application/json", OPENAPI) };
    // The document changes with a release only, but then at once: caches keep it, and ask.
    Ok(reply.header("etag", OPENAPI_ETAG).header("cache-control", "public, no-cache"))
}
