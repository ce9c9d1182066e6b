-- A person's time in an organization. Coming back makes a new row; the old one and its history stay.
CREATE TABLE member (
  id             TEXT PRIMARY KEY,
  org_id         TEXT NOT NULL REFERENCES org (id),
  user_id        TEXT NOT NULL,                  -- an account: the fold looks, a foreign key would walk along this table
  role           TEXT NOT NULL,
  status         TEXT NOT NULL CHECK (status IN ('active', 'left', 'removed')),
  joined_version INTEGER NOT NULL,               -- the place in the member list
  joined_at      INTEGER NOT NULL,
  ended_at       INTEGER,
  invitation_id  TEXT,                           -- by which the person came
  rev            INTEGER NOT NULL                -- grows with each change of this row: a premise
) STRICT, WITHOUT ROWID;

-- One active membership per person and organization, whatever races.
CREATE UNIQUE INDEX member_active ON member (user_id, org_id) WHERE status = 'active';
CREATE INDEX member_by_status ON member (org_id, status, joined_version);

-- What a search in an organization's member list may find: folded words by prefix. `version` is the entry's place in
-- the list. A projection of the people and invitations listed, kept by triggers here, in 0005 and on `user`.
CREATE TABLE roster_word (
  org_id   TEXT NOT NULL,
  word     TEXT NOT NULL,
  entry_id TEXT NOT NULL,                        -- a member or an invitation
  PRIMARY KEY (org_id, word, entry_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX roster_word_by_entry ON roster_word (entry_id);

-- Every way into an organization ends here, the creator's own included; a second active membership breaks the index above.
CREATE TRIGGER fold_member_joined AFTER INSERT ON event WHEN NEW.type = 'member.joined' BEGIN
  SELECT RAISE(ABORT, 'latchkey:no_such_account') WHERE NOT EXISTS (SELECT 1 FROM user WHERE id = NEW.data ->> '$.user');
  INSERT INTO member (id, org_id, user_id, role, status, joined_version, joined_at, invitation_id, rev)
    VALUES (NEW.target, NEW.org_id, NEW.data ->> '$.user', NEW.data ->> '$.role', 'active', NEW.version, NEW.effective_at,
            NEW.data ->> '$.invitation', 1);
  UPDATE org SET member_count = member_count + 1, top_member_count = top_member_count + (top_role = NEW.data ->> '$.role')
    WHERE id = NEW.org_id;
  INSERT INTO roster_word (org_id, word, entry_id)
    SELECT DISTINCT NEW.org_id, w.value, NEW.target FROM user u, json_each(u.words) w WHERE u.id = NEW.data ->> '$.user';
END;

-- Leaving and being removed end a membership alike. The last holder of the top role cannot go, even when several go at
-- once: whoever comes second finds the count of the first.
CREATE TRIGGER fold_member_ended AFTER INSERT ON event WHEN NEW.type IN ('member.left', 'member.removed') BEGIN
  SELECT RAISE(ABORT, 'latchkey:not_a_member')
    WHERE NOT EXISTS (SELECT 1 FROM member WHERE id = NEW.target AND org_id = NEW.org_id AND status = 'active');
  UPDATE org SET member_count = member_count - 1,
                 top_member_count = top_member_count - (top_role = (SELECT role FROM member WHERE id = NEW.target))
    WHERE id = NEW.org_id;
  SELECT RAISE(ABORT, 'latchkey:last_top_role_holder')
    WHERE (SELECT top_member_count FROM org WHERE id = NEW.org_id) < 1;
  UPDATE member SET status = substr(NEW.type, 8), ended_at = NEW.effective_at, rev = rev + 1 WHERE id = NEW.target;
  DELETE FROM roster_word WHERE entry_id = NEW.target;
END;

-- A new name is found at once in every organization the person is in.
CREATE TRIGGER roster_follows_user AFTER UPDATE OF words ON user WHEN NEW.words <> OLD.words BEGIN
  DELETE FROM roster_word WHERE entry_id IN (SELECT id FROM member WHERE user_id = NEW.id AND status = 'active');
  INSERT INTO roster_word (org_id, word, entry_id)
    SELECT DISTINCT m.org_id, w.value, m.id FROM member m, json_each(NEW.words) w WHERE m.user_id = NEW.id AND m.status = 'active';
END;
