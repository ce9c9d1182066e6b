//! Every statement the service runs, by name: what the golden query plans and the libSQL smoke test go through.

use crate::{acceptance, account, append, audit, dispatch, invitation, member, migrations, org};

/// Name and text.
pub const ALL: &[(&str, &str)] = &[
    ("account::send_code", account::SEND_CODE),
    ("account::oldest_code", account::OLDEST_CODE),
    ("account::count_try", account::COUNT_TRY),
    ("account::sign_in", account::SIGN_IN),
    ("account::sign_out", account::SIGN_OUT),
    ("account::me", account::ME),
    ("account::my_invitations", account::MY_INVITATIONS),
    ("acceptance::held", acceptance::HELD),
    ("append", append::APPEND),
    ("audit::list", audit::AUDIT),
    ("audit::list by actor", audit::AUDIT_BY_ACTOR),
    ("audit::list by type", audit::AUDIT_BY_TYPE),
    ("audit::list by target", audit::AUDIT_BY_TARGET),
    ("dispatch::due_invitations", dispatch::DUE_INVITATIONS),
    ("dispatch::forget_codes", dispatch::FORGET_CODES),
    ("dispatch::forget_sessions", dispatch::FORGET_SESSIONS),
    ("dispatch::mails", dispatch::MAILS),
    ("dispatch::mails to", dispatch::MAILS_TO),
    ("invitation::address", invitation::ADDRESS),
    ("invitation::one", invitation::INVITATION),
    ("invitation::list", invitation::INVITATIONS),
    ("invitation::list by status", invitation::INVITATIONS_BY_STATUS),
    ("member::one", member::MEMBER),
    ("member::list", member::ROSTER),
    ("member::list active", member::ROSTER_ACTIVE),
    ("member::list pending", member::ROSTER_PENDING),
    ("member::list search", member::SEARCH),
    ("member::list search active", member::SEARCH_ACTIVE),
    ("member::list search pending", member::SEARCH_PENDING),
    ("migrations::ledger", migrations::LEDGER),
    ("org::context", org::ORG),
    ("org::mine", org::MY_ORGS),
];
