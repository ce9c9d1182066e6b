//! One run of `wrk` against one server.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use super::servers::Server;
use crate::failure::{Failure, Outcome};

pub(crate) const CONNECTIONS: usize = 16;

/// What came of one run.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sample {
    pub(crate) per_second: f64,
    pub(crate) p50: Duration,
    pub(crate) p99: Duration,
    /// Time of the processor that the server used for one request.
    pub(crate) cpu: Duration,
    pub(crate) memory: u64,
    /// The first of what the next run may use up.
    pub(crate) next: usize,
}

/// Whether `wrk` can be run; otherwise how to get it.
///
/// # Errors
/// It is missing.
pub(crate) fn ensure_wrk() -> Outcome<String> {
    let missing = || Failure::new("wrk is missing, which makes the load. On Debian: apt-get install wrk");
    let output = Command::new("wrk").arg("--version").output().map_err(|_| missing())?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    Ok(text.lines().next().unwrap_or("wrk").split(" Copyright").next().unwrap_or("wrk").trim().to_owned())
}

/// Sends requests for some seconds.
///
/// # Errors
/// `wrk` fails, or a request was answered by an error: then nothing was measured.
pub(crate) fn measure(server: &Server, script: &str, seconds: u64, folder: &Path) -> Outcome<Sample> {
    let file = folder.join("requests.lua");
    std::fs::write(&file, script)?;
    let before = server.cpu()?;
    let mut wrk = Command::new("wrk");
    wrk.args(["-t1", &format!("-c{CONNECTIONS}"), &format!("-d{seconds}s"), "--timeout", "10s", "-s"]).arg(&file);
    let output = wrk.arg(format!("http://{}/", server.address)).stderr(Stdio::inherit()).output()?;
    let cpu = server.cpu()? - before;
    let text = String::from_utf8_lossy(&output.stdout);
    let line = text.lines().find_map(|line| line.strip_prefix("measured "));
    let numbers: Vec<u64> =
        line.unwrap_or_default().split(' ').filter_map(|number| number.parse::<f64>().ok()).map(|n| n as u64).collect();
    let [requests, duration, p50, p99, errors, next] = numbers.as_slice() else {
        return Err(Failure::new(format!("wrk says something else than expected:\n{text}")));
    };
    if *errors > 0 || *requests == 0 {
        return Err(Failure::new(format!("{errors} of {requests} requests failed.")));
    }
    Ok(Sample {
        per_second: *requests as f64 / Duration::from_micros(*duration).as_secs_f64(),
        p50: Duration::from_micros(*p50),
        p99: Duration::from_micros(*p99),
        cpu: cpu / u32::try_from(*requests).unwrap_or(u32::MAX),
        memory: server.memory()?,
        next: usize::try_from(*next).unwrap_or(0),
    })
}
