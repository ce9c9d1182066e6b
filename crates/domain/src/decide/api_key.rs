//! API keys: made, changed, rotated and ended, and what becomes of them when their holder goes.

use std::collections::{BTreeMap, BTreeSet};

use super::org::by;
use crate::command::{Command, Item, Premise, SYSTEM};
use crate::event::{
    ApiKeyAdopted, ApiKeyChanged, ApiKeyCreated, ApiKeyRotated, ApiKeySecret, Change, KeyRate, Nothing,
};
use crate::facts::{Actor, KeyFacts, MemberFacts, ProjectFacts, Restrictions};
use crate::key::{self, Kept};
use crate::policy::{KeyFate, Policy};
use crate::{ApiKeyId, OrgId, ProjectId, Refusal};

/// Most active keys of an organization. The fold knows the same number.
pub const KEYS_PER_ORGANIZATION_MAX: u64 = 10_000;

/// What no key does in another member's name, because it does not come to the same for everybody: whom a member may bring in,
/// move or remove, and which entries of the log are their own. A key that a member made for somebody with more reach would lend
/// it to them.
pub const PERSONAL: [&str; 5] =
    ["audit.read_own", "member.change_role", "member.invite", "member.remove", "owner.transfer"];

/// What is asked for, with the identifier and the secret it will have.
#[derive(Debug, Clone)]
pub struct Create<'a> {
    pub id: ApiKeyId,
    pub name: &'a str,
    pub secret: ApiKeySecret,
    /// `None`: all that the holder may.
    pub scopes: Option<BTreeSet<String>>,
    pub project: Option<&'a ProjectId>,
    /// Milliseconds since 1970.
    pub expires_at: Option<i64>,
    pub rate: Option<KeyRate>,
}

/// Makes a key in a member's name.
///
/// # Errors
/// Needs `api_key.create`, in another's name also `api_key.manage`. The holder's role must be one that holds keys, and the key
/// may do no more than its holder and than whoever makes it; a key makes none that is bound less than itself. Who makes a key in
/// another's name gives it scopes, those of the holder now but for what is [`PERSONAL`] unless they say: when the holder rises,
/// they do not rise with them.
pub fn create(
    actor: &Actor,
    holder: Option<&MemberFacts>,
    project: Option<&ProjectFacts>,
    ask: Create<'_>,
) -> Result<(Command, ApiKeyCreated), Refusal> {
    actor.require("api_key.create")?;
    actor.require_holder()?;
    let holder = holder.filter(|it| it.is_active()).ok_or(Refusal::NotFound("member"))?;
    holds_keys(&actor.policy, holder)?;
    if ask.project.is_some() && project.is_none() {
        return Err(Refusal::NotFound("project"));
    }
    if actor.org.key_count >= KEYS_PER_ORGANIZATION_MAX {
        return Err(Refusal::LimitReached { what: "API keys of an organization", max: KEYS_PER_ORGANIZATION_MAX });
    }
    let held = actor.policy.role(&holder.role).map(|role| role.permissions().clone()).unwrap_or_default();
    let is_own = holder.id == actor.member.id;
    let scopes = ask.scopes.or_else(|| (!is_own).then(|| held.iter().filter(|it| !is_personal(it)).cloned().collect()));
    within_maker(actor, scopes.as_ref(), ask.expires_at, ask.rate.as_ref())?;
    narrow_enough(actor, scopes.as_ref().unwrap_or(&held), &held)?;
    if !is_own {
        actor.require("api_key.manage")?;
        lends_nothing(actor, scopes.iter().flatten())?;
    }
    let created = ApiKeyCreated {
        member: holder.id.clone(),
        created_by: actor.member.id.clone(),
        name: ask.name.to_owned(),
        secret: ask.secret,
        scopes,
        project: ask.project.cloned(),
        expires_at: ask.expires_at,
        rate: ask.rate,
    };
    let mut command = by(actor, "api_key.create", vec![Change::ApiKeyCreated(ask.id, created.clone())]);
    command.premises.push(Premise::Member(holder.id.clone(), holder.rev));
    command.premises.extend(project.map(|it| Premise::Project(it.id.clone(), it.rev)));
    Ok((command, created))
}

