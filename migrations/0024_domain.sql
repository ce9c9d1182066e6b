-- Verified domains: an organization claims a domain, proves it by a TXT record, and may let people with an address there in. And
-- whether an account has proved its own address, because nobody is let in by one that they only say is theirs.

-- A domain that an organization says is its own. What proves it is nowhere stored: it follows from the organization and the domain.
CREATE TABLE org_domain (
  id              TEXT PRIMARY KEY,
  org_id          TEXT NOT NULL REFERENCES org (id),
  domain          TEXT NOT NULL,                 -- as A-labels, in lower case
  status          TEXT NOT NULL CHECK (status IN ('pending', 'verified', 'lapsed', 'moved', 'released')),
  auto_join       TEXT NOT NULL CHECK (auto_join IN ('off', 'ask', 'automatic')), -- counts while it is verified
  created_version INTEGER NOT NULL,              -- the place in the list
  created_at      INTEGER NOT NULL,
  verified_at     INTEGER,                       -- the last time
  ended_at        INTEGER,                       -- when it was released
  rev             INTEGER NOT NULL               -- a premise
) STRICT, WITHOUT ROWID;

-- Verified by one organization at a time, whatever races. A claim without proof is in nobody's way.
CREATE UNIQUE INDEX org_domain_verified ON org_domain (domain) WHERE status = 'verified';
-- Claimed by one organization once.
CREATE UNIQUE INDEX org_domain_claim ON org_domain (org_id, domain) WHERE status <> 'released';
CREATE INDEX org_domain_history ON org_domain (org_id, created_version);
CREATE INDEX org_domain_by_status ON org_domain (org_id, status, created_version);

-- When a verified domain is looked at again, and what was found. No state of the organization, so no event: only that a domain
-- has lapsed is one.
CREATE TABLE domain_check (
  domain_id     TEXT PRIMARY KEY,
  org_id        TEXT NOT NULL,
  due_at        INTEGER NOT NULL,
  checked_at    INTEGER,                         -- when somebody last looked and got an answer
  failing_since INTEGER,                         -- since when the record is gone
  trouble       TEXT                             -- why nobody could say, the last time
) STRICT, WITHOUT ROWID;

CREATE INDEX domain_check_due ON domain_check (due_at);

-- Fifty are more than an organization needs. They are few, so they are counted when one more comes.
CREATE TRIGGER fold_domain_claimed AFTER INSERT ON event WHEN NEW.type = 'domain.claimed' BEGIN
  INSERT INTO org_domain (id, org_id, domain, status, auto_join, created_version, created_at, rev)
    VALUES (NEW.target, NEW.org_id, NEW.data ->> '$.domain', 'pending', NEW.data ->> '$.auto_join', NEW.version, NEW.effective_at, 1);
  SELECT RAISE(ABORT, 'latchkey:too_many_domains')
    WHERE (SELECT count(*) FROM org_domain WHERE org_id = NEW.org_id AND status <> 'released') > 50;
END;

-- Proved, from now on looked at every day. The index above refuses the second organization.
CREATE TRIGGER fold_domain_verified AFTER INSERT ON event WHEN NEW.type = 'domain.verified' BEGIN
  SELECT RAISE(ABORT, 'latchkey:domain_not_claimed')
    WHERE NOT EXISTS (SELECT 1 FROM org_domain WHERE id = NEW.target AND org_id = NEW.org_id AND status IN ('pending', 'lapsed', 'moved'));
  UPDATE org_domain SET status = 'verified', verified_at = NEW.effective_at, rev = rev + 1 WHERE id = NEW.target;
  INSERT INTO domain_check (domain_id, org_id, due_at, checked_at)
    VALUES (NEW.target, NEW.org_id, NEW.effective_at + 86400000, NEW.effective_at);
END;

-- Who may join by it, and how.
CREATE TRIGGER fold_domain_changed AFTER INSERT ON event WHEN NEW.type = 'domain.changed' BEGIN
  SELECT RAISE(ABORT, 'latchkey:domain_not_claimed')
    WHERE NOT EXISTS (SELECT 1 FROM org_domain WHERE id = NEW.target AND org_id = NEW.org_id AND status <> 'released');
  UPDATE org_domain SET auto_join = NEW.data ->> '$.auto_join', rev = rev + 1 WHERE id = NEW.target;
