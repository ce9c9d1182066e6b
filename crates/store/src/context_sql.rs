//! What every statement of a decision has in common: who asks, in which organization, and whether it was asked before. Put together
//! at compile time, as all of `sql.rs` is.

/// What a person's request came with.
macro_rules! session_proof {
    () => {
        "json_object('session', json_object('id', s.id, 'signed_in_at', coalesce(s.authenticated_at, s.created_at), 'seen_at', coalesce(s.seen_at, s.created_at)))"
    };
}

/// What a request within an organization came with: a session, or an API key with what bounds it.
macro_rules! proof {
    () => {
        "iif(k.id IS NULL, json_object('session', json_object('id', s.id, 'signed_in_at', coalesce(s.authenticated_at, s.created_at), 'seen_at', coalesce(s.seen_at, s.created_at))), json_object('key', json_object('id', k.id, 'rev', k.rev, \
         'power', json_object('scopes', json(k.scopes), 'kept', json(k.kept)), 'project', k.project_id, 'expires_at', k.expires_at, \
         'rate', json(CASE WHEN k.rate_max IS NOT NULL THEN json_object('max', k.rate_max, 'window_s', k.rate_window_s, \
           'from', (SELECT w.window_from FROM api_key_use w WHERE w.key_id = k.id), \
           'used', coalesce((SELECT w.window_used FROM api_key_use w WHERE w.key_id = k.id), 0)) END))))"
    };
}

/// The person, by what they came with.
macro_rules! who_json {
    ($proof:expr) => {
        concat!("json(CASE WHEN u.id IS NOT NULL THEN json_object('proof', json(", $proof, "), 'user', u.id, 'email', u.email, \
         'email_key', u.email_key, 'display_name', u.display_name, 'created_at', u.created_at, 'personal_tier', u.personal_tier, 'address_rev', u.address_rev) END)")
    };
}

/// What an identity provider's news of a person came with: `n` is the news.
macro_rules! identity_proof {
    () => {
        "json_object('identity', json_object('key', n.key, 'rev', n.rev))"
    };
}

/// The person whose account an identity (?1) opens, unless its user is deleted.
macro_rules! from_identity {
    () => {
        " FROM (SELECT 1) one \
         LEFT JOIN identity_news n ON n.key = +?1 AND n.is_deleted = 0 \
         LEFT JOIN identity ni ON ni.key = n.key \
         LEFT JOIN user u ON u.id = ni.user_id AND u.deleted_at IS NULL"
    };
}

/// Who asks, and the answer already given to this idempotency key: the head of every context.
/// Parameters: ?1 token hash, ?2 now, ?3 idempotency key.
macro_rules! who_and_replay_json {
    () => {
        who_and_replay_json!(session_proof!())
    };
    ($proof:expr) => {
        concat!("'who', ", who_json!($proof), ", 'replay', json(CASE WHEN c.id IS NOT NULL THEN json_object('request_hash', c.request_hash, 'reply', json(c.reply), 'org_id', c.org_id, \
         'first_version', c.first_version, 'event_count', c.event_count, 'outcomes', json(c.outcomes)) END)")
    };
}

/// The tables behind [`who_and_replay_json`].
macro_rules! from_session {
    ($principal:expr) => {
        concat!(
            " FROM (SELECT 1) one",
            " LEFT JOIN session s ON s.token_hash = +?1 AND s.ended_at IS NULL AND s.expires_at > +?2",
            " LEFT JOIN user u ON u.id = s.user_id",
            " LEFT JOIN command c ON c.principal = ",
            $principal,
            " AND c.idempotency_key = +?3"
        )
    };
}

/// The same for a session or an API key: the person is then the holder, and `k` the key. ?2 is the time.
macro_rules! from_credential {
    () => {
        " FROM (SELECT 1) one \
         LEFT JOIN session s ON s.token_hash = +?1 AND s.ended_at IS NULL AND s.expires_at > +?2 \
         LEFT JOIN api_key_secret ks ON ks.id = +?1 AND (ks.valid_until IS NULL OR ks.valid_until > +?2) \
         LEFT JOIN api_key k ON k.id = ks.api_key_id AND k.status = 'active' AND (k.expires_at IS NULL OR k.expires_at > +?2) \
         LEFT JOIN member km ON km.id = k.member_id \
         LEFT JOIN user u ON u.id = coalesce(s.user_id, km.user_id) \
         LEFT JOIN command c ON c.principal = coalesce(k.id, u.id, CASE +?1 WHEN 'operator' THEN 'operator' END) AND c.idempotency_key = +?3"
    };
}

