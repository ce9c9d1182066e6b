-- OAuth clients: machines that fetch short-lived tokens for the host product's own APIs (RFC 6749, 4.4). A client is nobody's: it
-- may do what was chosen when it was made, as far as the role of whoever made it has it under the rules of today.
CREATE TABLE oauth_client (
  id              TEXT PRIMARY KEY,
  org_id          TEXT NOT NULL REFERENCES org (id),
  name            TEXT NOT NULL,
  status          TEXT NOT NULL CHECK (status IN ('active', 'revoked')),
  scopes          TEXT NOT NULL CHECK (json_valid(scopes)), -- a JSON list of permissions
  role            TEXT NOT NULL,                 -- of whoever made it, then
  generation      INTEGER NOT NULL,
  key_id          TEXT NOT NULL,                 -- the deployment key from which its newest secret is derived
  created_by      TEXT NOT NULL,                 -- a membership
  created_version INTEGER NOT NULL,              -- the place in the list
  created_at      INTEGER NOT NULL,
  ended_at        INTEGER,
  rev             INTEGER NOT NULL               -- a premise
) STRICT, WITHOUT ROWID;

CREATE INDEX oauth_client_history ON oauth_client (org_id, created_version);
CREATE INDEX oauth_client_by_status ON oauth_client (org_id, status, created_version);

-- The secrets of a client, each found by its hash: the newest, and those before it for as long as a rotation lets them overlap.
CREATE TABLE oauth_client_secret (
  id          TEXT PRIMARY KEY,                  -- lower-case hex of SHA-256 of the secret
  org_id      TEXT NOT NULL,
  client_id   TEXT NOT NULL,
  generation  INTEGER NOT NULL,
  valid_until INTEGER                            -- NULL: as long as the client
) STRICT, WITHOUT ROWID;

CREATE INDEX oauth_client_secret_by_client ON oauth_client_secret (client_id);

-- A hundred are more than an organization needs. They are few, so they are counted when one more comes.
CREATE TRIGGER fold_oauth_client_created AFTER INSERT ON event WHEN NEW.type = 'oauth_client.created' BEGIN
  INSERT INTO oauth_client (id, org_id, name, status, scopes, role, generation, key_id, created_by, created_version, created_at, rev)
    VALUES (NEW.target, NEW.org_id, NEW.data ->> '$.name', 'active', NEW.data -> '$.scopes', NEW.data ->> '$.role',
            NEW.data ->> '$.generation', NEW.data ->> '$.key_id', NEW.data ->> '$.created_by', NEW.version, NEW.effective_at, 1);
  INSERT INTO oauth_client_secret (id, org_id, client_id, generation)
    VALUES (NEW.data ->> '$.token_hash', NEW.org_id, NEW.target, NEW.data ->> '$.generation');
  SELECT RAISE(ABORT, 'latchkey:too_many_clients')
    WHERE (SELECT count(*) FROM oauth_client WHERE org_id = NEW.org_id AND status = 'active') > 100;
END;

-- What happens to a client happens while it is active.
CREATE TRIGGER oauth_client_is_active AFTER INSERT ON event WHEN NEW.type IN ('oauth_client.renamed', 'oauth_client.rotated') BEGIN
  SELECT RAISE(ABORT, 'latchkey:client_not_active')
    WHERE NOT EXISTS (SELECT 1 FROM oauth_client WHERE id = NEW.target AND org_id = NEW.org_id AND status = 'active');
END;

-- Another name.
CREATE TRIGGER fold_oauth_client_renamed AFTER INSERT ON event WHEN NEW.type = 'oauth_client.renamed' BEGIN
  UPDATE oauth_client SET name = NEW.data ->> '$.name', rev = rev + 1 WHERE id = NEW.target;
END;

-- A new secret. Every older one ends with the overlap, if it does not end before.
CREATE TRIGGER fold_oauth_client_rotated AFTER INSERT ON event WHEN NEW.type = 'oauth_client.rotated' BEGIN
  SELECT RAISE(ABORT, 'latchkey:generation_not_raised')
    WHERE EXISTS (SELECT 1 FROM oauth_client WHERE id = NEW.target AND generation >= NEW.data ->> '$.generation');
  UPDATE oauth_client_secret SET valid_until = min(coalesce(valid_until, NEW.data ->> '$.old_until'), NEW.data ->> '$.old_until')
    WHERE client_id = NEW.target;
  INSERT INTO oauth_client_secret (id, org_id, client_id, generation)
    VALUES (NEW.data ->> '$.token_hash', NEW.org_id, NEW.target, NEW.data ->> '$.generation');
  UPDATE oauth_client SET generation = NEW.data ->> '$.generation', key_id = NEW.data ->> '$.key_id', rev = rev + 1
    WHERE id = NEW.target;
END;

-- No more tokens, once and for all.
CREATE TRIGGER fold_oauth_client_revoked AFTER INSERT ON event WHEN NEW.type = 'oauth_client.revoked' BEGIN
  SELECT RAISE(ABORT, 'latchkey:client_not_active')
    WHERE NOT EXISTS (SELECT 1 FROM oauth_client WHERE id = NEW.target AND org_id = NEW.org_id AND status = 'active');
  UPDATE oauth_client SET status = 'revoked', ended_at = NEW.effective_at, rev = rev + 1 WHERE id = NEW.target;
END;

-- An organization's clients go with it.
CREATE TRIGGER oauth_clients_of_org_deleted AFTER INSERT ON event WHEN NEW.type = 'org.deleted' BEGIN
  UPDATE oauth_client SET status = 'revoked', ended_at = NEW.effective_at, rev = rev + 1 WHERE org_id = NEW.org_id AND status = 'active';
END;
