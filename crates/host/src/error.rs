//! Why an application does not start.

use std::fmt;
use std::path::PathBuf;

/// Why the host could not start an application.
#[derive(Debug)]
pub enum Error {
    /// The manifest, its components or its variables ask for something that cannot be given.
    Refused {
        /// The manifest that was read.
        manifest: PathBuf,
        /// Everything that stands in the way, each naming the key, import or variable at fault.
        problems: Vec<String>,
    },
    /// A file, a folder or a socket could not be used.
    Io {
        /// What was tried, as in "listen on 127.0.0.1:3000".
        action: String,
        /// What the operating system answered.
        source: std::io::Error,
    },
    /// A database of the host's own could not be prepared.
    Database {
        /// The file in question.
        path: PathBuf,
        /// What SQLite answered.
        source: rusqlite::Error,
    },
    /// The WebAssembly runtime could not be set up.
    Runtime(String),
}

impl Error {
    pub(crate) fn io(action: impl Into<String>, source: std::io::Error) -> Self {
        Self::Io { action: action.into(), source }
    }

    /// The problems of a refusal, or nothing for other errors.
    pub fn problems(&self) -> &[String] {
        match self {
            Self::Refused { problems, .. } => problems,
            _ => &[],
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused { manifest, problems } => {
                write!(f, "cannot run {}:", manifest.display())?;
                problems.iter().try_for_each(|problem| write!(f, "\n  - {problem}"))
            }
            Self::Io { action, source } => write!(f, "cannot {action}: {source}"),
            Self::Database { path, source } => write!(f, "cannot prepare {}: {source}", path.display()),
            Self::Runtime(message) => write!(f, "cannot set up the WebAssembly runtime: {message}"),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Io { source, .. } => Some(source),
            Self::Database { source, .. } => Some(source),
            Self::Refused { .. } | Self::Runtime(_) => None,
        }
    }
}
