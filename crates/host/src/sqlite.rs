//! `spin:sqlite/sqlite@3.1.0` for components.

use crate::bindings::spin::sqlite::sqlite::{
    Error, Host, HostConnection, HostConnectionWithStore, QueryResult, RowResult, Value,
};
use crate::database::{Database, Failure, Pooled, Rows};
use crate::guest::{Guest, GuestState};
use crate::observe::{StatementOutcome, Trace};
use crate::writes::{self, Question};
use rusqlite::types::Value as SqlValue;
use std::sync::Arc;
use wasmtime::AsContextMut;
use wasmtime::component::{Access, Accessor, FutureReader, Resource, StreamReader};

/// What every connection of a component begins with. Spin turns foreign keys on; `FULL` is SQLite's default, and is
/// said here because acknowledged changes must survive a power cut whatever the library was built with.
pub(crate) const PRAGMAS: &str = "PRAGMA foreign_keys = ON; PRAGMA synchronous = FULL;";

/// A component's open connection.
#[derive(Debug)]
#[expect(unreachable_pub, reason = "the bindings re-export it")]
pub struct GuestConnection {
    label: String,
    /// Away while a statement of the synchronous interface waits for a lock.
    pooled: Option<Pooled>,
    /// What the latest statement wrote, where it was run together with others: the row's id and how many rows.
    wrote: Option<(i64, u64)>,
}

type Answer<T> = wasmtime::Result<Result<T, Error>>;
type Streams = (Vec<String>, StreamReader<RowResult>, FutureReader<Result<(), Error>>);

impl GuestState {
    fn database(&self, label: &str) -> Result<Arc<Database>, Error> {
        self.component.databases.get(label).cloned().ok_or(Error::AccessDenied)
    }

    fn connection(&mut self, connection: &Resource<GuestConnection>) -> Result<&mut GuestConnection, Error> {
        self.table.get_mut(connection).map_err(|_| Error::InvalidConnection)
    }

    fn keep(&mut self, label: String, pooled: Pooled) -> Result<Resource<GuestConnection>, Error> {
        let connection = GuestConnection { label, pooled: Some(pooled), wrote: None };
        self.table.push(connection).map_err(|_| Error::Io("too many connections opened".to_owned()))
    }
}

/// A statement on its way: what is known of it before it runs.
struct Asked {
    question: Arc<Question>,
    noted: Option<(Arc<Trace>, usize)>,
    fault: Option<crate::faults::Fault>,
}

impl Asked {
    /// Notes the statement with its request, and draws its fault.
    fn new(state: &GuestState, trace: Option<Arc<Trace>>, label: &str, sql: String, parameters: Vec<Value>) -> Self {
        let test_id = trace.as_ref().and_then(|trace| trace.test_id.as_deref());
        let fault = state.component.faults.befalling(&sql, test_id);
        let noted = trace.map(|trace| {
            let place = trace.statement(label, &sql);
            (trace, place)
        });
        let parameters = parameters.into_iter().map(to_sql).collect();
        Self { question: Arc::new(Question { sql, parameters }), noted, fault }
    }

    /// Holds the statement back, or fails it, if a fault says so.
    async fn before(&self) -> Result<(), Error> {
        let Some(fault) = &self.fault else { return Ok(()) };
        tokio::time::sleep(fault.delay()).await;
        fault.before().map_or(Ok(()), Err)
    }

    /// The answer as the component sees it, noted with the request.
    fn answer(&self, ran: Result<Rows, Error>) -> Result<Rows, Error> {
        let lost = self.fault.as_ref().and_then(crate::faults::Fault::after);
        let answer = lost.map_or(ran, Err);
        if let Some((trace, place)) = &self.noted {
            trace.statement_done(
                *place,
                match &answer {
                    Ok(rows) => StatementOutcome::Rows(rows.rows.len()),
                    Err(error) => StatementOutcome::Failed(error.to_string()),
                },
            );
        }
        answer
    }
}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        Self::Io(failure.message())
    }
}

impl Host for &mut GuestState {}

impl HostConnection for &mut GuestState {
    async fn open(&mut self, label: String) -> Answer<Resource<GuestConnection>> {
        let opened = async {
            let pooled = self.database(&label)?.connect().await?;
            self.keep(label, pooled)
        };
        Ok(opened.await)
    }

    fn last_insert_rowid(&mut self, connection: Resource<GuestConnection>) -> wasmtime::Result<i64> {
        let connection = self.table.get(&connection)?;
        let own = || connection.pooled.as_ref().map_or(0, Pooled::last_insert_rowid);
        Ok(connection.wrote.map_or_else(own, |(rowid, _)| rowid))
    }

    fn changes(&mut self, connection: Resource<GuestConnection>) -> wasmtime::Result<u64> {
        let connection = self.table.get(&connection)?;
        let own = || connection.pooled.as_ref().map_or(0, Pooled::changes);
        Ok(connection.wrote.map_or_else(own, |(_, changes)| changes))
    }

    fn drop(&mut self, connection: Resource<GuestConnection>) -> wasmtime::Result<()> {
        self.table.delete(connection)?;
        Ok(())
    }
}

