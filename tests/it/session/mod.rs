mod end_my_session;
mod end_my_sessions;
mod list_my_sessions;
mod reauthentication;
mod sign_out;
mod start_sign_in;
mod verify_sign_in;
