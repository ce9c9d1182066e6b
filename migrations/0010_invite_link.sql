-- A link that lets in whoever has it, without an address. Its token is derived from the deployment key `key_id` and this
-- id: nothing here opens anything.
CREATE TABLE invite_link (
  id              TEXT PRIMARY KEY,
  org_id          TEXT NOT NULL REFERENCES org (id),
  role            TEXT NOT NULL,
  status          TEXT NOT NULL CHECK (status IN ('active', 'revoked', 'expired')),
  created_by      TEXT NOT NULL,                 -- the member who made it, whose right is looked at again at each use
  created_version INTEGER NOT NULL,              -- the place in the list
  created_at      INTEGER NOT NULL,
  key_id          TEXT NOT NULL,
  expires_at      INTEGER NOT NULL,
  ended_at        INTEGER,
  uses            INTEGER NOT NULL DEFAULT 0,
  uses_max        INTEGER,                       -- NULL: any number
  domains         TEXT NOT NULL CHECK (json_valid(domains)), -- of addresses that may join, as A-labels; empty: any
  rev             INTEGER NOT NULL,              -- a premise; a use does not raise it, so that many may join at once
  CHECK (uses_max IS NULL OR uses <= uses_max)
) STRICT, WITHOUT ROWID;

-- The link by which a member came.
ALTER TABLE member ADD COLUMN link_id TEXT;

CREATE INDEX invite_link_history ON invite_link (org_id, created_version);
CREATE INDEX invite_link_by_status ON invite_link (org_id, status, created_version);
CREATE INDEX invite_link_due ON invite_link (expires_at) WHERE status = 'active';

-- A link uses its role up to its end.
CREATE TRIGGER fold_link_created AFTER INSERT ON event WHEN NEW.type = 'invite_link.created' BEGIN
  INSERT INTO invite_link (id, org_id, role, status, created_by, created_version, created_at, key_id, expires_at, uses_max, domains, rev)
    VALUES (NEW.target, NEW.org_id, NEW.data ->> '$.role', 'active', NEW.data ->> '$.created_by', NEW.version, NEW.effective_at,
            NEW.data ->> '$.key_id', NEW.data ->> '$.expires_at', NEW.data ->> '$.uses_max', coalesce(NEW.data -> '$.domains', '[]'), 1);
  INSERT INTO role_use (org_id, role, links) VALUES (NEW.org_id, NEW.data ->> '$.role', 1)
    ON CONFLICT (org_id, role) DO UPDATE SET links = links + 1;
END;

-- Revoked by a person or expired by time: either way once.
CREATE TRIGGER fold_link_ended AFTER INSERT ON event WHEN NEW.type IN ('invite_link.revoked', 'invite_link.expired') BEGIN
  SELECT RAISE(ABORT, 'latchkey:link_not_active')
    WHERE NOT EXISTS (SELECT 1 FROM invite_link WHERE id = NEW.target AND org_id = NEW.org_id AND status = 'active');
  UPDATE invite_link SET status = substr(NEW.type, 13), ended_at = NEW.effective_at, rev = rev + 1 WHERE id = NEW.target;
  UPDATE role_use SET links = links - 1 WHERE org_id = NEW.org_id AND role = (SELECT role FROM invite_link WHERE id = NEW.target);
END;
