-- What a member may do to some resources only. The role says what a member may do; this says to which of the host
-- product's things.

-- A line for each resource. A permission without lines is not restricted; one with lines goes for these resources and for no
-- other. Lines of a membership that has ended stay with it: a key that was kept may do no more than its holder could.
CREATE TABLE restriction (
  org_id      TEXT NOT NULL,
  member_id   TEXT NOT NULL,                     -- a membership: the fold looks, a foreign key would walk along this table
  permission  TEXT NOT NULL,                     -- one of the host product's
  resource_id TEXT NOT NULL,                     -- as the host product calls it, of whatever type
  PRIMARY KEY (member_id, permission, resource_id)
) STRICT, WITHOUT ROWID;

-- The lines are replaced as a whole: what is not named any more is not restricted any more.
CREATE TRIGGER fold_member_restrictions_changed AFTER INSERT ON event WHEN NEW.type = 'member.restrictions_changed' BEGIN
  SELECT RAISE(ABORT, 'latchkey:not_a_member')
    WHERE NOT EXISTS (SELECT 1 FROM member WHERE id = NEW.target AND org_id = NEW.org_id AND status = 'active');
  DELETE FROM restriction WHERE member_id = NEW.target;
  INSERT INTO restriction (org_id, member_id, permission, resource_id)
    SELECT NEW.org_id, NEW.target, p.key, r.value FROM json_each(NEW.data, '$.restrictions') p, json_each(p.value) r;
  UPDATE member SET rev = rev + 1 WHERE id = NEW.target;
END;
