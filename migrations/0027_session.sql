-- Sessions as people see them: when each was last used, and from where.

ALTER TABLE session ADD COLUMN seen_at INTEGER;                   -- NULL: not since it began, or only shortly after
ALTER TABLE session ADD COLUMN ip TEXT;                           -- of that use
ALTER TABLE session ADD COLUMN user_agent TEXT;

-- A person's open sessions, in the order in which they began.
CREATE INDEX session_open ON session (user_id, id) WHERE ended_at IS NULL;

-- How long ago a person may have signed in who changes something dangerous here, in seconds. NULL: as long as their session lasts.
ALTER TABLE org ADD COLUMN reauth_after_s INTEGER CHECK (reauth_after_s > 0);

-- A setting like the others of the same event, whose own fold raises the revision. NULL in the event is something else than not being
-- named there.
CREATE TRIGGER fold_org_reauth_changed AFTER INSERT ON event
WHEN NEW.type = 'org.settings_changed' AND json_type(NEW.data, '$.reauth_after_s') IS NOT NULL BEGIN
  UPDATE org SET reauth_after_s = NEW.data ->> '$.reauth_after_s' WHERE id = NEW.org_id;
END;
