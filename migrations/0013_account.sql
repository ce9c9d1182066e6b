-- More about a person: by what their name is sorted, when they last signed in, which tier they pay for themselves, and
-- that their account is gone.

ALTER TABLE user ADD COLUMN sort_name TEXT NOT NULL DEFAULT '';   -- folded name, or the address where there is none
ALTER TABLE user ADD COLUMN signed_in_at INTEGER;
ALTER TABLE user ADD COLUMN personal_tier TEXT;                   -- as the host product reports it
ALTER TABLE user ADD COLUMN deleted_at INTEGER;

UPDATE user SET sort_name = lower(coalesce(display_name, email_key)),
                signed_in_at = (SELECT max(s.created_at) FROM session s WHERE s.user_id = user.id);

DROP TRIGGER sign_in_insert;
-- As before, and the moment is kept.
CREATE TRIGGER sign_in_insert INSTEAD OF INSERT ON sign_in BEGIN
  INSERT INTO user (id, email, email_key, display_name, words, created_at, sort_name)
    SELECT NEW.user_id, c.email, c.email_key, NULL, NEW.words, NEW.at, c.email_key
    FROM sign_in_code c
    WHERE c.id = NEW.code_id AND NOT EXISTS (SELECT 1 FROM user u WHERE u.email_key = c.email_key);
  UPDATE sign_in_code SET used_at = NEW.at WHERE id = NEW.code_id;
  INSERT INTO session (token_hash, id, user_id, code_id, created_at, expires_at)
    SELECT NEW.token_hash, NEW.session_id, u.id, NEW.code_id, NEW.at, NEW.expires_at
    FROM sign_in_code c JOIN user u ON u.email_key = c.email_key
    WHERE c.id = NEW.code_id;
  UPDATE user SET signed_in_at = NEW.at WHERE email_key = (SELECT c.email_key FROM sign_in_code c WHERE c.id = NEW.code_id);
END;

DROP TRIGGER append_insert;
-- The only way in, with what an account may change by now. `account` is as before, and:
--   {personal_tier: {user_id, tier} | null, deleted_user: id | null}
-- An account that is deleted keeps its id, which the logs name, and nothing that says who it was.
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

  -- After the events, because leaving is what the person does last.
  SELECT RAISE(ABORT, 'latchkey:still_a_member')
    WHERE NEW.account ->> '$.deleted_user' IS NOT NULL
      AND (EXISTS (SELECT 1 FROM member m WHERE m.user_id = NEW.account ->> '$.deleted_user' AND m.status = 'active')
           OR EXISTS (SELECT 1 FROM project_member m WHERE m.user_id = NEW.account ->> '$.deleted_user' AND m.status = 'active'));
  DELETE FROM sign_in_code
    WHERE email_key = (SELECT u.email_key FROM user u WHERE u.id = NEW.account ->> '$.deleted_user');
  DELETE FROM session WHERE user_id = NEW.account ->> '$.deleted_user';
  UPDATE user SET email = '', email_key = 'deleted:' || id, display_name = NULL, words = '[]', sort_name = '', personal_tier = NULL,
                  signed_in_at = NULL, deleted_at = NEW.at
    WHERE id = NEW.account ->> '$.deleted_user';
END;
