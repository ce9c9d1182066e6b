//! The past, asked of the store, against what the state tables said then and what the pure fold of the log until then says.

use std::collections::BTreeMap;

use latchkey_domain::event::Event;
use latchkey_domain::facts::{MemberFacts, OrgFacts, Past};
use latchkey_domain::fold::{KeyState, KeyStatus, MemberStatus, OrgState};
use latchkey_domain::policy::preset;
use latchkey_domain::{EventId, MemberId, OrgId};
use latchkey_ops::finish;
use latchkey_ops::sqlite::SqliteDb;
use latchkey_store::access::{KeyAccess, MemberAccess};
use latchkey_store::context::Ask;
use latchkey_store::db::Value;
use latchkey_store::history::{self, Lines, Moment};
use latchkey_store::member::{self, Entry, Line, Listed, Order};

use crate::run::Run;
use crate::world::{SECOND, World};

/// Enough for the counters to be kept several times.
const EVENTS: usize = 260;
/// More than any organization here ever has.
const ALL: i64 = 1000;
/// Of every log of a random sequence: each takes several statements for each of its people.
pub(crate) const VERSIONS_MAX: usize = 5;

/// What the state tables said of an organization right after a version.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Said {
    /// `None` once it is deleted.
    org: Option<OrgFacts>,
    roster: Vec<Line>,
}

/// What they said, by organization and version.
#[derive(Default)]
pub(crate) struct Heard(BTreeMap<OrgId, BTreeMap<u64, Said>>);

impl Heard {
    /// Takes down what the tables say of every organization that has changed since.
    pub(crate) fn listen(&mut self, world: &World<SqliteDb>) {
        for row in world.rows("SELECT id, version FROM org", Vec::new()) {
            let [Value::Text(id), Value::Integer(version)] = row.as_slice() else { panic!("{row:?}") };
            let (org, version) = (OrgId::parse(id).unwrap(), u64::try_from(*version).unwrap());
            let heard = self.0.entry(org.clone()).or_default();
            heard.entry(version).or_insert_with(|| said(world, &org));
        }
    }

    /// Asks for the past of every organization, at so many versions of each log, and compares. Answers how many there were.
    pub(crate) fn compare(&self, world: &World<SqliteDb>, versions_max: usize) -> u64 {
        let mut looked_at = 0;
        for (org, heard) in &self.0 {
            let log = world.log(org);
            for version in versions(log.len(), versions_max) {
                compare(world, org, &log, version, heard.get(&(version as u64)));
                looked_at += 1;
            }
            let beginning = log[0].effective_at;
            let before = finish(history::org(&world.db, &nobody(), org, Moment::at(beginning - 1))).unwrap();
            assert!(before.facts.is_none(), "{org} was there before it began");
        }
        looked_at
    }
}

/// Evenly spread; the last one among them.
fn versions(events: usize, max: usize) -> impl Iterator<Item = usize> {
    let step = events.div_ceil(max).max(1);
    (1..=events).rev().step_by(step)
}

/// The counters of an organization are kept now and then only, and found again from those and what came after. So this needs
/// a log longer than the sequences of the model: of events that nobody decided on, by clocks that run forwards and backwards.
#[test]
fn a_long_log_is_told_at_each_of_its_versions() {
    let mut tally = BTreeMap::new();
    let mut run = Run::new(&mut tally, preset("platform").unwrap().document.replacen("platform", "own", 1));
    let org = run.world.some_org(0).unwrap();
    let mut dice = 1_u64;
    let mut roll = |sides: u64| {
        dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (dice >> 33) % sides
    };
    while run.world.log(&org).len() < EVENTS {
        // Anything but another beginning, and the end.
        let kind = [0, 3, 3, 3, 4, 5, 6, 6, 6][usize::try_from(roll(9)).unwrap()];
        let kind = if roll(3) == 0 { kind } else { u8::try_from(7 + roll(26)).unwrap() };
        run.now += SECOND * (i64::try_from(roll(5)).unwrap() - 1);
        run.forge(0, &[(kind, u8::try_from(roll(256)).unwrap())]);
        run.heard.listen(&run.world);
    }
    let (kept, told) = (run.world.number("SELECT count(*) FROM org_count"), run.heard.compare(&run.world, EVENTS));
    assert!(kept >= 3 && told >= EVENTS as u64, "{kept} {told}");
}

