//! Two organizations in one database, a small and a large one, made through the same INSERT as everything else.

use latchkey_domain::command::{Command, Item};
use latchkey_domain::event::{Change, InvitationCreated, MemberJoined, Nothing, OrgCreated, ProjectCreated};
use latchkey_domain::fresh::Fresh;
use latchkey_domain::policy::preset;
use latchkey_domain::{Email, InvitationId, MemberId, OrgId, ProjectId, UserId, search};
use latchkey_ops::finish;
use latchkey_store::append::{self, Appended, Request};
use latchkey_store::db::Value;
use serde_json::json;

use crate::meter::Meter;
use crate::world::{BEGINNING, DAY, World};

/// How much there is in an organization.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Size {
    pub(crate) members: usize,
    pub(crate) pending: usize,
    /// Open invitations whose time is over.
    pub(crate) overdue: usize,
    pub(crate) projects: usize,
}

pub(crate) const SMALL: Size = Size { members: 100, pending: 10, overdue: 1000, projects: 5 };
pub(crate) const LARGE: Size = Size { members: 10_000, pending: 1_000, overdue: 1000, projects: 100 };

/// Where a search finds as many in the small organization as in the large one.
pub(crate) const RARE: &str = "zuzanna";

const AT_ONCE: usize = 500;
const FIRST: [&str; 20] = [
    "Ada", "Bob", "Cem", "Dora", "Eve", "Fay", "Gus", "Hal", "Ida", "Jan", "Kim", "Lea", "Max", "Nia", "Oto", "Pia",
    "Quin", "Rosa", "Sam", "Tom",
];
const LAST: [&str; 20] = [
    "Adler", "Brand", "Curie", "Darwin", "Euler", "Frank", "Gauss", "Hopper", "Ising", "Jung", "Kepler", "Lovelace",
    "Meitner", "Noether", "Ohm", "Planck", "Quine", "Ritter", "Shannon", "Turing",
];

/// The organization, owned by the world's first person, with seats that the large one would fill.
pub(crate) fn found(world: &mut World<Meter>, policy: &str, size: Size) -> OrgId {
    let org = OrgId::new(world.fresh.uuid());
    let owner = MemberId::new(world.fresh.uuid());
    let user = owner_of(world);
    let preset = preset(policy).unwrap();
    let rules = latchkey_domain::policy::load(preset.hash, None).unwrap();
    let created = OrgCreated {
        name: format!("{} members", size.members),
        policy: policy.to_owned(),
        policy_hash: preset.hash.to_owned(),
        top_role: rules.top_role_name().to_owned(),
        plan: rules.first_plan_name().to_owned(),
        exclusive: false,
        emails_off: false,
        billed_owner: None,
    };
    let joined = |user: UserId, role: &str| MemberJoined::founding(user, role.to_owned());
    world.db.batch(&format!(
        "INSERT OR IGNORE INTO policy (hash, document) VALUES ('{}', '{}')",
        preset.hash,
        preset.document.replace('\'', "''")
    ));
    let top = created.top_role.clone();
    let beginning =
        vec![Change::OrgCreated(org.clone(), created), Change::MemberJoined(owner.clone(), joined(user, &top))];
    write(world, &org, beginning);
    let low = rules.roles().last().unwrap().name.clone();
    let users = people(world, size.members - 1);
    let mut changes = Vec::new();
    for (n, user) in users.into_iter().enumerate() {
        let member = MemberId::new(world.fresh.uuid());
        let role = if n.is_multiple_of(50) { &rules.roles()[1].name } else { &low };
        changes.push(Change::MemberJoined(member.clone(), joined(user, role)));
        if n.is_multiple_of(4) {
            changes.push(Change::LicenseAssigned(member, Nothing {}));
        }
    }
    for n in 0..size.pending + size.overdue {
        let email = Email::parse(&format!("guest{n}.of{}@example.net", size.members)).unwrap();
        let expires_at = if n < size.pending { BEGINNING + 7 * DAY } else { BEGINNING - DAY };
        let created = InvitationCreated {
            email: email.typed().to_owned(),
            email_key: email.key().to_owned(),
            role: low.clone(),
            invited_by: owner.clone(),
            generation: 1,
            key_id: "k1".to_owned(),
            expires_at,
            project: None,
            words: search::words(None, email.key()),
        };
        changes.push(Change::InvitationCreated(InvitationId::new(world.fresh.uuid()), created));
    }
    for n in 0..size.projects {
        let created = ProjectCreated { name: format!("Project {n}") };
        changes.push(Change::ProjectCreated(ProjectId::new(world.fresh.uuid()), created));
    }
    changes.chunks(AT_ONCE).for_each(|changes| write(world, &org, changes.to_vec()));
    org
}

fn owner_of(world: &World<Meter>) -> UserId {
    let key = world.people[0].email.key().to_owned();
    let rows = world.rows("SELECT id FROM user WHERE email_key = ?1", vec![Value::Text(key)]);
    let [Value::Text(id)] = rows[0].as_slice() else { panic!("{rows:?}") };
    UserId::parse(id).unwrap()
}

/// Accounts with names; the last of them has the rare one.
fn people(world: &mut World<Meter>, count: usize) -> Vec<UserId> {
    let mut users = Vec::new();
    for chunk in 0..count.div_ceil(AT_ONCE) {
        let mut rows = Vec::new();
        for n in chunk * AT_ONCE..count.min((chunk + 1) * AT_ONCE) {
            let id = UserId::new(world.fresh.uuid());
            let first = if n + 1 == count { RARE } else { FIRST[n % FIRST.len()] };
            let name = format!("{first} {} {n}", LAST[n / FIRST.len() % LAST.len()]);
            let email = format!("{}.{}@example.com", first.to_lowercase(), id.as_str());
            rows.push(json!({
                "id": id, "email": email, "name": name, "words": search::words(Some(&name), &email),
                "sort_name": search::sort_name(Some(&name), &email),
            }));
            users.push(id);
        }
        let sql = "INSERT INTO user (id, email, email_key, display_name, words, sort_name, created_at) \
                   SELECT value ->> 'id', value ->> 'email', value ->> 'email', value ->> 'name', value -> 'words', \
                   value ->> 'sort_name', ?2 FROM json_each(?1)";
        world.rows(sql, vec![Value::Text(json!(rows).to_string()), Value::Integer(BEGINNING)]);
    }
    users
}

pub(crate) fn write(world: &mut World<Meter>, org: &OrgId, changes: Vec<Change>) {
    let command =
        Command { items: vec![Item::plain(changes)], ..Command::of("found", Some(org.clone()), "system".to_owned()) };
    let sealed = world.seal(command, BEGINNING);
    let request = Request { principal: "system", idempotency_key: None, request_hash: "0", client: None };
    let appended = finish(append::append(&world.db, &sealed, &request, &json!(null)));
    assert!(matches!(appended, Ok(Appended::At { .. })), "{appended:?}");
}
