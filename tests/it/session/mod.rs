mod sign_out;
mod start_sign_in;
mod verify_sign_in;
