//! An issuer whose tokens are good for this API by themselves: the host product's own sign-in.

use serde_json::{Map, Value};

use crate::claims::WhenUnsaid;
use crate::url::Transport;

/// The variables, as they were given.
#[derive(Debug, Clone, Copy, Default)]
pub struct ExternalVariables<'a> {
    pub issuer: &'a str,
    pub audience: &'a str,
    pub jwks_url: &'a str,
    pub claims: &'a str,
    pub trusts_email: &'a str,
}

/// The issuer, and what its tokens must say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExternalIssuer {
    pub issuer: String,
    pub audience: String,
    /// `None`: where its metadata says.
    pub jwks_url: Option<String>,
    /// Claims that every token must have, with these values.
    pub required: Vec<(String, Value)>,
    /// What its addresses count as where its tokens do not say.
    pub when_unsaid: WhenUnsaid,
}

impl ExternalIssuer {
    /// Reads the variables. `None` when there is no such issuer. What is wrong goes to `faults`, which repeat nothing.
    pub fn read(given: &ExternalVariables<'_>, transport: Transport, faults: &mut Vec<String>) -> Option<Self> {
        if [given.issuer, given.audience, given.jwks_url, given.claims].iter().all(|it| it.is_empty()) {
            return None;
        }
        if !transport.allows(given.issuer) {
            faults.push("jwt_issuer: must be an https address, to the letter as in the tokens".to_owned());
        }
        if given.audience.is_empty() {
            faults.push("jwt_audience: is not set; without it, a token for anybody would be good here".to_owned());
        }
        if !given.jwks_url.is_empty() && !transport.allows(given.jwks_url) {
            faults.push("jwt_jwks_url: must be an https address".to_owned());
        }
        let required = match given.claims {
            "" => Ok(Map::new()),
            text => serde_json::from_str::<Map<String, Value>>(text),
        };
        let required = required.unwrap_or_else(|_| {
            faults.push("jwt_claims: must be a JSON object, of claims and the values they must have".to_owned());
            Map::new()
        });
        let when_unsaid = match given.trusts_email {
            "true" => WhenUnsaid::Verified,
            "" | "false" => WhenUnsaid::Unverified,
            _ => {
                faults.push("jwt_trusts_email: must be true or false".to_owned());
                WhenUnsaid::Unverified
            }
        };
        Some(Self {
            issuer: given.issuer.to_owned(),
            audience: given.audience.to_owned(),
            jwks_url: Some(given.jwks_url.to_owned()).filter(|url| !url.is_empty()),
            required: required.into_iter().collect(),
            when_unsaid,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(given: ExternalVariables<'_>) -> (Option<ExternalIssuer>, Vec<String>) {
        let mut faults = Vec::new();
        let read = ExternalIssuer::read(&given, Transport::HttpsOnly, &mut faults);
        (read, faults.iter().filter_map(|fault| fault.split(':').next()).map(str::to_owned).collect())
    }

    #[test]
    fn without_an_audience_a_token_for_another_service_would_be_good_here() {
        let given = ExternalVariables { issuer: "https://id.example", ..ExternalVariables::default() };
        assert_eq!(read(given).1, ["jwt_audience"]);
        let given = ExternalVariables { audience: "latchkey", ..given };
        assert_eq!(read(given).1, [""; 0]);
        assert_eq!(read(ExternalVariables::default()), (None, Vec::new()));
    }

    #[test]
    fn all_that_is_wrong_is_named_at_once() {
        let given = ExternalVariables {
            issuer: "http://id.example",
            audience: "",
            jwks_url: "x",
            claims: "[]",
            trusts_email: "maybe",
        };
        let names = ["jwt_issuer", "jwt_audience", "jwt_jwks_url", "jwt_claims", "jwt_trusts_email"];
        assert_eq!(read(given).1, names);
    }
}
