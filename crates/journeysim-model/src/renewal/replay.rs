//! A history of subscriptions, replayed through the ledger.
//!
//! Retention of the past then comes from the same books as retention of a
//! simulated future. A history states levels, not reasons: its expansions and
//! contractions have no parts.

use chrono::NaiveDate;

use super::ledger::{Ledger, LedgerError};
use crate::base::time::Day;
use crate::population::history::{History, Level};

/// Replays what changed after the day `opening` and up to the day `closing`.
///
/// The ledger opens with the book in force on `opening`; its day 0 is the day after. Accounts are
/// numbered as the history numbers its customers. Retention between the two books is
/// that of the window from day 0 to the day after `closing`, which [`window_end`] returns.
///
/// # Errors
///
/// None for a history that was read: its revenue is never negative and its changes are in order.
pub fn replay(
    history: &History,
    level: Level,
    opening: NaiveDate,
    closing: NaiveDate,
) -> Result<Ledger, LedgerError> {
    let mut ledger = Ledger::open(history.book_at(level, opening))?;
    for change in history.changes(level, opening, closing) {
        ledger.settle(window_end(opening, change.date) - 1, change.customer, change.arr)?;
    }
    Ok(ledger)
}

/// Returns the first day after `closing`, counted from the day after `opening`.
#[must_use]
pub fn window_end(opening: NaiveDate, closing: NaiveDate) -> Day {
    let days = closing.signed_duration_since(opening).num_days();
    Day(i32::try_from(days).expect("invariant: two centuries have fewer than 2^31 days"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::money::Money;
    use crate::population::history::example::history;
    use crate::renewal::ledger::Movement;

    /// One account grows on the last day, one leaves on the first, one comes and goes between.
    #[test]
    fn movements_fall_on_the_days_of_the_window() {
        let text = "id,account,start,end,arr\n\
                    S-1,A-1,2023-06-01,,100\n\
                    S-2,A-1,2024-12-31,,50\n\
                    S-3,A-2,2023-06-01,2024-01-01,30\n\
                    S-4,A-3,2024-02-01,2024-03-01,20\n\
                    S-5,A-3,2025-01-01,,20\n";
        let mapping = "through = 2025-12-31\n[subscriptions]\nfile = \"h.csv\"\n\
                       columns = { id = \"id\", account = \"account\", start = \"start\", end = \"end\", arr = \"arr\" }";
        let history = history(mapping, &[("h.csv", text)]).unwrap();
        let (opening, closing) = ("2023-12-31".parse().unwrap(), "2024-12-31".parse().unwrap());
        let ledger = replay(&history, Level::Account, opening, closing).unwrap();

        let booked: Vec<_> = ledger
            .entries()
            .iter()
            .map(|e| (e.day.0, e.account, e.movement, e.amount.cents() / 100))
            .collect();
        let expected = [
            (0, 1, Movement::Churn, 30),
            (31, 2, Movement::New, 20),
            (60, 2, Movement::Churn, 20),
            (365, 0, Movement::Expansion, 50),
        ];
        assert_eq!(booked, expected);
        assert_eq!(window_end(opening, closing), Day(366));
        let closing_book = ledger.book_at(window_end(opening, closing));
        assert_eq!(closing_book, [150, 0, 0].map(Money::from_units));
        assert!(ledger.balance().holds());
    }
}
