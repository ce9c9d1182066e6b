-- The folds that several concepts share, each in its present form: an organization's beginning and end, and how people
-- come in, change and go. They replace those of 0003, 0004, 0005 and 0007.

DROP TRIGGER fold_org_created;
-- A log begins with its organization, whose rules must be among the documents that are kept.
CREATE TRIGGER fold_org_created AFTER INSERT ON event WHEN NEW.type = 'org.created' BEGIN
  SELECT RAISE(ABORT, 'latchkey:no_such_policy') WHERE NOT EXISTS (SELECT 1 FROM policy WHERE hash = NEW.data ->> '$.policy_hash');
  INSERT INTO org (id, name, policy, policy_hash, top_role, plan, status, rev, version, effective_at, created_at, exclusive,
                   email_notifications, billed_member_id)
    VALUES (NEW.org_id, NEW.data ->> '$.name', NEW.data ->> '$.policy', NEW.data ->> '$.policy_hash', NEW.data ->> '$.top_role',
            NEW.data ->> '$.plan', 'active', 1, NEW.version, NEW.effective_at, NEW.effective_at, coalesce(NEW.data ->> '$.exclusive', 0),
            1 - coalesce(NEW.data ->> '$.emails_off', 0), NEW.data ->> '$.billed_owner');
END;

DROP TRIGGER fold_member_joined;
-- Every way into an organization ends here, the creator's own included; a second active membership breaks an index, and so
-- does a second exclusive one. By a link, it takes one of the link's uses.
CREATE TRIGGER fold_member_joined AFTER INSERT ON event WHEN NEW.type = 'member.joined' BEGIN
  SELECT RAISE(ABORT, 'latchkey:no_such_account') WHERE NOT EXISTS (SELECT 1 FROM user WHERE id = NEW.data ->> '$.user');
  SELECT RAISE(ABORT, 'latchkey:link_not_active')
    WHERE NEW.data ->> '$.link' IS NOT NULL
      AND NOT EXISTS (SELECT 1 FROM invite_link l WHERE l.id = NEW.data ->> '$.link' AND l.org_id = NEW.org_id AND l.status = 'active'
                      AND (l.uses_max IS NULL OR l.uses < l.uses_max));
  UPDATE invite_link SET uses = uses + 1 WHERE id = NEW.data ->> '$.link';
  INSERT INTO member (id, org_id, user_id, role, status, joined_version, joined_at, invitation_id, link_id, rev, exclusive, name)
    SELECT NEW.target, NEW.org_id, u.id, NEW.data ->> '$.role', 'active', NEW.version, NEW.effective_at,
           NEW.data ->> '$.invitation', NEW.data ->> '$.link', 1, o.exclusive, u.sort_name
    FROM user u JOIN org o ON o.id = NEW.org_id WHERE u.id = NEW.data ->> '$.user';
  UPDATE org SET member_count = member_count + 1, top_member_count = top_member_count + (top_role = NEW.data ->> '$.role')
    WHERE id = NEW.org_id;
  INSERT INTO role_use (org_id, role, members) VALUES (NEW.org_id, NEW.data ->> '$.role', 1)
    ON CONFLICT (org_id, role) DO UPDATE SET members = members + 1;
  INSERT INTO roster_word (org_id, word, entry_id)
    SELECT DISTINCT NEW.org_id, w.value, NEW.target FROM user u, json_each(u.words) w WHERE u.id = NEW.data ->> '$.user';
END;

