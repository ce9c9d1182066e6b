//! One request that succeeds for every operation there is: what the generated tests vary.

use std::sync::atomic::{AtomicUsize, Ordering};

use latchkey_api::routes::Body;
use latchkey_api::{ROUTES, Route, Who};
use latchkey_testkit::{Caller, DISPATCH_TOKEN, Issuer, RequestBuilder, TestApp, Value, json};

/// An organization with everything that an operation may need, and people around it.
pub(crate) struct Scene {
    pub(crate) org: String,
    pub(crate) owner: Caller,
    /// A member whose role may read and nothing else.
    pub(crate) viewer: Caller,
    /// A member whom the owner may remove.
    pub(crate) member: String,
    /// The account of the viewer.
    user: String,
    /// A pending invitation of an address without an account.
    pub(crate) invitation: String,
    invited: String,
    /// Somebody with an account whose invitation is pending.
    pub(crate) invitee: Caller,
    pub(crate) my_invitation: String,
    /// An invite link, with its token.
    pub(crate) link: String,
    link_token: String,
    /// The owner's API key, with its text.
    pub(crate) key: String,
    pub(crate) key_text: String,
}

/// The owner of scenes and the people of another organization: signed in once per app, because signing in is limited.
pub(crate) struct Cast {
    pub(crate) ada: Caller,
    pub(crate) eve: Caller,
    /// The organization of `eve`, of which nobody of a scene is a member.
    pub(crate) elsewhere: String,
    scenes: usize,
}

impl Cast {
    pub(crate) async fn assemble(app: &TestApp) -> Self {
        let (ada, eve) = (app.sign_in("ada@example.com").await, app.sign_in("eve@example.net").await);
        let elsewhere = eve.create_org("Elsewhere").await;
        Self { ada, eve, elsewhere, scenes: 0 }
    }

    /// A scene of its own, so that what one request changes is nothing to the next.
    pub(crate) async fn scene(&mut self) -> Scene {
        self.scenes += 1;
        let (n, owner) = (self.scenes, self.ada.clone());
        let org = owner.create_org(&format!("Scene {n}")).await;
        let (viewer, _) = owner.bring_in(&org, &format!("viewer{n}@example.com"), "viewer").await;
        let (_, member) = owner.bring_in(&org, &format!("issuer{n}@example.com"), "issuer").await;
        let invited = format!("fresh{n}@example.com");
        let invitation = owner.invite(&org, &invited, "viewer").await;
        let known = format!("known{n}@example.com");
        let (invitee, _) = self.eve.bring_in(&self.elsewhere, &known, "viewer").await;
        let my_invitation = owner.invite(&org, &known, "admin").await;
        let user = viewer.get("/v1/me").await.expect_status(200).text_at("/id");
        let links = format!("/v1/orgs/{org}/invite-links");
        owner.post(&links, json!({"role": "admin"})).await.expect_status(201);
        let made = owner.post(&links, json!({"role": "viewer"})).await.expect_status(201);
        let (link, link_token) = (made.text_at("/id"), made.text_at("/token"));
        let keys = format!("/v1/orgs/{org}/api-keys");
        owner.post(&keys, json!({"name": "Nightly"})).await.expect_status(201);
        let made = owner.post(&keys, json!({"name": "CI"})).await.expect_status(201);
        let (key, key_text) = (made.text_at("/id"), made.text_at("/key"));
        Scene {
            org,
            owner,
            viewer,
            member,
            user,
            invitation,
            invited,
            invitee,
            my_invitation,
            link,
            link_token,
            key,
            key_text,
        }
    }
}

/// A project of another organization of the owner's, where the viewer is a member as well.
struct Site {
    org: String,
    project: String,
    /// Somebody who is in the project only.
    guest: Caller,
    member: String,
}

