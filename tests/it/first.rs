use latchkey_testkit::TestApp;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_team_forms() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    let (bob, _) = ada.bring_in(&org, "Bob@Example.com", "admin").await;
    assert_eq!(bob.get(&format!("/v1/orgs/{org}/members")).await.expect_status(200).data().len(), 2);
    assert_eq!(
        ada.event_types(&org).await,
        ["org.created", "member.joined", "invitation.created", "invitation.accepted", "member.joined"]
    );
    app.finish().await;
}
