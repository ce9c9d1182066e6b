//! Questions about the past.

use crate::fields::request;
use crate::time::Timestamp;

request! {
    /// Of which moment something is read.
    pub struct AsOf {
        /// As it was at this moment, by the log; as it is now unless given. Needs `audit.read` besides.
        pub as_of: Option<Timestamp>,
    }
}