END;

-- The proof is gone, or another organization has a newer one. Nobody joins by the domain any more, also once it is proved again:
-- somebody decides that anew.
CREATE TRIGGER fold_domain_unproved AFTER INSERT ON event WHEN NEW.type IN ('domain.lapsed', 'domain.moved') BEGIN
  SELECT RAISE(ABORT, 'latchkey:domain_not_verified')
    WHERE NOT EXISTS (SELECT 1 FROM org_domain WHERE id = NEW.target AND org_id = NEW.org_id AND status = 'verified');
  UPDATE org_domain SET status = substr(NEW.type, 8), auto_join = 'off', rev = rev + 1 WHERE id = NEW.target;
  DELETE FROM domain_check WHERE domain_id = NEW.target;
END;

-- Given up.
CREATE TRIGGER fold_domain_released AFTER INSERT ON event WHEN NEW.type = 'domain.released' BEGIN
  SELECT RAISE(ABORT, 'latchkey:domain_not_claimed')
    WHERE NOT EXISTS (SELECT 1 FROM org_domain WHERE id = NEW.target AND org_id = NEW.org_id AND status <> 'released');
  UPDATE org_domain SET status = 'released', auto_join = 'off', ended_at = NEW.effective_at, rev = rev + 1 WHERE id = NEW.target;
  DELETE FROM domain_check WHERE domain_id = NEW.target;
END;

-- Somebody with an address at a verified domain, who asks to be let in. Once let in, by this or in another way, the request is over.
CREATE TABLE join_request (
  id              TEXT PRIMARY KEY,
  org_id          TEXT NOT NULL REFERENCES org (id),
  user_id         TEXT NOT NULL,                 -- an account: the fold looks
  domain_id       TEXT NOT NULL,
  status          TEXT NOT NULL CHECK (status IN ('open', 'joined', 'declined', 'ended')),
  created_version INTEGER NOT NULL,              -- the place in the list
  created_at      INTEGER NOT NULL,
  ended_at        INTEGER,
  rev             INTEGER NOT NULL               -- a premise
) STRICT, WITHOUT ROWID;

-- One open request of a person to an organization, whatever races.
CREATE UNIQUE INDEX join_request_open ON join_request (user_id, org_id) WHERE status = 'open';
CREATE INDEX join_request_history ON join_request (org_id, created_version);
CREATE INDEX join_request_by_status ON join_request (org_id, status, created_version);
CREATE INDEX join_request_by_person ON join_request (user_id, org_id, created_version);

-- Whoever is in already has nothing to ask for.
CREATE TRIGGER fold_join_requested AFTER INSERT ON event WHEN NEW.type = 'join_request.created' BEGIN
  SELECT RAISE(ABORT, 'latchkey:no_such_account') WHERE NOT EXISTS (SELECT 1 FROM user WHERE id = NEW.data ->> '$.user');
  SELECT RAISE(ABORT, 'latchkey:is_a_member')
    WHERE EXISTS (SELECT 1 FROM member WHERE user_id = NEW.data ->> '$.user' AND org_id = NEW.org_id AND status = 'active');
  SELECT RAISE(ABORT, 'latchkey:domain_not_claimed')
    WHERE NOT EXISTS (SELECT 1 FROM org_domain d WHERE d.id = NEW.data ->> '$.domain' AND d.org_id = NEW.org_id);
  INSERT INTO join_request (id, org_id, user_id, domain_id, status, created_version, created_at, rev)
    VALUES (NEW.target, NEW.org_id, NEW.data ->> '$.user', NEW.data ->> '$.domain', 'open', NEW.version, NEW.effective_at, 1);
END;

-- Turned down, once.
CREATE TRIGGER fold_join_declined AFTER INSERT ON event WHEN NEW.type = 'join_request.declined' BEGIN
  SELECT RAISE(ABORT, 'latchkey:request_not_open')
    WHERE NOT EXISTS (SELECT 1 FROM join_request WHERE id = NEW.target AND org_id = NEW.org_id AND status = 'open');
  UPDATE join_request SET status = 'declined', ended_at = NEW.effective_at, rev = rev + 1 WHERE id = NEW.target;
END;

-- The domain by which a member came.
ALTER TABLE member ADD COLUMN domain_id TEXT;

