//! One sequence of steps, and what must hold after each.

use std::collections::{BTreeMap, BTreeSet};

use latchkey_domain::command::{Acceptance, Command, Item, Sealed};
use latchkey_domain::event::{Change, Event};
use latchkey_domain::fold::{DomainState, DomainStatus, OrgState};
use latchkey_domain::fresh::Fresh;
use latchkey_domain::invariants;
use latchkey_domain::{InvitationId, LinkId, MemberId, OrgId, OrgName, ProjectId, ProjectName, RoleName};
use latchkey_ops::rebuild;
use latchkey_ops::sqlite::SqliteDb;
use latchkey_store::append::Appended;
use latchkey_store::db::Value;

use crate::forge::forge;
use crate::past::{Heard, VERSIONS_MAX};
use crate::steps::{ADDRESSES, Act, Step, Wished};
use crate::wish::{Decided, KeyWish, LinkWish, ProjectWish, Rules, Wish};
use crate::world::{BEGINNING, World};

/// What a set of cases has to reach to mean anything.
pub(crate) const MUST_HAPPEN: &[&str] = &[
    "org.create appended",
    "org.update appended",
    "org.delete appended",
    "invitation.create appended",
    "invitation.resend appended",
    "invitation.cancel appended",
    "invitation.accept appended",
    "invitation.accept appended late",
    "invitation.accept with a new account appended",
    "invitation.decline appended",
    "invitation.expire appended",
    "invitation.create replacing an expired one appended",
    "member.remove appended",
    "member.leave appended",
    "role.change appended",
    "owner.transfer appended",
    "account.rename appended",
    "departure appended",
    "invitation.create_many appended",
    "invitation.create_many appended late",
    "invite_link.create appended",
    "invite_link.revoke appended",
    "invite_link.join appended",
    "project.create appended",
    "project.rename appended",
    "project.delete appended",
    "project.invite appended",
    "project.leave appended",
    "plan.set appended",
    "policy.set appended",
    "limits.set appended",
    "member.restrict appended",
    "license.assign appended",
    "license.remove appended",
    "webhook.create appended",
    "webhook.update appended",
    "webhook.rotate appended",
    "webhook.test appended",
    "webhook.replay appended",
    "webhook.delete appended",
    "api_key.create appended",
    "api_key.update appended",
    "api_key.rotate appended",
    "api_key.revoke appended",
    "api_key.expire appended",
    "api_key.rotate stale",
    "refused: in already",
    "invitation.expire stale",
    "invitation.cancel stale",
    "invitation.resend stale",
    "member.remove stale",
    "org.delete stale",
    "invitation.create stale",
    "invitation.accept stale",
    "member.leave stale",
    "role.change stale",
    "forged appended",
    "forged stale",
    "refused: last holder of owner",
    "replayed",
    "past compared",
];

/// How often what happened, over all cases.
pub(crate) type Tally = BTreeMap<String, u64>;

pub(crate) struct Run<'a> {
    pub(crate) world: World<SqliteDb>,
    pub(crate) now: i64,
    late: Vec<Late>,
    keys_used: BTreeSet<(String, String)>,
    /// Organizations with events that nobody decided on: what only decisions guarantee does not hold there.
    forged: BTreeSet<OrgId>,
    /// Those of which events contradict the document they name: there, decisions and folds need not agree.
    contradicted: BTreeSet<OrgId>,
    /// The organizations as they were before the last change.
    states: BTreeMap<OrgId, OrgState>,
    /// What the state tables have said so far.
    pub(crate) heard: Heard,
    tally: &'a mut Tally,
}

/// A command that was decided and is still on its way.
struct Late {
    due: usize,
    wish: Wish,
    decided: Command,
    sealed: Sealed,
    principal: String,
    key: Option<String>,
    /// When it was decided.
    at: i64,
}

