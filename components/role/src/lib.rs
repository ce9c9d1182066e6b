//! What a member is: re-roled, promoted, stepping down, handing the top role over.

mod change_role;
mod transfer_ownership;

latchkey_edge::component! {
    "role" => {
        change_role => change_role::change_role,
        transfer_ownership => transfer_ownership::transfer_ownership,
    }
}
