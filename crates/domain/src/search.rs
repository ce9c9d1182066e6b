//! What a search in a member list may find: words, folded so that case and accents do not matter.

use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

/// The most words one person is found by, and the most characters of each that count.
pub const SEARCH_WORDS_MAX: usize = 16;
pub const SEARCH_WORD_CHARS_MAX: usize = 64;

/// The words by which a person is found: each word of the name, the whole address (as compared), its domain.
pub fn words(name: Option<&str>, email_key: &str) -> Vec<String> {
    let mut words: Vec<String> = name.into_iter().flat_map(name_words).take(SEARCH_WORDS_MAX).collect();
    words.push(email_key.to_owned());
    words.extend(email_key.rsplit_once('@').map(|(_, domain)| domain.to_owned()));
    words.sort();
    words.dedup();
    words
}

/// By what a person stands in a list that is sorted by name: the folded name, or the address where there is none.
pub fn sort_name(name: Option<&str>, email_key: &str) -> String {
    name.map(|name| fold(name).split_whitespace().collect::<Vec<_>>().join(" ")).unwrap_or_else(|| email_key.to_owned())
}

/// What to look for when a person typed `text`: the folded prefix of a word. `None` when nothing is left to look for.
pub fn query(text: &str) -> Option<String> {
    let text = text.trim();
    let word = match text.rsplit_once('@') {
        Some((local, domain)) => format!("{}@{}", local.to_lowercase(), a_labels(domain)),
        // Addresses are found by their key, in which a domain stands as A-labels whatever people write.
        None if text.contains('.') && !text.is_ascii() && !text.contains(char::is_whitespace) => a_labels(text),
        // Of a name typed in full, the longest word is the narrowest.
        None => fold(text).split_whitespace().max_by_key(|word| word.len())?.to_owned(),
    };
    Some(word.chars().take(SEARCH_WORD_CHARS_MAX).collect()).filter(|w: &String| !w.is_empty())
}

/// A domain, or the beginning of one, as keys have it.
fn a_labels(domain: &str) -> String {
    idna::domain_to_ascii(domain).unwrap_or_else(|_| domain.to_lowercase())
}

fn name_words(name: &str) -> Vec<String> {
    fold(name).split_whitespace().map(|word| word.chars().take(SEARCH_WORD_CHARS_MAX).collect()).collect()
}

fn fold(text: &str) -> String {
    text.nfkd().filter(|c| !is_combining_mark(*c)).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_person_is_found_by_any_word_of_name_address_and_domain_without_accents() {
        assert_eq!(
            words(Some("Zoë  KRÜGER"), "zoe.k@example.com"),
            ["example.com", "kruger", "zoe", "zoe.k@example.com"]
        );
        assert_eq!(query(" KRÜ"), Some("kru".into()));
        assert_eq!(query("Zoe.K@Ex"), Some("zoe.k@ex".into()));
        assert_eq!(query("ada@BÜCHER.example"), Some("ada@xn--bcher-kva.example".into()));
        assert_eq!(query("bücher.ex"), Some("xn--bcher-kva.ex".into()));
        assert_eq!(query("ada@"), Some("ada@".into()));
        assert_eq!(query("  "), None);
    }
}
