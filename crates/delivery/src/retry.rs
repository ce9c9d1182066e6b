//! When what could not be delivered is tried again.

/// Seconds from one try of a mail to the next. After the last one it is given up, some 25 hours after it was written.
const MAIL_AGAIN_IN_S: [u64; 8] = [30, 120, 600, 1800, 7200, 18_000, 28_800, 36_000];

/// How often a mail is tried.
pub const MAIL_ATTEMPTS_MAX: u64 = MAIL_AGAIN_IN_S.len() as u64 + 1;

/// In how many seconds a mail is tried again that was tried `attempts` times. `None`: never.
pub fn mail_again_in_s(attempts: u64) -> Option<u64> {
    again(&MAIL_AGAIN_IN_S, attempts)
}

/// Seconds from one try of a webhook's message to the next, as Standard Webhooks proposes. After the last one it is given up.
const WEBHOOK_AGAIN_IN_S: [u64; 7] = [5, 300, 1800, 7200, 18_000, 36_000, 36_000];

/// How often a webhook's message is tried.
pub const WEBHOOK_ATTEMPTS_MAX: u64 = WEBHOOK_AGAIN_IN_S.len() as u64 + 1;

/// In how many seconds a message is tried again that was tried `attempts` times. `None`: never.
pub fn webhook_again_in_s(attempts: u64) -> Option<u64> {
    again(&WEBHOOK_AGAIN_IN_S, attempts)
}

fn again(schedule: &[u64], attempts: u64) -> Option<u64> {
    schedule.get(usize::try_from(attempts.checked_sub(1)?).ok()?).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mail_is_tried_for_a_day_ever_more_seldom_and_then_given_up() {
        let waits: Vec<u64> = (1..).map_while(mail_again_in_s).collect();
        assert_eq!(waits.len() as u64 + 1, MAIL_ATTEMPTS_MAX);
        assert!(waits.is_sorted());
        assert!((24 * 3600..36 * 3600).contains(&waits.iter().sum::<u64>()));
        assert_eq!(mail_again_in_s(0), None);
        assert_eq!(mail_again_in_s(MAIL_ATTEMPTS_MAX), None);
    }

    #[test]
    fn a_message_is_tried_as_standard_webhooks_proposes_and_then_given_up() {
        let (minute, hour) = (60, 3600);
        let waits: Vec<u64> = (1..).map_while(webhook_again_in_s).collect();
        assert_eq!(waits, [5, 5 * minute, 30 * minute, 2 * hour, 5 * hour, 10 * hour, 10 * hour]);
        assert_eq!((webhook_again_in_s(0), webhook_again_in_s(WEBHOOK_ATTEMPTS_MAX)), (None, None));
    }
}