fn compare(world: &World<SqliteDb>, org: &OrgId, log: &[Event], version: usize, said: Option<&Said>) {
    let state = OrgState::of(&log[..version]).unwrap();
    let at = log[version - 1].effective_at;
    // What is asked by the time alone is answered by the last of several versions of one moment.
    let last = log.iter().rev().find(|event| event.effective_at <= at).unwrap().version;
    let by_time = finish(history::org(&world.db, &nobody(), org, Moment::at(at))).unwrap().facts.unwrap();
    assert_eq!((by_time.org.version, by_time.org.effective_at), (last, at), "{org}");

    let then = Moment { at, version_max: Some(version as u64) };
    let past = finish(history::org(&world.db, &nobody(), org, then)).unwrap().facts.unwrap();
    compare_org(&past.org, &state);
    let full = roster(world, org, then, Asked::default());
    compare_roster(&full, &state);
    if let Some(said) = said {
        assert_eq!(said.roster, full, "{org} at {version}");
        if let Some(present) = &said.org {
            assert_eq!(
                *present,
                OrgFacts {
                    policy_document: present.policy_document.clone(),
                    activity_retention_days: present.activity_retention_days,
                    reauth_after_s: present.reauth_after_s,
                    ..past.org
                },
                "{org} at {version}"
            );
        }
    }
    compare_parts(world, org, then, &full);
    for id in state.members.keys() {
        compare_member(world, org, then, id, &state);
    }
    // Whoever comes later is not there yet.
    for event in &log[version..] {
        if let latchkey_domain::event::Change::MemberJoined(id, _) = &event.change {
            assert_eq!(one(world, org, then, id).facts, None, "{id} at {version}");
        }
    }
}

/// The numbers of top role holders and how long activity is kept are not told of the past, and nothing is decided there.
fn compare_org(then: &OrgFacts, state: &OrgState) {
    let counts = state.counts();
    let by_fold = OrgFacts {
        id: then.id.clone(),
        name: state.name.clone(),
        policy: state.policy.clone(),
        policy_hash: state.policy_hash.clone(),
        policy_document: then.policy_document.clone(),
        plan: state.plan.clone(),
        rev: 0,
        version: state.version,
        effective_at: state.effective_at,
        created_at: then.created_at,
        member_count: counts.members,
        pending_count: counts.pending,
        top_member_count: 0,
        top_pending_count: 0,
        license_count: counts.licenses,
        project_count: counts.projects,
        key_count: counts.keys,
        seats: state.seats,
        upgrade_url: state.upgrade_url.clone(),
        exclusive: state.exclusive,
        billed_member: state.billed_owner.clone(),
        email_notifications: state.email_notifications,
        auto_join_role: state.auto_join_role.clone(),
        activity_retention_days: then.activity_retention_days,
        reauth_after_s: state.reauth_after_s,
        limits: state.limits.clone(),
    };
    let counts_of_the_deleted = OrgFacts { member_count: 0, ..by_fold.clone() };
    assert_eq!(*then, if state.deleted_at.is_some() { counts_of_the_deleted } else { by_fold });
    let rules = then.rules().unwrap();
    assert!(rules.role(&state.top_role).is_some() || rules.top_role_name() != state.top_role);
}

