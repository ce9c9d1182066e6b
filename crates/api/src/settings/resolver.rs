//! Who is asked what the DNS has.

use http::Uri;

/// Reads the variable; `None` in a component that is not given it. What is wrong goes to `faults`.
///
/// What the resolver says decides whose a domain is, so nobody may be able to say it in its place: it is asked over https, or it runs on
/// the same machine.
pub(super) fn read(look_up: impl Fn(&str) -> Option<String>, faults: &mut Vec<String>) -> Option<String> {
    let url = look_up("dns_resolver")?.trim().to_owned();
    let uri: Option<Uri> = url.parse().ok();
    let is_usable = uri.is_some_and(|uri| match (uri.scheme_str(), uri.host()) {
        (Some("https"), Some(_)) => true,
        (Some("http"), Some(host)) => matches!(host, "127.0.0.1" | "[::1]" | "localhost"),
        _ => false,
    });
    if !is_usable {
        faults.push(
            "dns_resolver: must be the https:// address of a resolver (DNS over HTTPS), or http:// on this machine"
                .to_owned(),
        );
    }
    Some(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_resolver_is_asked_over_https_or_on_the_same_machine() {
        let faults = |url: &str| {
            let mut faults = Vec::new();
            read(|_| Some(url.to_owned()), &mut faults);
            faults.len()
        };
        for good in [
            "https://dns.example/dns-query",
            "http://127.0.0.1:8053/dns-query",
            "http://localhost/",
            " https://1.1.1.1/dns-query ",
        ] {
            assert_eq!(faults(good), 0, "{good}");
        }
        for bad in
            ["", "dns.example", "http://dns.example/dns-query", "http://127.0.0.1.evil.example/", "ftp://localhost/"]
        {
            assert_eq!(faults(bad), 1, "{bad}");
        }
    }
}
