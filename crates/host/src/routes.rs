//! Which component answers a path.
//!
//! As in Spin: leading and trailing slashes do not count; where several routes match, they are compared segment by
//! segment from the left, and exact text is better than a parameter, which is better than the wildcard.

use std::cmp::Ordering;

/// The routes of an application, best first.
#[derive(Debug, Default)]
pub(crate) struct Routes {
    routes: Vec<Route>,
}

/// One route.
#[derive(Debug)]
pub(crate) struct Route {
    /// As the manifest writes it, without a trailing slash.
    pub(crate) pattern: String,
    /// The component that answers it.
    pub(crate) component: String,
    segments: Vec<Segment>,
}

#[derive(Debug, PartialEq, Eq)]
enum Segment {
    Exact(String),
    Parameter(String),
    Wildcard,
}

/// A route that matches a path.
#[derive(Debug)]
pub(crate) struct Match<'r, 'p> {
    pub(crate) route: &'r Route,
    /// The parameters and their values, percent-encoded as they came.
    pub(crate) parameters: Vec<(&'r str, &'p str)>,
    /// What the wildcard stands for, with its slashes; empty without a wildcard.
    pub(crate) path_info: String,
}

impl Routes {
    /// Sorts the routes. A pattern that is not understood, or that another route has too, is a problem.
    pub(crate) fn new(patterns: impl IntoIterator<Item = (String, String)>, problems: &mut Vec<String>) -> Self {
        let mut routes: Vec<Route> = Vec::new();
        for (pattern, component) in patterns {
            match Route::parse(&pattern, component) {
                Ok(route) => {
                    if let Some(other) =
                        routes.iter().find(|other| other.compare(&route).is_eq() && other.overlaps(&route))
                    {
                        problems.push(format!("route `{pattern}` matches the same paths as `{}`", other.pattern));
                    }
                    routes.push(route);
                }
                Err(problem) => problems.push(format!("route `{pattern}`: {problem}")),
            }
        }
        routes.sort_by(Route::compare);
        Self { routes }
    }

    /// The best route for a path (without its query).
    pub(crate) fn best<'p>(&self, path: &'p str) -> Option<Match<'_, 'p>> {
        self.routes.iter().find_map(|route| route.matches(path))
    }
}

impl Route {
    /// The route of requests that come to a component without one.
    pub(crate) fn everything(component: &str) -> Self {
        Self { pattern: "/...".to_owned(), component: component.to_owned(), segments: vec![Segment::Wildcard] }
    }

    fn parse(pattern: &str, component: String) -> Result<Self, &'static str> {
        if !pattern.starts_with('/') {
            return Err("a route begins with `/`");
        }
        if pattern.starts_with("/.well-known/spin/") {
            return Err("paths below `/.well-known/spin` belong to the host");
        }
        let parts = pattern.trim_matches('/').split('/').filter(|part| !part.is_empty());
        let segments = parts.map(Segment::parse).collect::<Result<Vec<_>, _>>()?;
        if segments.iter().rev().skip(1).any(|segment| *segment == Segment::Wildcard) {
            return Err("`...` can only come last");
        }
        Ok(Self { segments, pattern: pattern.strip_suffix('/').unwrap_or(pattern).to_owned(), component })
    }

    /// The pattern for people to read, who would not know what an empty one means.
    pub(crate) fn name(&self) -> &str {
        if self.pattern.is_empty() { "/" } else { &self.pattern }
    }

    /// The pattern without its wildcard.
    pub(crate) fn prefix(&self) -> &str {
        self.pattern.strip_suffix("/...").unwrap_or(&self.pattern)
    }

    fn compare(&self, other: &Self) -> Ordering {
        let rank = |segment: &Segment| match segment {
            Segment::Exact(_) => 0,
            Segment::Parameter(_) => 1,
            Segment::Wildcard => 2,
        };
        self.segments.iter().map(rank).cmp(other.segments.iter().map(rank))
    }

    /// Whether two routes of the same shape have the same exact segments too.
    fn overlaps(&self, other: &Self) -> bool {
        self.segments.iter().zip(&other.segments).all(|pair| match pair {
            (Segment::Exact(one), Segment::Exact(other)) => one == other,
            _ => true,
        })
    }

    fn matches<'r, 'p>(&'r self, path: &'p str) -> Option<Match<'r, 'p>> {
        let mut rest = Some(path.trim_matches('/')).filter(|path| !path.is_empty());
        let mut parameters = Vec::new();
        for segment in &self.segments {
            if *segment == Segment::Wildcard {
                return Some(Match { route: self, parameters, path_info: path_info(rest.unwrap_or(""), path) });
            }
            let (part, after) = match rest?.split_once('/') {
                Some((part, after)) => (part, Some(after)),
                None => (rest?, None),
            };
            match segment {
                Segment::Exact(text) if text != part => return None,
                Segment::Parameter(name) => parameters.push((name.as_str(), part)),
                _ => {}
            }
            rest = after;
        }
        rest.is_none().then_some(Match { route: self, parameters, path_info: String::new() })
    }
}