DROP TRIGGER fold_member_joined;
-- As before; and by a domain, when it is one of the organization's. Whether it is verified is a matter of the decision: a request may
-- be granted after the proof is gone.
CREATE TRIGGER fold_member_joined AFTER INSERT ON event WHEN NEW.type = 'member.joined' BEGIN
  SELECT RAISE(ABORT, 'latchkey:no_such_account') WHERE NOT EXISTS (SELECT 1 FROM user WHERE id = NEW.data ->> '$.user');
  SELECT RAISE(ABORT, 'latchkey:link_not_active')
    WHERE NEW.data ->> '$.link' IS NOT NULL
      AND NOT EXISTS (SELECT 1 FROM invite_link l WHERE l.id = NEW.data ->> '$.link' AND l.org_id = NEW.org_id AND l.status = 'active'
                      AND (l.uses_max IS NULL OR l.uses < l.uses_max));
  SELECT RAISE(ABORT, 'latchkey:domain_not_claimed')
    WHERE NEW.data ->> '$.domain' IS NOT NULL
      AND NOT EXISTS (SELECT 1 FROM org_domain d WHERE d.id = NEW.data ->> '$.domain' AND d.org_id = NEW.org_id);
  SELECT RAISE(ABORT, 'latchkey:request_not_open')
    WHERE NEW.data ->> '$.request' IS NOT NULL
      AND NOT EXISTS (SELECT 1 FROM join_request r WHERE r.id = NEW.data ->> '$.request' AND r.org_id = NEW.org_id AND r.status = 'open'
                      AND r.user_id = NEW.data ->> '$.user');
  UPDATE invite_link SET uses = uses + 1 WHERE id = NEW.data ->> '$.link';
  UPDATE join_request SET status = 'joined', ended_at = NEW.effective_at, rev = rev + 1
    WHERE user_id = NEW.data ->> '$.user' AND org_id = NEW.org_id AND status = 'open';
  INSERT INTO member (id, org_id, user_id, role, status, joined_version, joined_at, invitation_id, link_id, domain_id, rev, exclusive, name)
    SELECT NEW.target, NEW.org_id, u.id, NEW.data ->> '$.role', 'active', NEW.version, NEW.effective_at,
           NEW.data ->> '$.invitation', NEW.data ->> '$.link', NEW.data ->> '$.domain', 1, o.exclusive, u.sort_name
    FROM user u JOIN org o ON o.id = NEW.org_id WHERE u.id = NEW.data ->> '$.user';
  UPDATE org SET member_count = member_count + 1, top_member_count = top_member_count + (top_role = NEW.data ->> '$.role')
    WHERE id = NEW.org_id;
  INSERT INTO role_use (org_id, role, members) VALUES (NEW.org_id, NEW.data ->> '$.role', 1)
    ON CONFLICT (org_id, role) DO UPDATE SET members = members + 1;
  INSERT INTO roster_word (org_id, word, entry_id)
    SELECT DISTINCT NEW.org_id, w.value, NEW.target FROM user u, json_each(u.words) w WHERE u.id = NEW.data ->> '$.user';
END;

-- An organization's domains go with it, and so does what people ask of it.
CREATE TRIGGER domains_of_org_deleted AFTER INSERT ON event WHEN NEW.type = 'org.deleted' BEGIN
  UPDATE org_domain SET status = 'released', auto_join = 'off', ended_at = NEW.effective_at, rev = rev + 1
    WHERE org_id = NEW.org_id AND status <> 'released';
  DELETE FROM domain_check WHERE domain_id IN (SELECT d.id FROM org_domain d WHERE d.org_id = NEW.org_id);
  UPDATE join_request SET status = 'ended', ended_at = NEW.effective_at, rev = rev + 1 WHERE org_id = NEW.org_id AND status = 'open';
END;

-- Since when the account's address is known to be the person's; NULL: they only say so. Accounts so far were all made by a code or a
-- token that was mailed to the address.
ALTER TABLE user ADD COLUMN email_proved_at INTEGER;
UPDATE user SET email_proved_at = created_at WHERE deleted_at IS NULL;

