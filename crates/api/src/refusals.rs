//! What the domain refuses and what the store reports, as problems. The one place where either meets HTTP.

mod domain;

use latchkey_domain::Refusal;
use latchkey_domain::checkpoint::LogFault;
use latchkey_store::DbError;
use serde_json::{Value, json};

use crate::problem::{Code, FieldError, Problem};
use crate::represent::policy_mistakes;
use crate::time::Timestamp;

impl From<DbError> for Problem {
    /// Only "not available" is told apart: anything else that a handler did not expect is a bug, and its text is ours.
    fn from(error: DbError) -> Self {
        match error {
            DbError::Unavailable(reason) => Self::store_unavailable(reason),
            DbError::Unique(_) | DbError::Refused(_) | DbError::Broken(_) => Self::internal(error.to_string()),
        }
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Unauthenticated => Self::unauthenticated(),
            Refusal::NotFound(what) => Self::not_found(what),
            Refusal::Forbidden { .. }
            | Refusal::RoleOutOfReach { .. }
            | Refusal::RoleGrantsMore { .. }
            | Refusal::SignInAgain { .. } => of_rights(refusal),
            Refusal::UnknownRole { .. }
            | Refusal::UnknownPolicy { .. }
            | Refusal::UnknownPlan { .. }
            | Refusal::UnknownPermission { .. }
            | Refusal::UnknownMembers { .. }
            | Refusal::NothingCounted
            | Refusal::AddressMismatch
            | Refusal::BeforeTheBeginning { .. }
            | Refusal::NameMismatch => of_fields(refusal),
            Refusal::PolicyMistakes(mistakes) => Self::invalid(policy_mistakes(mistakes)),
            Refusal::AlreadyMember { .. }
            | Refusal::AlreadyInvited { .. }
            | Refusal::LastTopRoleHolder { .. }
            | Refusal::NoTopRoleHolder { .. }
            | Refusal::BilledOwnerStays
            | Refusal::SoleTopRoleHolder { .. }
            | Refusal::BilledOwnerOf { .. }
            | Refusal::RoleInUse { .. }
            | Refusal::MembersElsewhere { .. }
            | Refusal::LeaveFirst { .. } => of_people(refusal),
            Refusal::TopRoleLimit { .. }
            | Refusal::SeatLimit { .. }
            | Refusal::LicensesOff
            | Refusal::GuestsOff
            | Refusal::LimitReached { .. } => of_limits(refusal),
            Refusal::ScopeLacks { .. }
            | Refusal::KeyOfAProject
            | Refusal::KeyOwnerless
            | Refusal::ScopesTooWide { .. }
            | Refusal::ExceedsMaker(_)
            | Refusal::RoleHoldsNoKeys { .. }
            | Refusal::KeyEnded
            | Refusal::ClientRevoked
            | Refusal::MailWasSent
            | Refusal::WebhookIsOff
            | Refusal::KeyFateNotAllowed { .. }
            | Refusal::NotTheirKeys { .. } => of_keys(refusal),
            Refusal::DomainClaimed { .. }
            | Refusal::DomainUnproven { .. }
            | Refusal::DomainTaken
            | Refusal::JoinDeclined
            | Refusal::JoinRequestEnded => domain::of_domains(refusal),
            Refusal::NotYetCheckpointed { size } => not_yet_checkpointed(size),
            Refusal::LinkUnknown
            | Refusal::LinkExpired
            | Refusal::LinkRevoked
            | Refusal::LinkUsedUp { .. }
            | Refusal::LinkDomain { .. } => of_links(refusal),
            Refusal::InvitationUnknown
            | Refusal::InvitationExpired
            | Refusal::InvitationCancelled
            | Refusal::InvitationDeclined
            | Refusal::InvitationUsed { .. }
            | Refusal::InvitationForAnotherAccount
            | Refusal::SignInToAccept
            | Refusal::InviterLostRight => of_invitations(refusal),
            Refusal::VersionMismatch { .. }
            | Refusal::IdempotencyKeyReused
            | Refusal::Contention
            | Refusal::CodeWrong { .. }
            | Refusal::CodeSpent
            | Refusal::TooManyRequests { .. } => of_repetition(refusal),
        }
    }
}