DROP TRIGGER fold_member_ended;
-- Leaving and being removed end a membership alike, with its licence and with what the person had in single projects. The
-- last holder of the top role cannot go, even when several go at once: whoever comes second finds the count of the first.
-- Nor can the billed owner. A person is in few projects and a project may have many people: the plus signs have the person
-- looked up, not the organization.
CREATE TRIGGER fold_member_ended AFTER INSERT ON event WHEN NEW.type IN ('member.left', 'member.removed') BEGIN
  SELECT RAISE(ABORT, 'latchkey:not_a_member')
    WHERE NOT EXISTS (SELECT 1 FROM member WHERE id = NEW.target AND org_id = NEW.org_id AND status = 'active');
  SELECT RAISE(ABORT, 'latchkey:billed_owner') WHERE EXISTS (SELECT 1 FROM org WHERE id = NEW.org_id AND billed_member_id = NEW.target);
  UPDATE org SET member_count = member_count - 1,
                 top_member_count = top_member_count - (top_role = (SELECT role FROM member WHERE id = NEW.target)),
                 license_count = license_count - (SELECT licensed FROM member WHERE id = NEW.target)
    WHERE id = NEW.org_id;
  SELECT RAISE(ABORT, 'latchkey:last_top_role_holder')
    WHERE (SELECT top_member_count FROM org WHERE id = NEW.org_id) < 1;
  UPDATE project SET member_count = member_count - 1
    WHERE id IN (SELECT p.project_id FROM project_member p
                 WHERE p.user_id = (SELECT user_id FROM member WHERE id = NEW.target) AND +p.org_id = NEW.org_id AND p.status = 'active');
  UPDATE role_use SET project_members = project_members
      - (SELECT count(*) FROM project_member p WHERE p.user_id = (SELECT user_id FROM member WHERE id = NEW.target)
         AND +p.org_id = NEW.org_id AND p.status = 'active' AND p.role = role_use.role)
    WHERE org_id = NEW.org_id;
  UPDATE project_member SET status = substr(NEW.type, 8), ended_at = NEW.effective_at, rev = rev + 1
    WHERE user_id = (SELECT user_id FROM member WHERE id = NEW.target) AND +org_id = NEW.org_id AND status = 'active';
  UPDATE role_use SET members = members - 1 WHERE org_id = NEW.org_id AND role = (SELECT role FROM member WHERE id = NEW.target);
  UPDATE member SET status = substr(NEW.type, 8), ended_at = NEW.effective_at, rev = rev + 1, licensed = 0, name = ''
    WHERE id = NEW.target;
  DELETE FROM roster_word WHERE entry_id = NEW.target;
END;

DROP TRIGGER fold_member_role_changed;
-- A member's role can change: by another member, by stepping down, or by handing the top role over. A handover is two
-- of these events in one command, the promotion first, so that there is never a moment without a holder.
CREATE TRIGGER fold_member_role_changed AFTER INSERT ON event WHEN NEW.type = 'member.role_changed' BEGIN
  SELECT RAISE(ABORT, 'latchkey:not_a_member')
    WHERE NOT EXISTS (SELECT 1 FROM member WHERE id = NEW.target AND org_id = NEW.org_id AND status = 'active');
  SELECT RAISE(ABORT, 'latchkey:billed_owner')
    WHERE EXISTS (SELECT 1 FROM org WHERE id = NEW.org_id AND billed_member_id = NEW.target AND top_role <> NEW.data ->> '$.role');
  UPDATE org SET top_member_count = top_member_count + (top_role = NEW.data ->> '$.role')
                                  - (top_role = (SELECT role FROM member WHERE id = NEW.target))
    WHERE id = NEW.org_id;
  SELECT RAISE(ABORT, 'latchkey:last_top_role_holder')
    WHERE (SELECT top_member_count FROM org WHERE id = NEW.org_id) < 1;
  INSERT INTO role_use (org_id, role, members) VALUES (NEW.org_id, NEW.data ->> '$.role', 1)
    ON CONFLICT (org_id, role) DO UPDATE SET members = members + 1;
  UPDATE role_use SET members = members - 1 WHERE org_id = NEW.org_id AND role = (SELECT role FROM member WHERE id = NEW.target);
  UPDATE member SET role = NEW.data ->> '$.role', rev = rev + 1 WHERE id = NEW.target;
END;

