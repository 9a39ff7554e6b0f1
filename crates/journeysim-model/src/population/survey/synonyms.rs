//! What systems call the columns and files of a book.

use crate::population::history::{TableKind, Word};

/// Headers under which a word is often found, the most telling first: lower case, letters and digits alone.
pub(super) fn headers(kind: TableKind, word: Word) -> &'static [&'static str] {
    use TableKind::{Accounts, Departures, Renewals, Subscriptions, Tickets, Touchpoints};
    match (kind, word) {
        (Accounts, Word::Id) => &[
            "accountid",
            "customerid",
            "clientid",
            "companyid",
            "id",
            "accountnumber",
            "account",
            "customer",
        ],
        (Subscriptions, Word::Id) => &[
            "subscriptionid",
            "contractid",
            "orderid",
            "opportunityid",
            "lineitemid",
            "id",
            "subscription",
            "contract",
        ],
        (Tickets, Word::Id) => &["ticketid", "caseid", "casenumber", "issueid", "id"],
        (Renewals, Word::Id) => &["renewalid", "opportunityid", "id"],
        (Touchpoints, Word::Id) => &["touchpointid", "activityid", "eventid", "taskid", "id"],
        (Departures, Word::Id) => &["churneventid", "churnid", "eventid", "id"],
        (_, Word::Account) => {
            &["accountid", "customerid", "clientid", "companyid", "account", "customer", "accountnumber"]
        }
        (_, Word::Subscription) => &["subscriptionid", "contractid", "subscription", "contract"],
        (_, Word::Segment) => &["segment", "customersegment", "accountsegment", "tier", "size"],
        (_, Word::Group) => {
            &["plantier", "plan", "tier", "segment", "companysize", "industry", "region", "country"]
        }
        (_, Word::Developers) => &["developers", "developercount", "engineers", "numberofdevelopers"],
        (_, Word::Seats) => &["seats", "licenses", "licences", "quantity", "seatcount", "users"],
        (_, Word::Arr) => {
            &["arr", "arramount", "annualrecurringrevenue", "annualrevenue", "acv", "arrusd", "arreur"]
        }
        (_, Word::Mrr) => &["mrr", "mrramount", "monthlyrecurringrevenue", "mrrusd", "mrreur"],
        (_, Word::Currency) => &["currency", "currencycode", "currencyisocode"],
        (Accounts, Word::Start) => {
            &["customersince", "signupdate", "startdate", "start", "createddate", "closedate", "since"]
        }
        (_, Word::Start) => &["startdate", "start", "contractstart", "activatedat", "servicestart", "begin"],
        (_, Word::End) => &["enddate", "end", "contractend", "cancelledat", "canceledat", "terminationdate"],
        (_, Word::Tenure) => &["monthsactive", "tenure", "tenuremonths", "monthsascustomer"],
        (_, Word::Churned) => &["churned", "churnflag", "churn", "haschurned", "ischurned", "exited"],
        (_, Word::Products) => &["products", "product"],
        (_, Word::Term) => &["term", "termmonths", "contractterm", "contractmonths", "contractlength"],
        (_, Word::Renewal) => &["renewaldate", "renewal", "nextrenewal", "renewson"],
        (_, Word::Trial) => &["istrial", "trial", "trialflag"],
        (Departures, Word::Date) => &["churndate", "date", "leftdate", "cancellationdate"],
        (_, Word::Date) => {
            &["usagedate", "date", "day", "activitydate", "eventdate", "timestamp", "completeddate"]
        }
        (_, Word::Month) => &["month", "usagemonth", "period", "yearmonth"],
        (_, Word::Mau) => &["mau", "monthlyactiveusers", "activeusersmonth", "activeusers", "monthlyusers"],
        (_, Word::Dau) => &["dau", "dailyactiveusers", "activeusersday", "dailyusers"],
        (_, Word::Events) => &["usagecount", "events", "eventcount", "count", "actions", "sessions"],
        (Tickets, Word::Kind) => &["tickettype", "type", "category", "kind", "priority"],
        (_, Word::Kind) => &["touchpoint", "activitytype", "type", "kind", "subject"],
        (_, Word::Minutes) => &["minutes", "durationminutes", "duration"],
        (_, Word::Opened) => &["submittedat", "createdat", "createddate", "openedat", "opened", "opendate"],
        (_, Word::AnswerMinutes) => &[
            "answerminutes",
            "firstresponsetimeminutes",
            "firstresponseminutes",
            "timetofirstresponseminutes",
            "firstreplytimeminutes",
            "responsetimeminutes",
        ],
        (_, Word::Closed) => &["closedat", "resolvedat", "closeddate", "closed"],
        (_, Word::Due) => &["renewaldate", "duedate", "due", "termend", "expirydate"],
        (_, Word::Outcome) => &["outcome", "result", "status", "stagename"],
        (_, Word::ArrBefore) => &["arrbefore", "priorarr", "openingarr", "oldarr"],
        (_, Word::ArrAfter) => &["arrafter", "renewedarr", "newarr", "closingarr"],
        (_, Word::Reason) => &["reasoncode", "reason", "churnreason"],
        (_, Word::Id) => &[],
    }
}

/// Parts of file names that speak for a table.
pub(super) fn file_names(kind: TableKind) -> &'static [&'static str] {
    match kind {
        TableKind::Accounts => &["account", "customer", "client", "book"],
        TableKind::Subscriptions => &["subscription", "contract", "order", "license"],
        TableKind::Usage => &["usage", "activity", "telemetry", "metrics"],
        TableKind::Touchpoints => &["touch", "activities", "tasks", "meetings", "calls"],
        TableKind::Tickets => &["ticket", "support", "case", "issue"],
        TableKind::Renewals => &["renewal"],
        TableKind::Departures => &["churn", "departure", "cancel"],
    }
}

/// A header without what people vary: lower case, letters and digits alone.
pub(super) fn plain(header: &str) -> String {
    header.chars().filter(|letter| letter.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}
