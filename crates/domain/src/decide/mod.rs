//! The decisions: from facts to a [`crate::command::Command`], or a [`crate::Refusal`]. One module per resource, one function per operation.

pub mod acceptance;
pub mod account;
pub mod api_key;
pub mod billing;
pub mod bulk;
pub mod domain;
pub mod identity;
pub mod invitation;
pub mod joining;
pub mod link;
pub mod mail;
pub mod member;
pub mod oauth_client;
pub mod org;
pub mod policy;
pub mod project;
pub mod reauth;
pub mod restriction;
pub mod role;
pub mod seat;
pub mod webhook;
