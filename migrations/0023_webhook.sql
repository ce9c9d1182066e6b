-- Webhooks: endpoints that are told of an organization's events, and what became of telling them.

-- An endpoint. Its secret is derived from a deployment key, its id and the generation, and stored nowhere.
CREATE TABLE webhook (
  id              TEXT PRIMARY KEY,
  org_id          TEXT NOT NULL,                 -- without REFERENCES, for which SQLite would look through the table
  url             TEXT NOT NULL,
  description     TEXT NOT NULL,
  types           TEXT NOT NULL CHECK (json_valid(types)), -- a JSON list of event types; empty: all of them
  -- `off` by somebody's choice, `disabled` by the service after days of failure, `deleted` for good.
  status          TEXT NOT NULL CHECK (status IN ('on', 'off', 'disabled', 'deleted')),
  generation      INTEGER NOT NULL,              -- of its secret
  key_id          TEXT NOT NULL,                 -- the deployment key from which the secret is derived
  old_generation  INTEGER,                       -- the secret before, which signs too until then
  old_key_id      TEXT,
  old_until       INTEGER,
  created_by      TEXT NOT NULL,                 -- a membership
  created_version INTEGER NOT NULL,              -- the place in the list
  created_at      INTEGER NOT NULL,
  rev             INTEGER NOT NULL               -- a premise
) STRICT, WITHOUT ROWID;

CREATE INDEX webhook_by_org ON webhook (org_id, created_version) WHERE status <> 'deleted';

-- One event for one endpoint. Made with the event, by the same statement, for every endpoint that is on and wants to hear of it.
CREATE TABLE webhook_delivery (
  webhook_id  TEXT NOT NULL,
  version     INTEGER NOT NULL,                  -- of the event in its organization's log
  org_id      TEXT NOT NULL,
  state       TEXT NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'sent', 'failed', 'dead')),
  attempts    INTEGER NOT NULL DEFAULT 0,
  next_at     INTEGER NOT NULL,
  lease       TEXT,                              -- of whoever is delivering it
  tried_at    INTEGER,
  took_ms     INTEGER,
  status      INTEGER,                           -- of the last answer
  answer      TEXT,                              -- the beginning of its body
  error       TEXT,                              -- why there was no answer
  failing_since INTEGER,                         -- the try failed: since when the endpoint does, if not longer
  PRIMARY KEY (webhook_id, version)
) STRICT, WITHOUT ROWID;

-- In the order of endpoints, so that each gets its turn whatever is due to the others.
CREATE INDEX webhook_delivery_due ON webhook_delivery (webhook_id, next_at) WHERE state IN ('pending', 'failed');
CREATE INDEX webhook_delivery_undelivered ON webhook_delivery (webhook_id, version) WHERE state IN ('failed', 'dead');