impl<'a> Run<'a> {
    /// Three people with accounts, and six organizations between them, one of which has two owners, one of which has
    /// rules of its own.
    pub(crate) fn new(tally: &'a mut Tally, rules: String) -> Self {
        let world = World::new(SqliteDb::in_memory().unwrap(), &ADDRESSES);
        let mut run = Self {
            world,
            now: BEGINNING,
            late: Vec::new(),
            keys_used: BTreeSet::new(),
            forged: BTreeSet::new(),
            contradicted: BTreeSet::new(),
            states: BTreeMap::new(),
            heard: Heard::default(),
            tally,
        };
        for who in 0..3 {
            run.world.sign_in(who, BEGINNING).unwrap();
        }
        let [platform, studio, portal] = ["platform", "studio", "portal"].map(Rules::Preset);
        let own = Rules::Own(rules);
        let founded = [(0, Rules::TwoOwners), (1, Rules::AnyOwners), (2, own), (0, platform), (1, studio), (2, portal)];
        let orgs = founded.map(|(who, rules)| {
            let name = OrgName::parse("Acme").unwrap();
            let (org, member) = (OrgId::new(run.world.fresh.uuid()), MemberId::new(run.world.fresh.uuid()));
            run.wish(0, &Wish::CreateOrg { who, org: org.clone(), member, name, rules }, 0, None);
            org
        });
        for (inviter, who, org, role) in [(0, 1, 0, "admin"), (1, 2, 1, "owner"), (1, 0, 1, "admin")] {
            let (invitation, member) =
                (InvitationId::new(run.world.fresh.uuid()), MemberId::new(run.world.fresh.uuid()));
            let (id, email) = (invitation.clone(), run.world.people[who].email.clone());
            let role = RoleName::parse(role).unwrap();
            run.wish(0, &Wish::Invite { who: inviter, org: orgs[org].clone(), id, email, role }, 0, None);
            run.wish(0, &Wish::Accept { who, invitation, member }, 0, None);
        }
        // So few seats that they run out.
        let (org, plan) = (orgs[5].clone(), "starter".to_owned());
        run.wish(0, &Wish::SetPlan { who: None, org, plan, seats: Some(2) }, 0, None);
        run.open_a_project(&orgs[3]);
        for org in [&orgs[1], &orgs[4]] {
            let (org, id) = (org.clone(), LinkId::new(run.world.fresh.uuid()));
            let role = RoleName::parse("admin").unwrap();
            let wish = LinkWish::Create { org, id, role, uses_max: Some(3), domains: Vec::new() };
            run.wish(0, &Wish::Link { who: 1, wish }, 0, None);
        }
        run
    }

    /// A project with somebody in it who is in nothing else of the organization.
    fn open_a_project(&mut self, org: &OrgId) {
        let project = ProjectId::new(self.world.fresh.uuid());
        let (invitation, member) = (InvitationId::new(self.world.fresh.uuid()), MemberId::new(self.world.fresh.uuid()));
        let name = ProjectName::parse("Site").unwrap();
        let (email, role) = (self.world.people[2].email.clone(), RoleName::parse("viewer").unwrap());
        let create = ProjectWish::Create { project: project.clone(), name };
        let invite = ProjectWish::Invite { project, id: invitation.clone(), email, role };
        for wish in [create, invite] {
            self.wish(0, &Wish::Project { who: 0, org: org.clone(), wish }, 0, None);
        }
        self.wish(0, &Wish::Accept { who: 2, invitation, member }, 0, None);
    }

