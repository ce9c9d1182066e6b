//! How mail leaves the service.

use latchkey_delivery::{Language, Provider, Sender};

/// What becomes of mail, and how it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailSettings {
    pub carrier: Carrier,
    pub language: Language,
}

/// Who takes mails.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Carrier {
    Provider {
        provider: Provider,
        sender: Sender,
    },
    /// Nobody: they stay in the mailbox of development.
    Mailbox,
    /// Nobody, because the operator wants it so.
    Nobody,
}

/// Reads the variables of mail; `None` in a component that is not given them. One that makes mails and sends none is given the provider's
/// name alone, so that nobody is asked for a code that never comes. What is wrong goes to `faults`.
pub(super) fn read(
    look_up: impl Fn(&str) -> Option<String>,
    dev_mode: DevMode,
    faults: &mut Vec<String>,
) -> Option<MailSettings> {
    let provider = look_up("mail_provider")?.trim().to_owned();
    if provider.is_empty() && dev_mode == DevMode::Off {
        faults.push(
            "mail_provider: is not set; choose resend, postmark or hook, or none for a service that sends no mail"
                .to_owned(),
        );
    }
    look_up("mail_key")?;
    let text = |name: &str| look_up(name).unwrap_or_default().trim().to_owned();
    let language = match text("mail_language").as_str() {
        "" => Some(Language::default()),
        tag => Language::parse(tag),
    };
    let language = language.unwrap_or_else(|| {
        faults.push("mail_language: must be en or de".to_owned());
        Language::default()
    });
    let carrier = match (provider.as_str(), dev_mode) {
        ("", DevMode::On) => Carrier::Mailbox,
        ("", DevMode::Off) | ("none", _) => Carrier::Nobody,
        (name, _) => {
            let from = text("mail_from");
            if !is_sender(&from) {
                faults.push("mail_from: must be an address, or a name and <an address>".to_owned());
            }
            let reply_to = Some(text("mail_reply_to")).filter(|address| !address.is_empty());
            if reply_to.as_deref().is_some_and(|address| !is_sender(address)) {
                faults.push("mail_reply_to: must be an address, or a name and <an address>".to_owned());
            }
            match Provider::named(name, &text("mail_url"), &text("mail_key")) {
                Ok(provider) => Carrier::Provider { provider, sender: Sender { from, reply_to } },
                Err(fault) => {
                    faults.push(format!("{}: {}", fault.variable, fault.fault));
                    Carrier::Nobody
                }
            }
        }
    };
    Some(MailSettings { carrier, language })
}

/// Whether this is development.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum DevMode {
    On,
    Off,
}

/// An address, or a name and an address: as far as can be told without the tables of internationalized domains, which every component
/// would have to carry for this. The provider looks at it more closely.
fn is_sender(text: &str) -> bool {
    let address = match text.split_once('<') {
        Some((name, rest)) => {
            rest.strip_suffix('>').filter(|_| !name.trim().is_empty() && !name.contains(['"', '@', ',']))
        }
        None => Some(text),
    };
    let is_plain = |part: &str| {
        !part.is_empty() && !part.contains([' ', ',', ';', '<', '>', '"', '@']) && !part.contains(char::is_control)
    };
    let parts = address.and_then(|address| address.split_once('@'));
    parts.is_some_and(|(local, domain)| {
        is_plain(local) && is_plain(domain) && domain.contains('.') && !domain.ends_with('.')
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_all(variables: &[(&str, &str)], dev_mode: DevMode) -> (Option<MailSettings>, Vec<String>) {
        let mut faults = Vec::new();
        let look_up = |name: &str| variables.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned());
        (read(look_up, dev_mode, &mut faults), faults)
    }

    #[test]
    fn development_has_a_mailbox_and_production_is_refused_without_a_choice() {
        assert_eq!(read_all(&[], DevMode::Off), (None, Vec::new()));
        let (mail, faults) = read_all(&[("mail_provider", ""), ("mail_key", "")], DevMode::On);
        assert_eq!((mail.map(|mail| mail.carrier), faults), (Some(Carrier::Mailbox), Vec::new()));
        let (_, faults) = read_all(&[("mail_provider", ""), ("mail_key", "")], DevMode::Off);
        assert!(matches!(faults.as_slice(), [one] if one.starts_with("mail_provider: is not set")), "{faults:?}");
        let (mail, faults) = read_all(&[("mail_provider", "none"), ("mail_key", "")], DevMode::Off);
        assert_eq!((mail.map(|mail| mail.carrier), faults), (Some(Carrier::Nobody), Vec::new()));
    }

    #[test]
    fn all_that_is_missing_is_named_at_once() {
        let (_, faults) =
            read_all(&[("mail_provider", "resend"), ("mail_language", "tlh"), ("mail_key", "")], DevMode::Off);
        let names: Vec<&str> = faults.iter().filter_map(|fault| fault.split(':').next()).collect();
        assert_eq!(names, ["mail_language", "mail_from", "mail_key"]);
    }

    #[test]
    fn a_provider_is_chosen_with_its_sender() {
        let variables = [
            ("mail_provider", "postmark"),
            ("mail_key", "k"),
            ("mail_from", "Acme <hello@acme.example>"),
            ("mail_reply_to", "help@acme.example"),
            ("mail_language", "de"),
        ];
        let (mail, faults) = read_all(&variables, DevMode::Off);
        assert_eq!(faults, Vec::<String>::new());
        let Some(MailSettings { carrier: Carrier::Provider { sender, .. }, language }) = mail else { unreachable!() };
        assert_eq!((sender.from.as_str(), language), ("Acme <hello@acme.example>", Language::German));
        assert_eq!(sender.reply_to.as_deref(), Some("help@acme.example"));
        for wrong in [
            "",
            "acme",
            "@acme.example",
            "Acme hello@acme.example",
            "Acme <a@b.example",
            "<a@b.example>",
            "A, B <a@b.example>",
        ] {
            assert!(!is_sender(wrong), "{wrong}");
        }
    }
}
