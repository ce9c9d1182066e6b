//! Every operation that uses the store, ready to be asked for: what a test of faults goes through.

use std::collections::BTreeSet;

use latchkey_api::routes::{Body, Effect, ROUTES, Route};
use latchkey_testkit::{Answer, Caller, DISPATCH_TOKEN, Issuer, RequestBuilder, TestApp, Value, json};

/// One operation with everything that it needs to succeed, once.
pub(crate) struct Operation {
    pub(crate) route: &'static Route,
    pub(crate) request: RequestBuilder,
}

impl Operation {
    pub(crate) fn name(&self) -> &'static str {
        self.route.operation
    }

    /// Asks, with a name by which the host knows this request's statements.
    pub(crate) async fn ask(&self, test_id: &str) -> Answer {
        self.request.clone().header("x-test-id", test_id).send().await
    }

    /// Fails the test unless the answer is the operation's success.
    #[track_caller]
    pub(crate) fn expect_success(&self, answer: Answer) -> Answer {
        answer.expect_status(self.route.status)
    }

    /// Whether each of its statements is a change of its own, which stays when a later one fails.
    pub(crate) fn is_several_changes(&self) -> bool {
        self.route.effect == Effect::Upkeep
    }
}

/// What browsers ask for answers by a redirect that names what went wrong: tests/security/oidc.rs.
const BY_REDIRECT: [&str; 2] = ["start_oidc_sign_in", "finish_oidc_sign_in"];

/// Prepares every operation of the service that uses the store, each independent of the others. `tag` keeps what one
/// call makes apart from what another makes.
pub(crate) async fn all(app: &TestApp, tag: &str) -> Vec<Operation> {
    // The hints would take a test for a client that tries too often.
    app.wipe_key_value().await;
    let mut cast = Cast::new(app, tag).await;
    let mut operations = Vec::new();
    let is_judged = |route: &&Route| route.needs_store && !BY_REDIRECT.contains(&route.operation);
    for route in ROUTES.iter().filter(is_judged) {
        operations.push(Operation { route, request: cast.request(app, route).await });
    }
    app.wipe_key_value().await;
    let names: BTreeSet<&str> = operations.iter().map(Operation::name).collect();
    assert_eq!(names.len(), operations.len());
    operations
}

/// The people and things that the operations are about.
struct Cast {
    tag: String,
    ada: Caller,
    bob: Caller,
    org: String,
    /// A member, whom nothing else happens to.
    member: String,
    invited: u32,
}

impl Cast {
    async fn new(app: &TestApp, tag: &str) -> Self {
        let ada = app.sign_in(&format!("ada.{tag}@example.com")).await;
        let bob = app.sign_in(&format!("bob.{tag}@example.com")).await;
        let org = ada.create_org("Acme").await;
        let (_, member) = ada.bring_in(&org, &format!("cem.{tag}@example.com"), "viewer").await;
        Self { tag: tag.to_owned(), ada, bob, org, member, invited: 0 }
    }