impl Site {
    async fn of(scene: &Scene) -> Self {
        let owner = &scene.owner;
        let org = owner.create_org_with("Site", "platform").await;
        owner.invite(&org, &scene.viewer.email, "viewer").await;
        let token = json!({"token": owner.mailed_token(&scene.viewer.email).await});
        scene.viewer.post("/v1/invitations/accept", token).await.expect_status(200);
        let project = owner.create_project(&org, "Engine").await;
        owner.create_project(&org, "Mill").await;
        let email = format!("guest.of.{org}@example.com");
        let (guest, member) = owner.bring_into(&org, &project, &email, "viewer").await;
        Self { org, project, guest, member }
    }
}

/// A request of an operation, with the identifiers of its path still to be put in.
pub(crate) struct Asked {
    pub(crate) route: &'static Route,
    /// Who may do this.
    pub(crate) caller: Caller,
    /// By the parameter's name.
    pub(crate) ids: Vec<(&'static str, String)>,
    /// What it cannot do without in its query.
    pub(crate) query: String,
    /// The cookies of the browser that asks, where it must be one.
    cookies: String,
    pub(crate) body: Value,
}

impl Asked {
    /// The request that succeeds once in this scene.
    pub(crate) async fn of(route: &'static Route, app: &TestApp, scene: &Scene) -> Self {
        if route.path.contains("/projects") {
            return Self::of_projects(route, &Site::of(scene).await, scene);
        }
        if route.component == "domain" {
            return Self::of_domains(route, app, scene).await;
        }
        if route.component == "signin" {
            return Self::of_providers(route, app).await;
        }
        if route.component == "oauth" {
            return Self::of_clients(route, app, scene).await;
        }
        if route.component == "webhook" {
            return Self::of_webhooks(route, scene).await;
        }
        let anyone = app.anyone();
        let (caller, body) = match route.operation {
            "get_service" | "get_openapi" | "list_mail" | "list_policies" | "get_policy" | "list_log_keys" => {
                (anyone, Value::Null)
            }
            "start_sign_in" => (anyone, json!({"email": "new@example.com"})),
            "verify_sign_in" => (anyone, sign_in_code(app, "new@example.com").await),
            "sign_out" => (scene.viewer.clone(), Value::Null),
            "update_me" => (scene.viewer.clone(), json!({"display_name": "Vic"})),
            "delete_me" => (scene.viewer.clone(), json!({"email": scene.viewer.email})),
            "list_my_sessions" | "end_my_session" | "end_my_sessions" => (scene.viewer.clone(), Value::Null),
            "get_me" | "list_my_invitations" | "accept_my_invitation" | "decline_my_invitation" => {
                (scene.invitee.clone(), Value::Null)
            }
            "create_org" => (scene.owner.clone(), json!({"name": "Another"})),
            "update_org" => (scene.owner.clone(), json!({"name": "Renamed", "email_notifications": false})),
            "delete_org" => (scene.owner.clone(), json!({"name": name_of(scene).await})),
            "create_invitation" => (scene.owner.clone(), json!({"email": "one.more@example.com", "role": "viewer"})),
            "invite_many" => (scene.owner.clone(), json!({"emails": ["many@example.com", "x"], "role": "viewer"})),
            "create_invite_link" => (scene.owner.clone(), json!({"role": "viewer", "uses_max": 1})),
            "preview_invite_link" => (anyone, json!({"token": scene.link_token})),
            "join_by_invite_link" => (scene.invitee.clone(), json!({"token": scene.link_token})),
            "change_role" => (scene.owner.clone(), json!({"role": "viewer"})),
            "transfer_ownership" => (scene.owner.clone(), json!({"member": scene.member})),
            "set_org_policy" => (scene.owner.clone(), other_rules(scene).await),
            "get_seats" => (scene.viewer.clone(), Value::Null),
            "set_plan" => (scene.owner.clone(), json!({"plan": "professional"})),
            "set_org_limits" | "set_member_limits" => (scene.owner.clone(), json!({"limits": {"badge.create": 5}})),
            "set_member_restrictions" => (scene.owner.clone(), json!({"restrictions": {"badge.create": ["b1"]}})),
            "get_access_configuration" => (anyone, Value::Null),
            "evaluate" | "evaluate_many" | "search_subjects" | "search_resources" | "search_actions" => {
                let (subject, resource) =
                    (json!({"type": "member", "id": scene.member}), json!({"type": "organization", "id": scene.org}));
                let asked = json!({"subject": subject, "action": {"name": "badge.create"}, "resource": resource});
                (scene.owner.clone(), asked)
            }
            "set_personal_tier" => (app.operator(), json!({"tier": "pro"})),
            "assign_licenses" | "remove_licenses" => (scene.owner.clone(), licences(app, scene, route).await),
            "leave_org" => (scene.viewer.clone(), Value::Null),
            "create_api_key" => (scene.owner.clone(), json!({"name": "CD", "scopes": ["org.read"]})),
            "update_api_key" => (scene.owner.clone(), json!({"name": "CD"})),
            "rotate_api_key" => (scene.owner.clone(), json!({"overlap_s": 60})),
            "verify_api_key" => (app.operator(), json!({"key": scene.key_text})),
            "accept_invitation" | "decline_invitation" | "preview_invitation" => {
                (anyone, json!({"token": scene.owner.mailed_token(&scene.invited).await}))
            }
            "list_orgs" | "get_org" | "get_org_policy" | "list_members" | "get_member" | "get_member_access"
            | "remove_member" | "list_invitations" | "cancel_invitation" | "resend_invitation"
            | "list_invite_links" | "revoke_invite_link" | "list_audit" | "export_audit" | "list_api_keys"
            | "get_api_key" | "revoke_api_key" => (scene.owner.clone(), Value::Null),
            "list_deliveries" => {
                scene.owner.invite(&scene.org, "one.more.mail@example.com", "viewer").await;
                (scene.owner.clone(), Value::Null)
            }
            "retry_delivery" => {
                app.sql("UPDATE outbox SET state = 'dead', attempts = 1");
                (scene.owner.clone(), Value::Null)
            }
            "report_activity" => (scene.owner.clone(), json!({"items": [{"id": "1", "type": "theme.download"}]})),
            "get_checkpoint" | "list_checkpoints" | "prove_inclusion" | "prove_consistency" => {
                sign_twice(scene).await;
                (scene.owner.clone(), Value::Null)
            }
            "make_checkpoint" | "export_log" => (scene.owner.clone(), Value::Null),
            "take_billing_event" => {
                let data = json!({"customer": scene.org, "org": scene.org, "plan": "professional"});
                (anyone, json!({"type": "subscription.changed", "timestamp": "2026-01-01T00:00:00Z", "data": data}))
            }
            "take_identity_event" => {
                let data = json!({"sub": scene.org, "email": "told@example.com", "email_verified": true});
                (anyone, json!({"type": "user.created", "timestamp": "2026-01-01T00:00:00Z", "data": data}))
            }
            "list_parked_identities" => {
                park_identity(app, &scene.org).await;
                (app.operator(), Value::Null)
            }
            "list_hook_refusals" => (app.operator(), Value::Null),
            "list_parked_payers" | "retry_payer" => {
                park(app, &scene.org).await;
                (app.operator(), Value::Null)
            }
            "bind_payer" => {
                park(app, &scene.org).await;
                (app.operator(), json!({"organization": scene.org}))
            }
            "dispatch" => {
                app.sql("UPDATE outbox SET state = 'sent'");
                app.sql("UPDATE webhook_delivery SET state = 'sent'");
                (anyone.bearer(DISPATCH_TOKEN), Value::Null)
            }
            other => panic!("{other} has no row here: add the request that succeeds, and who may make it"),
        };
        let id_of = |parameter| match parameter {
            "org" => scene.org.clone(),
            "policy" => "credentials".to_owned(),
            "member" => scene.member.clone(),
            "invitation" if route.path.starts_with("/v1/me/") => scene.my_invitation.clone(),
            "invitation" => scene.invitation.clone(),
            "delivery" => format!("invitation:{}:1", scene.invitation),
            "user" => scene.user.clone(),
            "session" => session_of(app, &scene.user),
            "payer" => format!("hook:{}", scene.org),
            "link" => scene.link.clone(),
            "key" => scene.key.clone(),
            other => panic!("{other} has no id here: add one to the scene"),
        };
        let ids = route.parameters().map(|parameter| (parameter, id_of(parameter))).collect();
        let query = match route.operation {
            "prove_inclusion" => "?version=1",
            "prove_consistency" => "?from=1",
            _ => "",
        };
        Self { route, caller, ids, query: query.to_owned(), cookies: String::new(), body }
    }

