//! Finding the operation of a request.

use crate::codes::Code;
use crate::problem::Problem;
use crate::routes::{Method, ROUTES, Route};

/// An operation, with the values of its path's parameters.
#[derive(Debug, Clone)]
pub struct Match {
    pub route: &'static Route,
    /// In the order of the path, decoded.
    pub parameters: Vec<(&'static str, String)>,
}

/// What a method and a path lead to.
#[derive(Debug)]
pub enum Found {
    Operation(Match),
    /// `OPTIONS` on a path that exists.
    Options {
        allow: String,
    },
}

/// Finds the operation for a path as it was sent, without its query. `HEAD` finds what `GET` does. Of two paths that fit, the
/// one that names more of it literally is meant, as in the manifest: `/bulk` is no invitation's id.
///
/// # Errors
/// 404 for a path that no operation has, 405 with `allow` for one that has others, 400 for one that cannot be decoded.
pub fn find(method: &str, path: &str) -> Result<Found, Problem> {
    let mut here: Vec<&'static Route> = ROUTES.iter().filter(|route| fits(route, path)).collect();
    let fewest = here.iter().map(|route| route.parameters().count()).min();
    here.retain(|route| Some(route.parameters().count()) == fewest);
    if here.is_empty() {
        return Err(Problem::new(Code::NoSuchRoute, "Nothing answers at this path. /v1/openapi.json lists what does."));
    }
    if method == "OPTIONS" {
        return Ok(Found::Options { allow: allow(&here) });
    }
    let wanted = if method == "HEAD" { Method::Get.as_str() } else { method };
    match here.iter().find(|route| route.method.as_str() == wanted) {
        Some(route) => Ok(Found::Operation(Match { route, parameters: parameters(route, path)? })),
        None => {
            let allow = allow(&here);
            let mut problem = Problem::new(Code::MethodNotAllowed, format!("This path answers {allow}."));
            problem.allow = Some(allow.into());
            Err(problem)
        }
    }
}

fn fits(route: &Route, path: &str) -> bool {
    // Most routes are ruled out by this alone, which is much less work than taking both apart.
    if path.as_bytes().get(..route.literal_bytes) != route.path.as_bytes().get(..route.literal_bytes) {
        return false;
    }
    let mut given = path.split('/').skip(1);
    let fits = route.segments().all(|segment| match given.next() {
        Some(text) => {
            if segment.starts_with('{') {
                !text.is_empty()
            } else {
                segment == text
            }
        }
        None => false,
    });
    fits && given.next().is_none()
}

fn parameters(route: &'static Route, path: &str) -> Result<Vec<(&'static str, String)>, Problem> {
    let named = route.segments().zip(path.split('/').skip(1));
    named
        .filter_map(|(segment, text)| segment.strip_prefix('{')?.strip_suffix('}').map(|name| (name, text)))
        .map(|(name, text)| Ok((name, decode(text)?)))
        .collect()
}

fn allow(routes: &[&Route]) -> String {
    let mut methods: Vec<&str> = routes.iter().map(|route| route.method.as_str()).collect();
    if methods.contains(&"GET") {
        methods.push("HEAD");
    }
    methods.push("OPTIONS");
    methods.join(", ")
}

/// Splits and decodes a query. `+` is a blank, as forms write it.
///
/// # Errors
/// 400 `bad_url` for an escape that is none or for bytes that are not UTF-8.
pub fn query_pairs(query: &str) -> Result<Vec<(String, String)>, Problem> {
    let pairs = query.split('&').filter(|pair| !pair.is_empty());
    pairs
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            Ok((decode(&name.replace('+', " "))?, decode(&value.replace('+', " "))?))
        })
        .collect()
}

/// Undoes percent-encoding.
pub(crate) fn decode(text: &str) -> Result<String, Problem> {
    if !text.contains('%') {
        return Ok(text.to_owned());
    }
    let bad =
        || Problem::new(Code::BadUrl, "The URL holds an escape that is not % and two hexadecimal digits of UTF-8.");
    let digit =
        |byte: Option<u8>| byte.and_then(|byte| char::from(byte).to_digit(16)).and_then(|n| u8::try_from(n).ok());
    let mut decoded = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        if byte == b'%' {
            let high = digit(bytes.next()).ok_or_else(bad)?;
            let low = digit(bytes.next()).ok_or_else(bad)?;
            decoded.push(high << 4 | low);
        } else {
            decoded.push(byte);
        }
    }
    String::from_utf8(decoded).map_err(|_| bad())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic)]

    use super::*;

    fn operation(method: &str, path: &str) -> Match {
        match find(method, path) {
            Ok(Found::Operation(found)) => found,
            other => panic!("{method} {path}: {other:?}"),
        }
    }

    #[test]
    fn every_route_finds_itself() {
        for route in ROUTES {
            let path = route.path.replace(['{', '}'], "");
            assert_eq!(operation(route.method.as_str(), &path).route.operation, route.operation);
        }
    }

    #[test]
    fn parameters_are_decoded_and_literals_are_not() {
        assert_eq!(operation("GET", "/v1/orgs/a%2Fb").parameters, [("org", "a/b".to_owned())]);
        assert_eq!(find("GET", "/v1/%6Frgs").unwrap_err().code, Code::NoSuchRoute);
        assert_eq!(find("GET", "/v1/orgs/a%2").unwrap_err().code, Code::BadUrl);
        assert_eq!(find("GET", "/v1/orgs/a%FF").unwrap_err().code, Code::BadUrl);
    }

    #[test]
    fn slashes_are_not_merged() {
        for path in ["/v1/orgs/", "//v1/orgs", "/v1//orgs", "/v1/orgs//members", "", "v1/orgs"] {
            assert_eq!(find("GET", path).unwrap_err().code, Code::NoSuchRoute, "{path}");
        }
    }

    #[test]
    fn a_known_path_says_what_it_allows() {
        let problem = find("PUT", "/v1/orgs/x").unwrap_err();
        assert_eq!(problem.code, Code::MethodNotAllowed);
        assert_eq!(problem.allow.as_deref(), Some("GET, PATCH, DELETE, HEAD, OPTIONS"));
        assert!(matches!(find("OPTIONS", "/v1/orgs"), Ok(Found::Options { .. })));
        assert_eq!(operation("HEAD", "/v1/me").route.operation, "get_me");
        assert_eq!(find("HEAD", "/v1/dispatch").unwrap_err().code, Code::MethodNotAllowed);
    }

    #[test]
    fn a_query_is_split_and_decoded() {
        let pairs = query_pairs("a=1&b=x%20y+z&&c&d=%C3%A4").unwrap();
        let expected = [("a", "1"), ("b", "x y z"), ("c", ""), ("d", "ä")];
        assert_eq!(pairs, expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
        assert_eq!(query_pairs("a=%zz").unwrap_err().code, Code::BadUrl);
    }
}