    pub(crate) fn steps(mut self, steps: &[Step]) {
        for (n, step) in steps.iter().enumerate() {
            self.now += step.clock_ms;
            self.deliver(n);
            match &step.act {
                Act::SignIn { who } => {
                    let who = usize::from(*who) % ADDRESSES.len();
                    self.world.sign_in(who, self.now);
                }
                Act::SignOut { who } => self.world.sign_out(usize::from(*who) % ADDRESSES.len(), self.now),
                Act::Crossing { org, who } => self.crossing(n, *org, usize::from(*who) % ADDRESSES.len()),
                Act::Depart { who, meanwhile } => {
                    self.depart(n, usize::from(*who) % ADDRESSES.len(), meanwhile.as_ref());
                }
                Act::Forge { org, changes } => self.forge(*org, changes),
                Act::Wish(wished) => {
                    for copy in 0..step.copies {
                        if let Some(wish) = wished.copy(copy).resolve(&mut self.world, self.now) {
                            // What time does comes from no client, and so without a key.
                            let is_of_time =
                                matches!(wish, Wish::Expire { .. } | Wish::Key { wish: KeyWish::Expire { .. }, .. });
                            let key = step.key.filter(|_| !is_of_time);
                            let key = key.map(|key| format!("key {key}"));
                            self.wish(n, &wish, step.delay, key);
                        }
                    }
                }
            }
            self.check();
        }
        self.deliver(usize::MAX);
        self.check();
        self.check_rebuild();
        *self.tally.entry("past compared".to_owned()).or_default() += self.heard.compare(&self.world, VERSIONS_MAX);
    }

    fn wish(&mut self, n: usize, wish: &Wish, delay: usize, key: Option<String>) {
        let (decided, principal) = match self.world.decide(wish, self.now, key.as_deref()) {
            Decided::Change(decided, principal) => (*decided, principal),
            Decided::Replayed => return self.count("replayed".to_owned()),
            Decided::Refused(why) => return self.count(format!("refused: {why}")),
        };
        let sealed = self.world.seal(decided.clone(), self.now);
        let late = Late { due: n + delay, wish: wish.clone(), decided, sealed, principal, key, at: self.now };
        if delay > 0 {
            return self.late.push(late);
        }
        // What was decided on the facts as they are cannot be stale: a judgement stricter than the decision would send
        // its request round and round.
        let kind = late.decided.kind;
        let appended = self.append(&late);
        if late.decided.org.as_ref().is_some_and(|org| self.contradicted.contains(org)) {
            return;
        }
        let all = matches!(&appended, Appended::At { outcomes, .. } if outcomes.iter().all(|it| it == "accepted"));
        assert!(all, "{kind} is stale at once: {appended:?}, {late:?}", late = late.wish);
        self.count(format!("{kind} appended"));
        if late.decided.account.as_ref().is_some_and(|account| account.user.is_some()) {
            self.count(format!("{kind} with a new account appended"));
        }
        if late.decided.items.iter().any(|item| {
            matches!(item.changes.as_slice(), [Change::InvitationExpired(..), Change::InvitationCreated(..)])
        }) {
            self.count(format!("{kind} replacing an expired one appended"));
        }
    }

    fn depart(&mut self, n: usize, who: usize, meanwhile: Option<&Wished>) {
        let (commands, principal) = match self.world.decide_departure(who, self.now) {
            Ok(decided) => decided,
            Err(refusal) => return self.count(format!("departure refused: {refusal}")),
        };
        let orgs: BTreeSet<OrgId> = commands.iter().filter_map(|command| command.org.clone()).collect();
        let sealed: Vec<Sealed> = commands.into_iter().map(|command| self.world.seal(command, self.now)).collect();
        if let Some(wish) = meanwhile.and_then(|wished| wished.resolve(&mut self.world, self.now)) {
            self.wish(n, &wish, 0, None);
        }
        let appended = self.world.append_several(&sealed, &principal);
        assert!(meanwhile.is_some() || matches!(appended, Appended::At { .. }), "a departure is stale at once: {who}");
        if appended != Appended::Stale {
            orgs.iter().for_each(|org| self.check_invariants(org));
            let open = "SELECT (SELECT count(*) FROM member m JOIN user u ON u.id = m.user_id WHERE m.status = 'active' \
                        AND u.deleted_at IS NOT NULL) + (SELECT count(*) FROM session s JOIN user u ON u.id = s.user_id \
                        WHERE u.deleted_at IS NOT NULL)";
            assert_eq!(self.world.number(open), 0, "somebody who is gone is still there");
        }
        self.count(format!("departure {}", if appended == Appended::Stale { "stale" } else { "appended" }));
    }

