//! The measurements: the compared things take turns, round by round, so that whatever else the machine does falls on all of
//! them, and the median of the rounds counts.

mod deliver;
mod load;
mod operation;
mod report;
mod servers;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::failure::{Failure, Outcome};
use crate::scale::Scale;
use crate::seed;
pub(crate) use deliver::deliver;
use load::Sample;
use operation::Operation;
use servers::{Programs, Server, Subject};

/// Seconds that a server is warmed up for, before it is measured for the first time.
const WARM_UP_SECONDS: u64 = 1;

/// What is to be measured.
pub(crate) struct Options {
    pub(crate) host: PathBuf,
    pub(crate) root: PathBuf,
    /// Where seeded databases are kept: each is made once, and copied for a run.
    pub(crate) data: PathBuf,
    pub(crate) only: Vec<String>,
    pub(crate) scales: Vec<Scale>,
    pub(crate) rounds: usize,
    pub(crate) seconds: u64,
    pub(crate) commit: String,
}

/// The database's name in a state folder.
const DATABASE: &str = "sqlite_db.db";

/// What was measured, in which order it is shown.
pub(crate) type Measured = BTreeMap<(usize, usize, Subject), Vec<Sample>>;

/// Measures, and answers with the text of the tables.
///
/// # Errors
/// A server or `wrk` fails.
pub(crate) fn run(options: &Options) -> Outcome<String> {
    let wrk = load::ensure_wrk()?;
    let operations = chosen(&options.only)?;
    let folder = options.data.join("run");
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder)?;
    let mut stages = Vec::new();
    for scale in &options.scales {
        stages.push(Stage::start(options, scale, &folder.join(scale.name))?);
    }
    for stage in &stages {
        stage.warm()?;
    }
    let mut measured = Measured::new();
    let load_before = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    for round in 0..=options.rounds {
        for (row, operation) in operations.iter().enumerate() {
            for (column, stage) in stages.iter_mut().enumerate() {
                for subject in operation.subjects() {
                    if !stage.servers.contains_key(subject) {
                        continue;
                    }
                    // The first round only warms up.
                    let seconds = if round == 0 { WARM_UP_SECONDS } else { options.seconds };
                    let sample = stage.measure(*operation, *subject, seconds, &format!("{round}.{row}"))?;
                    eprintln!(
                        "round {round}/{} {:>5} {:<9} {:?}: {:.0}/s, p99 {:.1?}, {:.0?} of CPU",
                        options.rounds,
                        stage.scale.name,
                        operation.name(),
                        subject,
                        sample.per_second,
                        sample.p99,
                        sample.cpu
                    );
                    if round > 0 {
                        measured.entry((row, column, *subject)).or_default().push(sample);
                    }
                }
            }
        }
    }
    drop(stages);
    let _ = std::fs::remove_dir_all(&folder);
    Ok(report::report(options, &operations, &measured, &wrk, load_before.trim()))
}

fn chosen(only: &[String]) -> Outcome<Vec<Operation>> {
    let unknown = only.iter().find(|name| !Operation::ALL.iter().any(|operation| operation.name() == *name));
    if let Some(unknown) = unknown {
        let names = Operation::ALL.map(Operation::name).join(", ");
        return Err(Failure::new(format!("{unknown} is not among the operations: {names}.")));
    }
    // Without the floors there would be nothing to compare with.
    let is_floor = |operation: &Operation| matches!(operation, Operation::Hello | Operation::Select);
    let is_wanted = |operation: &Operation| {
        only.is_empty() || is_floor(operation) || only.iter().any(|name| name == operation.name())
    };
    Ok(Operation::ALL.into_iter().filter(is_wanted).collect())
}

/// A seeded database with its servers.
struct Stage {
    scale: Scale,
    servers: BTreeMap<Subject, Server>,
    /// The first invitation that nobody has accepted.
    next: usize,
    runs: usize,
    folder: PathBuf,
}

