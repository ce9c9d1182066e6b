//! What is there when a step is taken, by small numbers.

use std::sync::Arc;

use latchkey_domain::policy::{self, Policy};
use latchkey_domain::{
    ApiKeyId, DomainId, InvitationId, JoinRequestId, LinkId, MemberId, OauthClientId, OrgId, ProjectId,
    ProjectMemberId, RoleName, UserId, WebhookId,
};
use latchkey_store::db::{Db, Value};

use crate::steps::pick;
use crate::world::World;

impl<D: Db> World<D> {
    pub(crate) fn some_org(&self, what: u8) -> Option<OrgId> {
        OrgId::parse(&self.some_text("SELECT id FROM org ORDER BY status, id", what)?)
    }

    pub(crate) fn name_of(&self, org: &OrgId) -> String {
        let rows = self.rows("SELECT name FROM org WHERE id = ?1", vec![Value::Text(org.to_string())]);
        text(&rows[0][0])
    }

    /// Another organization now and then: an id in the wrong place must find nothing.
    pub(crate) fn perhaps_another(&self, org: OrgId, extra: u8) -> OrgId {
        if extra < 220 { org } else { self.some_org(extra).unwrap_or(org) }
    }

    /// Mostly somebody who is in the organization, often its creator.
    pub(crate) fn someone_in(&self, org: &OrgId, who: u8) -> usize {
        let sql = "SELECT u.email_key FROM member m JOIN user u ON u.id = m.user_id \
                   WHERE m.org_id = ?1 AND m.status = 'active' ORDER BY m.joined_version";
        let inside: Vec<usize> = self
            .rows(sql, vec![Value::Text(org.to_string())])
            .iter()
            .filter_map(|row| self.person(&text(&row[0])))
            .collect();
        match inside.as_slice() {
            [creator, ..] if who < 90 => *creator,
            [_, ..] if who < 220 => pick(&inside, who),
            _ => usize::from(who) % self.people.len(),
        }
    }

    pub(crate) fn some_member(&self, what: u8) -> Option<(MemberId, OrgId)> {
        let rows = self.mostly(
            "SELECT id, org_id FROM member WHERE status = 'active' ORDER BY id",
            "SELECT id, org_id FROM member ORDER BY id",
            what,
        );
        let row = rows.get(usize::from(what) % rows.len().max(1))?;
        Some((MemberId::parse(&text(&row[0]))?, OrgId::parse(&text(&row[1]))?))
    }

    /// An invitation, its organization, and the person it was sent to.
    pub(crate) fn some_invitation(&self, what: u8) -> Option<(InvitationId, OrgId, Option<usize>)> {
        let rows = self.mostly(
            "SELECT id, org_id, email_key FROM invitation WHERE status = 'pending' ORDER BY id",
            "SELECT id, org_id, email_key FROM invitation ORDER BY id",
            what,
        );
        let row = rows.get(usize::from(what) % rows.len().max(1))?;
        Some((InvitationId::parse(&text(&row[0]))?, OrgId::parse(&text(&row[1]))?, self.person(&text(&row[2]))))
    }

    pub(crate) fn some_domain(&self, what: u8) -> Option<DomainId> {
        let claimed = "SELECT id FROM org_domain WHERE status <> 'released' ORDER BY id";
        let rows = self.mostly(claimed, "SELECT id FROM org_domain ORDER BY id", what);
        DomainId::parse(&text(&rows.get(usize::from(what) % rows.len().max(1))?[0]))
    }

    /// A request to be let in, and whose it is.
    pub(crate) fn some_request(&self, what: u8) -> Option<(JoinRequestId, UserId)> {
        let open = "SELECT id, user_id FROM join_request WHERE status = 'open' ORDER BY id";
        let rows = self.mostly(open, "SELECT id, user_id FROM join_request ORDER BY id", what);
        let row = rows.get(usize::from(what) % rows.len().max(1))?;
        Some((JoinRequestId::parse(&text(&row[0]))?, UserId::parse(&text(&row[1]))?))
    }

