//! OAuth: machine clients, the tokens that they get, and what these are checked with.

mod create_oauth_client;
mod get_jwks;
mod get_oauth_client;
mod get_oauth_metadata;
mod issue_token;
mod list_oauth_clients;
mod rename_oauth_client;
mod revoke_oauth_client;
mod rotate_oauth_client;
mod secret;

latchkey_edge::component! {
    "oauth" => {
        create_oauth_client => create_oauth_client::create_oauth_client,
        list_oauth_clients => list_oauth_clients::list_oauth_clients,
        get_oauth_client => get_oauth_client::get_oauth_client,
        rename_oauth_client => rename_oauth_client::rename_oauth_client,
        rotate_oauth_client => rotate_oauth_client::rotate_oauth_client,
        revoke_oauth_client => revoke_oauth_client::revoke_oauth_client,
        issue_token => issue_token::issue_token,
        get_jwks => get_jwks::get_jwks,
        get_oauth_metadata => get_oauth_metadata::get_oauth_metadata,
    }
}
