//! What several operations' tests need.

use std::time::Duration;

use latchkey_testkit::{Answer, Caller, Value, json};

/// Days are what most things here live for.
pub(crate) const DAY: Duration = Duration::from_secs(24 * 3600);

/// How long an invitation lives under the default policy.
pub(crate) const INVITATION_LIFETIME: Duration = Duration::from_secs(7 * 24 * 3600);

/// Well-formed identifiers that nothing has.
pub(crate) const NO_ORG: &str = "org_019392d1c4b87d00a1b2c3d4e5f60718";
pub(crate) const NO_MEMBER: &str = "mem_019392d1c4b87d00a1b2c3d4e5f60718";
pub(crate) const NO_USER: &str = "usr_019392d1c4b87d00a1b2c3d4e5f60718";
pub(crate) const NO_LINK: &str = "lnk_019392d1c4b87d00a1b2c3d4e5f60718";
pub(crate) const NO_KEY: &str = "key_019392d1c4b87d00a1b2c3d4e5f60718";
pub(crate) const NO_CLIENT: &str = "oac_019392d1c4b87d00a1b2c3d4e5f60718";
pub(crate) const NO_WEBHOOK: &str = "whk_019392d1c4b87d00a1b2c3d4e5f60718";
pub(crate) const NO_JOIN_REQUEST: &str = "jrq_019392d1c4b87d00a1b2c3d4e5f60718";
pub(crate) const NO_DOMAIN: &str = "dom_019392d1c4b87d00a1b2c3d4e5f60718";
pub(crate) const NO_REQUEST: &str = "jrq_019392d1c4b87d00a1b2c3d4e5f60718";
pub(crate) const NO_INVITATION: &str = "inv_019392d1c4b87d00a1b2c3d4e5f60718";

/// The names of the presets, as the list has them.
pub(crate) const PRESETS: [&str; 5] = ["credentials", "platform", "portal", "studio", "themes"];
pub(crate) const NO_PROJECT: &str = "prj_019392d1c4b87d00a1b2c3d4e5f60718";
pub(crate) const NO_PROJECT_MEMBER: &str = "pmb_019392d1c4b87d00a1b2c3d4e5f60718";

/// The wrong fields that a 422 names, with their codes: `email required`.
#[track_caller]
pub(crate) fn wrong_fields(answer: Answer) -> Vec<String> {
    let problem = answer.expect_problem(422, "invalid_request").json();
    let errors = problem["errors"].as_array().expect("a list of errors");
    errors.iter().map(|error| format!("{} {}", text(&error["field"]), text(&error["code"]))).collect()
}

/// The texts of one member of each entry.
pub(crate) fn texts(entries: &[Value], member: &str) -> Vec<String> {
    entries.iter().map(|entry| text(&entry[member])).collect()
}

pub(crate) fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("not a text: {value}")).to_owned()
}

/// What a page of the documentation shows as JSON.
pub(crate) fn json_blocks(page: &str) -> Vec<Value> {
    let blocks = page.split("```json\n").skip(1).filter_map(|rest| rest.split_once("```"));
    blocks.map(|(block, _)| serde_json::from_str(block).expect("JSON")).collect()
}

/// The names of an object's members, and of those within them.
pub(crate) fn members(value: &Value) -> Vec<String> {
    let own = value.as_object().into_iter().flatten();
    let mut names: Vec<String> = own
        .flat_map(|(name, value)| {
            let within = members(value).into_iter().map(move |within| format!("{name}.{within}"));
            std::iter::once(name.clone()).chain(within)
        })
        .collect();
    names.sort();
    names
}

/// Walks a list to its end by its cursors, `limit` entries at a time; the entries of each page.
pub(crate) async fn pages(caller: &Caller, path: &str, limit: u32) -> Vec<Vec<Value>> {
    let separator = if path.contains('?') { '&' } else { '?' };
    let mut pages = Vec::new();
    let mut cursor = String::new();
    loop {
        let page = caller.get(&format!("{path}{separator}limit={limit}{cursor}")).await.expect_status(200);
        pages.push(page.data());
        assert!(pages.len() < 100, "{path} has no end");
        match page.json()["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return pages,
        }
    }
}

/// Accepts a mailed invitation.
pub(crate) async fn accept(caller: &Caller, token: &str) -> Answer {
    caller.post("/v1/invitations/accept", json!({ "token": token })).await
}

/// Makes an invite link: its id and its token.
pub(crate) async fn make_link(caller: &Caller, org: &str, body: Value) -> (String, String) {
    let made = caller.post(&format!("/v1/orgs/{org}/invite-links"), body).await.expect_status(201);
    (made.text_at("/id"), made.text_at("/token"))
}

/// Joins by an invite link.
pub(crate) async fn join(caller: &Caller, token: &str) -> Answer {
    caller.post("/v1/invite-links/join", json!({ "token": token })).await
}

/// The id of the caller's own membership in an organization.
pub(crate) async fn my_member_id(caller: &Caller, org: &str) -> String {
    let me = caller.get("/v1/me").await.expect_status(200).text_at("/id");
    let members =
        caller.get(&format!("/v1/orgs/{org}/members?status=active&limit=200")).await.expect_status(200).data();
    let mine = members.iter().find(|member| member["user_id"] == me.as_str());
    text(&mine.expect("to be a member")["id"])
}
