//! The pieces of statements about the past, put together like those of `sql`.
//!
//! Nothing is folded here: each fact is the newest event of its kind at or before a version, found in an index, and what
//! is counted is the counters kept before it with the few events since.

/// A question about an organization as it was: an [`org_context`], whose facts are `NULL` before the first event and otherwise
/// `{org, facts}`. ?6 the moment asked about, ?7 the version not to go beyond. `$facts` may use ?8 and on, `v.version`, and the events
/// `born` and `ruled`: the organization's first, and the one that last changed its rules.
macro_rules! past_context {
    ($facts:expr) => {
        org_context!(concat!(
            "(SELECT json_object('org', json(",
            org_then_json!(),
            "), 'facts', json(",
            $facts,
            ")) FROM event v JOIN event born ON born.org_id = +?4 AND born.version = 1",
            newest!("ruled", "policy.changed"),
            newest!("planned", "plan.changed"),
            newest!("billed", "org.billed_owner_changed"),
            " LEFT JOIN org_count counted ON counted.org_id = +?4 AND counted.version = (SELECT max(x.version) FROM org_count x \
               WHERE x.org_id = +?4 AND x.version <= v.version) \
             WHERE v.org_id = +?4 AND v.version = min(+?7, (SELECT x.version FROM event x INDEXED BY event_by_time \
               WHERE x.org_id = +?4 AND x.effective_at <= +?6 ORDER BY x.effective_at DESC, x.version DESC LIMIT 1)))"
        ))
    };
}

/// The organization's newest event of a type, under an alias.
macro_rules! newest {
    ($alias:literal, $kind:literal) => {
        concat!(
            " LEFT JOIN event ",
            $alias,
            " ON ",
            $alias,
            ".org_id = +?4 AND ",
            $alias,
            ".version = (SELECT max(x.version) FROM event x INDEXED BY event_by_type WHERE x.org_id = +?4 AND x.type = '",
            $kind,
            "' AND x.version <= v.version)"
        )
    };
}

/// What the newest of the organization's events of a type says at `$path`, among those that say anything there.
macro_rules! org_said {
    // Also where it said `null`.
    (even_null $kind:literal, $path:literal) => {
        concat!(
            "(SELECT x.data ->> '",
            $path,
            "' FROM event x INDEXED BY event_by_type WHERE x.org_id = +?4 AND x.type = '",
            $kind,
            "' AND x.version <= v.version AND json_type(x.data, '",
            $path,
            "') IS NOT NULL ORDER BY x.version DESC LIMIT 1)"
        )
    };
    ($kind:literal, $path:literal) => {
        concat!(
            "(SELECT x.data ->> '",
            $path,
            "' FROM event x INDEXED BY event_by_type WHERE x.org_id = +?4 AND x.type = '",
            $kind,
            "' AND x.version <= v.version AND x.data ->> '",
            $path,
            "' IS NOT NULL ORDER BY x.version DESC LIMIT 1)"
        )
    };
}

/// `$column`, over the alias `x`, of the newest event of a type about `$target`, by an index of its own. The list of types is
/// that of the index, which is used only where it is repeated.
macro_rules! event_of_then {
    ($target:expr, $kind:literal, $column:literal) => {
        event_of_then!($target, $kind, $column, "x.version <= v.version")
    };
    ($target:expr, $kind:literal, $column:literal, $until:expr) => {
        concat!(
            "(SELECT ",
            $column,
            " FROM event x INDEXED BY event_of_target WHERE x.org_id = +?4 AND x.target = ",
            $target,
            " AND x.type = '",
            $kind,
            "' AND x.type IN ('member.role_changed', 'member.limits_changed', 'member.restrictions_changed', 'license.assigned', \
             'license.removed', 'invitation.resent', 'project.member_role_changed') AND ",
            $until,
            " ORDER BY x.version DESC LIMIT 1)"
        )
    };
}

/// Whether a member had a licence then, as long as they were one.
macro_rules! licensed_then {
    ($target:expr, $until:expr) => {
        concat!(
            "(coalesce(",
            event_of_then!($target, "license.assigned", "x.version", $until),
            ", 0) > coalesce(",
            event_of_then!($target, "license.removed", "x.version", $until),
            ", 0))"
        )
    };
}

/// The rules' hash then.
macro_rules! rules_then {
    ($path:literal) => {
        concat!("coalesce(ruled.data ->> '", $path, "', born.data ->> '", $path, "')")
    };
}

/// One of the counters then: the kept one, and what the events since add to it and take from it.
macro_rules! count_then {
    ($column:literal, $added:expr) => {
        concat!("iif(v.type = 'org.deleted', 0, coalesce(counted.", $column, ", 0) + coalesce(sum(", $added, "), 0))")
    };
}

