//! The WebAssembly engine, which all applications of a process share, and the components that it has compiled.

use crate::bindings::Spin;
use crate::error::Error;
use crate::guest::{Guest, GuestState};
use crate::observe::lock;
use std::collections::HashMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::{Duration, SystemTime};
use wasmtime::component::{Component, Linker};
use wasmtime::{Cache, CacheConfig, Config, InstanceAllocationStrategy, PoolingAllocationConfig, ProfilingStrategy};
use wasmtime_wasi_http::p3::bindings::ServicePre;

/// How often components that run are asked to let others have the thread.
const EPOCH_TICK: Duration = Duration::from_millis(10);

/// Instances that can exist at a time in this process, of all components of all applications.
const INSTANCES_MAX: u32 = 1000;

/// Core modules that a component is made of: its own, and small ones that adapt it.
const CORE_INSTANCES_PER_COMPONENT: u32 = 8;

/// Linear memory that an instance may have.
const MEMORY_BYTES_MAX: usize = 256 << 20;

/// Memory of a finished instance that is kept mapped for the next one, which spares page faults.
const MEMORY_KEPT_BYTES: usize = 512 << 10;

/// Set in the environment, this has compiled functions named in `/tmp/perf-PID.map`, where `perf report` looks for them.
const PERF_MAP: &str = "LATCHKEY_HOST_PERF_MAP";

/// The export that answers requests.
const HANDLER: &str = "wasi:http/handler@0.3.0";

/// The engine of this process, and what it has compiled.
pub(crate) struct Engine {
    engine: wasmtime::Engine,
    linker: Linker<GuestState>,
    components: Mutex<HashMap<PathBuf, Arc<Mutex<Option<Known>>>>>,
}

/// A file as it was when it was compiled.
struct Known {
    modified: Option<SystemTime>,
    bytes: u64,
    result: Result<Arc<Compiled>, Vec<String>>,
}

/// A component that is ready to be instantiated.
pub(crate) struct Compiled {
    pub(crate) service: ServicePre<GuestState>,
}

impl fmt::Debug for Compiled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Compiled").finish_non_exhaustive()
    }
}

impl Compiled {
    pub(crate) fn engine(&self) -> &wasmtime::Engine {
        self.service.engine()
    }
}

/// How many epochs end in a time.
pub(crate) fn epoch_ticks(time: Duration) -> u64 {
    u64::try_from(time.as_millis() / EPOCH_TICK.as_millis()).unwrap_or(u64::MAX)
}

/// The engine of this process. The first caller's cache folder is everybody's.
pub(crate) fn shared(cache_dir: impl FnOnce() -> PathBuf) -> Result<&'static Engine, Error> {
    static SHARED: OnceLock<Result<Engine, String>> = OnceLock::new();
    let engine = SHARED.get_or_init(|| Engine::new(&cache_dir()).map_err(|error| format!("{error:#}")));
    engine.as_ref().map_err(|message| Error::Runtime(message.clone()))
}

impl Engine {
    fn new(cache_dir: &Path) -> wasmtime::Result<Self> {
        let mut pool = PoolingAllocationConfig::new();
        pool.total_component_instances(INSTANCES_MAX)
            .total_core_instances(INSTANCES_MAX * CORE_INSTANCES_PER_COMPONENT)
            .total_memories(INSTANCES_MAX)
            .total_tables(INSTANCES_MAX * 2)
            .total_stacks(INSTANCES_MAX * 2)
            .max_memory_size(MEMORY_BYTES_MAX)
            .linear_memory_keep_resident(MEMORY_KEPT_BYTES);
        let mut cache = CacheConfig::new();
        cache.with_directory(std::path::absolute(cache_dir)?);
        let mut config = Config::new();
        config
            .wasm_component_model_async(true)
            .epoch_interruption(true)
            .allocation_strategy(InstanceAllocationStrategy::Pooling(pool))
            .cache(Some(Cache::new(cache)?));
        if std::env::var_os(PERF_MAP).is_some() {
            config.profiler(ProfilingStrategy::PerfMap);
        }
        let engine = wasmtime::Engine::new(&config)?;

        let mut linker = Linker::new(&engine);
        wasmtime_wasi::p2::add_to_linker_async(&mut linker)?;
        wasmtime_wasi::p3::add_to_linker(&mut linker)?;
        wasmtime_wasi_http::p3::add_to_linker(&mut linker)?;
        Spin::add_to_linker::<GuestState, Guest>(&mut linker, |state| state)?;

        let ticking = engine.clone();
        std::thread::Builder::new().name("epoch".to_owned()).spawn(move || {
            loop {
                std::thread::sleep(EPOCH_TICK);
                ticking.increment_epoch();
            }
        })?;
        Ok(Self { engine, linker, components: Mutex::default() })
    }

    /// A component, compiled now unless this file has been compiled before. Takes a second or two where neither this
    /// process nor the cache folder has it.
    ///
    /// # Errors
    /// What is wrong with the file: missing, not a component, or importing what the host does not implement.
    pub(crate) fn component(&self, path: &Path) -> Result<Arc<Compiled>, Vec<String>> {
        let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
        let metadata =
            std::fs::metadata(&path).map_err(|error| vec![format!("cannot read {}: {error}", path.display())])?;
        let (modified, bytes) = (metadata.modified().ok(), metadata.len());
        let entry = lock(&self.components).entry(path.clone()).or_default().clone();
        // Held while compiling, so that applications which start at the same time do not all compile the same file.
        let mut known = lock(&entry);
        match &*known {
            Some(known) if known.modified == modified && known.bytes == bytes => known.result.clone(),
            _ => {
                let result = self.compile(&path).map(Arc::new);
                *known = Some(Known { modified, bytes, result: result.clone() });
                result
            }
        }
    }

    fn compile(&self, path: &Path) -> Result<Compiled, Vec<String>> {
        let failed = |error: wasmtime::Error| vec![format!("{} cannot be used: {error:#}", path.display())];
        let component = Component::from_file(&self.engine, path).map_err(failed)?;
        let ty = component.component_type();
        let mut problems: Vec<String> = ty
            .imports(&self.engine)
            .filter(|(name, _)| !is_implemented(name))
            .map(|(name, _)| format!("imports `{name}`, which this host does not implement"))
            .collect();
        if !ty.exports(&self.engine).any(|(name, _)| name == HANDLER) {
            problems.push(format!("does not export `{HANDLER}`, which is how this host passes requests on"));
        }
        if !problems.is_empty() {
            return Err(problems);
        }
        let instance = self.linker.instantiate_pre(&component).map_err(failed)?;
        Ok(Compiled { service: ServicePre::new(instance).map_err(failed)? })
    }
}

/// Whether the host has an interface. The 0.2 interfaces are those that Rust's standard library imports.
fn is_implemented(import: &str) -> bool {
    const SPIN: [&str; 3] =
        ["spin:key-value/key-value@3.0.0", "spin:sqlite/sqlite@3.1.0", "spin:variables/variables@3.0.0"];
    const WASI: [&str; 6] = ["wasi:cli", "wasi:clocks", "wasi:filesystem", "wasi:io", "wasi:random", "wasi:sockets"];
    const HTTP: [&str; 2] = ["wasi:http/types@0.3.0", "wasi:http/client@0.3.0"];
    let is_wasi = || {
        let package = import.split('/').next().unwrap_or("");
        let version = import.split('@').nth(1).unwrap_or("");
        WASI.contains(&package) && (version.starts_with("0.2.") || version == "0.3.0")
    };
    SPIN.contains(&import) || HTTP.contains(&import) || is_wasi()
}
