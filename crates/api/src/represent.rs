//! From the rows of the store to what the interface shows of them.

mod access;
mod api_key;
mod billing;
mod delivery;
mod domain;
mod identity_news;
mod log;
mod oauth;
mod project;
mod session;
mod webhook;

use std::collections::BTreeMap;

use latchkey_domain::decide::bulk::Outcome;
use latchkey_domain::decide::seat::Licensed;
use latchkey_domain::event::{InvitationCreated, LinkCreated, OrgCreated};
use latchkey_domain::facts::{ActorFault, InvitationFacts, LinkFacts, MemberFacts, OrgFacts, Who};
use latchkey_domain::policy::{MistakeKind, Policy, PolicyFault, PolicyMistake, SeatMode};
use latchkey_domain::{InvitationId, LinkId, OrgId, Refusal, refusal};
use latchkey_store::{audit, member};
use serde_json::{Map, Value};

use crate::model::{
    Actor, AddressLine, AuditEntry, AuditKind, CameBy, Hint, Invitation, InvitationStatus, InviteLink,
    InviteLinkStatus, InviteOutcome, InvitedLine, InvitedMany, LicenseChange, LicenseEntry, LicenseOutcome, MailStatus,
    Me, Member, MemberStatus, NewInviteLink, Org, OrgRef, Seats, SeatsCount, Target,
};
use crate::{FieldError, Problem, Settings, Timestamp};

pub use access::{decision as access_decision, member_access};
pub use api_key::{api_key, membership_ended, new_api_key, verification};
pub use billing::payer;
pub use delivery::{delivery, mail_status};
pub use domain::{domain, join_request, joinable, new_domain};
pub use identity_news::parked_identity;
pub use log::{checkpoint, consistency_proof, inclusion_proof, log_keys, ndjson};
pub use oauth::{jwks, new_oauth_client, oauth_client, oauth_metadata};
pub use project::{listed_project, project, project_member};
pub use webhook::{event_message, message_body, new_webhook, webhook, webhook_delivery};

impl From<ActorFault> for Problem {
    fn from(fault: ActorFault) -> Self {
        match fault {
            ActorFault::Refused(refusal) => refusal.into(),
            ActorFault::Policy(fault) => fault.into(),
        }
    }
}

impl From<PolicyFault> for Problem {
    fn from(fault: PolicyFault) -> Self {
        Self::internal(fault.to_string())
    }
}

impl From<&Who> for Me {
    fn from(who: &Who) -> Self {
        Self {
            id: who.user.to_string(),
            email: who.email.clone(),
            display_name: who.display_name.clone(),
            created_at: Timestamp(who.created_at),
        }
    }
}

impl From<&OrgFacts> for OrgRef {
    fn from(org: &OrgFacts) -> Self {
        Self { id: org.id.to_string(), name: org.name.clone() }
    }
}

/// An organization, as a holder of `my_role` sees it.
pub fn org(org: &OrgFacts, policy: &Policy, my_role: &str, settings: &Settings) -> Org {
    Org {
        id: org.id.to_string(),
        name: org.name.clone(),
        policy: org.policy.clone(),
        plan: org.plan.clone(),
        my_role: my_role.to_owned(),
        version: org.version,
        created_at: Timestamp(org.created_at),
        member_count: org.member_count,
        pending_invitation_count: org.pending_count,
        email_notifications: org.email_notifications,
        auto_join_role: org.auto_join_role(policy).to_owned(),
        activity_retention_days: org.activity_retention_days,
        reauth_after_s: org.reauth_after_s,
        upgrade_url: org.upgrade_url.clone().or_else(|| settings.upgrade_url()),
        limits: org.limits.clone(),
        billed_owner: org.billed_member.as_ref().map(ToString::to_string),
        hints: hints(policy, my_role, org.top_member_count),
    }
}

/// An organization as it was. Whoever asks holds `my_role` today; what they should have done then helps nobody.
pub fn past_org(then: &OrgFacts, policy: &Policy, my_role: &str, settings: &Settings) -> Org {
    Org { hints: Vec::new(), ..org(then, policy, my_role, settings) }
}

/// An organization that is being made, with its creator in the top role.
pub fn new_org(id: &OrgId, created: &OrgCreated, policy: &Policy, settings: &Settings, at: Timestamp) -> Org {
    Org {
        id: id.to_string(),
        name: created.name.clone(),
        policy: created.policy.clone(),
        plan: created.plan.clone(),
        my_role: created.top_role.clone(),
        version: 0,
        created_at: at,
        member_count: 1,
        pending_invitation_count: 0,
        email_notifications: !created.emails_off,
        auto_join_role: policy.auto_join_role.clone(),
        activity_retention_days: None,
        reauth_after_s: None,
        upgrade_url: settings.upgrade_url(),
        limits: BTreeMap::new(),
        billed_owner: created.billed_owner.as_ref().map(ToString::to_string),
        hints: hints(policy, &created.top_role, 1),
    }
}

