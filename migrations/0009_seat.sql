-- What an organization has bought, and what is counted against it: seats, licences, named limits.

ALTER TABLE org ADD COLUMN seats INTEGER CHECK (seats >= 0);      -- a number of its own; NULL: what the plan says
ALTER TABLE org ADD COLUMN upgrade_url TEXT;                      -- where more can be had
ALTER TABLE org ADD COLUMN license_count INTEGER NOT NULL DEFAULT 0 CHECK (license_count >= 0);
-- Named numbers that the host product asks about, as a JSON object; a member's own go before the organization's.
ALTER TABLE org ADD COLUMN limits TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(limits));
ALTER TABLE member ADD COLUMN limits TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(limits));
ALTER TABLE member ADD COLUMN licensed INTEGER NOT NULL DEFAULT 0 CHECK (licensed IN (0, 1));

-- A smaller plan takes nothing from anybody: what is there stays, and what is new is judged against it.
CREATE TRIGGER fold_plan_changed AFTER INSERT ON event WHEN NEW.type = 'plan.changed' BEGIN
  UPDATE org SET plan = NEW.data ->> '$.plan', seats = NEW.data ->> '$.seats', upgrade_url = NEW.data ->> '$.upgrade_url', rev = rev + 1
    WHERE id = NEW.org_id;
END;

-- The numbers are replaced as a whole: what is not named any more is not limited any more.
CREATE TRIGGER fold_org_limits_changed AFTER INSERT ON event WHEN NEW.type = 'org.limits_changed' BEGIN
  UPDATE org SET limits = NEW.data -> '$.limits', rev = rev + 1 WHERE id = NEW.org_id;
END;

-- The same for one member.
CREATE TRIGGER fold_member_limits_changed AFTER INSERT ON event WHEN NEW.type = 'member.limits_changed' BEGIN
  SELECT RAISE(ABORT, 'latchkey:not_a_member')
    WHERE NOT EXISTS (SELECT 1 FROM member WHERE id = NEW.target AND org_id = NEW.org_id AND status = 'active');
  UPDATE member SET limits = NEW.data -> '$.limits', rev = rev + 1 WHERE id = NEW.target;
END;

-- A licence is an active member's, once. Whether a seat is free is judged by the statement that appends.
CREATE TRIGGER fold_license AFTER INSERT ON event WHEN NEW.type IN ('license.assigned', 'license.removed') BEGIN
  SELECT RAISE(ABORT, 'latchkey:not_a_member')
    WHERE NOT EXISTS (SELECT 1 FROM member WHERE id = NEW.target AND org_id = NEW.org_id AND status = 'active'
                      AND licensed = (NEW.type = 'license.removed'));
  UPDATE org SET license_count = license_count + iif(NEW.type = 'license.assigned', 1, -1) WHERE id = NEW.org_id;
  UPDATE member SET licensed = (NEW.type = 'license.assigned'), rev = rev + 1 WHERE id = NEW.target;
END;
