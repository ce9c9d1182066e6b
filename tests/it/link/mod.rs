mod create_invite_link;
mod join_by_invite_link;
mod list_invite_links;
mod preview_invite_link;
mod revoke_invite_link;