/// Whoever holds the top role learns that too few do.
fn hints(policy: &Policy, my_role: &str, holders: u64) -> Vec<Hint> {
    let advised = policy.top_role.advise_min;
    let top = policy.role(my_role).filter(|role| role.name == policy.top_role_name());
    let Some(top) = top.filter(|_| holders < advised) else { return Vec::new() };
    let title = &top.title;
    let text = match holders {
        1 => format!(
            "You are the only {title}. Give the role to a second member, so that one of you is there when it matters."
        ),
        _ => format!("{holders} members are {title}; at least {advised} are advised. Give the role to another member."),
    };
    vec![Hint { code: "appoint_second".to_owned(), text }]
}

/// A member, as the organization sees them.
pub fn member(member: &MemberFacts, org: &OrgFacts, policy: &Policy) -> Member {
    Member {
        id: member.id.to_string(),
        // The column's CHECK knows no other word.
        status: MemberStatus::parse(&member.status).unwrap_or(MemberStatus::Removed),
        user_id: Some(member.user.to_string()),
        email: address(&member.email),
        display_name: member.display_name.clone(),
        role: member.role.clone(),
        licensed: member.licensed,
        tier: member.tier(policy),
        limits: member.limits.clone(),
        restrictions: None,
        billed_owner: org.billed_member.as_ref() == Some(&member.id),
        joined_at: Some(Timestamp(member.joined_at)),
        came_by: member.came_by.as_deref().and_then(CameBy::parse),
        last_active_at: member.last_active_at.map(Timestamp),
        invited_at: None,
        invited_by: None,
        expires_at: None,
    }
}

/// What an organization has bought, and how much of it is in use.
pub fn seats(org: &OrgFacts, policy: &Policy, settings: &Settings) -> Seats {
    let total = policy.seats_max(&org.plan, org.seats);
    let plan = policy.plans().iter().find(|plan| plan.name == org.plan);
    let (mode, used) = match policy.seats.mode {
        SeatMode::None => (SeatsCount::None, 0),
        SeatMode::Members => (SeatsCount::Members, org.seats_used(policy)),
        SeatMode::Licenses => (SeatsCount::Licenses, org.seats_used(policy)),
    };
    let (text, counts) = match (mode, total) {
        (SeatsCount::None, _) => (
            format!("{}, no limit", counted(org.member_count, "member")),
            "Nothing fills a seat: the organization may have any number of members.",
        ),
        (SeatsCount::Members, Some(total)) => (format!("{used}/{total}"), MEMBERS_COUNT),
        (SeatsCount::Members, None) => (format!("{}, no limit", counted(used, "seat")), MEMBERS_COUNT),
        (SeatsCount::Licenses, Some(total)) => (format!("{used} of {total} licenses assigned"), LICENSES_COUNT),
        (SeatsCount::Licenses, None) => (format!("{} assigned, no limit", counted(used, "license")), LICENSES_COUNT),
    };
    Seats {
        mode,
        used,
        members: org.member_count,
        pending_invitations: org.pending_count,
        licensed: org.license_count,
        total,
        available: total.map(|total| total.saturating_sub(used)),
        text,
        counts: counts.to_owned(),
        plan: org.plan.clone(),
        plan_title: plan.map_or_else(|| org.plan.clone(), |plan| plan.title.clone()),
        upgrade_url: org.upgrade_url.clone().or_else(|| settings.upgrade_url()),
    }
}

const MEMBERS_COUNT: &str = "Active members and open invitations each fill a seat.";
const LICENSES_COUNT: &str = "Each assigned licence fills a seat; being a member does not.";

fn counted(number: u64, what: &str) -> String {
    if number == 1 { format!("1 {what}") } else { format!("{number} {what}s") }
}

/// What became of a batch of licences.
pub fn licensed(change: &Licensed, org: &OrgFacts, policy: &Policy, settings: &Settings) -> LicenseChange {
    let entry = |told: &refusal::LicenseOutcome| LicenseEntry {
        member: told.member.clone(),
        outcome: LicenseOutcome::parse(told.outcome).unwrap_or(LicenseOutcome::NotLicensed),
    };
    let org = OrgFacts { license_count: change.license_count, ..org.clone() };
    LicenseChange { data: change.outcomes.iter().map(entry).collect(), seats: seats(&org, policy, settings) }
}

