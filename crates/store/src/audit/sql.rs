//! The statements of the list: one for each filter that may lead, in each order, and one that counts.
//!
//! Both tables are walked along an index that has the list's order, each stops at the limit, and what they found is merged.
//! The indexes are named: without statistics SQLite would walk the whole log instead. `effective_at` never shrinks along the
//! log, so the first and the last version of a period are one look-up each, and events are a range of versions whatever leads.
//!
//! Parameters: ?6 rows, ?7 rows of events, ?8 rows of activity; ?9 the version after which, and ?10 before which, events lie, ?11
//! their first time, ?12 the time before which they were; ?13 and ?14 the time and id after which, ?15 and ?16 before which
//! activity lies; ?17 actor, ?18 type, ?19 target, ?20 project, ?21 the beginning of a name, ?22 the end of what begins so; ?23 whose
//! entries (`all` or `own`), NULL for what the role says.

use super::Lead;

/// Whether the role may read everybody's entries. What a key has less of is not asked here.
macro_rules! reads_all {
    () => {
        "CASE +?23 WHEN 'all' THEN 1 WHEN 'own' THEN 0 ELSE EXISTS (\
         SELECT 1 FROM policy ap, json_each(coalesce(ap.document -> '$.roles', ap.document -> '$.role')) ar, \
         json_each(ar.value -> '$.permissions') aq \
         WHERE ap.hash = o.policy_hash AND ar.value ->> '$.name' = m.role AND aq.value = 'audit.read') END"
    };
}

/// The people whose name begins so. Read only where a name is looked for.
macro_rules! with_found {
    () => {
        "WITH found AS MATERIALIZED (SELECT DISTINCT w.member_id, w.user_id FROM person_word w \
         WHERE w.org_id = +?4 AND w.word >= +?21 AND w.word < +?22 LIMIT 50) "
    };
}

macro_rules! versions {
    ($e:literal) => {
        concat!(
            $e,
            ".org_id = +?4 AND ",
            $e,
            ".version >= max(+?9 + 1, coalesce((SELECT f.version FROM event f WHERE f.org_id = +?4 AND f.effective_at >= +?11 \
               ORDER BY f.effective_at, f.version LIMIT 1), 9223372036854775807)) AND ",
            $e,
            ".version <= min(+?10 - 1, coalesce((SELECT f.version FROM event f WHERE f.org_id = +?4 AND f.effective_at < +?12 \
               ORDER BY f.effective_at DESC, f.version DESC LIMIT 1), 0))"
        )
    };
}
macro_rules! event_filters {
    () => {
        " AND (?17 IS NULL OR +e.actor = +?17) AND (?18 IS NULL OR +e.type = +?18) AND (?19 IS NULL OR +e.target = +?19) \
         AND (?20 IS NULL OR EXISTS (SELECT 1 FROM event_project ep WHERE ep.org_id = +?4 AND ep.project_id = +?20 AND ep.version = e.version)) \
         AND (?21 IS NULL OR e.actor IN (SELECT user_id FROM found) OR e.target IN (SELECT member_id FROM found))"
    };
}
macro_rules! activity_where {
    () => {
        "a.org_id = +?4 AND (a.at, a.id) > (+?13, +?14) AND (a.at, a.id) < (+?15, +?16) \
         AND (?17 IS NULL OR +a.actor = +?17) AND (?18 IS NULL OR +a.type = +?18) AND (?19 IS NULL OR +a.target = +?19) \
         AND (?20 IS NULL OR +a.project_id = +?20) \
         AND (?21 IS NULL OR +a.member_id IN (SELECT member_id FROM found) OR +a.target IN (SELECT member_id FROM found))"
    };
}

