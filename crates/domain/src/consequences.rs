//! What a command would do, told before it is done.

use serde::Serialize;

use crate::command::Command;
use crate::event::Change;
use crate::facts::OrgFacts;

/// What a command would do, for `?dry_run=true`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Consequences {
    /// The types of the events that would be appended, in order.
    pub events: Vec<&'static str>,
    /// By how many active members the organization would grow.
    pub member_count_change: i64,
    /// By how many pending invitations the organization would grow.
    pub pending_invitation_count_change: i64,
}

impl Consequences {
    /// Counts without changing anything. `org` is absent when the command creates it.
    pub fn of(command: &Command, org: Option<&OrgFacts>) -> Self {
        let mut it = Self { events: Vec::new(), member_count_change: 0, pending_invitation_count_change: 0 };
        for change in command.items.iter().flat_map(|item| &item.changes) {
            it.events.push(change.kind());
            match change {
                Change::MemberJoined(..) => it.member_count_change += 1,
                Change::MemberLeft(..) | Change::MemberRemoved(..) => it.member_count_change -= 1,
                Change::InvitationCreated(..) => it.pending_invitation_count_change += 1,
                Change::InvitationAccepted(..)
                | Change::InvitationDeclined(..)
                | Change::InvitationCancelled(..)
                | Change::InvitationExpired(..) => it.pending_invitation_count_change -= 1,
                Change::OrgDeleted(..) => {
                    let count = |n: u64| i64::try_from(n).unwrap_or(i64::MAX);
                    it.member_count_change -= org.map_or(0, |o| count(o.member_count));
                    it.pending_invitation_count_change -= org.map_or(0, |o| count(o.pending_count));
                }
                _ => {}
            }
        }
        it
    }
}
