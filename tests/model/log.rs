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
        OrgState::of(&self.log(org)).unwrap()
    }

    /// Its whole log.
    pub(crate) fn log(&self, org: &OrgId) -> Vec<Event> {
        let sql = "SELECT version, effective_at, type, target, data FROM event WHERE org_id = ?1 ORDER BY version";
        self.rows(sql, vec![Value::Text(org.to_string())]).iter().map(event).collect()
    }

    /// What the event of that id says about something.
    pub(crate) fn event_says(&self, id: &str, what: &str) -> Option<String> {
        let sql = "SELECT data ->> ?2 FROM event WHERE id = ?1";
        match self.rows(sql, vec![Value::Text(id.to_owned()), Value::Text(what.to_owned())]).first()?.first()? {
            Value::Text(text) => Some(text.clone()),
            _ => None,
        }
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