/// A line of the member list.
pub fn listed(entry: &member::Entry, org: &OrgFacts, policy: &Policy) -> Member {
    match entry {
        member::Entry::Member(facts) => member(facts, org, policy),
        member::Entry::Invitation(invitation) => Member {
            id: invitation.id.to_string(),
            status: MemberStatus::Pending,
            user_id: None,
            email: Some(invitation.email.clone()),
            display_name: None,
            role: invitation.role.clone(),
            licensed: false,
            tier: None,
            limits: BTreeMap::new(),
            restrictions: None,
            billed_owner: false,
            joined_at: None,
            came_by: None,
            last_active_at: None,
            invited_at: Some(Timestamp(invitation.invited_at)),
            invited_by: Some(invitation.invited_by.to_string()),
            expires_at: Some(Timestamp(invitation.expires_at)),
        },
    }
}

/// A deleted account keeps its id and nothing else: its address is empty.
fn address(email: &str) -> Option<String> {
    Some(email.to_owned()).filter(|email| !email.is_empty())
}

impl From<&InvitationFacts> for Invitation {
    fn from(invitation: &InvitationFacts) -> Self {
        Self {
            id: invitation.id.to_string(),
            email: invitation.email.clone(),
            role: invitation.role.clone(),
            status: status(invitation),
            invited_by: Some(invitation.invited_by.to_string()),
            invited_at: Timestamp(invitation.invited_at),
            sent_at: Timestamp(invitation.sent_at),
            expires_at: Timestamp(invitation.expires_at),
            project: invitation.project.as_ref().map(ToString::to_string),
            mail: invitation.mail.as_ref().map(|mail| mail_status(&mail.state)),
            mail_error: invitation.mail.as_ref().and_then(|mail| mail.last_error.clone()),
        }
    }
}

/// An invitation that is being made in the organization, effective at `at`.
pub fn new_invitation(org: &OrgFacts, id: &InvitationId, created: &InvitationCreated, at: i64) -> Invitation {
    Invitation {
        id: id.to_string(),
        email: created.email.clone(),
        role: created.role.clone(),
        status: InvitationStatus::Pending,
        invited_by: Some(created.invited_by.to_string()),
        invited_at: Timestamp(at),
        sent_at: Timestamp(at),
        expires_at: Timestamp(created.expires_at),
        project: created.project.as_ref().map(ToString::to_string),
        mail: Some(mail(org)),
        mail_error: None,
    }
}

/// What becomes of the e-mails that the organization has sent.
pub fn mail(org: &OrgFacts) -> MailStatus {
    if org.email_notifications { MailStatus::Queued } else { MailStatus::Suppressed }
}

/// What became of many addresses, unless the database knows better by then.
pub fn invited_many(org: &OrgFacts, lines: &[AddressLine], outcomes: &[Outcome]) -> InvitedMany {
    let line = |(line, outcome): (&AddressLine, &Outcome)| InvitedLine {
        line: line.line,
        email: line.shown(),
        // Each of them is in the list, which a test goes through.
        outcome: InviteOutcome::parse(outcome.name()).unwrap_or(InviteOutcome::Invalid),
        invitation: match outcome {
            Outcome::Invited(id) | Outcome::AlreadyInvited(id) => Some(id.to_string()),
            _ => None,
        },
        reason: if let Outcome::Invalid(fault) = outcome { Some(format!("This {fault}.")) } else { None },
    };
    let data: Vec<InvitedLine> = lines.iter().zip(outcomes).map(line).collect();
    let invited = data.iter().filter(|line| line.outcome == InviteOutcome::Invited).count();
    InvitedMany { data, invited: u64::try_from(invited).unwrap_or(u64::MAX), mail: mail(org) }
}

/// An invite link, as it stands at `now`.
pub fn link(link: &LinkFacts, now: i64) -> InviteLink {
    InviteLink {
        id: link.id.to_string(),
        role: link.role.clone(),
        status: link_status(link, now),
        created_by: link.created_by.to_string(),
        created_at: Timestamp(link.created_at),
        expires_at: Timestamp(link.expires_at),
        uses: link.uses,
        uses_max: link.uses_max,
        domains: link.domains.clone(),
    }
}

/// An invite link that is being made, effective at `at`; its token is put in when it is shown.
pub fn new_link(id: &LinkId, created: &LinkCreated, at: i64) -> NewInviteLink {
    let link = InviteLink {
        id: id.to_string(),
        role: created.role.clone(),
        status: InviteLinkStatus::Active,
        created_by: created.created_by.to_string(),
        created_at: Timestamp(at),
        expires_at: Timestamp(created.expires_at),
        uses: 0,
        uses_max: created.uses_max,
        domains: created.domains.clone(),
    };
    NewInviteLink { link, token: String::new(), url: String::new() }
}

