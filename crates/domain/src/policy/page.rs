//! The presets as a page that a person can read: `docs/policies.txt`.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::{Holders, KeyFate, OWN_PERMISSIONS, OrganizationsPerPerson, Policy, Role, SeatMode};

/// The page for these policies.
pub fn page<'a>(policies: impl IntoIterator<Item = &'a Policy>) -> String {
    let mut page = String::from(
        "What every role of every preset may do. Generated from crates/domain/policies; the test `docs` of latchkey-api\n\
         compares. Roles stand in rank order, the top role first; x: yes, -: no.\n",
    );
    for policy in policies {
        let _ = write!(page, "\n{}\n{}\n{}\n\n", policy.name, "=".repeat(policy.name.len()), policy.description);
        table(&mut page, policy);
        page.push('\n');
        for (rule, says) in rules(policy) {
            let _ = writeln!(page, "{rule}: {says}");
        }
    }
    page
}

fn table(page: &mut String, policy: &Policy) {
    let mut rows = permissions(policy);
    rows.extend(reach(policy));
    let first = rows.iter().map(|(name, _)| name.len()).max().unwrap_or_default();
    line(page, first, "", policy.roles.iter().map(|role| (role.name.len(), role.name.as_str())));
    for (name, cells) in &rows {
        let cells = cells.iter().map(|cell| if *cell { "x" } else { "-" });
        line(page, first, name, policy.roles.iter().map(|role| role.name.len()).zip(cells));
    }
}

/// A row: its name, and a cell for each role.
type Row = (String, Vec<bool>);

fn row(policy: &Policy, name: String, may: impl Fn(&Role) -> bool) -> Row {
    (name, policy.roles.iter().map(may).collect())
}

fn permissions(policy: &Policy) -> Vec<Row> {
    let all: BTreeSet<&str> = policy.roles.iter().flat_map(|role| &role.permissions).map(String::as_str).collect();
    let host = all.into_iter().filter(|name| !OWN_PERMISSIONS.contains(name));
    let mut rows: Vec<Row> = Vec::new();
    for name in OWN_PERMISSIONS.iter().copied().chain(host) {
        rows.push(row(policy, name.to_owned(), |role| role.has(name)));
    }
    rows.push(row(policy, "(may hold API keys)".to_owned(), |role| role.holds_keys));
    let guests = &policy.projects.guest_roles;
    rows.push(row(policy, "(in one project only)".to_owned(), |role| guests.contains(&role.name)));
    rows
}

fn reach(policy: &Policy) -> Vec<Row> {
    let names = policy.role_names();
    let mut rows: Vec<Row> = Vec::new();
    for to in &names {
        rows.push(row(policy, format!("invites {to}"), |role| role.may_invite(to)));
    }
    for from in &names {
        for to in names.iter().filter(|to| *to != from) {
            rows.push(row(policy, format!("makes {from} {to}"), |role| role.may_change(from, to)));
        }
    }
    for of in &names {
        rows.push(row(policy, format!("removes {of}"), |role| role.may_remove(of)));
    }
    for to in names.iter().skip(1) {
        rows.push(row(policy, format!("steps down to {to}"), |role| role.may_step_down_to(to)));
    }
    rows
}

/// One row of a table, whose columns are as wide as given.
fn line<'a>(page: &mut String, first: usize, name: &str, cells: impl Iterator<Item = (usize, &'a str)>) {
    let mut line = format!("{name:first$}");
    for (width, cell) in cells {
        let _ = write!(line, "  {cell:width$}");
    }
    page.push_str(line.trim_end());
    page.push('\n');
}

fn rules(policy: &Policy) -> Vec<(&'static str, String)> {
    let top = policy.top_role_name();
    let holders = match policy.top_role.holders {
        Holders::One => "exactly one".to_owned(),
        Holders::Several => "any number, at least one".to_owned(),
        Holders::Plan => "at least one, at most what the plan says".to_owned(),
    };
    let billed = if policy.top_role.billed_owner { "; one of them is the billed owner" } else { "" };
    let advice = match policy.top_role.advise_min {
        0 => String::new(),
        n => format!("; {n} are advised"),
    };
    let seats = match (policy.seats.mode, &policy.seats.tier) {
        (SeatMode::None, _) => "not counted".to_owned(),
        (SeatMode::Members, _) => "active members and pending invitations fill them".to_owned(),
        (SeatMode::Licenses, tier) => {
            format!("assigned licences fill them; a licensed member has the tier {}", tier.as_deref().unwrap_or("-"))
        }
    };
    let exclusive = match policy.organizations_per_person {
        OrganizationsPerPerson::Many => "any number",
        OrganizationsPerPerson::One => "one at a time",
    };
    let fate = |fate: &KeyFate| match fate {
        KeyFate::Revoke => "revoke",
        KeyFate::Keep => "keep",
        KeyFate::Adopt => "adopt",
    };
    let allowed: Vec<&str> = policy.leaver_keys.allowed.iter().map(fate).collect();
    let plans: Vec<String> = policy.plans.iter().map(|plan| self::plan(policy, plan)).collect();
    vec![
        ("organizations of a person", exclusive.to_owned()),
        ("top role", format!("{top}, {holders}{billed}{advice}")),
        ("seats", seats),
        ("plans", plans.join("; ")),
        ("invitations live", duration(policy.invitation.lifetime_s)),
        ("links live", duration(policy.invitation.link_lifetime_s)),
        ("a leaver's keys", format!("{} unless chosen: {}", fate(&policy.leaver_keys.default), allowed.join(", "))),
        ("by a verified domain people join as", policy.auto_join_role.clone()),
        ("e-mails", if policy.emails { "on" } else { "off" }.to_owned()),
    ]
}

fn plan(policy: &Policy, plan: &super::Plan) -> String {
    let limit = |number: Option<u64>| number.map_or_else(|| "no limit".to_owned(), |n| n.to_string());
    let mut says = plan.name.clone();
    if policy.seats.mode != SeatMode::None {
        let _ = write!(says, ", seats: {}", limit(plan.seats));
    }
    if policy.top_role.holders == Holders::Plan {
        let _ = write!(says, ", holders of the top role: {}", limit(plan.top_role_holders_max));
    }
    says
}

fn duration(seconds: u64) -> String {
    const DAY_S: u64 = 24 * 3600;
    if seconds.is_multiple_of(DAY_S) { format!("{} days", seconds / DAY_S) } else { format!("{seconds} seconds") }
}
