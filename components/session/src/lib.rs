//! Signing in by a mailed code, and one's own account.

mod delete_me;
mod end_my_session;
mod end_my_sessions;
mod get_me;
mod list_my_invitations;
mod list_my_sessions;
mod sign_out;
mod start_sign_in;
mod update_me;
mod verify_sign_in;

latchkey_edge::component! {
    "session" => {
        start_sign_in => start_sign_in::start_sign_in,
        verify_sign_in => verify_sign_in::verify_sign_in,
        sign_out => sign_out::sign_out,
        delete_me => delete_me::delete_me,
        list_my_sessions => list_my_sessions::list_my_sessions,
        end_my_session => end_my_session::end_my_session,
        end_my_sessions => end_my_sessions::end_my_sessions,
        get_me => get_me::get_me,
        update_me => update_me::update_me,
        list_my_invitations => list_my_invitations::list_my_invitations,
    }
}
