//! How much there is in a seeded database.

/// One large organization, and many small ones beside it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Scale {
    pub(crate) name: &'static str,
    /// Members of the large organization, its owner included.
    pub(crate) large_members: usize,
    /// Entries of the large organization's log.
    pub(crate) large_rows: usize,
    pub(crate) small_orgs: usize,
    /// Entries of the log of each small organization.
    pub(crate) small_rows: usize,
    /// Open invitations into the large organization, each to a person who is signed in: an acceptance uses one up.
    pub(crate) invitations: usize,
}

/// API keys of the large organization, held by its owner.
pub(crate) const KEYS: usize = 1_000;

/// Members of each small organization.
pub(crate) const SMALL_MEMBERS: usize = 20;

const SCALES: [Scale; 4] = [
    Scale { name: "1k", large_members: 500, large_rows: 5_000, small_orgs: 25, small_rows: 200, invitations: 20_000 },
    // What the aims speak of: a list of ten thousand members, a log of a million entries.
    Scale {
        name: "10k",
        large_members: 10_000,
        large_rows: 1_000_000,
        small_orgs: 500,
        small_rows: 200,
        invitations: 200_000,
    },
    Scale {
        name: "100k",
        large_members: 50_000,
        large_rows: 500_000,
        small_orgs: 2_500,
        small_rows: 200,
        invitations: 20_000,
    },
    Scale {
        name: "1m",
        large_members: 500_000,
        large_rows: 5_000_000,
        small_orgs: 25_000,
        small_rows: 200,
        invitations: 20_000,
    },
];

impl Scale {
    pub(crate) fn named(name: &str) -> Option<Self> {
        SCALES.into_iter().find(|scale| scale.name == name)
    }

    pub(crate) fn names() -> String {
        SCALES.map(|scale| scale.name).join(", ")
    }

    pub(crate) fn members(&self) -> usize {
        self.large_members + self.small_orgs * SMALL_MEMBERS
    }
}