impl Stage {
    fn start(options: &Options, scale: &Scale, folder: &Path) -> Outcome<Self> {
        let seeded = options.data.join(format!("{}.db", scale.name));
        if !seeded.exists() {
            eprintln!("seeding {}", scale.name);
            let draft = options.data.join(format!("{}.db.new", scale.name));
            let _ = std::fs::remove_file(&draft);
            seed::seed(&draft, scale)?;
            std::fs::rename(&draft, &seeded)?;
        }
        std::fs::create_dir_all(folder)?;
        std::fs::copy(&seeded, folder.join(DATABASE))?;
        // It may have been seeded by an earlier release; bringing it up to date is not what is measured.
        let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let now = i64::try_from(since_1970.as_millis()).unwrap_or_default();
        latchkey_ops::migrate::migrate(&folder.join(DATABASE), now)
            .map_err(|fault| Failure::new(format!("{} cannot be brought up to date: {fault}", scale.name)))?;
        renew_sessions(&folder.join(DATABASE), now)?;
        let programs = Programs { host: options.host.clone(), root: options.root.clone() };
        // Sizes are compared with each other, and need no floor.
        let subjects: &[Subject] = if options.scales.len() > 1 {
            &[Subject::Service]
        } else {
            &[Subject::Floor, Subject::Service, Subject::Native]
        };
        let mut servers = BTreeMap::new();
        for subject in subjects {
            servers.insert(*subject, Server::start(&programs, *subject, folder)?);
        }
        Ok(Self { scale: *scale, servers, next: 0, runs: 0, folder: folder.to_owned() })
    }

    /// Reads the whole database once, after all of them were copied: what is measured is the service, and not how long a disk takes
    /// for pages that nobody has looked at since. All of them together must fit into memory.
    fn warm(&self) -> Outcome<()> {
        let mut file = std::fs::File::open(self.folder.join(DATABASE))?;
        file.sync_all()?;
        std::io::copy(&mut file, &mut std::io::sink())?;
        Ok(())
    }

    fn measure(&mut self, operation: Operation, subject: Subject, seconds: u64, run: &str) -> Outcome<Sample> {
        let server = self.servers.get(&subject).ok_or_else(|| Failure::new("There is no such server."))?;
        self.runs += 1;
        let first = if operation.uses_up() { self.next } else { 0 };
        let script = operation.script(&self.scale, first, &format!("{run}.{}", self.runs));
        let sample = load::measure(server, &script, seconds, &self.folder)
            .map_err(|failure| Failure::new(format!("{} at {subject:?}: {failure}", operation.name())))?;
        if operation.uses_up() {
            self.next = sample.next;
        }
        Ok(sample)
    }
}

/// Lets old sessions begin today: a seeded database is kept for longer than anybody may stay signed in.
fn renew_sessions(database: &Path, now: i64) -> Outcome<()> {
    const OLD_MS: i64 = 7 * 24 * 3_600_000;
    let connection = rusqlite::Connection::open(database)?;
    connection.execute("UPDATE session SET created_at = ?1 WHERE created_at < ?1 - ?2", [now, OLD_MS])?;
    Ok(())
}

/// The sample in the middle, by each measure for itself.
pub(crate) fn median(samples: &[Sample]) -> Option<Sample> {
    fn middle<T: Copy + PartialOrd>(samples: &[Sample], of: impl Fn(&Sample) -> T) -> Option<T> {
        let mut values: Vec<T> = samples.iter().map(of).collect();
        values.sort_by(|a, b| a.partial_cmp(b).unwrap_or(std::cmp::Ordering::Equal));
        values.get(values.len() / 2).copied()
    }
    Some(Sample {
        per_second: middle(samples, |sample| sample.per_second)?,
        p50: middle(samples, |sample| sample.p50)?,
        p99: middle(samples, |sample| sample.p99)?,
        cpu: middle(samples, |sample| sample.cpu)?,
        memory: middle(samples, |sample| sample.memory)?,
        next: 0,
    })
}

/// Milliseconds, with as many digits as tell something.
fn ms(duration: Duration) -> String {
    let ms = duration.as_secs_f64() * 1e3;
    if ms < 10.0 { format!("{ms:.2}") } else { format!("{ms:.0}") }
}
