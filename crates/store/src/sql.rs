//! The pieces that statements are put together from, at compile time: every statement stays one constant text.
//!
//! Parameters are compared as `= +?4`, and limits are `LIMIT +?7`. SQLite looks at the values bound to bare parameters
//! while it plans (is it -1, 0 or 1? is it small?), and so compiles the statement again for each new value, which costs
//! several times what running it does. Behind a plus it does not look. A test counts the compilations.

/// A member with their person as JSON: `member_json!("m", "u")` for the aliases of the two tables; with a third argument,
/// `, 'name', value` for what is read beyond that.
macro_rules! member_json {
    ($m:literal, $u:literal) => {
        member_json!($m, $u, "")
    };
    ($m:literal, $u:literal, $more:expr) => {
        concat!("CASE WHEN ", $m, ".id IS NOT NULL THEN ", member_object!($m, $u, $more), " END")
    };
}

/// The same where there is a member for certain. It can be put into other JSON as it is, which spares reading it again.
macro_rules! member_object {
    ($m:literal, $u:literal, $more:expr) => {
        concat!(
            "json_object('id', ",
            $m,
            ".id, 'user', ",
            $m,
            ".user_id, 'role', ",
            $m,
            ".role, 'status', ",
            $m,
            ".status, 'rev', ",
            $m,
            ".rev, 'joined_at', ",
            $m,
            ".joined_at, 'ended_at', ",
            $m,
            ".ended_at, 'email', ",
            $u,
            ".email, 'display_name', ",
            $u,
            ".display_name, 'place', ",
            $m,
            ".joined_version, 'licensed', json(iif(",
            $m,
            ".licensed, 'true', 'false')), 'limits', json(",
            $m,
            ".limits), 'personal_tier', ",
            $u,
            ".personal_tier",
            $more,
            ")"
        )
    };
}

/// [`member_json`] with what is shown of a member and nothing is decided by.
macro_rules! shown_member_json {
    ($m:literal, $u:literal) => {
        member_json!($m, $u, shown_json!($m, $u))
    };
}

/// [`member_object`] with the same.
macro_rules! shown_member_object {
    ($m:literal, $u:literal) => {
        member_object!($m, $u, shown_json!($m, $u))
    };
}

/// How a member came; and the later of their last event in the organization and, while they are in it, their last sign-in.
macro_rules! shown_json {
    ($m:literal, $u:literal) => {
        concat!(
            ", 'came_by', CASE WHEN ",
            $m,
            ".invitation_id IS NOT NULL THEN 'invitation' WHEN ",
            $m,
            ".link_id IS NOT NULL THEN 'link' WHEN ",
            $m,
            ".domain_id IS NOT NULL THEN 'domain' ELSE 'creation' END",
            last_active_json!($m, $u)
        )
    };
}

macro_rules! last_active_json {
    ($m:literal, $u:literal) => {
        concat!(
                ", 'last_active_at', nullif(max(coalesce(iif(",
                $m,
                ".status = 'active', ",
                $u,
                ".signed_in_at, NULL), 0), coalesce((SELECT e.effective_at FROM event e INDEXED BY event_by_actor WHERE e.org_id = ",
                $m,
                ".org_id AND e.actor = ",
                $m,
                ".user_id ORDER BY e.version DESC LIMIT 1), 0)), 0)"
        )
    };
}

/// What a member's permissions are limited to, as JSON, for an alias of the members' table.
macro_rules! restrictions_json {
    ($m:literal) => {
        concat!(
            "(SELECT json_group_object(permission, json(resources)) FROM (SELECT r.permission, \
             json_group_array(r.resource_id) AS resources FROM restriction r WHERE r.member_id = ",
            $m,
            ".id GROUP BY r.permission))"
        )
    };
}

/// A member's restricted permissions, and whether the resource is among those that each goes for.
macro_rules! restricted_json {
    ($member:literal, $resource:literal) => {
        concat!(
            "(SELECT json_group_object(permission, json(iif(listed, 'true', 'false'))) FROM (SELECT r.permission, \
             max(r.resource_id = ",
            $resource,
            ") AS listed FROM restriction r WHERE r.member_id = ",
            $member,
            " GROUP BY r.permission))"
        )
    };
}

