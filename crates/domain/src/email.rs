//! E-mail addresses: kept as typed, compared without regard to case, domains as A-labels.

use std::str::FromStr;

use email_address::{EmailAddress, Options};
use unicode_normalization::UnicodeNormalization;

/// The longest address, in bytes: a forward path without its brackets (RFC 5321, 4.5.3.1.3).
pub const EMAIL_BYTES_MAX: usize = 254;

/// What is wrong with an address, as a sentence for the person who typed it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum EmailFault {
    #[error("must have at most 254 bytes")]
    TooLong,
    #[error("must be an e-mail address such as ada@example.com")]
    Malformed,
    #[error("must have a domain that exists in DNS form, such as example.com")]
    BadDomain,
}

/// An address in both its forms.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Email {
    typed: String,
    key: String,
}

impl Email {
    /// # Errors
    /// Says what keeps `text` from being an address that mail could reach.
    pub fn parse(text: &str) -> Result<Self, EmailFault> {
        let text = text.trim();
        if text.len() > EMAIL_BYTES_MAX {
            return Err(EmailFault::TooLong);
        }
        let (local, domain) = text.rsplit_once('@').ok_or(EmailFault::Malformed)?;
        // One form of each letter, for sending as for comparing (RFC 6532, 3.1). Otherwise the Kelvin sign would be a k
        // when addresses are compared and another letter when the mail is sent: a code for k's account in a stranger's
        // mailbox.
        let local: String = local.nfc().collect();
        // Quoted local parts and comments are legal and unheard of; refusing them keeps one address from having two spellings.
        if local.contains(['"', '(', ')', '\\', ' ']) || local.chars().any(char::is_control) {
            return Err(EmailFault::Malformed);
        }
        let ascii = idna::domain_to_ascii_strict(domain).map_err(|_| EmailFault::BadDomain)?;
        if ascii.rsplit('.').next().is_some_and(|label| label.bytes().all(|b| b.is_ascii_digit())) {
            return Err(EmailFault::BadDomain);
        }
        let key = format!("{}@{ascii}", local.to_lowercase());
        let options = Options::default().with_required_tld().without_domain_literal().without_display_text();
        EmailAddress::parse_with_options(&key, options).map_err(|_| EmailFault::Malformed)?;
        // Letters of a domain that mean others, or nothing, are not shown: what one reads is where the mail goes.
        let shown = if domain.is_ascii() { domain.to_owned() } else { idna::domain_to_unicode(&ascii).0 };
        Ok(Self { typed: format!("{local}@{shown}"), key })
    }

    /// As it was typed, for display and for sending.
    pub fn typed(&self) -> &str {
        &self.typed
    }

    /// As it is compared: equal keys are one address.
    pub fn key(&self) -> &str {
        &self.key
    }
}

/// The domain of an address as compared.
pub fn domain_of(email_key: &str) -> &str {
    email_key.rsplit_once('@').map_or("", |(_, domain)| domain)
}

/// A domain as people read it, from its A-labels.
pub fn shown_domain(ascii: &str) -> String {
    idna::domain_to_unicode(ascii).0
}

/// A domain that addresses may have, as A-labels.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Domain(String);

impl Domain {
    /// Takes the `@` that people write before a domain, too.
    ///
    /// # Errors
    /// Says what keeps `text` from being the domain of an address that mail could reach.
    pub fn parse(text: &str) -> Result<Self, EmailFault> {
        let text = text.trim();
        let text = text.strip_prefix('@').unwrap_or(text);
        // A domain is what stands behind some name: whatever else would move the `@` is none.
        if text.contains('@') {
            return Err(EmailFault::BadDomain);
        }
        let email = Email::parse(&format!("a@{text}")).map_err(|_| EmailFault::BadDomain)?;
        Ok(Self(domain_of(email.key()).to_owned()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Email {
    type Err = EmailFault;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_address_has_one_key_however_it_is_typed() {
        let key = |text| Email::parse(text).map(|e| e.key().to_owned());
        assert_eq!(key(" Ada.Lovelace@Example.COM "), Ok("ada.lovelace@example.com".into()));
        assert_eq!(key("ada@BÜCHER.example"), Ok("ada@xn--bcher-kva.example".into()));
        assert_eq!(key("ada@bu\u{308}cher.example"), key("ada@xn--bcher-kva.example"));
        assert_eq!(key("e\u{301}@example.com"), key("\u{e9}@example.com"));
        assert_ne!(key("a+b@example.com"), key("a@example.com"));
        assert_eq!(Email::parse(" Ada@Example.com ").map(|e| e.typed().to_owned()), Ok("Ada@Example.com".into()));
    }

    #[test]
    fn addresses_that_compare_equal_are_sent_to_the_same_mailbox() {
        let both = |text| Email::parse(text).map(|e| (e.typed().to_owned(), e.key().to_owned()));
        let expected = |typed: &str, key: &str| Ok((typed.to_owned(), key.to_owned()));
        assert_eq!(both("\u{212a}im@example.com"), expected("Kim@example.com", "kim@example.com"));
        assert_eq!(both("ada@exam\u{ad}ple.com"), expected("ada@example.com", "ada@example.com"));
        assert_eq!(both("ada@\u{ff45}xample\u{3002}com"), expected("ada@example.com", "ada@example.com"));
        assert_eq!(both("ada@BÜCHER.example"), expected("ada@bücher.example", "ada@xn--bcher-kva.example"));
        for c in ('\u{80}'..=char::MAX).filter(|c| c.to_lowercase().any(|lower| lower.is_ascii())) {
            if let Ok(email) = Email::parse(&format!("{c}@example.com")) {
                assert!(email.typed().is_ascii(), "{c:?} is compared as {}", email.key());
            }
        }
    }

    #[test]
    fn a_domain_has_one_form_however_it_is_typed() {
        let domain = |text| Domain::parse(text).map(|d| d.as_str().to_owned());
        assert_eq!(domain(" @Example.COM"), Ok("example.com".into()));
        assert_eq!(domain("BÜCHER.example"), Ok("xn--bcher-kva.example".into()));
        for wrong in ["", "@", "example", "a@example.com", "*.example.com", "127.0.0.1", "exa mple.com", ".example.com"]
        {
            assert_eq!(domain(wrong), Err(EmailFault::BadDomain), "{wrong}");
        }
        assert_eq!(domain_of("ada@xn--bcher-kva.example"), "xn--bcher-kva.example");
    }

    #[test]
    fn what_mail_cannot_reach_is_refused() {
        for wrong in [
            "",
            "ada",
            "ada@",
            "@example.com",
            "a b@example.com",
            "ada@example",
            "ada@[127.0.0.1]",
            "ada@127.0.0.1",
            "ada@exa mple.com",
            "\"a\"@example.com",
            "ada@@example.com",
            "Ada <ada@example.com>",
            "ada@example..com",
            "ada@-example.com",
            "ada\n@example.com",
            "a%@b_c.com",
        ] {
            assert!(Email::parse(wrong).is_err(), "{wrong}");
        }
        assert_eq!(Email::parse(&format!("{}@example.com", "a".repeat(250))), Err(EmailFault::TooLong));
    }
}
