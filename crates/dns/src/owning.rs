//! Which domains an organization can have for itself.

/// Domains under which anybody gets an address, one a line, sorted. Written down for this project from what the providers say
/// themselves. Whoever is not in it is not let in by that: a domain is proved by those who run its DNS. It spares people the
/// proof that would fail, and keeps a provider's own organization from taking in all of its customers.
const PUBLIC_MAIL: &str = include_str!("public_mail.txt");

/// Public suffixes, one a line and sorted; its head says where they come from. A compiled list (the crate `psl`) makes a component larger
/// by more than all of its own code, for the one question that is asked here.
const PUBLIC_SUFFIXES: &str = include_str!("public_suffixes.txt");

/// Why nobody can have a domain for themselves, as a sentence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotOwnable {
    /// Names below it belong to different people: `co.uk`, `github.io`.
    PublicSuffix,
    /// Anybody gets an address there.
    PublicMail,
}

impl NotOwnable {
    /// A sentence for whoever asked for it.
    pub fn message(self) -> &'static str {
        match self {
            Self::PublicSuffix => "This is a public suffix: the names below it belong to different people.",
            Self::PublicMail => "Anybody can get an e-mail address at this domain. Use a domain of your own.",
        }
    }
}

/// Whether an organization can have the domain for itself. It is given as A-labels, in lower case.
///
/// # Errors
/// Why not.
pub fn ownable(domain: &str) -> Result<(), NotOwnable> {
    if is_public_suffix(domain) {
        return Err(NotOwnable::PublicSuffix);
    }
    if PUBLIC_MAIL.lines().any(|provider| provider == domain) { Err(NotOwnable::PublicMail) } else { Ok(()) }
}

/// Whether a rule of the list is about just this name: it has its own line, or one for all names beside it and none that excepts it.
fn is_public_suffix(domain: &str) -> bool {
    let Some((_, above)) = domain.split_once('.') else { return true };
    let mut is_listed = false;
    for rule in PUBLIC_SUFFIXES.lines() {
        if rule.strip_prefix('!') == Some(domain) {
            return false;
        }
        is_listed |= rule == domain || rule.strip_prefix("*.") == Some(above);
    }
    is_listed
}

#[cfg(test)]
#[allow(clippy::indexing_slicing, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    #[test]
    fn what_belongs_to_many_is_nobodys() {
        for suffix in ["com", "co.uk", "github.io", "xn--p1ai", "xn--55qx5d.cn", "k12.ca.us", "anything.ck"] {
            assert_eq!(ownable(suffix), Err(NotOwnable::PublicSuffix), "{suffix}");
        }
        for domain in
            ["acme.example", "bbc.co.uk", "acme.github.io", "xn--bcher-kva.example", "mail.acme.com", "www.ck"]
        {
            assert_eq!(ownable(domain), Ok(()), "{domain}");
        }
    }

    #[test]
    fn where_anybody_gets_an_address_nobody_owns_the_domain() {
        for domain in ["gmail.com", "googlemail.com", "outlook.com", "web.de", "gmx.net", "proton.me", "qq.com"] {
            assert_eq!(ownable(domain), Err(NotOwnable::PublicMail), "{domain}");
        }
        for domain in ["notgmail.com", "corp.gmail.com"] {
            assert_eq!(ownable(domain), Ok(()), "{domain}");
        }
    }

    #[test]
    fn the_list_is_sorted_and_has_each_domain_once() {
        let lines: Vec<&str> = PUBLIC_MAIL.lines().collect();
        assert!(lines.len() > 100 && lines.windows(2).all(|pair| pair[0] < pair[1]));
        assert!(lines.iter().all(|line| line.contains('.') && line.trim() == *line && line.to_lowercase() == *line));
        let rules: Vec<&str> = PUBLIC_SUFFIXES.lines().filter(|line| !line.starts_with('#')).collect();
        assert!(rules.len() > 8000 && rules.windows(2).all(|pair| pair[0] < pair[1]));
        assert!(rules.iter().all(|rule| rule.contains('.') && rule.is_ascii() && rule.to_lowercase() == *rule));
    }
}
