//! Whether somebody may do something, and why: the answer to a host product that asks.
//!
//! Who is a member of the organization has their role there and in each of its projects; who is in one project only has their
//! role there and nowhere else. A restriction takes from a member's role, for all but the resources that it lists.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use crate::facts::KeyProof;
use crate::key::{Kept, KeyPower};
use crate::policy::{OWN_PERMISSIONS, Policy};
use crate::{ApiKeyId, EventId, MemberId, OrgId, ProjectId, ProjectMemberId, UserId};

/// The permission that lets a member ask about the others.
pub const ASKS_ABOUT_OTHERS: &str = "member.read";

/// May this subject do that to the resource?
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    pub subject: Subject,
    /// The name of a permission.
    pub action: String,
    pub resource: Resource,
}

/// Whom a question is about. Whether there is somebody of that id, the store knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subject {
    pub kind: String,
    pub id: String,
}

/// What a question is about: an organization, a project, or a thing of the host product within one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resource {
    pub kind: String,
    pub id: String,
    organization: Option<String>,
    project: Option<String>,
}

/// The kinds of subjects there are.
pub const SUBJECT_KINDS: [&str; 3] = ["user", "member", "api_key"];

impl Resource {
    /// A resource as it was named; `organization` and `project` say where a thing of the host product belongs.
    pub fn new(kind: String, id: String, organization: Option<String>, project: Option<String>) -> Self {
        match kind.as_str() {
            "organization" => Self { organization: Some(id.clone()), project: None, kind, id },
            "project" => Self { project: Some(id.clone()), organization, kind, id },
            _ => Self { kind, id, organization, project },
        }
    }

    /// The organization it is in. `None` for a project, whose own row says.
    pub fn organization(&self) -> Option<&str> {
        self.organization.as_deref()
    }

    /// The project that it is, or is in.
    pub fn project(&self) -> Option<&str> {
        self.project.as_deref()
    }
}

/// What the store knows of a question.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Facts {
    /// Absent when it is unknown or deleted.
    pub org: Option<Org>,
    /// The project asked about, when it is the organization's and active.
    pub project: Option<ProjectId>,
    /// The subject's active membership of the organization.
    pub member: Option<Member>,
    /// The subject's active membership of the project by itself.
    pub guest: Option<Guest>,
    /// The API key that the subject is, of the organization, of any standing.
    pub key: Option<Key>,
    /// The role in the organization of whoever asks, or of the holder of the key that asks.
    pub asker_role: Option<String>,
    /// Whether whoever asks is the subject.
    pub is_self: bool,
    /// The member's restricted permissions, those asked about; whether the resource is among those listed.
    pub restrictions: BTreeMap<String, bool>,
    pub events: Events,
}

/// An organization, as far as access is concerned.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Org {
    pub id: OrgId,
    pub policy: String,
    pub policy_hash: String,
    pub limits: BTreeMap<String, u64>,
}

/// A membership of an organization, as far as access is concerned.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Member {
    pub id: MemberId,
    pub user: UserId,
    pub role: String,
    pub limits: BTreeMap<String, u64>,
}

/// A membership of one project, as far as access is concerned.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Guest {
    pub id: ProjectMemberId,
    pub user: UserId,
    pub role: String,
}

/// An API key, as far as access is concerned.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Key {
    pub id: ApiKeyId,
    /// `active`, `revoked` or `expired`, as of now.
    pub standing: String,
    pub power: KeyPower,
    /// The only project it is good for.
    pub project: Option<ProjectId>,
    /// The holder; of a kept key the last one.
    pub member: MemberId,
    /// The holder's role.
    pub role: String,
    pub limits: BTreeMap<String, u64>,
}

/// The events that made things as they are.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub struct Events {
    /// That gave the organization its rules.
    pub policy: Option<EventId>,
    /// That gave the member the role.
    pub member: Option<EventId>,
    /// That restricted the member, where the permission is restricted.
    pub restrictions: Option<EventId>,
    /// That gave the person the role in the project.
    pub guest: Option<EventId>,
    /// That made the key what it is.
    pub key: Option<EventId>,
}

/// Who asks, before anything is known of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AskedBy<'a> {
    /// The host product, which may ask about everybody.
    Operator,
    /// A person: about themselves, and about others where their role says so.
    Person,
    /// A program, with an API key: about the key itself, and about others where the key may read members.
    Key(&'a KeyProof),
}

