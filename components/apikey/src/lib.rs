//! API keys: made, listed, changed, rotated, revoked, and verified.

mod create_api_key;
mod get_api_key;
mod list_api_keys;
mod revoke_api_key;
mod rotate_api_key;
mod secret;
mod update_api_key;
mod verify_api_key;

latchkey_edge::component! {
    "apikey" => {
        create_api_key => create_api_key::create_api_key,
        list_api_keys => list_api_keys::list_api_keys,
        get_api_key => get_api_key::get_api_key,
        update_api_key => update_api_key::update_api_key,
        revoke_api_key => revoke_api_key::revoke_api_key,
        rotate_api_key => rotate_api_key::rotate_api_key,
        verify_api_key => verify_api_key::verify_api_key,
    }
}
