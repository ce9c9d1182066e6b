//! `GET /v1/policies`: the presets, by name.

use latchkey_domain::policy;
use latchkey_edge::model::{ListPolicies, PolicySummary};
use latchkey_edge::{Call, Key, Problem, Reply};

pub(crate) async fn list_policies(call: Call) -> Result<Reply, Problem> {
    let query: ListPolicies = call.query()?;
    let page = call.page(query.limit, query.cursor.as_ref())?;
    let after = page.after().map(|key| key.text(0)).transpose()?.unwrap_or_default();
    let mut entries = Vec::new();
    for preset in policy::presets().iter().filter(|preset| preset.name > after) {
        let rules = policy::load(preset.hash, None)?;
        entries.push((Key::new([preset.name.into()]), PolicySummary::from(&*rules)));
    }
    Ok(Reply::page(&page.page(entries)))
}
