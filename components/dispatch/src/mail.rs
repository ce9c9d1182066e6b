//! What a mail says. The secret in it is derived here and nowhere stored.

use latchkey_domain::secret::SecretKeys;
use latchkey_domain::{ChallengeId, InvitationId};
use latchkey_edge::model::Mail;
use latchkey_edge::{Settings, Timestamp};
use latchkey_store::dispatch;

/// Writes a mail from what the outbox knows of it.
pub(crate) fn write(mail: &dispatch::Mail, keys: &SecretKeys, settings: &Settings) -> Mail {
    let product = &settings.product_name;
    let code = code(mail, keys);
    let token = token(mail, keys);
    let (subject, text) = match (&code, &token) {
        (Some(code), _) => (
            format!("{code} is your {product} sign-in code"),
            format!(
                "Your sign-in code is {code}.\n\nIt works once. If you did not ask for it, ignore this mail: nobody can sign in without it.\n"
            ),
        ),
        (None, Some(token)) => invitation(mail, token, settings),
        (None, None) => (
            format!("A {product} mail that is void by now"),
            "What this mail led to was replaced by a newer mail, or has ended.\n".to_owned(),
        ),
    };
    let (id, kind) = (mail.id.clone(), mail.kind.clone());
    Mail { id, to: mail.recipient.clone(), subject, text, kind, code, token, created_at: Timestamp(mail.created_at) }
}

fn invitation(mail: &dispatch::Mail, token: &str, settings: &Settings) -> (String, String) {
    let product = &settings.product_name;
    let organization = mail.organization_name.as_deref().unwrap_or("an organization");
    let project = mail.project_name.as_ref().map(|project| format!("the project {project} of {organization}"));
    let place = project.as_deref().unwrap_or(organization);
    let inviter = mail.inviter_name.as_deref().or(mail.inviter_email.as_deref()).unwrap_or("A member");
    let role = mail.role.as_deref().unwrap_or("member");
    let expires =
        mail.expires_at.map(|at| format!("\nThe invitation expires at {}.\n", Timestamp(at))).unwrap_or_default();
    let subject = format!("{inviter} invites you to {place} on {product}");
    // The token stands behind the #, which browsers keep to themselves: it appears in no server's log.
    let text = format!(
        "{inviter} invites you to join {place} as {role}.\n\nAccept or decline: {}/invitation#{token}\n{expires}",
        settings.public_url
    );
    (subject, text)
}

fn code(mail: &dispatch::Mail, keys: &SecretKeys) -> Option<String> {
    let challenge = ChallengeId::parse(&mail.subject_id)?;
    Some(keys.named(mail.key_id.as_deref()?)?.sign_in_code(&challenge))
}

fn token(mail: &dispatch::Mail, keys: &SecretKeys) -> Option<String> {
    let invitation = InvitationId::parse(&mail.subject_id)?;
    Some(keys.named(mail.key_id.as_deref()?)?.invitation_token(&invitation, mail.generation))
}