    fn of_projects(route: &'static Route, site: &Site, scene: &Scene) -> Self {
        let (caller, body) = match route.operation {
            "create_project" | "update_project" => (&scene.owner, json!({"name": "Loom"})),
            "delete_project" => (&scene.owner, json!({"name": "Engine"})),
            "invite_to_project" => (&scene.owner, json!({"email": "one.more@example.com", "role": "viewer"})),
            "change_project_role" => (&scene.owner, json!({"role": "developer"})),
            "list_projects" | "get_project" | "list_project_members" | "remove_project_member" => {
                (&scene.owner, Value::Null)
            }
            "leave_project" | "list_my_projects" => (&site.guest, Value::Null),
            other => panic!("{other} has no row here: add the request that succeeds, and who may make it"),
        };
        let id_of = |parameter| match parameter {
            "org" => site.org.clone(),
            "project" => site.project.clone(),
            "project_member" => site.member.clone(),
            other => panic!("{other} has no id here: add one to the site"),
        };
        let ids = route.parameters().map(|parameter| (parameter, id_of(parameter))).collect();
        Self::new(route, caller.clone(), ids, body)
    }

    /// One of two clients of the organization, and its secret.
    async fn of_clients(route: &'static Route, app: &TestApp, scene: &Scene) -> Self {
        let path = format!("/v1/orgs/{}/oauth-clients", scene.org);
        let new = json!({"name": "Export", "scopes": ["org.read"]});
        scene.owner.post(&path, new.clone()).await.expect_status(201);
        let made = scene.owner.post(&path, new.clone()).await.expect_status(201);
        let (client, secret) = (made.text_at("/id"), made.text_at("/client_secret"));
        let (caller, body) = match route.operation {
            "create_oauth_client" => (scene.owner.clone(), new),
            "rename_oauth_client" => (scene.owner.clone(), json!({"name": "Import"})),
            "rotate_oauth_client" => (scene.owner.clone(), json!({"overlap_s": 60})),
            "list_oauth_clients" | "get_oauth_client" | "revoke_oauth_client" => (scene.owner.clone(), Value::Null),
            "issue_token" => {
                let form = json!({"grant_type": "client_credentials", "client_id": client, "client_secret": secret});
                (app.anyone(), form)
            }
            "get_jwks" | "get_oauth_metadata" => (app.anyone(), Value::Null),
            other => panic!("{other} has no row here: add the request that succeeds, and who may make it"),
        };
        let id_of = |parameter| if parameter == "org" { scene.org.clone() } else { client.clone() };
        let ids = route.parameters().map(|parameter| (parameter, id_of(parameter))).collect();
        Self::new(route, caller, ids, body)
    }

