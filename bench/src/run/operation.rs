//! The requests that are measured, and how `wrk` makes them.

use std::fmt::Write as _;

use latchkey_domain::{OrgId, UserId};

use super::servers::OPERATOR_TOKEN;
use super::servers::Subject;
use crate::names::{self, Kind, LARGE, uuid};
use crate::scale::{KEYS, Scale};

/// People whose sessions take turns, and keys that do.
const TURNS: usize = 500;

/// What is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operation {
    Hello,
    Select,
    Me,
    Verify,
    Evaluate,
    Members,
    Audit,
    Invite,
    Accept,
}

/// What an operation is measured by.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Aim {
    /// At least this share of the greeting's throughput.
    OfHello(f64),
    /// The floor itself.
    None,
}

impl Operation {
    pub(crate) const ALL: [Self; 9] = [
        Self::Hello,
        Self::Select,
        Self::Me,
        Self::Verify,
        Self::Evaluate,
        Self::Members,
        Self::Audit,
        Self::Invite,
        Self::Accept,
    ];

    /// Its name on the command line.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Hello => "hello",
            Self::Select => "select",
            Self::Me => "me",
            Self::Verify => "verify",
            Self::Evaluate => "evaluate",
            Self::Members => "members",
            Self::Audit => "audit",
            Self::Invite => "invite",
            Self::Accept => "accept",
        }
    }

    /// What the table calls it.
    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::Hello => "a greeting",
            Self::Select => "one indexed SELECT",
            Self::Me => "`GET /v1/me`",
            Self::Verify => "verify a key, with its activity row",
            Self::Evaluate => "access evaluation",
            Self::Members => "page of the member list (50)",
            Self::Audit => "page of the audit log (50)",
            Self::Invite => "create an invitation",
            Self::Accept => "accept an invitation",
        }
    }

    pub(crate) fn aim(self) -> Aim {
        match self {
            Self::Hello | Self::Select => Aim::None,
            Self::Me | Self::Evaluate | Self::Members | Self::Audit => Aim::OfHello(0.5),
            Self::Verify => Aim::OfHello(0.4),
            Self::Invite | Self::Accept => Aim::OfHello(0.2),
        }
    }

    /// What answers it.
    pub(crate) fn subjects(self) -> &'static [Subject] {
        match self {
            Self::Hello | Self::Select => &[Subject::Floor, Subject::Native],
            _ => &[Subject::Service, Subject::Native],
        }
    }

    /// Whether each request uses something up that was seeded.
    pub(crate) fn uses_up(self) -> bool {
        self == Self::Accept
    }

    /// A script for `wrk`. `first` is the first of what it uses up or makes; `run` is another in every run.
    pub(crate) fn script(self, scale: &Scale, first: usize, run: &str) -> String {
        let org = OrgId::new(uuid(Kind::Org, LARGE));
        let sessions: Vec<String> = (0..TURNS.min(scale.large_members)).map(names::token).collect();
        let owner = names::token(0);
        let get = |path: &str, tokens: &[String]| turns(tokens.iter().map(|token| request("GET", path, token, "")));
        let requests = match self {
            Self::Hello => turns([request("GET", "/hello", "", "")].into_iter()),
            Self::Select => {
                let user = |n| UserId::new(uuid(Kind::User, n));
                turns((0..TURNS).map(|n| request("GET", &format!("/select/{}", user(n)), "", "")))
            }
            Self::Me => get("/v1/me", &sessions),
            Self::Members => get(&format!("/v1/orgs/{org}/members?limit=50"), &sessions),
            Self::Audit => get(&format!("/v1/orgs/{org}/audit?limit=50"), &[owner]),
            Self::Verify => turns((0..TURNS.min(KEYS)).map(|n| {
                let body = format!(r#"{{"key":"{}","permission":"member.read","ip":"192.0.2.1"}}"#, names::key_text(n));
                request("POST", "/v1/api-keys/verify", OPERATOR_TOKEN, &body)
            })),
            Self::Evaluate => turns((0..TURNS.min(scale.large_members)).map(|n| {
                let user = UserId::new(uuid(Kind::User, n));
                let body = format!(
                    r#"{{"subject":{{"type":"user","id":"{user}"}},"action":{{"name":"member.read"}},"resource":{{"type":"organization","id":"{org}"}}}}"#
                );
                request("POST", "/access/v1/evaluation", OPERATOR_TOKEN, &body)
            })),
            Self::Invite => format!(
                "function next_request()\n  local body = '{{\"email\":\"new' .. at .. '.{run}@example.org\",\"role\":\"viewer\"}}'\n  \
                 return wrk.format('POST', '/v1/orgs/{org}/invitations', headers('{owner}'), body)\nend\n"
            ),
            Self::Accept => {
                let time = names::BEGINNING;
                format!(
                    "function next_request()\n  if at >= {max} then wrk.thread:stop() end\n  \
                     local id = string.format('inv_%012x7%03x8%015x', {time} + at, {kind}, at)\n  \
                     return wrk.format('POST', '/v1/me/invitations/' .. id .. '/accept', headers('bench-invited-' .. at), '')\nend\n",
                    max = scale.invitations,
                    kind = Kind::Invitation as u32,
                )
            }
        };
        format!("at = {first} - 1\n{HEAD}{requests}{TAIL}")
    }
}

/// The requests one after the other, and again from the first.
fn turns(requests: impl Iterator<Item = String>) -> String {
    // Made once the script knows where it sends them.
    let mut text = "function init(args)\n  requests = {\n".to_owned();
    for request in requests {
        let _ = writeln!(text, "    {request},");
    }
    text.push_str("  }\nend\nfunction next_request()\n  return requests[at % #requests + 1]\nend\n");
    text
}

fn request(method: &str, path: &str, token: &str, body: &str) -> String {
    format!("wrk.format('{method}', '{path}', headers('{token}'), '{body}')")
}

const HEAD: &str = r#"
function headers(token)
  local all = { ['Content-Type'] = 'application/json' }
  if token ~= '' then all['Authorization'] = 'Bearer ' .. token end
  return all
end
local threads = {}
function setup(thread) table.insert(threads, thread) end
"#;

const TAIL: &str = r#"
function request()
  at = at + 1
  return next_request()
end
function done(summary, latency, requests)
  local last = 0
  for _, thread in ipairs(threads) do last = math.max(last, thread:get('at')) end
  local errors = summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.status + summary.errors.timeout
  io.write(string.format('measured %d %d %d %d %d %d\n', summary.requests, summary.duration, latency:percentile(50),
    latency:percentile(99), errors, last + 1))
end
"#;
