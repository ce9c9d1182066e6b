-- API keys: what a program uses in a member's name. A key's power is not written down here: it is its holder's role as it is
-- now, within the scopes below, or, of a key that outlived its holder's membership, what it could do then.
CREATE TABLE api_key (
  id              TEXT PRIMARY KEY,
  org_id          TEXT NOT NULL REFERENCES org (id),
  member_id       TEXT NOT NULL,                 -- the holder; of a kept key the last one
  name            TEXT NOT NULL,
  status          TEXT NOT NULL CHECK (status IN ('active', 'revoked', 'expired')),
  scopes          TEXT CHECK (json_valid(scopes)), -- a JSON list of permissions; NULL: all of the holder's
  kept            TEXT CHECK (json_valid(kept)), -- {role, permissions} at which an ownerless key is frozen; NULL: it has a holder
  project_id      TEXT,                          -- the only project it is good for
  rate_max        INTEGER,                       -- uses in a window of `rate_window_s` seconds
  rate_window_s   INTEGER,
  expires_at      INTEGER,
  label           TEXT NOT NULL,                 -- the visible part of its newest text
  generation      INTEGER NOT NULL,
  key_id          TEXT NOT NULL,                 -- the deployment key from which its newest text is derived
  created_by      TEXT NOT NULL,                 -- a membership
  created_version INTEGER NOT NULL,              -- the place in the list
  created_at      INTEGER NOT NULL,
  ended_at        INTEGER,
  rev             INTEGER NOT NULL               -- a premise; a use does not raise it
) STRICT, WITHOUT ROWID;

CREATE INDEX api_key_history ON api_key (org_id, created_version);
CREATE INDEX api_key_by_status ON api_key (org_id, status, created_version);
CREATE INDEX api_key_by_member ON api_key (member_id, created_version);
CREATE INDEX api_key_by_project ON api_key (project_id) WHERE project_id IS NOT NULL;
CREATE INDEX api_key_due ON api_key (expires_at) WHERE status = 'active' AND expires_at IS NOT NULL;

-- The texts of a key, each found by its hash: the newest, and those before it for as long as a rotation lets them overlap.
-- The hash of 256 random bits tells nobody the bits (docs/decisions/0014).
CREATE TABLE api_key_secret (
  id          TEXT PRIMARY KEY,                  -- lower-case hex of SHA-256 of the text
  org_id      TEXT NOT NULL,
  api_key_id  TEXT NOT NULL,
  generation  INTEGER NOT NULL,
  valid_until INTEGER                            -- NULL: as long as the key
) STRICT, WITHOUT ROWID;

CREATE INDEX api_key_secret_by_key ON api_key_secret (api_key_id);

