//! A decided request on its way into the log.

use serde::Serialize;
use serde_json::{Value, json};

use crate::billing::PayerId;
use crate::event::Change;
use crate::fresh::Fresh;
use crate::identity::IdentityKey;
use crate::leaf::{Entry, data_hash};
use crate::policy::Policy;
use crate::secret::hex;
use crate::{
    ApiKeyId, CommandId, DomainId, EventId, InvitationId, JoinRequestId, LinkId, MemberId, OauthClientId, OrgId,
    ProjectId, ProjectMemberId, SessionId, UserId, WebhookId,
};

/// Who appended when time did it: the service itself.
pub const SYSTEM: &str = "system";
/// Who appended when the host product asked, with the operator token.
pub const OPERATOR: &str = "operator";
/// Who appended when a billing provider had something bought.
pub const BILLING: &str = "billing";
/// Who appended when an identity provider told of a user.
pub const IDENTITY: &str = "identity";

/// What a request changes, and under which conditions. The database checks the premises and judges the items again on
/// its own present facts; if anything does not hold, nothing happens and the request is decided afresh.
#[derive(Debug, Clone)]
pub struct Command {
    /// Such as `invitation.create`.
    pub kind: &'static str,
    /// `None` for a request that concerns an account only.
    pub org: Option<OrgId>,
    /// Who appears in the log as having done it: a user id, the id of an API key, [`OPERATOR`], [`BILLING`], [`IDENTITY`] or [`SYSTEM`].
    pub actor: String,
    pub premises: Vec<Premise>,
    pub items: Vec<Item>,
    pub limits: Limits,
    pub account: Option<AccountChange>,
    /// The document that an `org.created` or `policy.changed` event names.
    pub policy: Option<PolicyDocument>,
    /// What follows beyond what the events say, for whoever asks before it is done: such as `licenses_freed`.
    pub consequences: Vec<(&'static str, u64)>,
}

/// A row the decision rested on, as it was: its `rev` grows with each change of that row, and of no other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Premise {
    /// Still signed in, and the account has the same address still, by how many it had before.
    Session(SessionId, u64),
    Key(ApiKeyId, u64),
    OauthClient(OauthClientId, u64),
    Webhook(WebhookId, u64),
    /// Who pays for the organization.
    Payer(PayerId, u64),
    /// What an identity provider has told of a user.
    Identity(IdentityKey, u64),
    Member(MemberId, u64),
    Invitation(InvitationId, u64),
    Link(LinkId, u64),
    Domain(DomainId, u64),
    JoinRequest(JoinRequestId, u64),
    Project(ProjectId, u64),
    ProjectMember(ProjectMemberId, u64),
    /// The organization's settings: name, policy, plan, limits.
    Org(OrgId, u64),
    /// The organization's whole log, for a client that asked with `If-Match`.
    Version(OrgId, u64),
    /// The account is there.
    Account(UserId),
    /// No account has this address.
    NoAccount(String),
}

/// What the items are judged against, by the rules and the plan the decision rested on.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Limits {
    /// How many may hold the top role, members and pending invitations together. `None`: any number.
    pub top_role_max: Option<u64>,
    /// How many seats there are. `None`: any number.
    pub seats_max: Option<u64>,
    pub seats: SeatsAre,
    pub acceptance: Acceptance,
}

/// What fills a seat.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum SeatsAre {
    /// Active members and pending invitations.
    #[default]
    Members,
    /// Assigned licences.
    Licenses,
}

/// What becomes of a command of which the database refuses an item.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Acceptance {
    /// Nothing happens, and the request is decided again.
    #[default]
    AllOrNothing,
    /// The others go on, and each item has its outcome.
    Each,
}

/// One thing asked for, with the events it becomes.
#[derive(Debug, Clone)]
pub struct Item {
    pub judge: Judge,
    /// Seats it takes beyond what is counted already.
    pub seats: u64,
    pub gives_back: GivesBack,
    pub changes: Vec<Change>,
}

/// What an item frees for itself and for the items after it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct GivesBack {
    pub seats: u64,
    pub top_roles: u64,
}

/// What the database must find out by itself, because it depends on rows that do not exist yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Judge {
    /// The premises say it all.
    Premises,
    /// The premises, and room in the top role if it is asked for.
    Promote { wants_top_role: WantsTopRole },
    /// The address is neither an active member's nor invited to the same place, save by `replaces`, which this command
    /// expires; and the top role has room, if it asks for it.
    Invite {
        email_key: String,
        wants_top_role: WantsTopRole,
        replaces: Option<InvitationId>,
        project: Option<ProjectId>,
    },
}

/// Whether an item counts against the top role's holders.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WantsTopRole {
    Yes,
    No,
}

impl WantsTopRole {
    /// Of an item that makes somebody a holder of `role`.
    pub fn of(role: &str, policy: &Policy) -> Self {
        if role == policy.top_role_name() { Self::Yes } else { Self::No }
    }

    /// How many more holders the item makes.
    pub fn count(self) -> u64 {
        u64::from(self == Self::Yes)
    }
}

/// Plain rows outside the log that change with the command.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct AccountChange {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user: Option<NewUser>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub session: Option<NewSession>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub display_name: Option<NewDisplayName>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub personal_tier: Option<NewPersonalTier>,
    /// The account that is deleted with this command, which must have left everything.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deleted_user: Option<UserId>,
}