    fn crossing(&mut self, n: usize, org: u8, who: usize) {
        let Some(org) = self.world.some_org(org) else { return };
        let inviter = self.world.someone_in(&org, 0);
        self.world.sign_in(who, self.now);
        let mut invite = |delay| {
            let (id, email) = (InvitationId::new(self.world.fresh.uuid()), self.world.people[who].email.clone());
            let role = RoleName::parse(&self.world.rules_of(&org).roles().last().unwrap().name).unwrap();
            self.wish(n, &Wish::Invite { who: inviter, org: org.clone(), id: id.clone(), email, role }, delay, None);
            id
        };
        invite(1);
        let invitation = invite(0);
        let member = MemberId::new(self.world.fresh.uuid());
        self.wish(n, &Wish::Accept { who, invitation, member }, 0, None);
    }

    /// Appends what is due. A command that rests on old facts may only pass if it would be decided the same way now.
    fn deliver(&mut self, n: usize) {
        let (due, later) = std::mem::take(&mut self.late).into_iter().partition(|late: &Late| late.due <= n);
        self.late = later;
        for late in due {
            let again = self.world.decide(&late.wish, late.at, late.key.as_deref());
            let kind = late.decided.kind;
            match self.append(&late) {
                Appended::Stale => self.count(format!("{kind} stale")),
                Appended::At { outcomes, .. } => {
                    self.count(format!("{kind} appended late"));
                    let Decided::Change(again, _) = again else {
                        panic!("{kind} was appended, though now it would be {again:?}: {:?}", late.wish);
                    };
                    let now: Vec<&Change> = again.items.iter().flat_map(|item| &item.changes).collect();
                    let accepted = late.decided.items.iter().zip(&outcomes).filter(|(_, it)| *it == "accepted");
                    let then: Vec<&Change> = accepted.flat_map(|(item, _)| &item.changes).collect();
                    // Of a batch, what there is room for now may be more than there was, under other identifiers.
                    let is_batch = late.decided.limits.acceptance == Acceptance::Each;
                    let invites = |changes: &[&Change]| -> BTreeSet<String> {
                        let invited = changes.iter().filter_map(|change| match change {
                            Change::InvitationCreated(_, created) => Some(created.email_key.clone()),
                            _ => None,
                        });
                        invited.collect()
                    };
                    let agrees = if is_batch { invites(&then).is_subset(&invites(&now)) } else { then == now };
                    assert!(agrees, "{kind} was appended, though now it would differ: {then:?}, {now:?}");
                }
            }
            self.check();
        }
    }

    fn append(&mut self, late: &Late) -> Appended {
        let version_before = late.decided.org.as_ref().map(|org| self.version(org));
        let appended = self.world.append(&late.sealed, &late.principal, late.key.as_deref());
        let Appended::At { version, outcomes } = &appended else { return appended };
        if let Some(org) = &late.decided.org {
            self.check_invariants(org);
        }
        if let Some(before) = version_before {
            let accepted = late.decided.items.iter().zip(outcomes).filter(|(_, outcome)| *outcome == "accepted");
            let events: usize = accepted.map(|(item, _)| item.changes.len()).sum();
            assert_eq!(*version, before + events as u64, "versions have a gap");
        }
        if let Some(key) = &late.key {
            assert!(self.keys_used.insert((late.principal.clone(), key.clone())), "a key made two changes");
        }
        if let Some(session) = late.decided.account.as_ref().and_then(|account| account.session.as_ref()) {
            let sql = "SELECT email_key FROM user WHERE id = ?1";
            let email_key = self.world.rows(sql, vec![Value::Text(session.user_id.to_string())]).remove(0).remove(0);
            let person = self.world.people.iter_mut().find(|p| Value::Text(p.email.key().to_owned()) == email_key);
            // Whoever opens a mail to an address that is nobody's here is of no further interest.
            if let Some(person) = person {
                person.token_hash.clone_from(&session.token_hash);
            }
        }
        appended
    }

