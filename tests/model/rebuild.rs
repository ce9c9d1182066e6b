//! The rebuild check itself: it holds on a database in use, and finds what was changed behind the log.

use std::path::{Path, PathBuf};
use std::thread;

use latchkey_domain::fresh::Fresh;
use latchkey_domain::{DisplayName, Email, InvitationId, MemberId, OrgId, OrgName, RoleName};
use latchkey_ops::rebuild::{CheckFault, Report, check};
use latchkey_ops::sqlite::SqliteDb;
use latchkey_store::append::Appended;
use latchkey_store::db::Value;
use tempfile::TempDir;

use crate::steps::ADDRESSES;
use crate::wish::{Decided, Rules, Wish};
use crate::world::{BEGINNING, DAY, World};

#[test]
fn a_database_in_use_equals_its_log_at_every_moment() {
    let lived = Lived::new();
    let before = check(&lived.file).unwrap();
    assert!(before.is_equal() && before.organizations == 1, "{before:#?}");
    thread::scope(|scope| {
        // A writer of its own, as the service would be.
        let busy = scope.spawn(|| {
            let mut world = World::new(SqliteDb::open(&lived.file).unwrap(), &ADDRESSES);
            world.fresh.0 = 1_000_000;
            world.sign_in(0, BEGINNING + DAY).unwrap();
            for n in 0..150 {
                let email = Email::parse(&format!("guest{n}@example.com")).unwrap();
                let (org, id, role) =
                    (lived.org.clone(), InvitationId::new(world.fresh.uuid()), RoleName::parse("viewer").unwrap());
                grant(&mut world, &Wish::Invite { who: 0, org, id, email, role }, BEGINNING + DAY);
            }
        });
        let mut seen = before.events;
        while !busy.is_finished() {
            let report = check(&lived.file).unwrap();
            assert!(report.is_equal() && report.events >= seen, "{report:#?}");
            seen = report.events;
        }
        busy.join().unwrap();
    });
    assert_eq!(check(&lived.file).unwrap().events, before.events + 150);
}

#[test]
fn what_is_not_committed_is_not_seen() {
    let lived = Lived::new();
    let before = check(&lived.file).unwrap();
    let db = &lived.world.db;
    db.run("BEGIN IMMEDIATE", Vec::new()).unwrap();
    db.run("UPDATE org SET member_count = 77", Vec::new()).unwrap();
    assert_eq!(check(&lived.file).unwrap(), before);
    db.run("COMMIT", Vec::new()).unwrap();
    assert!(!check(&lived.file).unwrap().is_equal());
}

/// Statements, and what the check has to say about them.
const TAMPERED: &[(&[&str], &str)] = &[
    (&["UPDATE member SET role = 'owner' WHERE role = 'viewer'"], "role is \"owner\", by the log \"viewer\""),
    (&["UPDATE member SET rev = rev + 1 WHERE role = 'owner'"], "rev is 2, by the log 1"),
    (&["UPDATE org SET member_count = member_count + 1"], "member_count is 3, by the log 2"),
    (&["UPDATE org SET top_member_count = 2"], "top_member_count is 2, by the log 1"),
    (&["UPDATE org SET plan = 'enterprise'"], "plan is \"enterprise\", by the log \"free\""),
    (&["UPDATE invitation SET expires_at = expires_at + 1 WHERE status = 'pending'"], "expires_at is "),
    (&["DELETE FROM invitation WHERE status = 'cancelled'"], "invitation has 3 rows, by the log 4"),
    (&["DELETE FROM roster_word WHERE word = 'ada'"], "is missing, though the log made it"),
    (
        &["INSERT INTO roster_word (org_id, word, entry_id) SELECT id, 'root', id FROM org"],
        "is there, though nothing in the log made it",
    ),
    (
        &["UPDATE outbox SET recipient = 'eve@example.com' WHERE kind = 'invitation'"],
        "recipient is \"eve@example.com\"",
    ),
    (&["DELETE FROM outbox WHERE generation = 2"], "is missing, though the log made it"),
    (&["DELETE FROM command WHERE kind = 'member.leave'"], "is not among the events of its command"),
    (&["UPDATE command SET event_count = 2 WHERE kind = 'org.update'"], "does not have the events that it counts"),
    (
        &["UPDATE event SET data = json_set(data, '$.name', 'Mine') WHERE type = 'org.renamed'"],
        "is wrong: its data does not hash to its data_hash",
    ),
    (&["UPDATE event SET actor = 'usr_x' WHERE type = 'member.left'"], "is wrong: it does not hash to its leaf"),
    (&["UPDATE event SET at = at - 1 WHERE version = 1"], "is wrong: its effective time is not"),
    (&["UPDATE event SET salt = NULL WHERE version = 1"], "is wrong: only one of its data and its salt is erased"),
    (&["UPDATE event SET type = 'org.painted' WHERE type = 'org.renamed'"], "is unknown to this version"),
    (&["DELETE FROM event WHERE version = (SELECT max(version) FROM event)"], "version is "),
    (&["DELETE FROM event WHERE version = 3"], "does not fold: a version is missing or repeated"),
];

