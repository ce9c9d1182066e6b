//! The rows of the state tables as the pure fold of a log says they must be: all columns that the log tells of.

use std::collections::BTreeSet;

use latchkey_domain::fold::{MemberStatus, OrgState, ProjectMemberState};
use serde_json::{Value as Json, json};

/// The tables that the fold knows.
pub(super) const TABLES: [&str; 14] = [
    "org",
    "member",
    "invitation",
    "invite_link",
    "project",
    "project_member",
    "api_key",
    "api_key_secret",
    "restriction",
    "oauth_client",
    "oauth_client_secret",
    "webhook",
    "org_domain",
    "join_request",
];

/// One row.
pub(super) struct Row {
    pub(super) table: &'static str,
    pub(super) id: String,
    pub(super) by_log: Json,
}

impl Row {
    pub(super) fn columns(&self) -> impl Iterator<Item = &String> {
        self.by_log.as_object().into_iter().flat_map(|row| row.keys())
    }
}

/// How many rows of each table the state has.
pub(super) fn count_of(state: &OrgState) -> [i64; TABLES.len()] {
    let sizes = [
        1,
        state.members.len(),
        state.invitations.len(),
        state.links.len(),
        state.projects.len(),
        state.project_members.len(),
        state.keys.len(),
        state.keys.values().map(|key| key.secrets.len()).sum(),
        state.members.values().flat_map(|member| member.restrictions.values()).map(BTreeSet::len).sum(),
        state.clients.len(),
        state.clients.values().map(|client| client.secrets.len()).sum(),
        state.webhooks.len(),
        state.domains.len(),
        state.join_requests.len(),
    ];
    sizes.map(|size| i64::try_from(size).unwrap_or(i64::MAX))
}

