//! The policy document: roles in rank order, what each may do and to whom, plans, and lifetimes.

use std::collections::BTreeSet;

use serde::Deserialize;

/// The rules of an organization.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Policy {
    pub name: String,
    pub title: String,
    pub description: String,
    /// How long an invitation by address lives, in seconds.
    pub invitation_lifetime_s: u64,
    pub top_role: TopRole,
    /// The first plan is the one a new organization is on.
    #[serde(rename = "plan")]
    plans: Vec<Plan>,
    /// In rank order; the first is the top role.
    #[serde(rename = "role")]
    roles: Vec<Role>,
}

/// Of the top role at least one holder always remains; this says how many there may be.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TopRole {
    pub holders: Holders,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Holders {
    One,
    Several,
    /// As many as the organization's plan says.
    Plan,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    pub name: String,
    pub title: String,
    /// Absent: no limit.
    #[serde(default)]
    pub top_role_holders_max: Option<u64>,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Role {
    pub name: String,
    pub title: String,
    pub description: String,
    permissions: BTreeSet<String>,
    /// Roles that a holder may invite to, given `member.invite`.
    #[serde(default)]
    invites: BTreeSet<String>,
    /// Roles between which a holder may move others, given `member.change_role`.
    #[serde(default)]
    changes: BTreeSet<String>,
    /// Roles whose holders a holder may remove, given `member.remove`.
    #[serde(default)]
    removes: BTreeSet<String>,
}

/// What is wrong with a document.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PolicyFault {
    #[error("the document is not stored")]
    Missing,
    #[error("the document is not a policy: {0}")]
    Malformed(String),
    #[error("{0}")]
    Inconsistent(String),
}

impl Policy {
    /// # Errors
    /// Says what is wrong with the document, all of it at once where it is of the right shape.
    pub fn parse(document: &str) -> Result<Self, PolicyFault> {
        let policy: Self = serde_json::from_str(document).map_err(|e| PolicyFault::Malformed(e.to_string()))?;
        let faults = policy.faults();
        if faults.is_empty() { Ok(policy) } else { Err(PolicyFault::Inconsistent(faults.join("; "))) }
    }

    pub fn roles(&self) -> &[Role] {
        &self.roles
    }

    pub fn plans(&self) -> &[Plan] {
        &self.plans
    }

    pub fn role(&self, name: &str) -> Option<&Role> {
        self.roles.iter().find(|r| r.name == name)
    }

    pub fn role_names(&self) -> Vec<String> {
        self.roles.iter().map(|r| r.name.clone()).collect()
    }

    /// The role of which a holder must remain.
    pub fn top_role_name(&self) -> &str {
        self.roles.first().map_or("", |r| &r.name)
    }

    pub fn first_plan_name(&self) -> &str {
        self.plans.first().map_or("", |p| &p.name)
    }

    /// How many may hold the top role on that plan. `None`: no limit.
    pub fn top_role_holders_max(&self, plan: &str) -> Option<u64> {
        match self.top_role.holders {
            Holders::One => Some(1),
            Holders::Several => None,
            Holders::Plan => self.plans.iter().find(|p| p.name == plan).and_then(|p| p.top_role_holders_max),
        }
    }

    fn faults(&self) -> Vec<String> {
        let mut faults = Vec::new();
        if self.roles.is_empty() {
            faults.push("role: at least one is needed".to_owned());
        }
        if self.plans.is_empty() {
            faults.push("plan: at least one is needed".to_owned());
        }
        if self.invitation_lifetime_s == 0 {
            faults.push("invitation_lifetime_s: must be more than 0".to_owned());
        }
        for (i, role) in self.roles.iter().enumerate() {
            if self.roles.iter().take(i).any(|r| r.name == role.name) {
                faults.push(format!("role {}: named twice", role.name));
            }
            for (list, names) in [("invites", &role.invites), ("changes", &role.changes), ("removes", &role.removes)] {
                for unknown in names.iter().filter(|n| self.role(n).is_none()) {
                    faults.push(format!("role {}: {list} names the unknown role {unknown}", role.name));
                }
            }
        }
        faults
    }
}

impl Role {
    pub fn has(&self, permission: &str) -> bool {
        self.permissions.contains(permission)
    }

    pub fn permissions(&self) -> &BTreeSet<String> {
        &self.permissions
    }

    pub fn may_invite(&self, role: &str) -> bool {
        self.invites.contains(role)
    }

    pub fn may_change(&self, role: &str) -> bool {
        self.changes.contains(role)
    }

    pub fn may_remove(&self, role: &str) -> bool {
        self.removes.contains(role)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bad_document_is_refused_with_every_mistake_named() {
        let document = r#"{"name":"x","title":"X","description":"","invitation_lifetime_s":0,"top_role":{"holders":"one"},
            "plan":[],"role":[{"name":"a","title":"A","description":"","permissions":[],"invites":["b"]},
                              {"name":"a","title":"A","description":"","permissions":[]}]}"#;
        let fault = Policy::parse(document).err().map(|e| e.to_string()).unwrap_or_default();
        for part in ["plan: at least one", "invitation_lifetime_s", "unknown role b", "role a: named twice"] {
            assert!(fault.contains(part), "{fault}");
        }
        assert!(matches!(Policy::parse("{}"), Err(PolicyFault::Malformed(_))));
    }
}