    /// Somebody who signs in with the provider of every test.
    async fn of_providers(route: &'static Route, app: &TestApp) -> Self {
        let person = json!({"sub": "new", "email": "new.here@example.com", "email_verified": true});
        let (mut query, mut cookies) = (String::new(), String::new());
        let body = match route.operation {
            "list_sign_in_providers" | "start_oidc_sign_in" => Value::Null,
            "finish_oidc_sign_in" => {
                let mut browser = app.browser();
                let sent = browser.open("/v1/auth/oidc/acme").await.expect_status(303);
                let back = Issuer::shared().authorize(sent.header("location").expect("an address"), &person);
                query = back.split_once('?').map(|(_, query)| format!("?{query}")).expect("an answer");
                cookies = browser.cookies();
                Value::Null
            }
            "forward_oidc_answer" => json!({"state": "lko_1", "code": "1"}),
            "confirm_external_token" => json!({"token": Issuer::shared().bearer(&person)}),
            other => panic!("{other} has no row here: add the request that succeeds, and who may make it"),
        };
        let ids = route.parameters().map(|parameter| (parameter, "acme".to_owned())).collect();
        Self { route, caller: app.anyone(), ids, query, cookies, body }
    }

    /// One of two webhooks of the organization.
    async fn of_webhooks(route: &'static Route, scene: &Scene) -> Self {
        let path = format!("/v1/orgs/{}/webhooks", scene.org);
        let new = json!({"url": "https://hooks.example.com/"});
        scene.owner.post(&path, new.clone()).await.expect_status(201);
        let webhook = scene.owner.post(&path, new.clone()).await.expect_status(201).text_at("/id");
        // So that there are two things that became of telling it.
        for _ in 0..2 {
            scene.owner.post(&format!("{path}/{webhook}/test"), Value::Null).await.expect_status(200);
        }
        let body = match route.operation {
            "create_webhook" => new,
            "update_webhook" => json!({"description": "CRM"}),
            "rotate_webhook" => json!({"overlap_s": 60}),
            "replay_webhook" => json!({"version": 1}),
            "list_webhooks"
            | "get_webhook"
            | "delete_webhook"
            | "test_webhook"
            | "list_webhook_deliveries"
            | "list_events" => Value::Null,
            other => panic!("{other} has no row here: add the request that succeeds, and who may make it"),
        };
        let id_of = |parameter| if parameter == "org" { scene.org.clone() } else { webhook.clone() };
        let ids = route.parameters().map(|parameter| (parameter, id_of(parameter))).collect();
        Self::new(route, scene.owner.clone(), ids, body)
    }