/// An invitation as JSON, for an alias of its table; with a second argument, `, 'name', value` for what is read beyond that.
macro_rules! invitation_json {
    ($i:literal) => {
        invitation_json!($i, "")
    };
    ($i:literal, $more:expr) => {
        concat!(
            "CASE WHEN ",
            $i,
            ".id IS NOT NULL THEN json_object('id', ",
            $i,
            ".id, 'org', ",
            $i,
            ".org_id, 'email', ",
            $i,
            ".email, 'email_key', ",
            $i,
            ".email_key, 'role', ",
            $i,
            ".role, 'status', ",
            $i,
            ".status, 'generation', ",
            $i,
            ".generation, 'key_id', ",
            $i,
            ".key_id, 'invited_by', ",
            $i,
            ".invited_by, 'invited_at', ",
            $i,
            ".invited_at, 'sent_at', ",
            $i,
            ".sent_at, 'expires_at', ",
            $i,
            ".expires_at, 'rev', ",
            $i,
            ".rev, 'member', ",
            $i,
            ".member_id, 'project', ",
            $i,
            ".project_id, 'place', ",
            $i,
            ".invited_version",
            $more,
            ") END"
        )
    };
}

/// What became of an invitation's newest mail, for [`invitation_json`] to add.
macro_rules! invitation_mail_json {
    ($i:literal) => {
        concat!(
            ", 'mail', json((SELECT json_object('state', b.state, 'last_error', b.last_error) FROM outbox b \
             WHERE b.id = 'invitation:' || ",
            $i,
            ".id || ':' || ",
            $i,
            ".generation))"
        )
    };
}

/// A project as JSON, for an alias of its table.
macro_rules! project_json {
    ($p:literal) => {
        concat!(
            "json_object('id', ",
            $p,
            ".id, 'name', ",
            $p,
            ".name, 'created_at', ",
            $p,
            ".created_at, 'member_count', ",
            $p,
            ".member_count, 'pending_count', ",
            $p,
            ".pending_count, 'rev', ",
            $p,
            ".rev, 'place', ",
            $p,
            ".created_version)"
        )
    };
}

/// A member of a project with their person as JSON, for the aliases of the two tables.
macro_rules! project_member_json {
    ($g:literal, $u:literal) => {
        concat!(
            "json_object('id', ",
            $g,
            ".id, 'project', ",
            $g,
            ".project_id, 'user', ",
            $g,
            ".user_id, 'role', ",
            $g,
            ".role, 'status', ",
            $g,
            ".status, 'rev', ",
            $g,
            ".rev, 'joined_at', ",
            $g,
            ".joined_at, 'email', ",
            $u,
            ".email, 'display_name', ",
            $u,
            ".display_name, 'place', ",
            $g,
            ".joined_version, 'source', 'project', 'organization_role', (SELECT om.role FROM member om WHERE om.user_id = ",
            $g,
            ".user_id AND om.org_id = ",
            $g,
            ".org_id AND om.status = 'active'))"
        )
    };
}

/// A key with its holder as JSON, for the aliases of the tables.
macro_rules! key_json {
    ($k:literal, $m:literal, $u:literal) => {
        concat!(
            "json_object('id', ",
            $k,
            ".id, 'name', ",
            $k,
            ".name, 'member', ",
            $k,
            ".member_id, 'role', ",
            $m,
            ".role, 'holder_email', ",
            $u,
            ".email, 'holder_name', ",
            $u,
            ".display_name, 'status', ",
            $k,
            ".status, 'scopes', json(",
            $k,
            ".scopes), 'kept', json(",
            $k,
            ".kept), 'project', ",
            $k,
            ".project_id, 'rate', json(CASE WHEN ",
            $k,
            ".rate_max IS NOT NULL THEN json_object('max', ",
            $k,
            ".rate_max, 'window_s', ",
            $k,
            ".rate_window_s) END), 'expires_at', ",
            $k,
            ".expires_at, 'label', ",
            $k,
            ".label, 'generation', ",
            $k,
            ".generation, 'key_id', ",
            $k,
            ".key_id, 'created_by', ",
            $k,
            ".created_by, 'created_at', ",
            $k,
            ".created_at, 'ended_at', ",
            $k,
            ".ended_at, 'last_used_at', (SELECT w.last_used_at FROM api_key_use w WHERE w.key_id = ",
            $k,
            ".id), 'rev', ",
            $k,
            ".rev, 'place', ",
            $k,
            ".created_version)"
        )
    };
}

