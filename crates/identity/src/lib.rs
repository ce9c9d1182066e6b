//! Who somebody is, as an identity provider says it: OpenID Connect by the authorization code flow with PKCE, and bearer tokens of
//! an issuer that is not us. Nothing here sends, waits or stores: whoever signs people in does that (`components/signin`), and
//! brings back what was answered.
//!
//! Whatever comes in is hostile until a signature of the right issuer's key was checked: [`Token::verify`] is the only way from a
//! token to [`Claims`], and [`Claims`] tell nothing before they were checked against what is expected.

mod claims;
mod client_secret;
mod discovery;
mod external;
mod flow;
mod jwk;
mod jws;
mod provider;
mod provider_list;
mod return_path;
mod url;

pub use claims::{Claims, ClaimsFault, Expected, Kind, LEEWAY_S, Person, WhenUnsaid};
pub use client_secret::{AppleKey, ClientSecret};
pub use discovery::{Metadata, MetadataFault, Use, discovery_url};
pub use external::{ExternalIssuer, ExternalVariables};
pub use flow::{Answer, AnswerFault, Asking, TokenAnswer, TokenRequest, answer, code_challenge, query, user_info};
pub use jwk::{KeySet, KeySetFault};
pub use jws::{TOKEN_BYTES_MAX, Token, TokenFault};
pub use provider::{AuthMethod, Provider, ResponseMode};
pub use provider_list::read_providers;
pub use return_path::{RETURN_PATH_BYTES_MAX, ReturnPath};
pub use url::Transport;
