//! Templates of the manifest: text with `{{ variable }}` in it.

use std::collections::BTreeMap;

/// Whether a name may name a variable: lower-case words of letters and digits, joined by single underscores.
pub(crate) fn is_variable_name(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_lowercase())
        && name
            .split('_')
            .all(|word| !word.is_empty() && word.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit()))
}

/// Fills in a template.
///
/// # Errors
/// A message for each variable that is not declared, or for a brace that is not closed. A declared variable
/// without a value (`None`) fills in as nothing: that it is missing is reported once, elsewhere.
pub(crate) fn fill(template: &str, values: &BTreeMap<String, Option<String>>) -> Result<String, Vec<String>> {
    let mut filled = String::with_capacity(template.len());
    let mut problems = Vec::new();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once("{{") {
        filled.push_str(before);
        let Some((name, after)) = after.split_once("}}") else {
            problems.push("`{{` without `}}`".to_owned());
            return Err(problems);
        };
        match values.get(name.trim()) {
            Some(value) => filled.push_str(value.as_deref().unwrap_or_default()),
            None => problems.push(format!("variable `{}` is not declared", name.trim())),
        }
        rest = after;
    }
    filled.push_str(rest);
    if problems.is_empty() { Ok(filled) } else { Err(problems) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        for name in ["a", "dev_mode", "x1_y2"] {
            assert!(is_variable_name(name), "{name}");
        }
        for name in ["", "A", "1a", "_a", "a_", "a__b", "a-b", "ä"] {
            assert!(!is_variable_name(name), "{name}");
        }
    }

    #[test]
    fn filling() {
        let values = BTreeMap::from([("host".to_owned(), Some("a.example".to_owned())), ("gone".to_owned(), None)]);
        assert_eq!(fill("https://{{ host }}:{{host}}/", &values), Ok("https://a.example:a.example/".to_owned()));
        assert_eq!(fill("{{ gone }}!", &values), Ok("!".to_owned()));
        assert_eq!(fill("{{ nope }}", &values), Err(vec!["variable `nope` is not declared".to_owned()]));
        assert!(fill("{{ host", &values).is_err());
    }
}
