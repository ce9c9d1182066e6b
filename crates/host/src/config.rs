//! What a caller chooses about a run of the application.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// What to run, and where. Without further choices: a free port of 127.0.0.1, state in `.spin` beside the manifest.
#[derive(Clone, Debug)]
pub struct Config {
    pub(crate) manifest: PathBuf,
    pub(crate) listen: SocketAddr,
    pub(crate) state_dir: PathBuf,
    pub(crate) cache_dir: Option<PathBuf>,
    pub(crate) runtime_config: Option<PathBuf>,
    pub(crate) variables: Vec<(String, String)>,
    pub(crate) surroundings: Surroundings,
    pub(crate) request_log: RequestLog,
    pub(crate) nagle: Nagle,
    pub(crate) recording: Recording,
    pub(crate) limits: Limits,
}

/// The limits of a run.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Requests that one instance of a component handles in its life.
    pub requests_per_instance: usize,
    /// Requests that one instance handles at the same time.
    pub concurrent_requests_per_instance: usize,
    /// Requests that one component handles at the same time, over all its instances; the others wait.
    pub concurrent_requests_per_component: usize,
    /// How long an instance without work is kept.
    pub instance_idle: Duration,
    /// How long a request may take until its response begins, and how long work may go on after it.
    pub request_timeout: Duration,
    /// How long an instance may compute, waiting for nothing and taking no new request, before it is ended as one that
    /// loops.
    pub compute_timeout: Duration,
    /// How long requests in flight may take to finish after a shutdown has been asked for.
    pub shutdown_timeout: Duration,
    /// How long a statement waits for a lock that another connection holds.
    pub sqlite_busy_timeout: Duration,
}

impl Default for Limits {
    /// What Spin does by default, where it has a default.
    fn default() -> Self {
        Self {
            requests_per_instance: 128,
            concurrent_requests_per_instance: 16,
            concurrent_requests_per_component: 64,
            instance_idle: Duration::from_secs(1),
            request_timeout: Duration::from_secs(30),
            compute_timeout: Duration::from_secs(3),
            shutdown_timeout: Duration::from_secs(10),
            sqlite_busy_timeout: Duration::from_secs(5),
        }
    }
}

/// Whether variables are also taken from the environment and from the `.env` file beside the manifest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Surroundings {
    Read,
    Ignored,
}

/// What is printed about each request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RequestLog {
    Off,
    Lines,
    LinesAndSql,
}

/// Whether small packets wait for the acknowledgement of earlier ones, as they do under Spin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Nagle {
    On,
    Off,
}

/// Whether the observer keeps what it sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Recording {
    Off,
    On,
}

impl Config {
    /// Runs the application that this `spin.toml` describes.
    pub fn new(manifest: impl Into<PathBuf>) -> Self {
        let manifest = manifest.into();
        let state_dir = manifest.parent().unwrap_or(Path::new("")).join(".spin");
        Self {
            manifest,
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            state_dir,
            cache_dir: None,
            runtime_config: None,
            variables: Vec::new(),
            surroundings: Surroundings::Read,
            request_log: RequestLog::Lines,
            nagle: Nagle::On,
            recording: Recording::Off,
            limits: Limits::default(),
        }
    }

    /// Listens on this address; port 0 takes a free port.
    pub fn listen(mut self, address: SocketAddr) -> Self {
        self.listen = address;
        self
    }

    /// Keeps the databases and the key-value store in this folder, which is made if it is missing.
    pub fn state_dir(mut self, dir: impl Into<PathBuf>) -> Self {
        self.state_dir = dir.into();
        self
    }

    /// Keeps compiled components in this folder. The first application that a process starts decides it for all;
    /// without this, it is `$LATCHKEY_HOST_CACHE`, else a folder beside the build's `target` output, else one in the
    /// state folder.
    pub fn cache_dir(mut self, dir: impl Into<PathBuf>) -> Self {
        self.cache_dir = Some(dir.into());
        self
    }

    /// Takes from this file which networks components may not connect to, and whose certificates they trust. It is the
    /// file that Spin takes with `--runtime-config-file`; what else it may say there is refused. Without it, no network is
    /// blocked, and the certificates that browsers trust are trusted.
    pub fn runtime_config(mut self, file: impl Into<PathBuf>) -> Self {
        self.runtime_config = Some(file.into());
        self
    }

    /// Gives a variable its value, above the environment, the `.env` file and the manifest's default.
    pub fn variable(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.variables.push((name.into(), value.into()));
        self
    }

    /// Takes no variable from the environment or from a `.env` file, so that a test sees only what it sets.
    pub fn ignore_environment(mut self) -> Self {
        self.surroundings = Surroundings::Ignored;
        self
    }

    /// Prints no line per request. What components print, and why they trap, is printed all the same.
    pub fn quiet(mut self) -> Self {
        self.request_log = RequestLog::Off;
        self
    }

    /// Prints every SQL statement with its request's line (never its parameters).
    pub fn log_sql(mut self) -> Self {
        self.request_log = RequestLog::LinesAndSql;
        self
    }

    /// Sets TCP_NODELAY on accepted connections, which Spin does not.
    pub fn no_delay(mut self) -> Self {
        self.nagle = Nagle::Off;
        self
    }

    /// Keeps a record of every request for [`crate::Observer`]; memory grows until they are drained.
    pub fn record_requests(mut self) -> Self {
        self.recording = Recording::On;
        self
    }

    /// Replaces the limits.
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }
}
