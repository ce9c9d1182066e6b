//! The answer to every kind of question.

use crate::key::Kept;
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
    for (listed, reason) in [(None, Reason::Granted), (Some(true), Reason::Granted), (Some(false), Reason::Restricted)]
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
