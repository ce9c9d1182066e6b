//! A body that is made while it is sent, so that its size costs no memory.

use std::cell::RefCell;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;

use crate::problem::Problem;

/// The next piece of a body on its way. `None`: the body is complete.
pub type Coming<'a> = Pin<Box<dyn Future<Output = Result<Option<Vec<u8>>, Problem>> + 'a>>;

/// What makes a body piece by piece. After a problem nothing is asked of it any more, and the connection is broken, so that
/// nobody takes a part for the whole.
pub trait Pieces {
    fn next(&mut self) -> Coming<'_>;
}

/// A body's pieces on their way through the exchange, which looks at none of them.
#[derive(Clone)]
pub struct Stream(Rc<RefCell<Option<Box<dyn Pieces>>>>);

impl Stream {
    pub fn new(pieces: impl Pieces + 'static) -> Self {
        Self(Rc::new(RefCell::new(Some(Box::new(pieces)))))
    }

    /// Hands the pieces out, once.
    pub fn take(&self) -> Option<Box<dyn Pieces>> {
        self.0.borrow_mut().take()
    }
}

/// Two are the same when they are one.
impl PartialEq for Stream {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }
}

impl fmt::Debug for Stream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Stream(…)")
    }
}
