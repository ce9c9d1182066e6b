-- Mail that is really sent: to whom, how often it was tried, what came of it; and the mails that tell people what others did.

DROP TRIGGER outbox_sign_in_code;
DROP TRIGGER outbox_forgets_code;
DROP TRIGGER outbox_invitation;
DROP TRIGGER outbox_invitation_resent;
ALTER TABLE outbox RENAME TO outbox_before;
DROP INDEX outbox_due;
DROP INDEX outbox_newest;
DROP INDEX outbox_by_recipient;

-- What has to leave the service, written with the change that causes it. It holds no secret: whoever delivers derives
-- the link or code again from the subject and its generation.
--
-- A row waits (`pending`), is accepted by the mail provider (`sent`), is tried again later (`failed`), or is given up (`dead`).
-- Whoever delivers first takes rows for a time, by moving `next_at` to its end and writing `lease`; if they are killed, the row is
-- due again by itself. It is sent with its `id`, by which a provider, or a reader, can tell a repetition.
CREATE TABLE outbox (
  id         TEXT PRIMARY KEY,                   -- kind:subject:generation, so a rebuild of the log makes the same row; and :member
  org_id     TEXT,                               -- NULL for a sign-in code
  kind       TEXT NOT NULL,                      -- as in docs/mail.md
  rank       INTEGER NOT NULL DEFAULT 1,         -- 0 goes first: somebody waits for a code
  subject_id TEXT NOT NULL,
  generation INTEGER NOT NULL,
  recipient  TEXT NOT NULL,                      -- the address as typed; empty with an audience
  recipient_key TEXT NOT NULL,                   -- the address as compared
  -- A permission, or `top_role`: whoever has it when the mail leaves. Each of them then has a row of their own, made from this one.
  audience   TEXT,
  made_from  TEXT,                               -- the row with the audience
  facts      TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(facts)), -- what it says beyond what can be looked up; no personal data
  state      TEXT NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'sent', 'failed', 'dead')),
  attempts   INTEGER NOT NULL DEFAULT 0,
  next_at    INTEGER NOT NULL,
  lease      TEXT,                               -- of whoever is delivering it
  retries    INTEGER NOT NULL DEFAULT 0,         -- by hand; each is another mail to a provider
  last_error TEXT,
  provider_id TEXT,                              -- the provider's own id of it
  sent_at    INTEGER,
  created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Until now nothing was sent: mail was read in the mailbox of development. What is still open goes out; the rest is as good as sent.
INSERT INTO outbox (id, org_id, kind, rank, subject_id, generation, recipient, recipient_key, state, attempts, next_at, last_error, created_at)
  SELECT b.id, b.org_id, b.kind, b.kind <> 'sign_in_code', b.subject_id, b.generation, b.recipient, b.recipient_key,
         iif(b.kind = 'sign_in_code' OR i.status = 'pending', b.state, 'sent'), b.attempts, b.next_at, b.last_error, b.created_at
  FROM outbox_before b LEFT JOIN invitation i ON i.id = b.subject_id AND i.generation = b.generation;
DROP TABLE outbox_before;

CREATE INDEX outbox_due ON outbox (rank, next_at) WHERE state IN ('pending', 'failed');
CREATE INDEX outbox_newest ON outbox (created_at, id);
CREATE INDEX outbox_by_recipient ON outbox (recipient_key, created_at, id);
CREATE INDEX outbox_by_org ON outbox (org_id, created_at, id) WHERE org_id IS NOT NULL;
CREATE INDEX outbox_undelivered ON outbox (org_id, created_at, id) WHERE state IN ('failed', 'dead');

-- A code without its mail would be of no use to anybody.
CREATE TRIGGER outbox_sign_in_code AFTER INSERT ON sign_in_code BEGIN
  INSERT INTO outbox (id, kind, rank, subject_id, generation, recipient, recipient_key, next_at, created_at)
    VALUES ('sign_in_code:' || NEW.id || ':1', 'sign_in_code', 0, NEW.id, 1, NEW.email, NEW.email_key, NEW.created_at, NEW.created_at);
END;

