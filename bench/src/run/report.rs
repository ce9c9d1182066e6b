//! The tables, as Markdown.

use std::fmt::Write as _;

use super::load::{CONNECTIONS, Sample};
use super::operation::{Aim, Operation};
use super::servers::Subject;
use super::{Measured, Options, median, ms};

pub(super) fn report(
    options: &Options,
    operations: &[Operation],
    measured: &Measured,
    wrk: &str,
    load_before: &str,
) -> String {
    let mut text = format!(
        "{}\n\nCommit {}, {wrk}, {CONNECTIONS} connections over loopback, medians of {} rounds of {} s each. Load of the machine before: {}.\n\n",
        machine(),
        options.commit,
        options.rounds,
        options.seconds,
        load_before.split(' ').take(3).collect::<Vec<_>>().join(" "),
    );
    if options.scales.len() > 1 {
        by_scale(&mut text, options, operations, measured);
    } else {
        by_floor(&mut text, operations, measured);
    }
    text
}

/// Each operation beside the floors.
fn by_floor(text: &mut String, operations: &[Operation], measured: &Measured) {
    text.push_str(
        "| Operation | Requests/s | p50 ms | p99 ms | CPU µs a request | Memory MiB | of hello | of SELECT | of native | Aim |\n\
         |---|---:|---:|---:|---:|---:|---:|---:|---:|---|\n",
    );
    let of = |row: usize, subject: Subject| median(measured.get(&(row, 0, subject))?);
    let floor = |wanted: Operation| {
        let row = operations.iter().position(|operation| *operation == wanted)?;
        of(row, Subject::Floor)
    };
    let (hello, select) = (floor(Operation::Hello), floor(Operation::Select));
    for (row, operation) in operations.iter().enumerate() {
        let native = of(row, Subject::Native);
        for subject in operation.subjects() {
            let Some(sample) = of(row, *subject) else { continue };
            let is_native = *subject == Subject::Native;
            let share = |other: Option<Sample>| match other {
                Some(other) if !is_native => percent(sample.per_second / other.per_second),
                _ => String::new(),
            };
            let title = if is_native {
                format!("&nbsp;&nbsp;native: {}", operation.title())
            } else {
                operation.title().to_owned()
            };
            let _ = writeln!(
                text,
                "| {title} | {:.0} | {} | {} | {:.0} | {} | {} | {} | {} | {} |",
                sample.per_second,
                ms(sample.p50),
                ms(sample.p99),
                sample.cpu.as_secs_f64() * 1e6,
                sample.memory >> 20,
                share(hello),
                share(select),
                share(native),
                if is_native { String::new() } else { judged(*operation, sample, hello, native) },
            );
        }
    }
}

/// The aim and whether it is reached: so much of the greeting, and a quarter of the native server.
fn judged(operation: Operation, sample: Sample, hello: Option<Sample>, native: Option<Sample>) -> String {
    const OF_NATIVE: f64 = 0.25;
    let Aim::OfHello(share) = operation.aim() else { return String::new() };
    let reaches = |other: Option<Sample>, share: f64| other.is_none_or(|it| sample.per_second >= share * it.per_second);
    let word = |reached: bool| if reached { "reached" } else { "**missed**" };
    format!(
        "{} of hello: {}; {} of native: {}",
        percent(share),
        word(reaches(hello, share)),
        percent(OF_NATIVE),
        word(reaches(native, OF_NATIVE))
    )
}

/// Each operation at every size.
fn by_scale(text: &mut String, options: &Options, operations: &[Operation], measured: &Measured) {
    text.push_str("| Operation, p50 ms |");
    for scale in &options.scales {
        let _ = write!(text, " {} members |", scale.name);
    }
    text.push_str(" largest : smallest | CPU |\n|---|");
    text.push_str(&"---:|".repeat(options.scales.len() + 2));
    text.push('\n');
    for (row, operation) in operations.iter().enumerate() {
        let samples: Vec<Sample> = (0..options.scales.len())
            .filter_map(|column| median(measured.get(&(row, column, Subject::Service))?))
            .collect();
        let (Some(smallest), Some(largest)) = (samples.first(), samples.last()) else { continue };
        let _ = write!(text, "| {} |", operation.title());
        for sample in &samples {
            let _ = write!(text, " {} |", ms(sample.p50));
        }
        let grown = largest.p50.as_secs_f64() / smallest.p50.as_secs_f64();
        let cpu = largest.cpu.as_secs_f64() / smallest.cpu.as_secs_f64();
        let _ = writeln!(text, " {grown:.2} | {cpu:.2} |");
    }
}

fn percent(share: f64) -> String {
    format!("{:.0} %", share * 100.0)
}

pub(super) fn machine() -> String {
    let read = |path: &str| std::fs::read_to_string(path).unwrap_or_default();
    let cpu = read("/proc/cpuinfo");
    let models: Vec<&str> = cpu
        .lines()
        .filter_map(|line| line.strip_prefix("model name")?.split_once(": ").map(|(_, name)| name))
        .collect();
    let memory = read("/proc/meminfo");
    let kib =
        memory.lines().find_map(|line| line.strip_prefix("MemTotal:")?.split_whitespace().next()?.parse::<u64>().ok());
    format!(
        "Machine: {} × {}, {} GiB, {}.",
        models.len(),
        models.first().copied().unwrap_or("unknown processor"),
        kib.unwrap_or(0) >> 20,
        read("/proc/sys/kernel/ostype").trim().to_owned() + " " + read("/proc/sys/kernel/osrelease").trim()
    )
}