    async fn request(&mut self, app: &TestApp, route: &Route) -> RequestBuilder {
        let (asker, path, body) = match route.operation {
            _ if route.path.contains("/projects") => self.project(route).await,
            "start_sign_in" | "verify_sign_in" | "sign_out" | "get_me" | "update_me" | "delete_me" => {
                self.account(app, route).await
            }
            "list_my_sessions" | "end_my_session" | "end_my_sessions" => {
                let caller = app.sign_in(&format!("{}.{}@example.com", route.operation, self.tag)).await;
                let sessions = caller.get("/v1/me/sessions").await.expect_status(200).data();
                let id = sessions[0]["id"].as_str().expect("an id");
                (caller.clone(), route.path.replace("{session}", id), Value::Null)
            }
            "list_my_invitations" => (self.bob.clone(), route.path.to_owned(), Value::Null),
            "accept_my_invitation" | "decline_my_invitation" => {
                let org = self.ada.create_org("Beta").await;
                let invitation = self.ada.invite(&org, &self.bob.email, "viewer").await;
                (self.bob.clone(), route.path.replace("{invitation}", &invitation), Value::Null)
            }
            "get_org_policy" | "set_org_policy" => self.rules(route).await,
            "create_org" | "list_orgs" | "get_org" | "update_org" | "delete_org" => self.org(route).await,
            "list_members" | "get_member" | "get_member_access" | "remove_member" | "change_role" | "leave_org"
            | "list_audit" | "export_audit" => self.member(route).await,
            "transfer_ownership" => self.ownership(route).await,
            "create_invitation" | "list_invitations" | "cancel_invitation" | "resend_invitation" => {
                self.invitation(route).await
            }
            "preview_invitation" | "accept_invitation" | "decline_invitation" => {
                let (_, email) = self.invite().await;
                let token = app.anyone().mailed_token(&email).await;
                (app.anyone(), route.path.to_owned(), json!({ "token": token }))
            }
            "list_deliveries" | "retry_delivery" => {
                let (invitation, _) = self.invite().await;
                let mail = format!("invitation:{invitation}:1");
                app.sql(&format!("UPDATE outbox SET state = 'dead', attempts = 1 WHERE id = '{mail}'"));
                let path = route.path.replace("{org}", &self.org).replace("{delivery}", &mail);
                (self.ada.clone(), path, Value::Null)
            }
            "get_access_configuration" => (app.anyone(), route.path.to_owned(), Value::Null),
            "evaluate" | "evaluate_many" | "search_subjects" | "search_resources" | "search_actions" => {
                let asked = json!({
                    "subject": {"type": "member", "id": self.member}, "action": {"name": "badge.create"},
                    "resource": {"type": "organization", "id": self.org},
                });
                (app.operator(), route.path.to_owned(), asked)
            }
            "set_member_restrictions" => {
                let path = route.path.replace("{org}", &self.org).replace("{member}", &self.member);
                (app.operator(), path, json!({"restrictions": {"badge.create": ["b1"]}}))
            }
            "get_seats" | "set_plan" | "set_org_limits" | "set_member_limits" | "set_personal_tier" => {
                self.sale(app, route).await
            }
            "assign_licenses" | "remove_licenses" => self.licence(route).await,
            "invite_many"
            | "create_invite_link"
            | "list_invite_links"
            | "revoke_invite_link"
            | "preview_invite_link"
            | "join_by_invite_link" => self.link(app, route).await,
            "get_checkpoint" | "list_checkpoints" | "make_checkpoint" | "prove_inclusion" | "prove_consistency"
            | "export_log" => self.log(route).await,
            "report_activity" => {
                let items = json!({"items": [{"id": self.tag, "type": "theme.download"}]});
                (self.ada.clone(), route.path.replace("{org}", &self.org), items)
            }
            _ if route.component == "domain" => self.domain(app, route).await,
            _ if route.component == "oauth" => self.client(app, route).await,
            _ if route.component == "webhook" => self.webhook(route).await,
            _ if route.path.contains("/api-keys") => self.key(app, route).await,
            "dispatch" => (app.anyone().bearer(DISPATCH_TOKEN), route.path.to_owned(), Value::Null),
            "take_billing_event" => {
                let data = json!({"org": self.org, "plan": "professional"});
                let message =
                    json!({"type": "subscription.changed", "timestamp": "2026-01-01T00:00:00Z", "data": data});
                return app.anyone().request("POST", route.path).of_billing(&format!("msg_{}", self.tag), &message);
            }
            "list_parked_payers" | "bind_payer" | "retry_payer" => {
                let payer = format!("hook:{}.{}", route.operation, self.tag);
                app.sql(&format!("INSERT INTO billing_payer (id, rev, due_at) VALUES ('{payer}', 1, 1)"));
                let body = if route.operation == "bind_payer" { json!({"organization": null}) } else { Value::Null };
                (app.operator(), route.path.replace("{payer}", &payer), body)
            }
            "take_identity_event" => {
                let data =
                    json!({"sub": self.tag, "email": format!("told.{}@example.com", self.tag), "email_verified": true});
                let message = json!({"type": "user.created", "timestamp": "2026-01-01T00:00:00Z", "data": data});
                return app.anyone().request("POST", route.path).of_identity(&format!("told_{}", self.tag), &message);
            }
            "list_parked_identities" => (app.operator(), route.path.to_owned(), Value::Null),
            "list_mail" => (app.anyone(), route.path.to_owned(), Value::Null),
            "confirm_external_token" => {
                let email = format!("token.{}@example.com", self.tag);
                let person = json!({"sub": self.tag, "email": email, "email_verified": true});
                (app.anyone(), route.path.to_owned(), json!({"token": Issuer::shared().bearer(&person)}))
            }
            other => panic!("{other} is new: say here how it is asked for, so that its faults are tested"),
        };
        let request = asker.request(route.method.as_str(), &path);
        if route.body == Body::Form { request.form(&body) } else { request.json(&body) }
    }

