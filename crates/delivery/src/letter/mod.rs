//! A mail in words, and the two forms it is sent in.

mod de;
mod en;

use askama::Template;

use crate::Notice;

/// A language that mails are written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Language {
    #[default]
    English,
    German,
}

impl Language {
    /// The language of a tag as in BCP 47, by its first part: `de-AT` is German. `None`: mails are not written in it.
    pub fn parse(tag: &str) -> Option<Self> {
        let primary = tag.split(['-', '_']).next().unwrap_or_default();
        [Self::English, Self::German].into_iter().find(|language| language.tag().eq_ignore_ascii_case(primary))
    }

    /// Its tag as in BCP 47.
    pub fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::German => "de",
        }
    }
}

/// A mail in words, in one language.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Letter {
    pub language: Language,
    /// One line.
    pub subject: String,
    pub paragraphs: Vec<String>,
    /// What is to be done about it, if anything.
    pub action: Option<Action>,
    /// In smaller print.
    pub footnotes: Vec<String>,
}

/// What a reader can do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// To follow.
    Link { label: &'static str, url: String },
    /// To type in.
    Code(String),
}

impl Letter {
    /// Writes a mail of `product`.
    pub fn write(notice: &Notice, language: Language, product: &str) -> Self {
        let mut letter = match language {
            Language::English => en::write(notice, product),
            Language::German => de::write(notice, product),
        };
        // What people are called comes from people, and a subject is a header.
        letter.subject = letter.subject.split_whitespace().collect::<Vec<_>>().join(" ");
        letter
    }

    /// The mail as plain text.
    pub fn text(&self) -> String {
        let mut blocks = self.paragraphs.clone();
        blocks.extend(self.action.as_ref().map(|action| match action {
            Action::Link { label, url } => format!("{label}: {url}"),
            Action::Code(code) => code.clone(),
        }));
        blocks.extend(self.footnotes.clone());
        blocks.join("\n\n") + "\n"
    }

    /// The mail as HTML: nothing is loaded from anywhere, and whatever people wrote is shown as text.
    pub fn html(&self) -> String {
        let (link, code) = match &self.action {
            Some(Action::Link { label, url }) => (Some((*label, url.as_str())), None),
            Some(Action::Code(code)) => (None, Some(code.as_str())),
            None => (None, None),
        };
        let page = Page {
            language: self.language.tag(),
            subject: &self.subject,
            paragraphs: &self.paragraphs,
            link,
            code,
            footnotes: &self.footnotes,
        };
        // Writing into memory does not fail.
        page.render().unwrap_or_default()
    }
}

/// How a letter is put together, in any language.
impl Letter {
    fn new(language: Language, subject: String) -> Self {
        Self { language, subject, paragraphs: Vec::new(), action: None, footnotes: Vec::new() }
    }

    fn says(mut self, paragraph: impl Into<String>) -> Self {
        self.paragraphs.push(paragraph.into());
        self
    }

    fn notes(mut self, footnote: impl Into<String>) -> Self {
        self.footnotes.push(footnote.into());
        self
    }

    fn code(mut self, code: &str) -> Self {
        self.action = Some(Action::Code(code.to_owned()));
        self
    }

    fn link(mut self, label: &'static str, url: &str) -> Self {
        self.action = Some(Action::Link { label, url: url.to_owned() });
        self
    }

    /// A link where there is one.
    fn links(self, label: &'static str, url: &Option<String>) -> Self {
        match url {
            Some(url) => self.link(label, url),
            None => self,
        }
    }
}