impl AskedBy<'_> {
    /// Whether the asker may ask about others in an organization where they, or the key's holder, have that role.
    pub fn may_ask(&self, policy: &Policy, role: &str) -> bool {
        match self {
            Self::Operator => true,
            Self::Person => policy.role(role).is_some_and(|role| role.has(ASKS_ABOUT_OTHERS)),
            Self::Key(key) => key.power.allows(policy, role, ASKS_ABOUT_OTHERS),
        }
    }

    /// Whether the asker may look into that project, or, without one, beyond projects.
    fn may_look_into(&self, project: Option<&ProjectId>) -> bool {
        match self {
            Self::Key(key) => key.project.is_none() || key.project.as_ref() == project,
            _ => true,
        }
    }
}

macro_rules! reasons {
    ($($(#[doc = $about:literal])+ $reason:ident = $word:literal;)+) => {
        /// Why an answer is what it is.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Reason { $($(#[doc = $about])+ $reason,)+ }

        impl Reason {
            /// Every reason, in order.
            pub const ALL: &[Self] = &[$(Self::$reason),+];

            /// A stable word, by which a client decides.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$reason => $word,)+ }
            }
        }
    };
}

reasons! {
    /// The role has the permission.
    Granted = "granted";
    /// The role does not have the permission.
    NotGranted = "not_granted";
    /// The role has the permission, and the member has it for other resources only.
    Restricted = "restricted";
    /// The holder's role has the permission, and the key's scopes, or what it was frozen at, do not.
    OutsideScopes = "outside_scopes";
    /// The key is good for another project only.
    OutsideProject = "outside_project";
    /// The key was revoked.
    KeyRevoked = "key_revoked";
    /// The key's time is over.
    KeyExpired = "key_expired";
    /// No role of the policy has such a permission.
    UnknownPermission = "unknown_permission";
    /// The subject is neither in the organization nor in the project.
    NotAMember = "not_a_member";
    /// Subjects of this type are not known here.
    UnknownSubjectType = "unknown_subject_type";
    /// The resource does not say in which organization it is.
    OrganizationMissing = "organization_missing";
    /// The organization does not exist, or is not the asker's to see.
    UnknownOrganization = "unknown_organization";
    /// The project does not exist, is not of the organization, or is not the asker's to see.
    UnknownProject = "unknown_project";
    /// The asker's role does not let them ask about others.
    NotYoursToAsk = "not_yours_to_ask";
}

/// Through what a permission comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Via {
    /// The role in the organization, which every project inherits.
    Role,
    /// The role in the project by itself.
    Project,
    /// The role of the key's holder, within the key's scopes.
    Key,
}

impl Via {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Role => "role",
            Self::Project => "project",
            Self::Key => "key",
        }
    }
}

/// The answer to a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verdict {
    pub reason: Reason,
    /// `None` where the asker may know no more than the reason.
    pub via: Option<Via>,
}

impl Verdict {
    pub fn is_allowed(&self) -> bool {
        self.reason == Reason::Granted
    }
}

/// Answers a question. Without the rules, nothing is known of the organization.
pub fn decide(question: &Question, facts: &Facts, asked_by: AskedBy<'_>, policy: Option<&Policy>) -> Verdict {
    let nothing = |reason| Verdict { reason, via: None };
    let policy = match in_view(question, facts, asked_by, policy) {
        Ok(policy) => policy,
        Err(reason) => return nothing(reason),
    };
    let via = match facts {
        Facts { key: Some(_), .. } => Via::Key,
        Facts { member: Some(_), .. } => Via::Role,
        Facts { guest: Some(_), .. } => Via::Project,
        _ => return nothing(Reason::NotAMember),
    };
    let answer = |reason| Verdict { reason, via: Some(via) };
    let has = |role: &str| policy.role(role).is_some_and(|role| role.has(&question.action));
    let by_role = match (&facts.key, &facts.member) {
        (Some(key), _) => match by_key(key, facts.project.as_ref(), policy, &question.action) {
            Ok(()) => true,
            Err(Reason::NotGranted) => false,
            Err(reason) => return answer(reason),
        },
        (None, member) => member.as_ref().is_some_and(|member| has(&member.role)),
    };
    let is_listed = facts.restrictions.get(&question.action).is_none_or(|listed| *listed);
    if by_role && is_listed {
        return answer(Reason::Granted);
    }
    if facts.guest.as_ref().is_some_and(|guest| has(&guest.role)) {
        return Verdict { reason: Reason::Granted, via: Some(Via::Project) };
    }
    let action = question.action.as_str();
    let is_known = OWN_PERMISSIONS.contains(&action) || policy.permissions().contains(action);
    answer(match (by_role, is_known) {
        (true, _) => Reason::Restricted,
        (false, true) => Reason::NotGranted,
        (false, false) => Reason::UnknownPermission,
    })
}

