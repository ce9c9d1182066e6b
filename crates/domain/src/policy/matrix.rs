//! The presets against the pages of the five products, cell by cell. Written from those pages, not from the documents:
//! where the two differ, the document is wrong.

use super::{Holders, KeyFate, OrganizationsPerPerson, Policy, SeatMode, load, preset};

fn policy(name: &str) -> std::sync::Arc<Policy> {
    let preset = preset(name).unwrap_or_else(|| unreachable!("no preset {name}"));
    load(preset.hash, None).unwrap_or_else(|e| unreachable!("{name}: {e}"))
}

/// Each row: permissions separated by blanks, then `x` or `-` for each role in rank order.
#[track_caller]
fn permissions(name: &str, rows: &[(&str, &str)]) {
    let policy = policy(name);
    let mut listed = Vec::new();
    for (names, cells) in rows {
        let cells: Vec<&str> = cells.split_whitespace().collect();
        assert_eq!(cells.len(), policy.roles().len(), "{names}");
        for permission in names.split_whitespace() {
            listed.push(permission);
            for (role, cell) in policy.roles().iter().zip(&cells) {
                assert_eq!(role.has(permission), *cell == "x", "{name}: {permission} for {}", role.name);
            }
        }
    }
    for role in policy.roles() {
        for permission in role.permissions() {
            assert!(
                listed.contains(&permission.as_str()),
                "{name}: the page says nothing of {permission} for {}",
                role.name
            );
        }
    }
}

/// Each row: a role, then whom it invites, whom it removes, and `from>to` for each move it may make.
#[track_caller]
fn reach(name: &str, rows: &[(&str, &str, &str, &str)]) {
    let policy = policy(name);
    assert_eq!(policy.role_names(), rows.iter().map(|row| row.0).collect::<Vec<_>>());
    for (role, invites, removes, moves) in rows {
        let role = policy.role(role).unwrap_or_else(|| unreachable!("{role}"));
        for target in policy.role_names() {
            let among = |list: &str| list.split_whitespace().any(|word| word == target);
            assert_eq!(role.may_invite(&target), among(invites), "{name}: {} invites {target}", role.name);
            assert_eq!(role.may_remove(&target), among(removes), "{name}: {} removes {target}", role.name);
            for to in policy.role_names().into_iter().filter(|to| *to != target) {
                let listed = moves.split_whitespace().any(|word| word == format!("{target}>{to}"));
                assert_eq!(role.may_change(&target, &to), listed, "{name}: {} moves {target} to {to}", role.name);
            }
        }
    }
}

const TOP_ONLY: &str = "org.delete owner.transfer billing.manage";

#[test]
fn themes_is_what_its_page_says() {
    permissions(
        "themes",
        &[
            (TOP_ONLY, "x - -"),
            ("theme_license.purchase theme_license.revoke", "x - -"),
            ("member.invite member.remove member.change_role api_key.create audit.read", "x - -"),
            ("org.update license.assign project.manage api_key.manage oauth_client.manage", "x - -"),
            ("webhook.manage domain.manage activity.write", "x - -"),
            ("api.access theme_license.provision theme.download api.read api.provision audit.read_own", "x x -"),
            ("org.read member.read catalog.browse theme_license.list report.download", "x x x"),
        ],
    );
    let all = "admin member viewer";
    let moves = "admin>member admin>viewer member>admin member>viewer viewer>admin viewer>member";
    reach("themes", &[("admin", all, all, moves), ("member", "", "", ""), ("viewer", "", "", "")]);
    let policy = policy("themes");
    assert_eq!((policy.top_role.holders, policy.top_role.billed_owner), (Holders::Several, true));
    assert_eq!(policy.seats.mode, SeatMode::None);
    assert_eq!(policy.roles().iter().map(|r| r.holds_keys).collect::<Vec<_>>(), [true, true, false]);
    assert_eq!(policy.leaver_keys.default, KeyFate::Revoke);
}

#[test]
fn portal_is_what_its_page_says() {
    permissions(
        "portal",
        &[
            (TOP_ONLY, "x - -"),
            ("member.change_role member.remove member.invite", "x x -"),
            ("oauth_client.manage api_key.create webhook.manage domain.manage resource.manage", "x x -"),
            (
                "org.update audit.read license.assign project.manage api_key.manage audit.read_own activity.write",
                "x x -",
            ),
            ("org.read product.use member.read", "x x x"),
        ],
    );
    reach(
        "portal",
        &[
            ("owner", "admin member", "admin member", "admin>member member>admin"),
            ("admin", "member", "member", ""),
            ("member", "", "", ""),
        ],
    );
    let policy = policy("portal");
    assert_eq!((policy.top_role.holders, policy.seats.mode), (Holders::One, SeatMode::Members));
    assert_eq!(policy.auto_join_role, "member");
}