/// Spin gives the wildcard's part with the slash before it, and with the path's trailing slash.
fn path_info(rest: &str, path: &str) -> String {
    match (rest.is_empty(), path.ends_with('/')) {
        (true, false) => String::new(),
        (true, true) => "/".to_owned(),
        (false, false) => format!("/{rest}"),
        (false, true) => format!("/{rest}/"),
    }
}

impl Segment {
    fn parse(part: &str) -> Result<Self, &'static str> {
        match part.strip_prefix(':') {
            _ if part == "..." => Ok(Self::Wildcard),
            _ if part.contains('*') => Err("`*` is not implemented: a route ends with `/...`"),
            Some("") => Err("a parameter needs a name"),
            Some(name) if name.contains('.') => Err("a parameter takes a whole segment"),
            Some(name) => Ok(Self::Parameter(name.to_owned())),
            None => Ok(Self::Exact(part.to_owned())),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::expect_used, reason = "a test")]
    use super::*;

    fn routes(patterns: &[&str]) -> Routes {
        let mut problems = Vec::new();
        let pairs = patterns.iter().map(|pattern| ((*pattern).to_owned(), (*pattern).to_owned()));
        let routes = Routes::new(pairs, &mut problems);
        assert_eq!(problems, Vec::<String>::new());
        routes
    }

    #[test]
    fn the_most_specific_route_wins_in_any_order() {
        let mut patterns =
            ["/...", "/v1/:x/...", "/v1/orgs", "/v1/:x", "/v1/orgs/:org", "/v1/orgs/...", "/", "/v1/:x/members"];
        for _ in 0..patterns.len() {
            patterns.rotate_left(1);
            let routes = routes(&patterns);
            let best = |path| routes.best(path).map(|found| found.route.pattern.clone()).expect("a match");
            assert_eq!(best("/v1/orgs"), "/v1/orgs");
            assert_eq!(best("/v1/orgs/"), "/v1/orgs");
            assert_eq!(best("/v1/me"), "/v1/:x");
            assert_eq!(best("/v1/orgs/o1"), "/v1/orgs/:org");
            assert_eq!(best("/v1/orgs/members"), "/v1/orgs/:org");
            assert_eq!(best("/v1/orgs/o1/x"), "/v1/orgs/...");
            assert_eq!(best("/v1/me/members"), "/v1/:x/members");
            assert_eq!(best("/v1/me/others"), "/v1/:x/...");
            assert_eq!(best("/v2"), "/...");
            assert_eq!(best("/"), "");
        }
    }

    #[test]
    fn captures() {
        let routes = routes(&["/a/:one/b/:two", "/w/:x/..."]);
        let found = routes.best("/a/1%2F2/b/three").expect("a match");
        assert_eq!(found.parameters, [("one", "1%2F2"), ("two", "three")]);
        assert_eq!(found.path_info, "");
        for (path, path_info) in [("/w/1", ""), ("/w/1/", "/"), ("/w/1/a/b", "/a/b"), ("/w/1/a/", "/a/")] {
            assert_eq!(routes.best(path).expect("a match").path_info, path_info, "{path}");
        }
        assert_eq!(routes.best("/w/1/").expect("a match").route.prefix(), "/w/:x");
        assert!(routes.best("/w").is_none());
        assert!(routes.best("/a/1/b").is_none());
    }

    #[test]
    fn refusals_name_the_route() {
        let mut problems = Vec::new();
        let patterns = ["a", "/.../x", "/:", "/*", "/x/:a", "/x/:b", "/.well-known/spin/x"];
        Routes::new(patterns.map(|pattern| (pattern.to_owned(), String::new())), &mut problems);
        assert_eq!(problems.len(), 6, "{problems:#?}");
        assert!(problems.iter().any(|problem| problem.contains("`/x/:b` matches the same paths as `/x/:a`")));
    }
}
