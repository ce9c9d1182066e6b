-- An address asked to join. The mailed token is derived from the deployment key `key_id`, this id and `generation`, and
-- checked by deriving it again: nothing here opens anything.
CREATE TABLE invitation (
  id              TEXT PRIMARY KEY,
  org_id          TEXT NOT NULL REFERENCES org (id),
  email           TEXT NOT NULL,                 -- as typed
  email_key       TEXT NOT NULL,                 -- as compared
  role            TEXT NOT NULL,
  status          TEXT NOT NULL CHECK (status IN ('pending', 'accepted', 'declined', 'cancelled', 'expired')),
  generation      INTEGER NOT NULL,              -- raised by each resend: older tokens die
  key_id          TEXT NOT NULL,
  invited_by      TEXT NOT NULL,                 -- the member who asked
  invited_version INTEGER NOT NULL,              -- the place in the lists
  invited_at      INTEGER NOT NULL,
  sent_at         INTEGER NOT NULL,
  expires_at      INTEGER NOT NULL,
  ended_at        INTEGER,
  member_id       TEXT,                          -- the membership it became
  rev             INTEGER NOT NULL               -- grows with each change of this row: a premise
) STRICT, WITHOUT ROWID;

-- One open invitation per address and organization, whatever races.
CREATE UNIQUE INDEX invitation_open ON invitation (org_id, email_key) WHERE status = 'pending';
CREATE INDEX invitation_history ON invitation (org_id, invited_version);
CREATE INDEX invitation_by_status ON invitation (org_id, status, invited_version);
CREATE INDEX invitation_by_address ON invitation (email_key, id) WHERE status = 'pending';
CREATE INDEX invitation_due ON invitation (expires_at) WHERE status = 'pending';

-- An invitation counts from its first moment, against the limits as in the member list.
CREATE TRIGGER fold_invitation_created AFTER INSERT ON event WHEN NEW.type = 'invitation.created' BEGIN
  INSERT INTO invitation (id, org_id, email, email_key, role, status, generation, key_id, invited_by, invited_version, invited_at,
                          sent_at, expires_at, rev)
    VALUES (NEW.target, NEW.org_id, NEW.data ->> '$.email', NEW.data ->> '$.email_key', NEW.data ->> '$.role', 'pending',
            NEW.data ->> '$.generation', NEW.data ->> '$.key_id', NEW.data ->> '$.invited_by', NEW.version, NEW.effective_at,
            NEW.effective_at, NEW.data ->> '$.expires_at', 1);
  UPDATE org SET pending_count = pending_count + 1, top_pending_count = top_pending_count + (top_role = NEW.data ->> '$.role')
    WHERE id = NEW.org_id;
  INSERT INTO roster_word (org_id, word, entry_id)
    VALUES (NEW.org_id, NEW.data ->> '$.email_key', NEW.target),
           (NEW.org_id, substr(NEW.data ->> '$.email_key', instr(NEW.data ->> '$.email_key', '@') + 1), NEW.target);
END;

-- A resend counts as a new life: a new token, a new expiry, the old token dead.
CREATE TRIGGER fold_invitation_resent AFTER INSERT ON event WHEN NEW.type = 'invitation.resent' BEGIN
  SELECT RAISE(ABORT, 'latchkey:not_pending')
    WHERE NOT EXISTS (SELECT 1 FROM invitation WHERE id = NEW.target AND org_id = NEW.org_id AND status = 'pending');
  SELECT RAISE(ABORT, 'latchkey:generation_not_raised')
    WHERE EXISTS (SELECT 1 FROM invitation WHERE id = NEW.target AND generation >= NEW.data ->> '$.generation');
  UPDATE invitation SET generation = NEW.data ->> '$.generation', key_id = NEW.data ->> '$.key_id', sent_at = NEW.effective_at,
                        expires_at = NEW.data ->> '$.expires_at', rev = rev + 1
    WHERE id = NEW.target;
END;

-- Every way an invitation can end: exactly one of them happens, because each needs it pending.
CREATE TRIGGER fold_invitation_ended AFTER INSERT ON event
WHEN NEW.type IN ('invitation.accepted', 'invitation.declined', 'invitation.cancelled', 'invitation.expired') BEGIN
  SELECT RAISE(ABORT, 'latchkey:not_pending')
    WHERE NOT EXISTS (SELECT 1 FROM invitation WHERE id = NEW.target AND org_id = NEW.org_id AND status = 'pending');
  UPDATE org SET pending_count = pending_count - 1,
                 top_pending_count = top_pending_count - (top_role = (SELECT role FROM invitation WHERE id = NEW.target))
    WHERE id = NEW.org_id;
  UPDATE invitation SET status = substr(NEW.type, 12), ended_at = NEW.effective_at, member_id = NEW.data ->> '$.member', rev = rev + 1
    WHERE id = NEW.target;
  DELETE FROM roster_word WHERE entry_id = NEW.target;
END;

-- Deleting an organization ends its memberships and its open invitations with it; the log stays.
CREATE TRIGGER fold_org_deleted AFTER INSERT ON event WHEN NEW.type = 'org.deleted' BEGIN
  UPDATE member SET status = 'removed', ended_at = NEW.effective_at, rev = rev + 1 WHERE org_id = NEW.org_id AND status = 'active';
  UPDATE invitation SET status = 'cancelled', ended_at = NEW.effective_at, rev = rev + 1
    WHERE org_id = NEW.org_id AND status = 'pending';
  DELETE FROM roster_word WHERE org_id = NEW.org_id;
  UPDATE org SET status = 'deleted', deleted_at = NEW.effective_at, rev = rev + 1, member_count = 0, pending_count = 0,
                 top_member_count = 0, top_pending_count = 0
    WHERE id = NEW.org_id;
END;
