//! Instances of components: what each of them holds, how many requests it takes, and when it goes.

use crate::body::Signs;
use crate::chain::Chain;
use crate::clock::WallClock;
use crate::config::Limits;
use crate::database::Database;
use crate::engine::{Compiled, epoch_ticks};
use crate::faults::Faults;
use crate::observe::Trace;
use crate::outbound::client::Client;
use crate::outbound::{AllowedHost, Outbound};
use crate::stdio::Prefixed;
use std::collections::{BTreeMap, BTreeSet};
use std::io::Write as _;
use std::pin::Pin;
use std::sync::{Arc, Weak};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};
use tokio::time::Sleep;
use tokio_util::sync::{CancellationToken, WaitForCancellationFutureOwned};
use tokio_util::task::task_tracker::{TaskTracker, TaskTrackerToken};
use wasmtime::component::{GuestTaskId, HasData, ResourceTable};
use wasmtime::{Store, StoreContextMut, UpdateDeadline};
use wasmtime_wasi::{WasiCtx, WasiCtxView, WasiView};
use wasmtime_wasi_http::handler::{
    HandlerState, Instance, Proxy, ShouldAccept, WorkerExpiration, WorkerState, WorkerStatus,
};
use wasmtime_wasi_http::{WasiHttpCtx, WasiHttpCtxView, WasiHttpView};

/// Epoch ticks after which a component lets others have the thread. The first may come at once, so it takes two to be
/// sure of one whole epoch.
const EPOCH_TICKS_UNINTERRUPTED: u64 = 2;

/// How much longer than a request's time an instance lives that still owes an answer.
const EXPIRY_MARGIN: Duration = Duration::from_secs(1);

/// A component of a running application, and what it may use.
#[derive(Debug)]
pub(crate) struct Component {
    pub(crate) name: Arc<str>,
    pub(crate) compiled: Arc<Compiled>,
    pub(crate) databases: BTreeMap<String, Arc<Database>>,
    pub(crate) key_value: Arc<Database>,
    pub(crate) key_value_stores: BTreeSet<String>,
    pub(crate) variables: BTreeMap<String, String>,
    pub(crate) allowed_outbound_hosts: Arc<[AllowedHost]>,
    pub(crate) client: Arc<Client>,
    pub(crate) chain: Chain,
    pub(crate) faults: Faults,
    pub(crate) clock: WallClock,
    pub(crate) limits: Limits,
    pub(crate) lifetime: Lifetime,
}

/// How the parts of an application learn of its end, and how it learns of theirs.
#[derive(Clone, Debug, Default)]
pub(crate) struct Lifetime {
    /// No new work: connections close after their request, idle instances go.
    pub(crate) closing: CancellationToken,
    /// No work at all: whatever still runs is dropped.
    pub(crate) closed: CancellationToken,
    /// Connections and instances that are still there.
    pub(crate) parts: TaskTracker,
}

/// What one instance holds. The data of its wasmtime store.
pub(crate) struct GuestState {
    pub(crate) component: Arc<Component>,
    pub(crate) table: ResourceTable,
    pub(crate) traces: Traces,
    signs: Arc<Signs>,
    /// Epochs that ended while the instance computed, since its latest request, and since a client last took a piece of a
    /// body that it streams: who is making one does not loop.
    computed: u64,
    counted_since: Instant,
    wasi: WasiCtx,
    http: WasiHttpCtx,
    outbound: Outbound,
    _part: TaskTrackerToken,
}

/// Stands for [`GuestState`] where wasmtime's bindings want a type for their data.
pub(crate) struct Guest;

impl HasData for Guest {
    type Data<'a> = &'a mut GuestState;
}

impl WasiView for GuestState {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView { ctx: &mut self.wasi, table: &mut self.table }
    }
}

impl WasiHttpView for GuestState {
    fn http(&mut self) -> WasiHttpCtxView<'_> {
        WasiHttpCtxView { ctx: &mut self.http, table: &mut self.table, hooks: &mut self.outbound }
    }
}

/// Which task of an instance works for which request.
#[derive(Debug, Default)]
pub(crate) struct Traces(Vec<(GuestTaskId, Weak<Trace>)>);

impl Traces {
    pub(crate) fn get(&self, task: GuestTaskId) -> Option<Arc<Trace>> {
        self.0.iter().rev().find(|(known, _)| *known == task).and_then(|(_, trace)| trace.upgrade())
    }

    fn add(&mut self, task: GuestTaskId, trace: &Arc<Trace>) {
        self.0.retain(|(known, trace)| *known != task && trace.strong_count() > 0);
        self.0.push((task, Arc::downgrade(trace)));
    }
}

impl GuestState {
    /// Counts an epoch in which the instance computed. How many there were.
    fn count_epoch(&mut self) -> u64 {
        let last_taken = self.signs.last_taken();
        if last_taken > self.counted_since {
            (self.computed, self.counted_since) = (0, last_taken);
        }
        self.computed += 1;
        self.computed
    }

    fn new(component: Arc<Component>, signs: Arc<Signs>) -> Self {
        let output = Prefixed(component.name.clone());
        Self {
            wasi: WasiCtx::builder().stdout(output.clone()).stderr(output).wall_clock(component.clock.clone()).build(),
            http: WasiHttpCtx::new(),
            outbound: Outbound {
                component: component.name.clone(),
                allowed: component.allowed_outbound_hosts.clone(),
                client: component.client.clone(),
                chain: component.chain.clone(),
                signs: signs.clone(),
            },
            table: ResourceTable::new(),
            traces: Traces::default(),
            signs,
            computed: 0,
            counted_since: Instant::now(),
            _part: component.lifetime.parts.token(),
            component,
        }
    }
}