/// An invite link as JSON, for an alias of its table.
macro_rules! link_json {
    ($l:literal) => {
        concat!(
            "CASE WHEN ",
            $l,
            ".id IS NOT NULL THEN json_object('id', ",
            $l,
            ".id, 'org', ",
            $l,
            ".org_id, 'role', ",
            $l,
            ".role, 'status', ",
            $l,
            ".status, 'created_by', ",
            $l,
            ".created_by, 'created_at', ",
            $l,
            ".created_at, 'key_id', ",
            $l,
            ".key_id, 'expires_at', ",
            $l,
            ".expires_at, 'uses', ",
            $l,
            ".uses, 'uses_max', ",
            $l,
            ".uses_max, 'domains', json(",
            $l,
            ".domains), 'rev', ",
            $l,
            ".rev, 'place', ",
            $l,
            ".created_version) END"
        )
    };
}

/// A domain of an organization as JSON, for an alias of its table, with how its proof stands.
macro_rules! domain_json {
    ($d:literal) => {
        concat!(
            "json_object('id', ",
            $d,
            ".id, 'org', ",
            $d,
            ".org_id, 'domain', ",
            $d,
            ".domain, 'status', ",
            $d,
            ".status, 'auto_join', ",
            $d,
            ".auto_join, 'created_at', ",
            $d,
            ".created_at, 'verified_at', ",
            $d,
            ".verified_at, 'ended_at', ",
            $d,
            ".ended_at, 'rev', ",
            $d,
            ".rev, 'place', ",
            $d,
            ".created_version, 'check', json((SELECT json_object('checked_at', w.checked_at, 'failing_since', w.failing_since, \
             'trouble', w.trouble) FROM domain_check w WHERE w.domain_id = ",
            $d,
            ".id)))"
        )
    };
}

/// Whether an organization takes people in by the domain of an address, of which that person is no member.
macro_rules! may_join_json {
    ($email_key:literal, $user:literal) => {
        concat!(
            "json(iif(EXISTS (SELECT 1 FROM org_domain d WHERE d.domain = substr(",
            $email_key,
            ", instr(",
            $email_key,
            ", '@') + 1) AND d.status = 'verified' AND d.auto_join = 'automatic' \
             AND NOT EXISTS (SELECT 1 FROM member m WHERE m.user_id = ",
            $user,
            " AND m.org_id = d.org_id AND m.status = 'active')), 'true', 'false'))"
        )
    };
}

/// The exclusive organization that the person asking is in, as JSON, other than the one in `$org`.
macro_rules! elsewhere_json {
    ($org:literal) => {
        concat!(
            "(SELECT json_object('organization', xo.id, 'name', xo.name) FROM member x JOIN org xo ON xo.id = x.org_id \
             WHERE x.user_id = u.id AND x.status = 'active' AND x.exclusive = 1 AND x.org_id IS NOT ",
            $org,
            ")"
        )
    };
}

/// An organization as JSON, with its policy document unless that is among the hashes in the parameter given.
macro_rules! org_json {
    ($o:literal, $known_hashes:literal) => {
        concat!(
            "CASE WHEN ",
            $o,
            ".id IS NOT NULL THEN json_object('id', ",
            $o,
            ".id, 'name', ",
            $o,
            ".name, 'policy', ",
            $o,
            ".policy, 'policy_hash', ",
            $o,
            ".policy_hash, 'policy_document', (SELECT p.document FROM policy p WHERE p.hash = ",
            $o,
            ".policy_hash AND p.hash NOT IN (SELECT value FROM json_each(",
            $known_hashes,
            "))), 'plan', ",
            $o,
            ".plan, 'rev', ",
            $o,
            ".rev, 'version', ",
            $o,
            ".version, 'effective_at', ",
            $o,
            ".effective_at, 'created_at', ",
            $o,
            ".created_at, 'member_count', ",
            $o,
            ".member_count, 'pending_count', ",
            $o,
            ".pending_count, 'top_member_count', ",
            $o,
            ".top_member_count, 'top_pending_count', ",
            $o,
            ".top_pending_count, 'license_count', ",
            $o,
            ".license_count, 'project_count', ",
            $o,
            ".project_count, 'key_count', ",
            $o,
            ".key_count, 'seats', ",
            $o,
            ".seats, 'upgrade_url', ",
            $o,
            ".upgrade_url, 'exclusive', json(iif(",
            $o,
            ".exclusive, 'true', 'false')), 'billed_member', ",
            $o,
            ".billed_member_id, 'email_notifications', json(iif(",
            $o,
            ".email_notifications, 'true', 'false')), 'auto_join_role', ",
            $o,
            ".auto_join_role, 'activity_retention_days', ",
            $o,
            ".activity_retention_days, 'reauth_after_s', ",
            $o,
            ".reauth_after_s, 'limits', json(",
            $o,
            ".limits)) END"
        )
    };
}