impl From<LogFault> for Problem {
    fn from(fault: LogFault) -> Self {
        let detail = "The log or its checkpoints were changed by other means than this service, so nothing more is signed. \
                      Tell the operator.";
        Self { log: Some(fault.to_string().into()), ..Self::new(Code::LogBroken, detail) }
    }
}

fn not_yet_checkpointed(size: u64) -> Problem {
    let detail = match size {
        0 => "The log has no checkpoint yet. Make one, or wait for it.".to_owned(),
        size => format!("The newest checkpoint covers {size} events. Make one that covers more, or wait for it."),
    };
    Problem::new(Code::NotYetCheckpointed, detail).with("size", size)
}

// Each group below ends in `unsorted`: the match above is the exhaustive one, and a variant sorted into the wrong group
// is a bug that the tests find, not a reason to stop an instance.
fn unsorted(refusal: &Refusal) -> Problem {
    Problem::internal(format!("a refusal reached the wrong group: {refusal:?}"))
}

fn of_rights(refusal: Refusal) -> Problem {
    match refusal {
        Refusal::Forbidden { permission, role } => {
            let detail = format!("Your role {role} does not include {permission}. Ask somebody whose role does.");
            Problem::new(Code::Forbidden, detail).with("permission", permission).with("role", role)
        }
        Refusal::RoleOutOfReach { action, role, target_role } => {
            let detail = format!("Your role {role} may not {action} {target_role}. Ask somebody whose role may.");
            Problem::new(Code::RoleOutOfReach, detail)
                .with("action", action)
                .with("role", role)
                .with("target_role", target_role)
        }
        Refusal::SignInAgain { max_age_s } => {
            let detail = "You signed in too long ago for this. Sign in again, then repeat it.";
            Problem::new(Code::SignInAgain, detail).with("max_age_s", max_age_s)
        }
        Refusal::RoleGrantsMore { role, missing } => {
            let detail = format!(
                "The role {role} grants what yours does not: {}. Ask somebody whose role has all of it.",
                missing.join(", ")
            );
            Problem::new(Code::RoleGrantsMore, detail).with("role", role).with("missing", missing)
        }
        other => unsorted(&other),
    }
}

fn of_keys(refusal: Refusal) -> Problem {
    match refusal {
        Refusal::ScopeLacks { permission } => {
            let detail = format!("The key does not include {permission}: its holder's role does, its scopes do not.");
            Problem::new(Code::ScopeLacks, detail).with("permission", permission)
        }
        Refusal::KeyOfAProject => {
            Problem::new(Code::KeyOfAProject, "The key is good for one project, and this is not in it.")
        }
        Refusal::KeyOwnerless => {
            let detail = "The key was kept when its holder left. This is done in a member's name: use a key that a member holds.";
            Problem::new(Code::KeyOwnerless, detail)
        }
        Refusal::ScopesTooWide { missing } => {
            let detail = format!("It would do what you, or its holder, may not: {}.", missing.join(", "));
            Problem::new(Code::ScopesTooWide, detail).with("missing", missing)
        }
        Refusal::ExceedsMaker(what) => {
            Problem::new(Code::ExceedsMaker, format!("Nobody comes to know a key that exceeds what they have: {what}."))
                .with("reason", what)
        }
        Refusal::RoleHoldsNoKeys { role } => {
            let detail = format!("Holders of the role {role} may have no API keys. Choose another member.");
            Problem::new(Code::RoleHoldsNoKeys, detail).with("role", role)
        }
        Refusal::KeyEnded => Problem::new(Code::KeyEnded, "The key was revoked, or its time is over. Make a new one."),
        Refusal::MailWasSent => Problem::new(
            Code::MailWasSent,
            "The mail provider has this mail. To give an invitation a new link, resend the invitation.",
        ),
        Refusal::WebhookIsOff => {
            Problem::new(Code::WebhookIsOff, "The webhook is off. Turn it on first: set `on` to true.")
        }
        Refusal::ClientRevoked => {
            Problem::new(Code::ClientRevoked, "The client was revoked, and stays so. Make a new one.")
        }
        Refusal::KeyFateNotAllowed { fate, allowed } => {
            let detail =
                format!("The organization's policy does not allow {fate}. Choose one of: {}.", allowed.join(", "));
            Problem::new(Code::KeyFateNotAllowed, detail).with("allowed", allowed)
        }
        Refusal::NotTheirKeys { keys } => {
            let detail = format!("The member does not hold these keys, or not any more: {}.", keys.join(", "));
            Problem::new(Code::NotTheirKeys, detail).with("keys", keys)
        }
        other => unsorted(&other),
    }
}

