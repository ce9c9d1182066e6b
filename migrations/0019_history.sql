-- Time travel: at which version something ended, what the log says of one member by type, and the counters of every 64th
-- version. So a question about the past is a few look-ups, however long the log is.

-- The version of the event that ended it; NULL while it is open.
ALTER TABLE member ADD COLUMN ended_version INTEGER;
ALTER TABLE invitation ADD COLUMN ended_version INTEGER;
ALTER TABLE project_member ADD COLUMN ended_version INTEGER;
ALTER TABLE api_key ADD COLUMN ended_version INTEGER;

-- What changes one thing several times, by type: the newest before a version is one look-up.
CREATE INDEX event_of_target ON event (org_id, target, type, version)
  WHERE type IN ('member.role_changed', 'member.limits_changed', 'member.restrictions_changed', 'license.assigned', 'license.removed',
                 'invitation.resent', 'project.member_role_changed');

-- Who was given a key, by making it or by taking it over: the keys that a member held then.
CREATE INDEX event_key_given ON event (org_id, data ->> '$.member', version) WHERE type IN ('api_key.created', 'api_key.adopted');

-- What ended before there was a column for it: the first event after its beginning that ends such a thing.
UPDATE member SET ended_version = (
    SELECT min(e.version) FROM event e
    WHERE e.org_id = member.org_id AND e.version > member.joined_version
      AND (e.target = member.id AND e.type IN ('member.left', 'member.removed') OR e.target = member.org_id AND e.type = 'org.deleted'))
  WHERE status <> 'active';
UPDATE invitation SET ended_version = (
    SELECT min(e.version) FROM event e
    WHERE e.org_id = invitation.org_id AND e.version > invitation.invited_version
      AND (e.target = invitation.id AND e.type IN ('invitation.accepted', 'invitation.declined', 'invitation.cancelled', 'invitation.expired')
           OR e.target = invitation.project_id AND e.type = 'project.deleted'
           OR e.target = invitation.org_id AND e.type = 'org.deleted'))
  WHERE status <> 'pending';
UPDATE project_member SET ended_version = (
    SELECT min(version) FROM (
      SELECT e.version FROM event e
      WHERE e.org_id = project_member.org_id AND e.version > project_member.joined_version
        AND (e.target = project_member.id AND e.type IN ('project.member_left', 'project.member_removed')
             OR e.target = project_member.project_id AND e.type = 'project.deleted'
             OR e.target = project_member.org_id AND e.type = 'org.deleted')
      UNION ALL
      SELECT m.ended_version FROM member m
      WHERE m.org_id = project_member.org_id AND m.user_id = project_member.user_id AND m.ended_version > project_member.joined_version))
  WHERE status <> 'active';

UPDATE api_key SET ended_version = (
    SELECT min(e.version) FROM event e
    WHERE e.org_id = api_key.org_id AND e.version > api_key.created_version
      AND (e.target = api_key.id AND e.type IN ('api_key.revoked', 'api_key.expired')
           OR e.target = api_key.project_id AND e.type = 'project.deleted'
           OR e.target = api_key.org_id AND e.type = 'org.deleted'))
  WHERE status <> 'active';

-- Whoever is gone by now, in the order in which they came: what a member list of the past has besides those still there.
CREATE INDEX member_gone ON member (org_id, joined_version, ended_version) WHERE ended_version IS NOT NULL;
CREATE INDEX invitation_gone ON invitation (org_id, invited_version, ended_version, project_id)
  WHERE ended_version IS NOT NULL AND project_id IS NULL;
-- The projects that a person was in.
CREATE INDEX project_member_gone ON project_member (user_id, org_id, joined_version) WHERE ended_version IS NOT NULL;

-- The triggers on what ends run before the event is folded, while what it ends is still open. So they need no order among
-- the triggers that fold it.

-- A membership, and what the person had in single projects.
CREATE TRIGGER history_member_ended BEFORE INSERT ON event WHEN NEW.type IN ('member.left', 'member.removed') BEGIN
  UPDATE member SET ended_version = NEW.version WHERE id = NEW.target AND status = 'active';
  UPDATE project_member SET ended_version = NEW.version
    WHERE user_id = (SELECT user_id FROM member WHERE id = NEW.target) AND +org_id = NEW.org_id AND status = 'active';
END;

-- An invitation, whichever way.
CREATE TRIGGER history_invitation_ended BEFORE INSERT ON event
WHEN NEW.type IN ('invitation.accepted', 'invitation.declined', 'invitation.cancelled', 'invitation.expired') BEGIN
  UPDATE invitation SET ended_version = NEW.version WHERE id = NEW.target AND status = 'pending';
END;

-- A person's time in a project.
CREATE TRIGGER history_project_member_ended BEFORE INSERT ON event
WHEN NEW.type IN ('project.member_left', 'project.member_removed') BEGIN
  UPDATE project_member SET ended_version = NEW.version WHERE id = NEW.target AND status = 'active';