/// Every row that the log of one organization makes.
pub(super) fn rows(org: &str, state: &OrgState, created_at: i64) -> Vec<Row> {
    let mut rows = vec![Row { table: "org", id: org.to_owned(), by_log: org_row(state, created_at) }];
    let mut add = |table, id: &str, mut by_log: Json| {
        if let Some(columns) = by_log.as_object_mut() {
            columns.insert("org_id".to_owned(), Json::from(org));
        }
        rows.push(Row { table, id: id.to_owned(), by_log });
    };
    for (id, it) in &state.members {
        add(
            "member",
            id.as_str(),
            json!({
                "user_id": it.user, "role": it.role, "status": it.status.as_str(), "joined_version": it.joined_version,
                "joined_at": it.joined_at, "ended_at": it.ended_at, "ended_version": it.ended_version,
                "invitation_id": it.invitation, "link_id": it.link, "domain_id": it.domain, "licensed": u8::from(it.licensed), "limits": json!(it.limits).to_string(), "rev": it.rev,
            }),
        );
    }
    for (id, it) in &state.invitations {
        add(
            "invitation",
            id.as_str(),
            json!({
                "email": it.email, "email_key": it.email_key, "role": it.role, "status": it.status.as_str(),
                "generation": it.generation, "key_id": it.key_id, "invited_by": it.invited_by,
                "invited_version": it.invited_version, "invited_at": it.invited_at, "sent_at": it.sent_at,
                "expires_at": it.expires_at, "ended_at": it.ended_at, "ended_version": it.ended_version,
                "member_id": it.member, "project_id": it.project, "rev": it.rev,
            }),
        );
    }
    for (id, it) in &state.links {
        add(
            "invite_link",
            id.as_str(),
            json!({
                "role": it.role, "status": it.status.as_str(), "created_by": it.created_by,
                "created_version": it.created_version, "created_at": it.created_at, "key_id": it.key_id,
                "expires_at": it.expires_at, "ended_at": it.ended_at, "uses": it.uses, "uses_max": it.uses_max,
                "domains": json!(it.domains).to_string(), "rev": it.rev,
            }),
        );
    }
    for (id, it) in &state.projects {
        let active = |m: &&ProjectMemberState| m.project == *id && m.status == MemberStatus::Active;
        let members = state.project_members.values().filter(active).count();
        let pending = state.invitations.values().filter(|i| i.project.as_ref() == Some(id) && i.is_pending()).count();
        add(
            "project",
            id.as_str(),
            json!({
                "name": it.name, "status": if it.deleted_at.is_some() { "deleted" } else { "active" },
                "created_version": it.created_version, "created_at": it.created_at, "deleted_at": it.deleted_at,
                "member_count": members, "pending_count": pending, "rev": it.rev,
            }),
        );
    }
    for (id, it) in &state.project_members {
        add(
            "project_member",
            id.as_str(),
            json!({
                "project_id": it.project, "user_id": it.user, "role": it.role, "status": it.status.as_str(),
                "joined_version": it.joined_version, "joined_at": it.joined_at, "ended_at": it.ended_at,
                "ended_version": it.ended_version, "invitation_id": it.invitation, "rev": it.rev,
            }),
        );
    }
    for (id, it) in &state.keys {
        add(
            "api_key",
            id.as_str(),
            json!({
                "member_id": it.member, "name": it.name, "status": it.status.as_str(), "project_id": it.project,
                "scopes": it.scopes.as_ref().map(|scopes| json!(scopes).to_string()),
                "kept": it.kept.as_ref().map(|kept| serde_json::to_string(kept).unwrap_or_default()),
                "rate_max": it.rate.map(|rate| rate.max), "rate_window_s": it.rate.map(|rate| rate.window_s),
                "expires_at": it.expires_at, "label": it.label, "generation": it.generation, "key_id": it.key_id,
                "created_by": it.created_by, "created_version": it.created_version, "created_at": it.created_at,
                "ended_at": it.ended_at, "ended_version": it.ended_version, "rev": it.rev,
            }),
        );
        for (hash, secret) in &it.secrets {
            let row = json!({"api_key_id": id, "generation": secret.generation, "valid_until": secret.valid_until});
            add("api_key_secret", hash, row);
        }
    }
    for (id, it) in &state.clients {
        add(
            "oauth_client",
            id.as_str(),
            json!({
                "name": it.name, "status": if it.is_active() { "active" } else { "revoked" },
                "scopes": json!(it.scopes).to_string(), "role": it.role, "generation": it.generation, "key_id": it.key_id,
                "created_by": it.created_by, "created_version": it.created_version, "created_at": it.created_at,
                "ended_at": it.ended_at, "rev": it.rev,
            }),
        );
        for (hash, secret) in &it.secrets {
            let row = json!({"client_id": id, "generation": secret.generation, "valid_until": secret.valid_until});
            add("oauth_client_secret", hash, row);
        }
    }
    for (id, it) in &state.webhooks {
        let old = it.old.as_ref();
        add(
            "webhook",
            id.as_str(),
            json!({
                "url": it.url, "description": it.description, "types": json!(it.types).to_string(), "status": it.status.as_str(),
                "generation": it.generation, "key_id": it.key_id, "old_generation": old.map(|old| old.0),
                "old_key_id": old.map(|old| old.1.as_str()), "old_until": old.map(|old| old.2), "created_by": it.created_by,
                "created_version": it.created_version, "created_at": it.created_at, "rev": it.rev,
            }),
        );
    }
    for (id, it) in &state.domains {
        add(
            "org_domain",
            id.as_str(),
            json!({
                "domain": it.domain, "status": it.status.as_str(), "auto_join": it.auto_join.as_str(),
                "created_version": it.created_version, "created_at": it.created_at, "verified_at": it.verified_at,
                "ended_at": it.ended_at, "rev": it.rev,
            }),
        );
    }
    for (id, it) in &state.join_requests {
        add(
            "join_request",
            id.as_str(),
            json!({
                "user_id": it.user, "domain_id": it.domain, "status": it.status.as_str(),
                "created_version": it.created_version, "created_at": it.created_at, "ended_at": it.ended_at, "rev": it.rev,
            }),
        );
    }
    rows
}

fn org_row(state: &OrgState, created_at: i64) -> Json {
    let counts = state.counts();
    json!({
        "name": state.name, "policy": state.policy, "policy_hash": state.policy_hash, "top_role": state.top_role,
        "plan": state.plan, "status": if state.deleted_at.is_some() { "deleted" } else { "active" }, "rev": state.rev,
        "version": state.version, "effective_at": state.effective_at, "created_at": created_at,
        "deleted_at": state.deleted_at, "member_count": counts.members, "pending_count": counts.pending,
        "top_member_count": counts.top_members, "top_pending_count": counts.top_pending,
        "license_count": counts.licenses, "project_count": counts.projects, "key_count": counts.keys, "seats": state.seats,
        "upgrade_url": state.upgrade_url, "exclusive": u8::from(state.exclusive),
        "billed_member_id": state.billed_owner, "email_notifications": u8::from(state.email_notifications),
        "auto_join_role": state.auto_join_role, "activity_retention_days": state.activity_retention_days,
        "reauth_after_s": state.reauth_after_s,
        "limits": json!(state.limits).to_string(),
    })
}
