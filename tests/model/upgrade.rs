//! A database that an earlier release made and filled becomes one of this release, with its history intact.

use latchkey_domain::command::{AccountChange, Command, Item, NewUser, PolicyDocument, Sealed};
use latchkey_domain::event::{Change, InvitationCreated, MemberJoined, Nothing, OrgCreated, OrgRenamed, RoleChanged};
use latchkey_domain::fresh::Fresh;
use latchkey_domain::policy::preset;
use latchkey_domain::{InvitationId, MemberId, OrgId, UserId};
use latchkey_ops::finish;
use latchkey_ops::rebuild::check;
use latchkey_ops::sqlite::SqliteDb;
use latchkey_store::db::Value;
use latchkey_store::migrations::{Ensured, MIGRATIONS, checksum, ensure, split};
use serde_json::{Value as Json, json};

use crate::world::{BEGINNING, Counter, DAY};

/// The migrations of the first release.
const FIRST: usize = 7;

#[test]
fn a_database_of_the_first_release_is_brought_up_to_date_with_its_history() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("old.db");
    let db = SqliteDb::open(&file).unwrap();
    make_old(&db);
    fill(&db);
    assert_eq!(finish(ensure(&db, BEGINNING)), Ok(Ensured::Applied(MIGRATIONS.len() - FIRST)));
    assert_eq!(finish(ensure(&db, BEGINNING)), Ok(Ensured::UpToDate));
    let report = check(&file).unwrap();
    assert!(report.is_equal() && report.events == 9 && report.organizations == 1, "{report:#?}");
    let uses = "SELECT role, members, pending FROM role_use ORDER BY role";
    let row = |role: &str, members, pending| {
        vec![Value::Text(role.to_owned()), Value::Integer(members), Value::Integer(pending)]
    };
    assert_eq!(db.run(uses, Vec::new()).unwrap(), [row("admin", 1, 0), row("owner", 1, 0), row("viewer", 0, 2)]);
    let names = db.run("SELECT name FROM member WHERE status = 'active' ORDER BY name", Vec::new()).unwrap();
    assert_eq!(names, [[Value::Text("ada".to_owned())], [Value::Text("bob@example.com".to_owned())]]);
}

/// The schema of then, with its ledger.
fn make_old(db: &SqliteDb) {
    let newest = SqliteDb::in_memory().unwrap();
    finish(ensure(&newest, 0)).unwrap();
    let ledger = newest.run("SELECT sql FROM sqlite_schema WHERE name = 'migration'", Vec::new()).unwrap();
    let [Value::Text(ledger)] = ledger[0].as_slice() else { panic!("{ledger:?}") };
    db.run(ledger, Vec::new()).unwrap();
    for migration in &MIGRATIONS[..FIRST] {
        for statement in split(migration.sql) {
            db.run(statement, Vec::new()).unwrap();
        }
        let columns = "INSERT INTO migration (number, name, checksum, applied_at) VALUES (?1, ?2, ?3, 0)";
        let name = Value::Text(migration.name.to_owned());
        let values = vec![Value::Integer(migration.number), name, Value::Text(checksum(migration.sql))];
        db.run(columns, values).unwrap();
    }
}

/// A team that has seen a little of everything there was.
fn fill(db: &SqliteDb) {
    let mut fresh = Counter(0);
    let (org, ada, bob) = (OrgId::new(fresh.uuid()), UserId::new(fresh.uuid()), UserId::new(fresh.uuid()));
    let [owner, member] = [0, 1].map(|_| MemberId::new(fresh.uuid()));
    let [accepted, open, over] = [0, 1, 2].map(|_| InvitationId::new(fresh.uuid()));
    let preset = preset("credentials").unwrap();
    for (id, name, email) in [(&ada, Some("Ada"), "ada@example.com"), (&bob, None, "bob@example.com")] {
        let user = NewUser {
            id: id.clone(),
            email: email.to_owned(),
            email_key: email.to_owned(),
            display_name: name.map(str::to_owned),
            words: vec![email.to_owned()],
            sort_name: String::new(),
        };
        let account = Some(AccountChange { user: Some(user), ..AccountChange::default() });
        append(db, Command { account, ..Command::of("account.create", None, id.to_string()) }, 0, &mut fresh);
    }
    let created = OrgCreated {
        name: "Acme".to_owned(),
        policy: "credentials".to_owned(),
        policy_hash: preset.hash.to_owned(),
        top_role: "owner".to_owned(),
        plan: "free".to_owned(),
        exclusive: false,
        emails_off: false,
        billed_owner: None,
    };
    let joined = |user: &UserId, role: &str, invitation| MemberJoined {
        user: user.clone(),
        role: role.to_owned(),
        invitation,
        link: None,
        domain: None,
        request: None,
    };
    let invited = |email: &str| InvitationCreated {
        email: email.to_owned(),
        email_key: email.to_owned(),
        role: "viewer".to_owned(),
        invited_by: owner.clone(),
        generation: 1,
        key_id: "k1".to_owned(),
        expires_at: BEGINNING + DAY,
        project: None,
        words: Vec::new(),
    };
    let renamed = OrgRenamed { name: "Acme again".to_owned(), was: "Acme".to_owned() };
    let promoted = RoleChanged { role: "admin".to_owned(), was: "viewer".to_owned() };
    let changes = vec![
        Change::OrgCreated(org.clone(), created),
        Change::MemberJoined(owner.clone(), joined(&ada, "owner", None)),
        Change::InvitationCreated(accepted.clone(), invited("bob@example.com")),
        Change::InvitationCreated(open, invited("cem@example.com")),
        Change::InvitationCreated(over.clone(), invited("dora@example.com")),
        Change::MemberJoined(member.clone(), joined(&bob, "viewer", Some(accepted))),
        Change::MemberRoleChanged(member, promoted),
        Change::InvitationExpired(over, Nothing {}),
        Change::OrgRenamed(org.clone(), renamed),
    ];
    let policy = Some(PolicyDocument { hash: preset.hash.to_owned(), document: preset.document.to_owned() });
    let items = vec![Item::plain(changes)];
    append(db, Command { policy, items, ..Command::of("org.create", Some(org), ada.to_string()) }, 1, &mut fresh);
}

/// The row that the first release's statement would have inserted.
fn append(db: &SqliteDb, command: Command, first_version: i64, fresh: &mut Counter) {
    let sealed: Sealed = command.seal(BEGINNING, fresh);
    let items = sealed.items.as_array().unwrap();
    let events: Vec<&Json> = items.iter().flat_map(|item| item["events"].as_array().unwrap()).collect();
    let text = |value: &dyn ToString| Value::Text(value.to_string());
    let optional = |value: Option<Json>| value.map_or(Value::Null, |value| text(&value));
    let sql = "INSERT INTO append (id, org_id, principal, request_hash, kind, at, premises, outcomes, reply, first_version, events, \
               account, policy) VALUES (?1, ?2, 'p', '0', ?3, ?4, '[]', '[]', 'null', ?5, ?6, ?7, ?8)";
    let org = sealed.org.as_ref().map_or(Value::Null, |org| text(org));
    let values = vec![
        text(&sealed.id),
        org,
        text(&sealed.kind),
        Value::Integer(sealed.at),
        Value::Integer(first_version),
        text(&json!(events)),
        optional(sealed.account),
        optional(sealed.policy),
    ];
    db.run(sql, values).unwrap();
}
