//! What an identity provider tells of a user: a payload as Standard Webhooks describe one, with the claims of OpenID Connect.

use latchkey_domain::email::domain_of;
use latchkey_domain::identity::{News, Rank, Said};
use serde_json::Value;

use super::within_data;
use crate::field_types::Change;
use crate::fields::Fields;
use crate::model::{IdentityHook, ToldUser};
use crate::settings::HookSettings;
use crate::{Call, Problem, Request};

/// What a type of events says of the user by itself.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Created,
    Updated,
    Verified,
    Deleted,
}

impl Kind {
    fn parse(kind: &str) -> Option<Self> {
        Some(match kind {
            "user.created" => Self::Created,
            "user.updated" => Self::Updated,
            "user.verified" => Self::Verified,
            "user.deleted" => Self::Deleted,
            _ => return None,
        })
    }

    fn rank(self) -> Rank {
        match self {
            Self::Created => Rank::Beginning,
            Self::Updated | Self::Verified => Rank::Change,
            Self::Deleted => Rank::End,
        }
    }
}

/// Reads a payload about a user of the issuer that is configured. `None` for one of a type that means nothing here.
///
/// # Errors
/// 422 with every wrong field.
pub(super) fn read(call: &Call, hooks: &HookSettings) -> Result<Option<News>, Problem> {
    let body = call.any_json()?;
    let kind = body.get("type").and_then(Value::as_str);
    let kind = kind.map(Kind::parse);
    if kind == Some(None) {
        return Ok(None);
    }
    let hook: IdentityHook = call.body()?;
    let user = ToldUser::from_fields(Fields::of_object(&hook.data.0)).map_err(within_data)?;
    // A payload without a type is refused above.
    let Some(Some(kind)) = kind else { return Ok(None) };
    let said = if kind == Kind::Deleted { None } else { Some(said(kind, &user, hooks)?) };
    let (issuer, subject) = (hooks.identity_issuer.clone(), user.sub.0);
    Ok(Some(News { issuer, subject, at: hook.timestamp.0, rank: kind.rank(), said }))
}

fn said(kind: Kind, user: &ToldUser, hooks: &HookSettings) -> Result<Said, Problem> {
    let Some(email) = &user.email else {
        return Err(Problem::field("data.email", "required", "Say the user's address, as it is since then."));
    };
    let (names, name) = match &user.name {
        Change::Keep => (false, None),
        Change::Clear => (true, None),
        Change::Set(name) => (true, Some(name.to_string())),
    };
    let is_verified = user.email_verified.unwrap_or(kind == Kind::Verified);
    Ok(Said {
        email: email.typed().to_owned(),
        email_key: email.key().to_owned(),
        // About others' domains it is not believed, as in a sign-in.
        is_verified: is_verified && hooks.identity_speaks_for(domain_of(email.key())),
        names,
        name,
    })
}