    /// One that needs nothing but a body.
    pub(crate) fn new(route: &'static Route, caller: Caller, ids: Vec<(&'static str, String)>, body: Value) -> Self {
        Self { route, caller, ids, query: String::new(), cookies: String::new(), body }
    }

    /// The id of its organization.
    pub(crate) fn org(&self) -> &str {
        self.ids.iter().find(|(name, _)| *name == "org").map_or("", |(_, id)| id)
    }

    /// The same with a query.
    pub(crate) fn with_query(&self, query: &str) -> RequestBuilder {
        self.caller.request(self.route.method.as_str(), &format!("{}?{query}", self.path(&self.ids)))
    }

    /// The same by somebody else.
    pub(crate) fn by(&self, caller: &Caller) -> RequestBuilder {
        self.by_with(caller, &self.ids)
    }

    /// The same by somebody else, about something else.
    pub(crate) fn by_with(&self, caller: &Caller, ids: &[(&'static str, String)]) -> RequestBuilder {
        let request = caller.request(self.route.method.as_str(), &self.path(ids));
        let request = if self.cookies.is_empty() { request } else { request.header("cookie", &self.cookies) };
        match (self.route.who, self.route.body) {
            (Who::Signature, _) if self.route.operation == "take_identity_event" => {
                request.of_identity(&ids_of_messages(), &self.body)
            }
            (Who::Signature, _) => request.of_billing(&ids_of_messages(), &self.body),
            (_, Body::Form) if self.route.request.is_some() => request.form(&self.body),
            _ => request.json(&self.body),
        }
    }

    pub(crate) fn request(&self) -> RequestBuilder {
        self.by(&self.caller)
    }

    /// The same with another method.
    pub(crate) fn by_method(&self, method: &str) -> RequestBuilder {
        self.caller.request(method, &self.path(&self.ids))
    }

    /// The same by somebody, without changing anything.
    pub(crate) fn dry_run_by(&self, caller: &Caller) -> RequestBuilder {
        caller.request(self.route.method.as_str(), &format!("{}?dry_run=true", self.path(&self.ids))).json(&self.body)
    }

    pub(crate) fn dry_run(&self) -> RequestBuilder {
        self.dry_run_by(&self.caller)
    }

    fn path(&self, ids: &[(&'static str, String)]) -> String {
        let fill = |path: String, (name, id): &(&str, String)| path.replace(&format!("{{{name}}}"), id);
        ids.iter().fold(self.route.path.to_owned(), fill) + &self.query
    }
}

/// A session of that person.
fn session_of(app: &TestApp, user: &str) -> String {
    let rows = app.sql(&format!("SELECT id FROM session WHERE user_id = '{user}' AND ended_at IS NULL"));
    match rows.first().and_then(|row| row.first()) {
        Some(latchkey_store::db::Value::Text(id)) => id.clone(),
        other => panic!("{user} has no session: {other:?}"),
    }
}

/// Each message has an id of its own.
fn ids_of_messages() -> String {
    static SENT: AtomicUsize = AtomicUsize::new(0);
    format!("msg_{}", SENT.fetch_add(1, Ordering::Relaxed))
}

/// Has two customers pay of whom nobody knows whom they pay for; one is called like the organization.
async fn park(app: &TestApp, org: &str) {
    for customer in ["somebody", org] {
        let data = json!({"customer": customer, "plan": "professional"});
        let message = json!({"type": "subscription.changed", "timestamp": "2026-01-01T00:00:00Z", "data": data});
        let taken =
            app.anyone().request("POST", "/v1/hooks/billing").of_billing(&ids_of_messages(), &message).send().await;
        taken.expect_status(200);
    }
}

/// Has two users be deleted without whom an organization would have no owner.
async fn park_identity(app: &TestApp, org: &str) {
    for n in 0..2 {
        let person =
            json!({"sub": format!("{org}.{n}"), "email": format!("{org}.{n}@example.com"), "email_verified": true});
        app.anyone().bearer(Issuer::shared().bearer(&person)).create_org("Acme").await;
        let message =
            json!({"type": "user.deleted", "timestamp": "2026-01-01T00:00:00Z", "data": {"sub": person["sub"]}});
        let told = app.anyone().request("POST", "/v1/hooks/identity").of_identity(&ids_of_messages(), &message);
        told.send().await.expect_status(200);
    }
}

/// Every route, so that a test of all of them reads as such.
pub(crate) fn routes() -> impl Iterator<Item = &'static Route> {
    ROUTES.iter()
}

async fn sign_in_code(app: &TestApp, email: &str) -> Value {
    app.wipe_key_value().await;
    let started = app.anyone().post("/v1/auth/email", json!({"email": email})).await.expect_status(202);
    let code = app.anyone().newest_mail(email).await["code"].clone();
    json!({"challenge": started.text_at("/challenge"), "code": code})
}

/// Two checkpoints, an event apart.
async fn sign_twice(scene: &Scene) {
    let path = format!("/v1/orgs/{}", scene.org);
    scene.owner.post(&format!("{path}/log/checkpoints"), Value::Null).await.expect_status(200);
    scene.owner.post(&format!("{path}/invite-links"), json!({"role": "viewer"})).await.expect_status(201);
    scene.owner.post(&format!("{path}/log/checkpoints"), Value::Null).await.expect_status(200);
}

async fn other_rules(scene: &Scene) -> Value {
    let rules = scene.owner.get(&format!("/v1/orgs/{}/policy", scene.org)).await.expect_status(200);
    let mut rules = rules.json();
    rules["name"] = json!("other");
    rules
}

/// Puts the scene under rules by which its members are licensed; who is to gain or to lose a licence.
async fn licences(app: &TestApp, scene: &Scene, route: &Route) -> Value {
    let path = format!("/v1/orgs/{}", scene.org);
    let mut rules = scene.owner.get(&format!("{path}/policy")).await.expect_status(200).json();
    rules["name"] = json!("licensed");
    rules["seats"] = json!({"mode": "licenses", "tier": "team"});
    app.operator().put(&format!("{path}/policy"), rules).await.expect_status(200);
    let members = json!({ "members": [scene.member] });
    if route.operation == "remove_licenses" {
        scene.owner.post(&format!("{path}/licenses/assign"), members.clone()).await.expect_status(200);
    }
    members
}

async fn name_of(scene: &Scene) -> String {
    scene.owner.get(&format!("/v1/orgs/{}", scene.org)).await.expect_status(200).text_at("/name")
}
