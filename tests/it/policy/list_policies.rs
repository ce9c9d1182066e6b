use expect_test::expect;
use latchkey_testkit::{TestApp, shown};

use crate::support::{PRESETS, pages, texts};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn anyone_lists_the_presets_before_choosing_one() {
    let app = TestApp::start().await;
    expect![[r#"
        200
        {
          "data": [
            {
              "description": "Teams that design badges and issue credentials.",
              "name": "credentials",
              "title": "Credentials"
            },
            {
              "description": "Teams that build in projects, with finance and stakeholders beside them.",
              "name": "platform",
              "title": "Platform"
            },
            {
              "description": "Organizations that use a licensed portal, by the seat.",
              "name": "portal",
              "title": "Portal"
            },
            {
              "description": "Teams that share licences of a studio; members are licensed one by one.",
              "name": "studio",
              "title": "Studio"
            },
            {
              "description": "Teams that license and download themes from one account.",
              "name": "themes",
              "title": "Themes"
            }
          ],
          "next_cursor": null
        }"#]]
    .assert_eq(&shown(&app.anyone().get("/v1/policies").await));
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pages_neither_repeat_nor_skip() {
    let app = TestApp::start().await;
    let walked: Vec<Vec<String>> =
        pages(&app.anyone(), "/v1/policies", 2).await.iter().map(|page| texts(page, "name")).collect();
    assert_eq!(walked, [&PRESETS[..2], &PRESETS[2..4], &PRESETS[4..]]);
    app.finish().await;
}