END;

-- A key, whichever way.
CREATE TRIGGER history_api_key_ended BEFORE INSERT ON event WHEN NEW.type IN ('api_key.revoked', 'api_key.expired') BEGIN
  UPDATE api_key SET ended_version = NEW.version WHERE id = NEW.target AND status = 'active';
END;

-- All that was open in a project.
CREATE TRIGGER history_project_deleted BEFORE INSERT ON event WHEN NEW.type = 'project.deleted' BEGIN
  UPDATE project_member SET ended_version = NEW.version WHERE project_id = NEW.target AND status = 'active';
  UPDATE invitation SET ended_version = NEW.version WHERE project_id = NEW.target AND status = 'pending';
  UPDATE api_key SET ended_version = NEW.version WHERE project_id = NEW.target AND status = 'active';
END;

-- All that was open in an organization.
CREATE TRIGGER history_org_deleted BEFORE INSERT ON event WHEN NEW.type = 'org.deleted' BEGIN
  UPDATE member SET ended_version = NEW.version WHERE org_id = NEW.org_id AND status = 'active';
  UPDATE invitation SET ended_version = NEW.version WHERE org_id = NEW.org_id AND status = 'pending';
  UPDATE project_member SET ended_version = NEW.version WHERE org_id = NEW.org_id AND status = 'active';
  UPDATE api_key SET ended_version = NEW.version WHERE org_id = NEW.org_id AND status = 'active';
END;

-- The counters of an organization right after that version. What they were at any other version is the next row before it
-- and the few events in between.
CREATE TABLE org_count (
  org_id        TEXT NOT NULL,
  version       INTEGER NOT NULL,
  member_count  INTEGER NOT NULL,
  pending_count INTEGER NOT NULL,
  license_count INTEGER NOT NULL,
  project_count INTEGER NOT NULL,
  key_count     INTEGER NOT NULL,
  PRIMARY KEY (org_id, version)
) STRICT, WITHOUT ROWID;

INSERT INTO org_count (org_id, version, member_count, pending_count, license_count, project_count, key_count)
  SELECT s.org_id, s.version, s.members, s.pending, s.licenses, s.projects, s.keys
  FROM (
    SELECT e.org_id, e.version,
           sum(CASE e.type WHEN 'member.joined' THEN 1 WHEN 'member.left' THEN -1 WHEN 'member.removed' THEN -1 ELSE 0 END) OVER w AS members,
           sum(CASE e.type WHEN 'invitation.created' THEN 1 WHEN 'invitation.accepted' THEN -1 WHEN 'invitation.declined' THEN -1
                           WHEN 'invitation.cancelled' THEN -1 WHEN 'invitation.expired' THEN -1 ELSE 0 END
               * (SELECT count(*) FROM invitation i WHERE i.id = e.target AND i.project_id IS NULL)) OVER w AS pending,
           sum(CASE WHEN e.type = 'license.assigned' THEN 1 WHEN e.type = 'license.removed' THEN -1
                    WHEN e.type IN ('member.left', 'member.removed') THEN
                      -(coalesce((SELECT max(x.version) FROM event x WHERE x.org_id = e.org_id AND x.target = e.target
                                  AND x.type = 'license.assigned' AND x.version < e.version), 0)
                        > coalesce((SELECT max(x.version) FROM event x WHERE x.org_id = e.org_id AND x.target = e.target
                                    AND x.type = 'license.removed' AND x.version < e.version), 0))
                    ELSE 0 END) OVER w AS licenses,
           sum(CASE e.type WHEN 'project.created' THEN 1 WHEN 'project.deleted' THEN -1 ELSE 0 END) OVER w AS projects,
           sum(CASE WHEN e.type = 'api_key.created' THEN 1 WHEN e.type IN ('api_key.revoked', 'api_key.expired') THEN -1
                    WHEN e.type = 'project.deleted' THEN
                      -(SELECT count(*) FROM api_key k WHERE k.project_id = e.target AND k.ended_version = e.version)
                    ELSE 0 END) OVER w AS keys
    FROM event e WINDOW w AS (PARTITION BY e.org_id ORDER BY e.version)) s
  JOIN event n ON n.org_id = s.org_id AND n.version = s.version + 1
  WHERE s.version % 64 = 63;

-- Before an event is folded, the organization still is as the event before left it.
CREATE TRIGGER history_counts BEFORE INSERT ON event WHEN NEW.version % 64 = 0 BEGIN
  INSERT INTO org_count (org_id, version, member_count, pending_count, license_count, project_count, key_count)
    SELECT id, NEW.version - 1, member_count, pending_count, license_count, project_count, key_count FROM org WHERE id = NEW.org_id;
END;
