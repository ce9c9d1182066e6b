//! What making a key and rotating it share: its text, of which the log has the hash.

use latchkey_domain::ApiKeyId;
use latchkey_domain::event::ApiKeySecret;
use latchkey_domain::secret::{SecretKey, token_hash};

/// A key's text in that generation, as the log knows it.
pub(crate) fn secret(signing: &SecretKey, id: &ApiKeyId, generation: u64) -> ApiKeySecret {
    let text = signing.api_key(id, generation);
    let token_hash = token_hash(&text.text);
    ApiKeySecret { generation, key_id: signing.id().to_owned(), label: text.label, token_hash }
}
