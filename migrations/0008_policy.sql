-- Rules that an organization can change: which roles are in use, so that none of them disappears under somebody; the
-- mark of the billed owner; and membership in one organization only.

ALTER TABLE org ADD COLUMN exclusive INTEGER NOT NULL DEFAULT 0 CHECK (exclusive IN (0, 1));
-- The membership that is billed, where the policy marks one.
ALTER TABLE org ADD COLUMN billed_member_id TEXT;
-- A copy of the organization's, so that one index sees a person's memberships across organizations.
ALTER TABLE member ADD COLUMN exclusive INTEGER NOT NULL DEFAULT 0 CHECK (exclusive IN (0, 1));

-- A person is in one exclusive organization at a time, whatever races. Others do not count.
CREATE UNIQUE INDEX member_exclusive ON member (user_id) WHERE status = 'active' AND exclusive = 1;

-- How a role is used; a row goes when its last use does. What is in use cannot be taken out of the rules.
CREATE TABLE role_use (
  org_id          TEXT NOT NULL,
  role            TEXT NOT NULL,
  members         INTEGER NOT NULL DEFAULT 0 CHECK (members >= 0),
  pending         INTEGER NOT NULL DEFAULT 0 CHECK (pending >= 0),
  links           INTEGER NOT NULL DEFAULT 0 CHECK (links >= 0),
  project_members INTEGER NOT NULL DEFAULT 0 CHECK (project_members >= 0),
  PRIMARY KEY (org_id, role)
) STRICT, WITHOUT ROWID;

INSERT INTO role_use (org_id, role, members, pending)
  SELECT org_id, role, sum(members), sum(pending) FROM (
    SELECT org_id, role, 1 AS members, 0 AS pending FROM member WHERE status = 'active'
    UNION ALL SELECT org_id, role, 0, 1 FROM invitation WHERE status = 'pending')
  GROUP BY org_id, role;

-- Nothing is kept of a role that nobody has any more.
CREATE TRIGGER role_use_ends AFTER UPDATE ON role_use
WHEN NEW.members = 0 AND NEW.pending = 0 AND NEW.links = 0 AND NEW.project_members = 0 BEGIN
  DELETE FROM role_use WHERE org_id = NEW.org_id AND role = NEW.role;
END;

-- Other rules strand nobody, leave a holder of the top role, and keep their document. When they turn exclusive, a member
-- who is in another exclusive organization breaks the index above.
CREATE TRIGGER fold_policy_changed AFTER INSERT ON event WHEN NEW.type = 'policy.changed' BEGIN
  SELECT RAISE(ABORT, 'latchkey:no_such_policy') WHERE NOT EXISTS (SELECT 1 FROM policy WHERE hash = NEW.data ->> '$.policy_hash');
  SELECT RAISE(ABORT, 'latchkey:role_in_use')
    WHERE EXISTS (SELECT 1 FROM role_use u WHERE u.org_id = NEW.org_id
                  AND u.role NOT IN (SELECT r.value FROM json_each(NEW.data, '$.roles') r));
  SELECT RAISE(ABORT, 'latchkey:last_top_role_holder')
    WHERE NOT EXISTS (SELECT 1 FROM role_use u WHERE u.org_id = NEW.org_id AND u.role = NEW.data ->> '$.top_role' AND u.members > 0);
  SELECT RAISE(ABORT, 'latchkey:billed_owner')
    WHERE NEW.data ->> '$.billed_owner' IS NOT NULL
      AND NOT EXISTS (SELECT 1 FROM member WHERE id = NEW.data ->> '$.billed_owner' AND org_id = NEW.org_id AND status = 'active'
                      AND role = NEW.data ->> '$.top_role');
  UPDATE org SET policy = NEW.data ->> '$.policy', policy_hash = NEW.data ->> '$.policy_hash', top_role = NEW.data ->> '$.top_role',
                 plan = NEW.data ->> '$.plan', exclusive = coalesce(NEW.data ->> '$.exclusive', 0),
                 billed_member_id = NEW.data ->> '$.billed_owner', rev = rev + 1,
                 top_member_count = (SELECT u.members FROM role_use u WHERE u.org_id = NEW.org_id AND u.role = NEW.data ->> '$.top_role'),
                 top_pending_count = (SELECT count(*) FROM invitation i WHERE i.org_id = NEW.org_id AND i.status = 'pending'
                                      AND i.role = NEW.data ->> '$.top_role' AND i.project_id IS NULL)
    WHERE id = NEW.org_id;
  UPDATE member SET exclusive = coalesce(NEW.data ->> '$.exclusive', 0)
    WHERE org_id = NEW.org_id AND status = 'active' AND exclusive <> coalesce(NEW.data ->> '$.exclusive', 0);
END;

-- The mark of the account that is billed moves; it is always on a holder of the top role.
CREATE TRIGGER fold_billed_owner_changed AFTER INSERT ON event WHEN NEW.type = 'org.billed_owner_changed' BEGIN
  SELECT RAISE(ABORT, 'latchkey:billed_owner')
    WHERE NOT EXISTS (SELECT 1 FROM member m JOIN org o ON o.id = m.org_id
                      WHERE m.id = NEW.data ->> '$.member' AND m.org_id = NEW.org_id AND m.status = 'active' AND m.role = o.top_role);
  UPDATE org SET billed_member_id = NEW.data ->> '$.member', rev = rev + 1 WHERE id = NEW.org_id;
END;
