//! Whoever comes in, as the answer shows them before the log has said so.

use std::collections::BTreeMap;

use latchkey_domain::decide::acceptance::Acceptor;
use latchkey_domain::facts::{InvitationFacts, MemberFacts, ProjectMemberFacts, Who};
use latchkey_domain::{MemberId, ProjectId, ProjectMemberId, UserId};

/// A person who is about to be a member, of the organization or of one of its projects.
pub(crate) struct Newcomer {
    user: UserId,
    email: String,
    display_name: Option<String>,
    personal_tier: Option<String>,
}

impl From<&Who> for Newcomer {
    fn from(who: &Who) -> Self {
        Self {
            user: who.user.clone(),
            email: who.email.clone(),
            display_name: who.display_name.clone(),
            personal_tier: who.personal_tier.clone(),
        }
    }
}

impl Newcomer {
    /// Whoever accepts that invitation.
    pub(crate) fn accepting(acceptor: &Acceptor<'_>, invitation: &InvitationFacts) -> Self {
        match acceptor {
            Acceptor::Account(who) => Self::from(*who),
            Acceptor::NewAccount { user, display_name, .. } => Self {
                user: user.clone(),
                email: invitation.email.clone(),
                display_name: display_name.map(ToString::to_string),
                personal_tier: None,
            },
        }
    }

    /// As a member of the organization.
    pub(crate) fn into_member(self, id: MemberId, role: &str, came_by: &str, joined_at: i64) -> MemberFacts {
        MemberFacts {
            id,
            user: self.user,
            role: role.to_owned(),
            status: "active".to_owned(),
            rev: 1,
            joined_at,
            ended_at: None,
            email: self.email,
            display_name: self.display_name,
            licensed: false,
            limits: BTreeMap::new(),
            restrictions: BTreeMap::new(),
            personal_tier: self.personal_tier,
            last_active_at: Some(joined_at),
            came_by: Some(came_by.to_owned()),
        }
    }

    /// As a member of the project.
    pub(crate) fn into_project_member(
        self,
        id: ProjectMemberId,
        project: &ProjectId,
        role: &str,
        joined_at: i64,
    ) -> ProjectMemberFacts {
        ProjectMemberFacts {
            id,
            project: project.clone(),
            user: self.user,
            role: role.to_owned(),
            status: "active".to_owned(),
            rev: 1,
            joined_at,
            email: self.email,
            display_name: self.display_name,
            organization_role: None,
        }
    }
}
