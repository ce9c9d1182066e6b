//! Mails in English.

use chrono::DateTime;

use super::{Language, Letter};
use crate::{Notice, Place};

pub(super) fn write(notice: &Notice, product: &str) -> Letter {
    match notice {
        Notice::SignInCode { code } => letter(format!("{code} is your {product} sign-in code"))
            .says(format!("Your sign-in code for {product}:"))
            .code(code)
            .notes("It works once, and only for a few minutes. If you did not ask for it, ignore this mail: nobody can sign in without it."),
        Notice::Invitation { inviter, place, role, link, expires_at } => {
            let (inviter, place) = (somebody(inviter), of(place));
            letter(format!("{inviter} invites you to {place} on {product}"))
                .says(format!("{inviter} invites you to join {place} as {role}."))
                .link("Accept or decline", link)
                .notes(format!("The invitation expires on {}. If you do not know what it is about, ignore it: nothing happens.", day(*expires_at)))
        }
        Notice::RoleChanged { organization, by, role, was } => letter(format!("You are {role} of {organization} now"))
            .says(format!("{} changed your role in {organization} from {was} to {role}.", somebody(by)))
            .notes("What you may do there has changed with it."),
        Notice::MadeOwner { organization, by, role } => letter(format!("You are {role} of {organization} now"))
            .says(format!("{} made you {role} of {organization}.", somebody(by)))
            .notes("This is the role that may do everything there, including to delete the organization."),
        Notice::Removed { organization, by } => letter(format!("You are no longer a member of {organization}"))
            .says(format!("{} removed you from {organization}.", somebody(by)))
            .notes("Your account stays, and so do your other organizations. If this was a mistake, ask to be invited again."),
        Notice::OwnerLeft { organization, who, role } => letter(format!("{} has left {organization}", somebody(who)))
            .says(format!("{}, {role} of {organization}, has left it.", somebody(who)))
            .notes("You get this mail because you have the same role."),
        Notice::WebhookDisabled { organization, url } => letter(format!("A webhook of {organization} is turned off"))
            .says(format!("Nothing has arrived at {url} for days, so {organization} sends nothing there any more."))
            .says("Once the receiver works again, turn the webhook on and replay what it has missed.")
            .notes("You get this mail because you can manage webhooks."),
        Notice::SeatsNear { organization, used, seats, buy_at } => letter(format!("{organization} has few seats left"))
            .says(format!("{used} of the {seats} seats of {organization} are taken."))
            .links("Get more seats", buy_at)
            .notes("You get this mail because you can get more."),
        Notice::SeatsReached { organization, seats, buy_at } => letter(format!("{organization} has no seats left"))
            .says(format!("All {seats} seats of {organization} are taken: nobody else can join."))
            .links("Get more seats", buy_at)
            .notes("You get this mail because you can get more."),
        Notice::DomainVerified { organization, domain } => letter(format!("{domain} is verified for {organization}"))
            .says(format!("The domain {domain} is proved to be {organization}'s."))
            .notes("Leave the TXT record where it is: it is looked for every day. You get this mail because you manage the domains."),
        Notice::DomainLapsed { organization, domain } => letter(format!("{domain} is no longer verified for {organization}"))
            .says(format!("The TXT record that proves {domain} to be {organization}'s has been missing for too long. Nobody joins by the domain any more; members stay."))
            .notes("To change that, set the record again and verify the domain. You get this mail because you manage the domains."),
        Notice::DomainMoved { organization, domain } => letter(format!("{domain} is no longer verified for {organization}"))
            .says(format!("Another organization has proved that {domain} is its own, and the record of {organization} was gone. Nobody joins by the domain any more; members stay."))
            .notes("If this is wrong, ask those who run the DNS of the domain. You get this mail because you manage the domains."),
        Notice::JoinRequested { organization, who, domain } => letter(format!("{} asks to join {organization}", somebody(who)))
            .says(format!("{}, whose address is at {domain}, asks to be let into {organization}.", somebody(who)))
            .notes("You get this mail because you may let people in or turn them down."),
        Notice::JoinDeclined { organization } => letter(format!("You are not let into {organization}"))
            .says(format!("You asked to join {organization}, and were turned down."))
            .notes("If you think this is a mistake, ask somebody there to invite you."),
        Notice::Joined { organization, domain, role } => letter(format!("You are a member of {organization} now"))
            .says(format!("You joined {organization} as {role}, because your address is at {domain}."))
            .notes("If you do not want to be a member, you can leave it at any time."),
    }
}

fn letter(subject: String) -> Letter {
    Letter::new(Language::English, subject)
}

fn somebody(name: &Option<String>) -> &str {
    name.as_deref().unwrap_or("Somebody")
}

fn of(place: &Place) -> String {
    match place {
        Place::Organization(organization) => organization.clone(),
        Place::Project { project, organization } => format!("the project {project} of {organization}"),
    }
}

fn day(at: i64) -> String {
    DateTime::from_timestamp_millis(at).map(|at| at.format("%-d %B %Y").to_string()).unwrap_or_default()
}