    async fn account(&self, app: &TestApp, route: &Route) -> (Caller, String, Value) {
        let path = route.path.to_owned();
        let email = format!("{}.{}@example.com", route.operation, self.tag);
        match route.operation {
            "start_sign_in" => (app.anyone(), path, json!({ "email": email })),
            "verify_sign_in" => {
                let started = app.anyone().post("/v1/auth/email", json!({ "email": email })).await.expect_status(202);
                let code = app.anyone().newest_mail(&email).await["code"].clone();
                (app.anyone(), path, json!({"challenge": started.text_at("/challenge"), "code": code}))
            }
            "sign_out" => (app.sign_in(&email).await, path, Value::Null),
            "delete_me" => (self.ada.bring_in(&self.org, &email, "viewer").await.0, path, json!({ "email": email })),
            "update_me" => (self.bob.clone(), path, json!({"display_name": "Bob"})),
            _ => (self.bob.clone(), path, Value::Null),
        }
    }

    async fn org(&self, route: &Route) -> (Caller, String, Value) {
        let (org, body) = match route.operation {
            "create_org" => (String::new(), json!({"name": "Gamma"})),
            "update_org" => (self.org.clone(), json!({"name": format!("Acme {}", self.tag)})),
            "delete_org" => (self.ada.create_org("Delta").await, json!({"name": "Delta"})),
            _ => (self.org.clone(), Value::Null),
        };
        (self.ada.clone(), route.path.replace("{org}", &org), body)
    }

    async fn rules(&self, route: &Route) -> (Caller, String, Value) {
        let path = route.path.replace("{org}", &self.org);
        let mut rules = self.ada.get(&path).await.expect_status(200).json();
        rules["name"] = json!(format!("rules_{}", self.tag));
        let body = if route.operation == "set_org_policy" { rules } else { Value::Null };
        (self.ada.clone(), path, body)
    }

    async fn member(&self, route: &Route) -> (Caller, String, Value) {
        let email = format!("{}.{}@example.com", route.operation, self.tag);
        let (asker, member) = match route.operation {
            "remove_member" => (self.ada.clone(), self.ada.bring_in(&self.org, &email, "viewer").await.1),
            "change_role" => (self.ada.clone(), self.ada.bring_in(&self.org, &email, "viewer").await.1),
            "leave_org" => self.ada.bring_in(&self.org, &email, "viewer").await,
            _ => (self.ada.clone(), self.member.clone()),
        };
        let body = if route.operation == "change_role" { json!({"role": "issuer"}) } else { Value::Null };
        (asker, route.path.replace("{org}", &self.org).replace("{member}", &member), body)
    }

    /// A project of its own, in an organization whose policy lets people into single projects.
    async fn project(&mut self, route: &Route) -> (Caller, String, Value) {
        let org = self.ada.create_org_with("Zeta", "platform").await;
        let project = self.ada.create_project(&org, "Engine").await;
        self.invited += 1;
        let email = format!("guest{}.{}@example.com", self.invited, self.tag);
        let (guest, member) = self.ada.bring_into(&org, &project, &email, "viewer").await;
        let path = route.path.replace("{org}", &org).replace("{project}", &project);
        let body = match route.operation {
            "create_project" | "update_project" => json!({"name": "Mill"}),
            "delete_project" => json!({"name": "Engine"}),
            "invite_to_project" => json!({"email": format!("into.{}@example.com", self.tag), "role": "viewer"}),
            "change_project_role" => json!({"role": "developer"}),
            _ => Value::Null,
        };
        let asker = if matches!(route.operation, "leave_project" | "list_my_projects") { &guest } else { &self.ada };
        (asker.clone(), path.replace("{project_member}", &member), body)
    }

