//! Mails in German.

use chrono::{DateTime, Datelike};

use super::{Language, Letter};
use crate::{Notice, Place};

const MONTHS: [&str; 12] = [
    "Januar",
    "Februar",
    "März",
    "April",
    "Mai",
    "Juni",
    "Juli",
    "August",
    "September",
    "Oktober",
    "November",
    "Dezember",
];

pub(super) fn write(notice: &Notice, product: &str) -> Letter {
    match notice {
        Notice::SignInCode { code } => letter(format!("{code} ist Ihr Anmeldecode für {product}"))
            .says(format!("Ihr Anmeldecode für {product}:"))
            .code(code)
            .notes("Er gilt einmal und nur wenige Minuten lang. Wenn Sie ihn nicht angefordert haben, ist nichts zu tun: Ohne ihn kann sich niemand anmelden."),
        Notice::Invitation { inviter, place, role, link, expires_at } => {
            let inviter = somebody(inviter);
            letter(format!("{inviter} lädt Sie zu {} auf {product} ein", of(place)))
                .says(format!("{inviter} lädt Sie ein, bei {} mitzumachen, als {role}.", of(place)))
                .link("Annehmen oder ablehnen", link)
                .notes(format!("Die Einladung gilt bis zum {}. Wenn Sie nichts damit anfangen können, ist nichts zu tun.", day(*expires_at)))
        }
        Notice::RoleChanged { organization, by, role, was } => letter(format!("Ihre Rolle bei {organization}: {role}"))
            .says(format!("{} hat Ihre Rolle bei {organization} geändert: von {was} zu {role}.", somebody(by)))
            .notes("Damit ändert sich, was Sie dort tun können."),
        Notice::MadeOwner { organization, by, role } => letter(format!("Ihre Rolle bei {organization}: {role}"))
            .says(format!("{} hat Ihnen bei {organization} die Rolle {role} gegeben.", somebody(by)))
            .notes("Diese Rolle darf dort alles, auch die Organisation löschen."),
        Notice::Removed { organization, by } => letter(format!("Sie sind nicht mehr Mitglied von {organization}"))
            .says(format!("{} hat Sie aus {organization} entfernt.", somebody(by)))
            .notes("Ihr Konto und Ihre anderen Organisationen bleiben. War es ein Versehen, lassen Sie sich neu einladen."),
        Notice::OwnerLeft { organization, who, role } => letter(format!("{} hat {organization} verlassen", somebody(who)))
            .says(format!("{} ({role}) hat {organization} verlassen.", somebody(who)))
            .notes("Sie bekommen diese Nachricht, weil Sie dieselbe Rolle haben."),
        Notice::WebhookDisabled { organization, url } => letter(format!("Ein Webhook von {organization} ist abgeschaltet"))
            .says(format!("Bei {url} ist seit Tagen nichts angekommen. {organization} schickt deshalb nichts mehr dorthin."))
            .says("Wenn der Empfänger wieder arbeitet, schalten Sie den Webhook ein und lassen Sie das Versäumte nachsenden.")
            .notes("Sie bekommen diese Nachricht, weil Sie Webhooks verwalten können."),
        Notice::SeatsNear { organization, used, seats, buy_at } => letter(format!("Bei {organization} werden die Plätze knapp"))
            .says(format!("{used} von {seats} Plätzen von {organization} sind belegt."))
            .links("Mehr Plätze", buy_at)
            .notes("Sie bekommen diese Nachricht, weil Sie weitere Plätze beschaffen können."),
        Notice::SeatsReached { organization, seats, buy_at } => letter(format!("Bei {organization} ist kein Platz mehr frei"))
            .says(format!("Alle {seats} Plätze von {organization} sind belegt: Niemand kann mehr dazukommen."))
            .links("Mehr Plätze", buy_at)
            .notes("Sie bekommen diese Nachricht, weil Sie weitere Plätze beschaffen können."),
        Notice::DomainVerified { organization, domain } => letter(format!("{domain} ist für {organization} bestätigt"))
            .says(format!("Die Domain {domain} gehört nachweislich zu {organization}."))
            .notes("Lassen Sie den TXT-Eintrag stehen: Er wird täglich geprüft. Sie bekommen diese Nachricht, weil Sie die Domains verwalten."),
        Notice::DomainLapsed { organization, domain } => letter(format!("{domain} ist für {organization} nicht mehr bestätigt"))
            .says(format!("Der TXT-Eintrag, der {domain} für {organization} nachweist, fehlt seit Längerem. Niemand kommt mehr über die Domain dazu; Mitglieder bleiben."))
            .notes("Setzen Sie den Eintrag wieder und bestätigen Sie die Domain, wenn das nicht so bleiben soll. Sie bekommen diese Nachricht, weil Sie die Domains verwalten."),
        Notice::DomainMoved { organization, domain } => letter(format!("{domain} ist für {organization} nicht mehr bestätigt"))
            .says(format!("Eine andere Organisation hat {domain} nachgewiesen, und der Eintrag von {organization} fehlte. Niemand kommt mehr über die Domain dazu; Mitglieder bleiben."))
            .notes("Wenn das falsch ist, fragen Sie, wer das DNS der Domain betreibt. Sie bekommen diese Nachricht, weil Sie die Domains verwalten."),
        Notice::JoinRequested { organization, who, domain } => letter(format!("{} möchte zu {organization}", somebody(who)))
            .says(format!("{}, mit einer Adresse bei {domain}, bittet um Aufnahme in {organization}.", somebody(who)))
            .notes("Sie bekommen diese Nachricht, weil Sie darüber entscheiden dürfen."),
        Notice::JoinDeclined { organization } => letter(format!("Keine Aufnahme in {organization}"))
            .says(format!("Ihre Bitte um Aufnahme in {organization} wurde abgelehnt."))
            .notes("Wenn das ein Versehen ist, lassen Sie sich von jemandem dort einladen."),
        Notice::Joined { organization, domain, role } => letter(format!("Sie sind jetzt Mitglied von {organization}"))
            .says(format!("Sie sind {organization} als {role} beigetreten, weil Ihre Adresse zu {domain} gehört."))
            .notes("Wenn Sie kein Mitglied sein möchten, können Sie jederzeit austreten."),
    }
}

fn letter(subject: String) -> Letter {
    Letter::new(Language::German, subject)
}

fn somebody(name: &Option<String>) -> &str {
    name.as_deref().unwrap_or("Jemand")
}

fn of(place: &Place) -> String {
    match place {
        Place::Organization(organization) => organization.clone(),
        Place::Project { project, organization } => format!("dem Projekt {project} von {organization}"),
    }
}

fn day(at: i64) -> String {
    let Some(at) = DateTime::from_timestamp_millis(at) else { return String::new() };
    let month = usize::try_from(at.month0()).ok().and_then(|month| MONTHS.get(month)).copied().unwrap_or_default();
    format!("{}. {month} {}", at.day(), at.year())
}