impl<T: Send + 'static> HostConnectionWithStore<T> for Guest {
    async fn execute(
        mut access: Access<'_, T, Self>,
        connection: Resource<GuestConnection>,
        sql: String,
        parameters: Vec<Value>,
    ) -> Answer<QueryResult> {
        let trace = current_trace(&mut access)?;
        let state = access.get();
        let executed = async {
            let label = state.connection(&connection)?.label.clone();
            let asked = Asked::new(state, trace, &label, sql, parameters);
            // The instance can do nothing else meanwhile, but should be able to lose the connection without harm.
            let Some(mut pooled) = state.connection(&connection)?.pooled.take() else {
                return Err(Error::InvalidConnection);
            };
            let ran = match asked.before().await {
                Ok(()) => pooled.run(&asked.question.sql, &asked.question.parameters).await.map_err(Error::from),
                Err(error) => Err(error),
            };
            let connection = state.connection(&connection)?;
            (connection.pooled, connection.wrote) = (Some(pooled), None);
            asked.answer(ran)
        };
        Ok(executed.await.map(|rows| {
            let Rows { columns, rows } = rows;
            QueryResult { columns, rows: rows.into_iter().map(from_sql_row).collect() }
        }))
    }

    async fn open_async(accessor: &Accessor<T, Self>, label: String) -> Answer<Resource<GuestConnection>> {
        let database = match accessor.with(|mut access| access.get().database(&label)) {
            Ok(database) => database,
            Err(error) => return Ok(Err(error)),
        };
        match database.connect().await {
            Ok(pooled) => Ok(accessor.with(|mut access| access.get().keep(label, pooled))),
            Err(failure) => Ok(Err(failure.into())),
        }
    }

    async fn execute_async(
        accessor: &Accessor<T, Self>,
        connection: Resource<GuestConnection>,
        sql: String,
        parameters: Vec<Value>,
    ) -> Answer<Streams> {
        let asked = accessor.with(|mut access| {
            let trace = current_trace(&mut access)?;
            let state = access.get();
            let label = state.connection(&connection).map(|connection| connection.label.clone());
            wasmtime::error::Ok(label.map(|label| Asked::new(state, trace, &label, sql, parameters)))
        })?;
        let asked = match asked {
            Ok(asked) => asked,
            Err(error) => return Ok(Err(error)),
        };
        let ran = match asked.before().await {
            Ok(()) => run_shared(accessor, &connection, &asked).await,
            Err(error) => Err(error),
        };
        // As in Spin, a statement that fails is an answer without rows: the error comes at its end.
        let (rows, end) = match asked.answer(ran) {
            Ok(rows) => (rows, Ok(())),
            Err(error) => (Rows::default(), Err(error)),
        };
        accessor.with(|mut access| {
            let values: Vec<RowResult> = rows.rows.into_iter().map(from_sql_row).collect();
            let stream = StreamReader::new(&mut access, values)?;
            let end = FutureReader::new(&mut access, async move { wasmtime::error::Ok(end) })?;
            Ok(Ok((rows.columns, stream, end)))
        })
    }

    async fn last_insert_rowid_async(
        accessor: &Accessor<T, Self>,
        connection: Resource<GuestConnection>,
    ) -> wasmtime::Result<i64> {
        accessor.with(|mut access| access.get().last_insert_rowid(connection))
    }

    async fn changes_async(
        accessor: &Accessor<T, Self>,
        connection: Resource<GuestConnection>,
    ) -> wasmtime::Result<u64> {
        accessor.with(|mut access| access.get().changes(connection))
    }
}

/// Runs a statement together with those that wait to write, or else on a connection that other requests of the instance
/// may use too, between tries at a locked database.
async fn run_shared<T: 'static>(
    accessor: &Accessor<T, Guest>,
    connection: &Resource<GuestConnection>,
    asked: &Asked,
) -> Result<Rows, Error> {
    let joins = accessor.with(|mut access| {
        let pooled = access.get().connection(connection)?.pooled.as_ref();
        Ok::<_, Error>(pooled.and_then(|pooled| pooled.may_join(&asked.question.sql)))
    })?;
    if let Some((database, durability)) = joins {
        let written = writes::write(&database, asked.question.clone(), durability).await?;
        return accessor.with(|mut access| {
            access.get().connection(connection)?.wrote = Some((written.last_insert_rowid, written.changes));
            Ok(written.rows)
        });
    }
    let mut patience = None;
    loop {
        let tried = accessor.with(|mut access| {
            let connection = access.get().connection(connection)?;
            connection.wrote = None;
            let pooled = connection.pooled.as_mut().ok_or(Error::InvalidConnection)?;
            patience.get_or_insert_with(|| pooled.patience());
            Ok::<_, Error>(pooled.try_run(&asked.question.sql, &asked.question.parameters))
        })?;
        match (tried, patience.as_mut()) {
            (Ok(rows), _) => return Ok(rows),
            (Err(failure), Some(patience)) => patience.pause(failure).await?,
            (Err(failure), None) => return Err(failure.into()),
        }
    }
}

/// The request that the calling task of the component works for. A task that no request has begun has none.
fn current_trace<T: 'static>(access: &mut Access<'_, T, Guest>) -> wasmtime::Result<Option<Arc<Trace>>> {
    let tasks: Vec<_> = access.as_context_mut().async_call_stack()?.collect();
    Ok(tasks.into_iter().find_map(|task| access.get().traces.get(task)))
}

fn to_sql(value: Value) -> SqlValue {
    match value {
        Value::Integer(integer) => SqlValue::Integer(integer),
        Value::Real(real) => SqlValue::Real(real),
        Value::Text(text) => SqlValue::Text(text),
        Value::Blob(blob) => SqlValue::Blob(blob),
        Value::Null => SqlValue::Null,
    }
}

fn from_sql_row(values: Vec<SqlValue>) -> RowResult {
    let from_sql = |value| match value {
        SqlValue::Integer(integer) => Value::Integer(integer),
        SqlValue::Real(real) => Value::Real(real),
        SqlValue::Text(text) => Value::Text(text),
        SqlValue::Blob(blob) => Value::Blob(blob),
        SqlValue::Null => Value::Null,
    };
    RowResult { values: values.into_iter().map(from_sql).collect() }
}
