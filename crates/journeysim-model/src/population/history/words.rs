//! The tables of a history and what their columns can tell.

use crate::language::choices;

choices! {
    /// A table of a history.
    pub enum TableKind {
        /// Who the customers are or were: one row an account.
        Accounts = "accounts",
        /// What they bought, from when to when: any number of rows an account.
        Subscriptions = "subscriptions",
        /// How they used it: a row a day or month.
        Usage = "usage",
        /// What the vendor did for them.
        Touchpoints = "touchpoints",
        /// What they asked of the vendor.
        Tickets = "tickets",
        /// What came of each renewal.
        Renewals = "renewals",
        /// Who left, and when.
        Departures = "departures",
    }
}

choices! {
    /// What a column of a history can tell.
    pub enum Word {
        /// The identifier of the row's own, unlike any other's.
        Id = "id",
        /// The account that the row is about.
        Account = "account",
        /// The subscription that the row is about.
        Subscription = "subscription",
        /// The segment: smb, mid-market, enterprise or strategic, or words that `values` translates.
        Segment = "segment",
        /// A grouping of the book's own, such as its plans, industries or sizes.
        Group = "group",
        /// Full-time developers employed.
        Developers = "developers",
        /// Seats bought.
        Seats = "seats",
        /// Recurring revenue a year.
        Arr = "arr",
        /// Recurring revenue a month; a year is twelve of it.
        Mrr = "mrr",
        /// The currency of the row's amounts; it must be the history's.
        Currency = "currency",
        /// First day as a customer, or of the subscription.
        Start = "start",
        /// First day no longer a customer, or no longer in force; blank while it lasts.
        End = "end",
        /// Months as a customer, until now or until it left.
        Tenure = "tenure",
        /// Yes or no: whether the account has left.
        Churned = "churned",
        /// Products bought: search, assistant or both.
        Products = "products",
        /// Length of a term in months.
        Term = "term",
        /// Day of the next renewal.
        Renewal = "renewal",
        /// Yes or no: whether it is a trial, which carries no recurring revenue.
        Trial = "trial",
        /// The day.
        Date = "date",
        /// The month: `2024-01`, or any day of it.
        Month = "month",
        /// Users active in the month.
        Mau = "mau",
        /// Users active on the day, or on a mean day of the month.
        Dau = "dau",
        /// Uses of any kind; rows of one account and day add up.
        Events = "events",
        /// What kind of thing it was.
        Kind = "kind",
        /// Time it took the vendor (minutes).
        Minutes = "minutes",
        /// The day it was asked.
        Opened = "opened",
        /// The day it was settled.
        Closed = "closed",
        /// Time from when it was asked to the first answer (minutes).
        AnswerMinutes = "answer_minutes",
        /// The day the term ended.
        Due = "due",
        /// What came of it: renewed, downsized, expanded or churned.
        Outcome = "outcome",
        /// Recurring revenue a year before it.
        ArrBefore = "arr_before",
        /// Recurring revenue a year after it; zero for who left.
        ArrAfter = "arr_after",
        /// Why, in the book's own words.
        Reason = "reason",
    }
}

choices! {
    /// What came of a renewal.
    pub enum Outcome {
        /// As before.
        Renewed = "renewed",
        /// For less.
        Downsized = "downsized",
        /// For more.
        Expanded = "expanded",
        /// Not at all.
        Churned = "churned",
    }
}

impl TableKind {
    /// The words that columns of the table can have.
    #[must_use]
    pub const fn words(self) -> &'static [Word] {
        use Word::{
            Account, AnswerMinutes, Arr, ArrAfter, ArrBefore, Churned, Closed, Currency, Date, Dau,
            Developers, Due, End, Events, Group, Id, Kind, Mau, Minutes, Month, Mrr, Opened, Outcome,
            Products, Reason, Renewal, Seats, Segment, Start, Subscription, Tenure, Term, Trial,
        };
        match self {
            Self::Accounts => &[
                Id, Segment, Group, Developers, Seats, Arr, Mrr, Currency, Start, End, Tenure, Churned,
                Products, Term, Renewal, Mau, Dau,
            ],
            Self::Subscriptions => &[Id, Account, Start, End, Arr, Mrr, Currency, Seats, Trial],
            Self::Usage => &[Account, Subscription, Date, Month, Mau, Dau, Events],
            Self::Touchpoints => &[Id, Account, Date, Kind, Minutes],
            Self::Tickets => &[Id, Account, Opened, Closed, AnswerMinutes, Kind],
            Self::Renewals => &[Id, Account, Due, Outcome, ArrBefore, ArrAfter, Currency],
            Self::Departures => &[Id, Account, Date, Reason],
        }
    }

    /// What the table cannot do without: of each list, at least one word.
    #[must_use]
    pub const fn needs(self) -> &'static [&'static [Word]] {
        use Word::{
            Account, Arr, ArrAfter, Date, Dau, Due, Events, Id, Mau, Month, Mrr, Opened, Outcome, Start,
            Subscription,
        };
        match self {
            Self::Accounts => &[],
            Self::Subscriptions => &[&[Id], &[Account], &[Start], &[Arr, Mrr]],
            Self::Usage => &[&[Account, Subscription], &[Date, Month], &[Mau, Dau, Events]],
            Self::Touchpoints | Self::Departures => &[&[Account], &[Date]],
            Self::Tickets => &[&[Account], &[Opened]],
            Self::Renewals => &[&[Account], &[Due], &[Outcome, ArrAfter]],
        }
    }

    /// Words of which a table may have one at most: they say the same thing.
    #[must_use]
    pub const fn either(self) -> &'static [[Word; 2]] {
        match self {
            Self::Accounts | Self::Subscriptions => &[[Word::Arr, Word::Mrr]],
            Self::Usage => &[[Word::Account, Word::Subscription], [Word::Date, Word::Month]],
            _ => &[],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_table_needs_is_among_its_words() {
        for kind in TableKind::ALL {
            let needed = kind.needs().iter().copied().flatten().chain(kind.either().iter().flatten());
            for word in needed {
                assert!(kind.words().contains(word), "{kind}: {word}");
            }
        }
    }
}
