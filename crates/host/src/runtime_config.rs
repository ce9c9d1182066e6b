//! Reads the runtime configuration, the file that Spin takes with `--runtime-config-file`: where components may not
//! connect to, and whose certificates they trust there. A key that the host does not implement is a problem, named with
//! its place.

use crate::error::Error;
use crate::outbound::networks::BlockedNetworks;
use crate::outbound::tls::{self, TlsConfigs};
use crate::section::Section;
use http::uri::Authority;
use rustls::{ClientConfig, RootCertStore};
use std::path::Path;
use std::sync::Arc;
use toml::{Table, Value};

/// What the operator says about the outside, for all components of an application.
#[derive(Debug)]
pub(crate) struct RuntimeConfig {
    pub(crate) blocked: Arc<BlockedNetworks>,
    client_tls: Vec<ClientTls>,
    default_tls: Arc<ClientConfig>,
}

/// Whom some components trust at some hosts.
#[derive(Debug)]
struct ClientTls {
    component_ids: Vec<String>,
    hosts: Vec<String>,
    config: Arc<ClientConfig>,
}

impl RuntimeConfig {
    /// Reads the file, or what holds without one: no network is blocked, and the public roots are trusted.
    ///
    /// Problems are added to `problems`, each with the file's name.
    ///
    /// # Errors
    /// The file cannot be read, or TLS cannot be set up at all.
    pub(crate) fn read(path: Option<&Path>, problems: &mut Vec<String>) -> Result<Self, Error> {
        let default_tls = tls::trusting(tls::public_roots()).map_err(Error::Runtime)?;
        let mut config = Self { blocked: Arc::default(), client_tls: Vec::new(), default_tls };
        let Some(path) = path else { return Ok(config) };
        let text = std::fs::read_to_string(path)
            .map_err(|source| Error::io(format!("read the runtime configuration {}", path.display()), source))?;
        let mut found = Vec::new();
        config.parse(&text, path.parent().unwrap_or(Path::new("")), &mut found);
        problems.extend(found.into_iter().map(|problem| format!("{}: {problem}", path.display())));
        Ok(config)
    }

    /// Whom a component trusts. Of several entries that name it and a host, the first holds.
    pub(crate) fn tls_of(&self, component: &str) -> TlsConfigs {
        let entries = self.client_tls.iter().filter(|entry| entry.component_ids.iter().any(|id| id == component));
        let by_host = entries.flat_map(|entry| entry.hosts.iter().map(|host| (host.clone(), entry.config.clone())));
        TlsConfigs::new(by_host.collect(), self.default_tls.clone())
    }

    fn parse(&mut self, text: &str, dir: &Path, problems: &mut Vec<String>) {
        let table = match text.parse::<Table>() {
            Ok(table) => table,
            Err(error) => return problems.push(format!("it is not valid TOML: {}", error.to_string().trim_end())),
        };
        let mut top = Section::new("", &table, problems);
        let networking = top.table("outbound_networking");
        let client_tls = top.tables("client_tls");
        top.refuse_the_rest();
        if let Some(networking) = networking {
            self.blocked = Arc::new(read_networking(networking, problems));
        }
        for (at, table) in client_tls {
            self.client_tls.extend(read_client_tls(&at, table, dir, problems));
        }
    }
}

fn read_networking(table: &Table, problems: &mut Vec<String>) -> BlockedNetworks {
    let mut blocked = BlockedNetworks::default();
    let mut section = Section::new("outbound_networking", table, problems);
    for entry in section.strings("block_networks") {
        if let Err(problem) = blocked.add(&entry) {
            section.problem(format!("`outbound_networking.block_networks`: `{entry}` {problem}"));
        }
    }
    section.refuse_the_rest();
    blocked
}

/// An entry, or nothing where it is not right, which has been reported.
fn read_client_tls(at: &str, table: &Table, dir: &Path, problems: &mut Vec<String>) -> Option<ClientTls> {
    let before = problems.len();
    let mut section = Section::new(at, table, problems);
    let component_ids = section.strings("component_ids");
    let hosts = section.strings("hosts");
    for (key, list) in [("component_ids", &component_ids), ("hosts", &hosts)] {
        // What is there in another form has been reported as that.
        if list.is_empty() && table.get(key).is_none_or(Value::is_array) {
            section.problem(format!("`{at}.{key}` must name at least one, and not be empty"));
        }
    }
    for id in component_ids.iter().filter(|id| !is_kebab(id)) {
        section.problem(format!("`{at}.component_ids`: `{id}` is not a component's id, as in `kebab-case`"));
    }
    for host in hosts.iter().filter(|host| !is_host(host)) {
        section.problem(format!("`{at}.hosts`: `{host}` is not a host alone, as in `example.com`"));
    }
    let roots = read_roots(&mut section, at, dir);
    section.refuse_the_rest();
    let config = match roots.map(tls::trusting) {
        Ok(Ok(config)) => Some(config),
        Ok(Err(problem)) | Err(problem) => {
            problems.push(problem);
            None
        }
    };
    if problems.len() > before { None } else { config.map(|config| ClientTls { component_ids, hosts, config }) }
}

/// The roots of an entry. The host has no roots of the platform: where Spin would take these, it takes the public ones,
/// so that the same file means nearly the same to both.
fn read_roots(section: &mut Section<'_, '_>, at: &str, dir: &Path) -> Result<RootCertStore, String> {
    let platform = section.flag("ca_use_platform_roots");
    let webpki = section.flag("ca_use_webpki_roots");
    let file = section.string("ca_roots_file");
    let by_default = platform.is_none() && webpki.is_none() && file.is_none();
    let mut roots = RootCertStore::empty();
    if by_default || platform == Some(true) || webpki == Some(true) {
        roots = tls::public_roots();
    }
    if let Some(file) = file {
        let file = dir.join(file);
        tls::add_roots(&mut roots, &file)
            .map_err(|problem| format!("`{at}.ca_roots_file`: {} {problem}", file.display()))?;
    }
    if roots.is_empty() {
        return Err(format!("`{at}` leaves no roots to trust: it needs a `ca_roots_file` or `ca_use_webpki_roots`"));
    }
    Ok(roots)
}