    /// Appends events without a decision: the triggers must take exactly what the pure fold takes.
    pub(crate) fn forge(&mut self, org: u8, forgeries: &[(u8, u8)]) {
        let Some(org) = self.world.some_org(org) else { return };
        let Some(changes) = forge(&mut self.world, &org, forgeries, self.now) else { return };
        let mut state = self.world.folded(&org);
        let is_verified = |it: &&DomainState| it.status == DomainStatus::Verified;
        let others = self.states.iter().filter(|(id, _)| **id != org).flat_map(|(_, state)| state.domains.values());
        let theirs: BTreeSet<String> = others.filter(is_verified).map(|it| it.domain.clone()).collect();
        let mut is_held = false;
        let fits = changes.iter().try_for_each(|change| {
            let (version, effective_at) = (state.version + 1, state.effective_at.max(self.now));
            state.apply(&Event { version, effective_at, change: change.clone() })?;
            // That a domain is another organization's, no log says by itself: an index does.
            is_held |= state.domains.values().filter(is_verified).any(|it| theirs.contains(&it.domain));
            Ok::<(), latchkey_domain::fold::Misfit>(())
        });
        let command = Command {
            premises: Vec::new(),
            items: vec![Item::plain(changes.clone())],
            ..Command::of("forged", Some(org.clone()), "nobody".to_owned())
        };
        let sealed = self.world.seal(command, self.now);
        let appended = self.world.append(&sealed, "nobody", None);
        let taken = matches!(appended, Appended::At { .. });
        if taken {
            self.forged.insert(org.clone());
            let rules = self.world.rules_of(&org);
            if changes.iter().any(|c| matches!(c, Change::PolicyChanged(_, c) if c.top_role != rules.top_role_name())) {
                self.contradicted.insert(org.clone());
            }
            self.check_invariants(&org);
        }
        // That somebody is in another exclusive organization, no log says by itself: an index does.
        let others = self.states.iter().filter(|(id, _)| **id != org).map(|(_, state)| state);
        let elsewhere = !invariants::in_two_exclusive_organizations(others.chain([&state])).is_empty();
        assert_eq!(
            taken,
            fits.is_ok() && !elsewhere && !is_held,
            "the triggers and the pure fold disagree on {changes:?}: {fits:?}"
        );
        self.count(format!("forged {}", if taken { "appended" } else { "stale" }));
    }

    /// What no change may break, for the organization that has just changed.
    fn check_invariants(&mut self, org: &OrgId) {
        let after = self.world.folded(org);
        let before = self.states.insert(org.clone(), after.clone()).unwrap_or_default();
        if !self.forged.contains(org) {
            let broken = invariants::broken(&before, &after, &self.world.rules_of(org));
            assert_eq!(broken, Vec::<String>::new(), "{org}");
        }
        assert_eq!(invariants::in_two_exclusive_organizations(self.states.values()), []);
        assert_eq!(invariants::verified_twice(self.states.values()), Vec::<&str>::new());
    }

    fn check(&mut self) {
        self.heard.listen(&self.world);
        let differences = rebuild::fold_differs(&self.world.db).unwrap();
        assert_eq!(differences.count, 0, "state and log differ: {differences:#?}");
        let headless = "SELECT count(*) FROM org WHERE status = 'active' AND (SELECT count(*) FROM member m \
                        WHERE m.org_id = org.id AND m.status = 'active' AND m.role = org.top_role) < 1";
        assert_eq!(self.world.number(headless), 0, "an organization has lost its last owner");
    }

    /// A copy in a file, folded again by the triggers.
    fn check_rebuild(&self) {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("copy.db");
        self.world.rows("VACUUM INTO ?1", vec![Value::Text(file.to_str().unwrap().to_owned())]);
        let report = rebuild::check(&file).unwrap();
        assert!(report.is_equal(), "{report:#?}");
    }

    fn version(&self, org: &OrgId) -> u64 {
        let rows = self.world.rows("SELECT version FROM org WHERE id = ?1", vec![Value::Text(org.to_string())]);
        match rows.first().map(Vec::as_slice) {
            Some([Value::Integer(version)]) => u64::try_from(*version).unwrap(),
            _ => 0,
        }
    }

    fn count(&mut self, what: String) {
        *self.tally.entry(what).or_default() += 1;
    }
}