-- A code that is forgotten takes its mail with it.
CREATE TRIGGER outbox_forgets_code AFTER DELETE ON sign_in_code BEGIN
  DELETE FROM outbox WHERE id = 'sign_in_code:' || OLD.id || ':1';
END;

-- Rows are named by what they are about, so that the log folded anew makes the same mail and not another. An organization
-- that sends no e-mails has its invitations wait where the invited sign in.
CREATE TRIGGER outbox_invitation AFTER INSERT ON event WHEN NEW.type = 'invitation.created' BEGIN
  INSERT INTO outbox (id, org_id, kind, subject_id, generation, recipient, recipient_key, next_at, created_at)
    SELECT 'invitation:' || NEW.target || ':1', NEW.org_id, 'invitation', NEW.target, 1, NEW.data ->> '$.email',
           NEW.data ->> '$.email_key', NEW.at, NEW.at
    FROM org o WHERE o.id = NEW.org_id AND o.email_notifications = 1;
END;

-- A resend is a mail like the first one.
CREATE TRIGGER outbox_invitation_resent AFTER INSERT ON event WHEN NEW.type = 'invitation.resent' BEGIN
  INSERT INTO outbox (id, org_id, kind, subject_id, generation, recipient, recipient_key, next_at, created_at)
    SELECT 'invitation:' || NEW.target || ':' || (NEW.data ->> '$.generation'), NEW.org_id, 'invitation', NEW.target,
           NEW.data ->> '$.generation', i.email, i.email_key, NEW.at, NEW.at
    FROM invitation i JOIN org o ON o.id = i.org_id WHERE i.id = NEW.target AND o.email_notifications = 1;
END;

-- Whoever was given another role hears of it, unless they took it themselves, be it by a key of their own; a holder of the top role
-- in other words.
CREATE TRIGGER outbox_role_changed AFTER INSERT ON event WHEN NEW.type = 'member.role_changed' BEGIN
  INSERT INTO outbox (id, org_id, kind, subject_id, generation, recipient, recipient_key, facts, next_at, created_at)
    SELECT iif(o.top_role = NEW.data ->> '$.role', 'made_owner:', 'role_changed:') || NEW.target || ':' || NEW.version, NEW.org_id,
           iif(o.top_role = NEW.data ->> '$.role', 'made_owner', 'role_changed'), NEW.target, NEW.version, u.email, u.email_key,
           json_object('by', coalesce(h.user_id, NEW.actor), 'role', NEW.data ->> '$.role', 'was', NEW.data ->> '$.was'), NEW.at, NEW.at
    FROM member m JOIN user u ON u.id = m.user_id JOIN org o ON o.id = m.org_id
      LEFT JOIN api_key k ON k.id = NEW.actor LEFT JOIN member h ON h.id = k.member_id
    WHERE m.id = NEW.target AND u.id <> coalesce(h.user_id, NEW.actor) AND u.deleted_at IS NULL AND o.email_notifications = 1;
END;

-- Whoever was removed hears of it; whoever left knows.
CREATE TRIGGER outbox_removed AFTER INSERT ON event WHEN NEW.type = 'member.removed' BEGIN
  INSERT INTO outbox (id, org_id, kind, subject_id, generation, recipient, recipient_key, facts, next_at, created_at)
    SELECT 'removed:' || NEW.target || ':' || NEW.version, NEW.org_id, 'removed', NEW.target, NEW.version, u.email, u.email_key,
           json_object('by', coalesce(h.user_id, NEW.actor)), NEW.at, NEW.at
    FROM member m JOIN user u ON u.id = m.user_id JOIN org o ON o.id = m.org_id
      LEFT JOIN api_key k ON k.id = NEW.actor LEFT JOIN member h ON h.id = k.member_id
    WHERE m.id = NEW.target AND u.deleted_at IS NULL AND o.email_notifications = 1;
END;

