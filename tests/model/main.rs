//! The model: random commands, in time and late, through the decisions and the one INSERT, with two folds watching each
//! other.
//!
//! A failing case is kept in `proptest-regressions.txt` beside this file and tried first from then on.
//! `PROPTEST_RNG_SEED` and `PROPTEST_CASES` ask for other cases and more of them.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod forge;
mod found;
mod log;
mod past;
mod policies;
mod rebuild;
mod run;
mod steps;
mod upgrade;
mod wish;
mod world;

use std::cell::RefCell;
use std::collections::BTreeMap;

use proptest::test_runner::{Config, FileFailurePersistence, RngSeed, TestRunner};

/// How many sequences are tried, unless `PROPTEST_CASES` says otherwise.
const CASES: u32 = 300;
/// The same sequences every time: a run that fails says something about the change under test, and not about luck.
const SEED: u64 = 20_260_101;

#[test]
fn whatever_is_asked_in_whatever_order_state_and_log_agree() {
    let mut config = Config {
        failure_persistence: Some(Box::new(FileFailurePersistence::Direct(concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/model/proptest-regressions.txt"
        )))),
        ..Config::default()
    };
    if std::env::var_os("PROPTEST_CASES").is_none() {
        config.cases = CASES;
    }
    if std::env::var_os("PROPTEST_RNG_SEED").is_none() {
        config.rng_seed = RngSeed::Fixed(SEED);
    }
    let tally = RefCell::new(BTreeMap::new());
    let outcome = TestRunner::new(config).run(&steps::cases(), |(rules, steps)| {
        run::Run::new(&mut tally.borrow_mut(), rules).steps(&steps);
        Ok(())
    });
    if let Err(failure) = outcome {
        panic!("{failure}");
    }
    // A model that never gets anywhere would agree with anything.
    for (what, times) in tally.borrow().iter() {
        println!("{times:>6} {what}");
    }
    let met = |limit: &str| tally.borrow().keys().any(|what| what.starts_with("refused: ") && what.contains(limit));
    assert!(met("seats: ") && met(" of "), "no limit was ever met");
    for what in run::MUST_HAPPEN {
        assert!(tally.borrow().get(*what).is_some_and(|times| *times > 0), "{what} never happened");
    }
}
