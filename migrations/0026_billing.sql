-- What others tell: events that come in by webhook, and who pays for which organization.

-- Which events came in, so that none counts twice, and none comes back as another. It is kept for as long as a sender may repeat one.
CREATE TABLE hook_event (
  sender      TEXT NOT NULL,                     -- stripe, billing, …: whose the id is
  id          TEXT NOT NULL,                     -- as the sender has it
  said_hash   TEXT NOT NULL,                     -- hex of SHA-256 over what it says
  received_at INTEGER NOT NULL,
  PRIMARY KEY (sender, id)
) STRICT, WITHOUT ROWID;

-- Lets housekeeping find what may be deleted.
CREATE INDEX hook_event_by_age ON hook_event (received_at);

-- Who pays, and for whom. It belongs to no log: what an organization has by it is in the log (`plan.changed`, by `billing`).
-- News raises `rev` and makes the row due; it is settled once the organization's plan is in keeping with it, and parked when a person
-- has to say what that means. What is parked stays due, for another price list or policy may settle it.
CREATE TABLE billing_payer (
  id             TEXT PRIMARY KEY,               -- stripe:cus_…, hook:…, or an organization that its sender names itself
  org_id         TEXT,                           -- whom they pay for
  claimed_org_id TEXT,                           -- whom they said they pay for, where that could not be so
  rev            INTEGER NOT NULL,               -- a premise of whatever is decided about them
  due_at         INTEGER,                        -- NULL: settled
  parked         TEXT,                           -- why a person has to look at it
  parked_at      INTEGER
) STRICT, WITHOUT ROWID;

-- One payer an organization: whoever came first, until the operator says otherwise. A stranger who names an organization when they
-- buy something does not take its billing over.
CREATE UNIQUE INDEX billing_payer_by_org ON billing_payer (org_id) WHERE org_id IS NOT NULL;
CREATE INDEX billing_payer_due ON billing_payer (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX billing_payer_parked ON billing_payer (parked_at, id) WHERE parked IS NOT NULL;

-- A subscription as its newest news has it.
CREATE TABLE billing_subscription (
  payer_id TEXT NOT NULL,
  id       TEXT NOT NULL,
  began_at INTEGER NOT NULL,
  at       INTEGER NOT NULL,                     -- of that news, by the sender's clock
  rank     INTEGER NOT NULL,                     -- within one moment: 0 a beginning, 1 a change, 2 an end
  live     INTEGER NOT NULL CHECK (live IN (0, 1)),
  terms    TEXT NOT NULL CHECK (json_valid(terms)),
  PRIMARY KEY (payer_id, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX billing_subscription_live ON billing_subscription (payer_id, began_at, id) WHERE live = 1;

-- News on its way in. The inserting statement says whether it is newer than what is known of its subscription.
CREATE VIEW billing_news AS
  SELECT NULL AS sender, NULL AS event, NULL AS said_hash, NULL AS received_at, NULL AS payer, NULL AS org, NULL AS at,
         NULL AS subscription, NULL AS began_at, NULL AS rank, NULL AS live, NULL AS terms, NULL AS is_newer
  WHERE 0;

-- All of it or nothing; an event that came before breaks the key of its table.
CREATE TRIGGER billing_news_insert INSTEAD OF INSERT ON billing_news BEGIN
  INSERT INTO hook_event (sender, id, said_hash, received_at) VALUES (NEW.sender, NEW.event, NEW.said_hash, NEW.received_at);
  INSERT INTO billing_payer (id, rev)
    SELECT NEW.payer, 0 WHERE NOT EXISTS (SELECT 1 FROM billing_payer p WHERE p.id = NEW.payer);
  -- Who has an organization keeps it, and an organization its payer: what is said later is noted for the operator.
  UPDATE billing_payer SET org_id = NEW.org
    WHERE id = NEW.payer AND org_id IS NULL AND NEW.org IS NOT NULL
      AND EXISTS (SELECT 1 FROM org o WHERE o.id = NEW.org AND o.status = 'active')
      AND NOT EXISTS (SELECT 1 FROM billing_payer x WHERE x.org_id = NEW.org);
  UPDATE billing_payer SET claimed_org_id = NEW.org WHERE id = NEW.payer AND NEW.org IS NOT NULL AND org_id IS NOT NEW.org;
  INSERT INTO billing_subscription (payer_id, id, began_at, at, rank, live, terms)
    SELECT NEW.payer, NEW.subscription, NEW.began_at, NEW.at, NEW.rank, NEW.live, NEW.terms
    WHERE NEW.subscription IS NOT NULL AND NEW.is_newer = 1
    ON CONFLICT (payer_id, id) DO UPDATE SET
      at = excluded.at, rank = excluded.rank, live = excluded.live, terms = excluded.terms;
  UPDATE billing_payer SET rev = rev + 1, due_at = NEW.received_at
    WHERE id = NEW.payer AND (NEW.is_newer = 1 OR NEW.org IS NOT NULL);
END;

-- The command that settles a payer has them among its premises, as they were: settled is what it was decided on.
CREATE TRIGGER billing_settled AFTER INSERT ON command WHEN NEW.kind = 'plan.bill' BEGIN
  UPDATE billing_payer SET due_at = NULL, parked = NULL, parked_at = NULL
    WHERE id = (SELECT p.value ->> 1 FROM json_each(NEW.premises) p WHERE p.value ->> 0 = 'payer');
END;
