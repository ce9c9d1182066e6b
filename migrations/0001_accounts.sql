-- Accounts belong to no organization: plain tables, each changed by single statements.
--
-- Times everywhere are milliseconds since 1970 UTC. Tables are STRICT, and WITHOUT ROWID where the primary key is how a
-- row is found, which saves the second B-tree of a text key.

-- A person. The name and the address live here and nowhere else but in the data of events, so that a rename is one row
-- and an erasure finds everything (docs/decisions/0005).
CREATE TABLE user (
  id           TEXT PRIMARY KEY,
  email        TEXT NOT NULL,                    -- as typed
  email_key    TEXT NOT NULL UNIQUE,             -- as compared: lower case, domain as A-labels
  display_name TEXT,
  words        TEXT NOT NULL CHECK (json_valid(words)), -- what a search may find: a JSON list of folded words
  created_at   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- A one-time code on its way to an address. The code itself is derived from the deployment key `key_id` and the row's
-- id, so that nothing in the database can be used to sign in. Every try is counted before it is compared.
CREATE TABLE sign_in_code (
  id         TEXT PRIMARY KEY,
  email      TEXT NOT NULL,
  email_key  TEXT NOT NULL,
  client     TEXT NOT NULL,                      -- keyed hash of the network that asked, so that it is limited alone
  key_id     TEXT NOT NULL,
  tries      INTEGER NOT NULL DEFAULT 0,
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  used_at    INTEGER
) STRICT, WITHOUT ROWID;

-- Counts the recent codes of an address, for its rate limit.
CREATE INDEX sign_in_code_by_address ON sign_in_code (email_key, created_at);
-- Lets housekeeping find what may be deleted.
CREATE INDEX sign_in_code_by_expiry ON sign_in_code (expires_at);

-- A signed-in client, found by the hash of its token. `code_id` is unique, so that one code opens one session however
-- many requests present it at once.
CREATE TABLE session (
  token_hash TEXT PRIMARY KEY,                   -- lower-case hex of SHA-256
  id         TEXT NOT NULL UNIQUE,
  user_id    TEXT NOT NULL REFERENCES user (id),
  code_id    TEXT UNIQUE,
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  ended_at   INTEGER
) STRICT, WITHOUT ROWID;

CREATE INDEX session_by_user ON session (user_id);
CREATE INDEX session_by_expiry ON session (expires_at);

-- A verified code. Inserting one row here is the sign-in: the trigger makes the account on first use, spends the code
-- and opens the session, all in the statement that inserts. `me` is for the statement's RETURNING only.
CREATE VIEW sign_in AS
  SELECT NULL AS code_id, NULL AS user_id, NULL AS words, NULL AS session_id, NULL AS token_hash, NULL AS at, NULL AS expires_at,
         NULL AS me
  WHERE 0;

-- Account, spent code and session are one: none of them comes without the others.
CREATE TRIGGER sign_in_insert INSTEAD OF INSERT ON sign_in BEGIN
  INSERT INTO user (id, email, email_key, display_name, words, created_at)
    SELECT NEW.user_id, c.email, c.email_key, NULL, NEW.words, NEW.at
    FROM sign_in_code c
    WHERE c.id = NEW.code_id AND NOT EXISTS (SELECT 1 FROM user u WHERE u.email_key = c.email_key);
  UPDATE sign_in_code SET used_at = NEW.at WHERE id = NEW.code_id;
  INSERT INTO session (token_hash, id, user_id, code_id, created_at, expires_at)
    SELECT NEW.token_hash, NEW.session_id, u.id, NEW.code_id, NEW.at, NEW.expires_at
    FROM sign_in_code c JOIN user u ON u.email_key = c.email_key
    WHERE c.id = NEW.code_id;
END;
