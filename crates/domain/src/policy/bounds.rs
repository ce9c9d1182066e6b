//! How large the parts of a policy may be.

use std::ops::RangeInclusive;

/// The most roles.
pub const ROLES_MAX: usize = 32;
/// The most plans.
pub const PLANS_MAX: usize = 16;
/// The most permissions of one role.
pub const PERMISSIONS_MAX: usize = 200;
/// The longest name of a permission, in characters.
pub const PERMISSION_CHARS_MAX: usize = 64;
/// The longest description of a policy or a role, in characters.
pub const DESCRIPTION_CHARS_MAX: usize = 500;
/// The shortest life of an invitation or a link, in seconds.
pub const INVITATION_LIFETIME_S_MIN: u64 = 60;
/// The longest life of an invitation or a link, in seconds.
pub const INVITATION_LIFETIME_S_MAX: u64 = 365 * 24 * 3600;
/// The most seats, and the most holders of the top role, that a plan may name.
pub const SEATS_MAX: u64 = 1_000_000;
/// The most holders of the top role that a policy may advise.
pub const ADVISE_MAX: u64 = 10;
/// The largest policy as it is stored, in bytes: an organization's own comes along with each of its requests.
pub const POLICY_BYTES_MAX: usize = 64 * 1024;

pub(super) const LIFETIMES_S: RangeInclusive<u64> = INVITATION_LIFETIME_S_MIN..=INVITATION_LIFETIME_S_MAX;
