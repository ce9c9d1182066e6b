-- Activity: what happened in an organization without changing it, as its API keys and the host product report it; and what
-- the audit list needs to lead each of its filters by an index.

-- Reported rows, kept for as long as the organization chooses; events are kept for good. One row costs the verification of
-- a key most of its time, so it has no index that no filter needs.
CREATE TABLE activity (
  org_id      TEXT NOT NULL,
  at          INTEGER NOT NULL,                  -- when it happened
  id          TEXT NOT NULL,
  type        TEXT NOT NULL,                     -- such as api_key.verified or theme.download
  actor       TEXT NOT NULL,                     -- an API key when one acted, else a user, or `operator`
  member_id   TEXT,                              -- in whose name: the member, or the key's holder
  target_type TEXT,                              -- the host product's own word, or ours
  target      TEXT,
  project_id  TEXT,
  ip          TEXT,
  user_agent  TEXT,
  data        TEXT NOT NULL CHECK (json_valid(data)), -- a JSON object
  item_key    TEXT,                              -- the reporter's own id of the item
  received_at INTEGER NOT NULL,
  PRIMARY KEY (org_id, at, id)
) STRICT, WITHOUT ROWID;

-- One row for one item, however often it is reported.
CREATE UNIQUE INDEX activity_item ON activity (org_id, item_key) WHERE item_key IS NOT NULL;
CREATE INDEX activity_by_actor ON activity (org_id, actor, at, id);
CREATE INDEX activity_by_member ON activity (org_id, member_id, at, id) WHERE member_id IS NOT NULL;
CREATE INDEX activity_by_type ON activity (org_id, type, at, id);
CREATE INDEX activity_by_target ON activity (org_id, target, at, id) WHERE target IS NOT NULL;
CREATE INDEX activity_by_project ON activity (org_id, project_id, at, id) WHERE project_id IS NOT NULL;

-- A batch on its way in: the inserting statement says of each item what becomes of it, and is told so for all of them,
-- also for those that leave no row.
CREATE VIEW activity_report AS
  SELECT NULL AS n, NULL AS outcome, NULL AS org_id, NULL AS at, NULL AS id, NULL AS type, NULL AS actor, NULL AS member_id,
         NULL AS target_type, NULL AS target, NULL AS project_id, NULL AS ip, NULL AS user_agent, NULL AS data, NULL AS item_key,
         NULL AS received_at
  WHERE 0;

-- What is repeated or names somebody unknown has its outcome and no row.
CREATE TRIGGER activity_report_insert INSTEAD OF INSERT ON activity_report WHEN NEW.outcome = 'recorded' BEGIN
  INSERT INTO activity (org_id, at, id, type, actor, member_id, target_type, target, project_id, ip, user_agent, data, item_key,
                        received_at)
    VALUES (NEW.org_id, NEW.at, NEW.id, NEW.type, NEW.actor, NEW.member_id, NEW.target_type, NEW.target, NEW.project_id, NEW.ip,
            NEW.user_agent, NEW.data, NEW.item_key, NEW.received_at);
END;

ALTER TABLE org ADD COLUMN activity_retention_days INTEGER CHECK (activity_retention_days > 0); -- NULL: for good

