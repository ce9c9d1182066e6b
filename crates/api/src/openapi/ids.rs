//! How identifiers are described.

use schemars::Schema;
use serde_json::{Map, Value};

/// The schema of an identifier with this prefix.
pub(crate) fn id_schema(prefix: &str) -> Schema {
    schemars::json_schema!({"type": "string", "pattern": id_pattern(prefix)})
}

fn id_pattern(prefix: &str) -> String {
    format!("^{prefix}_[0-9a-f]{{32}}$")
}

/// Identifiers in answers, whose types are plain text.
pub(super) const IDS: &[(&str, &str, &str)] = &[
    ("Me", "id", "usr"),
    ("Session", "joined", "org"),
    ("Org", "id", "org"),
    ("OrgRef", "id", "org"),
    ("Member", "id", "(mem|inv)"),
    ("Member", "user_id", "usr"),
    ("Member", "invited_by", "mem"),
    ("Invitation", "id", "inv"),
    ("Invitation", "invited_by", "mem"),
    ("Invitation", "project", "prj"),
    ("MyInvitation", "id", "inv"),
    ("MyInvitation", "invited_by", "mem"),
    ("LicenseEntry", "member", "mem"),
    ("PersonalTier", "user", "usr"),
    ("Project", "id", "prj"),
    ("ProjectRef", "id", "prj"),
    ("ProjectMember", "id", "(pmb|mem)"),
    ("ProjectMember", "user_id", "usr"),
    ("MyProject", "id", "prj"),
    ("MyProject", "project_member", "pmb"),
    ("ApiKey", "id", "key"),
    ("ApiKey", "created_by", "mem"),
    ("ApiKey", "project", "prj"),
    ("KeyHolder", "member", "mem"),
    ("KeyVerification", "id", "key"),
    ("KeyVerification", "member", "mem"),
    ("KeyVerification", "user", "usr"),
    ("KeyVerification", "project", "prj"),
    ("MembershipEnded", "member", "mem"),
    ("LeaversKey", "id", "key"),
    ("LeaversKey", "adopter", "mem"),
    ("InclusionProof", "event", "evt"),
    ("AuditEntry", "id", "(evt|act)"),
    ("AuditEntry", "member", "mem"),
    ("AuditEntry", "project", "prj"),
    ("ReportedItem", "activity", "act"),
    ("BillingEventTaken", "organization", "org"),
    ("IdentityEventTaken", "user", "usr"),
    ("ParkedIdentity", "user", "usr"),
    ("Payer", "organization", "org"),
    ("Payer", "claimed_organization", "org"),
    ("MySession", "id", "ses"),
    ("OauthClient", "id", "oac"),
    ("OauthClient", "created_by", "mem"),
    ("OrgDomain", "id", "dom"),
    ("JoinRequest", "id", "jrq"),
    ("JoinRequest", "user_id", "usr"),
    ("Joined", "request", "jrq"),
];

pub(super) fn name_ids(schemas: &mut Map<String, Value>) {
    for (schema, property, prefix) in IDS {
        let members =
            schemas.get_mut(*schema).and_then(|schema| schema.pointer_mut(&format!("/properties/{property}")));
        if let Some(members) = members.and_then(Value::as_object_mut) {
            members.insert("pattern".to_owned(), Value::from(id_pattern(prefix)));
        }
    }
}
