//! The audit log, and the service itself.

use super::Effect::Upkeep;
use super::Method::{Get, Post};
use super::{Route, Who};
use crate::codes::Code;
use crate::model::*;

pub(super) const ROUTES: &[Route] = &[
    Route::new("list_audit", "audit", Get, "/v1/orgs/{org}/audit")
        .says("audit", "Read the audit log", "The newest event first. Needs `audit.read`.")
        .query::<ListAudit>()
        .pages::<AuditEvent>()
        .may_refuse(&[Code::Forbidden]),
    Route::new("dispatch", "dispatch", Post, "/v1/dispatch")
        .says(
            "service",
            "Do what is due",
            "Called by a timer, with the dispatch token as bearer: marks invitations and invite links that have run out as expired.",
        )
        .who(Who::DispatchToken)
        .changes(Upkeep)
        .answers::<Dispatched>(200),
    Route::new("list_mail", "dispatch", Get, "/dev/mailbox")
        .says(
            "service",
            "The development mailbox",
            "Mail that would have been sent, the newest first: as JSON, or as a page for `Accept: text/html`. Exists only \
             while `dev_mode` is on.",
        )
        .who(Who::DevMode)
        .query::<ListMail>()
        .pages::<Mail>(),
    Route::new("get_service", "root", Get, "/")
        .says("service", "The front door", "Name, version and where to go.")
        .who(Who::Anyone)
        .without_store()
        .answers::<Service>(200),
    Route::new("get_openapi", "root", Get, "/v1/openapi.json")
        .says("service", "This description", "The OpenAPI 3.1 document of the service.")
        .who(Who::Anyone)
        .without_store(),
];
