//! What the host saw: requests, and the SQL statements that each of them ran.

use crate::body::Signs;
use crate::config::{Recording, RequestLog};
use http::{Method, StatusCode};
use std::fmt::Write as _;
use std::io::Write as _;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant};

/// The request header whose value a record carries, so that a test finds its own requests among others.
pub const TEST_ID_HEADER: &str = "x-test-id";

/// What the host saw of one request.
#[derive(Clone, Debug)]
pub struct RequestRecord {
    /// The value of [`TEST_ID_HEADER`], if the request had it.
    pub test_id: Option<String>,
    /// The method.
    pub method: Method,
    /// The path as it came, without its query. May hold secrets: for tests, not for logs.
    pub path: String,
    /// The pattern of the route that matched, as the manifest writes it without a last slash; `-` where none did.
    pub route: String,
    /// The component that answered; `-` where no route matched.
    pub component: String,
    /// The status, once the response has begun.
    pub status: Option<StatusCode>,
    /// The time until the response had been sent, once it has.
    pub duration: Option<Duration>,
    /// The SQL statements, in the order in which they were asked for. Work that goes on after the response adds to
    /// them.
    pub statements: Vec<Statement>,
}

/// One SQL statement of a request.
#[derive(Clone, Debug)]
pub struct Statement {
    /// The text, as the component gave it.
    pub sql: String,
    /// The label of the database.
    pub database: String,
    /// Whether the response had already been sent when the statement was asked for.
    pub phase: Phase,
    /// What came of it, once it is known.
    pub outcome: Option<StatementOutcome>,
}

/// When a statement was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Before the response had been sent.
    Request,
    /// After it: work that does not delay anybody.
    AfterResponse,
}

/// What came of a statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StatementOutcome {
    /// It returned this many rows.
    Rows(usize),
    /// It failed, with this message.
    Failed(String),
}

impl RequestRecord {
    /// The texts of the statements, in order.
    pub fn sql(&self) -> Vec<&str> {
        self.statements.iter().map(|statement| statement.sql.as_str()).collect()
    }
}

/// The records of an application that was started with [`crate::Config::record_requests`].
#[derive(Clone, Debug)]
pub struct Observer {
    recording: Recording,
    traces: Arc<Mutex<Vec<Arc<Trace>>>>,
}

impl Observer {
    /// All the records since the start or the last [`Observer::drain`], in the order in which the requests began.
    pub fn requests(&self) -> Vec<RequestRecord> {
        lock(&self.traces).iter().map(|trace| trace.record()).collect()
    }

    /// The records of the requests that carried this [`TEST_ID_HEADER`].
    pub fn requests_of(&self, test_id: &str) -> Vec<RequestRecord> {
        let of_test = |trace: &&Arc<Trace>| trace.test_id.as_deref() == Some(test_id);
        lock(&self.traces).iter().filter(of_test).map(|trace| trace.record()).collect()
    }

    /// All the records, which are then forgotten.
    pub fn drain(&self) -> Vec<RequestRecord> {
        lock(&self.traces).drain(..).map(|trace| trace.record()).collect()
    }

    pub(crate) fn new(recording: Recording) -> Self {
        Self { recording, traces: Arc::default() }
    }

    pub(crate) fn observe(&self, trace: Trace) -> Arc<Trace> {
        let trace = Arc::new(trace);
        if self.recording == Recording::On {
            lock(&self.traces).push(trace.clone());
        }
        trace
    }
}

/// A request under way. Its record is read from here, so that statements after the response are seen too.
#[derive(Debug)]
pub(crate) struct Trace {
    pub(crate) test_id: Option<String>,
    pub(crate) method: Method,
    pub(crate) path: String,
    pub(crate) route: String,
    pub(crate) component: String,
    pub(crate) started: Instant,
    pub(crate) progress: Mutex<Progress>,
    /// Of the instance that has taken the request.
    pub(crate) instance: OnceLock<Arc<Signs>>,
}

/// How far a request has come.
#[derive(Debug, Default)]
pub(crate) struct Progress {
    status: Option<StatusCode>,
    duration: Option<Duration>,
    statements: Vec<Statement>,
}

impl Trace {
    pub(crate) fn answered(&self, status: StatusCode) {
        lock(&self.progress).status = Some(status);
    }

    /// Notes a statement; the answer is its place, for [`Trace::statement_done`].
    pub(crate) fn statement(&self, database: &str, sql: &str) -> usize {
        let mut progress = lock(&self.progress);
        let phase = if progress.duration.is_some() { Phase::AfterResponse } else { Phase::Request };
        let statement = Statement { sql: sql.to_owned(), database: database.to_owned(), phase, outcome: None };
        progress.statements.push(statement);
        progress.statements.len() - 1
    }

    pub(crate) fn statement_done(&self, place: usize, outcome: StatementOutcome) {
        if let Some(statement) = lock(&self.progress).statements.get_mut(place) {
            statement.outcome = Some(outcome);
        }
    }

    /// Notes that the response has been sent, or that the client has gone, and prints the request's line.
    pub(crate) fn finished(&self, log: RequestLog) {
        let mut progress = lock(&self.progress);
        progress.duration = Some(self.started.elapsed());
        if log == RequestLog::Off {
            return;
        }
        // The path and the query may hold secrets, so the line names the route's pattern instead.
        let mut line = format!("{} {}", self.method, self.route);
        let status = progress.status.as_ref().map_or("-", StatusCode::as_str);
        let elapsed_ms = self.started.elapsed().as_secs_f64() * 1e3;
        let _ = write!(line, " {status} {elapsed_ms:.1} ms {} sql", progress.statements.len());
        if log == RequestLog::LinesAndSql {
            for statement in &progress.statements {
                let words: Vec<&str> = statement.sql.split_whitespace().collect();
                let _ = write!(line, "\n    {}", words.join(" "));
            }
        }
        let _ = writeln!(std::io::stderr().lock(), "{line}");
    }

    fn record(&self) -> RequestRecord {
        let progress = lock(&self.progress);
        RequestRecord {
            test_id: self.test_id.clone(),
            method: self.method.clone(),
            path: self.path.clone(),
            route: self.route.clone(),
            component: self.component.clone(),
            status: progress.status,
            duration: progress.duration,
            statements: progress.statements.clone(),
        }
    }
}

/// Locks, also after a thread has panicked while it held the lock: what is kept here is valid at every moment.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
