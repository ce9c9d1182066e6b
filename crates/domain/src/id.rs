//! Identifiers: a prefix that names the kind, `_`, and a UUIDv7 as 32 hexadecimal digits, such as
//! `org_019aa7c0d2b37e0f8a3f5b1c2d3e4f50`. They sort by the time they were made.

use std::fmt;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident, $prefix:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// What every identifier of this kind starts with.
            pub const PREFIX: &'static str = $prefix;

            pub fn new(uuid: Uuid) -> Self {
                Self(format!(concat!($prefix, "_{}"), uuid.simple()))
            }

            /// `None` for anything that could not be an identifier of this kind.
            pub fn parse(text: &str) -> Option<Self> {
                let digits = text.strip_prefix(concat!($prefix, "_"))?;
                let well_formed = digits.len() == 32 && digits.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
                well_formed.then(|| Self(text.to_owned()))
            }

            pub fn as_str(&self) -> &str {
                &self.0
            }

            /// The 32 digits after the prefix.
            pub fn digits(&self) -> &str {
                self.0.get(Self::PREFIX.len() + 1..).unwrap_or_default()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

id!(/// An organization.
    OrgId, "org");
id!(/// A person's time in an organization.
    MemberId, "mem");
id!(/// A person.
    UserId, "usr");
id!(/// An invitation by address.
    InvitationId, "inv");
id!(/// An invite link.
    LinkId, "lnk");
id!(/// A project of an organization.
    ProjectId, "prj");
id!(/// A person's time in a project.
    ProjectMemberId, "pmb");
id!(/// A key that a program uses in a member's name.
    ApiKeyId, "key");
id!(/// A machine client of an organization.
    OauthClientId, "oac");
id!(/// An endpoint that is told of an organization's events.
    WebhookId, "whk");
id!(/// A domain that an organization claims.
    DomainId, "dom");
id!(/// Somebody's asking to be let in.
    JoinRequestId, "jrq");
id!(/// An entry of what was done with the product.
    ActivityId, "act");
id!(/// An entry of the log.
    EventId, "evt");
id!(/// An accepted request.
    CommandId, "cmd");
id!(/// A signed-in client.
    SessionId, "ses");
id!(/// A sign-in that waits for its code.
    ChallengeId, "sic");
id!(/// A sign-in that was begun at an identity provider.
    OidcStateId, "osi");

/// A mail: what it is about, and which of several mails about that. Named so that the log, folded anew, makes the same mails:
/// `invitation:inv_019aa7c0d2b37e0f8a3f5b1c2d3e4f50:1`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct MailId(String);

impl MailId {
    /// `None` for anything that could not be the identifier of a mail.
    pub fn parse(text: &str) -> Option<Self> {
        const BYTES_MAX: usize = 160;
        let parts = text.split(':');
        let is_part =
            |part: &str| !part.is_empty() && part.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'z' | b'_'));
        let is_mail = text.len() <= BYTES_MAX && (3..=4).contains(&parts.clone().count()) && parts.clone().all(is_part);
        is_mail.then(|| Self(text.to_owned()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for MailId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_survives_its_own_text_and_refuses_every_other() {
        let id = OrgId::new(Uuid::from_u128(0x019a_a7c0_d2b3_7e0f_8a3f_5b1c_2d3e_4f50));
        assert_eq!(OrgId::parse(id.as_str()), Some(id.clone()));
        assert_eq!(id.digits().len(), 32);
        for wrong in
            ["", "org_", "mem_019aa7c0d2b37e0f8a3f5b1c2d3e4f50", "org_019AA7C0d2b37e0f8a3f5b1c2d3e4f50", "org_019aa7c0"]
        {
            assert_eq!(OrgId::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_mail_is_named_by_its_kind_its_subject_and_which_it_is() {
        for good in ["invitation:inv_019aa7c0d2b37e0f8a3f5b1c2d3e4f50:1", "owner_left:mem_0:7:mem_1"] {
            assert!(MailId::parse(good).is_some_and(|id| id.as_str() == good), "{good}");
        }
        for wrong in ["", "invitation", "a:b", "a:b:c:d:e", "a::1", "a:B:1", "a:b:%31", "a:b:1 "] {
            assert_eq!(MailId::parse(wrong), None, "{wrong}");
        }
    }
}