    pub(crate) fn mostly(&self, open: &str, all: &str, what: u8) -> Vec<Vec<Value>> {
        let rows = self.rows(open, Vec::new());
        if rows.is_empty() || what > 200 { self.rows(all, Vec::new()) } else { rows }
    }

    pub(crate) fn person(&self, email_key: &str) -> Option<usize> {
        self.people.iter().position(|person| person.email.key() == email_key)
    }

    /// The rules of the organization as they are.
    pub(crate) fn rules_of(&self, org: &OrgId) -> Arc<Policy> {
        let sql = "SELECT p.hash, p.document FROM org o JOIN policy p ON p.hash = o.policy_hash WHERE o.id = ?1";
        let rows = self.rows(sql, vec![Value::Text(org.to_string())]);
        policy::load(&text(&rows[0][0]), Some(&text(&rows[0][1]))).unwrap()
    }

    /// The present rules with something else in them, or a preset's.
    pub(crate) fn other_rules(&self, org: &OrgId, extra: u8) -> Option<String> {
        let mut rules: serde_json::Value = serde_json::from_str(&self.rules_of(org).document()).unwrap();
        rules["name"] = "own".into();
        match extra % 6 {
            0 => rules["organizations_per_person"] = "one".into(),
            1 => rules["organizations_per_person"] = "many".into(),
            2 => drop(rules["roles"].as_array_mut()?.pop()),
            3 => rules["top_role"]["billed_owner"] = (extra.is_multiple_of(2)).into(),
            4 => rules["roles"].as_array_mut()?.swap(0, 1),
            _ => rules["invitation"]["lifetime_s"] = (60 + u64::from(extra)).into(),
        }
        let document = rules.to_string();
        Policy::parse(&document).ok().map(|_| document)
    }

    /// Somebody who is in the project by itself.
    pub(crate) fn guest_of(&self, project: &ProjectId) -> Option<usize> {
        let sql = "SELECT u.email_key FROM project_member m JOIN user u ON u.id = m.user_id \
                   WHERE m.project_id = ?1 AND m.status = 'active' ORDER BY m.id";
        let rows = self.rows(sql, vec![Value::Text(project.to_string())]);
        rows.iter().find_map(|row| self.person(&text(&row[0])))
    }

    pub(crate) fn org_of_link(&self, link: &LinkId) -> OrgId {
        let rows = self.rows("SELECT org_id FROM invite_link WHERE id = ?1", vec![Value::Text(link.to_string())]);
        OrgId::parse(&text(&rows[0][0])).unwrap()
    }

    pub(crate) fn org_of(&self, project: &ProjectId) -> OrgId {
        let rows = self.rows("SELECT org_id FROM project WHERE id = ?1", vec![Value::Text(project.to_string())]);
        OrgId::parse(&text(&rows[0][0])).unwrap()
    }

    pub(crate) fn name_of_project(&self, project: &ProjectId) -> String {
        let rows = self.rows("SELECT name FROM project WHERE id = ?1", vec![Value::Text(project.to_string())]);
        text(&rows[0][0])
    }

    /// A role for a single project, mostly.
    pub(crate) fn guest_role(&self, org: &OrgId, what: u8) -> Option<RoleName> {
        let rules = self.rules_of(org);
        let names: Vec<&String> = rules.projects.guest_roles.iter().collect();
        if names.is_empty() || what > 230 {
            return self.some_role(org, what);
        }
        RoleName::parse(names[usize::from(what) % names.len()]).ok()
    }

    pub(crate) fn members_of(&self, org: &OrgId) -> Vec<MemberId> {
        let sql = "SELECT id FROM member WHERE org_id = ?1 AND status = 'active' ORDER BY joined_version";
        let rows = self.rows(sql, vec![Value::Text(org.to_string())]);
        rows.iter().filter_map(|row| MemberId::parse(&text(&row[0]))).collect()
    }