fn by_key(key: &Key, project: Option<&ProjectId>, policy: &Policy, action: &str) -> Result<(), Reason> {
    match key.standing.as_str() {
        "active" => {}
        "expired" => return Err(Reason::KeyExpired),
        _ => return Err(Reason::KeyRevoked),
    }
    if key.project.is_some() && key.project.as_ref() != project {
        return Err(Reason::OutsideProject);
    }
    if key.power.allows(policy, &key.role, action) {
        return Ok(());
    }
    let unbounded = KeyPower {
        scopes: None,
        kept: key.power.kept.as_ref().map(|kept| Kept { permissions: all(policy), ..kept.clone() }),
    };
    Err(if unbounded.allows(policy, &key.role, action) { Reason::OutsideScopes } else { Reason::NotGranted })
}

fn all(policy: &Policy) -> BTreeSet<String> {
    policy.permissions().into_iter().map(str::to_owned).collect()
}

/// Every permission that the answer to a question with that action would be yes for, by name.
pub fn allowed<'a>(
    question: &Question,
    facts: &Facts,
    asked_by: AskedBy<'_>,
    policy: Option<&'a Policy>,
) -> BTreeSet<&'a str> {
    let all = policy.map(Policy::permissions).unwrap_or_default();
    let is_allowed = |permission: &&str| {
        let question = Question { action: (*permission).to_owned(), ..question.clone() };
        decide(&question, facts, asked_by, policy).is_allowed()
    };
    all.into_iter().filter(is_allowed).collect()
}

