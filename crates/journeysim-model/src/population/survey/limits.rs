//! What a history cannot support, said before anybody fits anything to it.

use crate::population::history::{History, TableKind};

/// Returns what cannot be learned from `history`, and for want of what.
#[must_use]
pub fn limits(history: &History) -> Vec<String> {
    let mut limits: Vec<&str> = Vec::new();
    let mut cannot = |is_so: bool, what: &'static str| {
        if is_so {
            limits.push(what);
        }
    };
    let any = |told: fn(&crate::population::history::Account) -> bool| history.accounts.iter().any(told);
    let has = |kind| history.table(kind).is_some();
    let pays = !history.subscriptions.is_empty() || any(|account| account.arr.is_some());
    cannot(!pays, "Retention of revenue: no table tells recurring revenue.");
    cannot(
        pays && history.subscriptions.is_empty(),
        "Retention between two dates: a list of accounts is one day; subscriptions with their starts and ends would tell.",
    );
    let dated = !history.subscriptions.is_empty() || any(|account| account.start.is_some());
    cannot(!dated, "Anything that happened on a day: no table tells when customers came.");
    cannot(
        !dated && any(|account| account.tenure.is_some()),
        "Renewals: how long customers stay is told, and not under which terms.",
    );
    cannot(
        !has(TableKind::Renewals),
        if history.subscriptions.is_empty() {
            "Odds at renewal: no table tells when terms ended and what came of it."
        } else {
            "Odds at renewal: no table tells when terms ended and what came of it, so ends of subscriptions stand for both."
        },
    );
    cannot(
        !any(|account| account.segment.is_some()),
        "Segments: neither segments nor developers are told; `values` can say what the book's own words mean.",
    );
    cannot(
        !any(|account| account.developers.is_some()),
        "How far seats reach: developers employed are not told.",
    );
    let users =
        history.usage.iter().any(|usage| usage.mau().is_some()) || any(|account| account.mau.is_some());
    cannot(
        !users,
        if has(TableKind::Usage) {
            "Utilization and usage: uses are counted, and not the users active in a month or day."
        } else {
            "Utilization and usage: no table tells active users."
        },
    );
    let daily = |usage: &crate::population::history::Usage| usage.mau().is_some() && usage.dau().is_some();
    cannot(
        users && !history.usage.iter().any(daily),
        "How soon customers reach Nurturing: no month tells both monthly and daily users.",
    );
    cannot(!has(TableKind::Touchpoints), "What touchpoints do: none are told.");
    cannot(
        !history.touchpoints.is_empty() && history.touchpoints.iter().all(|touch| touch.minutes.is_none()),
        "What touchpoints cost: their time is not told.",
    );
    cannot(!has(TableKind::Tickets), "How often customers ask for help: no tickets are told.");
    cannot(
        has(TableKind::Tickets) && history.tickets.iter().all(|ticket| ticket.answer_minutes.is_none()),
        "How soon requests are answered: minutes to the first answer are told of no ticket.",
    );
    cannot(
        has(TableKind::Touchpoints) || has(TableKind::Tickets),
        "How long work waits for an advisor: days are told on which something was done, and not since when it was due.",
    );
    limits.into_iter().map(str::to_owned).collect()
}