    /// An organization of its own, because whoever hands it over is its owner no longer.
    async fn ownership(&mut self, route: &Route) -> (Caller, String, Value) {
        self.invited += 1;
        let org = self.ada.create_org("Epsilon").await;
        let email = format!("heir{}.{}@example.com", self.invited, self.tag);
        let (_, member) = self.ada.bring_in(&org, &email, "admin").await;
        (self.ada.clone(), route.path.replace("{org}", &org), json!({ "member": member }))
    }

    async fn sale(&self, app: &TestApp, route: &Route) -> (Caller, String, Value) {
        let body = match route.operation {
            "set_plan" => json!({"plan": "professional"}),
            "set_org_limits" | "set_member_limits" => json!({"limits": {"badge.create": 5}}),
            "set_personal_tier" => json!({"tier": "pro"}),
            _ => Value::Null,
        };
        let user = self.bob.get("/v1/me").await.expect_status(200).text_at("/id");
        let path = route.path.replace("{org}", &self.org).replace("{member}", &self.member);
        (app.operator(), path.replace("{user}", &user), body)
    }

    /// An organization with licences, of an owner of its own: a person is in one such organization only.
    async fn licence(&self, route: &Route) -> (Caller, String, Value) {
        let (owner, _) =
            self.ada.bring_in(&self.org, &format!("{}.{}@example.com", route.operation, self.tag), "viewer").await;
        let org = owner.create_org_with("Studio", "studio").await;
        let members = owner.get(&format!("/v1/orgs/{org}/members")).await.expect_status(200).data();
        let body = json!({"members": [members[0]["id"]]});
        if route.operation == "remove_licenses" {
            owner.post(&format!("/v1/orgs/{org}/licenses/assign"), body.clone()).await.expect_status(200);
        }
        (owner, route.path.replace("{org}", &org), body)
    }

    /// An organization of its own: of several requests for a checkpoint only the first has something to sign.
    async fn log(&self, route: &Route) -> (Caller, String, Value) {
        let org = self.ada.create_org("Eta").await;
        if route.operation != "make_checkpoint" {
            self.ada.post(&format!("/v1/orgs/{org}/log/checkpoints"), Value::Null).await.expect_status(200);
        }
        let query = match route.operation {
            "prove_inclusion" => "?version=1",
            "prove_consistency" => "?from=1",
            _ => "",
        };
        (self.ada.clone(), route.path.replace("{org}", &org) + query, Value::Null)
    }

    /// A key of its own.
    async fn key(&self, app: &TestApp, route: &Route) -> (Caller, String, Value) {
        let keys = format!("/v1/orgs/{}/api-keys", self.org);
        let made = self.ada.post(&keys, json!({"name": "CI"})).await.expect_status(201);
        let (asker, body) = match route.operation {
            "create_api_key" | "update_api_key" => (self.ada.clone(), json!({"name": "CD"})),
            "verify_api_key" => (app.operator(), json!({"key": made.text_at("/key")})),
            _ => (self.ada.clone(), Value::Null),
        };
        (asker, route.path.replace("{org}", &self.org).replace("{key}", &made.text_at("/id")), body)
    }

    async fn invitation(&mut self, route: &Route) -> (Caller, String, Value) {
        let body = match route.operation {
            "create_invitation" => json!({"email": format!("invitee.{}@example.com", self.tag), "role": "viewer"}),
            _ => Value::Null,
        };
        let (invitation, _) = self.invite().await;
        (self.ada.clone(), route.path.replace("{org}", &self.org).replace("{invitation}", &invitation), body)
    }

