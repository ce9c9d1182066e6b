//! Messages to webhooks: how many leave in a second, and what requests notice of it.

use std::fmt::Write as _;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use latchkey_domain::OrgId;
use serde_json::{Value, json};

use super::load::{self, Sample};
use super::operation::Operation;
use super::servers::{DISPATCH_TOKEN, Subject};
use super::{Options, Stage, ms};
use crate::failure::{Failure, Outcome};
use crate::names::{self, Kind, LARGE, uuid};

/// Messages that are due when the measurement begins, at least.
const MESSAGES: usize = 10_000;
/// How long requests are sent, without deliveries and beside them.
const SECONDS: u64 = 10;
/// Webhooks that share the messages.
const WEBHOOKS: usize = 4;

/// Measures, and answers with the text of the table.
///
/// # Errors
/// A server or `wrk` fails.
pub(crate) fn deliver(options: &Options) -> Outcome<String> {
    let wrk = load::ensure_wrk()?;
    let scale = options.scales.first().ok_or_else(|| Failure::new("--scale is missing."))?;
    let folder = options.data.join("run");
    let _ = std::fs::remove_dir_all(&folder);
    let mut stage = Stage::start(options, scale, &folder)?;
    stage.warm()?;
    let address = stage.servers.get(&Subject::Service).map(|server| server.address);
    let address = address.ok_or_else(|| Failure::new("There is no such server."))?;
    let receiver = Receiver::start()?;
    fill(address, receiver.address)?;

    let mut request = |seconds| stage.measure(Operation::Me, Subject::Service, seconds, "0");
    request(super::WARM_UP_SECONDS)?;
    let idle = request(SECONDS)?;
    let dispatcher = Dispatcher::start(address);
    let beside = request(SECONDS)?;
    let (received_beside, is_over) = (receiver.received.load(Ordering::Relaxed), dispatcher.is_over());
    let alone = Instant::now();
    dispatcher.end()?;
    let alone = alone.elapsed();
    let received = receiver.received.load(Ordering::Relaxed);
    drop(stage);
    let _ = std::fs::remove_dir_all(&folder);
    if received < MESSAGES || is_over {
        return Err(Failure::new(format!("Only {received} messages were due: choose a larger --scale.")));
    }
    let rates = Rates {
        beside: received_beside as f64 / Duration::from_secs(SECONDS).as_secs_f64(),
        alone: (received - received_beside) as f64 / alone.as_secs_f64(),
    };
    Ok(report(options, &wrk, received, &rates, (idle, beside)))
}

/// Messages in a second.
struct Rates {
    /// While requests are sent as fast as they are answered.
    beside: f64,
    /// While nothing else is asked for.
    alone: f64,
}

fn report(options: &Options, wrk: &str, messages: usize, rates: &Rates, (idle, beside): (Sample, Sample)) -> String {
    let mut text = format!(
        "{}\n\nCommit {}, {wrk}, {} connections over loopback, {SECONDS} s each; {messages} messages to {WEBHOOKS} webhooks of one receiver.\n\n\
         | `GET /v1/me` | Requests/s | p50 ms | p99 ms | Messages/s beside |\n|---|---:|---:|---:|---:|\n",
        super::report::machine(),
        options.commit,
        load::CONNECTIONS,
    );
    for (title, sample, messages) in
        [("nothing delivered", idle, String::new()), ("while messages leave", beside, format!("{:.0}", rates.beside))]
    {
        let (p50, p99) = (ms(sample.p50), ms(sample.p99));
        let _ = writeln!(text, "| {title} | {:.0} | {p50} | {p99} | {messages} |", sample.per_second);
    }
    let ratio = |of: fn(&Sample) -> Duration| of(&beside).as_secs_f64() / of(&idle).as_secs_f64();
    let (p50, p99) = (ratio(|sample| sample.p50), ratio(|sample| sample.p99));
    let _ = writeln!(text, "| ratio | {:.2} | {p50:.2} | {p99:.2} | |", beside.per_second / idle.per_second);
    let _ = writeln!(text, "\nWithout requests beside them: {:.0} messages/s.", rates.alone);
    text
}