DROP TRIGGER fold_invitation_created;
-- An invitation counts from its first moment, against the limits as in the member list; one into a project counts there.
CREATE TRIGGER fold_invitation_created AFTER INSERT ON event WHEN NEW.type = 'invitation.created' BEGIN
  SELECT RAISE(ABORT, 'latchkey:no_such_project')
    WHERE NEW.data ->> '$.project' IS NOT NULL
      AND NOT EXISTS (SELECT 1 FROM project WHERE id = NEW.data ->> '$.project' AND org_id = NEW.org_id AND status = 'active');
  INSERT INTO invitation (id, org_id, email, email_key, role, status, generation, key_id, invited_by, invited_version, invited_at,
                          sent_at, expires_at, rev, project_id)
    VALUES (NEW.target, NEW.org_id, NEW.data ->> '$.email', NEW.data ->> '$.email_key', NEW.data ->> '$.role', 'pending',
            NEW.data ->> '$.generation', NEW.data ->> '$.key_id', NEW.data ->> '$.invited_by', NEW.version, NEW.effective_at,
            NEW.effective_at, NEW.data ->> '$.expires_at', 1, NEW.data ->> '$.project');
  UPDATE org SET pending_count = pending_count + 1, top_pending_count = top_pending_count + (top_role = NEW.data ->> '$.role')
    WHERE id = NEW.org_id AND NEW.data ->> '$.project' IS NULL;
  UPDATE project SET pending_count = pending_count + 1 WHERE id = NEW.data ->> '$.project';
  INSERT INTO role_use (org_id, role, pending) VALUES (NEW.org_id, NEW.data ->> '$.role', 1)
    ON CONFLICT (org_id, role) DO UPDATE SET pending = pending + 1;
  -- Older events have no words: their address and its domain stand in.
  INSERT INTO roster_word (org_id, word, entry_id)
    SELECT DISTINCT NEW.org_id, w.value, NEW.target
    FROM json_each(coalesce(NEW.data -> '$.words', json_array(NEW.data ->> '$.email_key',
           substr(NEW.data ->> '$.email_key', instr(NEW.data ->> '$.email_key', '@') + 1)))) w
    WHERE NEW.data ->> '$.project' IS NULL;
END;

DROP TRIGGER fold_invitation_ended;
-- Every way an invitation can end: exactly one of them happens, because each needs it pending.
CREATE TRIGGER fold_invitation_ended AFTER INSERT ON event
WHEN NEW.type IN ('invitation.accepted', 'invitation.declined', 'invitation.cancelled', 'invitation.expired') BEGIN
  SELECT RAISE(ABORT, 'latchkey:not_pending')
    WHERE NOT EXISTS (SELECT 1 FROM invitation WHERE id = NEW.target AND org_id = NEW.org_id AND status = 'pending');
  UPDATE org SET pending_count = pending_count - 1,
                 top_pending_count = top_pending_count - (top_role = (SELECT role FROM invitation WHERE id = NEW.target))
    WHERE id = NEW.org_id AND (SELECT project_id FROM invitation WHERE id = NEW.target) IS NULL;
  UPDATE project SET pending_count = pending_count - 1 WHERE id = (SELECT project_id FROM invitation WHERE id = NEW.target);
  UPDATE role_use SET pending = pending - 1 WHERE org_id = NEW.org_id AND role = (SELECT role FROM invitation WHERE id = NEW.target);
  UPDATE invitation SET status = substr(NEW.type, 12), ended_at = NEW.effective_at,
                        member_id = coalesce(NEW.data ->> '$.member', NEW.data ->> '$.project_member'), rev = rev + 1
    WHERE id = NEW.target;
  DELETE FROM roster_word WHERE entry_id = NEW.target;
END;

DROP TRIGGER fold_org_deleted;
-- Deleting an organization ends all that is open in it; the log stays.
CREATE TRIGGER fold_org_deleted AFTER INSERT ON event WHEN NEW.type = 'org.deleted' BEGIN
  UPDATE member SET status = 'removed', ended_at = NEW.effective_at, rev = rev + 1, licensed = 0, name = ''
    WHERE org_id = NEW.org_id AND status = 'active';
  UPDATE invitation SET status = 'cancelled', ended_at = NEW.effective_at, rev = rev + 1
    WHERE org_id = NEW.org_id AND status = 'pending';
  UPDATE invite_link SET status = 'revoked', ended_at = NEW.effective_at, rev = rev + 1
    WHERE org_id = NEW.org_id AND status = 'active';
  UPDATE project_member SET status = 'removed', ended_at = NEW.effective_at, rev = rev + 1
    WHERE org_id = NEW.org_id AND status = 'active';
  UPDATE project SET status = 'deleted', deleted_at = NEW.effective_at, rev = rev + 1, member_count = 0, pending_count = 0
    WHERE org_id = NEW.org_id AND status = 'active';
  DELETE FROM roster_word WHERE org_id = NEW.org_id;
  DELETE FROM role_use WHERE org_id = NEW.org_id;
  UPDATE org SET status = 'deleted', deleted_at = NEW.effective_at, rev = rev + 1, member_count = 0, pending_count = 0,
                 top_member_count = 0, top_pending_count = 0, license_count = 0, project_count = 0
    WHERE id = NEW.org_id;
END;
