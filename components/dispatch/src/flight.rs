//! Work that others answer, several pieces at a time: taken, under way, and its end noted, until nothing is due.

use latchkey_edge::fetch::{InFlight, StreamExt as _};
use latchkey_edge::limits::DISPATCH_DELIVERS_S;
use latchkey_edge::{Call, Problem, clock};

/// How much of it one call does.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bounds {
    pub(crate) at_once_max: usize,
    pub(crate) pieces_max: usize,
}

/// What taking came to.
pub(crate) enum Taken<F> {
    /// These, and there may be more.
    Some(Vec<F>),
    /// These, and nothing else is due.
    Last(Vec<F>),
}

/// What the end of a piece means for those that come after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Then {
    GoOn,
    /// It has made others due.
    TakeAgain,
    /// Whoever answers wants no more of them now.
    Stop,
}

/// What a call leaves to others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Left {
    /// Nothing that is due.
    Nothing,
    /// Perhaps something: it was enough for one call.
    Perhaps,
}

/// Takes pieces and sees them through until nothing is due, enough was done, or the time of a call is over. Whoever else does so
/// at the same time takes others.
///
/// # Errors
/// The first that a piece, or taking, came to. What is under way then is brought to its end all the same.
pub(crate) async fn work<F, T>(
    call: &Call,
    bounds: Bounds,
    mut take: impl AsyncFnMut(usize) -> Result<Taken<F>, Problem>,
    mut note: impl FnMut(T) -> Then,
) -> Result<Left, Problem>
where
    F: Future<Output = Result<T, Problem>>,
{
    let mut in_flight = InFlight::new();
    let (mut begun, mut is_drained, mut is_stopped, mut failure) = (0, false, false, None);
    loop {
        let is_late = clock::now().0.saturating_sub(call.now_ms()) >= DISPATCH_DELIVERS_S.saturating_mul(1000);
        let goes_on = !is_drained && !is_stopped && !is_late && begun < bounds.pieces_max && failure.is_none();
        // Half of the places are filled at once, so that taking costs its statements for several pieces.
        if goes_on && in_flight.len() <= bounds.at_once_max / 2 {
            match take(bounds.at_once_max.saturating_sub(in_flight.len())).await {
                Ok(Taken::Some(pieces)) => {
                    begun += pieces.len();
                    in_flight.extend(pieces);
                }
                Ok(Taken::Last(pieces)) => {
                    is_drained = true;
                    in_flight.extend(pieces);
                }
                Err(fault) => failure = Some(fault),
            }
        }
        match in_flight.next().await {
            Some(Ok(done)) => match note(done) {
                Then::GoOn => {}
                Then::TakeAgain => is_drained = false,
                Then::Stop => is_stopped = true,
            },
            Some(Err(fault)) => failure = Some(fault),
            None if !goes_on || is_drained => break,
            None => {}
        }
    }
    match failure {
        Some(fault) => Err(fault),
        // What somebody wants no more of now is not due before they say so.
        None if is_drained || is_stopped => Ok(Left::Nothing),
        None => Ok(Left::Perhaps),
    }
}