/// What is to be different; the rest stays.
#[derive(Debug, Clone, Default)]
pub struct Update<'a> {
    pub name: Option<&'a str>,
    pub scopes: Option<BTreeSet<String>>,
}

/// Another name, other scopes. What is as it was changes nothing.
///
/// # Errors
/// One's own key, or `api_key.manage`. Scopes may be no wider than the holder's permissions, and than one's own.
pub fn update(
    actor: &Actor,
    key: Option<&KeyFacts>,
    holder: Option<&MemberFacts>,
    update: &Update<'_>,
) -> Result<Command, Refusal> {
    let key = managed(actor, key)?;
    actor.require_holder()?;
    usable(actor, key)?;
    let scopes = update.scopes.as_ref().filter(|scopes| Some(*scopes) != key.scopes.as_ref());
    if let Some(scopes) = scopes {
        // Of what the key may do already nothing need be granted: only what it may not is new.
        narrow_enough(actor, scopes, &powers(actor, key, holder, None))?;
        let now = key::may(&actor.policy, &key.role, &key.power());
        let wider = scopes.difference(&now).next().is_some();
        if wider && !actor.may("api_key.manage") && !actor.may("api_key.create") {
            return Err(Refusal::ScopesTooWide { missing: scopes.difference(&now).cloned().collect() });
        }
    }
    let changed = ApiKeyChanged {
        name: update.name.filter(|name| *name != key.name).map(str::to_owned),
        scopes: scopes.cloned(),
    };
    let changes = if changed == ApiKeyChanged::default() {
        Vec::new()
    } else {
        vec![Change::ApiKeyChanged(key.id.clone(), changed)]
    };
    Ok(about(actor, "api_key.update", key, changes))
}

/// A new text; the old one lives on for `overlap_s` seconds, 0: not at all.
///
/// # Errors
/// As for [`update`]; whoever rotates a key comes to know its text, so it may do no more than they may.
pub fn rotate(
    actor: &Actor,
    key: Option<&KeyFacts>,
    secret: impl FnOnce(&KeyFacts) -> ApiKeySecret,
    overlap_s: u64,
) -> Result<(Command, ApiKeyRotated), Refusal> {
    let key = managed(actor, key)?;
    actor.require_holder()?;
    usable(actor, key)?;
    let bounds = key.scopes.as_ref().or(key.kept.as_ref().map(|kept| &kept.permissions));
    if key.kept.is_none() && key.member == actor.member.id {
        let power = key::may(&actor.policy, &key.role, &key.power());
        narrow_enough(actor, &power, &power)?;
    } else {
        // Without scopes it rises with its holder, and whoever has its text would with it.
        let bounds =
            bounds.ok_or(Refusal::ExceedsMaker("it is another member's and has no scopes, so give it some first"))?;
        // Also what it may not do at present, for the rules or the holder's role may give that back.
        narrow_enough(actor, bounds, bounds)?;
        let is_as_strong = key.kept.as_ref().is_some_and(|kept| is_as_strong(actor, kept));
        lends_nothing(actor, bounds.iter().filter(|it| !is_as_strong || !is_personal(it)))?;
    }
    within_maker(actor, bounds, key.expires_at, key.rate.as_ref())?;
    let rotated = ApiKeyRotated { secret: secret(key), old_until: actor.in_s(overlap_s) };
    let changes = vec![Change::ApiKeyRotated(key.id.clone(), rotated.clone())];
    Ok((about(actor, "api_key.rotate", key, changes), rotated))
}

/// Ends a key. One that has ended stays as it is, and this says so by appending nothing.
///
/// # Errors
/// One's own key, or `api_key.manage`.
pub fn revoke(actor: &Actor, key: Option<&KeyFacts>) -> Result<Command, Refusal> {
    let key = managed(actor, key)?;
    let changes = if key.is_active() { vec![Change::ApiKeyRevoked(key.id.clone(), Nothing {})] } else { Vec::new() };
    Ok(about(actor, "api_key.revoke", key, changes))
}

