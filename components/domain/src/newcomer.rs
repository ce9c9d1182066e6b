//! Whoever comes in by a domain, as the answer shows them before the log has said so.

use std::collections::BTreeMap;

use latchkey_domain::facts::{JoinRequestFacts, MemberFacts, Who};
use latchkey_domain::{MemberId, UserId};

/// The signed-in person.
pub(crate) fn of(who: &Who, id: MemberId, role: &str, at: i64) -> MemberFacts {
    member(id, &who.user, (&who.email, who.display_name.as_ref(), who.personal_tier.as_ref()), role, at)
}

/// Somebody who asked.
pub(crate) fn asked(request: &JoinRequestFacts, id: MemberId, role: &str, at: i64) -> MemberFacts {
    let person = (&request.email, request.display_name.as_ref(), request.personal_tier.as_ref());
    MemberFacts { last_active_at: None, ..member(id, &request.user, person, role, at) }
}

fn member(
    id: MemberId,
    user: &UserId,
    (email, display_name, personal_tier): (&String, Option<&String>, Option<&String>),
    role: &str,
    at: i64,
) -> MemberFacts {
    MemberFacts {
        id,
        user: user.clone(),
        role: role.to_owned(),
        status: "active".to_owned(),
        rev: 1,
        joined_at: at,
        ended_at: None,
        email: email.clone(),
        display_name: display_name.cloned(),
        licensed: false,
        limits: BTreeMap::new(),
        restrictions: BTreeMap::new(),
        personal_tier: personal_tier.cloned(),
        last_active_at: Some(at),
        came_by: Some("domain".to_owned()),
    }
}
