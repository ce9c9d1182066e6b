//! Faults that a test injects into the SQL statements of a running application.

use crate::bindings::spin::sqlite::sqlite::Error;
use crate::observe::lock;
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// What befalls a statement.
#[derive(Clone, Debug)]
pub enum Fault {
    /// It does not run, and fails with this message as an I/O error.
    Error(String),
    /// It does not run, and fails as SQLite does when the disk is full.
    DiskFull,
    /// It does not run, and fails with the interface's own `database-full`.
    DatabaseFull,
    /// It runs after this time.
    Delay(Duration),
    /// It runs, but its answer is lost: the component sees an I/O error with this message.
    LostAnswer(String),
}

/// Which statement a fault befalls. Without further choices: the next one, once.
#[derive(Clone, Debug)]
pub struct When {
    skip: usize,
    times: Option<usize>,
    text: Option<String>,
    test_id: Option<String>,
}

impl When {
    /// The next statement of all that the other choices allow.
    pub fn next() -> Self {
        Self::nth(1)
    }

    /// The nth of the statements that the other choices allow; 1 is the next.
    pub fn nth(nth: usize) -> Self {
        Self { skip: nth.saturating_sub(1), times: Some(1), text: None, test_id: None }
    }

    /// Only statements whose text contains this.
    pub fn containing(mut self, text: impl Into<String>) -> Self {
        self.text = Some(text.into());
        self
    }

    /// Only statements of requests with this [`crate::TEST_ID_HEADER`].
    pub fn in_request(mut self, test_id: impl Into<String>) -> Self {
        self.test_id = Some(test_id.into());
        self
    }

    /// This many statements, one after the other.
    pub fn times(mut self, times: usize) -> Self {
        self.times = Some(times);
        self
    }

    /// Every statement from there on, until [`Faults::clear`].
    pub fn always(mut self) -> Self {
        self.times = None;
        self
    }

    fn allows(&self, sql: &str, test_id: Option<&str>) -> bool {
        self.text.as_deref().is_none_or(|text| sql.contains(text))
            && self.test_id.as_deref().is_none_or(|wanted| test_id == Some(wanted))
    }
}

/// The faults of a running application.
#[derive(Clone, Debug, Default)]
pub struct Faults {
    rules: Arc<Mutex<Vec<(When, Fault)>>>,
}

impl Faults {
    /// Adds a fault. Of several that allow a statement, the one that was added first befalls it.
    pub fn inject(&self, when: When, fault: Fault) {
        lock(&self.rules).push((when, fault));
    }

    /// Takes all faults back.
    pub fn clear(&self) {
        lock(&self.rules).clear();
    }

    /// How many faults have not (or not only once) happened yet.
    pub fn pending(&self) -> usize {
        lock(&self.rules).len()
    }

    /// The fault of this statement, which counts as one statement for every fault that allows it.
    pub(crate) fn befalling(&self, sql: &str, test_id: Option<&str>) -> Option<Fault> {
        let mut rules = lock(&self.rules);
        let mut befalling = None;
        for (when, fault) in rules.iter_mut().filter(|(when, _)| when.allows(sql, test_id)) {
            if when.skip > 0 {
                when.skip -= 1;
            } else if befalling.is_none() && when.times != Some(0) {
                when.times = when.times.map(|times| times - 1);
                befalling = Some(fault.clone());
            }
        }
        rules.retain(|(when, _)| when.times != Some(0));
        befalling
    }
}

impl Fault {
    /// The error of a statement that does not run.
    pub(crate) fn before(&self) -> Option<Error> {
        match self {
            Self::Error(message) => Some(Error::Io(message.clone())),
            Self::DiskFull => Some(Error::Io("database or disk is full".to_owned())),
            Self::DatabaseFull => Some(Error::DatabaseFull),
            Self::Delay(_) | Self::LostAnswer(_) => None,
        }
    }

    /// How long the statement is held back.
    pub(crate) fn delay(&self) -> Duration {
        if let Self::Delay(delay) = self { *delay } else { Duration::ZERO }
    }

    /// The error of a statement that has run.
    pub(crate) fn after(&self) -> Option<Error> {
        if let Self::LostAnswer(message) = self { Some(Error::Io(message.clone())) } else { None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn befalls(faults: &Faults, sql: &str, test_id: Option<&str>) -> bool {
        faults.befalling(sql, test_id).is_some()
    }

    #[test]
    fn the_nth_statement_once() {
        let faults = Faults::default();
        faults.inject(When::nth(2).containing("INSERT"), Fault::DiskFull);
        let hits: Vec<bool> = ["INSERT", "SELECT", "INSERT", "INSERT"].map(|sql| befalls(&faults, sql, None)).into();
        assert_eq!(hits, [false, false, true, false]);
        assert_eq!(faults.pending(), 0);
    }

    #[test]
    fn of_one_request_and_until_cleared() {
        let faults = Faults::default();
        faults.inject(When::next().in_request("a").always(), Fault::DatabaseFull);
        assert!(!befalls(&faults, "SELECT", Some("b")));
        assert!(!befalls(&faults, "SELECT", None));
        assert!(befalls(&faults, "SELECT", Some("a")) && befalls(&faults, "SELECT", Some("a")));
        faults.clear();
        assert!(!befalls(&faults, "SELECT", Some("a")));
    }
}