// What leads: the tables to walk along, and the condition for it.
macro_rules! events_by {
    (time) => {
        concat!("event e WHERE ", versions!("e"), event_filters!())
    };
    (actor) => {
        concat!("event e INDEXED BY event_by_actor WHERE e.actor = +?17 AND ", versions!("e"), event_filters!())
    };
    (kind) => {
        concat!("event e INDEXED BY event_by_type WHERE e.type = +?18 AND ", versions!("e"), event_filters!())
    };
    (target) => {
        concat!("event e INDEXED BY event_by_target WHERE e.target = +?19 AND ", versions!("e"), event_filters!())
    };
    (project) => {
        concat!(
            "event_project lp CROSS JOIN event e ON e.org_id = lp.org_id AND e.version = lp.version WHERE lp.project_id = +?20 AND ",
            versions!("lp"),
            event_filters!()
        )
    };
    (own) => {
        concat!("event e INDEXED BY event_by_actor WHERE e.actor = u.id AND ", versions!("e"), event_filters!())
    };
    // Of one of those found, by what they did and by what was done to them.
    (found_actor) => {
        concat!("event e INDEXED BY event_by_actor WHERE e.actor = found.user_id AND ", versions!("e"), event_filters!())
    };
    (found_target) => {
        concat!("event e INDEXED BY event_by_target WHERE e.target = found.member_id AND ", versions!("e"), event_filters!())
    };
}
macro_rules! activity_by {
    (time) => {
        concat!("activity a WHERE ", activity_where!())
    };
    (actor) => {
        concat!("activity a INDEXED BY activity_by_actor WHERE a.actor = +?17 AND ", activity_where!())
    };
    (kind) => {
        concat!("activity a INDEXED BY activity_by_type WHERE a.type = +?18 AND ", activity_where!())
    };
    (target) => {
        concat!("activity a INDEXED BY activity_by_target WHERE a.target = +?19 AND ", activity_where!())
    };
    (project) => {
        concat!("activity a INDEXED BY activity_by_project WHERE a.project_id = +?20 AND ", activity_where!())
    };
    (own) => {
        concat!("activity a INDEXED BY activity_by_member WHERE a.member_id = m.id AND ", activity_where!())
    };
    (found_actor) => {
        concat!("activity a INDEXED BY activity_by_member WHERE a.member_id = found.member_id AND ", activity_where!())
    };
    (found_target) => {
        concat!("activity a INDEXED BY activity_by_target WHERE a.target = found.member_id AND ", activity_where!())
    };
}

// The first of them in the list's order: of an event its version, of an activity its time and id.
macro_rules! first_events {
    (search, $dir:literal) => {
        concat!(
            "SELECT v.value AS version FROM found, json_each((SELECT json_group_array(version) FROM (SELECT e.version FROM ",
            events_by!(found_actor),
            " ORDER BY e.version ",
            $dir,
            " LIMIT +?7))) v UNION SELECT v.value FROM found, \
             json_each((SELECT json_group_array(version) FROM (SELECT e.version FROM ",
            events_by!(found_target),
            " ORDER BY e.version ",
            $dir,
            " LIMIT +?7))) v"
        )
    };
    (project, $dir:literal) => {
        concat!("SELECT lp.version FROM ", events_by!(project), " ORDER BY lp.version ", $dir, " LIMIT +?7")
    };
    ($lead:ident, $dir:literal) => {
        concat!("SELECT e.version FROM ", events_by!($lead), " ORDER BY e.version ", $dir, " LIMIT +?7")
    };
}
macro_rules! first_activity {
    (search, $dir:literal) => {
        concat!(
            "SELECT v.value ->> 0 AS at, v.value ->> 1 AS id FROM found, \
             json_each((SELECT json_group_array(json_array(at, id)) FROM (SELECT a.at, a.id FROM ",
            activity_by!(found_actor),
            " ORDER BY a.at ",
            $dir,
            ", a.id ",
            $dir,
            " LIMIT +?8))) v UNION SELECT v.value ->> 0, v.value ->> 1 FROM found, \
             json_each((SELECT json_group_array(json_array(at, id)) FROM (SELECT a.at, a.id FROM ",
            activity_by!(found_target),
            " ORDER BY a.at ",
            $dir,
            ", a.id ",
            $dir,
            " LIMIT +?8))) v"
        )
    };
    ($lead:ident, $dir:literal) => {
        concat!("SELECT a.at, a.id FROM ", activity_by!($lead), " ORDER BY a.at ", $dir, ", a.id ", $dir, " LIMIT +?8")
    };
}