/// Makes webhooks, and has them told of what the organization's log holds.
fn fill(address: SocketAddr, receiver: SocketAddr) -> Outcome<()> {
    let owner = names::token(0);
    let path = format!("/v1/orgs/{}/webhooks", OrgId::new(uuid(Kind::Org, LARGE)));
    for n in 0..WEBHOOKS {
        let made = post(address, &path, &owner, &json!({"url": format!("http://{receiver}/{n}")}))?;
        let id = made.get("id").and_then(Value::as_str);
        let id = id.ok_or_else(|| Failure::new(format!("No webhook was made: {made}")))?;
        let mut after = json!(0);
        loop {
            let replayed = post(address, &format!("{path}/{id}/replay"), &owner, &json!({ "after": after }))?;
            after = replayed.get("last_version").cloned().unwrap_or_default();
            if is_all(&replayed) || after.as_u64() >= Some((MESSAGES / WEBHOOKS) as u64) {
                break;
            }
        }
    }
    Ok(())
}

/// Whether an answer says that there is no more.
fn is_all(answer: &Value) -> bool {
    answer.get("more") == Some(&Value::Bool(false))
}

fn post(address: SocketAddr, path: &str, token: &str, body: &Value) -> Outcome<Value> {
    let (mut stream, body) = (TcpStream::connect(address)?, body.to_string());
    let length = body.len();
    write!(
        stream,
        "POST {path} HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {token}\r\nContent-Type: application/json\r\n\
         Content-Length: {length}\r\nConnection: close\r\n\r\n{body}"
    )?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or_default();
    if !head.starts_with("HTTP/1.1 2") {
        return Err(Failure::new(format!("POST {path}: {answer}")));
    }
    Ok(serde_json::from_str(body)?)
}

/// Whoever calls `/v1/dispatch`, again and again, until nothing is left.
struct Dispatcher {
    thread: thread::JoinHandle<Result<(), String>>,
    over: Arc<AtomicBool>,
}

impl Dispatcher {
    fn start(address: SocketAddr) -> Self {
        let over = Arc::new(AtomicBool::new(false));
        let done = over.clone();
        let thread = thread::spawn(move || {
            loop {
                let answer = post(address, "/v1/dispatch", DISPATCH_TOKEN, &json!({}));
                let answer = answer.map_err(|failure| failure.to_string())?;
                if is_all(&answer) {
                    done.store(true, Ordering::Relaxed);
                    return Ok(());
                }
            }
        });
        Self { thread, over }
    }

    fn is_over(&self) -> bool {
        self.over.load(Ordering::Relaxed)
    }

    fn end(self) -> Outcome<()> {
        let ended = self.thread.join().map_err(|_| Failure::new("The dispatcher panicked."))?;
        ended.map_err(Failure::new)
    }
}

/// Takes every message, and does nothing with it.
struct Receiver {
    address: SocketAddr,
    received: Arc<AtomicUsize>,
}

impl Receiver {
    fn start() -> Outcome<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let (address, received) = (listener.local_addr()?, Arc::new(AtomicUsize::new(0)));
        let counted = received.clone();
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let counted = counted.clone();
                thread::spawn(move || take(stream, &counted));
            }
        });
        Ok(Self { address, received })
    }
}

/// Answers the requests of a connection until it ends.
fn take(stream: TcpStream, received: &AtomicUsize) -> std::io::Result<()> {
    let mut writer = stream.try_clone()?;
    let mut reader = BufReader::new(stream);
    loop {
        let mut length = 0;
        loop {
            let mut line = String::new();
            if reader.read_line(&mut line)? == 0 {
                return Ok(());
            }
            if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                length = value.trim().parse().unwrap_or(0);
            }
            if line == "\r\n" {
                break;
            }
        }
        std::io::copy(&mut (&mut reader).take(length), &mut std::io::sink())?;
        received.fetch_add(1, Ordering::Relaxed);
        writer.write_all(b"HTTP/1.1 204 No Content\r\n\r\n")?;
    }
}