/// Whether a text is an id as Spin takes it: words joined by hyphens, each of letters and digits of one case.
fn is_kebab(id: &str) -> bool {
    id.split('-').all(|word| {
        let is_of_one_case = word.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
            || word.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
        is_of_one_case && word.starts_with(|first: char| first.is_ascii_alphabetic())
    })
}

/// Whether a text is a host without a port. A pattern would never match, and so must not look as if it did.
fn is_host(host: &str) -> bool {
    !host.contains('*') && host.parse::<Authority>().is_ok_and(|authority| authority.host() == host)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::expect_used, clippy::panic, reason = "tests")]
    use super::*;

    fn problems_of(text: &str) -> Vec<String> {
        let dir = tempfile::tempdir().expect("a folder");
        std::fs::write(dir.path().join("empty.pem"), "no certificate").expect("a file");
        std::fs::write(dir.path().join("odd.pem"), "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")
            .expect("a file");
        let file = dir.path().join("runtime.toml");
        std::fs::write(&file, text).expect("a file");
        let mut problems = Vec::new();
        RuntimeConfig::read(Some(&file), &mut problems).expect("a readable file");
        for problem in &problems {
            assert!(problem.starts_with(&format!("{}: ", file.display())), "{problem}");
        }
        problems
    }

    #[test]
    fn what_is_implemented_is_read() {
        for text in [
            "",
            "[outbound_networking]",
            "[outbound_networking]\nblock_networks = []",
            "[outbound_networking]\nblock_networks = ['private', '1.1.1.1/32', '8.8.8.8/16', '2001:db8::1/32']",
            "[[client_tls]]\ncomponent_ids = ['dispatch']\nhosts = ['example.com', '127.0.0.1', '[::1]']",
            "[[client_tls]]\ncomponent_ids = ['a-b2']\nhosts = ['a']\nca_use_webpki_roots = true",
            "[[client_tls]]\ncomponent_ids = ['A-b']\nhosts = ['a']\nca_use_platform_roots = true",
        ] {
            assert_eq!(problems_of(text), Vec::<String>::new(), "{text}");
        }
    }

    #[test]
    fn what_is_wrong_is_named() {
        let tls = |rest: &str| format!("[[client_tls]]\ncomponent_ids = ['a']\nhosts = ['a']\n{rest}");
        for (text, named) in [
            ("[outbound", "not valid TOML"),
            ("surprise = 1", "`surprise`: this host does not implement"),
            ("[sqlite_database.default]\ntype = 'libsql'", "`sqlite_database`: this host does not implement"),
            ("[key_value_store.default]\ntype = 'redis'", "`key_value_store`: this host does not implement"),
            ("[outbound_http]\nconnection_pooling = false", "`outbound_http`: this host does not implement"),
            ("outbound_networking = 1", "`outbound_networking` must be a table"),
            ("[outbound_networking]\nmax_total_connections = 1", "`outbound_networking.max_total_connections`"),
            ("[outbound_networking]\nblock_networks = 'private'", "`outbound_networking.block_networks` must be"),
            ("[outbound_networking]\nblock_networks = ['10.0.0.1']", "`10.0.0.1`"),
            ("[outbound_networking]\nblock_networks = ['10.0.0.0/33']", "`10.0.0.0/33`"),
            ("[outbound_networking]\nblock_networks = ['Private']", "`Private`"),
            ("client_tls = 1", "`client_tls` must be an array of tables"),
            ("[client_tls]\nhosts = ['a']", "`client_tls` must be an array of tables"),
            ("[[client_tls]]\nhosts = ['a']", "`client_tls[0].component_ids`"),
            ("[[client_tls]]\ncomponent_ids = ['a']\nhosts = []", "`client_tls[0].hosts`"),
            ("[[client_tls]]\ncomponent_ids = ['a_b']\nhosts = ['a']", "`a_b`"),
            ("[[client_tls]]\ncomponent_ids = ['a--b']\nhosts = ['a']", "`a--b`"),
            ("[[client_tls]]\ncomponent_ids = ['a']\nhosts = 'a'", "`client_tls[0].hosts` must be an array"),
            ("[[client_tls]]\ncomponent_ids = ['a']\nhosts = ['a:443']", "`a:443`"),
            ("[[client_tls]]\ncomponent_ids = ['a']\nhosts = ['*.a']", "`*.a`"),
            ("[[client_tls]]\ncomponent_ids = ['a']\nhosts = ['https://a']", "`https://a`"),
            (&tls("client_cert_file = 'a'"), "`client_tls[0].client_cert_file`: this host does not implement"),
            (&tls("ca_roots_file = 'nowhere.pem'"), "nowhere.pem cannot be read"),
            (&tls("ca_roots_file = 'empty.pem'"), "empty.pem has no certificate"),
            (&tls("ca_roots_file = 'odd.pem'"), "odd.pem has a certificate that cannot be used"),
            (&tls("ca_use_webpki_roots = false"), "`client_tls[0]` leaves no roots"),
        ] {
            match problems_of(text).as_slice() {
                [problem] => assert!(problem.contains(named), "{text}: {problem}"),
                problems => panic!("{text}: {problems:#?}"),
            }
        }
    }
}
