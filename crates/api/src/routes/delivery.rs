//! Mails of an organization, and what became of them.

use super::Effect::Organization;
use super::Method::{Get, Post};
use super::Route;
use crate::codes::Code;
use crate::model::*;

pub(super) const ROUTES: &[Route] = &[
    Route::new("list_deliveries", "org", Get, "/v1/orgs/{org}/deliveries")
        .says(
            "deliveries",
            "List mails",
            "What was sent to whom, and what became of it; the newest first. With `status=failed` or `status=dead` what did not arrive. \
             Needs `member.invite`.",
        )
        .query::<ListDeliveries>()
        .pages::<Delivery>()
        .may_refuse(&[Code::Forbidden]),
    Route::new("retry_delivery", "org", Post, "/v1/orgs/{org}/deliveries/{delivery}/retry")
        .says(
            "deliveries",
            "Send a mail once more",
            "One that did not arrive, with all its tries, up to five times. A mail that is on its way stays as it is. To give an \
             invitation a new link, resend the invitation instead. Needs `member.invite`, and reach to an invitation's role.",
        )
        .changes(Organization)
        .answers::<Delivery>(200)
        .may_refuse(&[Code::Forbidden, Code::RoleOutOfReach, Code::MailWasSent, Code::LimitReached]),
];