fn compare_roster(lines: &[Line], state: &OrgState) {
    let mut by_fold = BTreeMap::new();
    for (id, it) in state.members.iter().filter(|(_, it)| it.status == MemberStatus::Active) {
        let what = format!("{id} {} {} {} {:?} {}", it.user, it.role, it.licensed, it.limits, it.joined_at);
        by_fold.insert(it.joined_version, what);
    }
    for (id, it) in state.invitations.iter().filter(|(_, it)| it.is_pending() && it.project.is_none()) {
        let sent = format!("{} {} {} {}", it.generation, it.key_id, it.sent_at, it.expires_at);
        by_fold.insert(it.invited_version, format!("{id} {} {} {} {sent}", it.email, it.role, it.invited_by));
    }
    let told = |line: &Line| match &line.entry {
        Entry::Member(it) => {
            assert!(it.is_active() && it.ended_at.is_none());
            format!("{} {} {} {} {:?} {}", it.id, it.user, it.role, it.licensed, it.limits, it.joined_at)
        }
        Entry::Invitation(it) => {
            let sent = format!("{} {} {} {}", it.generation, it.key_id, it.sent_at, it.expires_at);
            assert!(it.is_pending());
            format!("{} {} {} {} {sent}", it.id, it.email, it.role, it.invited_by)
        }
    };
    let told: Vec<(u64, String)> = lines.iter().map(|line| (line.place, told(line))).collect();
    assert_eq!(told, by_fold.into_iter().collect::<Vec<_>>());
}

/// Each filter leaves of the whole list what it should, and pages add up to it.
fn compare_parts(world: &World<SqliteDb>, org: &OrgId, then: Moment, full: &[Line]) {
    let role = |line: &Line| match &line.entry {
        Entry::Member(it) => it.role.clone(),
        Entry::Invitation(it) => it.role.clone(),
    };
    let is_member = |line: &Line| matches!(line.entry, Entry::Member(_));
    let licensed = |line: &Line, wanted| matches!(&line.entry, Entry::Member(it) if it.licensed == wanted);
    let part = |keep: &dyn Fn(&Line) -> bool| full.iter().filter(|line| keep(line)).cloned().collect::<Vec<_>>();
    let ask = |asked| roster(world, org, then, asked);
    let some_role = full.last().map_or_else(|| "nobody".to_owned(), role);
    let of_role = |line: &Line| role(line) == some_role;
    let some_role = Some(some_role.as_str());
    assert_eq!(ask(Asked { page: 2, ..Asked::default() }), full);
    assert_eq!(ask(Asked { listed: Listed::Active, ..Asked::default() }), part(&is_member));
    assert_eq!(ask(Asked { listed: Listed::Pending, ..Asked::default() }), part(&|line| !is_member(line)));
    assert_eq!(ask(Asked { role: some_role, page: 1, ..Asked::default() }), part(&of_role));
    let members = Asked { listed: Listed::Active, role: some_role, ..Asked::default() };
    assert_eq!(ask(members), part(&|line| is_member(line) && of_role(line)));
    let pending = Asked { listed: Listed::Pending, role: some_role, ..Asked::default() };
    assert_eq!(ask(pending), part(&|line| !is_member(line) && of_role(line)));
    for wanted in [true, false] {
        let asked = Asked { licensed: Some(wanted), ..Asked::default() };
        assert_eq!(ask(asked), part(&|line| licensed(line, wanted)));
    }
}

fn compare_member(world: &World<SqliteDb>, org: &OrgId, then: Moment, id: &MemberId, state: &OrgState) {
    let past = one(world, org, then, id);
    let told = past.facts.unwrap();
    let it = &state.members[id];
    let by_fold = (&it.user, &it.role, it.status.as_str(), it.licensed, &it.limits, it.joined_at, it.ended_at);
    let MemberFacts { user, role, status, licensed, limits, joined_at, ended_at, .. } = &told.member;
    assert_eq!((user, role, status.as_str(), *licensed, limits, *joined_at, *ended_at), by_fold, "{id}");
    assert_eq!(told.member.restrictions, it.restrictions, "{id}");
    assert!(told.events.restrictions.is_some() || it.restrictions.is_empty(), "{id}");
    let says = |event: Option<EventId>, what| world.event_says(&event.unwrap().to_string(), what);
    assert_eq!(says(told.events.member, "role").as_deref(), Some(it.role.as_str()));
    assert_eq!(says(told.events.policy, "policy_hash").as_deref(), Some(state.policy_hash.as_str()));
    let of_person =
        |it: &&latchkey_domain::fold::ProjectMemberState| it.user == *user && it.status == MemberStatus::Active;
    let mut guest: Vec<_> = state.project_members.iter().filter(|(_, it)| of_person(it)).collect();
    guest.sort_by_key(|(_, it)| std::cmp::Reverse(it.joined_version));
    let guest: Vec<_> = guest.iter().map(|(id, it)| (*id, &it.project, &it.role)).collect();
    assert_eq!(told.guests.iter().map(|it| (&it.id, &it.project, &it.role)).collect::<Vec<_>>(), guest, "{id}");
    for it in &told.guests {
        assert_eq!(says(Some(it.event.clone()), "role").as_deref(), Some(it.role.as_str()));
    }
    compare_keys(&told.keys, id, then.at, state);
}

