//! A log that somebody changed behind the service's back: what the offline check says of each kind of change.
//!
//! The log is made through HTTP and its checkpoints are kept. Then the database is copied, the copy is changed, and another
//! host exports it.

use std::path::Path;

use latchkey_domain::note::{Head, Note, sign as sign_note};
use latchkey_domain::signing::SigningKey;
use latchkey_ops::sqlite::SqliteDb;
use latchkey_store::db::Value as Column;
use latchkey_testkit::{Caller, HostProcess, TestApp};
use tempfile::TempDir;

use super::support::{check, events, exported, grow, hex, key, leaf_of, sign};

/// A log of sixteen events with checkpoints at 5, 9 and 14, and its key.
struct Kept {
    app: TestApp,
    ada: Caller,
    org: String,
    notes: Vec<String>,
    key: String,
    log: String,
}

impl Kept {
    async fn new() -> Self {
        let app = TestApp::start().await;
        let ada = app.sign_in("ada@example.com").await;
        let org = ada.create_org("Acme").await;
        let mut notes = Vec::new();
        for more in [3, 4, 5] {
            grow(&ada, &org, more).await;
            notes.push(sign(&ada, &org).await);
        }
        grow(&ada, &org, 2).await;
        let (key, log) = (key(&ada, &org).await, exported(&ada, &org).await);
        Self { app, ada, org, notes, key, log }
    }

    fn id(&self, version: usize) -> String {
        events(&self.log)[version - 1]["id"].as_str().unwrap().to_owned()
    }

    /// What is found in that log.
    fn findings(&self, log: &str) -> Vec<String> {
        let notes: Vec<&str> = self.notes.iter().map(String::as_str).collect();
        check(log, &notes, &self.key).findings.iter().map(ToString::to_string).collect()
    }

    /// The log as a host exports it from a copy in which this was done.
    async fn after(&self, tamper: impl FnOnce(&SqliteDb)) -> String {
        let copy = TempDir::new().unwrap();
        let file = copy.path().join("sqlite_db.db");
        copy_of(&self.app.database_path(), &file);
        let db = SqliteDb::open(&file).unwrap();
        // Whoever can write the file is not stopped by triggers.
        for row in db.run("SELECT name FROM sqlite_schema WHERE type = 'trigger'", Vec::new()).unwrap() {
            let [Column::Text(name)] = row.as_slice() else { panic!("{row:?}") };
            db.run(&format!("DROP TRIGGER {name}"), Vec::new()).unwrap();
        }
        tamper(&db);
        drop(db);
        let host = HostProcess::start(copy.path()).await;
        exported(&self.ada.clone().at(host.addr()), &self.org).await
    }
}

/// With what is still in the write-ahead log.
fn copy_of(from: &Path, to: &Path) {
    let db = SqliteDb::open(from).unwrap();
    db.run("VACUUM INTO ?1", vec![Column::Text(to.display().to_string())]).unwrap();
}

fn run(db: &SqliteDb, sql: &str) {
    db.run(sql, Vec::new()).unwrap_or_else(|e| panic!("{sql}: {e}"));
}

/// Changes who did it, and hashes the row anew, as somebody would who has read the documentation.
fn change_and_hash(db: &SqliteDb, log: &str, version: usize) {
    let mut event = events(log)[version - 1].clone();
    event["actor"] = "usr_00000000000000000000000000000000".into();
    let leaf = hex(&leaf_of(&event));
    run(
        db,
        &format!(
            "UPDATE event SET actor = '{}', leaf = '{leaf}' WHERE version = {version}",
            event["actor"].as_str().unwrap()
        ),
    );
}

