//! The register of decisions that draw random numbers.

/// The decisions that draw random numbers, each with its number.
///
/// A number is part of every result ever published with it: it is never changed, and a retired one is
/// never given to another purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u16)]
pub enum Purpose {
    /// Which segment an account belongs to.
    Segment = 1,
    /// How many developers an account has.
    Developers = 2,
    /// How many seats it buys.
    Seats = 3,
    /// What it pays for a seat.
    Price = 4,
    /// Which products it holds.
    Products = 5,
    /// How long its contract runs.
    Term = 6,
    /// Whether and where its spending is capped.
    Cap = 7,
    /// On which day its contract closes.
    CloseDate = 8,
    /// Which roles its contacts have.
    ContactRoles = 9,
    /// Its lasting inclination to adopt.
    Propensity = 10,
    /// How good the relationship is at the start.
    Relationship = 11,
    /// The usage it can reach at most.
    Ceiling = 12,
    /// Its usage at the start.
    Usage = 13,
    /// When its first sign of use arrives.
    FirstPing = 14,
    /// How fast it adopts.
    AdoptionSpeed = 15,
    /// What happened before the run began.
    History = 16,
    /// Its use of code navigation.
    CodeNavigation = 17,
    /// Whether the buyer can be reached.
    BuyerAccess = 18,
    /// The noise of one day's usage.
    DailyUsage = 19,
    /// When new accounts arrive.
    Arrival = 20,
    /// Who a prospect is.
    Prospect = 21,
    /// When a champion leaves.
    ChampionLeaves = 22,
    /// When a champion is replaced.
    ChampionReturns = 23,
    /// A shock to one account's budget.
    BudgetShock = 24,
    /// A shock to one account's company.
    CompanyShock = 25,
    /// Which features are used.
    FeatureUse = 26,
    /// A ticket about a defect.
    DefectTicket = 27,
    /// A ticket that asks for help.
    HelpTicket = 28,
    /// A request from the account for an advisor's time.
    Request = 29,
    /// Whether a touchpoint takes place and works.
    Touchpoint = 30,
    /// How much time a touchpoint takes.
    TouchpointEffort = 31,
    /// Whether an account at risk recovers.
    Recovery = 32,
    /// What an assessment finds.
    Assessment = 33,
    /// Whether a renewal is signed.
    RenewalOutcome = 34,
    /// How much is renewed.
    RenewalSize = 35,
    /// How late a renewal is signed.
    RenewalLate = 36,
    /// Whether a renewal is signed early.
    EarlyRenewal = 37,
    /// Whether and by how much an account expands between renewals.
    Expansion = 38,
    /// How the price changes at a renewal.
    PriceChange = 39,
    /// When a Lighthouse sync takes place.
    LighthouseSync = 40,
    /// How much time Lighthouse work takes.
    LighthouseEffort = 41,
    /// Lighthouse work outside the plan.
    LighthouseAdHoc = 42,
    /// Whether a lost account comes back.
    WinBack = 43,
    /// How an account deploys the product.
    Deployment = 44,
    /// What a contact says when asked.
    Sentiment = 45,
    /// Which support level an account has.
    SupportLevel = 46,
    /// The course of a trial.
    Trial = 47,
    /// Which accounts of a book are taken, and how gaps in it are filled.
    Book = 48,
    /// The points of an experiment's design.
    Design = 49,
    /// What differs between advisors.
    Advisor = 50,
    /// How long a service takes.
    Service = 51,
    /// How long somebody waits before giving up.
    Patience = 52,
    /// What somebody who was reached answers.
    TouchpointAnswer = 53,
    /// How long after its date a touchpoint takes place.
    TouchpointDelay = 54,
    /// Whether an expansion adds seats or a product.
    CrossSell = 55,
    /// By how much an account expands.
    ExpansionSize = 56,
    /// How long after close the term starts.
    ContractStart = 57,
    /// How relationship and use of the product drift.
    Drift = 58,
    /// Whether a meeting that was missed is attended on another date.
    Rescheduling = 59,
    /// Whether an account comes under a change that is rolled out to a share.
    RollOut = 60,
}

impl Purpose {
    /// Returns the last word of the purpose's counter, for block 0.
    #[inline]
    #[must_use]
    pub const fn word(self) -> u32 {
        (self as u32) << 16
    }
}