fn of_fields(refusal: Refusal) -> Problem {
    let (code, field, message, known) = match refusal {
        Refusal::UnknownRole { role, known } => (
            Code::UnknownRole,
            "role",
            format!("There is no role {role}. Use one of: {}.", known.join(", ")),
            Some(known),
        ),
        Refusal::UnknownPolicy { policy, known } => {
            let message = format!("There is no policy {policy}. Use one of: {}.", known.join(", "));
            (Code::UnknownPolicy, "policy", message, Some(known))
        }
        Refusal::UnknownPlan { plan, known } => {
            let message = format!("There is no plan {plan}. Use one of: {}.", known.join(", "));
            (Code::UnknownPlan, "plan", message, Some(known))
        }
        Refusal::UnknownPermission { permission, known } => {
            let message =
                format!("The policy knows no permission {permission} of the host product. Use one of `known`.");
            (Code::UnknownPermission, "restrictions", message, Some(known))
        }
        Refusal::UnknownMembers { places } => return unknown_members(&places),
        Refusal::BeforeTheBeginning { since } => {
            let since = Timestamp(since);
            let message = format!("The organization was not there yet. Its log begins at {since}.");
            let mut problem = Problem::new(Code::BeforeTheBeginning, message.clone()).with("since", since.to_string());
            problem.errors = vec![FieldError { field: "as_of".to_owned(), code: "out_of_range", message }];
            return problem;
        }
        Refusal::NothingCounted => {
            let message = "This organization's policy counts no seats. Leave the number out.";
            return Problem::field("seats", "not_allowed", message);
        }
        Refusal::AddressMismatch => {
            let message = "This is not the account's address. To confirm, type it as it is.";
            (Code::AddressMismatch, "email", message.to_owned(), None)
        }
        Refusal::NameMismatch => {
            let message = "This is not the name. To confirm, type it exactly as it is.";
            (Code::NameMismatch, "name", message.to_owned(), None)
        }
        other => return unsorted(&other),
    };
    let mut problem = Problem::new(code, message.clone());
    problem.errors = vec![FieldError { field: field.to_owned(), code: "not_allowed", message }];
    match known {
        Some(known) => problem.with("known", known.into_iter().map(Value::from).collect::<Vec<_>>()),
        None => problem,
    }
}

fn unknown_members(places: &[usize]) -> Problem {
    let error = |place: &usize| FieldError {
        field: format!("members[{place}]"),
        code: "not_allowed",
        message: "There is no such member in this organization.".to_owned(),
    };
    Problem::invalid(places.iter().map(error).collect())
}

