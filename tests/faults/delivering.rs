//! Kills in the middle of deliveries, of mail and of webhooks alike.

use std::path::Path;
use std::time::{Duration, Instant};

use latchkey_ops::sqlite::SqliteDb;
use latchkey_testkit::{DISPATCH_TOKEN, HostProcess, Receiver, check_database};

/// Kills three hosts that deliver what `table` has to deliver, each a little later than the one before: some is handed over then, and
/// some of that not yet written down. Ends after the minute for which the killed ones had taken their work.
pub(crate) async fn kill_in_the_middle(state: &Path, variables: &[(&str, &str)], receiver: &Receiver, table: &str) {
    let database = state.join("sqlite_db.db");
    for kill in 0..3 {
        let host = HostProcess::start_with(state, variables).await;
        let before = receiver.received().len();
        let dispatcher = host.anyone().bearer(DISPATCH_TOKEN);
        let call = tokio::spawn(async move { dispatcher.request("POST", "/v1/dispatch").try_send().await.is_ok() });
        until(|| receiver.received().len() >= before + 3 + 4 * kill).await;
        host.kill().await;
        let _ = call.await;
        check_database(&database);
        let db = SqliteDb::open(&database).expect("the database opens");
        let passes = format!("UPDATE {table} SET next_at = 0 WHERE lease IS NOT NULL");
        db.run(&passes, Vec::new()).expect("time passes");
    }
}

async fn until(is_so: impl Fn() -> bool) {
    let begun = Instant::now();
    while !is_so() {
        assert!(begun.elapsed() < Duration::from_secs(30), "it does not happen");
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}
