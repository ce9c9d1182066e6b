-- What has to leave the service, written with the change that causes it. It holds no secret: whoever delivers derives
-- the link or code again from the subject and its generation.
CREATE TABLE outbox (
  id         TEXT PRIMARY KEY,                   -- kind:subject:generation, so a rebuild of the log makes the same row
  org_id     TEXT,                               -- NULL for a sign-in code
  kind       TEXT NOT NULL CHECK (kind IN ('sign_in_code', 'invitation')),
  subject_id TEXT NOT NULL,
  generation INTEGER NOT NULL,
  recipient  TEXT NOT NULL,                      -- the address as typed
  recipient_key TEXT NOT NULL,                   -- the address as compared
  state      TEXT NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'sent', 'failed', 'dead')),
  attempts   INTEGER NOT NULL DEFAULT 0,
  next_at    INTEGER NOT NULL,
  last_error TEXT,
  created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX outbox_due ON outbox (next_at) WHERE state IN ('pending', 'failed');
CREATE INDEX outbox_newest ON outbox (created_at, id);
CREATE INDEX outbox_by_recipient ON outbox (recipient_key, created_at, id);

-- A code without its mail would be of no use to anybody.
CREATE TRIGGER outbox_sign_in_code AFTER INSERT ON sign_in_code BEGIN
  INSERT INTO outbox (id, kind, subject_id, generation, recipient, recipient_key, next_at, created_at)
    VALUES ('sign_in_code:' || NEW.id || ':1', 'sign_in_code', NEW.id, 1, NEW.email, NEW.email_key, NEW.created_at, NEW.created_at);
END;

-- Rows are named by what they are about, so that the log folded anew makes the same mail and not another.
CREATE TRIGGER outbox_invitation AFTER INSERT ON event WHEN NEW.type = 'invitation.created' BEGIN
  INSERT INTO outbox (id, org_id, kind, subject_id, generation, recipient, recipient_key, next_at, created_at)
    VALUES ('invitation:' || NEW.target || ':1', NEW.org_id, 'invitation', NEW.target, 1, NEW.data ->> '$.email',
            NEW.data ->> '$.email_key', NEW.at, NEW.at);
END;

-- The mail of an older generation is not worth sending any more: its token is dead.
CREATE TRIGGER outbox_invitation_resent AFTER INSERT ON event WHEN NEW.type = 'invitation.resent' BEGIN
  INSERT INTO outbox (id, org_id, kind, subject_id, generation, recipient, recipient_key, next_at, created_at)
    SELECT 'invitation:' || NEW.target || ':' || (NEW.data ->> '$.generation'), NEW.org_id, 'invitation', NEW.target,
           NEW.data ->> '$.generation', i.email, i.email_key, NEW.at, NEW.at
    FROM invitation i WHERE i.id = NEW.target;
END;

-- A code that is forgotten takes its mail with it.
CREATE TRIGGER outbox_forgets_code AFTER DELETE ON sign_in_code BEGIN
  DELETE FROM outbox WHERE id = 'sign_in_code:' || OLD.id || ':1';
END;
