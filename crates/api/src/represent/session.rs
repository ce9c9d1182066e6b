//! Sessions, as their owner sees them.

use latchkey_store::session;

use crate::Timestamp;
use crate::model::MySession;

impl From<session::MySession> for MySession {
    fn from(it: session::MySession) -> Self {
        Self {
            id: it.id.to_string(),
            method: it.method,
            created_at: Timestamp(it.created_at),
            last_seen_at: Timestamp(it.seen_at.unwrap_or(it.created_at)),
            expires_at: Timestamp(it.expires_at),
            ip: it.ip,
            user_agent: it.user_agent,
            current: it.is_current,
        }
    }
}
