-- The member list by name, role and licence, each order with an index of its own, and the words of an invitation as they
-- were folded when it was made.

-- A copy of the person's `sort_name` while the membership is active, empty afterwards: lists are ordered within one index.
ALTER TABLE member ADD COLUMN name TEXT NOT NULL DEFAULT '';
UPDATE member SET name = (SELECT u.sort_name FROM user u WHERE u.id = member.user_id) WHERE status = 'active';

CREATE INDEX member_by_name ON member (org_id, name, id) WHERE status = 'active';
CREATE INDEX member_by_role ON member (org_id, role, joined_version) WHERE status = 'active';
CREATE INDEX member_by_role_name ON member (org_id, role, name, id) WHERE status = 'active';
CREATE INDEX member_by_license ON member (org_id, licensed, joined_version) WHERE status = 'active';
CREATE INDEX member_by_license_name ON member (org_id, licensed, name, id) WHERE status = 'active';
-- The same for those who are invited, in the order of their addresses.
CREATE INDEX invitation_by_name ON invitation (org_id, email_key, id) WHERE status = 'pending' AND project_id IS NULL;
CREATE INDEX invitation_by_role ON invitation (org_id, role, invited_version) WHERE status = 'pending' AND project_id IS NULL;
CREATE INDEX invitation_by_role_name ON invitation (org_id, role, email_key, id) WHERE status = 'pending' AND project_id IS NULL;

DROP TRIGGER roster_follows_user;
-- A new name is found, and stands in its place, at once in every organization the person is in.
CREATE TRIGGER roster_follows_user AFTER UPDATE OF words, sort_name ON user
WHEN NEW.words <> OLD.words OR NEW.sort_name <> OLD.sort_name BEGIN
  UPDATE member SET name = NEW.sort_name WHERE user_id = NEW.id AND status = 'active';
  DELETE FROM roster_word WHERE entry_id IN (SELECT id FROM member WHERE user_id = NEW.id AND status = 'active');
  INSERT INTO roster_word (org_id, word, entry_id)
    SELECT DISTINCT m.org_id, w.value, m.id FROM member m, json_each(NEW.words) w WHERE m.user_id = NEW.id AND m.status = 'active';
END;
