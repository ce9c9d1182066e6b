-- Signing in by what others say: identity providers (OpenID Connect), and tokens of an external issuer.

-- How the session was made (`code`, `oidc`, `jwt`), and when the person last showed who they are, where that is not when it was made.
ALTER TABLE session ADD COLUMN method TEXT NOT NULL DEFAULT 'code';
ALTER TABLE session ADD COLUMN authenticated_at INTEGER;

-- A person as an issuer names them. Found by a hash over issuer and subject, which stays when the account is deleted: a token
-- that is still good must not open another one by itself. The subject itself goes with the account.
CREATE TABLE identity (
  key          TEXT PRIMARY KEY,                 -- lower-case hex of SHA-256 over issuer and subject
  issuer       TEXT NOT NULL,
  subject      TEXT,                             -- NULL once the account is deleted
  user_id      TEXT NOT NULL REFERENCES user (id),
  created_at   INTEGER NOT NULL,
  last_used_at INTEGER NOT NULL,
  ended_at     INTEGER                           -- when an account of it was deleted: what was issued until then is good for nothing
) STRICT, WITHOUT ROWID;

CREATE INDEX identity_by_user ON identity (user_id);

-- A trigger of its own, so that whatever deletes an account ends what opens it.
CREATE TRIGGER identity_of_a_deleted_account AFTER UPDATE OF deleted_at ON user
WHEN NEW.deleted_at IS NOT NULL AND OLD.deleted_at IS NULL BEGIN
  UPDATE identity SET subject = NULL, ended_at = NEW.deleted_at WHERE user_id = NEW.id;
END;

-- A sign-in that was begun at an identity provider. What comes back with it (state, nonce, PKCE verifier) is derived from the
-- deployment key `key_id` and the row's id, so that nothing in the database finishes a sign-in. Taken once, by deleting it.
CREATE TABLE oidc_state (
  id            TEXT PRIMARY KEY,
  provider      TEXT NOT NULL,
  browser_hash  TEXT NOT NULL,                   -- lower-case hex of SHA-256 over the cookie of the browser that began it
  key_id        TEXT NOT NULL,
  return_to     TEXT NOT NULL,
  invitation_id TEXT,                            -- what is accepted on the way
  created_at    INTEGER NOT NULL,
  expires_at    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX oidc_state_by_expiry ON oidc_state (expires_at);

-- Anybody can begin sign-ins, so each that is begun clears away some that nobody finished: the table does not grow.
CREATE TRIGGER oidc_state_insert AFTER INSERT ON oidc_state BEGIN
  DELETE FROM oidc_state
    WHERE id IN (SELECT o.id FROM oidc_state o WHERE o.expires_at <= NEW.created_at ORDER BY o.expires_at LIMIT 4);
END;

-- A person whom an issuer has vouched for. The inserting statement judges on the database's own facts what that opens (`outcome`):
--   known    the identity's account
--   linked   the account with the address, which the issuer has verified; from now on the identity's
--   made     a new account with that address
--   open     what it opened before: this token has its session
--   anything else opens nothing
-- Inserting one row here is the sign-in. `me` is for the statement's RETURNING only.
CREATE VIEW vouched_sign_in AS
  SELECT NULL AS outcome, NULL AS key, NULL AS issuer, NULL AS subject, NULL AS user_id, NULL AS email, NULL AS email_key,
         NULL AS display_name, NULL AS words, NULL AS sort_name, NULL AS session_id, NULL AS token_hash, NULL AS method,
         NULL AS authenticated_at, NULL AS at, NULL AS expires_at, NULL AS me
  WHERE 0;

-- Account, identity and session are one: none of them comes without the others.
CREATE TRIGGER vouched_sign_in_insert INSTEAD OF INSERT ON vouched_sign_in BEGIN
  INSERT INTO user (id, email, email_key, display_name, words, created_at, sort_name)
    SELECT NEW.user_id, NEW.email, NEW.email_key, NEW.display_name, NEW.words, NEW.at, NEW.sort_name
    WHERE NEW.outcome = 'made';
  -- The issuer has verified the address, or neither of the two would have happened.
  UPDATE user SET email_proved_at = NEW.at
    WHERE id = NEW.user_id AND email_proved_at IS NULL AND NEW.outcome IN ('linked', 'made');
  INSERT INTO identity (key, issuer, subject, user_id, created_at, last_used_at)
    SELECT NEW.key, NEW.issuer, NEW.subject, NEW.user_id, NEW.at, NEW.at
    WHERE NEW.outcome IN ('linked', 'made') AND NOT EXISTS (SELECT 1 FROM identity i WHERE i.key = NEW.key);
  UPDATE identity SET user_id = NEW.user_id, subject = NEW.subject, last_used_at = NEW.at
    WHERE key = NEW.key AND NEW.outcome IN ('known', 'linked', 'made');
  INSERT INTO session (token_hash, id, user_id, created_at, expires_at, method, authenticated_at)
    SELECT NEW.token_hash, NEW.session_id, NEW.user_id, NEW.at, NEW.expires_at, NEW.method, NEW.authenticated_at
    WHERE NEW.outcome IN ('known', 'linked', 'made');
  UPDATE user SET signed_in_at = NEW.at WHERE id = NEW.user_id AND NEW.outcome IN ('known', 'linked', 'made');
END;