/// The merged list: of each table the first keys, of both together the first, and only of those the rows.
macro_rules! merged {
    ($lead:ident, $dir:literal) => {
        concat!(
            "(",
            with_found!(),
            "SELECT ",
            json_list!("entry"),
            " FROM (SELECT iif(merged.version IS NOT NULL, \
             (SELECT json_object('id', e.id, 'version', e.version, 'type', e.type, 'at', e.at, 'effective_at', e.effective_at, \
                'actor', e.actor, 'actor_email', au.email, 'actor_display_name', coalesce(au.display_name, ak.name), 'target', e.target, \
                'data', json(e.data), 'leaf', e.leaf) \
              FROM event e LEFT JOIN user au ON au.id = e.actor LEFT JOIN api_key ak ON ak.id = e.actor \
              WHERE e.org_id = +?4 AND e.version = merged.version), \
             (SELECT json_object('id', a.id, 'type', a.type, 'at', a.at, 'effective_at', a.at, 'actor', a.actor, 'actor_email', au.email, \
                'actor_display_name', coalesce(au.display_name, ak.name), 'target', a.target, 'data', json(a.data), 'member', a.member_id, \
                'target_type', a.target_type, 'project', a.project_id, 'ip', a.ip, 'user_agent', a.user_agent, 'received_at', a.received_at) \
              FROM activity a LEFT JOIN user au ON au.id = a.actor LEFT JOIN api_key ak ON ak.id = a.actor \
              WHERE a.org_id = +?4 AND a.at = merged.at AND a.id = merged.id)) AS entry \
             FROM (SELECT (SELECT t.effective_at FROM event t WHERE t.org_id = +?4 AND t.version = first_event.version) AS at, 0 AS rank, \
             first_event.version, '' AS id FROM (",
            first_events!($lead, $dir),
            ") first_event UNION ALL SELECT first_activity.at, 1, NULL, first_activity.id FROM (",
            first_activity!($lead, $dir),
            ") first_activity ORDER BY 1 ",
            $dir,
            ", 2 ",
            $dir,
            ", 3 ",
            $dir,
            ", 4 ",
            $dir,
            " LIMIT +?6) merged))"
        )
    };
}

macro_rules! listed {
    ($lead:ident, $dir:literal) => {
        org_context!(concat!(
            "CASE WHEN ",
            reads_all!(),
            " THEN '{\"scope\":\"all\",\"entries\":' || ",
            merged!($lead, $dir),
            " || '}' ELSE '{\"scope\":\"own\",\"entries\":' || ",
            merged!(own, $dir),
            " || '}' END"
        ))
    };
}

macro_rules! number {
    (search) => {
        concat!(
            "(",
            with_found!(),
            "SELECT iif(+?7 > 0, (SELECT count(*) FROM (SELECT e.version FROM found CROSS JOIN ",
            events_by!(found_actor),
            " UNION SELECT e.version FROM found CROSS JOIN ",
            events_by!(found_target),
            ")), 0) + iif(+?8 > 0, (SELECT count(*) FROM (SELECT a.at, a.id FROM found CROSS JOIN ",
            activity_by!(found_actor),
            " UNION SELECT a.at, a.id FROM found CROSS JOIN ",
            activity_by!(found_target),
            ")), 0))"
        )
    };
    ($lead:ident) => {
        concat!(
            "(",
            with_found!(),
            "SELECT iif(+?7 > 0, (SELECT count(*) FROM ",
            events_by!($lead),
            "), 0) + iif(+?8 > 0, (SELECT count(*) FROM ",
            activity_by!($lead),
            "), 0))"
        )
    };
}
macro_rules! counted {
    ($lead:ident) => {
        org_context!(concat!(
            "CASE WHEN ",
            reads_all!(),
            " THEN json_object('scope', 'all', 'entries', ",
            number!($lead),
            ") ELSE json_object('scope', 'own', 'entries', ",
            number!(own),
            ") END"
        ))
    };
}

macro_rules! statements {
    ($($lead:ident $name:ident: $newest:ident $oldest:ident $total:ident;)+) => {
        $(
            pub(crate) const $newest: &str = listed!($name, "DESC");
            pub(crate) const $oldest: &str = listed!($name, "ASC");
            pub(crate) const $total: &str = counted!($name);
        )+

        impl Lead {
            pub(super) fn newest_first(self) -> &'static str {
                match self { $(Self::$lead => $newest,)+ }
            }

            pub(super) fn oldest_first(self) -> &'static str {
                match self { $(Self::$lead => $oldest,)+ }
            }

            pub(super) fn total(self) -> &'static str {
                match self { $(Self::$lead => $total,)+ }
            }
        }
    };
}

statements! {
    Time time: NEWEST OLDEST TOTAL;
    Actor actor: NEWEST_BY_ACTOR OLDEST_BY_ACTOR TOTAL_BY_ACTOR;
    Type kind: NEWEST_BY_TYPE OLDEST_BY_TYPE TOTAL_BY_TYPE;
    Target target: NEWEST_BY_TARGET OLDEST_BY_TARGET TOTAL_BY_TARGET;
    Project project: NEWEST_BY_PROJECT OLDEST_BY_PROJECT TOTAL_BY_PROJECT;
    Search search: NEWEST_BY_NAME OLDEST_BY_NAME TOTAL_BY_NAME;
}

#[cfg(test)]
mod tests {
    use latchkey_domain::search::AUDIT_PEOPLE_MAX;

    #[test]
    fn a_search_follows_as_many_people_as_the_limit_says() {
        assert!(super::NEWEST_BY_NAME.contains(&format!("+?22 LIMIT {AUDIT_PEOPLE_MAX})")));
    }
}
