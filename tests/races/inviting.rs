//! Many invitations at once, and other changes of one organization.

use latchkey_testkit::json;

use crate::ROUNDS;
use crate::stage::{Stage, events, expect_tally, kind, only, tally};

pub(crate) async fn one_address_in_mixed_case_is_invited_once(stage: &Stage) {
    const REQUESTS: usize = 64;
    let ada = stage.sign_in("ada@example.com").await;
    for _ in 0..ROUNDS {
        let org = ada.create_org("Acme").await;
        let answers = stage
            .race(&ada, REQUESTS, |caller, n| {
                let path = format!("/v1/orgs/{org}/invitations");
                let body = json!({"email": in_mixed_case("newcomer@example.com", n), "role": "viewer"});
                async move { caller.post(&path, body).await }
            })
            .await;
        expect_tally(&answers, &[("201", 1), ("409 already_invited", REQUESTS - 1)]);
        let invitation = only(&answers, "201").text_at("/id");
        let losers = answers.iter().filter(|answer| kind(answer) != "201");
        assert!(losers.into_iter().all(|answer| answer.text_at("/invitation") == invitation));
        assert_eq!(events(&ada, &org).await["invitation.created"], 1);
        let pending = ada.get(&format!("/v1/orgs/{org}/members?status=pending")).await.expect_status(200).data();
        assert_eq!(pending.len(), 1);
    }
}

/// Another spelling for each `n` below 2^8.
fn in_mixed_case(address: &str, n: usize) -> String {
    let upper = |(place, c): (usize, char)| if place < 8 && n >> place & 1 == 1 { c.to_ascii_uppercase() } else { c };
    address.chars().enumerate().map(upper).collect()
}

pub(crate) async fn the_last_place_in_the_top_role_is_given_once(stage: &Stage) {
    const REQUESTS: usize = 16;
    let ada = stage.sign_in("ada@example.com").await;
    for round in 0..ROUNDS {
        let org = stage.org_for_two_owners(&ada).await;
        let answers = stage
            .race(&ada, REQUESTS, |caller, n| {
                let path = format!("/v1/orgs/{org}/invitations");
                let body = json!({"email": format!("owner{round}.{n}@example.com"), "role": "owner"});
                async move { caller.post(&path, body).await }
            })
            .await;
        expect_tally(&answers, &[("201", 1), ("409 top_role_limit", REQUESTS - 1)]);
        assert_eq!(events(&ada, &org).await["invitation.created"], 1);
    }
}

/// A list and single invitations of the same addresses, at once.
pub(crate) async fn many_at_once_and_one_by_one_invite_each_address_once(stage: &Stage) {
    const ADDRESSES: usize = 24;
    let ada = stage.sign_in("ada@example.com").await;
    for _ in 0..ROUNDS {
        let org = ada.create_org("Acme").await;
        let email = |n: usize| format!("p{n}@example.com");
        let all: Vec<String> = (0..ADDRESSES).map(email).collect();
        // The first and the last requests are lists, the others invite one address each.
        let answers = stage
            .race(&ada, ADDRESSES + 2, |caller, n| {
                let path = format!("/v1/orgs/{org}/invitations");
                let list = json!({"emails": all, "role": "viewer"});
                let single = json!({"email": email(n.saturating_sub(1)), "role": "viewer"});
                async move {
                    match n {
                        0 | 25 => caller.post(&format!("{path}/bulk"), list).await,
                        _ => caller.post(&path, single).await,
                    }
                }
            })
            .await;
        let lists: Vec<_> = answers.iter().filter(|answer| kind(answer) == "200").collect();
        let by_list: u64 = lists.iter().filter_map(|answer| answer.json()["invited"].as_u64()).sum();
        let singly = answers.iter().filter(|answer| kind(answer) == "201").count();
        assert_eq!(by_list as usize + singly, ADDRESSES, "{:?}", tally(&answers));
        assert_eq!(events(&ada, &org).await["invitation.created"], ADDRESSES);
        for line in lists.iter().flat_map(|answer| answer.data()) {
            assert!(line["outcome"] == "invited" || line["outcome"] == "already_invited", "{line}");
            assert!(line["outcome"] != "invited" || line["invitation"].is_string(), "{line}");
        }
    }
}

pub(crate) async fn lists_that_race_fill_the_seats_and_no_more(stage: &Stage) {
    const LISTS: usize = 8;
    let ada = stage.sign_in("ada@example.com").await;
    for _ in 0..ROUNDS {
        // Five seats, of which the owner has one.
        let org = ada.create_org_with("Company", "portal").await;
        let answers = stage
            .race(&ada, LISTS, |caller, n| {
                let emails = [1, 2, 3].map(|m| format!("p{n}.{m}@example.com"));
                let path = format!("/v1/orgs/{org}/invitations/bulk");
                async move { caller.post(&path, json!({"emails": emails, "role": "member"})).await }
            })
            .await;
        expect_tally(&answers, &[("200", LISTS)]);
        let lines: Vec<_> = answers.iter().flat_map(|answer| answer.data()).collect();
        let count = |outcome: &str| lines.iter().filter(|line| line["outcome"] == outcome).count();
        assert_eq!((count("invited"), count("no_seat")), (4, 3 * LISTS - 4));
        assert_eq!(events(&ada, &org).await["invitation.created"], 4);
    }
}

/// Premises are of rows, not of the whole organization: nobody is asked to try again because of somebody else's change.
pub(crate) async fn unrelated_changes_do_not_disturb_each_other(stage: &Stage) {
    const REQUESTS: usize = 64;
    let ada = stage.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    let answers = stage
        .race(&ada, REQUESTS, |caller, n| {
            let path = format!("/v1/orgs/{org}/invitations");
            let body = json!({"email": format!("new{n}@example.com"), "role": "viewer"});
            async move { caller.post(&path, body).await }
        })
        .await;
    expect_tally(&answers, &[("201", REQUESTS)]);
    assert_eq!(stage.app.count(&format!("SELECT pending_count FROM org WHERE id = '{org}'")), REQUESTS as i64);
    assert_eq!(stage.app.count(&format!("SELECT count(*) FROM event WHERE org_id = '{org}'")), REQUESTS as i64 + 2);
}

/// All of them rename one organization, so that each disturbs all the others: some are told to try again, and what they
/// asked for has not happened.
pub(crate) async fn changes_of_one_thing_are_made_or_refused_whole(stage: &Stage) {
    const REQUESTS: usize = 64;
    let ada = stage.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    let answers = stage
        .race(&ada, REQUESTS, |caller, n| {
            let path = format!("/v1/orgs/{org}");
            async move { caller.patch(&path, json!({"name": format!("Name {n}")})).await }
        })
        .await;
    let renamed = answers.iter().filter(|answer| kind(answer) == "200").count();
    expect_tally(&answers, &[("200", renamed), ("503 contention", REQUESTS - renamed)]);
    assert!(renamed > 0, "{:?}", tally(&answers));
    assert!(answers.iter().filter(|answer| kind(answer) != "200").all(|answer| answer.header("retry-after").is_some()));
    assert_eq!(events(&ada, &org).await["org.renamed"], renamed);
    // Every one of those that were told "done" is in the log under the name it asked for.
    let log = ada.audit(&org).await;
    for (n, _) in answers.iter().enumerate().filter(|(_, answer)| kind(answer) == "200") {
        let name = format!("Name {n}");
        assert_eq!(log.iter().filter(|event| event["data"]["name"] == name.as_str()).count(), 1, "{name}");
    }
}
