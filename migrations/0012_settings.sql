-- Settings of an organization: whether it sends e-mails at all, and the role of those who join by themselves.

ALTER TABLE org ADD COLUMN email_notifications INTEGER NOT NULL DEFAULT 1 CHECK (email_notifications IN (0, 1));
ALTER TABLE org ADD COLUMN auto_join_role TEXT;                   -- NULL: what the policy says

-- Only what the event names changes.
CREATE TRIGGER fold_org_settings_changed AFTER INSERT ON event WHEN NEW.type = 'org.settings_changed' BEGIN
  UPDATE org SET email_notifications = coalesce(NEW.data ->> '$.email_notifications', email_notifications),
                 auto_join_role = coalesce(NEW.data ->> '$.auto_join_role', auto_join_role), rev = rev + 1
    WHERE id = NEW.org_id;
END;

DROP TRIGGER outbox_invitation;
-- An organization that sends no e-mails has its invitations wait where the invited sign in.
CREATE TRIGGER outbox_invitation AFTER INSERT ON event WHEN NEW.type = 'invitation.created' BEGIN
  INSERT INTO outbox (id, org_id, kind, subject_id, generation, recipient, recipient_key, next_at, created_at)
    SELECT 'invitation:' || NEW.target || ':1', NEW.org_id, 'invitation', NEW.target, 1, NEW.data ->> '$.email',
           NEW.data ->> '$.email_key', NEW.at, NEW.at
    FROM org o WHERE o.id = NEW.org_id AND o.email_notifications = 1;
END;

DROP TRIGGER outbox_invitation_resent;
-- A resend is a mail like the first one.
CREATE TRIGGER outbox_invitation_resent AFTER INSERT ON event WHEN NEW.type = 'invitation.resent' BEGIN
  INSERT INTO outbox (id, org_id, kind, subject_id, generation, recipient, recipient_key, next_at, created_at)
    SELECT 'invitation:' || NEW.target || ':' || (NEW.data ->> '$.generation'), NEW.org_id, 'invitation', NEW.target,
           NEW.data ->> '$.generation', i.email, i.email_key, NEW.at, NEW.at
    FROM invitation i JOIN org o ON o.id = i.org_id WHERE i.id = NEW.target AND o.email_notifications = 1;
END;