    /// A role of the organization's rules, the upper ones more often, or one that is not there.
    pub(crate) fn some_role(&self, org: &OrgId, what: u8) -> Option<RoleName> {
        let mut names = self.rules_of(org).role_names();
        names.insert(0, names.first()?.clone());
        names.push("emperor".to_owned());
        RoleName::parse(&names[usize::from(what) % names.len()]).ok()
    }

    pub(crate) fn some_link(&self, what: u8) -> Option<LinkId> {
        LinkId::parse(&self.some_text("SELECT id FROM invite_link ORDER BY status, id", what % 4)?)
    }

    /// An API key, and its organization.
    pub(crate) fn some_key(&self, what: u8) -> Option<(ApiKeyId, OrgId)> {
        let rows = self.mostly(
            "SELECT id, org_id FROM api_key WHERE status = 'active' ORDER BY id",
            "SELECT id, org_id FROM api_key ORDER BY id",
            what,
        );
        let row = rows.get(usize::from(what) % rows.len().max(1))?;
        Some((ApiKeyId::parse(&text(&row[0]))?, OrgId::parse(&text(&row[1]))?))
    }

    /// The active keys of a member.
    pub(crate) fn keys_of(&self, member: &MemberId) -> Vec<ApiKeyId> {
        let sql = "SELECT id FROM api_key WHERE member_id = ?1 AND status = 'active' ORDER BY id";
        let rows = self.rows(sql, vec![Value::Text(member.to_string())]);
        rows.iter().filter_map(|row| ApiKeyId::parse(&text(&row[0]))).collect()
    }

    /// What a key of the organization is found by, one of an old text now and then.
    pub(crate) fn some_credential(&self, org: &OrgId, what: u8) -> Option<String> {
        let sql = "SELECT s.id FROM api_key_secret s JOIN api_key k ON k.id = s.api_key_id WHERE s.org_id = ?1 AND k.status = 'active' \
                   ORDER BY s.api_key_id, s.generation";
        let rows = self.rows(sql, vec![Value::Text(org.to_string())]);
        rows.get(usize::from(what) % rows.len().max(1)).map(|row| text(&row[0]))
    }

    pub(crate) fn some_project(&self, what: u8) -> Option<ProjectId> {
        ProjectId::parse(&self.some_text("SELECT id FROM project ORDER BY status, id", what % 4)?)
    }

    pub(crate) fn some_project_member(&self, what: u8) -> Option<ProjectMemberId> {
        ProjectMemberId::parse(&self.some_text("SELECT id FROM project_member ORDER BY status, id", what % 4)?)
    }

    pub(crate) fn some_client(&self, what: u8) -> Option<OauthClientId> {
        OauthClientId::parse(&self.some_text("SELECT id FROM oauth_client ORDER BY status, id", what % 4)?)
    }

    pub(crate) fn some_webhook(&self, what: u8) -> Option<WebhookId> {
        WebhookId::parse(&self.some_text("SELECT id FROM webhook ORDER BY status DESC, id", what % 8)?)
    }

    pub(crate) fn org_of_webhook(&self, webhook: &WebhookId) -> OrgId {
        let org = self.some_text(&format!("SELECT org_id FROM webhook WHERE id = '{webhook}'"), 0);
        OrgId::parse(&org.unwrap()).unwrap()
    }

    pub(crate) fn org_of_client(&self, client: &OauthClientId) -> OrgId {
        let org = self.some_text(&format!("SELECT org_id FROM oauth_client WHERE id = '{client}'"), 0);
        OrgId::parse(&org.unwrap()).unwrap()
    }

    pub(crate) fn some_text(&self, sql: &str, what: u8) -> Option<String> {
        let rows = self.rows(sql, Vec::new());
        rows.get(usize::from(what) % rows.len().max(1)).map(|row| text(&row[0]))
    }
}

fn text(value: &Value) -> String {
    match value {
        Value::Text(text) => text.clone(),
        other => panic!("not a text: {other:?}"),
    }
}
