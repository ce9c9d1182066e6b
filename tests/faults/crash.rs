//! `kill -9` in the middle of writes: what was acknowledged is there, what was not is there whole or not at all.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};

use latchkey_ops::sqlite::SqliteDb;
use latchkey_store::db;
use latchkey_testkit::{Answer, Caller, HostProcess, Value, check_database, json};
use tempfile::TempDir;
use tokio::sync::mpsc;
use tokio::task::JoinSet;

const KILLS: usize = 20;
const CLIENTS: usize = 6;

/// A change that was asked for under a key of its own, and what is known of its fate.
#[derive(Debug, Clone)]
struct Change {
    asker: Caller,
    method: &'static str,
    path: String,
    body: Value,
    key: String,
    /// The body of the answer, if one came: the change is acknowledged.
    acknowledged: Option<String>,
}

impl Change {
    fn new(asker: &Caller, method: &'static str, path: impl Into<String>, body: Value) -> Self {
        static KEYS: AtomicUsize = AtomicUsize::new(0);
        let key = format!("change-{}", KEYS.fetch_add(1, Ordering::Relaxed));
        Self { asker: asker.clone(), method, path: path.into(), body, key, acknowledged: None }
    }

    async fn ask(&self, addr: SocketAddr) -> Result<Answer, String> {
        let request = self.asker.clone().at(addr).request(self.method, &self.path);
        request.header("idempotency-key", &self.key).json(&self.body).try_send().await
    }

    /// Asks again after the crash. An acknowledged change is answered as it was then; another is made now, unless it had
    /// been made and only its acknowledgement was lost.
    async fn settle(&mut self, addr: SocketAddr) {
        let answer = self.ask(addr).await.unwrap_or_else(|e| panic!("{self:?}: {e}"));
        assert!(answer.status.is_success(), "{self:?}: {}", answer.text);
        if let Some(acknowledged) = &self.acknowledged {
            assert_eq!(answer.header("idempotent-replayed"), Some("true"), "lost: {self:?}");
            assert_eq!(&answer.text, acknowledged);
        }
        self.acknowledged = Some(answer.text);
    }
}

/// A client that makes one change after the other until the host is gone.
struct Client {
    ada: Caller,
    /// Where all clients invite to.
    shared_org: String,
    /// Which only this client renames.
    own_org: String,
    addr: SocketAddr,
    told: mpsc::UnboundedSender<()>,
    changes: Vec<Change>,
}

impl Client {
    async fn run(mut self, tag: String) -> Vec<Change> {
        for n in 0.. {
            if self.bring_in(&format!("{tag}.{n}")).await.is_none() {
                break;
            }
        }
        self.changes
    }

    /// Invites somebody, who comes and takes a name; then renames an organization. `None`: the host is gone.
    async fn bring_in(&mut self, tag: &str) -> Option<()> {
        let (ada, anyone, email) = (self.ada.clone(), self.ada.signed_out(), format!("new.{tag}@example.com"));
        let invite = json!({"email": email, "role": "viewer"});
        self.make(Change::new(&ada, "POST", format!("/v1/orgs/{}/invitations", self.shared_org), invite)).await?;
        let mails = anyone.clone().at(self.addr).request("GET", &format!("/dev/mailbox?to={email}")).try_send().await;
        let token = mails.ok()?.data()[0]["token"].clone();
        let accepted =
            self.make(Change::new(&anyone, "POST", "/v1/invitations/accept", json!({ "token": token }))).await?;
        let new = anyone.bearer(accepted.text_at("/session/token"));
        self.make(Change::new(&new, "PATCH", "/v1/me", json!({"display_name": tag}))).await?;
        self.make(Change::new(&ada, "PATCH", format!("/v1/orgs/{}", self.own_org), json!({"name": tag}))).await?;
        Some(())
    }

