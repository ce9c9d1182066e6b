//! Statements that change a database, several of them in one transaction.
//!
//! SQLite has one writer at a time, and every transaction pays for itself: its pages are written to the log, and the log
//! to the disk. Statements that stand alone and wait for the same lock can share that: each is atomic by itself all the
//! same, sees what those before it did, and is answered once all of it is as safe as its connection wants. Spin runs one
//! after the other, which differs in nothing but time.

use crate::carry::Carry;
use crate::database::{Connection, Database, Failure, Patience, Rows, query};
use crate::observe::lock;
use rusqlite::types::Value;
use std::sync::{Arc, Mutex};
use tokio::sync::oneshot;

/// Statements of one transaction at most: those that come meanwhile should not wait for long.
const TOGETHER_MAX: usize = 64;

/// What a connection that writes begins with besides: room for the pages that one change after the other touches, which the
/// others would read from the file again after every change; and a log that is carried over beside it ([`Carry`]).
const PRAGMAS: &str = "PRAGMA cache_size = -32000; PRAGMA wal_autocheckpoint = 0;";

/// A statement as a component asked for it.
#[derive(Debug)]
pub(crate) struct Question {
    pub(crate) sql: String,
    pub(crate) parameters: Vec<Value>,
}

/// How safe a change is before it is answered: what `PRAGMA synchronous` says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Durability {
    /// It survives the end of the process.
    Normal,
    /// It survives a power failure.
    Full,
}

/// What a statement that writes came to.
#[derive(Debug)]
pub(crate) struct Written {
    pub(crate) rows: Rows,
    pub(crate) last_insert_rowid: i64,
    pub(crate) changes: u64,
}

type Answer = Result<Written, Failure>;

/// A statement that waits for its turn.
#[derive(Debug)]
struct Waiting {
    question: Arc<Question>,
    durability: Durability,
    answer: oneshot::Sender<Answer>,
}

/// The statements that wait to write into one database.
#[derive(Debug, Default)]
pub(crate) struct Writes {
    queue: Mutex<Queue>,
    /// The connections that write, for each durability one that nobody uses at present.
    normal: Mutex<Option<Connection>>,
    full: Mutex<Option<Connection>>,
    carry: Carry,
}

#[derive(Debug, Default)]
struct Queue {
    waiting: Vec<Waiting>,
    turn: Turn,
}

/// Whether somebody is at work on the queue.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Turn {
    #[default]
    Nobodys,
    Taken,
}

impl Writes {
    fn connection(&self, durability: Durability) -> &Mutex<Option<Connection>> {
        match durability {
            Durability::Normal => &self.normal,
            Durability::Full => &self.full,
        }
    }

    pub(crate) fn close_idle(&self) {
        lock(&self.normal).take();
        lock(&self.full).take();
    }
}

/// Runs a statement that writes, together with others that wait.
pub(crate) async fn write(database: &Arc<Database>, question: Arc<Question>, durability: Durability) -> Answer {
    let (sender, receiver) = oneshot::channel();
    let is_first = {
        let mut queue = lock(&database.writes.queue);
        queue.waiting.push(Waiting { question, durability, answer: sender });
        std::mem::replace(&mut queue.turn, Turn::Taken) == Turn::Nobodys
    };
    if is_first {
        // A task of its own, because a request may be given up while others wait for what it does.
        tokio::spawn(work(database.clone()));
    }
    receiver.await.unwrap_or_else(|_| Err(Failure::Error("the application has been shut down".to_owned())))
}

