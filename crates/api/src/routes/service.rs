//! The audit log, and the service itself.

use super::Effect::{Upkeep, Usage};
use super::Method::{Get, Post};
use super::{Route, Who};
use crate::codes::Code;
use crate::limits::ACTIVITY_BYTES_MAX;
use crate::model::*;

pub(super) const ROUTES: &[Route] = &[
    Route::new("list_audit", "audit", Get, "/v1/orgs/{org}/audit")
        .says(
            "audit",
            "Read the audit log",
            "Events, which changed the organization, and activity, which did not, as one list by time, the newest first unless asked \
             otherwise. Needs `audit.read`; with no more than `audit.read_own` it is what one has done oneself, and the activity in \
             one's name.",
        )
        .query::<ListAudit>()
        .pages::<AuditEntry>()
        .may_refuse(&[Code::Forbidden]),
    Route::new("export_audit", "audit", Get, "/v1/orgs/{org}/audit/export")
        .says(
            "audit",
            "Export the audit log",
            "The same list in one answer, the oldest first, however long it is: as lines of JSON, or as CSV that is safe to open in a \
             spreadsheet. `Latchkey-Export-Total` says how many entries there were to send when it began, each entry's `position` how \
             far it has come. An answer that breaks off is not complete: ask again with the last `cursor` received. The right is \
             looked at all the way through.",
        )
        .query::<ExportAudit>()
        .answers_media(&["application/x-ndjson", "text/csv"])
        .may_refuse(&[Code::Forbidden, Code::BadCursor]),
    Route::new("report_activity", "audit", Post, "/v1/orgs/{org}/activity")
        .says(
            "audit",
            "Report activity",
            "What happened in the host product, each item with an outcome of its own. An item with an `id` is recorded once, however \
             often it is reported. What does not fit the description of an item is refused, and then nothing is recorded. Needs \
             `activity.write`.",
        )
        .who(Who::MemberOrOperator)
        .changes(Usage)
        .body_bytes_max(ACTIVITY_BYTES_MAX)
        .takes::<ReportActivity>()
        .answers::<ReportedActivity>(200)
        .may_refuse(&[Code::Forbidden]),
    Route::new("dispatch", "dispatch", Post, "/v1/dispatch")
        .says(
            "service",
            "Do what is due",
            "Called by a timer, with the dispatch token as bearer: marks invitations, invite links and API keys that have run out as \
             expired, signs what is new in logs, deletes activity that is older than its organization keeps it, and forgets spent \
             codes and ended sessions. Call again while `more` is true.",
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