-- Endpoints of which nothing has arrived lately, and since when. No matter of the log: it goes with the first success.
CREATE TABLE webhook_failing (
  webhook_id TEXT PRIMARY KEY,
  since      INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX webhook_failing_longest ON webhook_failing (since);

-- One success is enough.
CREATE TRIGGER webhook_arrived AFTER UPDATE OF state ON webhook_delivery WHEN NEW.state = 'sent' BEGIN
  DELETE FROM webhook_failing WHERE webhook_id = NEW.webhook_id;
END;

-- The first failure since then counts. A receiver that says it is gone counts as failing for ever.
CREATE TRIGGER webhook_failed AFTER UPDATE OF failing_since ON webhook_delivery WHEN NEW.failing_since IS NOT NULL BEGIN
  INSERT INTO webhook_failing (webhook_id, since) VALUES (NEW.webhook_id, NEW.failing_since)
    ON CONFLICT (webhook_id) DO UPDATE SET since = min(since, excluded.since);
END;

-- Twenty are enough for anybody, and each costs every event of the organization a look.
CREATE TRIGGER fold_webhook_created AFTER INSERT ON event WHEN NEW.type = 'webhook.created' BEGIN
  INSERT INTO webhook (id, org_id, url, description, types, status, generation, key_id, created_by, created_version, created_at, rev)
    VALUES (NEW.target, NEW.org_id, NEW.data ->> '$.url', coalesce(NEW.data ->> '$.description', ''), NEW.data -> '$.types', 'on',
            NEW.data ->> '$.generation', NEW.data ->> '$.key_id', NEW.data ->> '$.created_by', NEW.version, NEW.effective_at, 1);
  SELECT RAISE(ABORT, 'latchkey:too_many_webhooks')
    WHERE (SELECT count(*) FROM webhook WHERE org_id = NEW.org_id AND status <> 'deleted') > 20;
END;

-- What happens to a webhook happens until it is deleted. One trigger, because SQLite does not promise an order between several.
CREATE TRIGGER fold_webhook AFTER INSERT ON event
WHEN NEW.type IN ('webhook.changed', 'webhook.rotated', 'webhook.tested', 'webhook.replayed', 'webhook.disabled', 'webhook.deleted') BEGIN
  SELECT RAISE(ABORT, 'latchkey:no_such_webhook')
    WHERE NOT EXISTS (SELECT 1 FROM webhook WHERE id = NEW.target AND org_id = NEW.org_id AND status <> 'deleted');
  SELECT RAISE(ABORT, 'latchkey:generation_not_raised')
    WHERE NEW.type = 'webhook.rotated'
      AND EXISTS (SELECT 1 FROM webhook WHERE id = NEW.target AND generation >= NEW.data ->> '$.generation');
  UPDATE webhook SET url = coalesce(NEW.data ->> '$.url', url), description = coalesce(NEW.data ->> '$.description', description),
                     types = coalesce(NEW.data -> '$.types', types),
                     status = CASE NEW.data ->> '$.on' WHEN 1 THEN 'on' WHEN 0 THEN 'off' ELSE status END
    WHERE id = NEW.target AND NEW.type = 'webhook.changed';
  UPDATE webhook SET old_generation = generation, old_key_id = key_id, old_until = NEW.data ->> '$.old_until',
                     generation = NEW.data ->> '$.generation', key_id = NEW.data ->> '$.key_id'
    WHERE id = NEW.target AND NEW.type = 'webhook.rotated';
  UPDATE webhook SET status = substr(NEW.type, 9) WHERE id = NEW.target AND NEW.type IN ('webhook.disabled', 'webhook.deleted');
  UPDATE webhook SET rev = rev + 1 WHERE id = NEW.target;
  -- Turned on again, it has another chance.
  DELETE FROM webhook_failing WHERE webhook_id = NEW.target AND NEW.type IN ('webhook.changed', 'webhook.deleted');
  INSERT INTO webhook_delivery (webhook_id, version, org_id, next_at)
    SELECT NEW.target, NEW.version, NEW.org_id, NEW.at WHERE NEW.type = 'webhook.tested';
  INSERT INTO webhook_delivery (webhook_id, version, org_id, next_at)
    SELECT w.id, e.version, e.org_id, NEW.at
    FROM webhook w JOIN event e ON e.org_id = w.org_id AND e.version >= NEW.data ->> '$.first_version' AND e.version <= NEW.data ->> '$.last_version'
    WHERE NEW.type = 'webhook.replayed' AND w.id = NEW.target AND e.type NOT GLOB 'webhook.*'
      AND (w.types = '[]' OR EXISTS (SELECT 1 FROM json_each(w.types) t WHERE t.value = e.type))
    ON CONFLICT (webhook_id, version) DO UPDATE
      SET state = 'pending', attempts = 0, next_at = excluded.next_at, lease = NULL, error = NULL;
END;

-- Every endpoint that is on and wants to hear of it is told; of webhooks none is, or each change of one would be told to all.
CREATE TRIGGER webhook_delivery_of_event AFTER INSERT ON event WHEN NEW.type NOT GLOB 'webhook.*' BEGIN
  INSERT INTO webhook_delivery (webhook_id, version, org_id, next_at)
    SELECT w.id, NEW.version, NEW.org_id, NEW.at FROM webhook w
    WHERE w.org_id = NEW.org_id AND w.status <> 'deleted' AND w.status = 'on'
      AND (w.types = '[]' OR EXISTS (SELECT 1 FROM json_each(w.types) t WHERE t.value = NEW.type));
END;

-- Whoever could turn it on again hears that it was turned off.
CREATE TRIGGER outbox_webhook_disabled AFTER INSERT ON event WHEN NEW.type = 'webhook.disabled' BEGIN
  INSERT INTO outbox (id, org_id, kind, subject_id, generation, recipient, recipient_key, audience, next_at, created_at)
    SELECT 'webhook_disabled:' || NEW.target || ':' || NEW.version, NEW.org_id, 'webhook_disabled', NEW.target, NEW.version, '', '',
           'webhook.manage', NEW.at, NEW.at
    FROM org o WHERE o.id = NEW.org_id AND o.email_notifications = 1;
END;