#[derive(Template)]
#[template(path = "letter.html")]
struct Page<'a> {
    language: &'a str,
    subject: &'a str,
    paragraphs: &'a [String],
    link: Option<(&'a str, &'a str)>,
    code: Option<&'a str>,
    footnotes: &'a [String],
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Place;

    /// One of each kind, with names that would break out of HTML or of a header, if they could.
    fn notices(name: &str) -> Vec<Notice> {
        let (organization, by, role) = (name.to_owned(), Some(name.to_owned()), name.to_owned());
        let buy_at = Some("https://shop.example/?a=1&b=\"2".to_owned());
        vec![
            Notice::SignInCode { code: "042137".to_owned() },
            Notice::Invitation {
                inviter: by.clone(),
                place: Place::Organization(organization.clone()),
                role: role.clone(),
                link: "https://latchkey.test/invitation#t".to_owned(),
                expires_at: 1_795_000_000_000,
            },
            Notice::Invitation {
                inviter: None,
                place: Place::Project { project: name.to_owned(), organization: organization.clone() },
                role: role.clone(),
                link: "https://latchkey.test/invitation#t".to_owned(),
                expires_at: 1_795_000_000_000,
            },
            Notice::RoleChanged {
                organization: organization.clone(),
                by: by.clone(),
                role: role.clone(),
                was: role.clone(),
            },
            Notice::MadeOwner { organization: organization.clone(), by: None, role: role.clone() },
            Notice::Removed { organization: organization.clone(), by: by.clone() },
            Notice::OwnerLeft { organization: organization.clone(), who: by, role },
            Notice::WebhookDisabled {
                organization: organization.clone(),
                url: "https://a.example/?a=1&b=\"2".to_owned(),
            },
            Notice::SeatsNear { organization: organization.clone(), used: 9, seats: 10, buy_at: buy_at.clone() },
            Notice::DomainVerified { organization: organization.clone(), domain: name.to_owned() },
            Notice::DomainLapsed { organization: organization.clone(), domain: name.to_owned() },
            Notice::DomainMoved { organization: organization.clone(), domain: name.to_owned() },
            Notice::JoinRequested {
                organization: organization.clone(),
                who: Some(name.to_owned()),
                domain: name.to_owned(),
            },
            Notice::JoinDeclined { organization: organization.clone() },
            Notice::Joined { organization: organization.clone(), domain: name.to_owned(), role: name.to_owned() },
            Notice::SeatsReached { organization, seats: 10, buy_at },
        ]
    }

    #[test]
    fn a_name_stays_text_in_html_and_on_one_line_in_a_subject() {
        for language in [Language::English, Language::German] {
            for notice in notices("<img src=x onerror=alert(1)>\r\nBcc: eve@example.com & \"Söhne\"") {
                let letter = Letter::write(&notice, language, "Latch<b>key");
                assert!(!letter.subject.contains(['\r', '\n']), "{notice:?}");
                let html = letter.html();
                assert!(!html.contains("<img") && !html.contains("<b>") && !html.contains("b=\"2"), "{html}");
                assert!(html.starts_with(&format!("<!doctype html>\n<html lang=\"{}\">", language.tag())), "{html}");
            }
        }
    }

    #[test]
    fn both_forms_say_the_same() {
        for language in [Language::English, Language::German] {
            for notice in notices("Acme") {
                let letter = Letter::write(&notice, language, "Latchkey");
                let (text, html) = (letter.text(), letter.html());
                for part in letter.paragraphs.iter().chain(&letter.footnotes) {
                    assert!(text.contains(part), "{text}");
                    let escaped = part.replace('&', "&#38;").replace('"', "&#34;").replace('\'', "&#39;");
                    assert!(html.contains(&escaped), "{part}\n{html}");
                }
            }
        }
    }

    #[test]
    fn a_subject_of_an_organizations_mail_names_it() {
        for language in [Language::English, Language::German] {
            for notice in notices("Acme").iter().skip(1) {
                let letter = Letter::write(notice, language, "Latchkey");
                assert!(letter.subject.contains("Acme"), "{}", letter.subject);
            }
        }
    }

    #[test]
    fn a_tag_is_known_by_its_first_part() {
        assert_eq!(Language::parse("de-AT"), Some(Language::German));
        assert_eq!(Language::parse("EN"), Some(Language::English));
        assert_eq!(Language::parse("fr"), None);
        assert_eq!(Language::parse(""), None);
    }
}