/// Works on the queue until it is empty.
async fn work(database: Arc<Database>) {
    loop {
        // Whoever is about to join does so now.
        tokio::task::yield_now().await;
        let together: Vec<Waiting> = {
            let mut queue = lock(&database.writes.queue);
            if queue.waiting.is_empty() {
                queue.turn = Turn::Nobodys;
                return;
            }
            let count = queue.waiting.len().min(TOGETHER_MAX);
            queue.waiting.drain(..count).collect()
        };
        let durability = together.iter().map(|waiting| waiting.durability).max().unwrap_or(Durability::Full);
        let answers = answers(&database, durability, &together).await;
        for (waiting, answer) in together.into_iter().zip(answers) {
            // Whoever has gone does not want to know.
            let _ = waiting.answer.send(answer);
        }
        database.notify_released();
        let kept = lock(database.writes.connection(durability)).take();
        if let Some(mut connection) = kept {
            database.writes.carry.keep_up(&database, &mut connection).await;
            *lock(database.writes.connection(durability)) = Some(connection);
        }
    }
}

async fn answers(database: &Arc<Database>, durability: Durability, together: &[Waiting]) -> Vec<Answer> {
    let kept = lock(database.writes.connection(durability)).take();
    let mut connection = match kept {
        Some(kept) => kept,
        None => match open(database, durability).await {
            Ok(opened) => opened,
            Err(failure) => return together.iter().map(|_| Err(failure.clone())).collect(),
        },
    };
    let mut answers = None;
    if together.len() > 1 {
        answers = in_one_transaction(database, &mut connection, together).await;
    }
    let answers = match answers {
        Some(answers) => answers,
        // One alone, or one that the transaction could not survive: each for itself, as if there were no others.
        None => {
            let mut answers = Vec::new();
            for waiting in together {
                answers.push(alone(database, &mut connection, &waiting.question).await);
            }
            answers
        }
    };
    *lock(database.writes.connection(durability)) = Some(connection);
    answers
}

async fn open(database: &Arc<Database>, durability: Durability) -> Result<Connection, Failure> {
    let mut patience = Patience::new(database.clone());
    loop {
        let opened = database.open().and_then(|connection| {
            connection.execute_batch(PRAGMAS)?;
            if durability == Durability::Normal {
                connection.execute_batch("PRAGMA synchronous = NORMAL")?;
            }
            Ok(connection)
        });
        match opened {
            Ok(connection) => return Ok(connection),
            Err(error) => patience.pause(error.into()).await?,
        }
    }
}

async fn alone(database: &Arc<Database>, connection: &mut Connection, question: &Question) -> Answer {
    let mut patience = Patience::new(database.clone());
    loop {
        match run(connection, question) {
            Ok(written) => return Ok(written),
            Err(failure) => patience.pause(failure).await?,
        }
    }
}

/// `None`: nothing has happened, and each must be tried for itself.
async fn in_one_transaction(
    database: &Arc<Database>,
    connection: &mut Connection,
    together: &[Waiting],
) -> Option<Vec<Answer>> {
    let mut patience = Patience::new(database.clone());
    while let Err(failure) = execute(connection, "BEGIN IMMEDIATE") {
        if let Err(failure) = patience.pause(failure).await {
            // They have all waited for as long as one should.
            return Some(together.iter().map(|_| Err(failure.clone())).collect());
        }
    }
    let mut answers = Vec::new();
    for waiting in together {
        let answer = run(connection, &waiting.question);
        // What fails is undone alone, except where SQLite has given up the transaction, or needs a lock that it cannot get.
        if connection.is_autocommit() || matches!(answer, Err(Failure::Busy(_))) {
            roll_back(connection);
            return None;
        }
        answers.push(answer);
    }
    if execute(connection, "COMMIT").is_err() {
        roll_back(connection);
        return None;
    }
    Some(answers)
}

fn run(connection: &Connection, question: &Question) -> Answer {
    let rows = query(connection, &question.sql, &question.parameters)?;
    Ok(Written { rows, last_insert_rowid: connection.last_insert_rowid(), changes: connection.changes() })
}

fn execute(connection: &Connection, sql: &str) -> Result<(), Failure> {
    query(connection, sql, &[]).map(drop)
}

fn roll_back(connection: &Connection) {
    if !connection.is_autocommit() {
        // Should it fail, what follows fails too, and says why.
        let _ = execute(connection, "ROLLBACK");
    }
}