/// Under whom a request's idempotency key is remembered: the person's id, or the operator, whose token never reaches the
/// database: `operator` stands in the place of a session's hash, which no session has.
macro_rules! principal {
    () => {
        "coalesce(u.id, CASE +?1 WHEN 'operator' THEN 'operator' END)"
    };
}

/// All that the person `u` is in; `$hashes` is the list of known policy hashes.
macro_rules! belongings_json {
    ($hashes:literal) => {
        concat!(
            "json_object('memberships', json((SELECT json_group_array(json_object('org', bm.org_id, 'name', bo.name, 'member', bm.id, 'rev', bm.rev, \
             'is_last_top_role_holder', json(iif(bm.role = bo.top_role AND bo.top_member_count <= 1, 'true', 'false')), \
             'is_billed_owner', json(iif(bo.billed_member_id IS bm.id, 'true', 'false')), 'policy_hash', bo.policy_hash, 'policy_document', \
             (SELECT p.document FROM policy p WHERE p.hash = bo.policy_hash AND p.hash NOT IN (SELECT value FROM json_each(",
            $hashes,
            "))), 'keys', json((SELECT json_group_array(json(",
            key_json!("bk", "bm", "u"),
            ")) FROM api_key bk WHERE bk.member_id = bm.id AND bk.status = 'active' AND bk.kept IS NULL)))) \
             FROM member bm CROSS JOIN org bo ON bo.id = bm.org_id WHERE bm.user_id = u.id AND bm.status = 'active')), \
             'projects', json((SELECT json_group_array(json_object('org', bp.org_id, 'member', bp.id, 'rev', bp.rev)) \
             FROM project_member bp WHERE bp.user_id = u.id AND bp.status = 'active')))"
        )
    };
}

/// A list of the JSON texts in the column `$text` of the rows there are: SQLite joins them, where `json_group_array(json(…))` would
/// read and write every one of them again. Not to be put into other JSON by `json()`, for the same reason, but joined to it.
macro_rules! json_list {
    ($text:literal) => {
        concat!("'[' || coalesce(group_concat(", $text, ", ','), '') || ']'")
    };
}

/// A request that concerns the person only; `$facts` is a JSON expression that may use ?4 and on. It is a column of its own, because
/// within the other it would be read and written once more.
macro_rules! person_context {
    ($facts:expr) => {
        concat!(
            "SELECT json_object(",
            who_and_replay_json!(),
            ") AS context, ",
            $facts,
            " AS facts",
            from_session!(principal!())
        )
    };
}

/// A request within an organization: ?4 its id, ?5 the known policy hashes; `$facts` may use ?6 and on.
macro_rules! org_context {
    ($facts:expr) => {
        concat!(
            "SELECT json_object(",
            who_and_replay_json!(proof!()),
            ", 'org', json(",
            org_json!("o", "?5"),
            "), 'me', json(",
            member_json!("m", "u", concat!(", 'restrictions', json(", restrictions_json!("m"), ")")),
            ")) AS context, ",
            $facts,
            " AS facts",
            from_credential!(),
            " LEFT JOIN org o ON o.id = +?4 AND o.status = 'active'",
            " LEFT JOIN member m ON m.org_id = o.id AND m.id = coalesce(k.member_id, (SELECT x.id FROM member x WHERE x.user_id = u.id \
             AND x.org_id = o.id AND x.status = 'active'))"
        )
    };
}

/// Open invitations into an organization (?4, or `of $org`) past their time, the longest overdue first, at most `$rows_max`:
/// what gives its seat or its place back to whoever needs one.
macro_rules! due_invitations {
    ($rows_max:literal) => {
        due_invitations!(of "+?4", $rows_max, "")
    };
    ($rows_max:literal, $where:literal) => {
        due_invitations!(of "+?4", $rows_max, $where)
    };
    (of $org:literal, $rows_max:literal, $where:literal) => {
        concat!(
            "(SELECT json_group_array(json_object('id', id, 'rev', rev, 'role', role, 'email_key', email_key)) \
             FROM (SELECT i.id, i.rev, i.role, i.email_key FROM invitation i WHERE i.org_id = ",
            $org,
            " AND i.status = 'pending' AND i.project_id IS NULL AND i.expires_at <= +?2 ",
            $where,
            " ORDER BY i.expires_at LIMIT ",
            $rows_max,
            "))"
        )
    };
}
