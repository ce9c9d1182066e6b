//! One sign-in code, many requests at once.

use latchkey_testkit::json;

use crate::ROUNDS;
use crate::stage::{Stage, expect_tally, kind, only};

const TRIES_MAX: usize = latchkey_api::limits::SIGN_IN_CODE_TRIES_MAX as usize;

/// Asks for a code; the challenge and the code.
async fn challenge(stage: &Stage, email: &str) -> (String, String) {
    stage.app.wipe_key_value().await;
    let started = stage.app.anyone().post("/v1/auth/email", json!({ "email": email })).await.expect_status(202);
    let code = stage.app.anyone().newest_mail(email).await["code"].as_str().expect("a code").to_owned();
    (started.text_at("/challenge"), code)
}

pub(crate) async fn one_code_opens_one_session(stage: &Stage) {
    const REQUESTS: usize = 16;
    for _ in 0..ROUNDS {
        let (challenge, code) = challenge(stage, "ada@example.com").await;
        let answers = stage
            .race(&stage.app.anyone(), REQUESTS, |caller, _| {
                let body = json!({"challenge": challenge, "code": code});
                async move { caller.post("/v1/auth/email/verify", body).await }
            })
            .await;
        expect_tally(&answers, &[("200", 1), ("410 code_spent", REQUESTS - 1)]);
        let ada = stage.app.anyone().bearer(only(&answers, "200").text_at("/token"));
        ada.get("/v1/me").await.expect_status(200);
        assert_eq!(stage.app.count(&format!("SELECT count(*) FROM session WHERE code_id = '{challenge}'")), 1);
    }
    assert_eq!(stage.app.count("SELECT count(*) FROM user"), 1);
}

/// The hints per client are not what holds them: the tries are counted in the code's own row.
pub(crate) async fn parallel_guesses_do_not_outrun_the_limit(stage: &Stage) {
    const REQUESTS: usize = 48;
    for _ in 0..ROUNDS {
        let (challenge, code) = challenge(stage, "ada@example.com").await;
        let answers = stage
            .race(&stage.app.anyone(), REQUESTS, |caller, n| {
                let wrong = format!("{:06}", (code.parse::<usize>().expect("digits") + 1 + n) % 1_000_000);
                let body = json!({"challenge": challenge, "code": wrong});
                async move { caller.post("/v1/auth/email/verify", body).await }
            })
            .await;
        expect_tally(&answers, &[("422 code_wrong", TRIES_MAX), ("410 code_spent", REQUESTS - TRIES_MAX)]);
        let wrong = answers.iter().filter(|answer| kind(answer) == "422 code_wrong");
        let mut left: Vec<u64> = wrong.map(|answer| answer.json()["tries_left"].as_u64().expect("a number")).collect();
        left.sort_unstable();
        assert_eq!(left, (0..TRIES_MAX as u64).collect::<Vec<_>>());
        // The right code comes too late, and the address is not locked: a new code works.
        let late = json!({"challenge": challenge, "code": code});
        stage.app.anyone().post("/v1/auth/email/verify", late).await.expect_problem(410, "code_spent");
        stage.sign_in("ada@example.com").await;
    }
}