/// The rules of the organization, if the asker may ask this about it. What is not theirs reads as what does not exist.
fn in_view<'a>(
    question: &Question,
    facts: &Facts,
    asked_by: AskedBy<'_>,
    policy: Option<&'a Policy>,
) -> Result<&'a Policy, Reason> {
    let Resource { kind, organization, project, .. } = &question.resource;
    if !SUBJECT_KINDS.contains(&question.subject.kind.as_str()) {
        return Err(Reason::UnknownSubjectType);
    }
    if organization.is_none() && project.is_none() {
        return Err(Reason::OrganizationMissing);
    }
    let unknown = if kind == "project" { Reason::UnknownProject } else { Reason::UnknownOrganization };
    let (Some(_), Some(policy)) = (&facts.org, policy) else { return Err(unknown) };
    if asked_by != AskedBy::Operator {
        let is_in = facts.member.is_some() || facts.guest.is_some() || facts.key.is_some();
        let is_about_me = facts.is_self && is_in;
        match facts.asker_role.as_deref() {
            None if !is_about_me => return Err(unknown),
            _ if !asked_by.may_look_into(facts.project.as_ref()) => return Err(Reason::NotYoursToAsk),
            Some(role) if !is_about_me && !asked_by.may_ask(policy, role) => return Err(Reason::NotYoursToAsk),
            _ => {}
        }
    }
    if project.is_some() && facts.project.is_none() { Err(Reason::UnknownProject) } else { Ok(policy) }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use uuid::Uuid;

    use super::*;
    use crate::policy::{load, preset};

    const NIL: Uuid = Uuid::nil();

    fn rules(name: &str) -> Arc<Policy> {
        preset(name).and_then(|preset| load(preset.hash, None).ok()).unwrap_or_else(|| unreachable!("{name}"))
    }

    fn asks(action: &str, kind: &str) -> Question {
        let org = Some("org_1".to_owned());
        let project = (kind == "document").then(|| "prj_1".to_owned());
        Question {
            subject: Subject { kind: "user".to_owned(), id: "usr_1".to_owned() },
            action: action.to_owned(),
            resource: Resource::new(kind.to_owned(), "r1".to_owned(), org, project),
        }
    }

    fn facts(member: Option<&str>, guest: Option<&str>) -> Facts {
        let user = UserId::new(NIL);
        Facts {
            org: Some(Org {
                id: OrgId::new(NIL),
                policy: String::new(),
                policy_hash: String::new(),
                limits: BTreeMap::new(),
            }),
            project: Some(ProjectId::new(NIL)),
            member: member.map(|role| Member {
                id: MemberId::new(NIL),
                user: user.clone(),
                role: role.to_owned(),
                limits: BTreeMap::new(),
            }),
            guest: guest.map(|role| Guest { id: ProjectMemberId::new(NIL), user, role: role.to_owned() }),
            key: None,
            asker_role: None,
            is_self: false,
            restrictions: BTreeMap::new(),
            events: Events::default(),
        }
    }

    #[test]
    fn a_role_goes_for_the_organization_and_every_project_and_a_guests_for_one() {
        use Reason::{Granted, NotAMember, NotGranted, UnknownPermission};
        use Via::{Project, Role};
        let platform = rules("platform");
        for (member, guest, action, reason, via) in [
            (Some("developer"), None, "project.manage", Granted, Some(Role)),
            (Some("viewer"), None, "project.manage", NotGranted, Some(Role)),
            (Some("viewer"), Some("developer"), "project.manage", Granted, Some(Project)),
            (None, Some("developer"), "project.manage", Granted, Some(Project)),
            (None, Some("viewer"), "project.manage", NotGranted, Some(Project)),
            (Some("viewer"), None, "theme.download", UnknownPermission, Some(Role)),
            (Some("none"), None, "project.manage", NotGranted, Some(Role)),
            (None, None, "project.manage", NotAMember, None),
        ] {
            let verdict = decide(&asks(action, "document"), &facts(member, guest), AskedBy::Operator, Some(&platform));
            assert_eq!(verdict, Verdict { reason, via }, "{member:?}, {guest:?}, {action}");
        }
    }

    #[test]
    fn a_restriction_leaves_what_it_lists() {
        let themes = rules("themes");
        for (listed, reason) in
            [(None, Reason::Granted), (Some(true), Reason::Granted), (Some(false), Reason::Restricted)]
        {
            let mut facts = facts(Some("member"), None);
            facts.restrictions = listed.map(|listed| ("theme.download".to_owned(), listed)).into_iter().collect();
            let download = decide(&asks("theme.download", "theme"), &facts, AskedBy::Operator, Some(&themes));
            assert_eq!(download.reason, reason, "{listed:?}");
            let browse = decide(&asks("catalog.browse", "theme"), &facts, AskedBy::Operator, Some(&themes));
            assert!(browse.is_allowed(), "another permission is not restricted");
            let all = allowed(&asks("", "theme"), &facts, AskedBy::Operator, Some(&themes));
            assert_eq!(all.contains("theme.download"), listed != Some(false));
        }
        let mut viewer = facts(Some("viewer"), None);
        viewer.restrictions.insert("theme.download".to_owned(), true);
        let verdict = decide(&asks("theme.download", "theme"), &viewer, AskedBy::Operator, Some(&themes));
        assert_eq!(verdict.reason, Reason::NotGranted, "a restriction gives nothing");
    }

    #[test]
    fn who_may_not_know_of_it_learns_nothing() {
        use Reason::{Granted, NotYoursToAsk, UnknownOrganization, UnknownProject};
        let themes = rules("themes");
        let document = themes.document().replace("\"member.read\",", "");
        let blind = Policy::stored(&document).unwrap_or_else(|fault| unreachable!("{fault}"));
        for (asker_role, is_self, policy, reason) in [
            (Some("viewer"), false, &*themes, Granted),
            (Some("viewer"), false, &blind, NotYoursToAsk),
            (Some("viewer"), true, &blind, Granted),
            (None, true, &blind, Granted),
            (None, false, &*themes, UnknownOrganization),
        ] {
            let facts = Facts { asker_role: asker_role.map(str::to_owned), is_self, ..facts(Some("member"), None) };
            let verdict = decide(&asks("theme.download", "theme"), &facts, AskedBy::Person, Some(policy));
            assert_eq!(verdict.reason, reason, "{asker_role:?}, {is_self}");
        }
        // A stranger who asks about themselves is no better off; and a project that is there reads as one that is not.
        let stranger = Facts { is_self: true, ..facts(None, None) };
        for (kind, reason) in
            [("theme", UnknownOrganization), ("organization", UnknownOrganization), ("project", UnknownProject)]
        {
            let there = decide(&asks("x.y", kind), &stranger, AskedBy::Person, Some(&themes));
            let nowhere = Facts { org: None, project: None, ..stranger.clone() };
            let nowhere = decide(&asks("x.y", kind), &nowhere, AskedBy::Person, None);
            assert_eq!((there, there.reason), (nowhere, reason), "{kind}");
        }
    }

    #[test]
    fn a_key_may_what_its_holder_may_within_its_bounds() {
        use Reason::{Granted, KeyExpired, KeyRevoked, NotGranted, OutsideProject, OutsideScopes, Restricted};
        let themes = rules("themes");
        let set = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<BTreeSet<String>>();
        let kept = |role: &str| Kept { role: role.to_owned(), permissions: set(&["theme.download"]) };
        let key = |role: &str, scopes: Option<&[&str]>, kept: Option<Kept>| Key {
            id: ApiKeyId::new(NIL),
            standing: "active".to_owned(),
            power: KeyPower { scopes: scopes.map(set), kept },
            project: None,
            member: MemberId::new(NIL),
            role: role.to_owned(),
            limits: BTreeMap::new(),
        };
        let plain = key("member", None, None);
        for (key, listed, reason) in [
            (plain.clone(), None, Granted),
            (plain.clone(), Some(false), Restricted),
            (key("viewer", None, None), None, NotGranted),
            (key("member", Some(&["api.read"]), None), None, OutsideScopes),
            (key("member", Some(&["theme.download"]), None), None, Granted),
            (key("none", None, Some(kept("member"))), None, Granted),
            (key("none", None, Some(kept("viewer"))), None, NotGranted),
            (Key { standing: "revoked".to_owned(), ..plain.clone() }, None, KeyRevoked),
            (Key { standing: "expired".to_owned(), ..plain.clone() }, None, KeyExpired),
            (Key { project: Some(ProjectId::new(Uuid::max())), ..plain.clone() }, None, OutsideProject),
            (Key { project: Some(ProjectId::new(NIL)), ..plain.clone() }, None, Granted),
        ] {
            let restrictions = listed.map(|listed| ("theme.download".to_owned(), listed)).into_iter().collect();
            let facts = Facts { key: Some(key.clone()), restrictions, ..facts(None, None) };
            let verdict = decide(&asks("theme.download", "document"), &facts, AskedBy::Operator, Some(&themes));
            assert_eq!(verdict, Verdict { reason, via: Some(Via::Key) }, "{key:?}");
        }
        let frozen = Facts { key: Some(key("member", None, Some(kept("member")))), ..facts(None, None) };
        let verdict = decide(&asks("api.read", "document"), &frozen, AskedBy::Operator, Some(&themes));
        assert_eq!(verdict.reason, OutsideScopes, "a kept key is frozen");
    }

    #[test]
    fn a_key_asks_about_others_where_it_may_read_members() {
        let themes = rules("themes");
        let proof = |scopes: Option<&str>, project: Option<ProjectId>| KeyProof {
            id: ApiKeyId::new(NIL),
            rev: 1,
            power: KeyPower { scopes: scopes.map(|scope| [scope.to_owned()].into()), kept: None },
            project,
            expires_at: None,
            rate: None,
        };
        for (proof, role, reason) in [
            (proof(None, None), Some("member"), Reason::Granted),
            (proof(Some("member.read"), None), Some("member"), Reason::Granted),
            (proof(Some("theme.download"), None), Some("member"), Reason::NotYoursToAsk),
            (proof(None, Some(ProjectId::new(NIL))), Some("member"), Reason::Granted),
            (proof(None, Some(ProjectId::new(Uuid::max()))), Some("member"), Reason::NotYoursToAsk),
            (proof(None, None), None, Reason::UnknownOrganization),
        ] {
            let facts = Facts { asker_role: role.map(str::to_owned), ..facts(Some("member"), None) };
            let verdict = decide(&asks("theme.download", "document"), &facts, AskedBy::Key(&proof), Some(&themes));
            assert_eq!(verdict.reason, reason, "{proof:?}");
        }
    }

    #[test]
    fn a_resource_says_where_it_is() {
        let resource = |kind: &str, organization: Option<&str>| {
            Resource::new(kind.to_owned(), "id".to_owned(), organization.map(str::to_owned), None)
        };
        let of_org = resource("organization", Some("org_other"));
        assert_eq!((of_org.organization(), of_org.project()), (Some("id"), None));
        let of_project = resource("project", None);
        assert_eq!((of_project.organization(), of_project.project()), (None, Some("id")));
        let question = Question { resource: resource("theme", None), ..asks("a.b", "theme") };
        let verdict = decide(&question, &facts(Some("member"), None), AskedBy::Operator, Some(&rules("themes")));
        assert_eq!(verdict.reason, Reason::OrganizationMissing);
        let mut unknown = asks("a.b", "theme");
        unknown.subject.kind = "team".to_owned();
        let verdict = decide(&unknown, &facts(Some("member"), None), AskedBy::Operator, Some(&rules("themes")));
        assert_eq!(verdict.reason, Reason::UnknownSubjectType);
    }
}
