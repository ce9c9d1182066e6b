//! Where somebody goes after signing in: a place of ours, whoever wrote the link.

/// Longest path, in bytes.
pub const RETURN_PATH_BYTES_MAX: usize = 1024;

/// A path of our own origin, with its query and its fragment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReturnPath(String);

impl Default for ReturnPath {
    fn default() -> Self {
        Self("/".to_owned())
    }
}

impl ReturnPath {
    /// `None` for whatever a browser could read as the address of another site. Browsers read `//host` and `/\host` as one, and
    /// drop tabs and line breaks before they read; so there is one slash first and then none, and no backslash, blank or control
    /// character anywhere. What is not ASCII is percent-encoded by whoever makes links.
    pub fn parse(text: &str) -> Option<Self> {
        let is_short = text.len() <= RETURN_PATH_BYTES_MAX;
        let is_path = text.starts_with('/') && !text.starts_with("//");
        let is_plain = text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
        (is_short && is_path && is_plain).then(|| Self(text.to_owned()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The same with one more parameter in its query. Both are plain words.
    #[must_use]
    pub fn with(&self, name: &str, value: &str) -> Self {
        let (path, fragment) = self.0.split_once('#').map_or((self.0.as_str(), None), |(path, it)| (path, Some(it)));
        let separator = if path.contains('?') { '&' } else { '?' };
        let fragment = fragment.map(|it| format!("#{it}")).unwrap_or_default();
        Self(format!("{path}{separator}{name}={value}{fragment}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_open_redirect_is_not_to_be_had() {
        for wrong in [
            "",
            "//evil.example",
            "///evil.example",
            "/\\evil.example",
            "\\\\evil.example",
            "https://evil.example",
            "http:evil.example",
            "javascript:alert(1)",
            "evil.example",
            "/\t/evil.example",
            "/\n/evil.example",
            "/ /evil.example",
            " /x",
            "/x\r\nset-cookie: a=b",
            "/x\u{0}",
            "/a\\b",
            "/\u{2f}\u{2f}evil.example/\u{e4}",
            "\u{ff0f}evil.example",
            "@evil.example",
            ".evil.example",
            "?x",
            "#x",
        ] {
            assert_eq!(ReturnPath::parse(wrong), None, "{wrong:?}");
        }
        assert_eq!(ReturnPath::parse(&format!("/{}", "x".repeat(RETURN_PATH_BYTES_MAX))), None);
    }

    #[test]
    fn a_page_of_ours_is_returned_to_as_it_was_named() {
        for path in ["/", "/a/b?c=d&e=%2F%2Fx#f", "/..//x", "/a//b", "/@x", "/%5Cx"] {
            assert_eq!(ReturnPath::parse(path).as_ref().map(ReturnPath::as_str), Some(path));
        }
        let with = |path: &str| ReturnPath::parse(path).map(|path| path.with("sign_in_error", "x").as_str().to_owned());
        assert_eq!(with("/a").as_deref(), Some("/a?sign_in_error=x"));
        assert_eq!(with("/a?b=c#d?e").as_deref(), Some("/a?b=c&sign_in_error=x#d?e"));
    }
}