/// The keys that the member held, and what each of them could do.
fn compare_keys(told: &[KeyAccess], holder: &MemberId, at: i64, state: &OrgState) {
    let is_held = |key: &KeyState| {
        key.status == KeyStatus::Active
            && key.kept.is_none()
            && key.member == *holder
            && key.expires_at.is_none_or(|it| it > at)
    };
    let mut keys: Vec<_> = state.keys.iter().filter(|(_, key)| is_held(key)).collect();
    keys.sort_by_key(|(_, key)| std::cmp::Reverse(key.created_version));
    let keys: Vec<_> =
        keys.iter().map(|(id, it)| (*id, &it.name, &it.scopes, it.project.as_ref(), it.expires_at)).collect();
    let told: Vec<_> =
        told.iter().map(|it| (&it.id, &it.name, &it.power.scopes, it.project.as_ref(), it.expires_at)).collect();
    assert_eq!(told, keys, "{holder}");
}

fn one(world: &World<SqliteDb>, org: &OrgId, then: Moment, id: &MemberId) -> Past<Option<MemberAccess>> {
    finish(history::member(&world.db, &nobody(), org, then, id, ALL)).unwrap().facts.unwrap()
}

/// A part of the roster, and how many lines a page has.
#[derive(Clone, Copy)]
struct Asked<'a> {
    listed: Listed,
    role: Option<&'a str>,
    licensed: Option<bool>,
    page: usize,
}

impl Default for Asked<'_> {
    fn default() -> Self {
        Self { listed: Listed::ActiveAndPending, role: None, licensed: None, page: usize::try_from(ALL).unwrap() }
    }
}

/// All pages of it, one after the other.
fn roster(world: &World<SqliteDb>, org: &OrgId, then: Moment, asked: Asked<'_>) -> Vec<Line> {
    let Asked { listed, role, licensed, page } = asked;
    let (mut all, mut after) = (Vec::new(), 0);
    loop {
        let rows_max = i64::try_from(page).unwrap() + 1;
        let list = history::List { listed, role, licensed, after, rows_max };
        let past = finish(history::list(&world.db, &nobody(), org, then, &list)).unwrap().facts.unwrap();
        let Lines { mut lines, until } = past.facts;
        let is_full = lines.len() > page;
        lines.truncate(page);
        after = if is_full { lines.last().unwrap().place } else { until };
        all.extend(lines.into_iter().map(plain));
        if !is_full && until >= past.org.version {
            return all;
        }
    }
}

fn said(world: &World<SqliteDb>, org: &OrgId) -> Said {
    let list = member::List {
        listed: Listed::ActiveAndPending,
        role: None,
        licensed: None,
        order: Order::Joined { after: 0 },
        rows_max: ALL,
    };
    let context = finish(member::list(&world.db, &nobody(), org, &list)).unwrap();
    let of_today = |org: OrgFacts| OrgFacts { rev: 0, top_member_count: 0, top_pending_count: 0, ..org };
    Said { org: context.org.map(of_today), roster: context.facts.into_iter().map(plain).collect() }
}

/// A line without what the log does not tell, or tells of today.
fn plain(mut line: Line) -> Line {
    match &mut line.entry {
        Entry::Member(it) => {
            (it.rev, it.display_name, it.personal_tier, it.last_active_at, it.came_by) = (0, None, None, None, None);
            it.email.clear();
        }
        Entry::Invitation(it) => it.rev = 0,
    }
    line
}

/// The store answers whoever asks: the rights are looked at by those who call it.
fn nobody() -> Ask<'static> {
    Ask { token_hash: "", now: 0, idempotency_key: None }
}
