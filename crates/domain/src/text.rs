//! Names that people type, trimmed and bounded.

use std::fmt;

use serde::{Deserialize, Serialize};
use unicode_normalization::char::is_combining_mark;

/// The longest name of an organization, a project or a person, in characters.
pub const NAME_CHARS_MAX: usize = 100;
/// The longest name of a role, in characters.
pub const ROLE_NAME_CHARS_MAX: usize = 40;

/// What is wrong with a text, as a sentence for the person who typed it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TextFault {
    #[error("must not be empty")]
    Empty,
    #[error("must have at most {0} characters")]
    TooLong(usize),
    #[error("must not contain control characters or line breaks")]
    ControlCharacter,
    #[error("must have a character that can be seen")]
    Invisible,
    #[error("must be lower-case letters, digits and underscores, and start with a letter")]
    NotAName,
}

macro_rules! text {
    ($(#[$doc:meta])* $name:ident, $check:expr) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// The text without surrounding white space.
            ///
            /// # Errors
            /// Says what is wrong with it.
            pub fn parse(text: &str) -> Result<Self, TextFault> {
                let text = text.trim();
                let check: fn(&str) -> Result<(), TextFault> = $check;
                check(text).map(|()| Self(text.to_owned()))
            }

            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

text!(/// What an organization calls itself.
    OrgName, name);
text!(/// What a project is called.
    ProjectName, name);
text!(/// What a person calls themselves.
    DisplayName, name);
text!(/// A role's name in a policy, such as `admin`.
    RoleName, identifier);

pub(crate) fn name(text: &str) -> Result<(), TextFault> {
    bounded(text, NAME_CHARS_MAX)?;
    line(text, NAME_CHARS_MAX)?;
    // Joiners and marks have their place within a name. A name of nothing else cannot be seen, chosen or typed again.
    if text.chars().all(is_blank) { Err(TextFault::Invisible) } else { Ok(()) }
}

/// A line of text, which may be empty.
pub(crate) fn line(text: &str, chars_max: usize) -> Result<(), TextFault> {
    if text.chars().count() > chars_max {
        return Err(TextFault::TooLong(chars_max));
    }
    // Direction overrides and the like would let one name pass for another; line breaks would let it leave its line.
    let harmful = |c: char| {
        c.is_control() || matches!(c, '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    if text.chars().any(harmful) { Err(TextFault::ControlCharacter) } else { Ok(()) }
}

/// What leaves no ink by itself: white space, combining marks, and the code points that Unicode says to ignore where
/// they have no effect (`Default_Ignorable_Code_Point`).
fn is_blank(c: char) -> bool {
    let is_ignorable = matches!(
        c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}' | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{2800}' | '\u{3164}'
            | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fff8}' | '\u{1bca0}'..='\u{1bca3}'
            | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}'
    );
    is_ignorable || c.is_whitespace() || is_combining_mark(c)
}

pub(crate) fn identifier(text: &str) -> Result<(), TextFault> {
    bounded(text, ROLE_NAME_CHARS_MAX)?;
    let starts = text.starts_with(|c: char| c.is_ascii_lowercase());
    let continues = text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
    if starts && continues { Ok(()) } else { Err(TextFault::NotAName) }
}

fn bounded(text: &str, chars_max: usize) -> Result<(), TextFault> {
    match text.chars().count() {
        0 => Err(TextFault::Empty),
        n if n > chars_max => Err(TextFault::TooLong(chars_max)),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_trimmed_bounded_and_of_one_line() {
        assert_eq!(OrgName::parse("  Ärzte & Söhne "), Ok(OrgName("Ärzte & Söhne".into())));
        assert_eq!(OrgName::parse(" \t"), Err(TextFault::Empty));
        assert!(OrgName::parse(&"é".repeat(100)).is_ok());
        assert_eq!(OrgName::parse(&"é".repeat(101)), Err(TextFault::TooLong(100)));
        assert_eq!(DisplayName::parse("a\nb"), Err(TextFault::ControlCharacter));
        assert_eq!(DisplayName::parse("a\u{202e}b"), Err(TextFault::ControlCharacter));
        for unseen in ["\u{200b}", "\u{3164}", "\u{feff} \u{ad}", "\u{301}", "\u{2800}", "\u{e0041}"] {
            assert_eq!(DisplayName::parse(unseen), Err(TextFault::Invisible), "{unseen:?}");
        }
        assert!(DisplayName::parse("👩\u{200d}🚀").is_ok() && DisplayName::parse("می\u{200c}خواهم").is_ok());
        assert!(RoleName::parse("billing_manager").is_ok());
        assert_eq!(RoleName::parse("Admin"), Err(TextFault::NotAName));
    }
}
