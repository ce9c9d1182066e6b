//! The Authorization API as a client knows it that has read the standard and nothing of ours: it finds the endpoints by the
//! metadata, names its requests, sends members that nobody here knows, and reads decisions.

use latchkey_testkit::{Answer, Caller, PUBLIC_URL, TestApp, Value, json};

use super::{entity, theme, user_id};

/// A policy enforcement point.
struct Client {
    caller: Caller,
    metadata: Value,
    requests: usize,
}

impl Client {
    async fn discover(caller: Caller) -> Self {
        let metadata = caller.signed_out().get("/.well-known/authzen-configuration").await.expect_status(200).json();
        assert_eq!(metadata["policy_decision_point"], PUBLIC_URL);
        Self { caller, metadata, requests: 0 }
    }

    /// Posts to the endpoint of that name, and expects the request's own identifier back.
    async fn post(&mut self, endpoint: &str, body: &Value) -> Answer {
        self.requests += 1;
        let url = self.metadata[endpoint].as_str().unwrap_or_else(|| panic!("no {endpoint}"));
        let path = url.strip_prefix(PUBLIC_URL).expect("an endpoint of the same service");
        let id = format!("bfe9eb29-ab87-4ca3 / {}", self.requests);
        let answer = self.caller.request("POST", path).header("x-request-id", &id).json(body).send().await;
        assert_eq!(answer.header("x-request-id"), Some(id.as_str()), "{endpoint}");
        answer
    }

    async fn decision(&mut self, body: &Value) -> bool {
        let answer = self.post("access_evaluation_endpoint", body).await.expect_status(200);
        assert_eq!(answer.header("content-type"), Some("application/json"));
        assert!(answer.json()["context"].is_object());
        answer.json()["decision"].as_bool().expect("a decision")
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_of_the_standard_gets_along() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org_with("Acme", "themes").await;
    let (bob, _) = ada.bring_in(&org, "bob@example.com", "member").await;
    let (adas, bobs) = (user_id(&ada).await, user_id(&bob).await);
    let mut client = Client::discover(app.operator()).await;

    // Access Evaluation: unknown members are ignored, wherever they are, and the order of members means nothing.
    let mut asked = json!({
        "context": {"time": "2026-10-26T01:22-07:00", "more": {"a": [1, null]}},
        "resource": theme(&org, "aurora"), "action": {"name": "theme.download", "properties": {"method": "GET"}},
        "subject": {"type": "user", "id": bobs, "properties": {"department": "Sales", "ip_address": "172.217.22.14"}, "x": 1},
        "extension": true,
    });
    assert!(client.decision(&asked).await);
    asked["action"]["name"] = json!("theme_license.purchase");
    assert!(!client.decision(&asked).await, "a denial is a 200, too");

    // Access Evaluations: defaults, overriding, order, semantics.
    let mut boxed = json!({
        "subject": entity("user", &bobs), "context": {"time": "now"}, "action": {"name": "theme.download"},
        "evaluations": [
            {"resource": theme(&org, "aurora")},
            {"action": {"name": "org.delete"}, "resource": theme(&org, "aurora")},
            {"subject": entity("user", &adas), "action": {"name": "org.delete"}, "resource": entity("organization", &org)},
        ],
    });
    for (semantic, expected) in [
        ("execute_all", vec![true, false, true]),
        ("deny_on_first_deny", vec![true, false]),
        ("permit_on_first_permit", vec![true]),
    ] {
        boxed["options"] = json!({"evaluations_semantic": semantic, "another_option": "value"});
        let answer = client.post("access_evaluations_endpoint", &boxed).await.expect_status(200).json();
        let decisions: Vec<bool> =
            answer["evaluations"].as_array().expect("a list").iter().map(|it| it["decision"] == true).collect();
        assert_eq!(decisions, expected, "{semantic}");
    }

    // The searches: what is found is permitted, and a page leads to the next by its token alone.
    let mut search = json!({
        "subject": {"type": "user"}, "action": {"name": "theme.download"}, "resource": theme(&org, "aurora"), "page": {"limit": 1},
    });
    let mut found = Vec::new();
    loop {
        let answer = client.post("search_subject_endpoint", &search).await.expect_status(200).json();
        found.extend(answer["results"].as_array().expect("results").clone());
        let token = answer["page"]["next_token"].as_str().expect("a token").to_owned();
        if token.is_empty() {
            break;
        }
        search["page"] = json!({ "token": token });
    }
    assert_eq!(found.len(), 2);
    for subject in found {
        assert_eq!(subject["type"], "user");
        assert!(
            client
                .decision(&json!({"subject": subject, "action": search["action"], "resource": search["resource"]}))
                .await
        );
    }
    let search = json!({"subject": entity("user", &bobs), "action": {"name": "theme.download"}, "resource": {"type": "organization"}});
    let answer = client.post("search_resource_endpoint", &search).await.expect_status(200).json();
    for resource in answer["results"].as_array().expect("results") {
        assert!(
            client
                .decision(&json!({"subject": search["subject"], "action": search["action"], "resource": resource}))
                .await
        );
    }
    let search = json!({"subject": entity("user", &bobs), "resource": theme(&org, "aurora")});
    let answer = client.post("search_action_endpoint", &search).await.expect_status(200).json();
    for action in answer["results"].as_array().expect("results") {
        assert!(
            client
                .decision(&json!({"subject": search["subject"], "action": action, "resource": search["resource"]}))
                .await
        );
    }
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn errors_have_the_statuses_of_the_standard_and_name_the_request() {
    let app = TestApp::start().await;
    let mut operator = Client::discover(app.operator()).await;
    let endpoints = [
        "access_evaluation_endpoint",
        "access_evaluations_endpoint",
        "search_subject_endpoint",
        "search_resource_endpoint",
        "search_action_endpoint",
    ];
    for endpoint in endpoints {
        for incomplete in [json!({}), json!({"subject": {"type": "user"}, "resource": {"type": "x"}}), json!([])] {
            operator.post(endpoint, &incomplete).await.expect_problem(400, "bad_access_request");
        }
    }
    let mut nobody = Client::discover(app.anyone()).await;
    let mut stranger = Client::discover(app.anyone().bearer("mF_9.B5f-4.1JqM")).await;
    for endpoint in endpoints {
        nobody.post(endpoint, &json!({})).await.expect_problem(401, "unauthenticated");
        let asked = json!({
            "subject": {"type": "user", "id": "u"}, "action": {"name": "a.b"}, "resource": {"type": "organization", "id": "o"},
        });
        stranger.post(endpoint, &asked).await.expect_problem(401, "unauthenticated");
    }
    // What cannot be a name in a header again is answered by ours.
    let long = "x".repeat(256);
    let answer = app
        .operator()
        .request("POST", "/access/v1/evaluation")
        .header("x-request-id", &long)
        .json(&json!({}))
        .send()
        .await;
    assert!(answer.header("x-request-id").is_some_and(|id| id.starts_with("req_")));
    let answer = app.anyone().request("GET", "/v1/policies").header("x-request-id", "mine").send().await;
    assert!(answer.header("x-request-id").is_some_and(|id| id.starts_with("req_")), "elsewhere it is ours");
    app.finish().await;
}
