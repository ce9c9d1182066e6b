//! What a mail says. The secret in it is derived here and nowhere stored.

use latchkey_delivery::{Language, Letter, Notice, Place};
use latchkey_domain::email::shown_domain;
use latchkey_domain::policy::Policy;
use latchkey_domain::{ChallengeId, InvitationId};
use latchkey_edge::{Problem, Settings};
use latchkey_store::outbox::Mail;

/// Why a mail is not sent any more: its code has expired, its invitation was replaced or has ended, its organization is gone.
pub(crate) const VOID: &str = "not needed any more";

/// The audience that has no permission's name.
const TOP_ROLE: &str = "top_role";

/// A mail in words, with the secret in it for whoever reads the development mailbox.
pub(crate) struct Written {
    pub(crate) letter: Letter,
    pub(crate) code: Option<String>,
    pub(crate) token: Option<String>,
}

/// Writes a mail from what the outbox knows of it. `None`: what it is about has ended.
///
/// # Errors
/// A deployment without keys, or a stored policy that cannot be read.
pub(crate) fn write(mail: &Mail, settings: &Settings, language: Language) -> Result<Option<Written>, Problem> {
    let code = code(mail, settings)?;
    let token = token(mail, settings)?;
    let rules = mail.rules()?;
    let notice = notice(mail, rules.as_deref(), settings, code.as_deref(), token.as_deref());
    let letter = |notice| Letter::write(&notice, language, &settings.product_name);
    Ok(notice.map(letter).map(|letter| Written { letter, code, token }))
}

/// The names of the roles that a mail to this audience goes to.
///
/// # Errors
/// A stored policy that cannot be read.
pub(crate) fn roles_of(mail: &Mail, audience: &str) -> Result<Vec<String>, Problem> {
    let Some(rules) = mail.rules()? else { return Ok(Vec::new()) };
    if audience == TOP_ROLE {
        return Ok(vec![rules.top_role_name().to_owned()]);
    }
    let names = rules.role_names().into_iter();
    Ok(names.filter(|name| rules.role(name).is_some_and(|role| role.has(audience))).collect())
}

fn notice(
    mail: &Mail,
    rules: Option<&Policy>,
    settings: &Settings,
    code: Option<&str>,
    token: Option<&str>,
) -> Option<Notice> {
    if mail.kind == "sign_in_code" {
        return Some(Notice::SignInCode { code: code?.to_owned() });
    }
    let organization = mail.organization_name.clone()?;
    let title = |role: &Option<String>| {
        let name = role.as_deref()?;
        Some(rules.and_then(|rules| rules.role(name)).map_or_else(|| name.to_owned(), |role| role.title.clone()))
    };
    let (by, facts) = (mail.by.clone(), &mail.facts);
    let domain = || facts.domain.as_deref().map(shown_domain);
    let buy_at = || mail.upgrade_url.clone().or_else(|| settings.upgrade_url());
    Some(match mail.kind.as_str() {
        "invitation" => Notice::Invitation {
            inviter: by,
            place: match &mail.project_name {
                Some(project) => Place::Project { project: project.clone(), organization },
                None => Place::Organization(organization),
            },
            role: title(&mail.role)?,
            // The token stands behind the #, which browsers keep to themselves: it appears in no server's log.
            link: format!("{}/invitation#{}", settings.public_url, token?),
            expires_at: mail.expires_at?,
        },
        "role_changed" => Notice::RoleChanged { organization, by, role: title(&facts.role)?, was: title(&facts.was)? },
        "made_owner" => Notice::MadeOwner { organization, by, role: title(&facts.role)? },
        "removed" => Notice::Removed { organization, by },
        "owner_left" => Notice::OwnerLeft { organization, who: mail.who.clone(), role: title(&mail.who_role)? },
        "webhook_disabled" => Notice::WebhookDisabled { organization, url: mail.webhook_url.clone()? },
        "seats_near" => Notice::SeatsNear { organization, used: facts.used?, seats: facts.seats?, buy_at: buy_at() },
        "seats_reached" => Notice::SeatsReached { organization, seats: facts.seats?, buy_at: buy_at() },
        "domain_verified" => Notice::DomainVerified { organization, domain: domain()? },
        "domain_lapsed" => Notice::DomainLapsed { organization, domain: domain()? },
        "domain_moved" => Notice::DomainMoved { organization, domain: domain()? },
        "join_requested" => Notice::JoinRequested { organization, who: by, domain: domain()? },
        "join_declined" => Notice::JoinDeclined { organization },
        "joined" => Notice::Joined { organization, domain: domain()?, role: title(&facts.role)? },
        _ => return None,
    })
}

fn code(mail: &Mail, settings: &Settings) -> Result<Option<String>, Problem> {
    let (Some(challenge), Some(key)) = (ChallengeId::parse(&mail.subject_id), &mail.key_id) else { return Ok(None) };
    Ok(settings.secret_keys()?.named(key).map(|key| key.sign_in_code(&challenge)))
}

fn token(mail: &Mail, settings: &Settings) -> Result<Option<String>, Problem> {
    let (Some(invitation), Some(key)) = (InvitationId::parse(&mail.subject_id), &mail.key_id) else { return Ok(None) };
    Ok(settings.secret_keys()?.named(key).map(|key| key.invitation_token(&invitation, mail.generation)))
}