const INTERVAL: &str = "events 6 to 9: they are not those that were signed; something among them was changed, removed, added or \
                        reordered (kept 1)";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_kind_of_change_in_the_database_is_named() {
    let kept = Kept::new().await;
    let untouched = kept.after(|_| ()).await;
    assert_eq!(untouched, kept.log);
    assert_eq!(kept.findings(&untouched), Vec::<String>::new());
    let id = kept.id(7);

    let data =
        kept.after(|db| run(db, "UPDATE event SET data = replace(data, 'viewer', 'owner') WHERE version = 7")).await;
    assert_eq!(
        kept.findings(&data),
        [format!("event 7 ({id}): its data was changed: it does not hash to its data_hash")]
    );

    let salt = kept.after(|db| run(db, "UPDATE event SET salt = NULL WHERE version = 7")).await;
    assert_eq!(kept.findings(&salt), [format!("event 7 ({id}): only one of its data and its salt is erased")]);

    for change in [
        "at = at + 1",
        "actor = 'operator'",
        "type = 'member.left'",
        "target = org_id",
        "data_hash = leaf, data = NULL, salt = NULL",
    ] {
        let changed = kept.after(|db| run(db, &format!("UPDATE event SET {change} WHERE version = 7"))).await;
        let expected = format!("event 7 ({id}): it was changed: it does not hash to its leaf");
        assert_eq!(kept.findings(&changed), [expected], "{change}");
    }

    let hashed = kept.after(|db| change_and_hash(db, &kept.log, 7)).await;
    assert_eq!(kept.findings(&hashed), [INTERVAL]);

    let deleted = kept.after(|db| run(db, "DELETE FROM event WHERE version IN (7, 8, 12)")).await;
    assert_eq!(kept.findings(&deleted), ["events 7 to 8: they are missing", "event 12: it is missing"]);

    let closed = kept
        .after(|db| {
            run(db, "DELETE FROM event WHERE version = 7");
            run(db, "UPDATE event SET version = -version WHERE version > 7");
            run(db, "UPDATE event SET version = -version - 1 WHERE version < 0");
        })
        .await;
    assert_eq!(kept.findings(&closed), [INTERVAL]);

    let swapped = kept
        .after(|db| {
            run(db, "UPDATE event SET version = 107 WHERE version = 7");
            run(db, "UPDATE event SET version = 7 WHERE version = 8");
            run(db, "UPDATE event SET version = 8 WHERE version = 107");
        })
        .await;
    assert_eq!(kept.findings(&swapped), [INTERVAL]);

    let cut = kept.after(|db| run(db, "DELETE FROM event WHERE version > 11")).await;
    assert_eq!(kept.findings(&cut), ["the log ends with event 11, and 14 were signed: its end was cut off (kept 2)"]);

    let emptied = kept.after(|db| run(db, "DELETE FROM event")).await;
    assert_eq!(
        kept.findings(&emptied),
        ["the log ends with event 0, and 14 were signed: its end was cut off (kept 2)"]
    );

    // What no checkpoint covers, nothing vouches for: keep checkpoints often.
    let after_the_last = kept.after(|db| change_and_hash(db, &kept.log, 15)).await;
    assert_eq!(kept.findings(&after_the_last), Vec::<String>::new());
    let Kept { app, .. } = kept;
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_service_does_not_sign_over_a_change() {
    let kept = Kept::new().await;
    let copy = TempDir::new().unwrap();
    let file = copy.path().join("sqlite_db.db");
    copy_of(&kept.app.database_path(), &file);
    let db = SqliteDb::open(&file).unwrap();
    run(&db, "DROP TRIGGER event_is_fixed");
    change_and_hash(&db, &kept.log, 7);
    drop(db);
    let host = HostProcess::start(copy.path()).await;
    let ada = kept.ada.clone().at(host.addr());
    // It goes on from the subtrees that were signed, so what it signs contradicts nothing that was signed before.
    let newest = sign(&ada, &kept.org).await;
    let log = exported(&ada, &kept.org).await;
    let mut notes: Vec<&str> = kept.notes.iter().map(String::as_str).collect();
    notes.push(&newest);
    let report = check(&log, &notes, &kept.key);
    assert_eq!(report.findings.iter().map(ToString::to_string).collect::<Vec<_>>(), [INTERVAL]);
    // Nor can the change be proven: the proof leads elsewhere.
    let path = format!("/v1/orgs/{}/log/proofs/inclusion?version=7&size=9", kept.org);
    let proof = ada.get(&path).await.expect_status(200).json();
    let hash = |value: &serde_json::Value| latchkey_domain::merkle::of_base64(value.as_str().unwrap()).unwrap();
    let hashes: Vec<_> = proof["hashes"].as_array().unwrap().iter().map(hash).collect();
    let root = Head::parse(&Note::parse(&kept.notes[1]).unwrap().text).unwrap().root;
    assert!(!latchkey_domain::merkle::verify_inclusion(&hash(&proof["leaf_hash"]), 6, 9, &hashes, &root));
    drop(host);
    let Kept { app, .. } = kept;
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_export_that_was_changed_on_its_way_is_named_too() {
    let kept = Kept::new().await;
    let lines: Vec<&str> = kept.log.lines().collect();
    let with = |change: &dyn Fn(&mut Vec<String>)| {
        let mut lines: Vec<String> = lines.iter().map(|line| (*line).to_owned()).collect();
        change(&mut lines);
        kept.findings(&(lines.join("\n") + "\n"))
    };
    let id = kept.id(7);
    assert_eq!(with(&|lines| lines.insert(9, lines[6].clone())), [format!("event 7 ({id}): it is there twice")]);
    assert_eq!(with(&|lines| lines.swap(6, 7)), [format!("event 7 ({id}): it stands after event 8")]);
    assert_eq!(with(&|lines| lines.swap(1, 14)).len(), 13, "all between, and the second, stand after the fifteenth");
    assert_eq!(with(&|lines| lines[3] = "{}".to_owned()), ["line 4: this is no event", "event 4: it is missing"]);
    assert_eq!(
        with(&|lines| lines.truncate(9)),
        ["the log ends with event 9, and 14 were signed: its end was cut off (kept 2)"]
    );
    // An empty line is none.
    assert_eq!(with(&|lines| lines.insert(3, String::new())), Vec::<String>::new());
    let other = kept.ada.create_org("Beta").await;
    let others = exported(&kept.ada, &other).await;
    let found = with(&|lines| lines.push(others.lines().next().unwrap().to_owned()));
    assert!(found.iter().any(|finding| finding.ends_with(&format!("it belongs to the log of {other}"))), "{found:?}");
    let Kept { app, .. } = kept;
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn checkpoints_are_believed_only_when_signed_and_of_one_mind() {
    let kept = Kept::new().await;
    let found = |notes: &[&str]| {
        let report = check(&kept.log, notes, &kept.key);
        report.findings.iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    let note = kept.notes[1].as_str();
    assert_eq!(found(&[note, note]), Vec::<String>::new());
    assert_eq!(
        found(&[&note.replace("\n9\n", "\n8\n")]),
        [format!("kept 0: the signature of latchkey.test/{} is wrong", kept.org)]
    );
    assert_eq!(found(&["hello"]), ["kept 0: this is no signed note"]);
    // By somebody else, under the log's name.
    let forged = |size, seed: &[u8; 32]| {
        let head = Head { origin: format!("latchkey.test/{}", kept.org), size, root: [7; 32] };
        sign_note(&head.text(), &head.origin, &SigningKey::from_seed(seed))
    };
    assert_eq!(found(&[&forged(9, &[1; 32])]), ["kept 0: no key that is trusted has signed it"]);
    // By the service itself, had it ever told two people two different things.
    let keys = latchkey_domain::secret::SecretKeys::parse(latchkey_testkit::SECRET_KEYS).unwrap();
    let seed = keys.signing().unwrap().signing_seed("log");
    assert_eq!(
        found(&[note, &forged(9, &seed)]),
        ["kept 0 and kept 1: two checkpoints of 9 events with different roots, both signed"]
    );
    let other = kept.ada.create_org("Beta").await;
    let others = sign(&kept.ada, &other).await;
    let others_key = key(&kept.ada, &other).await;
    let report = check(&kept.log, &[&others], &others_key);
    assert!(!report.is_sound() && report.covered == 0, "{report:?}");
    let Kept { app, .. } = kept;
    app.finish().await;
}
