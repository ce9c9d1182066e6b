//! Several organizations and one domain; several people and one seat.

use latchkey_testkit::{Answer, Caller, Value, json};

use crate::ROUNDS;
use crate::stage::{Stage, events, expect_tally};

const PEOPLE: usize = 12;

async fn claim(owner: &Caller, org: &str, domain: &str) -> (String, String, String) {
    let body = json!({"domain": domain, "auto_join": "automatic"});
    let made = owner.post(&format!("/v1/orgs/{org}/domains"), body).await.expect_status(201);
    let path = format!("/v1/orgs/{org}/domains/{}/verify", made.text_at("/id"));
    (path, made.text_at("/record/name"), made.text_at("/record/value"))
}

async fn at_once(stage: &Stage, asked: &[(Caller, String)]) -> Vec<Answer> {
    stage
        .race(&asked[0].0, asked.len(), |_, n| {
            let (caller, path) = (stage.at(&asked[n].0, n), asked[n].1.clone());
            async move { caller.post(&path, Value::Null).await }
        })
        .await
}

pub(crate) async fn of_organizations_that_prove_one_domain_at_once_one_has_it(stage: &Stage) {
    let ada = stage.sign_in("ada@example.com").await;
    for round in 0..ROUNDS {
        let domain = format!("acme{round}.example");
        let (mut asked, mut values) = (Vec::new(), Vec::new());
        for _ in 0..6 {
            let org = ada.create_org("Acme").await;
            let (path, name, value) = claim(&ada, &org, &domain).await;
            values.push(value);
            stage.app.resolver().set(&name, &values.iter().map(String::as_str).collect::<Vec<_>>());
            asked.push((ada.clone(), path));
        }
        stage.app.wipe_key_value().await;
        let answers = at_once(stage, &asked).await;
        expect_tally(&answers, &[("200", 1), ("409 domain_taken", 5)]);
        let held = format!("SELECT count(*) FROM org_domain WHERE domain = '{domain}' AND status = 'verified'");
        assert_eq!(stage.app.count(&held), 1);
    }
}

pub(crate) async fn people_who_join_by_their_address_and_invitations_do_not_pass_the_seats_together(stage: &Stage) {
    let ada = stage.sign_in("ada@example.com").await;
    for round in 0..ROUNDS {
        let domain = format!("mill{round}.example");
        let mut people = Vec::new();
        for n in 0..PEOPLE {
            people.push(stage.sign_in(&format!("p{n}@{domain}")).await);
        }
        // Five seats, of which the owner has one.
        let org = ada.create_org_with("Company", "portal").await;
        let (path, name, value) = claim(&ada, &org, &domain).await;
        stage.app.resolver().set(&name, &[&value]);
        ada.post(&path, Value::Null).await.expect_status(200);
        let answers = stage
            .race(&ada, 2 * PEOPLE, |caller, n| {
                let (person, org) = (stage.at(&people[n / 2], n), org.clone());
                async move {
                    if n % 2 == 0 {
                        return person.post(&format!("/v1/orgs/{org}/join"), Value::Null).await;
                    }
                    let body = json!({"email": format!("invited{n}@example.com"), "role": "member"});
                    caller.post(&format!("/v1/orgs/{org}/invitations"), body).await
                }
            })
            .await;
        let came = answers.iter().filter(|answer| answer.status.is_success()).count();
        assert_eq!(came, 4, "{:?}", crate::stage::tally(&answers));
        let used = format!("SELECT member_count + pending_count FROM org WHERE id = '{org}'");
        assert_eq!(stage.app.count(&used), 5);
    }
}

pub(crate) async fn one_person_who_joins_and_is_invited_at_once_is_one_of_both(stage: &Stage) {
    let ada = stage.sign_in("ada@example.com").await;
    for round in 0..ROUNDS {
        let domain = format!("loom{round}.example");
        let grace = stage.sign_in(&format!("grace@{domain}")).await;
        let org = ada.create_org("Acme").await;
        let (path, name, value) = claim(&ada, &org, &domain).await;
        stage.app.resolver().set(&name, &[&value]);
        ada.post(&path, Value::Null).await.expect_status(200);
        let answers = stage
            .race(&ada, 8, |caller, n| {
                let (grace, org) = (stage.at(&grace, n / 2), org.clone());
                async move {
                    if n % 2 == 0 {
                        return grace.post(&format!("/v1/orgs/{org}/join"), Value::Null).await;
                    }
                    let body = json!({"email": grace.email, "role": "viewer"});
                    caller.post(&format!("/v1/orgs/{org}/invitations"), body).await
                }
            })
            .await;
        let log = events(&ada, &org).await;
        let (joined, invited) = (log["member.joined"] - 1, log.get("invitation.created").copied().unwrap_or_default());
        assert_eq!(joined + invited, 1, "{:?}", crate::stage::tally(&answers));
    }
}
