//! What the operations on invite links share: what a token opens.

use latchkey_domain::Refusal;
use latchkey_domain::decide::link::HeldLink;
use latchkey_domain::secret::{LINK_GENERATION, LinkToken};
use latchkey_edge::field_types::Token;
use latchkey_edge::{Call, Problem};

/// Reads a link's token, without knowing yet what it opens.
pub(crate) fn token(token: &Token) -> Result<LinkToken, Problem> {
    LinkToken::parse(token.as_str()).ok_or_else(|| Refusal::LinkUnknown.into())
}

/// The link that the token opens.
pub(crate) fn opened(call: &Call, held: Option<HeldLink>, token: &LinkToken) -> Result<HeldLink, Problem> {
    let keys = call.settings().secret_keys()?;
    let held = held.filter(|held| token.opens(keys, &held.link.key_id, LINK_GENERATION));
    held.ok_or_else(|| Refusal::LinkUnknown.into())
}
