//! One's own sessions.

use super::Effect::SignIn;
use super::Method::{Delete, Get};
use super::{Route, Who};
use crate::model::*;

pub(super) const ROUTES: &[Route] = &[
    Route::new("list_my_sessions", "session", Get, "/v1/me/sessions")
        .who(Who::Session)
        .says(
            "me",
            "Where am I signed in",
            "One's open sessions, the newest first, each with its last use to some minutes.",
        )
        .query::<ListMySessions>()
        .pages::<MySession>(),
    Route::new("end_my_session", "session", Delete, "/v1/me/sessions/{session}")
        .who(Who::Session)
        .says(
            "me",
            "Sign out somewhere",
            "Ends one of one's own sessions: from the next request on it is as good as none.",
        )
        .changes(SignIn)
        .answers_nothing(),
    Route::new("end_my_sessions", "session", Delete, "/v1/me/sessions")
        .who(Who::Session)
        .says(
            "me",
            "Sign out everywhere",
            "Ends all of one's own sessions, but for the one that asks unless `current=end`.",
        )
        .changes(SignIn)
        .query::<EndMySessions>()
        .answers::<EndedSessions>(200),
];
