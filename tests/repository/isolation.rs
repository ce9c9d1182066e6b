//! Two organizations share a database and nothing else: an id of one, in whatever place of a path of the other, is no id.

use latchkey_api::{Route, Who};
use latchkey_testkit::{TestApp, json};

use crate::contents::contents;
use crate::domains;
use crate::scene::{Asked, Cast, routes};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_organizations_ids_are_unknown_in_every_place() {
    let app = TestApp::start().await;
    let mut cast = Cast::assemble(&app).await;
    let mine = cast.scene().await;
    let theirs = foreign(&app, &cast).await;
    let mut tried = 0;
    let named_by_session =
        |who| matches!(who, Who::Session | Who::Member | Who::MemberOrOperator | Who::OptionalSession);
    for route in routes().filter(|route| route.parameters().next().is_some() && named_by_session(route.who)) {
        let asked = Asked::of(route, &app, &mine).await;
        for places in 1..1_usize << asked.ids.len() {
            let ids = asked.ids.iter().enumerate().map(|(place, (name, id))| {
                let is_foreign = places >> place & 1 == 1;
                (*name, if is_foreign { theirs.id(name) } else { id.clone() })
            });
            let ids: Vec<_> = ids.collect();
            let before = contents(&app);
            asked.by_with(&asked.caller, &ids).send().await.expect_problem(404, "not_found");
            // Nor does a name for the request open what the request itself does not.
            if route.is_command() {
                let named = asked.by_with(&asked.caller, &ids).header("idempotency-key", "isolation");
                named.send().await.expect_problem(404, "not_found");
            }
            assert_eq!(contents(&app), before, "{} {ids:?}", route.operation);
            tried += 1;
        }
    }
    assert!(tried >= 20, "{tried} combinations");
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cursor_of_one_organization_leads_nowhere_in_another() {
    let app = TestApp::start().await;
    let mut cast = Cast::assemble(&app).await;
    let (one, other) = (cast.scene().await, cast.scene().await);
    let mut tried = 0;
    for route in routes().filter(|route| route.path.starts_with("/v1/orgs/{org}") && is_list(route)) {
        let (one, other) = (Asked::of(route, &app, &one).await, Asked::of(route, &app, &other).await);
        let cursor = one.with_query("limit=1").send().await.expect_status(200).text_at("/next_cursor");
        let next = format!("limit=1&cursor={cursor}");
        one.with_query(&next).send().await.expect_status(200);
        other.with_query(&next).send().await.expect_problem(422, "bad_cursor");
        tried += 1;
    }
    assert!(tried >= 3, "{tried} lists");
    app.finish().await;
}

fn is_list(route: &Route) -> bool {
    route.response.is_some_and(|shape| shape.name.ends_with("Page"))
}

struct Foreign {
    org: String,
    member: String,
    invitation: String,
    project: String,
    project_member: String,
    link: String,
    oauth_client: String,
    webhook: String,
    domain: String,
    join_request: String,
    key: String,
    session: String,
}

impl Foreign {
    fn id(&self, parameter: &str) -> String {
        match parameter {
            "org" => self.org.clone(),
            "member" => self.member.clone(),
            "invitation" => self.invitation.clone(),
            "delivery" => format!("invitation:{}:1", self.invitation),
            "project" => self.project.clone(),
            "project_member" => self.project_member.clone(),
            "link" => self.link.clone(),
            "oauth_client" => self.oauth_client.clone(),
            "webhook" => self.webhook.clone(),
            "domain" => self.domain.clone(),
            "join_request" => self.join_request.clone(),
            "key" => self.key.clone(),
            "session" => self.session.clone(),
            other => panic!("{other} has no id here: add one of the other organization"),
        }
    }
}

async fn foreign(app: &TestApp, cast: &Cast) -> Foreign {
    let (_, member) = cast.eve.bring_in(&cast.elsewhere, "mallory@example.net", "issuer").await;
    let invitation = cast.eve.invite(&cast.elsewhere, "nobody@example.net", "viewer").await;
    assert_eq!(
        app.count("SELECT count(*) FROM invitation WHERE status = 'pending' AND email_key = 'nobody@example.net'"),
        1
    );
    let path = format!("/v1/orgs/{}/invite-links", cast.elsewhere);
    let link = cast.eve.post(&path, json!({"role": "viewer"})).await.expect_status(201).text_at("/id");
    let path = format!("/v1/orgs/{}/api-keys", cast.elsewhere);
    let key = cast.eve.post(&path, json!({"name": "CI"})).await.expect_status(201).text_at("/id");
    let site = cast.eve.create_org_with("Their site", "platform").await;
    let project = cast.eve.create_project(&site, "Theirs").await;
    let (_, project_member) = cast.eve.bring_into(&site, &project, "trudy@example.net", "viewer").await;
    let path = format!("/v1/orgs/{}/oauth-clients", cast.elsewhere);
    let client = json!({"name": "Theirs", "scopes": ["org.read"]});
    let oauth_client = cast.eve.post(&path, client).await.expect_status(201).text_at("/id");
    let path = format!("/v1/orgs/{}/webhooks", cast.elsewhere);
    let webhook = json!({"url": "https://hooks.example.net/"});
    let webhook = cast.eve.post(&path, webhook).await.expect_status(201).text_at("/id");
    let sessions = cast.eve.get("/v1/me/sessions").await.expect_status(200).data();
    let session = sessions[0]["id"].as_str().expect("an id").to_owned();
    let (domain, join_request) = domains::ask_to_join(app, &cast.eve, &cast.elsewhere, "mill.example").await;
    Foreign {
        domain,
        join_request,
        webhook,
        session,
        org: cast.elsewhere.clone(),
        member,
        invitation,
        link,
        key,
        oauth_client,
        project,
        project_member,
    }
}