    async fn link(&mut self, app: &TestApp, route: &Route) -> (Caller, String, Value) {
        let made = self.ada.post(&format!("/v1/orgs/{}/invite-links", self.org), json!({"role": "viewer"})).await;
        let made = made.expect_status(201);
        let token = json!({"token": made.text_at("/token")});
        let (asker, body) = match route.operation {
            "invite_many" => {
                let emails = [1, 2].map(|n| format!("many{n}.{}@example.com", self.tag));
                (self.ada.clone(), json!({"role": "viewer", "emails": emails}))
            }
            "create_invite_link" => (self.ada.clone(), json!({"role": "viewer"})),
            "preview_invite_link" => (app.anyone(), token),
            "join_by_invite_link" => (app.sign_in(&format!("joins.{}@example.com", self.tag)).await, token),
            _ => (self.ada.clone(), Value::Null),
        };
        (asker, route.path.replace("{org}", &self.org).replace("{link}", &made.text_at("/id")), body)
    }

    /// Domains of their own, of which one is verified, and somebody who asks to be let in by it.
    async fn domain(&mut self, app: &TestApp, route: &Route) -> (Caller, String, Value) {
        let name =
            format!("{}-{}", route.operation.replace('_', "-"), self.tag.to_lowercase().replace(['.', '_'], "-"));
        let domains = format!("/v1/orgs/{}/domains", self.org);
        let mut ids = Vec::new();
        for domain in [format!("{name}.example"), format!("{name}.test")] {
            let body = json!({"domain": domain, "auto_join": "ask"});
            let made = self.ada.post(&domains, body).await.expect_status(201);
            app.resolver().set(&made.text_at("/record/name"), &[&made.text_at("/record/value")]);
            ids.push(made.text_at("/id"));
        }
        self.ada.post(&format!("{domains}/{}/verify", ids[0]), Value::Null).await.expect_status(200);
        let asking = app.sign_in(&format!("asks@{name}.example")).await;
        let join = format!("/v1/orgs/{}/join", self.org);
        let request = asking.post(&join, Value::Null).await.expect_status(200).text_at("/request");
        let (asker, body) = match route.operation {
            "claim_domain" => (self.ada.clone(), json!({"domain": format!("{name}.invalid")})),
            "update_domain" => (self.ada.clone(), json!({"auto_join": "off"})),
            "list_joinable" => (asking, Value::Null),
            "join_org" => (app.sign_in(&format!("joins@{name}.example")).await, Value::Null),
            _ => (self.ada.clone(), Value::Null),
        };
        let path = route.path.replace("{org}", &self.org).replace("{domain}", &ids[1]);
        (asker, path.replace("{join_request}", &request), body)
    }

    async fn client(&self, app: &TestApp, route: &Route) -> (Caller, String, Value) {
        let new = json!({"name": "Export", "scopes": ["org.read"]});
        let made = self.ada.post(&format!("/v1/orgs/{}/oauth-clients", self.org), new.clone()).await;
        let made = made.expect_status(201);
        let (client, secret) = (made.text_at("/id"), made.text_at("/client_secret"));
        let (asker, body) = match route.operation {
            "create_oauth_client" => (self.ada.clone(), new),
            "rename_oauth_client" => (self.ada.clone(), json!({"name": "Import"})),
            "issue_token" => {
                let form = json!({"grant_type": "client_credentials", "client_id": client, "client_secret": secret});
                (app.anyone(), form)
            }
            _ => (self.ada.clone(), Value::Null),
        };
        (asker, route.path.replace("{org}", &self.org).replace("{oauth_client}", &client), body)
    }

    async fn webhook(&self, route: &Route) -> (Caller, String, Value) {
        let new = json!({"url": "https://hooks.example.com/"});
        let org = self.ada.create_org("Theta").await;
        let made = self.ada.post(&format!("/v1/orgs/{org}/webhooks"), new.clone()).await.expect_status(201);
        let body = match route.operation {
            "create_webhook" => new,
            "update_webhook" => json!({"description": "CRM"}),
            "replay_webhook" => json!({"version": 1}),
            _ => Value::Null,
        };
        let path = route.path.replace("{org}", &org).replace("{webhook}", &made.text_at("/id"));
        (self.ada.clone(), path, body)
    }

    /// Another open invitation, and the address it was sent to.
    async fn invite(&mut self) -> (String, String) {
        self.invited += 1;
        let email = format!("new{}.{}@example.com", self.invited, self.tag);
        (self.ada.invite(&self.org, &email, "viewer").await, email)
    }
}