-- When a holder of the top role leaves, the others hear of it.
CREATE TRIGGER outbox_owner_left AFTER INSERT ON event WHEN NEW.type = 'member.left' BEGIN
  INSERT INTO outbox (id, org_id, kind, subject_id, generation, recipient, recipient_key, audience, next_at, created_at)
    SELECT 'owner_left:' || NEW.target || ':' || NEW.version, NEW.org_id, 'owner_left', NEW.target, NEW.version, '', '', 'top_role',
           NEW.at, NEW.at
    FROM member m JOIN org o ON o.id = m.org_id
    WHERE m.id = NEW.target AND m.role = o.top_role AND o.email_notifications = 1;
END;

-- Sent once more by hand, with all its tries. One that is being handed over is let be.
CREATE TRIGGER fold_mail_retried AFTER INSERT ON event WHEN NEW.type = 'mail.retried' BEGIN
  UPDATE outbox SET state = 'pending', attempts = 0, retries = retries + 1, next_at = NEW.at, lease = NULL, last_error = NULL
    WHERE id = NEW.target AND org_id = NEW.org_id AND state IN ('failed', 'dead') AND (lease IS NULL OR next_at <= NEW.at);
END;

DROP TRIGGER append_insert;
DROP VIEW append;
-- The only way in. A view, so that the events travel in the inserted row without being stored twice, and personal data
-- lives in one place.
--   events:  JSON list of {id, type, at, actor, target, data, salt, data_hash, leaf}, in order
--   account: JSON {user, session, display_name, personal_tier, deleted_user} or NULL: what the request changes outside the organization
--   policy:  JSON {hash, document} or NULL: a document that the events name
--   client:  JSON {operation, ip, user_agent} or NULL: where a key's use came from
--   seats:   JSON {max, are} or NULL: what seats there are, when some are taken
CREATE VIEW append AS
  SELECT NULL AS id, NULL AS org_id, NULL AS principal, NULL AS idempotency_key, NULL AS request_hash, NULL AS kind, NULL AS at,
         NULL AS premises, NULL AS outcomes, NULL AS reply, NULL AS first_version, NULL AS events, NULL AS account, NULL AS policy,
         NULL AS client, NULL AS seats
  WHERE 0;

