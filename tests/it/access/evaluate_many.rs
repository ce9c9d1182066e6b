use latchkey_testkit::{TestApp, Value, json};

use super::{entity, question, theme, user_id, wrong_members};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_questions_are_answered_in_their_order_as_far_as_is_asked() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org_with("Acme", "themes").await;
    let (bob, _) = ada.bring_in(&org, "bob@example.com", "viewer").await;
    let user = user_id(&bob).await;
    // The viewer may browse and may not download.
    let evaluations =
        ["catalog.browse", "theme.download", "catalog.browse"].map(|action| json!({"action": {"name": action}}));
    let mut asked = json!({"subject": entity("user", &user), "resource": theme(&org, "x"), "evaluations": evaluations});
    for (semantic, expected) in [
        (None, json!([true, false, true])),
        (Some("execute_all"), json!([true, false, true])),
        (Some("deny_on_first_deny"), json!([true, false])),
        (Some("permit_on_first_permit"), json!([true])),
    ] {
        asked["options"] = semantic.map_or(json!({"another": 1}), |semantic| json!({"evaluations_semantic": semantic}));
        let answer = app.operator().post("/access/v1/evaluations", asked.clone()).await.expect_status(200).json();
        let decisions: Value =
            answer["evaluations"].as_array().expect("a list").iter().map(|it| it["decision"].clone()).collect();
        assert_eq!((decisions, answer.get("decision")), (expected, None), "{semantic:?}");
    }
    asked["options"] = json!({"evaluations_semantic": "first"});
    let refused = app.operator().post("/access/v1/evaluations", asked.clone()).await;
    assert_eq!(wrong_members(refused), ["options.evaluations_semantic not_allowed"]);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_one_question_says_goes_before_what_all_say() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let (acme, beta) = (ada.create_org_with("Acme", "themes").await, ada.create_org_with("Beta", "portal").await);
    let (bob, _) = ada.bring_in(&acme, "bob@example.com", "viewer").await;
    let (adas, bobs) = (user_id(&ada).await, user_id(&bob).await);
    let mut rules = ada.get(&format!("/v1/orgs/{beta}/policy")).await.expect_status(200).json();
    rules["name"] = json!("ours");
    app.operator().put(&format!("/v1/orgs/{beta}/policy"), rules).await.expect_status(200);
    let asked = json!({
        "subject": entity("user", &adas), "action": {"name": "org.delete"}, "resource": entity("organization", &acme),
        "evaluations": [
            {},
            {"subject": entity("user", &bobs)},
            {"action": {"name": "product.use"}, "resource": entity("organization", &beta)},
            {"subject": entity("team", "red"), "resource": entity("organization", "nowhere")},
        ],
    });
    let answer = ada.post("/access/v1/evaluations", asked).await.expect_status(200).json();
    let told: Vec<(bool, String)> = answer["evaluations"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|it| (it["decision"] == true, it["context"]["reason"].as_str().unwrap_or_default().to_owned()))
        .collect();
    let expected = [(true, "granted"), (false, "not_granted"), (true, "granted"), (false, "unknown_subject_type")];
    assert_eq!(told, expected.map(|(decision, reason)| (decision, reason.to_owned())));
    assert_eq!(answer["evaluations"][2]["context"]["policy"]["name"], "ours", "rules of their own, beside a preset");
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_list_it_is_one_question_and_a_list_has_an_end() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org_with("Acme", "themes").await;
    let user = user_id(&ada).await;
    let single = question(entity("user", &user), "theme.download", theme(&org, "x"));
    let expected = ada.post("/access/v1/evaluation", single.clone()).await.expect_status(200).json();
    let mut empty = single.clone();
    empty["evaluations"] = json!([]);
    for asked in [single.clone(), empty] {
        assert_eq!(ada.post("/access/v1/evaluations", asked).await.expect_status(200).json(), expected);
    }
    // The other way round, a list means nothing to the question.
    let mut listed = single.clone();
    listed["evaluations"] = json!([{"action": {"name": "theme.eat"}}]);
    assert_eq!(ada.post("/access/v1/evaluation", listed).await.expect_status(200).json(), expected);
    let mut many = single.clone();
    many["evaluations"] = vec![json!({}); 100].into();
    let answer = ada.post("/access/v1/evaluations", many.clone()).await.expect_status(200).json();
    assert_eq!(answer["evaluations"].as_array().map(Vec::len), Some(100));
    many["evaluations"] = vec![json!({}); 101].into();
    assert_eq!(wrong_members(ada.post("/access/v1/evaluations", many).await), ["evaluations too_long"]);
    let half = json!({"subject": entity("user", &user), "evaluations": [{"action": {"name": "a.b"}}, 5]});
    let refused = ada.post("/access/v1/evaluations", half).await;
    assert_eq!(wrong_members(refused), ["evaluations[0].resource required", "evaluations[1] wrong_type"]);
    app.finish().await;
}
