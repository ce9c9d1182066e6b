//! Whose events are believed, and what was sold by them.

use latchkey_delivery::incoming::StripeSecret;
use latchkey_delivery::signature::SigningSecret;
use latchkey_domain::billing::PriceList;

/// What comes in about billing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HookSettings {
    /// Stripe's secrets: several while one takes over from another. Empty: nobody sends as Stripe.
    pub stripe: Vec<StripeSecret>,
    /// The secrets of the sender of billing events as Standard Webhooks. Empty: there is none.
    pub billing: Vec<SigningSecret>,
    /// The secrets of the sender of events about users. Empty: there is none.
    pub identity: Vec<SigningSecret>,
    /// Whose users those are, to the letter as in `iss`.
    pub identity_issuer: String,
    /// The domains of addresses that the issuer is believed about, as A-labels in lower case. Empty: all.
    pub identity_domains: Vec<String>,
    /// Which price is which plan.
    pub prices: PriceList,
}

/// Reads the variables of hooks; `None` in a component that is not given them. What is wrong goes to `faults`.
pub(super) fn read(look_up: impl Fn(&str) -> Option<String>, faults: &mut Vec<String>) -> Option<HookSettings> {
    let prices = PriceList::parse(&look_up("billing_plans")?);
    let prices = prices.map_err(|fault| faults.push(format!("billing_plans: {fault}"))).unwrap_or_default();
    let mut wrong = |name: &str, place: usize, form: &str| {
        faults.push(format!("{name}: secret number {place} is not {form}"));
    };
    let form = "whsec_ and what Stripe shows behind it";
    let stripe = several(look_up("stripe_hook_secret"), StripeSecret::parse);
    let stripe = stripe.map_err(|place| wrong("stripe_hook_secret", place, form)).unwrap_or_default();
    let form = "whsec_ and 24 to 64 bytes as Base64";
    let billing = several(look_up("billing_hook_secret"), SigningSecret::parse);
    let billing = billing.map_err(|place| wrong("billing_hook_secret", place, form)).unwrap_or_default();
    let identity = several(look_up("identity_hook_secret"), SigningSecret::parse);
    let identity = identity.map_err(|place| wrong("identity_hook_secret", place, form)).unwrap_or_default();
    let identity_issuer = look_up("identity_hook_issuer").unwrap_or_default().trim().to_owned();
    if !identity.is_empty() && !identity_issuer.starts_with("https://") && !identity_issuer.starts_with("http://") {
        faults.push(
            "identity_hook_issuer: must be the address of the issuer whose users are told of, as in `iss`".to_owned(),
        );
    }
    let identity_domains = look_up("identity_hook_domains").unwrap_or_default().to_ascii_lowercase();
    let identity_domains: Vec<String> = words(&identity_domains).map(str::to_owned).collect();
    if !identity_domains.iter().all(|domain| is_domain(domain)) {
        faults.push("identity_hook_domains: must be domains in DNS form, such as example.com".to_owned());
    }
    Some(HookSettings { stripe, billing, identity, identity_issuer, identity_domains, prices })
}

impl HookSettings {
    /// Whether the issuer of users is believed about addresses of this domain, given as A-labels in lower case.
    pub fn identity_speaks_for(&self, domain: &str) -> bool {
        self.identity_domains.is_empty() || self.identity_domains.iter().any(|it| it == domain)
    }
}

fn is_domain(text: &str) -> bool {
    text.is_ascii() && text.contains('.') && !text.contains('@')
}

/// What blanks or commas separate.
fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| c == ',' || c.is_whitespace()).filter(|part| !part.is_empty())
}

/// Secrets separated by blanks or commas; or the place of the one that is none.
fn several<T>(text: Option<String>, parse: impl Fn(&str) -> Option<T>) -> Result<Vec<T>, usize> {
    let text = text.unwrap_or_default();
    words(&text).enumerate().map(|(place, part)| parse(part).ok_or(place + 1)).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn read_all(variables: &[(&str, &str)]) -> (Option<HookSettings>, Vec<String>) {
        let mut faults = Vec::new();
        let look_up = |name: &str| variables.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned());
        (read(look_up, &mut faults), faults)
    }

    #[test]
    fn without_secrets_nobody_is_believed() {
        assert_eq!(read_all(&[]), (None, Vec::new()));
        assert_eq!(read_all(&[("billing_plans", "")]), (Some(HookSettings::default()), Vec::new()));
    }

    #[test]
    fn several_secrets_are_believed_while_one_takes_over() {
        let (one, other) = (SigningSecret::new([1; 32]), SigningSecret::new([2; 32]));
        let both = format!("{}, {}", one.text(), other.text());
        let stripe = "whsec_0123456789abcdef whsec_fedcba9876543210";
        let given =
            [("billing_plans", "p=team"), ("billing_hook_secret", both.as_str()), ("stripe_hook_secret", stripe)];
        let (hooks, faults) = read_all(&given);
        let hooks = hooks.unwrap();
        assert_eq!((hooks.billing, hooks.stripe.len(), faults), (vec![one, other], 2, Vec::new()));
    }

    #[test]
    fn a_wrong_secret_is_named_by_its_place_and_not_repeated() {
        let given = [
            ("billing_plans", "p=team,hunter2"),
            ("billing_hook_secret", "whsec_hunter2"),
            ("stripe_hook_secret", "whsec_0123456789abcdef,hunter2"),
        ];
        let (_, faults) = read_all(&given);
        assert_eq!(faults.len(), 3, "{faults:?}");
        let said = faults.join("; ");
        assert!(said.contains("stripe_hook_secret: secret number 2") && !said.contains("hunter2"), "{said}");
    }

    #[test]
    fn an_issuer_of_users_may_be_believed_about_its_own_domains_only() {
        let (hooks, faults) = read_all(&[("billing_plans", ""), ("identity_hook_domains", "Acme.example, b.example")]);
        let hooks = hooks.unwrap();
        assert!(hooks.identity_speaks_for("acme.example") && hooks.identity_speaks_for("b.example"));
        assert!(!hooks.identity_speaks_for("x.acme.example") && faults.is_empty(), "{faults:?}");
        assert!(HookSettings::default().identity_speaks_for("any.example"));
        let (_, faults) = read_all(&[("billing_plans", ""), ("identity_hook_domains", "ada@acme.example")]);
        assert!(faults.concat().starts_with("identity_hook_domains: "), "{faults:?}");
    }
}
