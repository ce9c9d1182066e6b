-- The log: the only way in (`append`), what was accepted (`command`) and what it changed (`event`).
--
-- Rust decides. One row inserted into `append` is the change: the inserting statement judges every item on the
-- database's own present facts, and the triggers append the accepted events and fold them, all or nothing.

-- The rules of an organization, by the hash of their document, kept for good: an event that names a hash can always be
-- read with the rules of its day.
CREATE TABLE policy (
  hash     TEXT PRIMARY KEY,                     -- lower-case hex of SHA-256 over `document`
  document TEXT NOT NULL CHECK (json_valid(document))
) STRICT, WITHOUT ROWID;

-- One row per accepted request. It holds no events (those are in `event`), but the answer that a replay of the same
-- idempotency key gets, and the premises on which it was decided.
CREATE TABLE command (
  id              TEXT PRIMARY KEY,
  org_id          TEXT,                          -- NULL when the request concerns an account only
  principal       TEXT NOT NULL,                 -- who asked: a user id, or `invitation:<id>` for the bearer of its token
  idempotency_key TEXT,
  request_hash    TEXT NOT NULL,                 -- lower-case hex of SHA-256 over method, path and body
  kind            TEXT NOT NULL,
  at              INTEGER NOT NULL,
  premises        TEXT NOT NULL CHECK (json_valid(premises)),
  outcomes        TEXT NOT NULL CHECK (json_valid(outcomes)),
  reply           TEXT NOT NULL CHECK (json_valid(reply)),
  first_version   INTEGER NOT NULL,              -- the version of its first event, had it one
  event_count     INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- One change for one key, whatever races. Requests without a key do not collide.
CREATE UNIQUE INDEX command_idempotency ON command (principal, idempotency_key) WHERE idempotency_key IS NOT NULL;

-- The audit log itself. `version` counts 1, 2, 3, … within an organization without a gap, so it is also the index of
-- the leaf in its Merkle tree.
CREATE TABLE event (
  org_id       TEXT NOT NULL,
  version      INTEGER NOT NULL,
  id           TEXT NOT NULL UNIQUE,
  command_id   TEXT NOT NULL,
  type         TEXT NOT NULL,
  at           INTEGER NOT NULL,                 -- as the deciding machine claimed it; part of the leaf
  effective_at INTEGER NOT NULL,                 -- running maximum of `at` in version order; what "as of" means
  actor        TEXT NOT NULL,                    -- a user id, or `system`
  target       TEXT NOT NULL,                    -- the id of what was changed; never personal data
  data         TEXT CHECK (json_valid(data)),    -- NULL once erased
  salt         TEXT,                             -- hex of 16 random bytes; NULL once erased
  data_hash    TEXT NOT NULL,                    -- hex of SHA-256(salt || data), kept after an erasure
  leaf         TEXT NOT NULL,                    -- hex of the RFC 9162 leaf hash over the fields above
  PRIMARY KEY (org_id, version)
) STRICT, WITHOUT ROWID;

CREATE INDEX event_by_actor ON event (org_id, actor, version);
CREATE INDEX event_by_type ON event (org_id, type, version);
CREATE INDEX event_by_target ON event (org_id, target, version);
CREATE INDEX event_by_time ON event (org_id, effective_at, version);

-- The log only grows. An erasure may take the data and the salt of an event, and nothing else of it.
CREATE TRIGGER event_is_kept BEFORE DELETE ON event BEGIN
  SELECT RAISE(ABORT, 'latchkey:event_is_permanent');
END;

-- What is proven by the leaf never changes; data and salt can only go, both at once.
CREATE TRIGGER event_is_fixed BEFORE UPDATE ON event
WHEN NOT (NEW.data IS NULL AND NEW.salt IS NULL AND NEW.org_id IS OLD.org_id AND NEW.version IS OLD.version AND NEW.id IS OLD.id
  AND NEW.command_id IS OLD.command_id AND NEW.type IS OLD.type AND NEW.at IS OLD.at AND NEW.effective_at IS OLD.effective_at
  AND NEW.actor IS OLD.actor AND NEW.target IS OLD.target AND NEW.data_hash IS OLD.data_hash AND NEW.leaf IS OLD.leaf)
BEGIN
  SELECT RAISE(ABORT, 'latchkey:event_is_permanent');
END;

-- The only way in. A view, so that the events travel in the inserted row without being stored twice, and personal data
-- lives in one place.
--   events:  JSON list of {id, type, at, actor, target, data, salt, data_hash, leaf}, in order
--   account: JSON {user: {id, email, email_key, display_name, words} | null, session: {id, token_hash, user_id, expires_at} | null,
--            display_name: {user_id, name, words} | null} or NULL: what the request changes outside the organization
--   policy:  JSON {hash, document} or NULL: a document that the events name
CREATE VIEW append AS
  SELECT NULL AS id, NULL AS org_id, NULL AS principal, NULL AS idempotency_key, NULL AS request_hash, NULL AS kind, NULL AS at,
         NULL AS premises, NULL AS outcomes, NULL AS reply, NULL AS first_version, NULL AS events, NULL AS account, NULL AS policy
  WHERE 0;

-- One trigger does all of it, because SQLite does not promise an order between several.
CREATE TRIGGER append_insert INSTEAD OF INSERT ON append BEGIN
  INSERT INTO command (id, org_id, principal, idempotency_key, request_hash, kind, at, premises, outcomes, reply, first_version, event_count)
    VALUES (NEW.id, NEW.org_id, NEW.principal, NEW.idempotency_key, NEW.request_hash, NEW.kind, NEW.at, NEW.premises, NEW.outcomes,
            NEW.reply, NEW.first_version, json_array_length(NEW.events));

  INSERT INTO policy (hash, document)
    SELECT NEW.policy ->> '$.hash', NEW.policy ->> '$.document'
    WHERE NEW.policy IS NOT NULL AND NOT EXISTS (SELECT 1 FROM policy p WHERE p.hash = NEW.policy ->> '$.hash');

  INSERT INTO user (id, email, email_key, display_name, words, created_at)
    SELECT NEW.account ->> '$.user.id', NEW.account ->> '$.user.email', NEW.account ->> '$.user.email_key',
           NEW.account ->> '$.user.display_name', NEW.account -> '$.user.words', NEW.at
    WHERE NEW.account ->> '$.user.id' IS NOT NULL;

  INSERT INTO session (token_hash, id, user_id, created_at, expires_at)
    SELECT NEW.account ->> '$.session.token_hash', NEW.account ->> '$.session.id', NEW.account ->> '$.session.user_id', NEW.at,
           NEW.account ->> '$.session.expires_at'
    WHERE NEW.account ->> '$.session.id' IS NOT NULL;

  UPDATE user SET display_name = NEW.account ->> '$.display_name.name', words = NEW.account -> '$.display_name.words'
    WHERE id = NEW.account ->> '$.display_name.user_id';

  INSERT INTO event (org_id, version, id, command_id, type, at, effective_at, actor, target, data, salt, data_hash, leaf)
    SELECT NEW.org_id, NEW.first_version + e.key, e.value ->> '$.id', NEW.id, e.value ->> '$.type', e.value ->> '$.at',
           max(e.value ->> '$.at', coalesce((SELECT o.effective_at FROM org o WHERE o.id = NEW.org_id), 0)),
           e.value ->> '$.actor', e.value ->> '$.target', e.value ->> '$.data', e.value ->> '$.salt', e.value ->> '$.data_hash',
           e.value ->> '$.leaf'
    FROM json_each(NEW.events) e
    ORDER BY e.key;
END;