/// The tier that a person pays for themselves, as the host product reports it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NewPersonalTier {
    pub user_id: UserId,
    pub tier: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NewUser {
    pub id: UserId,
    pub email: String,
    pub email_key: String,
    pub display_name: Option<String>,
    pub words: Vec<String>,
    /// By what lists are sorted.
    pub sort_name: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NewSession {
    pub id: SessionId,
    pub token_hash: String,
    pub user_id: UserId,
    /// Milliseconds since 1970.
    pub expires_at: i64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NewDisplayName {
    pub user_id: UserId,
    pub name: Option<String>,
    pub words: Vec<String>,
    pub sort_name: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PolicyDocument {
    pub hash: String,
    pub document: String,
}

/// A command with its identifiers, times and leaf hashes: what the inserting statement takes.
#[derive(Debug, Clone)]
pub struct Sealed {
    pub id: CommandId,
    pub kind: &'static str,
    pub org: Option<OrgId>,
    pub premises: Value,
    pub items: Value,
    pub limits: Limits,
    pub account: Option<Value>,
    pub policy: Option<Value>,
    /// Milliseconds since 1970.
    pub at: i64,
}

impl Command {
    /// A command of that kind which does nothing yet.
    pub fn of(kind: &'static str, org: Option<OrgId>, actor: String) -> Self {
        Self {
            kind,
            org,
            actor,
            premises: Vec::new(),
            items: Vec::new(),
            limits: Limits::default(),
            account: None,
            policy: None,
            consequences: Vec::new(),
        }
    }

    /// A request that finds everything as it wants it. It appends nothing, but leaves its row, and so uses its
    /// idempotency key up.
    pub fn nothing(org: Option<OrgId>, actor: String) -> Self {
        Self::of("nothing", org, actor)
    }

    /// Gives each event its id, salt and leaf hash.
    pub fn seal(self, at: i64, fresh: &mut dyn Fresh) -> Sealed {
        let items = self.items.iter().map(|item| self.seal_item(item, at, fresh)).collect();
        Sealed {
            id: CommandId::new(fresh.uuid()),
            kind: self.kind,
            premises: Value::Array(self.premises.iter().map(Premise::to_json).collect()),
            items: Value::Array(items),
            limits: self.limits,
            account: self.account.as_ref().map(|a| json!(a)),
            policy: self.policy.as_ref().map(|p| json!(p)),
            org: self.org,
            at,
        }
    }

    fn seal_item(&self, item: &Item, at: i64, fresh: &mut dyn Fresh) -> Value {
        let events: Vec<Value> = item.changes.iter().map(|change| self.seal_event(change, at, fresh)).collect();
        let mut sealed = json!({
            "judge": "premises", "seats": item.seats, "gives_seats": item.gives_back.seats,
            "gives_top": item.gives_back.top_roles, "events": events,
        });
        let judged = match &item.judge {
            Judge::Premises => json!({}),
            Judge::Promote { wants_top_role } => json!({"top": wants_top_role.count()}),
            Judge::Invite { email_key, wants_top_role, replaces, project } => json!({
                "judge": "invite", "email_key": email_key, "replaces": replaces, "project": project,
                "top": wants_top_role.count(),
            }),
        };
        if let (Value::Object(sealed), Value::Object(judged)) = (&mut sealed, judged) {
            sealed.extend(judged);
        }
        sealed
    }

    fn seal_event(&self, change: &Change, at: i64, fresh: &mut dyn Fresh) -> Value {
        let (id, salt, data) = (EventId::new(fresh.uuid()), fresh.salt(), change.data());
        let data_hash = data_hash(&salt, &data);
        let entry = Entry {
            org: self.org.as_ref().map_or("", OrgId::as_str),
            event: id.as_str(),
            at,
            actor: &self.actor,
            kind: change.kind(),
            target: change.target(),
            data_hash: &data_hash,
        };
        json!({
            "id": id, "type": change.kind(), "at": at, "actor": self.actor, "target": change.target(), "data": data,
            "salt": hex(&salt), "data_hash": data_hash, "leaf": entry.leaf_hash(),
        })
    }
}

impl Premise {
    /// `[kind, id, rev]`, as the inserting statement reads it.
    fn to_json(&self) -> Value {
        match self {
            Self::Session(id, address) => json!(["session", id, address]),
            Self::Key(id, rev) => json!(["key", id, rev]),
            Self::OauthClient(id, rev) => json!(["oauth_client", id, rev]),
            Self::Webhook(id, rev) => json!(["webhook", id, rev]),
            Self::Payer(id, rev) => json!(["payer", id, rev]),
            Self::Identity(key, rev) => json!(["identity", key, rev]),
            Self::Member(id, rev) => json!(["member", id, rev]),
            Self::Invitation(id, rev) => json!(["invitation", id, rev]),
            Self::Link(id, rev) => json!(["link", id, rev]),
            Self::Domain(id, rev) => json!(["domain", id, rev]),
            Self::JoinRequest(id, rev) => json!(["join_request", id, rev]),
            Self::Project(id, rev) => json!(["project", id, rev]),
            Self::ProjectMember(id, rev) => json!(["project_member", id, rev]),
            Self::Org(id, rev) => json!(["org", id, rev]),
            Self::Version(id, version) => json!(["version", id, version]),
            Self::Account(id) => json!(["account", id, 0]),
            Self::NoAccount(email_key) => json!(["no_account", email_key, 0]),
        }
    }
}

impl Item {
    /// An item that the premises judge.
    pub fn plain(changes: Vec<Change>) -> Self {
        Self { judge: Judge::Premises, seats: 0, gives_back: GivesBack::default(), changes }
    }
}
