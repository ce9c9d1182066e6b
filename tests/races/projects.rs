//! Single projects, their people and their end.

use std::cmp::Ordering;

use latchkey_testkit::{Answer, Caller, json};

use crate::ROUNDS;
use crate::stage::{Stage, events, expect_tally, kind, only, tally};

/// An organization with one project, and its path.
async fn project(ada: &Caller) -> (String, String, String) {
    let org = ada.create_org_with("Acme", "platform").await;
    let project = ada.create_project(&org, "Engine").await;
    let path = format!("/v1/orgs/{org}/projects/{project}");
    (org, project, path)
}

async fn accept(caller: Caller, token: String) -> Answer {
    caller.post("/v1/invitations/accept", json!({ "token": token })).await
}

pub(crate) async fn one_invitation_into_a_project_makes_one_member_of_it(stage: &Stage) {
    const REQUESTS: usize = 32;
    let ada = stage.sign_in("ada@example.com").await;
    for round in 0..ROUNDS {
        let (org, project, path) = project(&ada).await;
        let email = format!("new{round}@example.com");
        ada.invite_into(&org, &project, &email, "viewer").await;
        let token = stage.app.anyone().mailed_token(&email).await;
        let answers = stage.race(&stage.app.anyone(), REQUESTS, |caller, _| accept(caller, token.clone())).await;
        expect_tally(&answers, &[("200 joined", 1), ("410 invitation_used", REQUESTS - 1)]);
        let guest = stage.app.anyone().bearer(only(&answers, "200 joined").text_at("/session/token"));
        guest.get(&path).await.expect_status(200);
        let events = events(&ada, &org).await;
        assert_eq!((events["invitation.accepted"], events["project.member_joined"]), (1, 1));
        assert_eq!(ada.get(&path).await.expect_status(200).json()["member_count"], 1);
    }
}

pub(crate) async fn one_address_is_invited_into_a_project_once(stage: &Stage) {
    const REQUESTS: usize = 32;
    let ada = stage.sign_in("ada@example.com").await;
    for _ in 0..ROUNDS {
        let (org, _, path) = project(&ada).await;
        let answers = stage
            .race(&ada, REQUESTS, |caller, _| {
                let path = format!("{path}/invitations");
                async move { caller.post(&path, json!({"email": "new@example.com", "role": "viewer"})).await }
            })
            .await;
        expect_tally(&answers, &[("201", 1), ("409 already_invited", REQUESTS - 1)]);
        assert_eq!(events(&ada, &org).await["invitation.created"], 1);
    }
}

pub(crate) async fn nobody_joins_a_deleted_project(stage: &Stage) {
    let ada = stage.sign_in("ada@example.com").await;
    let accepts = 8;
    for round in 0..2 * ROUNDS {
        let (org, project, path) = project(&ada).await;
        let mut tokens = Vec::new();
        for n in 0..accepts {
            let email = format!("new{round}.{n}@example.com");
            ada.invite_into(&org, &project, &email, "viewer").await;
            tokens.push(stage.app.anyone().mailed_token(&email).await);
        }
        let answers = stage
            .race(&ada, accepts + 1, |caller, n| {
                // The deletion is sent in the middle of them.
                let token = match n.cmp(&(accepts / 2)) {
                    Ordering::Less => Some(tokens[n].clone()),
                    Ordering::Equal => None,
                    Ordering::Greater => Some(tokens[n - 1].clone()),
                };
                let path = path.clone();
                async move {
                    match token {
                        Some(token) => accept(caller.signed_out(), token).await,
                        None => caller.delete(&path, json!({"name": "Engine"})).await,
                    }
                }
            })
            .await;
        let joined = answers.iter().filter(|answer| kind(answer) == "200 joined").count();
        expect_tally(&answers, &[("204", 1), ("200 joined", joined), ("410 invitation_cancelled", accepts - joined)]);
        // Those who were faster were in it until the deletion, and nobody came after it.
        let count = |sql: &str| stage.app.count(&sql.replace("ORG", &org));
        assert_eq!(events(&ada, &org).await.get("project.member_joined").copied().unwrap_or_default(), joined);
        assert_eq!(
            count("SELECT version FROM event WHERE org_id = 'ORG' AND type = 'project.deleted'"),
            count("SELECT max(version) FROM event WHERE org_id = 'ORG'")
        );
        assert_eq!(count("SELECT count(*) FROM project_member WHERE org_id = 'ORG' AND status = 'active'"), 0);
        assert_eq!(count("SELECT count(*) FROM invitation WHERE org_id = 'ORG' AND status = 'pending'"), 0);
    }
}

pub(crate) async fn nobody_is_invited_into_a_deleted_project(stage: &Stage) {
    let ada = stage.sign_in("ada@example.com").await;
    let invites = 8;
    for _ in 0..2 * ROUNDS {
        let (org, _, path) = project(&ada).await;
        let answers = stage
            .race(&ada, invites + 1, |caller, n| {
                let path = path.clone();
                async move {
                    if n == invites / 2 {
                        return caller.delete(&path, json!({"name": "Engine"})).await;
                    }
                    let body = json!({"email": format!("new{n}@example.com"), "role": "viewer"});
                    caller.post(&format!("{path}/invitations"), body).await
                }
            })
            .await;
        let invited = answers.iter().filter(|answer| kind(answer) == "201").count();
        expect_tally(&answers, &[("204", 1), ("201", invited), ("404 not_found", invites - invited)]);
        let pending = "SELECT count(*) FROM invitation WHERE org_id = 'ORG' AND status = 'pending'";
        assert_eq!(stage.app.count(&pending.replace("ORG", &org)), 0);
    }
}

pub(crate) async fn either_they_leave_the_project_or_they_are_removed(stage: &Stage) {
    let ada = stage.sign_in("ada@example.com").await;
    for round in 0..2 * ROUNDS {
        let (org, project, path) = project(&ada).await;
        let (guest, id) = ada.bring_into(&org, &project, &format!("new{round}@example.com"), "viewer").await;
        let answers = stage
            .race(&ada, 2, |caller, n| {
                let (guest, path, id) = (stage.at(&guest, n), path.clone(), id.clone());
                let leaves = (n + round / 2) % 2 == 0;
                async move {
                    if leaves {
                        guest.post(&format!("{path}/leave"), json!(null)).await
                    } else {
                        caller.delete(&format!("{path}/members/{id}"), json!(null)).await
                    }
                }
            })
            .await;
        let kinds = tally(&answers);
        let ended = events(&ada, &org).await;
        let of = |kind: &str| ended.get(kind).copied().unwrap_or_default();
        assert_eq!(of("project.member_left") + of("project.member_removed"), 1, "{kinds:?}");
        // A removal finds it done; leaving what one was taken out of finds nothing.
        let expected =
            if of("project.member_left") == 1 { vec![("204", 2)] } else { vec![("204", 1), ("404 not_found", 1)] };
        expect_tally(&answers, &expected);
        assert_eq!(ada.get(&path).await.expect_status(200).json()["member_count"], 0);
    }
}
