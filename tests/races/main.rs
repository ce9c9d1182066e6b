//! Races, by real parallel requests: against one host process, and against two on the same database.
//!
//! A race is an `async fn(&Stage)`; [`races!`] makes two tests of each. Whatever happens, nobody gets a 5xx, and what the
//! log says afterwards is what a single file of requests could have led to.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod accepting;
mod billing;
mod checkpoints;
mod domains;
mod exclusive;
mod identities;
mod inviting;
mod keys;
mod leaving;
mod links;
mod projects;
mod repeating;
mod roles;
mod rules;
mod seats;
mod sessions;
mod signing_in;
mod stage;

/// How often each race is run: who wins is chance.
const ROUNDS: usize = 3;

/// How often a race is run that would leave an organization without anyone to run it, had it gone wrong.
const ROUNDS_OF_TWO: usize = 50;

macro_rules! races {
    ($($file:ident: $($race:ident),+;)+) => {
        mod on_one_process {
            $($(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $race() {
                    let stage = crate::stage::Stage::of_one_process().await;
                    crate::$file::$race(&stage).await;
                    stage.finish().await;
                }
            )+)+
        }

        mod on_two_processes {
            $($(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $race() {
                    let stage = crate::stage::Stage::of_two_processes().await;
                    crate::$file::$race(&stage).await;
                    stage.finish().await;
                }
            )+)+
        }
    };
}

races! {
    accepting:
        one_token_makes_one_member_and_one_account,
        one_token_with_the_accounts_session_makes_one_member,
        one_invitation_of_mine_makes_one_member,
        either_the_acceptance_or_the_cancellation_wins,
        either_the_old_token_or_the_new_one_is_good,
        nobody_joins_a_deleted_organization;
    billing:
        one_event_counts_once,
        whatever_comes_first_the_newest_event_stands,
        an_organization_gets_one_payer;
    checkpoints:
        whoever_signs_the_log_at_once_tells_one_story;
    domains:
        of_organizations_that_prove_one_domain_at_once_one_has_it,
        people_who_join_by_their_address_and_invitations_do_not_pass_the_seats_together,
        one_person_who_joins_and_is_invited_at_once_is_one_of_both;
    exclusive:
        a_person_ends_up_in_one_exclusive_organization;
    identities:
        one_user_has_one_account_however_often_they_are_told_of_and_come,
        whatever_comes_first_the_newest_word_on_a_user_stands,
        a_deletion_leaves_no_organization_without_an_owner,
        one_event_about_a_user_counts_once;
    inviting:
        one_address_in_mixed_case_is_invited_once,
        the_last_place_in_the_top_role_is_given_once,
        many_at_once_and_one_by_one_invite_each_address_once,
        lists_that_race_fill_the_seats_and_no_more,
        unrelated_changes_do_not_disturb_each_other,
        changes_of_one_thing_are_made_or_refused_whole;
    keys:
        of_many_rotations_the_last_text_is_good,
        many_revocations_are_one,
        no_verification_that_begins_after_a_revocation_succeeds,
        a_rate_lets_exactly_that_many_through,
        nobody_goes_and_leaves_a_key_behind;
    leaving:
        a_removed_member_writes_nothing_after_the_removal,
        of_two_owners_that_leave_one_stays,
        an_account_that_is_made_the_last_owner_is_not_deleted;
    links:
        a_link_for_five_lets_five_in,
        one_person_who_clicks_many_times_joins_once,
        the_last_seat_is_taken_once,
        nobody_joins_after_the_link_was_revoked;
    projects:
        one_invitation_into_a_project_makes_one_member_of_it,
        one_address_is_invited_into_a_project_once,
        nobody_joins_a_deleted_project,
        nobody_is_invited_into_a_deleted_project,
        either_they_leave_the_project_or_they_are_removed;
    repeating:
        one_key_invites_once,
        one_key_creates_one_organization,
        one_key_accepts_once_without_an_account,
        one_key_for_two_requests_serves_one_of_them;
    roles:
        promotions_never_pass_the_plans_cap,
        one_ownership_is_handed_over_once,
        of_two_owners_that_step_down_one_stays,
        two_administrators_never_leave_an_organization_without_one,
        two_owners_never_leave_an_organization_without_one,
        one_billed_ownership_is_handed_over_once;
    rules:
        nobody_is_stranded_on_a_role_that_is_dropped;
    seats:
        the_last_seat_is_given_once,
        whoever_was_invited_in_time_joins_at_the_cap,
        batches_of_licences_never_pass_the_seats,
        nobody_is_invited_past_a_plan_that_shrinks_meanwhile,
        a_seat_is_given_back_once;
    sessions:
        no_request_that_begins_after_a_sessions_end_is_let_in;
    signing_in:
        one_code_opens_one_session,
        parallel_guesses_do_not_outrun_the_limit;
}
