//! Starts an application, and ends it.

use crate::chain::Chain;
use crate::clock::WallClock;
use crate::config::Config;
use crate::database::Database;
use crate::error::Error;
use crate::faults::Faults;
use crate::guest::{Component, Lifetime};
use crate::observe::Observer;
use crate::outbound::client::Client;
use crate::outbound::connect::Connector;
use crate::prepare::{Prepared, Ready};
use crate::runtime_config::RuntimeConfig;
use crate::serve::{Server, Service};
use crate::{key_value, sqlite};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;

/// How long what has been cut off may take to notice it.
const CUT_OFF_TIMEOUT: Duration = Duration::from_secs(1);

/// An application that answers requests. Dropping it ends it at once; [`Running::shutdown`] lets it finish.
#[derive(Debug)]
pub struct Running {
    addr: SocketAddr,
    observer: Observer,
    faults: Faults,
    clock: WallClock,
    storage: Storage,
    lifetime: Lifetime,
    shutdown_timeout: Duration,
}

/// Starts an application in the current tokio runtime. When this returns, it accepts connections.
///
/// # Errors
/// [`Error::Refused`] with all that is wrong with the manifest, the variables and the components; or what the operating
/// system has against the address or the folders.
pub async fn start(config: Config) -> Result<Running, Error> {
    let prepared = Prepared::new(&config).await?;
    let storage = Storage::open(&config, &prepared.components)?;
    let parts = Parts {
        observer: Observer::new(config.recording),
        faults: Faults::default(),
        clock: WallClock::default(),
        lifetime: Lifetime::default(),
        chain: Chain::default(),
        runtime_config: prepared.runtime_config,
        storage,
    };
    let services = prepared.components.into_iter();
    let services = services.map(|ready| (ready.name.clone(), Service::new(Arc::new(parts.component(ready, &config)))));
    let server = Server {
        routes: prepared.routes,
        services: services.collect(),
        observer: parts.observer.clone(),
        request_log: config.request_log,
        nagle: config.nagle,
        limits: config.limits.clone(),
        lifetime: parts.lifetime.clone(),
    };
    let listening = |source| Error::io(format!("listen on {}", config.listen), source);
    let listener = TcpListener::bind(config.listen).await.map_err(listening)?;
    let addr = listener.local_addr().map_err(listening)?;
    let server = Arc::new(server);
    parts.chain.connect(&server);
    parts.lifetime.parts.spawn(server.accept(listener));
    Ok(Running {
        addr,
        observer: parts.observer,
        faults: parts.faults,
        clock: parts.clock,
        storage: parts.storage,
        lifetime: parts.lifetime,
        shutdown_timeout: config.limits.shutdown_timeout,
    })
}

impl Running {
    /// The address that it listens on, with the port that it got.
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// What it saw, if it was started with [`Config::record_requests`].
    pub fn observer(&self) -> &Observer {
        &self.observer
    }

    /// The faults of its SQL statements.
    pub fn faults(&self) -> &Faults {
        &self.faults
    }

    /// Sets the wall clock that the components read ahead by this much, for them alone and for the rest of the run: what
    /// expires in a week cannot be waited for.
    pub fn advance_clock(&self, by: Duration) {
        self.clock.advance(by);
    }

    /// The file of the database with this label, if a component has it.
    pub fn database_path(&self, label: &str) -> Option<&Path> {
        self.storage.databases.get(label).map(|database| database.path())
    }

    /// Removes every key of every key-value store, under the running application.
    ///
    /// # Errors
    /// What SQLite answered.
    pub async fn wipe_key_value(&self) -> Result<(), String> {
        key_value::wipe(&self.storage.key_value).await
    }

    /// Stops accepting, lets the requests in flight finish for as long as the limits allow, and then ends the
    /// application.
    pub async fn shutdown(self) {
        let Lifetime { closing, closed, parts } = &self.lifetime;
        parts.close();
        closing.cancel();
        if tokio::time::timeout(self.shutdown_timeout, parts.wait()).await.is_err() {
            closed.cancel();
            // An instance that does not even notice that is left to the process's own end.
            let _ = tokio::time::timeout(CUT_OFF_TIMEOUT, parts.wait()).await;
        }
        self.storage.close();
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.lifetime.closing.cancel();
        self.lifetime.closed.cancel();
    }
}

/// The files of an application.
#[derive(Debug)]
struct Storage {
    key_value: Arc<Database>,
    databases: BTreeMap<String, Arc<Database>>,
}

impl Storage {
    fn open(config: &Config, components: &[Ready]) -> Result<Self, Error> {
        let dir = &config.state_dir;
        // Addresses and hashes of secrets are nobody's business but the operator's.
        std::fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(dir)
            .map_err(|source| Error::io(format!("make the folder {}", dir.display()), source))?;
        let timeout = config.limits.sqlite_busy_timeout;
        let key_value = Database::new(dir.join("sqlite_key_value.db"), key_value::PRAGMAS, timeout);
        key_value.prepare(key_value::SCHEMA)?;
        let mut databases = BTreeMap::new();
        for label in components.iter().flat_map(|component| &component.sqlite_databases) {
            let file = if label == "default" { "sqlite_db.db".to_owned() } else { format!("{label}.db") };
            let open = || Database::new(dir.join(file), sqlite::PRAGMAS, timeout);
            databases.entry(label.clone()).or_insert_with(open);
        }
        Ok(Self { key_value, databases })
    }

    fn close(&self) {
        self.databases.values().chain([&self.key_value]).for_each(|database| database.close_idle());
    }
}

/// What the components of an application share.
struct Parts {
    observer: Observer,
    faults: Faults,
    clock: WallClock,
    lifetime: Lifetime,
    chain: Chain,
    runtime_config: RuntimeConfig,
    storage: Storage,
}

impl Parts {
    fn component(&self, ready: Ready, config: &Config) -> Component {
        let databases = ready.sqlite_databases.into_iter();
        let databases =
            databases.filter_map(|label| Some((label.clone(), self.storage.databases.get(&label)?.clone())));
        let name: Arc<str> = ready.name.into();
        let connector = Connector {
            component: name.clone(),
            blocked: self.runtime_config.blocked.clone(),
            tls: self.runtime_config.tls_of(&name),
        };
        Component {
            name,
            compiled: ready.compiled,
            databases: databases.collect(),
            key_value: self.storage.key_value.clone(),
            key_value_stores: ready.key_value_stores.into_iter().collect(),
            variables: ready.variables,
            allowed_outbound_hosts: ready.allowed_outbound_hosts.into(),
            client: Arc::new(Client::new(connector)),
            chain: self.chain.clone(),
            faults: self.faults.clone(),
            clock: self.clock.clone(),
            limits: config.limits.clone(),
            lifetime: self.lifetime.clone(),
        }
    }
}