    async fn make(&mut self, mut change: Change) -> Option<Answer> {
        let answer = change.ask(self.addr).await.ok();
        if let Some(answer) = &answer {
            assert!(answer.status.is_success(), "{change:?}: {}", answer.text);
            change.acknowledged = Some(answer.text.clone());
            let _ = self.told.send(());
        }
        self.changes.push(change);
        answer
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn twenty_kills_lose_no_acknowledged_change_and_leave_no_half_one() {
    let state = TempDir::new().expect("a temporary folder");
    let database = state.path().join("sqlite_db.db");
    let host = HostProcess::start(state.path()).await;
    let ada = host.anyone().sign_in("ada@example.com").await;
    let shared_org = ada.create_org("Acme").await;
    let mut own_orgs = Vec::new();
    for _ in 0..CLIENTS {
        own_orgs.push(ada.create_org("Mine").await);
    }
    host.kill().await;

    let mut all: Vec<Change> = Vec::new();
    let mut latest: Vec<Change> = Vec::new();
    let mut unacknowledged = 0;
    for kill in 0..KILLS {
        let host = HostProcess::start(state.path()).await;
        for change in &mut latest {
            change.settle(host.addr()).await;
        }
        all.append(&mut latest);

        let (told, mut acknowledgements) = mpsc::unbounded_channel();
        let mut clients = JoinSet::new();
        for (n, own_org) in own_orgs.iter().cloned().enumerate() {
            let (ada, shared_org, told, addr) = (ada.clone(), shared_org.clone(), told.clone(), host.addr());
            let client = Client { ada, shared_org, own_org, addr, told, changes: Vec::new() };
            clients.spawn(client.run(format!("{kill}.{n}")));
        }
        // At another point of the work each time, with all other clients in the middle of theirs.
        for _ in 0..10 + kill * 7 % 19 {
            acknowledgements.recv().await.expect("the clients go on");
        }
        host.kill().await;
        latest = clients.join_all().await.into_iter().flatten().collect();
        unacknowledged += latest.iter().filter(|change| change.acknowledged.is_none()).count();
        check_database(&database);
        expect_whole_commands(&database);
    }

    let host = HostProcess::start(state.path()).await;
    all.append(&mut latest);
    for change in &mut all {
        change.settle(host.addr()).await;
    }
    println!("{} changes, of which {unacknowledged} were in flight when the host was killed", all.len());
    assert!(unacknowledged > 0, "no kill ever met a change");
    check_database(&database);
    expect_whole_commands(&database);
    expect_each_once(&database, &all);
}

/// No command without all its events, and no event without its command.
fn expect_whole_commands(database: &std::path::Path) {
    let half = "SELECT count(*) FROM (SELECT c.id FROM command c LEFT JOIN event e ON e.command_id = c.id \
                GROUP BY c.id HAVING count(e.id) <> c.event_count)";
    assert_eq!(count(database, half), 0);
    assert_eq!(count(database, "SELECT count(*) FROM event WHERE command_id NOT IN (SELECT id FROM command)"), 0);
}

/// Every change was made, and none twice.
fn expect_each_once(database: &std::path::Path, all: &[Change]) {
    assert_eq!(count(database, "SELECT count(*) FROM command WHERE idempotency_key IS NOT NULL"), all.len());
    let of = |end: &str| all.iter().filter(|change| change.path.ends_with(end)).count();
    assert_eq!(count(database, "SELECT count(*) FROM event WHERE type = 'invitation.created'"), of("/invitations"));
    assert_eq!(count(database, "SELECT count(*) FROM event WHERE type = 'invitation.accepted'"), of("/accept"));
    assert_eq!(count(database, "SELECT count(*) FROM user WHERE email <> 'ada@example.com'"), of("/accept"));
    assert_eq!(count(database, "SELECT count(*) FROM user WHERE display_name IS NOT NULL"), of("/me"));
}

fn count(database: &std::path::Path, sql: &str) -> usize {
    let rows = SqliteDb::open(database).expect("the database opens").run(sql, Vec::new());
    match rows.expect("an answer").first().and_then(|row| row.first()) {
        Some(db::Value::Integer(n)) => usize::try_from(*n).expect("a count"),
        other => panic!("{sql}: {other:?}"),
    }
}

/// How often the host is killed while logs are signed.
const KILLS_WHILE_SIGNING: usize = 8;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn kills_lose_no_checkpoint_that_was_given_away_and_leave_no_half_tree() {
    let state = TempDir::new().expect("a temporary folder");
    let database = state.path().join("sqlite_db.db");
    let host = HostProcess::start(state.path()).await;
    let ada = host.anyone().sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    host.kill().await;
    let mut given_away = Vec::new();
    for kill in 0..KILLS_WHILE_SIGNING {
        let host = HostProcess::start(state.path()).await;
        let (told, mut checkpoints) = mpsc::unbounded_channel();
        let client = tokio::spawn(sign_on_and_on(ada.clone().at(host.addr()), org.clone(), told));
        for _ in 0..3 + kill * 5 % 7 {
            given_away.push(checkpoints.recv().await.expect("the client goes on"));
        }
        host.kill().await;
        client.await.expect("its end");
        while let Some(note) = checkpoints.recv().await {
            given_away.push(note);
        }
        check_database(&database);
    }
    let host = HostProcess::start(state.path()).await;
    let ada = ada.at(host.addr());
    ada.post(&format!("/v1/orgs/{org}/log/checkpoints"), Value::Null).await.expect_status(200);
    for note in given_away {
        let size: usize = note.lines().nth(1).expect("a size").parse().expect("a number");
        let kept = format!("SELECT count(*) FROM checkpoint WHERE size = {size} AND note = '{note}'");
        assert_eq!(count(&database, &kept), 1, "{note}");
    }
    // As many complete subtrees as so many events have: all but one for each, less one for each binary digit.
    let size = count(&database, "SELECT max(size) FROM checkpoint");
    let digits = usize::try_from(size.count_ones()).expect("a few");
    assert_eq!(count(&database, "SELECT count(*) FROM log_node"), size - digits);
}

/// Appends and signs by turns until the host is gone.
async fn sign_on_and_on(ada: Caller, org: String, told: mpsc::UnboundedSender<String>) {
    let (links, checkpoints) = (format!("/v1/orgs/{org}/invite-links"), format!("/v1/orgs/{org}/log/checkpoints"));
    loop {
        let link = ada.request("POST", &links).json(&json!({"role": "viewer"})).try_send().await;
        let signed = ada.request("POST", &checkpoints).try_send().await;
        let (Ok(_), Ok(signed)) = (link, signed) else { return };
        let _ = told.send(signed.expect_status(200).text_at("/checkpoint/note"));
    }
}
