-- What makes the log verifiable: the complete subtrees of each organization's Merkle tree (RFC 9162), and the signed
-- checkpoints that were made of it. Neither is folded from the log: they follow it, made by `dispatch` or when somebody asks.

-- A complete subtree of 2^level events, the `position`th of its level from the left. Level 0 is `event.leaf`. From these
-- follow the root at every size and every proof, in as many steps as the size has binary digits.
CREATE TABLE log_node (
  org_id   TEXT NOT NULL,
  level    INTEGER NOT NULL CHECK (level > 0),
  position INTEGER NOT NULL CHECK (position >= 0),
  hash     TEXT NOT NULL CHECK (length(hash) = 64), -- hex
  PRIMARY KEY (org_id, level, position)
) STRICT, WITHOUT ROWID;

-- A signed statement of what the log was when it had `size` events. Kept for good: each has been given away.
CREATE TABLE checkpoint (
  org_id TEXT NOT NULL,
  size   INTEGER NOT NULL CHECK (size > 0),
  root   TEXT NOT NULL CHECK (length(root) = 64),   -- hex
  at     INTEGER NOT NULL,
  key_id TEXT NOT NULL,                             -- the deployment key from which the signing key is derived
  note   TEXT NOT NULL,                             -- C2SP signed note
  PRIMARY KEY (org_id, size)
) STRICT, WITHOUT ROWID;

-- Organizations whose log has grown since their newest checkpoint, so that nobody has to look for them.
CREATE TABLE checkpoint_due (
  org_id TEXT PRIMARY KEY,
  since  INTEGER NOT NULL                           -- the earliest time of an event that no checkpoint covers yet
) STRICT, WITHOUT ROWID;

CREATE INDEX checkpoint_due_since ON checkpoint_due (since);

INSERT INTO checkpoint_due (org_id, since) SELECT o.id, o.effective_at FROM org o;

-- A machine whose clock is ahead delays nothing: the earliest time counts.
CREATE TRIGGER checkpoint_due_event AFTER INSERT ON event BEGIN
  INSERT INTO checkpoint_due (org_id, since) VALUES (NEW.org_id, NEW.at)
    ON CONFLICT (org_id) DO UPDATE SET since = excluded.since WHERE excluded.since < since;
END;

-- The only way in: a checkpoint with the subtrees that the events since the one before complete, all or nothing.
--   nodes: JSON list of [level, position, hash]
CREATE VIEW checkpoint_append AS
  SELECT NULL AS org_id, NULL AS size, NULL AS root, NULL AS at, NULL AS key_id, NULL AS note, NULL AS nodes WHERE 0;

-- An organization is due no longer once its checkpoint covers all of its log.
CREATE TRIGGER checkpoint_append_insert INSTEAD OF INSERT ON checkpoint_append BEGIN
  INSERT INTO checkpoint (org_id, size, root, at, key_id, note)
    VALUES (NEW.org_id, NEW.size, NEW.root, NEW.at, NEW.key_id, NEW.note);
  INSERT INTO log_node (org_id, level, position, hash)
    SELECT NEW.org_id, n.value ->> 0, n.value ->> 1, n.value ->> 2 FROM json_each(NEW.nodes) n;
  DELETE FROM checkpoint_due
    WHERE org_id = NEW.org_id
      AND NOT EXISTS (SELECT 1 FROM event e WHERE e.org_id = NEW.org_id AND e.version > NEW.size);
END;

-- What was given away cannot be taken back.
CREATE TRIGGER checkpoint_is_kept BEFORE DELETE ON checkpoint BEGIN
  SELECT RAISE(ABORT, 'latchkey:checkpoint_is_permanent');
END;

-- Nor can it be made to say something else.
CREATE TRIGGER checkpoint_is_fixed BEFORE UPDATE ON checkpoint BEGIN
  SELECT RAISE(ABORT, 'latchkey:checkpoint_is_permanent');
END;

-- A complete subtree stays what it is.
CREATE TRIGGER log_node_is_kept BEFORE DELETE ON log_node BEGIN
  SELECT RAISE(ABORT, 'latchkey:log_node_is_permanent');
END;

-- A complete subtree stays what it is.
CREATE TRIGGER log_node_is_fixed BEFORE UPDATE ON log_node BEGIN
  SELECT RAISE(ABORT, 'latchkey:log_node_is_permanent');
END;
