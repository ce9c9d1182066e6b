-- A project of an organization. The organization's members are in all of its projects, with their role; others are in
-- one project only and see nothing else of the organization.
CREATE TABLE project (
  id              TEXT PRIMARY KEY,
  org_id          TEXT NOT NULL REFERENCES org (id),
  name            TEXT NOT NULL,
  status          TEXT NOT NULL CHECK (status IN ('active', 'deleted')),
  created_version INTEGER NOT NULL,              -- the place in the list
  created_at      INTEGER NOT NULL,
  deleted_at      INTEGER,
  member_count    INTEGER NOT NULL DEFAULT 0 CHECK (member_count >= 0), -- of its own, the organization's not counted
  pending_count   INTEGER NOT NULL DEFAULT 0 CHECK (pending_count >= 0),
  rev             INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX project_by_status ON project (org_id, status, created_version);
ALTER TABLE org ADD COLUMN project_count INTEGER NOT NULL DEFAULT 0 CHECK (project_count >= 0);

-- A person's time in one project, with a role there. Coming back makes a new row.
CREATE TABLE project_member (
  id             TEXT PRIMARY KEY,
  org_id         TEXT NOT NULL REFERENCES org (id),
  project_id     TEXT NOT NULL REFERENCES project (id),
  user_id        TEXT NOT NULL,                  -- an account: the fold looks, as for members
  role           TEXT NOT NULL,
  status         TEXT NOT NULL CHECK (status IN ('active', 'left', 'removed')),
  joined_version INTEGER NOT NULL,
  joined_at      INTEGER NOT NULL,
  ended_at       INTEGER,
  invitation_id  TEXT,
  rev            INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- One active membership per person and project, whatever races.
CREATE UNIQUE INDEX project_member_active ON project_member (user_id, project_id) WHERE status = 'active';
CREATE INDEX project_member_in_org ON project_member (user_id, org_id) WHERE status = 'active';
CREATE INDEX project_member_by_status ON project_member (project_id, status, joined_version);
CREATE INDEX project_member_by_org ON project_member (org_id, status);

-- An invitation leads into the organization (NULL) or into one project of it.
ALTER TABLE invitation ADD COLUMN project_id TEXT;
CREATE INDEX invitation_by_project ON invitation (project_id, status, invited_version) WHERE project_id IS NOT NULL;
-- The member list shows those into the organization.
CREATE INDEX invitation_into_org ON invitation (org_id, invited_version) WHERE status = 'pending' AND project_id IS NULL;

DROP INDEX invitation_open;
-- One open invitation per address and place, whatever races.
CREATE UNIQUE INDEX invitation_open ON invitation (org_id, email_key, coalesce(project_id, '')) WHERE status = 'pending';
-- Those of one organization past their time, which a command that needs the room or the address ends on its way.
CREATE INDEX invitation_due_in_org ON invitation (org_id, expires_at) WHERE status = 'pending';

-- A project begins empty.
CREATE TRIGGER fold_project_created AFTER INSERT ON event WHEN NEW.type = 'project.created' BEGIN
  INSERT INTO project (id, org_id, name, status, created_version, created_at, rev)
    VALUES (NEW.target, NEW.org_id, NEW.data ->> '$.name', 'active', NEW.version, NEW.effective_at, 1);
  UPDATE org SET project_count = project_count + 1 WHERE id = NEW.org_id;
END;

-- A deleted project keeps its last name.
CREATE TRIGGER fold_project_renamed AFTER INSERT ON event WHEN NEW.type = 'project.renamed' BEGIN
  SELECT RAISE(ABORT, 'latchkey:no_such_project')
    WHERE NOT EXISTS (SELECT 1 FROM project WHERE id = NEW.target AND org_id = NEW.org_id AND status = 'active');
  UPDATE project SET name = NEW.data ->> '$.name', rev = rev + 1 WHERE id = NEW.target;
END;

-- Its members and its open invitations go with it.
CREATE TRIGGER fold_project_deleted AFTER INSERT ON event WHEN NEW.type = 'project.deleted' BEGIN
  SELECT RAISE(ABORT, 'latchkey:no_such_project')
    WHERE NOT EXISTS (SELECT 1 FROM project WHERE id = NEW.target AND org_id = NEW.org_id AND status = 'active');
  UPDATE role_use SET
      pending = pending - (SELECT count(*) FROM invitation i WHERE i.project_id = NEW.target AND i.status = 'pending' AND i.role = role_use.role),
      project_members = project_members
        - (SELECT count(*) FROM project_member m WHERE m.project_id = NEW.target AND m.status = 'active' AND m.role = role_use.role)
    WHERE org_id = NEW.org_id;
  UPDATE project_member SET status = 'removed', ended_at = NEW.effective_at, rev = rev + 1
    WHERE project_id = NEW.target AND status = 'active';
  UPDATE invitation SET status = 'cancelled', ended_at = NEW.effective_at, rev = rev + 1
    WHERE project_id = NEW.target AND status = 'pending';
  UPDATE project SET status = 'deleted', deleted_at = NEW.effective_at, member_count = 0, pending_count = 0, rev = rev + 1
    WHERE id = NEW.target;
  UPDATE org SET project_count = project_count - 1 WHERE id = NEW.org_id;
END;

-- A second active membership of one project breaks the index above.
CREATE TRIGGER fold_project_member_joined AFTER INSERT ON event WHEN NEW.type = 'project.member_joined' BEGIN
  SELECT RAISE(ABORT, 'latchkey:no_such_account') WHERE NOT EXISTS (SELECT 1 FROM user WHERE id = NEW.data ->> '$.user');
  SELECT RAISE(ABORT, 'latchkey:no_such_project')
    WHERE NOT EXISTS (SELECT 1 FROM project WHERE id = NEW.data ->> '$.project' AND org_id = NEW.org_id AND status = 'active');
  INSERT INTO project_member (id, org_id, project_id, user_id, role, status, joined_version, joined_at, invitation_id, rev)
    VALUES (NEW.target, NEW.org_id, NEW.data ->> '$.project', NEW.data ->> '$.user', NEW.data ->> '$.role', 'active', NEW.version,
            NEW.effective_at, NEW.data ->> '$.invitation', 1);
  UPDATE project SET member_count = member_count + 1 WHERE id = NEW.data ->> '$.project';
  INSERT INTO role_use (org_id, role, project_members) VALUES (NEW.org_id, NEW.data ->> '$.role', 1)
    ON CONFLICT (org_id, role) DO UPDATE SET project_members = project_members + 1;
END;

-- Leaving and being removed alike.
CREATE TRIGGER fold_project_member_ended AFTER INSERT ON event
WHEN NEW.type IN ('project.member_left', 'project.member_removed') BEGIN
  SELECT RAISE(ABORT, 'latchkey:not_a_member')
    WHERE NOT EXISTS (SELECT 1 FROM project_member WHERE id = NEW.target AND org_id = NEW.org_id AND status = 'active');
  UPDATE project_member SET status = substr(NEW.type, 16), ended_at = NEW.effective_at, rev = rev + 1 WHERE id = NEW.target;
  UPDATE project SET member_count = member_count - 1 WHERE id = (SELECT project_id FROM project_member WHERE id = NEW.target);
  UPDATE role_use SET project_members = project_members - 1
    WHERE org_id = NEW.org_id AND role = (SELECT role FROM project_member WHERE id = NEW.target);
END;

-- Another role within the project.
CREATE TRIGGER fold_project_member_role_changed AFTER INSERT ON event WHEN NEW.type = 'project.member_role_changed' BEGIN
  SELECT RAISE(ABORT, 'latchkey:not_a_member')
    WHERE NOT EXISTS (SELECT 1 FROM project_member WHERE id = NEW.target AND org_id = NEW.org_id AND status = 'active');
  INSERT INTO role_use (org_id, role, project_members) VALUES (NEW.org_id, NEW.data ->> '$.role', 1)
    ON CONFLICT (org_id, role) DO UPDATE SET project_members = project_members + 1;
  UPDATE role_use SET project_members = project_members - 1
    WHERE org_id = NEW.org_id AND role = (SELECT role FROM project_member WHERE id = NEW.target);
  UPDATE project_member SET role = NEW.data ->> '$.role', rev = rev + 1 WHERE id = NEW.target;
END;