fn of_people(refusal: Refusal) -> Problem {
    match refusal {
        Refusal::AlreadyMember { member } => {
            Problem::new(Code::AlreadyMember, "That address already belongs to a member.").with("member", member)
        }
        Refusal::AlreadyInvited { invitation } => {
            let detail = "That address already has a pending invitation. Send it again, or cancel it first.";
            Problem::new(Code::AlreadyInvited, detail).with("invitation", invitation)
        }
        Refusal::LastTopRoleHolder { role } => {
            let detail =
                format!("The last {role} must stay. Make somebody else {role} first, or delete the organization.");
            Problem::new(Code::LastTopRoleHolder, detail).with("role", role)
        }
        Refusal::NoTopRoleHolder { role } => {
            let detail = format!("Nobody holds {role}, which would be the top role. Give it to a member first.");
            Problem::new(Code::LastTopRoleHolder, detail).with("role", role)
        }
        Refusal::BilledOwnerStays => Problem::new(
            Code::BilledOwnerStays,
            "Everything bought here is billed to this member. Hand the billing over to another member first.",
        ),
        Refusal::SoleTopRoleHolder { organizations } => {
            let detail = format!(
                "You alone can run {}. Hand the top role over, or delete the organization, before your account goes.",
                names(&organizations)
            );
            Problem::new(Code::SoleTopRoleHolder, detail).with("organizations", refs(organizations))
        }
        Refusal::BilledOwnerOf { organizations } => {
            let detail = format!(
                "Everything bought by {} is billed to you. Hand the billing over before your account goes.",
                names(&organizations)
            );
            Problem::new(Code::BilledOwnerStays, detail).with("organizations", refs(organizations))
        }
        Refusal::RoleInUse { role, members, pending_invitations, links, project_members } => {
            let detail = format!(
                "The role {role} is in use by {members} members, {pending_invitations} open invitations, {links} invite \
                 links and {project_members} members of projects. Give them another role, or end them, first."
            );
            Problem::new(Code::RoleInUse, detail)
                .with("role", role)
                .with("members", members)
                .with("pending_invitations", pending_invitations)
                .with("links", links)
                .with("project_members", project_members)
        }
        Refusal::MembersElsewhere { members } => {
            let detail = "Under these rules a person is in one organization only, and these members are in another. They \
                          leave one of the two first.";
            Problem::new(Code::MembersElsewhere, detail).with("members", members)
        }
        Refusal::LeaveFirst { organization, name } => {
            let detail = format!("You are in {name}, and may be in one organization at a time. Leave {name} first.");
            Problem::new(Code::LeaveFirst, detail).with("organization", organization).with("name", name)
        }
        other => unsorted(&other),
    }
}

/// The first few names: the list beside them is complete.
fn names(organizations: &[(String, String)]) -> String {
    const SHOWN: usize = 10;
    let mut names: Vec<&str> = organizations.iter().take(SHOWN).map(|(_, name)| name.as_str()).collect();
    if organizations.len() > SHOWN {
        names.push("…");
    }
    names.join(", ")
}

fn refs(organizations: Vec<(String, String)>) -> Vec<Value> {
    organizations.into_iter().map(|(id, name)| json!({"id": id, "name": name})).collect()
}

fn of_limits(refusal: Refusal) -> Problem {
    match refusal {
        Refusal::TopRoleLimit { role, used, total, plan, upgrade_url } => {
            let detail = format!(
                "{role}: {used} of {total} on plan {plan}, pending invitations included. Upgrade, or give another role."
            );
            Problem::new(Code::TopRoleLimit, detail)
                .with("role", role)
                .with("used", used)
                .with("total", total)
                .with("plan", plan)
                .with("upgrade_url", upgrade_url)
        }
        Refusal::SeatLimit { used, total, upgrade_url, outcomes } => {
            let detail = format!(
                "{used} of {total} seats are in use, and that is not enough. Free one (open invitations count where \
                 members do), or get more seats."
            );
            let problem = Problem::new(Code::SeatLimit, detail)
                .with("used", used)
                .with("total", total)
                .with("upgrade_url", upgrade_url);
            if outcomes.is_empty() {
                return problem;
            }
            let outcomes: Vec<Value> =
                outcomes.into_iter().map(|it| json!({"member": it.member, "outcome": it.outcome})).collect();
            problem.with("outcomes", outcomes)
        }
        Refusal::LicensesOff => {
            Problem::new(Code::LicensesOff, "This organization's policy has no licences: its members need none.")
        }
        Refusal::GuestsOff => Problem::new(
            Code::GuestsOff,
            "This organization's policy has nobody who is in a project only. Invite to the organization instead.",
        ),
        Refusal::LimitReached { what, max } => {
            let detail = format!("{what}: at most {max}. Make room first.");
            Problem::new(Code::LimitReached, detail).with("what", what).with("max", max)
        }
        other => unsorted(&other),
    }
}