#[test]
fn platform_is_what_its_page_says() {
    permissions(
        "platform",
        &[
            (TOP_ONLY, "x - - -"),
            ("member.invite member.remove member.change_role org.update", "x - - -"),
            (
                "license.assign oauth_client.manage webhook.manage domain.manage activity.write audit.read_own",
                "x - - -",
            ),
            ("project.manage api_key.create api_key.manage api.access", "x x - -"),
            ("usage.read", "x x x x"),
            ("credit.manage subscription.manage", "x - x -"),
            ("audit.read project.read settings.read", "x x - x"),
            ("org.read member.read", "x x x x"),
        ],
    );
    let all = "administrator developer billing_manager viewer";
    let moves: Vec<String> =
        all.split(' ').flat_map(|from| all.split(' ').map(move |to| format!("{from}>{to}"))).collect();
    reach(
        "platform",
        &[
            ("administrator", all, all, &moves.join(" ")),
            ("developer", "", "", ""),
            ("billing_manager", "", "", ""),
            ("viewer", "", "", ""),
        ],
    );
    let policy = policy("platform");
    assert_eq!(policy.leaver_keys.default, KeyFate::Keep);
    assert_eq!(policy.invitation.lifetime_s, 7 * 24 * 3600);
    assert_eq!(policy.roles().iter().map(|r| r.holds_keys).collect::<Vec<_>>(), [true, true, false, false]);
}

#[test]
fn studio_is_what_its_page_says() {
    permissions(
        "studio",
        &[
            (TOP_ONLY, "x - -"),
            ("org.update audit.read member.change_role", "x - -"),
            ("member.invite member.remove license.assign", "x x -"),
            ("project.manage api_key.create api_key.manage oauth_client.manage webhook.manage domain.manage", "x x -"),
            ("audit.read_own activity.write", "x x -"),
            ("org.read member.read", "x x x"),
        ],
    );
    reach(
        "studio",
        &[
            ("owner", "admin member", "admin member", "admin>member member>admin"),
            ("admin", "admin member", "member", ""),
            ("member", "", "", ""),
        ],
    );
    let policy = policy("studio");
    assert_eq!(policy.organizations_per_person, OrganizationsPerPerson::One);
    assert_eq!((policy.top_role.holders, policy.seats.mode), (Holders::One, SeatMode::Licenses));
    assert_eq!((policy.invitation.lifetime_s, policy.invitation.link_lifetime_s), (604_800, 30 * 24 * 3600));
}

#[test]
fn credentials_is_what_its_page_says() {
    permissions(
        "credentials",
        &[
            (TOP_ONLY, "x - - -"),
            ("signing_key.generate member.change_role", "x - - -"),
            ("org.update domain.verify member.invite member.remove", "x x - -"),
            ("badge.create badge.upload_image credential.issue", "x x x -"),
            ("badge.edit badge.delete credential.revoke", "x x - -"),
            ("credential.read analytics.read org.read member.read", "x x x x"),
            ("api_key.create api_key.manage audit.read", "x x - -"),
            ("license.assign project.manage oauth_client.manage webhook.manage domain.manage", "x x - -"),
            ("audit.read_own activity.write", "x x - -"),
        ],
    );
    let others = "admin issuer viewer";
    let mut moves: Vec<String> = Vec::new();
    for from in others.split(' ') {
        moves.extend(["owner", "admin", "issuer", "viewer"].map(|to| format!("{from}>{to}")));
    }
    reach(
        "credentials",
        &[
            ("owner", "owner admin issuer viewer", others, &moves.join(" ")),
            ("admin", others, "issuer viewer", ""),
            ("issuer", "", "", ""),
            ("viewer", "", "", ""),
        ],
    );
    let policy = policy("credentials");
    let owners = |plan| policy.top_role_holders_max(plan);
    assert_eq!((owners("free"), owners("professional"), owners("enterprise")), (Some(1), Some(2), None));
    let steps = |role: &str, to| policy.role(role).is_some_and(|role| role.may_step_down_to(to));
    assert!(steps("owner", "admin") && !steps("admin", "viewer"));
    assert_eq!(policy.first_plan_name(), "free");
}
