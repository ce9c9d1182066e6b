//! Where somebody ends up: at a page of ours, with what went wrong if anything did.

use latchkey_edge::{Call, Code, Problem, Reply};
use latchkey_identity::ReturnPath;

/// To the page, and nowhere else: the origin is the deployment's own, whatever the path says.
pub(crate) fn at(call: &Call, path: &ReturnPath) -> Reply {
    Reply::see_other(format!("{}{}", call.settings().public_url, path.as_str()))
}

/// What is answered to a sign-in that came to nothing: a browser goes back to its page with the code, whoever prefers JSON gets the
/// problem. What only the operator may know goes to the log.
pub(crate) fn refused(call: &Call, path: &ReturnPath, problem: Problem) -> Result<Reply, Problem> {
    if prefers_json(call) {
        return Err(problem);
    }
    let reason = problem.log.as_deref().unwrap_or(&problem.detail);
    eprintln!("signin {} {}: {reason}", call.request_id(), problem.code.name());
    Ok(at(call, &path.with("sign_in_error", problem.code.name())))
}

/// The sign-in is unknown, used, expired, or another browser's or provider's: nobody is told which.
pub(crate) fn over() -> Problem {
    Problem::new(
        Code::SignInOver,
        "This sign-in was finished, took too long, or was begun in another browser. Start it again.",
    )
}

fn prefers_json(call: &Call) -> bool {
    let accept = call.head().header("accept").unwrap_or_default();
    accept.contains("json") && !call.head().prefers_html()
}
