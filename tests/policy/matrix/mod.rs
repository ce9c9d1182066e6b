//! Role by action, for each preset: what its page allows and what it refuses, cell by cell.
//!
//! A cell is `yes`, `-` (refused by role), `=` (allowed, and changes nothing), `own` (allowed, and shows nobody else's),
//! `404` (not theirs to know about), or the code of the refusal. A row whose action is one word with a dot is a permission:
//! the policy as `GET /v1/policies/{policy}` shows it must give it to exactly these roles, and the access check must answer
//! so for a holder of each.
//! Every other row is a request, sent by a person of each role: what is refused really, and changes nothing; what is
//! allowed really too, upon a person, an address or a project of its own, or as a trial where it would end the scene.

mod asked;
mod credentials;
mod platform;
mod portal;
mod product;
mod studio;
mod table;
mod themes;

use latchkey_testkit::TestApp;

use crate::support::texts;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_products_on_offer_are_those_with_a_table_here() {
    let app = TestApp::start().await;
    let mut names = texts(&app.anyone().get("/v1/policies").await.expect_status(200).data(), "name");
    names.sort();
    assert_eq!(names, ["credentials", "platform", "portal", "studio", "themes"]);
    app.finish().await;
}
