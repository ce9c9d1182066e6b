//! The log as the tests read it, by themselves.

use latchkey_domain::OrgId;
use latchkey_domain::event::{Change, Event};
use latchkey_domain::fold::OrgState;
use latchkey_store::db::{Db, Row, Value};

use crate::world::World;

impl<D: Db> World<D> {
    pub(crate) fn number(&self, sql: &str) -> i64 {
        match self.rows(sql, Vec::new()).as_slice() {
            [row] if matches!(row.as_slice(), [Value::Integer(_)]) => match row[0] {
                Value::Integer(n) => n,
                _ => unreachable!(),
            },
            other => panic!("{sql}: {other:?}"),
        }
    }

    /// The organization as its log alone says.
    pub(crate) fn folded(&self, org: &OrgId) -> OrgState {
        let sql = "SELECT version, effective_at, type, target, data FROM event WHERE org_id = ?1 ORDER BY version";
        let events: Vec<Event> = self.rows(sql, vec![Value::Text(org.to_string())]).iter().map(event).collect();
        OrgState::of(&events).unwrap()
    }
}

fn event(row: &Row) -> Event {
    let [
        Value::Integer(version),
        Value::Integer(effective_at),
        Value::Text(kind),
        Value::Text(target),
        Value::Text(data),
    ] = row.as_slice()
    else {
        panic!("not an event: {row:?}");
    };
    let change = Change::read(kind, target, &serde_json::from_str(data).unwrap()).unwrap();
    Event { version: u64::try_from(*version).unwrap(), effective_at: *effective_at, change }
}
