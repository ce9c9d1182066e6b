//! `spin:key-value/key-value@3.0.0` for components, kept in one SQLite file as Spin keeps it by default.

use crate::bindings::spin::key_value::key_value::{Error, Host, HostStore, HostStoreWithStore};
use crate::database::{Database, Failure, Rows};
use crate::guest::{Guest, GuestState};
use rusqlite::types::Value;
use std::sync::Arc;
use wasmtime::component::{Accessor, FutureReader, Resource, StreamReader};

/// What every connection to the file begins with. The store holds what may be lost, so it need not wait for the disk.
pub(crate) const PRAGMAS: &str = "PRAGMA synchronous = OFF;";

/// Makes the file's table. The write-ahead log lets readers and a writer go on side by side.
pub(crate) const SCHEMA: &str = "PRAGMA journal_mode = WAL;
CREATE TABLE IF NOT EXISTS spin_key_value (
    store TEXT NOT NULL,
    key   TEXT NOT NULL,
    value BLOB NOT NULL,
    PRIMARY KEY (store, key)
)";

/// A component's open store.
#[derive(Debug)]
#[expect(unreachable_pub, reason = "the bindings re-export it")]
pub struct GuestStore {
    label: String,
}

type Answer<T> = wasmtime::Result<Result<T, Error>>;

/// Removes every key of every store.
pub(crate) async fn wipe(database: &Arc<Database>) -> Result<(), String> {
    run(database, "DELETE FROM spin_key_value", &[]).await.map(drop).map_err(Failure::message)
}

async fn run(database: &Arc<Database>, sql: &str, parameters: &[Value]) -> Result<Rows, Failure> {
    database.connect().await?.run(sql, parameters).await
}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        Self::Other(failure.message())
    }
}

/// Runs a statement whose first parameter is the store's label.
async fn run_in_store<T: 'static>(
    accessor: &Accessor<T, Guest>,
    store: &Resource<GuestStore>,
    sql: &str,
    others: impl IntoIterator<Item = Value>,
) -> Answer<Rows> {
    let (database, label) = accessor.with(|mut access| {
        let state = access.get();
        let label = state.table.get(store)?.label.clone();
        wasmtime::error::Ok((state.component.key_value.clone(), label))
    })?;
    let parameters: Vec<Value> = std::iter::once(Value::Text(label)).chain(others).collect();
    Ok(run(&database, sql, &parameters).await.map_err(Error::from))
}

impl Host for &mut GuestState {}

impl HostStore for &mut GuestState {
    fn drop(&mut self, store: Resource<GuestStore>) -> wasmtime::Result<()> {
        self.table.delete(store)?;
        Ok(())
    }
}

impl<T: 'static> HostStoreWithStore<T> for Guest {
    async fn open(accessor: &Accessor<T, Self>, label: String) -> Answer<Resource<GuestStore>> {
        accessor.with(|mut access| {
            let state = access.get();
            if !state.component.key_value_stores.contains(&label) {
                return Ok(Err(Error::AccessDenied));
            }
            Ok(state.table.push(GuestStore { label }).map_err(|_| Error::StoreTableFull))
        })
    }

    async fn get(accessor: &Accessor<T, Self>, store: Resource<GuestStore>, key: String) -> Answer<Option<Vec<u8>>> {
        let sql = "SELECT value FROM spin_key_value WHERE store = ? AND key = ?";
        let rows = run_in_store(accessor, &store, sql, [Value::Text(key)]).await?;
        Ok(rows.map(|rows| match rows.rows.into_iter().flatten().next() {
            Some(Value::Blob(value)) => Some(value),
            _ => None,
        }))
    }

    async fn set(accessor: &Accessor<T, Self>, store: Resource<GuestStore>, key: String, value: Vec<u8>) -> Answer<()> {
        let sql = "INSERT INTO spin_key_value (store, key, value) VALUES (?, ?, ?) \
                   ON CONFLICT (store, key) DO UPDATE SET value = excluded.value";
        let rows = run_in_store(accessor, &store, sql, [Value::Text(key), Value::Blob(value)]).await?;
        Ok(rows.map(drop))
    }

    async fn delete(accessor: &Accessor<T, Self>, store: Resource<GuestStore>, key: String) -> Answer<()> {
        let sql = "DELETE FROM spin_key_value WHERE store = ? AND key = ?";
        let rows = run_in_store(accessor, &store, sql, [Value::Text(key)]).await?;
        Ok(rows.map(drop))
    }

    async fn exists(accessor: &Accessor<T, Self>, store: Resource<GuestStore>, key: String) -> Answer<bool> {
        let sql = "SELECT 1 FROM spin_key_value WHERE store = ? AND key = ?";
        let rows = run_in_store(accessor, &store, sql, [Value::Text(key)]).await?;
        Ok(rows.map(|rows| !rows.rows.is_empty()))
    }

    async fn get_keys(
        accessor: &Accessor<T, Self>,
        store: Resource<GuestStore>,
    ) -> wasmtime::Result<(StreamReader<String>, FutureReader<Result<(), Error>>)> {
        let sql = "SELECT key FROM spin_key_value WHERE store = ?";
        let (rows, end) = match run_in_store(accessor, &store, sql, []).await? {
            Ok(rows) => (rows, Ok(())),
            Err(error) => (Rows::default(), Err(error)),
        };
        let key = |value| if let Value::Text(key) = value { Some(key) } else { None };
        let keys: Vec<String> = rows.rows.into_iter().flatten().filter_map(key).collect();
        accessor.with(|mut access| {
            let stream = StreamReader::new(&mut access, keys)?;
            let end = FutureReader::new(&mut access, async move { wasmtime::error::Ok(end) })?;
            Ok((stream, end))
        })
    }
}