#[test]
fn whatever_is_changed_behind_the_log_is_found() {
    let lived = Lived::new();
    for (n, (statements, finding)) in TAMPERED.iter().enumerate() {
        let report = lived.tampered(n, statements).unwrap();
        let found = report.differences.first.iter().any(|difference| difference.contains(finding));
        assert!(found && !report.is_equal(), "{statements:?} gave {report:#?}");
    }
}

#[test]
fn what_the_log_does_not_tell_is_not_compared() {
    let lived = Lived::new();
    for (n, sql) in [
        "UPDATE outbox SET state = 'sent', attempts = 3, last_error = 'none'",
        "UPDATE user SET display_name = 'Someone', words = '[\"someone\"]'",
        "DELETE FROM session",
        "DELETE FROM sign_in_code",
    ]
    .iter()
    .enumerate()
    {
        let report = lived.tampered(n, &[sql]).unwrap();
        assert!(report.is_equal(), "{sql} gave {report:#?}");
    }
}

#[test]
fn an_erased_event_keeps_its_leaf_and_is_counted() {
    let lived = Lived::new();
    let report = lived.tampered(0, &["UPDATE event SET data = NULL, salt = NULL WHERE version = 3"]).unwrap();
    assert!(report.is_equal() && report.unfoldable == 1, "{report:#?}");
    let sql = "UPDATE event SET data = NULL, salt = NULL, target = 'mem_x' WHERE version = 3";
    let report = lived.tampered(1, &[sql]).unwrap();
    assert!(report.differences.first.iter().any(|d| d.contains("it does not hash to its leaf")), "{report:#?}");
}

#[test]
fn another_schema_and_no_database_give_no_answer() {
    let lived = Lived::new();
    assert_eq!(lived.tampered(0, &["DROP TRIGGER fold_org_renamed"]), Err(CheckFault::OtherSchema));
    let sql = "UPDATE migration SET checksum = 'x' WHERE number = 2";
    assert_eq!(lived.tampered(1, &[sql]), Err(CheckFault::OtherSchema));
    assert!(matches!(check(Path::new("/nowhere/at.all")), Err(CheckFault::File(..))));
    let empty = lived.directory.path().join("empty #1?.db");
    std::fs::write(&empty, b"").unwrap();
    assert!(check(&empty).is_err());
    let damaged = lived.copy("damaged");
    let mut bytes = std::fs::read(&damaged).unwrap();
    let half = bytes.len() / 2;
    bytes[half..half + 9000].fill(0xa5);
    std::fs::write(&damaged, bytes).unwrap();
    assert!(!matches!(check(&damaged), Ok(report) if report.is_equal()));
}

/// A database file with an organization that has seen something of everything.
struct Lived {
    directory: TempDir,
    file: PathBuf,
    world: World<SqliteDb>,
    org: OrgId,
}

