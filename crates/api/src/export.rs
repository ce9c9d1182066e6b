//! The audit list as it is exported: lines of JSON, or of CSV.

use serde::Serialize;

use crate::csv;
use crate::model::AuditEntry;
use crate::problem::Problem;

/// An entry on its way out.
#[derive(Debug, Serialize)]
pub struct Exported {
    /// 1 for the first of the answer.
    pub position: u64,
    /// With it another answer begins after this entry.
    pub cursor: String,
    #[serde(flatten)]
    pub entry: AuditEntry,
}

const COLUMNS: [&str; 21] = [
    "position",
    "cursor",
    "kind",
    "id",
    "version",
    "type",
    "at",
    "effective_at",
    "actor_id",
    "actor_kind",
    "actor_display_name",
    "actor_email",
    "member",
    "target_type",
    "target_id",
    "project",
    "ip",
    "user_agent",
    "data",
    "received_at",
    "leaf_hash",
];

/// The line that names the columns.
pub fn csv_head() -> String {
    csv::line(&COLUMNS)
}

impl Exported {
    /// One JSON object, and the end of its line.
    ///
    /// # Errors
    /// When it cannot be written, which would be a bug.
    pub fn write_ndjson(&self, text: &mut Vec<u8>) -> Result<(), Problem> {
        serde_json::to_writer(&mut *text, self).map_err(unwritable)?;
        text.push(b'\n');
        Ok(())
    }

    /// One line of CSV.
    ///
    /// # Errors
    /// As [`Exported::write_ndjson`].
    pub fn write_csv(self, text: &mut Vec<u8>) -> Result<(), Problem> {
        text.extend(csv::line(&self.columns()?).into_bytes());
        Ok(())
    }

    /// In the order of [`COLUMNS`]; empty where there is nothing.
    fn columns(self) -> Result<[String; COLUMNS.len()], Problem> {
        let Self { position, cursor, entry } = self;
        let (target_type, target_id) = entry.target.map(|target| (target.r#type, target.id)).unzip();
        Ok([
            position.to_string(),
            cursor,
            entry.kind.to_string(),
            entry.id,
            entry.version.map(|version| version.to_string()).unwrap_or_default(),
            entry.r#type,
            entry.at.to_string(),
            entry.effective_at.to_string(),
            entry.actor.id,
            entry.actor.kind,
            entry.actor.display_name.unwrap_or_default(),
            entry.actor.email.unwrap_or_default(),
            entry.member.unwrap_or_default(),
            target_type.unwrap_or_default(),
            target_id.unwrap_or_default(),
            entry.project.unwrap_or_default(),
            entry.ip.unwrap_or_default(),
            entry.user_agent.unwrap_or_default(),
            serde_json::to_string(&entry.data).map_err(unwritable)?,
            entry.received_at.map(|at| at.to_string()).unwrap_or_default(),
            entry.leaf_hash.unwrap_or_default(),
        ])
    }
}

fn unwritable(error: serde_json::Error) -> Problem {
    Problem::internal(format!("an entry cannot be written: {error}"))
}
