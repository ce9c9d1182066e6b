-- A member's role can change: by another member, by stepping down, or by handing the top role over. A handover is two
-- of these events in one command, the promotion first, so that there is never a moment without a holder.
CREATE TRIGGER fold_member_role_changed AFTER INSERT ON event WHEN NEW.type = 'member.role_changed' BEGIN
  SELECT RAISE(ABORT, 'latchkey:not_a_member')
    WHERE NOT EXISTS (SELECT 1 FROM member WHERE id = NEW.target AND org_id = NEW.org_id AND status = 'active');
  UPDATE org SET top_member_count = top_member_count + (top_role = NEW.data ->> '$.role')
                                  - (top_role = (SELECT role FROM member WHERE id = NEW.target))
    WHERE id = NEW.org_id;
  SELECT RAISE(ABORT, 'latchkey:last_top_role_holder')
    WHERE (SELECT top_member_count FROM org WHERE id = NEW.org_id) < 1;
  UPDATE member SET role = NEW.data ->> '$.role', rev = rev + 1 WHERE id = NEW.target;
END;
