//! Memberships that end while their members are at work.

use std::time::Duration;

use latchkey_testkit::{Answer, Caller, json};
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use crate::ROUNDS;
use crate::stage::{Stage, documented, expect_tally, kind, tally};

/// The member's clients write on and on until one of their writes is refused, so that the removal, which is sent at the
/// first answer, always meets some on their way.
pub(crate) async fn a_removed_member_writes_nothing_after_the_removal(stage: &Stage) {
    const CLIENTS: usize = 16;
    let ada = stage.sign_in("ada@example.com").await;
    for round in 0..2 * ROUNDS {
        let org = ada.create_org("Acme").await;
        let (bob, member) = ada.bring_in(&org, &format!("bob{round}@example.com"), "admin").await;
        let (done, mut first_done) = mpsc::unbounded_channel();
        let mut clients = JoinSet::new();
        for n in 0..CLIENTS {
            let emails = format!("new{round}.{n}");
            clients.spawn(invite_until_refused(stage.at(&bob, n), org.clone(), emails, done.clone()));
        }
        first_done.recv().await.expect("an answer");
        let removal = stage.at(&ada, round).delete(&format!("/v1/orgs/{org}/members/{member}"), json!(null)).await;
        let answers: Vec<Answer> = clients.join_all().await.into_iter().flatten().map(documented).collect();
        removal.expect_status(200);

        let made = answers.iter().filter(|answer| kind(answer) == "201").count();
        expect_tally(&answers, &[("201", made), ("404 not_found", CLIENTS)]);
        let count = |sql: &str| stage.app.count(&sql.replace("ORG", &org).replace("MEMBER", &member));
        let by_bob = "SELECT count(*) FROM event e JOIN member m ON m.id = 'MEMBER' \
                      WHERE e.org_id = 'ORG' AND e.actor = m.user_id AND e.type = 'invitation.created'";
        assert_eq!(count(by_bob), made as i64);
        let removed = count("SELECT version FROM event WHERE org_id = 'ORG' AND type = 'member.removed'");
        assert_eq!(count(&format!("{by_bob} AND e.version > {removed}")), 0);
        bob.get(&format!("/v1/orgs/{org}")).await.expect_status(404);
    }
}

/// Invites one new address after the other, says of each answer that it has come, and ends with the first refusal.
async fn invite_until_refused(
    caller: Caller,
    org: String,
    emails: String,
    done: mpsc::UnboundedSender<()>,
) -> Vec<Answer> {
    const WRITES_MAX: usize = 500;
    let mut answers = Vec::new();
    while answers.len() < WRITES_MAX {
        let body = json!({"email": format!("{emails}.{}@example.com", answers.len()), "role": "viewer"});
        let answer = caller.post(&format!("/v1/orgs/{org}/invitations"), body).await;
        let refused = answer.status != 201;
        answers.push(answer);
        let _ = done.send(());
        if refused {
            return answers;
        }
    }
    panic!("{WRITES_MAX} writes of one client and none refused");
}

pub(crate) async fn of_two_owners_that_leave_one_stays(stage: &Stage) {
    const EACH: usize = 4;
    let ada = stage.sign_in("ada@example.com").await;
    for round in 0..2 * ROUNDS {
        let org = stage.org_for_two_owners(&ada).await;
        let (bob, _) = ada.bring_in(&org, &format!("bob{round}@example.com"), "owner").await;
        let answers = stage
            .race(&ada, 2 * EACH, |caller, n| {
                // Of each person as many requests before the one process as before the other.
                let caller = if n / 2 % 2 == round % 2 { caller } else { caller.bearer(bob.token()) };
                let path = format!("/v1/orgs/{org}/leave");
                async move {
                    tokio::time::timeout(Duration::from_secs(20), caller.post(&path, json!(null)))
                        .await
                        .expect("an answer")
                }
            })
            .await;
        // One person is out, and all their other requests come from a stranger; the other one must stay.
        expect_tally(&answers, &[("200", 1), ("404 not_found", EACH - 1), ("409 last_top_role_holder", EACH)]);
        let count = |sql: &str| stage.app.count(&sql.replace("ORG", &org));
        assert_eq!(count("SELECT top_member_count FROM org WHERE id = 'ORG'"), 1, "{:?}", tally(&answers));
        assert_eq!(count("SELECT count(*) FROM member WHERE org_id = 'ORG' AND status = 'active'"), 1);
        assert_eq!(count("SELECT count(*) FROM event WHERE org_id = 'ORG' AND type = 'member.left'"), 1);
    }
}

pub(crate) async fn an_account_that_is_made_the_last_owner_is_not_deleted(stage: &Stage) {
    let ada = stage.sign_in("ada@example.com").await;
    for round in 0..4 * ROUNDS {
        let org = ada.create_org("Acme").await;
        let (bob, heir) = ada.bring_in(&org, &format!("bob{round}@example.com"), "admin").await;
        let answers = stage
            .race(&ada, 2, |caller, n| {
                let (bob, path, heir) = (bob.clone(), format!("/v1/orgs/{org}/ownership"), heir.clone());
                // Who is sent first changes with the rounds, and so does before which process.
                let hands_over = (n + round / 2) % 2 == 0;
                async move {
                    if hands_over {
                        caller.post(&path, json!({ "member": heir })).await
                    } else {
                        caller.bearer(bob.token()).delete("/v1/me", json!({ "email": bob.email })).await
                    }
                }
            })
            .await;
        let mut kinds: Vec<String> = answers.iter().map(kind).collect();
        kinds.sort();
        let is_known = [["200", "409 sole_top_role_holder"], ["204", "404 not_found"]].iter().any(|two| kinds == *two);
        assert!(is_known, "{kinds:?}");
        let owners =
            format!("SELECT count(*) FROM member WHERE org_id = '{org}' AND status = 'active' AND role = 'owner'");
        assert_eq!(stage.app.count(&owners), 1, "{kinds:?}");
    }
}