-- As before; and few seats left are worth a mail.
CREATE TRIGGER append_insert INSTEAD OF INSERT ON append BEGIN
  INSERT INTO command (id, org_id, principal, idempotency_key, request_hash, kind, at, premises, outcomes, reply, first_version, event_count)
    VALUES (NEW.id, NEW.org_id, NEW.principal, NEW.idempotency_key, NEW.request_hash, NEW.kind, NEW.at, NEW.premises, NEW.outcomes,
            NEW.reply, NEW.first_version, json_array_length(NEW.events));

  INSERT INTO policy (hash, document)
    SELECT NEW.policy ->> '$.hash', NEW.policy ->> '$.document'
    WHERE NEW.policy IS NOT NULL AND NOT EXISTS (SELECT 1 FROM policy p WHERE p.hash = NEW.policy ->> '$.hash');

  INSERT INTO user (id, email, email_key, display_name, words, created_at, sort_name, signed_in_at)
    SELECT NEW.account ->> '$.user.id', NEW.account ->> '$.user.email', NEW.account ->> '$.user.email_key',
           NEW.account ->> '$.user.display_name', NEW.account -> '$.user.words', NEW.at, NEW.account ->> '$.user.sort_name', NEW.at
    WHERE NEW.account ->> '$.user.id' IS NOT NULL;

  INSERT INTO session (token_hash, id, user_id, created_at, expires_at)
    SELECT NEW.account ->> '$.session.token_hash', NEW.account ->> '$.session.id', NEW.account ->> '$.session.user_id', NEW.at,
           NEW.account ->> '$.session.expires_at'
    WHERE NEW.account ->> '$.session.id' IS NOT NULL;

  UPDATE user SET display_name = NEW.account ->> '$.display_name.name', words = NEW.account -> '$.display_name.words',
                  sort_name = NEW.account ->> '$.display_name.sort_name'
    WHERE id = NEW.account ->> '$.display_name.user_id';

  UPDATE user SET personal_tier = NEW.account ->> '$.personal_tier.tier' WHERE id = NEW.account ->> '$.personal_tier.user_id';

  INSERT INTO event (org_id, version, id, command_id, type, at, effective_at, actor, target, data, salt, data_hash, leaf)
    SELECT NEW.org_id, NEW.first_version + e.key, e.value ->> '$.id', NEW.id, e.value ->> '$.type', e.value ->> '$.at',
           max(e.value ->> '$.at', coalesce((SELECT o.effective_at FROM org o WHERE o.id = NEW.org_id), 0)),
           e.value ->> '$.actor', e.value ->> '$.target', e.value ->> '$.data', e.value ->> '$.salt', e.value ->> '$.data_hash',
           e.value ->> '$.leaf'
    FROM json_each(NEW.events) e
    ORDER BY e.key;

  INSERT INTO activity (org_id, at, id, type, actor, member_id, project_id, ip, user_agent, data, received_at)
    SELECT NEW.org_id, NEW.at, 'act_' || substr(NEW.id, 5), 'api_key.used', k.id, k.member_id, k.project_id, NEW.client ->> '$.ip',
           NEW.client ->> '$.user_agent', json_object('operation', NEW.client ->> '$.operation', 'command', NEW.id), NEW.at
    FROM api_key k WHERE k.id = NEW.principal AND NEW.org_id IS NOT NULL;

  -- Whoever decided while some of the key's rate was left decides again, for others were faster.
  SELECT RAISE(ABORT, 'latchkey:rate_used_up')
    WHERE EXISTS (SELECT 1 FROM api_key k JOIN api_key_use w ON w.key_id = k.id
                  WHERE k.id = NEW.principal AND k.rate_max < w.window_used);

  -- After the events, because leaving is what the person does last.
  SELECT RAISE(ABORT, 'latchkey:still_a_member')
    WHERE NEW.account ->> '$.deleted_user' IS NOT NULL
      AND (EXISTS (SELECT 1 FROM member m WHERE m.user_id = NEW.account ->> '$.deleted_user' AND m.status = 'active')
           OR EXISTS (SELECT 1 FROM project_member m WHERE m.user_id = NEW.account ->> '$.deleted_user' AND m.status = 'active'));
  DELETE FROM sign_in_code
    WHERE email_key = (SELECT u.email_key FROM user u WHERE u.id = NEW.account ->> '$.deleted_user');
  DELETE FROM session WHERE user_id = NEW.account ->> '$.deleted_user';
  -- An invitation is the organization's, and names the address in its event as well.
  DELETE FROM outbox
    WHERE recipient_key = (SELECT u.email_key FROM user u WHERE u.id = NEW.account ->> '$.deleted_user') AND kind <> 'invitation';
  UPDATE user SET email = '', email_key = 'deleted:' || id, display_name = NULL, words = '[]', sort_name = '', personal_tier = NULL,
                  signed_in_at = NULL, deleted_at = NEW.at
    WHERE id = NEW.account ->> '$.deleted_user';

  -- Who can buy seats hears once a day that few or none are left, while they are being taken.
  INSERT INTO outbox (id, org_id, kind, subject_id, generation, recipient, recipient_key, audience, facts, next_at, created_at)
    SELECT x.kind || ':' || x.org_id || ':' || (NEW.at / 86400000), x.org_id, x.kind, x.org_id, NEW.at / 86400000, '', '', 'billing.manage',
           json_object('used', x.used, 'seats', x.seats), NEW.at, NEW.at
    FROM (
      SELECT c.org_id, c.used, c.seats, iif(c.used >= c.seats, 'seats_reached', 'seats_near') AS kind
      FROM (
        SELECT o.id AS org_id, NEW.seats ->> '$.max' AS seats,
               CASE NEW.seats ->> '$.are' WHEN 'licenses' THEN o.license_count ELSE o.member_count + o.pending_count END AS used
        FROM org o WHERE o.id = NEW.org_id AND NEW.seats IS NOT NULL AND o.email_notifications = 1) c
      WHERE c.seats > 0 AND c.used * 10 >= c.seats * 9) x
    WHERE NOT EXISTS (SELECT 1 FROM outbox b WHERE b.id = x.kind || ':' || x.org_id || ':' || (NEW.at / 86400000));
END;
