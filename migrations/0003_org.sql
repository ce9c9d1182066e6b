-- An organization as its log says it is now. Only the triggers below write it.
CREATE TABLE org (
  id                TEXT PRIMARY KEY,
  name              TEXT NOT NULL,
  policy            TEXT NOT NULL,               -- the preset's name
  policy_hash       TEXT NOT NULL,               -- a kept document: the fold looks, a foreign key would walk along this table
  top_role          TEXT NOT NULL,               -- the policy's first role, of which a holder must remain
  plan              TEXT NOT NULL,
  status            TEXT NOT NULL CHECK (status IN ('active', 'deleted')),
  rev               INTEGER NOT NULL,            -- grows with each change of the settings above: a premise
  version           INTEGER NOT NULL,            -- of its newest event
  effective_at      INTEGER NOT NULL,            -- of its newest event
  created_at        INTEGER NOT NULL,
  deleted_at        INTEGER,
  -- Counters kept by the fold, so that no request counts rows.
  member_count      INTEGER NOT NULL DEFAULT 0 CHECK (member_count >= 0),
  pending_count     INTEGER NOT NULL DEFAULT 0 CHECK (pending_count >= 0),
  top_member_count  INTEGER NOT NULL DEFAULT 0 CHECK (top_member_count >= 0),
  top_pending_count INTEGER NOT NULL DEFAULT 0 CHECK (top_pending_count >= 0)
) STRICT, WITHOUT ROWID;

-- A log begins with its organization, whose rules must be among the documents that are kept.
CREATE TRIGGER fold_org_created AFTER INSERT ON event WHEN NEW.type = 'org.created' BEGIN
  SELECT RAISE(ABORT, 'latchkey:no_such_policy') WHERE NOT EXISTS (SELECT 1 FROM policy WHERE hash = NEW.data ->> '$.policy_hash');
  INSERT INTO org (id, name, policy, policy_hash, top_role, plan, status, rev, version, effective_at, created_at)
    VALUES (NEW.org_id, NEW.data ->> '$.name', NEW.data ->> '$.policy', NEW.data ->> '$.policy_hash', NEW.data ->> '$.top_role',
            NEW.data ->> '$.plan', 'active', 1, NEW.version, NEW.effective_at, NEW.effective_at);
END;

-- Every other event moves the version on, before any other trigger sees it; the check makes a gap impossible rather than
-- unlikely, and keeps a deleted organization closed.
CREATE TRIGGER fold_version BEFORE INSERT ON event WHEN NEW.type <> 'org.created' BEGIN
  SELECT RAISE(ABORT, 'latchkey:version_gap')
    WHERE NOT EXISTS (SELECT 1 FROM org WHERE id = NEW.org_id AND version = NEW.version - 1 AND status = 'active');
  UPDATE org SET version = NEW.version, effective_at = NEW.effective_at WHERE id = NEW.org_id;
END;

-- A setting like any other: whoever decided on the old name decides again.
CREATE TRIGGER fold_org_renamed AFTER INSERT ON event WHEN NEW.type = 'org.renamed' BEGIN
  UPDATE org SET name = NEW.data ->> '$.name', rev = rev + 1 WHERE id = NEW.org_id;
END;