/// The organization then, in the shape of [`org_json`].
macro_rules! org_then_json {
    () => {
        concat!(
            "(SELECT json_object('id', v.org_id, 'name', coalesce(",
            org_said!("org.renamed", "$.name"),
            ", born.data ->> '$.name'), 'policy', ",
            rules_then!("$.policy"),
            ", 'policy_hash', ",
            rules_then!("$.policy_hash"),
            ", 'policy_document', (SELECT d.document FROM policy d WHERE d.hash = ",
            rules_then!("$.policy_hash"),
            " AND d.hash NOT IN (SELECT value FROM json_each(?5))), \
             'plan', iif(planned.version > coalesce(ruled.version, 0), planned.data ->> '$.plan', ",
            rules_then!("$.plan"),
            "), 'rev', 0, 'version', v.version, 'effective_at', v.effective_at, 'created_at', born.effective_at, \
             'seats', planned.data ->> '$.seats', 'upgrade_url', planned.data ->> '$.upgrade_url', \
             'exclusive', json(iif(iif(ruled.version IS NULL, born.data, ruled.data) ->> '$.exclusive', 'true', 'false')), \
             'billed_member', iif(billed.version > coalesce(ruled.version, 0), billed.data ->> '$.member', \
               iif(ruled.version IS NULL, born.data, ruled.data) ->> '$.billed_owner'), \
             'email_notifications', json(iif(coalesce(",
            org_said!("org.settings_changed", "$.email_notifications"),
            ", 1 - coalesce(born.data ->> '$.emails_off', 0)), 'true', 'false')), 'auto_join_role', ",
            org_said!("org.settings_changed", "$.auto_join_role"),
            ", 'activity_retention_days', ",
            org_said!(even_null "org.settings_changed", "$.activity_retention_days"),
            ", 'reauth_after_s', ",
            org_said!(even_null "org.settings_changed", "$.reauth_after_s"),
            ", 'limits', json(coalesce(",
            org_said!("org.limits_changed", "$.limits"),
            ", '{}')), 'top_member_count', 0, 'top_pending_count', 0, 'member_count', ",
            count_then!(
                "member_count",
                "CASE d.type WHEN 'member.joined' THEN 1 WHEN 'member.left' THEN -1 WHEN 'member.removed' THEN -1 END"
            ),
            ", 'pending_count', ",
            count_then!(
                "pending_count",
                "CASE WHEN d.type IN ('invitation.created', 'invitation.accepted', 'invitation.declined', 'invitation.cancelled', \
                 'invitation.expired') AND (SELECT i.project_id FROM invitation i WHERE i.id = d.target) IS NULL \
                 THEN iif(d.type = 'invitation.created', 1, -1) END"
            ),
            ", 'license_count', ",
            count_then!(
                "license_count",
                concat!(
                    "CASE WHEN d.type = 'license.assigned' THEN 1 WHEN d.type = 'license.removed' THEN -1 \
                     WHEN d.type IN ('member.left', 'member.removed') THEN -",
                    licensed_then!("d.target", "x.version < d.version"),
                    " END"
                )
            ),
            ", 'project_count', ",
            count_then!(
                "project_count",
                "CASE d.type WHEN 'project.created' THEN 1 WHEN 'project.deleted' THEN -1 END"
            ),
            ", 'key_count', ",
            count_then!(
                "key_count",
                "CASE WHEN d.type = 'api_key.created' THEN 1 WHEN d.type IN ('api_key.revoked', 'api_key.expired') THEN -1 \
                 WHEN d.type = 'project.deleted' \
                 THEN -(SELECT count(*) FROM api_key n WHERE n.project_id = d.target AND n.ended_version = d.version) END"
            ),
            ") FROM event d WHERE d.org_id = +?4 AND d.version > coalesce(counted.version, 0) AND d.version <= v.version)"
        )
    };
}

/// The event that gave a member (or, by another type, a guest of a project) the role they had then: `given`.
macro_rules! given_role {
    ($t:literal, $kind:literal) => {
        concat!(
            " CROSS JOIN event given ON given.org_id = +?4 AND given.version = coalesce(",
            event_of_then!(concat!($t, ".id"), $kind, "x.version"),
            ", ",
            $t,
            ".joined_version)"
        )
    };
}

/// A member then, in the shape of [`member_json`], for the aliases of their table and of their person's, beside [`given_role`]
/// and `v`.
macro_rules! member_then_json {
    ($t:literal, $u:literal) => {
        concat!(
            "json_object('id', ",
            $t,
            ".id, 'user', ",
            $t,
            ".user_id, 'role', given.data ->> '$.role', 'status', iif(",
            $t,
            ".ended_version <= v.version, ",
            $t,
            ".status, 'active'), 'rev', 0, 'joined_at', ",
            $t,
            ".joined_at, 'ended_at', iif(",
            $t,
            ".ended_version <= v.version, ",
            $t,
            ".ended_at, NULL), 'email', ",
            $u,
            ".email, 'display_name', ",
            $u,
            ".display_name, 'licensed', json(iif(coalesce(",
            $t,
            ".ended_version > v.version, 1) AND ",
            licensed_then!(concat!($t, ".id"), "x.version <= v.version"),
            ", 'true', 'false')), 'limits', json(coalesce(",
            event_of_then!(concat!($t, ".id"), "member.limits_changed", "x.data ->> '$.limits'"),
            ", '{}')), 'last_active_at', (SELECT x.effective_at FROM event x INDEXED BY event_by_actor WHERE x.org_id = +?4 AND x.actor = ",
            $t,
            ".user_id AND x.version <= v.version ORDER BY x.version DESC LIMIT 1))"
        )
    };
}

/// An open invitation then, in the shape of [`invitation_json`], for the alias of its table, beside `sent`: the event that it was
/// last sent by.
macro_rules! invitation_then_json {
    ($i:literal) => {
        concat!(
            "json_object('id', ",
            $i,
            ".id, 'org', ",
            $i,
            ".org_id, 'email', ",
            $i,
            ".email, 'email_key', ",
            $i,
            ".email_key, 'role', ",
            $i,
            ".role, 'status', 'pending', 'generation', coalesce(sent.data ->> '$.generation', ",
            $i,
            ".generation), 'key_id', coalesce(sent.data ->> '$.key_id', ",
            $i,
            ".key_id), 'invited_by', ",
            $i,
            ".invited_by, 'invited_at', ",
            $i,
            ".invited_at, 'sent_at', sent.effective_at, 'expires_at', coalesce(sent.data ->> '$.expires_at', ",
            $i,
            ".expires_at), 'rev', 0)"
        )
    };
}
