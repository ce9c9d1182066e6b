//! Refusals about domains, and about coming in by one.

use latchkey_domain::Refusal;

use crate::problem::{Code, Problem};

pub(super) fn of_domains(refusal: Refusal) -> Problem {
    match refusal {
        Refusal::DomainClaimed { domain } => {
            let detail = "The organization claims this domain already.";
            Problem::new(Code::DomainClaimed, detail).with("domain", domain)
        }
        Refusal::DomainUnproven { name, value, why } => {
            let found = match why {
                "no_such_name" => "The DNS knows no such name",
                "no_record" => "The DNS knows the name, and no TXT record of it",
                _ => "The DNS has other TXT records of that name",
            };
            let detail = format!(
                "{found}. Set a TXT record {name} with the value {value}; it may take an hour until it is seen."
            );
            Problem::new(Code::DomainUnproven, detail).with("reason", why).with("name", name).with("value", value)
        }
        Refusal::DomainTaken => {
            let detail = "Another organization has proved this domain, and its record is still in the DNS beside yours. Whoever \
                          runs the DNS takes one of the two away.";
            Problem::new(Code::DomainTaken, detail)
        }
        Refusal::JoinDeclined => {
            Problem::new(Code::JoinDeclined, "You asked before and were turned down. Somebody there can invite you.")
        }
        Refusal::JoinRequestEnded => {
            Problem::new(Code::JoinRequestEnded, "The request was answered, or there is nobody any more who asks.")
        }
        other => super::unsorted(&other),
    }
}