/// Makes the instances of a component.
pub(crate) struct Instances(pub(crate) Arc<Component>);

impl HandlerState for Instances {
    type StoreData = GuestState;
    type WorkerExpiration = Expiration;
    type WorkerState = Worker;

    async fn instantiate(&self) -> wasmtime::Result<Instance<GuestState, Expiration, Worker>> {
        let component = self.0.clone();
        let signs = Arc::new(Signs::new());
        let mut store = Store::new(component.compiled.engine(), GuestState::new(component.clone(), signs.clone()));
        let computed_max = epoch_ticks(component.limits.compute_timeout);
        store.set_epoch_deadline(EPOCH_TICKS_UNINTERRUPTED);
        store.epoch_deadline_callback(move |mut store| {
            if store.data_mut().count_epoch() > computed_max {
                return Ok(UpdateDeadline::Interrupt);
            }
            // Tokio's own yield, because it lets the runtime look at its sockets and timers first: a plain wake-up
            // would come back at once, sixty times over.
            Ok(UpdateDeadline::YieldCustom(EPOCH_TICKS_UNINTERRUPTED, Box::pin(tokio::task::yield_now())))
        });
        let service = component.compiled.service.instantiate_async(&mut store).await?;
        Ok(Instance {
            store,
            proxy: Proxy::P3(service),
            view: GuestState::http,
            expiration: Expiration::new(&component, signs.clone()),
            state: Worker { component, signs },
        })
    }
}

/// The policy of one instance.
pub(crate) struct Worker {
    component: Arc<Component>,
    signs: Arc<Signs>,
}

impl WorkerState for Worker {
    type StoreData = GuestState;
    type RequestData = Arc<Trace>;

    fn should_accept_request(&self, concurrent_count: usize, total_count: usize) -> ShouldAccept {
        let limits = &self.component.limits;
        if total_count >= limits.requests_per_instance {
            ShouldAccept::Never
        } else if concurrent_count >= limits.concurrent_requests_per_instance {
            ShouldAccept::No
        } else {
            ShouldAccept::Yes
        }
    }

    fn on_request_start(
        &self,
        mut store: StoreContextMut<'_, GuestState>,
        trace: Arc<Trace>,
        task: GuestTaskId,
    ) -> Pin<Box<dyn Future<Output = ()> + 'static + Send + Sync>> {
        // From here and not from the last interruption, so that a short request is not interrupted at all: between its
        // response's head and body, that would send them in two segments.
        store.set_epoch_deadline(EPOCH_TICKS_UNINTERRUPTED);
        let _ = trace.instance.set(self.signs.clone());
        let state = store.data_mut();
        state.traces.add(task, &trace);
        state.computed = 0;
        // The server answers in place of a request that takes too long; it is not expired here. An instance with an
        // expired request takes no more of them, but goes on swallowing the queue's wake-up for one (wasmtime-wasi-http
        // 48), which then waits although another instance is idle.
        Box::pin(std::future::pending())
    }

    fn drop(&self, store: Store<GuestState>, result: Result<(), wasmtime::Error>) {
        if result.is_err() {
            // Before the bodies that it leaves undone end.
            self.signs.cut_off();
        }
        drop(store);
        // An instance that is cut off at the end of the application is no news.
        if let (Err(error), false) = (result, self.component.lifetime.closed.is_cancelled()) {
            let _ = writeln!(std::io::stderr().lock(), "[{}] instance ended: {error:?}", self.component.name);
        }
    }
}

/// When an instance goes, whatever it does: this also ends one that loops without ever waiting. A body that is being taken,
/// however long it is, lets it stay.
pub(crate) struct Expiration {
    limits: Limits,
    signs: Arc<Signs>,
    timer: Pin<Box<Sleep>>,
    closing: Pin<Box<WaitForCancellationFutureOwned>>,
    closed: Pin<Box<WaitForCancellationFutureOwned>>,
}

impl Expiration {
    fn new(component: &Component, signs: Arc<Signs>) -> Self {
        Self {
            limits: component.limits.clone(),
            signs,
            timer: Box::pin(tokio::time::sleep(Duration::ZERO)),
            closing: Box::pin(component.lifetime.closing.clone().cancelled_owned()),
            closed: Box::pin(component.lifetime.closed.clone().cancelled_owned()),
        }
    }
}

impl WorkerExpiration for Expiration {
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>, status: WorkerStatus, start: Instant) -> Poll<()> {
        if self.closed.as_mut().poll(cx).is_ready() {
            return Poll::Ready(());
        }
        if status == WorkerStatus::Idle && self.closing.as_mut().poll(cx).is_ready() {
            return Poll::Ready(());
        }
        let lasting = match status {
            WorkerStatus::Idle => self.limits.instance_idle,
            WorkerStatus::Requests | WorkerStatus::PostReturn => self.limits.request_timeout + EXPIRY_MARGIN,
        };
        let deadline = tokio::time::Instant::from_std(start.max(self.signs.last_taken()) + lasting);
        if self.timer.deadline() != deadline {
            self.timer.as_mut().reset(deadline);
        }
        self.timer.as_mut().poll(cx)
    }
}
