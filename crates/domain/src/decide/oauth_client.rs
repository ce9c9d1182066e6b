//! OAuth clients: made, renamed, given another secret, and ended.

use std::collections::BTreeSet;

use super::org::by;
use crate::command::Command;
use crate::event::{Change, ClientSecret, Nothing, OauthClientCreated, OauthClientRenamed, OauthClientRotated};
use crate::facts::{Actor, ClientFacts};
use crate::{OauthClientId, Refusal};

/// Most active clients of an organization. The fold knows the same number.
pub const CLIENTS_PER_ORGANIZATION_MAX: u64 = 100;

/// What is asked for, with the identifier and the secret it will have.
#[derive(Debug, Clone)]
pub struct Create<'a> {
    pub id: OauthClientId,
    pub name: &'a str,
    pub scopes: &'a BTreeSet<String>,
    pub secret: ClientSecret,
}

/// Makes a client. `active` is how many there are.
///
/// # Errors
/// Needs `oauth_client.manage`. A client may do no more than whoever makes it; a key makes none that outlives it.
pub fn create(actor: &Actor, active: u64, ask: Create<'_>) -> Result<(Command, OauthClientCreated), Refusal> {
    actor.require("oauth_client.manage")?;
    actor.require_holder()?;
    outlived_by_none(actor)?;
    if active >= CLIENTS_PER_ORGANIZATION_MAX {
        return Err(Refusal::LimitReached {
            what: "OAuth clients of an organization",
            max: CLIENTS_PER_ORGANIZATION_MAX,
        });
    }
    within_own(actor, ask.scopes)?;
    let created = OauthClientCreated {
        name: ask.name.to_owned(),
        scopes: ask.scopes.clone(),
        role: actor.member.role.clone(),
        created_by: actor.member.id.clone(),
        secret: ask.secret,
    };
    Ok((by(actor, "oauth_client.create", vec![Change::OauthClientCreated(ask.id, created.clone())]), created))
}

/// Another name. The present one again changes nothing, and says so by appending nothing.
///
/// # Errors
/// Needs `oauth_client.manage`, and a client that is not revoked.
pub fn rename(actor: &Actor, client: Option<&ClientFacts>, name: &str) -> Result<Command, Refusal> {
    let client = usable(managed(actor, client)?)?;
    let renamed = OauthClientRenamed { name: name.to_owned(), was: client.name.clone() };
    let is_same = renamed.name == renamed.was;
    let changes = if is_same { Vec::new() } else { vec![Change::OauthClientRenamed(client.id.clone(), renamed)] };
    Ok(about(actor, "oauth_client.rename", client, changes))
}

/// A new secret; the old one lives on for `overlap_s` seconds, 0: not at all.
///
/// # Errors
/// As for [`rename`]; whoever rotates comes to know the secret, so the client may do no more than they may, and no less long
/// than the key they use, if it is one.
pub fn rotate(
    actor: &Actor,
    client: Option<&ClientFacts>,
    secret: impl FnOnce(&ClientFacts) -> ClientSecret,
    overlap_s: u64,
) -> Result<(Command, OauthClientRotated), Refusal> {
    let client = usable(managed(actor, client)?)?;
    actor.require_holder()?;
    outlived_by_none(actor)?;
    // Also what it may not do at present, for the rules may give that back.
    within_own(actor, &client.scopes)?;
    let rotated = OauthClientRotated { secret: secret(client), old_until: actor.in_s(overlap_s) };
    let changes = vec![Change::OauthClientRotated(client.id.clone(), rotated.clone())];
    Ok((about(actor, "oauth_client.rotate", client, changes), rotated))
}

/// Ends a client: it gets no more tokens. One that has ended stays as it is, and this says so by appending nothing.
///
/// # Errors
/// Needs `oauth_client.manage`.
pub fn revoke(actor: &Actor, client: Option<&ClientFacts>) -> Result<Command, Refusal> {
    let client = managed(actor, client)?;
    let revoked = Change::OauthClientRevoked(client.id.clone(), Nothing {});
    let changes = if client.is_active() { vec![revoked] } else { Vec::new() };
    Ok(about(actor, "oauth_client.revoke", client, changes))
}

fn managed<'a>(actor: &Actor, client: Option<&'a ClientFacts>) -> Result<&'a ClientFacts, Refusal> {
    actor.require("oauth_client.manage")?;
    client.ok_or(Refusal::NotFound("OAuth client"))
}

fn usable(client: &ClientFacts) -> Result<&ClientFacts, Refusal> {
    if client.is_active() { Ok(client) } else { Err(Refusal::ClientRevoked) }
}

fn within_own(actor: &Actor, scopes: &BTreeSet<String>) -> Result<(), Refusal> {
    // What one may do with some things only cannot be given: a token does not say with which.
    let has = |it: &String| actor.may(it) && !actor.member.restrictions.contains_key(it);
    let missing: Vec<String> = scopes.iter().filter(|it| !has(it)).cloned().collect();
    if missing.is_empty() { Ok(()) } else { Err(Refusal::ScopesTooWide { missing }) }
}

/// A client has no end of its own: a key that has one must not come by the secret of a client.
fn outlived_by_none(actor: &Actor) -> Result<(), Refusal> {
    let ends = actor.who.key().is_some_and(|key| key.expires_at.is_some());
    if ends { Err(Refusal::ExceedsMaker("the client would outlive it")) } else { Ok(()) }
}

fn about(actor: &Actor, kind: &'static str, client: &ClientFacts, changes: Vec<Change>) -> Command {
    let mut command = by(actor, kind, changes);
    command.premises.push(client.premise());
    command
}