-- Whoever types in the code reads what is mailed to the address.
CREATE TRIGGER code_proves_address AFTER UPDATE OF used_at ON sign_in_code WHEN NEW.used_at IS NOT NULL BEGIN
  UPDATE user SET email_proved_at = coalesce(email_proved_at, NEW.used_at) WHERE email_key = NEW.email_key;
END;

-- So does whoever comes by a mailed token without an account: it is made with the acceptance.
CREATE TRIGGER token_proves_address AFTER INSERT ON event WHEN NEW.type = 'invitation.accepted' BEGIN
  UPDATE user SET email_proved_at = NEW.at
    WHERE id = NEW.actor AND created_at = NEW.at AND email_proved_at IS NULL
      AND email_key = (SELECT i.email_key FROM invitation i WHERE i.id = NEW.target);
END;

-- Another address is another proof.
CREATE TRIGGER other_address_is_unproved AFTER UPDATE OF email_key ON user WHEN NEW.email_key <> OLD.email_key BEGIN
  UPDATE user SET email_proved_at = NULL WHERE id = NEW.id;
END;

-- Whoever looks after the domains hears what becomes of one.
CREATE TRIGGER outbox_domain AFTER INSERT ON event WHEN NEW.type IN ('domain.verified', 'domain.lapsed', 'domain.moved') BEGIN
  INSERT INTO outbox (id, org_id, kind, subject_id, generation, recipient, recipient_key, audience, facts, next_at, created_at)
    SELECT 'domain_' || substr(NEW.type, 8) || ':' || NEW.target || ':' || NEW.version, NEW.org_id, 'domain_' || substr(NEW.type, 8),
           NEW.target, NEW.version, '', '', 'domain.manage', json_object('domain', d.domain), NEW.at, NEW.at
    FROM org_domain d JOIN org o ON o.id = d.org_id WHERE d.id = NEW.target AND o.email_notifications = 1;
END;

-- Whoever may let people in hears that somebody asks.
CREATE TRIGGER outbox_join_requested AFTER INSERT ON event WHEN NEW.type = 'join_request.created' BEGIN
  INSERT INTO outbox (id, org_id, kind, subject_id, generation, recipient, recipient_key, audience, facts, next_at, created_at)
    SELECT 'join_requested:' || NEW.target || ':1', NEW.org_id, 'join_requested', NEW.target, 1, '', '', 'member.invite',
           json_object('domain', d.domain, 'by', NEW.data ->> '$.user'), NEW.at, NEW.at
    FROM org_domain d JOIN org o ON o.id = d.org_id WHERE d.id = NEW.data ->> '$.domain' AND o.email_notifications = 1;
END;

-- Whoever asked hears that nobody lets them in.
CREATE TRIGGER outbox_join_declined AFTER INSERT ON event WHEN NEW.type = 'join_request.declined' BEGIN
  INSERT INTO outbox (id, org_id, kind, subject_id, generation, recipient, recipient_key, next_at, created_at)
    SELECT 'join_declined:' || NEW.target || ':1', NEW.org_id, 'join_declined', NEW.target, 1, u.email, u.email_key, NEW.at, NEW.at
    FROM join_request r JOIN user u ON u.id = r.user_id JOIN org o ON o.id = r.org_id
    WHERE r.id = NEW.target AND u.deleted_at IS NULL AND o.email_notifications = 1;
END;

-- Whoever came by their address hears that they are in, and why.
CREATE TRIGGER outbox_joined AFTER INSERT ON event WHEN NEW.type = 'member.joined' AND NEW.data ->> '$.domain' IS NOT NULL BEGIN
  INSERT INTO outbox (id, org_id, kind, subject_id, generation, recipient, recipient_key, facts, next_at, created_at)
    SELECT 'joined:' || NEW.target || ':1', NEW.org_id, 'joined', NEW.target, 1, u.email, u.email_key,
           json_object('domain', d.domain, 'role', NEW.data ->> '$.role'), NEW.at, NEW.at
    FROM user u JOIN org o ON o.id = NEW.org_id JOIN org_domain d ON d.id = NEW.data ->> '$.domain'
    WHERE u.id = NEW.data ->> '$.user' AND u.deleted_at IS NULL AND o.email_notifications = 1;
END;

-- How a person's last time in an organization ended: whoever was removed does not come back by themselves.
CREATE INDEX member_past ON member (user_id, org_id, joined_version) WHERE status <> 'active';