-- When a key was last used, and how often in its window: counted by every use, of no matter to the log.
CREATE TABLE api_key_use (
  key_id       TEXT PRIMARY KEY,
  last_used_at INTEGER NOT NULL,
  window_from  INTEGER NOT NULL,
  window_used  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Active keys, counted by the fold.
ALTER TABLE org ADD COLUMN key_count INTEGER NOT NULL DEFAULT 0 CHECK (key_count >= 0);

-- A key is held by an active member, and is for a project that is there. Ten thousand are more than an organization needs.
CREATE TRIGGER fold_api_key_created AFTER INSERT ON event WHEN NEW.type = 'api_key.created' BEGIN
  SELECT RAISE(ABORT, 'latchkey:not_a_member')
    WHERE NOT EXISTS (SELECT 1 FROM member WHERE id = NEW.data ->> '$.member' AND org_id = NEW.org_id AND status = 'active');
  SELECT RAISE(ABORT, 'latchkey:no_such_project')
    WHERE NEW.data ->> '$.project' IS NOT NULL
      AND NOT EXISTS (SELECT 1 FROM project WHERE id = NEW.data ->> '$.project' AND org_id = NEW.org_id AND status = 'active');
  INSERT INTO api_key (id, org_id, member_id, name, status, scopes, project_id, rate_max, rate_window_s, expires_at, label, generation,
                       key_id, created_by, created_version, created_at, rev)
    VALUES (NEW.target, NEW.org_id, NEW.data ->> '$.member', NEW.data ->> '$.name', 'active', NEW.data -> '$.scopes',
            NEW.data ->> '$.project', NEW.data ->> '$.rate.max', NEW.data ->> '$.rate.window_s', NEW.data ->> '$.expires_at',
            NEW.data ->> '$.label', NEW.data ->> '$.generation', NEW.data ->> '$.key_id', NEW.data ->> '$.created_by', NEW.version,
            NEW.effective_at, 1);
  INSERT INTO api_key_secret (id, org_id, api_key_id, generation)
    VALUES (NEW.data ->> '$.token_hash', NEW.org_id, NEW.target, NEW.data ->> '$.generation');
  UPDATE org SET key_count = key_count + 1 WHERE id = NEW.org_id;
  SELECT RAISE(ABORT, 'latchkey:too_many_keys') WHERE (SELECT key_count FROM org WHERE id = NEW.org_id) > 10000;
END;

-- What happens to a key happens while it is active.
CREATE TRIGGER api_key_is_active AFTER INSERT ON event
WHEN NEW.type IN ('api_key.changed', 'api_key.rotated', 'api_key.kept', 'api_key.adopted') BEGIN
  SELECT RAISE(ABORT, 'latchkey:key_not_active')
    WHERE NOT EXISTS (SELECT 1 FROM api_key WHERE id = NEW.target AND org_id = NEW.org_id AND status = 'active');
END;

-- Another name, other scopes: only what the event names changes.
CREATE TRIGGER fold_api_key_changed AFTER INSERT ON event WHEN NEW.type = 'api_key.changed' BEGIN
  UPDATE api_key SET name = coalesce(NEW.data ->> '$.name', name), scopes = coalesce(NEW.data -> '$.scopes', scopes), rev = rev + 1
    WHERE id = NEW.target;
END;

-- A new text. Every older one ends with the overlap, if it does not end before.
CREATE TRIGGER fold_api_key_rotated AFTER INSERT ON event WHEN NEW.type = 'api_key.rotated' BEGIN
  SELECT RAISE(ABORT, 'latchkey:key_rotated_already')
    WHERE EXISTS (SELECT 1 FROM api_key WHERE id = NEW.target AND generation >= NEW.data ->> '$.generation');
  UPDATE api_key_secret SET valid_until = min(coalesce(valid_until, NEW.data ->> '$.old_until'), NEW.data ->> '$.old_until')
    WHERE api_key_id = NEW.target;
  INSERT INTO api_key_secret (id, org_id, api_key_id, generation)
    VALUES (NEW.data ->> '$.token_hash', NEW.org_id, NEW.target, NEW.data ->> '$.generation');
  UPDATE api_key SET label = NEW.data ->> '$.label', generation = NEW.data ->> '$.generation', key_id = NEW.data ->> '$.key_id', rev = rev + 1
    WHERE id = NEW.target;
END;

-- Revoked by a person or expired by time: either way once.
CREATE TRIGGER fold_api_key_ended AFTER INSERT ON event WHEN NEW.type IN ('api_key.revoked', 'api_key.expired') BEGIN
  SELECT RAISE(ABORT, 'latchkey:key_not_active')
    WHERE NOT EXISTS (SELECT 1 FROM api_key WHERE id = NEW.target AND org_id = NEW.org_id AND status = 'active');
  UPDATE api_key SET status = substr(NEW.type, 9), ended_at = NEW.effective_at, rev = rev + 1 WHERE id = NEW.target;
  UPDATE org SET key_count = key_count - 1 WHERE id = NEW.org_id;
END;

-- The holder goes and the key stays, without one.
CREATE TRIGGER fold_api_key_kept AFTER INSERT ON event WHEN NEW.type = 'api_key.kept' BEGIN
  SELECT RAISE(ABORT, 'latchkey:key_not_active') WHERE EXISTS (SELECT 1 FROM api_key WHERE id = NEW.target AND kept IS NOT NULL);
  UPDATE api_key SET kept = NEW.data, rev = rev + 1 WHERE id = NEW.target;
END;

-- Another member takes the key over.
CREATE TRIGGER fold_api_key_adopted AFTER INSERT ON event WHEN NEW.type = 'api_key.adopted' BEGIN
  SELECT RAISE(ABORT, 'latchkey:not_a_member')
    WHERE NOT EXISTS (SELECT 1 FROM member WHERE id = NEW.data ->> '$.member' AND org_id = NEW.org_id AND status = 'active');
  UPDATE api_key SET member_id = NEW.data ->> '$.member', scopes = NEW.data -> '$.scopes', kept = NULL, rev = rev + 1
    WHERE id = NEW.target;
END;

-- Nobody goes before it is settled what becomes of their keys: whoever decided before a key was made decides again.
CREATE TRIGGER keys_are_settled AFTER INSERT ON event WHEN NEW.type IN ('member.left', 'member.removed') BEGIN
  SELECT RAISE(ABORT, 'latchkey:keys_not_settled')
    WHERE EXISTS (SELECT 1 FROM api_key WHERE member_id = NEW.target AND status = 'active' AND kept IS NULL);
END;

-- A project's keys go with it.
CREATE TRIGGER keys_of_project_deleted AFTER INSERT ON event WHEN NEW.type = 'project.deleted' BEGIN
  UPDATE org SET key_count = key_count - (SELECT count(*) FROM api_key WHERE project_id = NEW.target AND status = 'active')
    WHERE id = NEW.org_id;
  UPDATE api_key SET status = 'revoked', ended_at = NEW.effective_at, rev = rev + 1 WHERE project_id = NEW.target AND status = 'active';
END;

-- So do all of an organization.
CREATE TRIGGER keys_of_org_deleted AFTER INSERT ON event WHEN NEW.type = 'org.deleted' BEGIN
  UPDATE api_key SET status = 'revoked', ended_at = NEW.effective_at, rev = rev + 1 WHERE org_id = NEW.org_id AND status = 'active';
  UPDATE org SET key_count = 0 WHERE id = NEW.org_id;
END;

-- Every use is counted: the time of the last one, and how many fell into the present window. A window begins with the first use
-- after the last window's end.
CREATE TRIGGER count_api_key_use AFTER INSERT ON activity WHEN NEW.type IN ('api_key.used', 'api_key.verified') BEGIN
  INSERT INTO api_key_use (key_id, last_used_at, window_from, window_used)
    SELECT NEW.actor, NEW.received_at, NEW.received_at, 1 WHERE true
    ON CONFLICT (key_id) DO UPDATE SET
      last_used_at = max(last_used_at, excluded.last_used_at),
      window_used = iif(excluded.window_from < window_from
          + 1000 * coalesce((SELECT k.rate_window_s FROM api_key k WHERE k.id = excluded.key_id), 0), window_used + 1, 1),
      window_from = iif(excluded.window_from < window_from
          + 1000 * coalesce((SELECT k.rate_window_s FROM api_key k WHERE k.id = excluded.key_id), 0), window_from, excluded.window_from);
END;

-- A key presented for verification. Inserting one row here answers and records: the statement judges the key as it is now, a valid
-- one's use is written, and `facts` goes back by RETURNING, whatever the verdict.
CREATE VIEW verification AS
  SELECT NULL AS id, NULL AS at, NULL AS verdict, NULL AS org_id, NULL AS key_id, NULL AS member_id, NULL AS project_id, NULL AS ip,
         NULL AS user_agent, NULL AS data, NULL AS facts
  WHERE 0;

-- Only a valid key was used.
CREATE TRIGGER verification_insert INSTEAD OF INSERT ON verification WHEN NEW.verdict = 'valid' BEGIN
  INSERT INTO activity (org_id, at, id, type, actor, member_id, project_id, ip, user_agent, data, received_at)
    VALUES (NEW.org_id, NEW.at, NEW.id, 'api_key.verified', NEW.key_id, NEW.member_id, NEW.project_id, NEW.ip, NEW.user_agent, NEW.data,
            NEW.at);
END;

DROP TRIGGER append_insert;
DROP VIEW append;
-- The only way in. A view, so that the events travel in the inserted row without being stored twice, and personal data
-- lives in one place.
--   events:  JSON list of {id, type, at, actor, target, data, salt, data_hash, leaf}, in order
--   account: JSON {user, session, display_name, personal_tier, deleted_user} or NULL: what the request changes outside the organization
--   policy:  JSON {hash, document} or NULL: a document that the events name
--   client:  JSON {operation, ip, user_agent} or NULL: where a key's use came from
CREATE VIEW append AS
  SELECT NULL AS id, NULL AS org_id, NULL AS principal, NULL AS idempotency_key, NULL AS request_hash, NULL AS kind, NULL AS at,
         NULL AS premises, NULL AS outcomes, NULL AS reply, NULL AS first_version, NULL AS events, NULL AS account, NULL AS policy,
         NULL AS client
  WHERE 0;

-- As before; and a change made with a key is a use of the key, recorded with it.
CREATE TRIGGER append_insert INSTEAD OF INSERT ON append BEGIN
  INSERT INTO command (id, org_id, principal, idempotency_key, request_hash, kind, at, premises, outcomes, reply, first_version, event_count)
    VALUES (NEW.id, NEW.org_id, NEW.principal, NEW.idempotency_key, NEW.request_hash, NEW.kind, NEW.at, NEW.premises, NEW.outcomes,
            NEW.reply, NEW.first_version, json_array_length(NEW.events));

  INSERT INTO policy (hash, document)
    SELECT NEW.policy ->> '$.hash', NEW.policy ->> '$.document'
    WHERE NEW.policy IS NOT NULL AND NOT EXISTS (SELECT 1 FROM policy p WHERE p.hash = NEW.policy ->> '$.hash');

  INSERT INTO user (id, email, email_key, display_name, words, created_at, sort_name, signed_in_at)
    SELECT NEW.account ->> '$.user.id', NEW.account ->> '$.user.email', NEW.account ->> '$.user.email_key',
           NEW.account ->> '$.user.display_name', NEW.account -> '$.user.words', NEW.at, NEW.account ->> '$.user.sort_name', NEW.at
    WHERE NEW.account ->> '$.user.id' IS NOT NULL;

  INSERT INTO session (token_hash, id, user_id, created_at, expires_at)
    SELECT NEW.account ->> '$.session.token_hash', NEW.account ->> '$.session.id', NEW.account ->> '$.session.user_id', NEW.at,
           NEW.account ->> '$.session.expires_at'
    WHERE NEW.account ->> '$.session.id' IS NOT NULL;

  UPDATE user SET display_name = NEW.account ->> '$.display_name.name', words = NEW.account -> '$.display_name.words',
                  sort_name = NEW.account ->> '$.display_name.sort_name'
    WHERE id = NEW.account ->> '$.display_name.user_id';

  UPDATE user SET personal_tier = NEW.account ->> '$.personal_tier.tier' WHERE id = NEW.account ->> '$.personal_tier.user_id';

  INSERT INTO event (org_id, version, id, command_id, type, at, effective_at, actor, target, data, salt, data_hash, leaf)
    SELECT NEW.org_id, NEW.first_version + e.key, e.value ->> '$.id', NEW.id, e.value ->> '$.type', e.value ->> '$.at',
           max(e.value ->> '$.at', coalesce((SELECT o.effective_at FROM org o WHERE o.id = NEW.org_id), 0)),
           e.value ->> '$.actor', e.value ->> '$.target', e.value ->> '$.data', e.value ->> '$.salt', e.value ->> '$.data_hash',
           e.value ->> '$.leaf'
    FROM json_each(NEW.events) e
    ORDER BY e.key;

  INSERT INTO activity (org_id, at, id, type, actor, member_id, project_id, ip, user_agent, data, received_at)
    SELECT NEW.org_id, NEW.at, 'act_' || substr(NEW.id, 5), 'api_key.used', k.id, k.member_id, k.project_id, NEW.client ->> '$.ip',
           NEW.client ->> '$.user_agent', json_object('operation', NEW.client ->> '$.operation', 'command', NEW.id), NEW.at
    FROM api_key k WHERE k.id = NEW.principal AND NEW.org_id IS NOT NULL;

  -- Whoever decided while some of the key's rate was left decides again, for others were faster.
  SELECT RAISE(ABORT, 'latchkey:rate_used_up')
    WHERE EXISTS (SELECT 1 FROM api_key k JOIN api_key_use w ON w.key_id = k.id
                  WHERE k.id = NEW.principal AND k.rate_max < w.window_used);

  -- After the events, because leaving is what the person does last.
  SELECT RAISE(ABORT, 'latchkey:still_a_member')
    WHERE NEW.account ->> '$.deleted_user' IS NOT NULL
      AND (EXISTS (SELECT 1 FROM member m WHERE m.user_id = NEW.account ->> '$.deleted_user' AND m.status = 'active')
           OR EXISTS (SELECT 1 FROM project_member m WHERE m.user_id = NEW.account ->> '$.deleted_user' AND m.status = 'active'));
  DELETE FROM sign_in_code
    WHERE email_key = (SELECT u.email_key FROM user u WHERE u.id = NEW.account ->> '$.deleted_user');
  DELETE FROM session WHERE user_id = NEW.account ->> '$.deleted_user';
  UPDATE user SET email = '', email_key = 'deleted:' || id, display_name = NULL, words = '[]', sort_name = '', personal_tier = NULL,
                  signed_in_at = NULL, deleted_at = NEW.at
    WHERE id = NEW.account ->> '$.deleted_user';
END;