fn of_invitations(refusal: Refusal) -> Problem {
    match refusal {
        Refusal::InvitationUnknown => Problem::new(
            Code::InvitationUnknown,
            "This invitation is not known. Use the link in the newest e-mail: an older one stops working when the \
             invitation is sent again.",
        ),
        Refusal::InvitationExpired => {
            Problem::new(Code::InvitationExpired, "This invitation has expired. Ask for it to be sent again.")
        }
        Refusal::InvitationCancelled => {
            Problem::new(Code::InvitationCancelled, "This invitation was cancelled. Ask for a new one.")
        }
        Refusal::InvitationDeclined => {
            Problem::new(Code::InvitationDeclined, "This invitation was declined. Ask for a new one.")
        }
        Refusal::InvitationUsed { organization, member: Some(member) } => {
            Problem::new(Code::InvitationUsed, "This invitation is used, and you are in: nothing is left to do.")
                .with("organization", organization)
                .with("member", member)
        }
        Refusal::InvitationUsed { organization, member: None } => {
            let detail =
                "This invitation is used. If it was you who accepted it, sign in with the address it was sent to.";
            Problem::new(Code::InvitationUsed, detail).with("organization", organization)
        }
        Refusal::InvitationForAnotherAccount => Problem::new(
            Code::InvitationForAnotherAccount,
            "This invitation is for another address than your account's. Sign in with the address it was sent to.",
        ),
        Refusal::SignInToAccept => Problem::new(
            Code::SignInToAccept,
            "The invited address has an account. Sign in with it, then answer the invitation.",
        ),
        Refusal::InviterLostRight => Problem::new(
            Code::InviterLostRight,
            "Whoever invited you may no longer invite to this role. Ask the organization for a new invitation.",
        ),
        other => unsorted(&other),
    }
}

fn of_links(refusal: Refusal) -> Problem {
    match refusal {
        Refusal::LinkUnknown => {
            Problem::new(Code::LinkUnknown, "This invite link is not known. Ask whoever gave it to you for a new one.")
        }
        Refusal::LinkExpired => Problem::new(Code::LinkExpired, "This invite link has expired. Ask for a new one."),
        Refusal::LinkRevoked => Problem::new(Code::LinkRevoked, "This invite link was revoked. Ask for a new one."),
        Refusal::LinkUsedUp { uses_max } => {
            let detail =
                format!("This invite link was good for {uses_max} people, who have joined. Ask for a new one.");
            Problem::new(Code::LinkUsedUp, detail).with("uses_max", uses_max)
        }
        Refusal::LinkDomain { domains } => {
            let detail = format!("This invite link is for addresses of {}. Sign in with one.", domains.join(", "));
            Problem::new(Code::LinkDomain, detail).with("domains", domains)
        }
        other => unsorted(&other),
    }
}

fn of_repetition(refusal: Refusal) -> Problem {
    match refusal {
        Refusal::VersionMismatch { present } => {
            let detail = format!("The organization is at version {present} now. Read it again, then decide.");
            Problem::new(Code::VersionMismatch, detail).with("present", present)
        }
        Refusal::IdempotencyKeyReused => Problem::new(
            Code::IdempotencyKeyReused,
            "This Idempotency-Key was used for another request. Use a new key for a new request.",
        ),
        Refusal::Contention => Problem::new(
            Code::Contention,
            "Others kept changing the same thing, and nothing of yours was changed. Try again in a second.",
        )
        .retry_after_s(1),
        Refusal::CodeWrong { tries_left } => {
            let detail = match tries_left {
                0 => "The code is wrong, and it was the last try. Ask for a new code.".to_owned(),
                1 => "The code is wrong. One try is left; a new code is always available.".to_owned(),
                n => format!("The code is wrong. {n} tries are left."),
            };
            let mut problem = Problem::new(Code::CodeWrong, detail.clone()).with("tries_left", tries_left);
            problem.errors = vec![FieldError { field: "code".to_owned(), code: "not_allowed", message: detail }];
            problem
        }
        Refusal::CodeSpent => {
            Problem::new(Code::CodeSpent, "This code is used, expired, or was tried too often. Ask for a new code.")
        }
        Refusal::TooManyRequests { retry_after_s } => {
            let detail = format!("That was too often. Try again in {retry_after_s} seconds.");
            Problem::new(Code::TooManyRequests, detail).retry_after_s(retry_after_s)
        }
        other => unsorted(&other),
    }
}