/// What a link is good for, whether or not the log has said yet that its time is over.
pub fn link_status(link: &LinkFacts, now: i64) -> InviteLinkStatus {
    match link.status.as_str() {
        "active" if link.is_over(now) => InviteLinkStatus::Expired,
        "active" if link.is_used_up() => InviteLinkStatus::UsedUp,
        // The column's CHECK knows no other word.
        status => InviteLinkStatus::parse(status).unwrap_or(InviteLinkStatus::Expired),
    }
}

/// What became of an invitation, as the log says.
pub fn status(invitation: &InvitationFacts) -> InvitationStatus {
    // The column's CHECK knows no other word.
    InvitationStatus::parse(&invitation.status).unwrap_or(InvitationStatus::Expired)
}

impl From<audit::Entry> for AuditEntry {
    fn from(entry: audit::Entry) -> Self {
        let kind = if entry.version.is_some() { AuditKind::Event } else { AuditKind::Activity };
        let actor_kind = match entry.actor.split('_').next() {
            Some("usr") => "user",
            Some("key") => "api_key",
            Some("system") => "system",
            Some("operator") => "operator",
            Some("billing") => "billing",
            Some("identity") => "identity",
            _ => "invitation",
        };
        let target_type = entry.target_type;
        let target =
            entry.target.map(|id| Target { r#type: target_type.unwrap_or_else(|| kind_of(&id).to_owned()), id });
        let data = match kind {
            AuditKind::Event => public(entry.data),
            AuditKind::Activity => entry.data.and_then(|data| data.as_object().cloned()).unwrap_or_default(),
        };
        Self {
            kind,
            id: entry.id,
            version: entry.version,
            r#type: entry.kind,
            at: Timestamp(entry.at),
            effective_at: Timestamp(entry.effective_at),
            actor: Actor {
                id: entry.actor,
                kind: actor_kind.to_owned(),
                display_name: entry.actor_display_name,
                email: entry.actor_email.as_deref().and_then(address),
            },
            member: entry.member,
            target,
            project: entry.project,
            ip: entry.ip,
            user_agent: entry.user_agent,
            data,
            received_at: entry.received_at.map(Timestamp),
            leaf_hash: entry.leaf,
        }
    }
}

/// What an id of ours is the id of.
fn kind_of(id: &str) -> &'static str {
    if id.contains(':') {
        return "delivery";
    }
    match id.split('_').next() {
        Some("org") => "organization",
        Some("mem") => "member",
        Some("key") => "api_key",
        Some("lnk") => "invite_link",
        Some("oac") => "oauth_client",
        Some("prj") => "project",
        Some("whk") => "webhook",
        Some("dom") => "domain",
        Some("jrq") => "join_request",
        Some("pmb") => "project_member",
        _ => "invitation",
    }
}

/// The data of an event without what serves only the service itself.
fn public(data: Option<Value>) -> Map<String, Value> {
    let Some(Value::Object(mut data)) = data else { return Map::new() };
    // Rules are named to people by their name; a hash beside it, and the one before, say nothing more.
    if data.remove("policy_hash").is_some() {
        data.remove("was");
    }
    for own in ["key_id", "email_key", "words", "token_hash"] {
        data.remove(own);
    }
    for time in ["expires_at", "old_until"] {
        if let Some(at) = data.get(time).and_then(Value::as_i64) {
            data.insert(time.to_owned(), Value::from(Timestamp(at).to_string()));
        }
    }
    data
}

/// The mistakes of a policy as wrong fields of the request that brought it.
pub fn policy_mistakes(mistakes: Vec<PolicyMistake>) -> Vec<FieldError> {
    let field_error = |mistake: PolicyMistake| FieldError {
        field: if mistake.place.is_empty() { "body".to_owned() } else { mistake.place },
        code: match mistake.kind {
            MistakeKind::Missing => "required",
            MistakeKind::Unknown => "unknown",
            MistakeKind::WrongType => "wrong_type",
            MistakeKind::TooShort => "too_short",
            MistakeKind::TooLong => "too_long",
            MistakeKind::OutOfRange => "out_of_range",
            MistakeKind::NotAllowed => "not_allowed",
            MistakeKind::Invalid => "invalid",
        },
        message: mistake.message,
    };
    mistakes.into_iter().map(field_error).collect()
}

/// The refusal that a stale context would otherwise hide: nobody is signed in.
pub fn who(who: Option<Who>) -> Result<Who, Problem> {
    who.ok_or_else(|| Refusal::Unauthenticated.into())
}
