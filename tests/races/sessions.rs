//! Sessions that end while they are used.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use latchkey_testkit::{Value, json};

use crate::ROUNDS;
use crate::stage::Stage;

/// Whatever process it is asked at: once the end was answered, no request that begins then is let in.
pub(crate) async fn no_request_that_begins_after_a_sessions_end_is_let_in(stage: &Stage) {
    const REQUESTS: usize = 24;
    for _ in 0..ROUNDS {
        let (here, there) = (stage.sign_in("ada@example.com").await, stage.sign_in("ada@example.com").await);
        let is_ended = Arc::new(AtomicBool::new(false));
        let answers = stage
            .race(&there, REQUESTS, |there, n| {
                let (here, is_ended) = (here.clone(), is_ended.clone());
                async move {
                    if n == REQUESTS / 3 {
                        let ended = here.delete("/v1/me/sessions", Value::Null).await.expect_status(200);
                        is_ended.store(true, Ordering::SeqCst);
                        return ended;
                    }
                    let began_after = is_ended.load(Ordering::SeqCst);
                    let answer = there.patch("/v1/me", json!({"display_name": format!("Ada {n}")})).await;
                    assert!(!began_after || answer.status == 401, "{}", answer.text);
                    answer
                }
            })
            .await;
        assert!(answers.iter().all(|answer| [200, 401].contains(&answer.status.as_u16())));
        for turn in 0..2 {
            stage.at(&there, turn).get("/v1/me").await.expect_problem(401, "unauthenticated");
            stage.at(&here, turn).get("/v1/me").await.expect_status(200);
        }
    }
}
