//! What a search in a member list may find: words, folded so that case and accents do not matter.

use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

/// The most words that count of a name, and of an address, and the most characters of each.
pub const SEARCH_WORDS_MAX: usize = 16;
pub const SEARCH_WORD_CHARS_MAX: usize = 64;

/// The most people whom a search in an organization's log follows.
pub const AUDIT_PEOPLE_MAX: u32 = 50;

/// The texts of which a search finds any beginning: the name turned so that each of its words comes first once
/// (`ada lovelace`, `lovelace ada`), and the address from each of its words on (`ada.l@example.com`, `l@example.com`,
/// `example.com`, `com`), an internationalized domain in both its forms.
pub fn words(name: Option<&str>, email_key: &str) -> Vec<String> {
    let mut words: Vec<String> = name.into_iter().flat_map(|name| turns(&normal(name))).collect();
    words.extend(tails(email_key));
    words.extend(readable(email_key).iter().flat_map(|address| tails(address)));
    words.sort();
    words.dedup();
    words
}

/// By what a person stands in a list that is sorted by name: the folded name, or the address where there is none.
pub fn sort_name(name: Option<&str>, email_key: &str) -> String {
    name.map_or_else(|| email_key.to_owned(), normal)
}

/// What to look for when a person typed `text`: the folded beginning of a text of [`words`]. `None` when nothing is left
/// to look for.
pub fn query(text: &str) -> Option<String> {
    Some(cut(&normal(text))).filter(|text| !text.is_empty())
}

/// The name from each of its words on, and then what comes before that word.
fn turns(name: &str) -> Vec<String> {
    let turn = |at: usize| {
        let (before, after) = name.split_at(at);
        cut(format!("{after} {before}").trim_end())
    };
    beginnings(name).take(SEARCH_WORDS_MAX).map(turn).collect()
}

/// The address from each word of its local part and each label of its domain on. Within the bound the domain comes first.
fn tails(address: &str) -> Vec<String> {
    let address = fold(address);
    let domain_at = address.rfind('@').map_or(0, |at| at + 1);
    let (local, domain) = address.split_at(domain_at);
    let labels = domain.match_indices('.').map(|(dot, _)| domain_at + dot + 1);
    let places = [0, domain_at].into_iter().chain(labels).chain(beginnings(local).skip(1));
    places.take(SEARCH_WORDS_MAX).map(|at| cut(address.split_at(at).1)).collect()
}

/// The address as its domain is read, where the key has it as A-labels.
fn readable(email_key: &str) -> Option<String> {
    let (local, domain) = email_key.rsplit_once('@').filter(|(_, domain)| domain.contains("xn--"))?;
    Some(format!("{local}@{}", idna::domain_to_unicode(domain).0))
}

/// Where words begin: at the start, and at each letter or digit that follows neither.
fn beginnings(text: &str) -> impl Iterator<Item = usize> {
    let mut after_word = true;
    let later = text.char_indices().filter_map(move |(at, c)| {
        let begins = c.is_alphanumeric() && !after_word;
        after_word = c.is_alphanumeric();
        begins.then_some(at).filter(|at| *at > 0)
    });
    std::iter::once(0).chain(later)
}

fn cut(text: &str) -> String {
    text.chars().take(SEARCH_WORD_CHARS_MAX).collect()
}

/// Folded, with one blank between words.
fn normal(text: &str) -> String {
    fold(text).split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Without case and accents. Letters with a stroke, and those that stand for two, have no accent that Unicode could take
/// off: what people type in their place is put there.
fn fold(text: &str) -> String {
    let letters = text.nfkd().filter(|c| !is_combining_mark(*c)).flat_map(char::to_lowercase);
    let mut folded = String::with_capacity(text.len());
    for letter in letters {
        match letter {
            'ß' => folded.push_str("ss"),
            'æ' => folded.push_str("ae"),
            'œ' => folded.push_str("oe"),
            'ø' => folded.push('o'),
            'ł' => folded.push('l'),
            'đ' | 'ð' => folded.push('d'),
            'þ' => folded.push_str("th"),
            'ı' => folded.push('i'),
            'ς' => folded.push('σ'),
            other => folded.push(other),
        }
    }
    folded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_person_is_found_by_any_word_of_name_address_and_domain_without_accents() {
        assert_eq!(
            words(Some("Zoë  KRÜGER-Łoś"), "zoe.k+x@mail.example.com"),
            [
                "com",
                "example.com",
                "k+x@mail.example.com",
                "kruger-los zoe",
                "los zoe kruger-",
                "mail.example.com",
                "x@mail.example.com",
                "zoe kruger-los",
                "zoe.k+x@mail.example.com"
            ]
        );
        assert_eq!(
            words(None, "ada@xn--bcher-kva.example"),
            ["ada@bucher.example", "ada@xn--bcher-kva.example", "bucher.example", "example", "xn--bcher-kva.example"]
        );
    }

    #[test]
    fn what_is_typed_is_folded_alike() {
        assert_eq!(query(" KRÜ"), Some("kru".into()));
        assert_eq!(query("Zoë \t Kr"), Some("zoe kr".into()));
        assert_eq!(query("Zoe.K@Ex"), Some("zoe.k@ex".into()));
        assert_eq!(query("ada@BÜCHER.ex"), Some("ada@bucher.ex".into()));
        assert_eq!(query("STRASSE"), query("straße"));
        assert_eq!(query("  "), None);
        assert_eq!(query("\u{301}"), None);
    }

    #[test]
    fn words_are_bounded_in_number_and_length() {
        let name = "a ".repeat(50);
        let address = format!("{}@{}.example", "b.".repeat(30) + "b", "c".repeat(63));
        let words = words(Some(&name), &address);
        assert!(words.len() <= 2 * SEARCH_WORDS_MAX, "{}", words.len());
        assert!(words.iter().all(|word| word.chars().count() <= SEARCH_WORD_CHARS_MAX));
        assert!(words.contains(&"example".to_owned()));
        assert_eq!(query(&"é".repeat(100)).map(|text| text.len()), Some(SEARCH_WORD_CHARS_MAX));
    }
}
