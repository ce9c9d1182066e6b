//! Whether a webhook may go somewhere, in this deployment.

use latchkey_edge::field_types::WebhookUrl;
use latchkey_edge::{Call, Problem};

/// # Errors
/// 422 that names the field and says why not.
pub(crate) fn allow(call: &Call, url: &WebhookUrl) -> Result<(), Problem> {
    let allowed = call.settings().webhook_targets.allow(&url.0);
    allowed.map_err(|fault| Problem::field("url", "not_allowed", fault.0))
}