/// Says in the log that the time of these keys of one organization is over.
pub fn expire(org: &OrgId, due: &[KeyFacts], now: i64) -> Command {
    let over: Vec<&KeyFacts> = due.iter().filter(|key| key.is_active() && key.is_over(now)).collect();
    Command {
        premises: over.iter().map(|key| key.premise()).collect(),
        items: vec![Item::plain(over.iter().map(|key| Change::ApiKeyExpired(key.id.clone(), Nothing {})).collect())],
        ..Command::of("api_key.expire", Some(org.clone()), SYSTEM.to_owned())
    }
}

/// What is to become of a leaver's keys.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Choice {
    /// Of all that are not named; `None`: what the policy says.
    pub all: Option<KeyFate>,
    pub each: BTreeMap<ApiKeyId, KeyFate>,
}

/// What becomes of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settled<'a> {
    pub key: &'a KeyFacts,
    pub fate: KeyFate,
    pub change: Change,
}

/// Settles what becomes of each key of a member who goes. Their `restrictions` stay with a kept key; an adopted one does nothing
/// any more that they spoke of, nor what is [`PERSONAL`], for the leaver knows its text.
///
/// # Errors
/// A fate that the policy does not allow, a key that is not the leaver's, or an adopter who may hold no keys.
pub fn settle<'a>(
    policy: &Policy,
    keys: &'a [KeyFacts],
    restrictions: &Restrictions,
    choice: &Choice,
    adopter: Option<&MemberFacts>,
) -> Result<Vec<Settled<'a>>, Refusal> {
    let allowed = &policy.leaver_keys.allowed;
    for fate in choice.all.iter().chain(choice.each.values()) {
        if !allowed.contains(fate) {
            let allowed = allowed.iter().map(|fate| fate.name()).collect();
            return Err(Refusal::KeyFateNotAllowed { fate: fate.name(), allowed });
        }
    }
    let others = choice.each.keys().filter(|id| !keys.iter().any(|key| key.id == **id));
    let others: Vec<String> = others.map(ToString::to_string).collect();
    if !others.is_empty() {
        return Err(Refusal::NotTheirKeys { keys: others });
    }
    let fate = |key: &KeyFacts| {
        let chosen = choice.each.get(&key.id).copied().or(choice.all);
        chosen.unwrap_or_else(|| by_default(policy, adopter))
    };
    keys.iter().map(|key| settled(policy, key, restrictions, fate(key), adopter)).collect()
}

/// Where nobody chose and nobody can take the keys over, they stay if they may.
fn by_default(policy: &Policy, adopter: Option<&MemberFacts>) -> KeyFate {
    let leaver_keys = &policy.leaver_keys;
    match leaver_keys.default {
        KeyFate::Adopt if adopter.is_none() && leaver_keys.allowed.contains(&KeyFate::Keep) => KeyFate::Keep,
        KeyFate::Adopt if adopter.is_none() => KeyFate::Revoke,
        fate => fate,
    }
}

fn settled<'a>(
    policy: &Policy,
    key: &'a KeyFacts,
    restrictions: &Restrictions,
    fate: KeyFate,
    adopter: Option<&MemberFacts>,
) -> Result<Settled<'a>, Refusal> {
    let power = || key::may(policy, &key.role, &key.power());
    let change = match fate {
        KeyFate::Revoke => Change::ApiKeyRevoked(key.id.clone(), Nothing {}),
        KeyFate::Keep => Change::ApiKeyKept(key.id.clone(), Kept { role: key.role.clone(), permissions: power() }),
        KeyFate::Adopt => {
            let new = adopter.filter(|it| it.is_active() && it.id != key.member).ok_or(Refusal::NotFound("adopter"))?;
            holds_keys(policy, new)?;
            let stays = |it: &String| !is_personal(it) && !restrictions.contains_key(it);
            let scopes = power().into_iter().filter(stays).collect();
            let adopted = ApiKeyAdopted { member: new.id.clone(), was: key.member.clone(), scopes };
            Change::ApiKeyAdopted(key.id.clone(), adopted)
        }
    };
    Ok(Settled { key, fate, change })
}

/// The key, for whoever may manage it: its holder, or whoever has the right to all of them.
///
/// # Errors
/// Needs `api_key.manage` for another's, and for any when a program asks.
pub fn managed<'a>(actor: &Actor, key: Option<&'a KeyFacts>) -> Result<&'a KeyFacts, Refusal> {
    let is_own = |key: &&KeyFacts| key.kept.is_none() && key.member == actor.member.id && actor.who.key().is_none();
    match key {
        Some(key) if is_own(&key) => Ok(key),
        key => {
            actor.require("api_key.manage")?;
            key.ok_or(Refusal::NotFound("API key"))
        }
    }
}

