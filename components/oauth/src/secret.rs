//! What making a client and rotating it share: its secret, of which the log has the hash and the answer the text.

use latchkey_domain::OauthClientId;
use latchkey_domain::event::ClientSecret;
use latchkey_domain::secret::{SecretKey, token_hash};
use latchkey_edge::change::AnswerClient;

/// A client's secret in that generation.
pub(crate) fn secret(key: &SecretKey, id: &OauthClientId, generation: u64) -> ClientSecret {
    let token_hash = token_hash(&key.client_secret(id, generation));
    ClientSecret { generation, key_id: key.id().to_owned(), token_hash }
}

/// The same as an answer shows it.
pub(crate) fn shown(id: OauthClientId, secret: ClientSecret) -> AnswerClient {
    AnswerClient { id, generation: secret.generation, key_id: secret.key_id }
}