impl Lived {
    fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        // A name that a URI would misread.
        let file = directory.path().join("live 100%23?.db");
        let mut world = World::new(SqliteDb::open(&file).unwrap(), &ADDRESSES);
        let org = OrgId::new(world.fresh.uuid());
        (0..3).for_each(|who| drop(world.sign_in(who, BEGINNING).unwrap()));
        let (name, member) = (OrgName::parse("Acme").unwrap(), MemberId::new(world.fresh.uuid()));
        let ada = DisplayName::parse("Ada").ok();
        grant(&mut world, &Wish::RenameAccount { who: 0, name: ada }, BEGINNING);
        grant(
            &mut world,
            &Wish::CreateOrg { who: 0, org: org.clone(), member, name, rules: Rules::Preset("credentials") },
            BEGINNING,
        );
        let invitations: Vec<InvitationId> = ["viewer", "viewer", "admin", "issuer"]
            .iter()
            .zip([1, 2, 3, 4])
            .map(|(role, who)| {
                let (id, email) = (InvitationId::new(world.fresh.uuid()), world.people[who].email.clone());
                let role = RoleName::parse(role).unwrap();
                grant(&mut world, &Wish::Invite { who: 0, org: org.clone(), id: id.clone(), email, role }, BEGINNING);
                id
            })
            .collect();
        for who in [1, 2] {
            let (invitation, member) = (invitations[who - 1].clone(), MemberId::new(world.fresh.uuid()));
            grant(&mut world, &Wish::Accept { who, invitation, member }, BEGINNING);
        }
        let name = OrgName::parse("Acme again").unwrap();
        let (to_resend, to_cancel) = (invitations[2].clone(), invitations[3].clone());
        grant(&mut world, &Wish::RenameOrg { who: 0, org: org.clone(), name }, BEGINNING - DAY);
        grant(&mut world, &Wish::Resend { who: 0, org: org.clone(), invitation: to_resend }, BEGINNING);
        grant(&mut world, &Wish::Cancel { who: 0, org: org.clone(), invitation: to_cancel }, BEGINNING);
        grant(&mut world, &Wish::Leave { who: 2, org: org.clone() }, BEGINNING);
        Self { directory, file, world, org }
    }

    fn copy(&self, name: &str) -> PathBuf {
        let copy = self.directory.path().join(name);
        self.world.rows("VACUUM INTO ?1", vec![Value::Text(copy.to_str().unwrap().to_owned())]);
        copy
    }

    /// Checks a copy after the statements, with the triggers that would have refused them out of the way for their time.
    fn tampered(&self, n: usize, statements: &[&str]) -> Result<Report, CheckFault> {
        let copy = self.copy(&format!("copy{n}.db"));
        let db = SqliteDb::open(&copy).unwrap();
        let guards = ["event_is_fixed", "event_is_kept"].map(|name| {
            let sql = "SELECT sql FROM sqlite_schema WHERE name = ?1";
            let text = db.run(sql, vec![Value::Text(name.to_owned())]).unwrap();
            db.run(&format!("DROP TRIGGER {name}"), Vec::new()).unwrap();
            text
        });
        db.run("PRAGMA foreign_keys = OFF", Vec::new()).unwrap();
        for sql in statements {
            db.run(sql, Vec::new()).unwrap_or_else(|fault| panic!("{sql}: {fault}"));
        }
        for guard in guards {
            let [Value::Text(sql)] = guard[0].as_slice() else { panic!("{guard:?}") };
            db.run(sql, Vec::new()).unwrap();
        }
        check(&copy)
    }
}

/// Does what is wished, which must be granted.
fn grant(world: &mut World<SqliteDb>, wish: &Wish, now: i64) {
    let Decided::Change(command, principal) = world.decide(wish, now, None) else { panic!("refused: {wish:?}") };
    let sealed = world.seal(*command, now);
    assert!(matches!(world.append(&sealed, &principal, None), Appended::At { .. }), "{wish:?}");
}
