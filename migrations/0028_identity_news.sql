-- What identity providers tell of their users, by events that come in.

-- A user of an identity provider, as the newest event has them. News raises `rev` and makes the row due; it is put aside once the
-- account is in keeping with it, or parked when a person has to help. What is parked stays due, for what is in its way may go.
CREATE TABLE identity_news (
  key        TEXT PRIMARY KEY,                   -- as identity.key
  issuer     TEXT NOT NULL,
  subject    TEXT,                               -- NULL once the user is deleted, and the account with them
  at         INTEGER NOT NULL,                   -- of that event, by the sender's clock
  rank       INTEGER NOT NULL,                   -- within one moment: 0 a beginning, 1 a change, 2 an end
  is_deleted INTEGER NOT NULL CHECK (is_deleted IN (0, 1)),
  ended_at   INTEGER,                            -- the newest end, by the sender's clock: what was issued until then opens nothing
  left_at    INTEGER,                            -- since when the account is gone from here: only a beginning after it makes another
  said       TEXT CHECK (said IS NULL OR json_valid(said)),
                                                 -- {email, email_key, is_verified, names, name}; NULL for an end, and once put aside
  rev        INTEGER NOT NULL,                   -- a premise of whatever is decided about them
  due_at     INTEGER,                            -- NULL: put aside
  parked     TEXT,                               -- why a person has to look at it
  parked_at  INTEGER
) STRICT, WITHOUT ROWID;

CREATE INDEX identity_news_due ON identity_news (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX identity_news_parked ON identity_news (parked_at, key) WHERE parked IS NOT NULL;

-- News on its way in. The inserting statement says whether it is newer than what is known of the user.
CREATE VIEW identity_told AS
  SELECT NULL AS event, NULL AS said_hash, NULL AS received_at, NULL AS key, NULL AS issuer, NULL AS subject, NULL AS at, NULL AS rank,
         NULL AS is_deleted, NULL AS said, NULL AS is_newer
  WHERE 0;

-- All of it or nothing; an event that came before breaks the key of hook_event. Whoever is deleted is signed out by the same
-- statement, whatever comes of their memberships. A change told after an end whose account is gone brings nobody back.
CREATE TRIGGER identity_told_insert INSTEAD OF INSERT ON identity_told BEGIN
  INSERT INTO hook_event (sender, id, said_hash, received_at) VALUES ('identity', NEW.event, NEW.said_hash, NEW.received_at);
  UPDATE identity_news SET left_at = ended_at
    WHERE key = NEW.key AND is_deleted = 1 AND NEW.is_newer = 1
      AND NOT EXISTS (SELECT 1 FROM identity i JOIN user u ON u.id = i.user_id WHERE i.key = NEW.key AND u.deleted_at IS NULL);
  INSERT INTO identity_news (key, issuer, subject, at, rank, is_deleted, ended_at, left_at, said, rev, due_at)
    SELECT NEW.key, NEW.issuer, NEW.subject, NEW.at, NEW.rank, NEW.is_deleted, iif(NEW.is_deleted = 1, NEW.at, NULL),
           (SELECT i.ended_at FROM identity i WHERE i.key = NEW.key AND (NEW.rank > 0 OR i.ended_at >= NEW.at)),
           NEW.said, 1, NEW.received_at
    WHERE NEW.is_newer = 1
    ON CONFLICT (key) DO UPDATE SET
      subject = excluded.subject, at = excluded.at, rank = excluded.rank, is_deleted = excluded.is_deleted,
      ended_at = coalesce(excluded.ended_at, ended_at), left_at = CASE WHEN excluded.rank > 0 OR left_at >= excluded.at THEN left_at END,
      said = excluded.said, rev = rev + 1, due_at = excluded.due_at;
  UPDATE session SET ended_at = NEW.received_at
    WHERE ended_at IS NULL AND NEW.is_newer = 1 AND NEW.is_deleted = 1
      AND user_id = (SELECT i.user_id FROM identity i WHERE i.key = NEW.key);
END;

-- Whoever deletes their account takes their name with them, as in identity.
CREATE TRIGGER identity_news_of_a_deleted_account AFTER UPDATE OF deleted_at ON user
WHEN NEW.deleted_at IS NOT NULL AND OLD.deleted_at IS NULL BEGIN
  UPDATE identity_news SET subject = NULL, said = NULL, left_at = NEW.deleted_at, rev = rev + 1
    WHERE is_deleted = 0 AND key IN (SELECT i.key FROM identity i WHERE i.user_id = NEW.id);
END;

-- Addresses were for good until now. Whoever decides by one says which it was.
ALTER TABLE user ADD COLUMN address_rev INTEGER NOT NULL DEFAULT 0;

-- What was mailed to the former address is theirs still, and goes with their account; what is yet to be mailed goes to the new one.
CREATE TRIGGER user_has_another_address AFTER UPDATE OF email_key ON user
WHEN NEW.email_key <> OLD.email_key AND NEW.deleted_at IS NULL BEGIN
  UPDATE user SET address_rev = address_rev + 1 WHERE id = NEW.id;
  UPDATE outbox SET recipient = NEW.email, recipient_key = NEW.email_key
    WHERE recipient_key = OLD.email_key AND kind NOT IN ('invitation', 'sign_in_code');
END;

-- An account in keeping with what was told. The inserting statement judges on the database's own facts what is done (`outcome`):
--   made     a new account with the address, which the issuer has verified
--   linked   the account that has the address is the identity's from now on, and keeps its name
--   changed  the identity's account has another address or name
CREATE VIEW identity_account AS
  SELECT NULL AS outcome, NULL AS key, NULL AS issuer, NULL AS subject, NULL AS user_id, NULL AS email, NULL AS email_key,
         NULL AS display_name, NULL AS words, NULL AS sort_name, NULL AS is_proved, NULL AS at
  WHERE 0;

-- Account, identity and what is proved of the address are one. Whoever decides about the user looks again.
CREATE TRIGGER identity_account_insert INSTEAD OF INSERT ON identity_account BEGIN
  INSERT INTO user (id, email, email_key, display_name, words, created_at, sort_name)
    SELECT NEW.user_id, NEW.email, NEW.email_key, NEW.display_name, NEW.words, NEW.at, NEW.sort_name WHERE NEW.outcome = 'made';
  -- Another address is proved by nothing until the next statement says that it is.
  UPDATE user SET email = NEW.email, email_key = NEW.email_key, display_name = NEW.display_name, words = NEW.words, sort_name = NEW.sort_name
    WHERE id = NEW.user_id AND NEW.outcome = 'changed';
  UPDATE user SET email_proved_at = NEW.at
    WHERE id = NEW.user_id AND email_key = NEW.email_key AND email_proved_at IS NULL AND NEW.is_proved = 1;
  INSERT INTO identity (key, issuer, subject, user_id, created_at, last_used_at)
    SELECT NEW.key, NEW.issuer, NEW.subject, NEW.user_id, NEW.at, NEW.at
    WHERE NEW.outcome <> 'changed' AND NOT EXISTS (SELECT 1 FROM identity i WHERE i.key = NEW.key);
  UPDATE identity SET user_id = NEW.user_id, subject = NEW.subject WHERE key = NEW.key AND NEW.outcome <> 'changed';
  UPDATE identity_news SET rev = rev + 1 WHERE key = NEW.key;
END;
