//! The checkpoints that are believed.

use latchkey_domain::note::{Head, Note, VerifierKey};

use super::{Finding, Report};

/// A checkpoint as somebody kept it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// Where, such as a file's name.
    pub from: String,
    /// The signed note.
    pub note: String,
}

/// What a trusted key has signed.
pub(super) struct Signed {
    pub(super) head: Head,
    pub(super) from: String,
}

/// Those that a trusted key has signed, the smallest first, one of each size; reports all others.
pub(super) fn believed(kept: &[Kept], keys: &[VerifierKey], report: &mut Report) -> Vec<Signed> {
    let mut heads: Vec<Signed> = Vec::new();
    for kept in kept {
        match head_of(&kept.note, keys) {
            Ok(head) => heads.push(Signed { head, from: kept.from.clone() }),
            Err(why) => report.add(Finding::Checkpoint { from: kept.from.clone(), why }),
        }
    }
    report.checkpoints = heads.len() as u64;
    heads.sort_by(|a, b| (a.head.size, &a.from).cmp(&(b.head.size, &b.from)));
    heads.dedup_by(|later, earlier| {
        let is_same_size = later.head.size == earlier.head.size;
        if is_same_size && later.head.root != earlier.head.root {
            let from = [earlier.from.clone(), later.from.clone()];
            report.add(Finding::Contradiction { size: later.head.size, from });
        }
        is_same_size
    });
    heads
}

fn head_of(note: &str, keys: &[VerifierKey]) -> Result<Head, String> {
    let note = Note::parse(note).ok_or("this is no signed note")?;
    let key = note.verify(keys).map_err(|fault| fault.to_string())?;
    let head = Head::parse(&note.text).ok_or("the note is no checkpoint")?;
    if head.origin == key.name {
        Ok(head)
    } else {
        Err(format!("it is signed as {}, and of {}", key.name, head.origin))
    }
}
