//! Lists of an organization that are read newest first, all of them or those of one status.

use latchkey_domain::OrgId;
use serde::de::DeserializeOwned;

use crate::context::{self, Ask, OrgContext, text};
use crate::db::{Db, DbError, Value};

/// Which entries of a list are wanted.
#[derive(Debug, Clone, Copy)]
pub struct Newest<'a> {
    /// Only those that stand so.
    pub status: Option<&'a str>,
    /// Before the one at this place.
    pub before: Option<u64>,
    pub rows_max: i64,
}

impl Newest<'_> {
    /// Reads them by the statement for any status, or the one for one.
    pub(crate) async fn read<T: DeserializeOwned>(
        &self,
        db: &impl Db,
        ask: &Ask<'_>,
        org: &OrgId,
        (any, of_one): (&str, &str),
    ) -> Result<OrgContext<Vec<T>>, DbError> {
        let before = self.before.map_or(i64::MAX, |place| i64::try_from(place).unwrap_or(i64::MAX));
        let mut more = vec![Value::Integer(before), Value::Integer(self.rows_max)];
        more.extend(self.status.map(text));
        context::org(db, ask, org, if self.status.is_some() { of_one } else { any }, more).await
    }
}