-- The organizations whose activity grows old, by when to look at them again.
CREATE TABLE activity_sweep (
  org_id TEXT PRIMARY KEY,
  due_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX activity_sweep_due ON activity_sweep (due_at);

-- A setting like the others of the same event, whose own fold raises the revision. NULL in the event means for good, and
-- is something else than not being named there.
CREATE TRIGGER fold_org_retention_changed AFTER INSERT ON event
WHEN NEW.type = 'org.settings_changed' AND json_type(NEW.data, '$.activity_retention_days') IS NOT NULL BEGIN
  UPDATE org SET activity_retention_days = NEW.data ->> '$.activity_retention_days' WHERE id = NEW.org_id;
  DELETE FROM activity_sweep WHERE org_id = NEW.org_id;
  INSERT INTO activity_sweep (org_id, due_at)
    SELECT NEW.org_id, NEW.effective_at WHERE NEW.data ->> '$.activity_retention_days' IS NOT NULL;
END;

-- Which events concern a project: its own, those of its members, and those of invitations into it.
CREATE TABLE event_project (
  org_id     TEXT NOT NULL,
  project_id TEXT NOT NULL,
  version    INTEGER NOT NULL,
  PRIMARY KEY (org_id, project_id, version)
) STRICT, WITHOUT ROWID;

INSERT INTO event_project (org_id, project_id, version)
  SELECT org_id, project_id, version
  FROM (SELECT e.org_id, e.version, coalesce(e.data ->> '$.project',
                 (SELECT p.id FROM project p WHERE p.id = e.target),
                 (SELECT m.project_id FROM project_member m WHERE m.id = e.target),
                 (SELECT i.project_id FROM invitation i WHERE i.id = e.target)) AS project_id
        FROM event e)
  WHERE project_id IS NOT NULL;

-- Whatever else an event does, its rows are known from before or named in its data: this needs no order among the folds.
CREATE TRIGGER fold_event_project AFTER INSERT ON event
WHEN NEW.type GLOB 'project.*' OR NEW.type GLOB 'invitation.*' OR NEW.data ->> '$.project' IS NOT NULL BEGIN
  INSERT INTO event_project (org_id, project_id, version)
    SELECT NEW.org_id, p.id, NEW.version
    FROM (SELECT coalesce(NEW.data ->> '$.project',
                   CASE WHEN NEW.target GLOB 'prj_*' THEN NEW.target END,
                   (SELECT m.project_id FROM project_member m WHERE m.id = NEW.target),
                   (SELECT i.project_id FROM invitation i WHERE i.id = NEW.target)) AS id) p
    WHERE p.id IS NOT NULL;
END;

-- The words by which the log of an organization is searched for people: of everybody who is or was in it, or in a project
-- of it, unlike `roster_word`. They follow a new name, and go with the account.
CREATE TABLE person_word (
  org_id    TEXT NOT NULL,
  word      TEXT NOT NULL,
  member_id TEXT NOT NULL,                       -- a member, or a member of a project
  user_id   TEXT NOT NULL,
  PRIMARY KEY (org_id, word, member_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX person_word_by_user ON person_word (user_id, member_id);

INSERT INTO person_word (org_id, word, member_id, user_id)
  SELECT DISTINCT m.org_id, w.value, m.id, m.user_id
  FROM (SELECT id, org_id, user_id FROM member UNION ALL SELECT id, org_id, user_id FROM project_member) m
  JOIN user u ON u.id = m.user_id, json_each(u.words) w;

-- From the first moment.
CREATE TRIGGER fold_person_word AFTER INSERT ON event WHEN NEW.type IN ('member.joined', 'project.member_joined') BEGIN
  INSERT INTO person_word (org_id, word, member_id, user_id)
    SELECT DISTINCT NEW.org_id, w.value, NEW.target, u.id FROM user u, json_each(u.words) w WHERE u.id = NEW.data ->> '$.user';
END;

-- The old name finds nobody any more.
CREATE TRIGGER person_word_follows_user AFTER UPDATE OF words ON user WHEN NEW.words <> OLD.words BEGIN
  INSERT INTO person_word (org_id, word, member_id, user_id)
    SELECT DISTINCT p.org_id, w.value, p.member_id, NEW.id
    FROM person_word p, json_each(NEW.words) w
    WHERE p.user_id = NEW.id
      AND NOT EXISTS (SELECT 1 FROM person_word x WHERE x.org_id = p.org_id AND x.word = w.value AND x.member_id = p.member_id);
  DELETE FROM person_word WHERE user_id = NEW.id AND word NOT IN (SELECT value FROM json_each(NEW.words));
END;