fn usable(actor: &Actor, key: &KeyFacts) -> Result<(), Refusal> {
    if key.is_active() && !key.is_over(actor.now) { Ok(()) } else { Err(Refusal::KeyEnded) }
}

fn holds_keys(policy: &Policy, holder: &MemberFacts) -> Result<(), Refusal> {
    let may = policy.role(&holder.role).is_some_and(|role| role.holds_keys);
    if may { Ok(()) } else { Err(Refusal::RoleHoldsNoKeys { role: holder.role.clone() }) }
}

/// What a key may come to do: all that its holder has, or what it is frozen at.
fn powers(
    actor: &Actor,
    key: &KeyFacts,
    holder: Option<&MemberFacts>,
    scopes: Option<BTreeSet<String>>,
) -> BTreeSet<String> {
    let role = holder.map_or(key.role.as_str(), |holder| holder.role.as_str());
    key::may(&actor.policy, role, &key::KeyPower { scopes, kept: key.kept.clone() })
}

/// No key does more than its holder, nor than whoever makes it.
fn narrow_enough(actor: &Actor, wanted: &BTreeSet<String>, held: &BTreeSet<String>) -> Result<(), Refusal> {
    let missing: Vec<String> = wanted.iter().filter(|it| !held.contains(*it) || !actor.may(it)).cloned().collect();
    if missing.is_empty() { Ok(()) } else { Err(Refusal::ScopesTooWide { missing }) }
}

/// Whether a key without a holder, whose role is what it was, makes nothing more of what is personal than the actor does.
fn is_as_strong(actor: &Actor, kept: &Kept) -> bool {
    let (own, frozen) = (actor.policy.role(&actor.member.role), actor.policy.role(&kept.role));
    let reaches = own.zip(frozen).is_some_and(|(own, frozen)| frozen.reaches_no_further_than(own));
    reaches && (actor.may("audit.read") || !kept.permissions.contains("audit.read_own"))
}

fn is_personal(permission: &str) -> bool {
    PERSONAL.contains(&permission)
}

/// A key in another's name does nothing that its holder's name makes more of: neither what is personal nor what whoever comes to
/// know its text may do to some resources only.
fn lends_nothing<'a>(actor: &Actor, scopes: impl IntoIterator<Item = &'a String>) -> Result<(), Refusal> {
    let lent = |it: &&String| is_personal(it) || actor.member.restrictions.contains_key(*it);
    let missing: Vec<String> = scopes.into_iter().filter(lent).cloned().collect();
    if missing.is_empty() { Ok(()) } else { Err(Refusal::ScopesTooWide { missing }) }
}

/// A key that comes to know another's text finds it bound at least as much as it is bound itself.
fn within_maker(
    actor: &Actor,
    scopes: Option<&BTreeSet<String>>,
    expires_at: Option<i64>,
    rate: Option<&KeyRate>,
) -> Result<(), Refusal> {
    let Some(maker) = actor.who.key() else { return Ok(()) };
    if (maker.power.scopes.is_some() || maker.power.kept.is_some()) && scopes.is_none() {
        return Err(Refusal::ExceedsMaker("yours has scopes, so the other needs scopes"));
    }
    if maker.expires_at.is_some_and(|end| expires_at.is_none_or(|at| at > end)) {
        return Err(Refusal::ExceedsMaker("the other would outlive yours"));
    }
    // Uses a second, compared without dividing.
    let per = |one: &KeyRate, other: &KeyRate| u128::from(one.max) * u128::from(other.window_s);
    let own = maker.rate.map(|it| it.rate);
    if own.is_some_and(|own| rate.is_none_or(|it| per(it, &own) > per(&own, it))) {
        return Err(Refusal::ExceedsMaker("the other could be used more often than yours"));
    }
    Ok(())
}

fn about(actor: &Actor, kind: &'static str, key: &KeyFacts, changes: Vec<Change>) -> Command {
    let mut command = by(actor, kind, changes);
    command.premises.push(key.premise());
    command
}
