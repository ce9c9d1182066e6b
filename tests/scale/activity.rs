//! The audit list: a page of it costs what it costs where there is a hundredth of everything.

use latchkey_domain::OrgId;
use latchkey_ops::finish;
use latchkey_store::audit::{self, Filter, List, Order, Place, Scope, Wanted};
use latchkey_store::context::Ask;

use crate::meter::Meter;
use crate::town::{LARGE, RARE, SMALL, found};
use crate::world::{BEGINNING, World};
use crate::{ROUNDS, STEPS_RATIO_MAX, told};

/// How much activity there is; a million in the large one with LATCHKEY_ACTIVITY_ROWS=1000000.
const FEW: i64 = 1_000;
const MANY: i64 = 100_000;

/// So many of each organization's rows are of a rare type, by a rare actor, and so on.
const RARE_ROWS: i64 = 100;

fn seed(db: &Meter, org: &OrgId, rows: i64) {
    let (at, every) = (BEGINNING - rows, rows / RARE_ROWS);
    db.batch(&format!(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {rows})
         INSERT INTO activity (org_id, at, id, type, actor, member_id, target, project_id, data, received_at)
         SELECT '{org}', {at} + i, printf('act_%032x', i), iif(i % {every} = 0, 'rare', 'common'), iif(i % {every} = 1, 'key_rare', 'operator'),
                iif(i % {every} = 2, (SELECT member_id FROM person_word WHERE org_id = '{org}' AND word >= '{RARE}' AND word < '{RARE}~'), NULL),
                iif(i % {every} = 3, 'rare', 'common'), iif(i % {every} = 4, 'prj_rare', 'prj_common'), '{{\"n\": 1}}', {BEGINNING}
         FROM n"
    ));
}

#[test]
fn a_page_of_the_audit_list_costs_the_same_however_much_there_is() {
    let directory = tempfile::tempdir().unwrap();
    let mut world = World::new(Meter::open(&directory.path().join("town.db")), &["ada@example.com"]);
    world.sign_in(0, BEGINNING).unwrap();
    let many = std::env::var("LATCHKEY_ACTIVITY_ROWS").map_or(MANY, |rows| rows.parse().unwrap());
    let orgs = [(SMALL, FEW), (LARGE, many)].map(|(size, rows)| {
        let org = found(&mut world, "studio", size);
        seed(&world.db, &org, rows);
        (org, rows)
    });
    let token_hash = world.people[0].token_hash.clone();
    let ask = Ask { token_hash: &token_hash, now: BEGINNING, idempotency_key: None };
    let all = Filter::default();
    let activity = Filter { wanted: Wanted::Activity, ..all };
    let lists = [
        ("everything", all),
        ("events", Filter { wanted: Wanted::Events, ..all }),
        ("activity", activity),
        ("of the common type", Filter { kind: Some("common"), ..all }),
        ("of a rare type", Filter { kind: Some("rare"), ..all }),
        ("of a type of events", Filter { kind: Some("member.joined"), ..all }),
        ("by the common actor", Filter { actor: Some("operator"), ..all }),
        ("by a rare actor", Filter { actor: Some("key_rare"), ..all }),
        ("about the common target", Filter { target: Some("common"), ..all }),
        ("about a rare target", Filter { target: Some("rare"), ..all }),
        ("of the common project", Filter { project: Some("prj_common"), ..all }),
        ("of a rare project", Filter { project: Some("prj_rare"), ..all }),
        ("of a name", Filter { search: Some(RARE), ..activity }),
        ("of a period", Filter { since: Some(BEGINNING - 800), until: Some(BEGINNING - 300), ..activity }),
    ];
    for (name, filter) in lists {
        for (order, way) in [(Order::NewestFirst, "newest"), (Order::OldestFirst, "oldest")] {
            for from in ["first", "middle"] {
                let costs = orgs.each_ref().map(|(org, rows)| {
                    let place = Place::Activity { at: BEGINNING - rows / 2, id: "act_".to_owned() };
                    let after = (from == "middle" && filter.since.is_none()).then_some(&place);
                    let list = List { filter, order, after, scope: None, rows_max: 31 };
                    let costs = (0..ROUNDS).map(|_| {
                        world.db.spent();
                        let page = finish(audit::list(&world.db, &ask, org, &list)).unwrap().facts;
                        let cost = world.db.spent();
                        assert_eq!(page.scope, Scope::All);
                        // Events are all of one moment, at the end of the list: what is in the middle is activity.
                        let is_event = filter.wanted == Wanted::Events || filter.kind == Some("member.joined");
                        assert!(is_event || page.entries.len() == 31, "{name} {way}: {}", page.entries.len());
                        cost
                    });
                    costs.min_by_key(|cost| cost.took).unwrap()
                });
                let name = format!("{name}, {way} from the {from}");
                assert_eq!(costs.map(|cost| cost.statements), [1, 1]);
                let ratio = told(&name, costs[0], costs[1]);
                assert!(ratio <= STEPS_RATIO_MAX, "{name}: {costs:?}");
            }
        }
    }
}
