use latchkey_testkit::{TestApp, Value, json};

use super::{keys, make_key};
use crate::support::{my_member_id, pages, texts, wrong_fields};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everybody_sees_their_own_and_some_see_all() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    let (bob, bob_id) = ada.bring_in(&org, "bob@example.com", "issuer").await;
    let ada_id = my_member_id(&ada, &org).await;
    let mut made = Vec::new();
    for member in [&ada_id, &bob_id, &ada_id, &bob_id, &bob_id] {
        made.push(make_key(&ada, &org, json!({ "member": member, "scopes": [] })).await.id);
    }
    ada.delete(&format!("{}/{}", keys(&org), made[4]), Value::Null).await.expect_status(204);
    let newest_first = |places: &[usize]| places.iter().map(|n| made[*n].clone()).collect::<Vec<_>>();
    let list = |query: &str| format!("{}{query}", keys(&org));
    let ids = |entries: Vec<Value>| texts(&entries, "id");
    assert_eq!(ids(bob.get(&list("")).await.expect_status(200).data()), newest_first(&[4, 3, 1]));
    assert_eq!(ids(bob.get(&list("?status=active")).await.expect_status(200).data()), newest_first(&[3, 1]));
    let own = format!("?member={bob_id}&status=revoked");
    assert_eq!(ids(bob.get(&list(&own)).await.expect_status(200).data()), newest_first(&[4]));
    assert_eq!(ids(ada.get(&list("")).await.expect_status(200).data()), newest_first(&[2, 0]));
    assert_eq!(ids(ada.get(&list("?whose=all")).await.expect_status(200).data()), newest_first(&[4, 3, 2, 1, 0]));
    let of_bob = format!("?member={bob_id}");
    assert_eq!(ids(ada.get(&list(&of_bob)).await.expect_status(200).data()), newest_first(&[4, 3, 1]));
    let walked = pages(&ada, &list("?whose=all&status=active"), 3).await;
    assert_eq!(walked.iter().map(Vec::len).collect::<Vec<_>>(), [3, 1]);
    assert_eq!(ids(walked.concat()), newest_first(&[3, 2, 1, 0]));
    for query in ["?whose=all", "?whose=all&status=active", &format!("?member={ada_id}")] {
        let refused = bob.get(&list(query)).await.expect_problem(403, "forbidden");
        assert_eq!(refused.text_at("/permission"), "api_key.manage");
    }
    assert_eq!(wrong_fields(ada.get(&list("?whose=x&status=y")).await).len(), 2);
    let no_member = format!("?member=mem_{}", "0".repeat(32));
    assert_eq!(ada.get(&list(&no_member)).await.expect_status(200).data().len(), 0);
    // Another organization's member has no keys here.
    let elsewhere = ada.create_org("Elsewhere").await;
    assert_eq!(ada.get(&format!("{}?member={bob_id}", keys(&elsewhere))).await.expect_status(200).data().len(), 0);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_program_lists_keys_only_with_the_right_to_all() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    let reads = make_key(&ada, &org, json!({"scopes": ["org.read"]})).await;
    let manages = make_key(&ada, &org, json!({"scopes": ["api_key.manage"]})).await;
    let refused = reads.program(&app).get(&keys(&org)).await.expect_problem(403, "scope_lacks");
    assert_eq!(refused.text_at("/permission"), "api_key.manage");
    reads.program(&app).get(&reads.path(&org)).await.expect_problem(403, "scope_lacks");
    assert_eq!(manages.program(&app).get(&keys(&org)).await.expect_status(200).data().len(), 2);
    app.finish().await;
}
