//! Events: the dated changes of one replication, and their order at one instant.

use crate::engine::calendar::Rank;
use crate::health::TicketKind;

#[allow(missing_docs, reason = "fields are an account's number and what tells this event from its like")]
/// A dated change. `term`, `life` and `count` tell an event of an earlier term, contract or spell from a current one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event {
    /// A new customer enters as a prospect.
    Prospect { account: u32 },
    /// A prospect begins to try the product.
    Trial { account: u32, is_free: bool },
    /// A prospect does not close.
    ProspectLost { account: u32 },
    /// A contract closes.
    Close { account: u32, life: u16 },
    /// The production environment sends its first ping.
    FirstPing { account: u32, life: u16 },
    /// The term ends: the renewal is decided.
    TermEnds { account: u32, term: u16 },
    /// The renewal may be signed early.
    EarlySigning { account: u32, term: u16 },
    /// A mid-term expansion may ripen.
    Expansion { account: u32, term: u16, year: u16 },
    /// A licence's anniversary: users above the seats are billed.
    TrueUp { account: u32, term: u16 },
    /// A former customer comes back.
    WinBack { account: u32, life: u16 },
    /// The champion leaves.
    ChampionLeaves { account: u32, count: u32 },
    /// A new champion is found.
    ChampionReturns { account: u32 },
    /// Relationship and use of the product drift.
    Drift { account: u32, count: u32 },
    /// Layoff or budget cut.
    BudgetCut { account: u32, count: u32 },
    /// Acquisition or migration.
    CompanyChange { account: u32, count: u32 },
    /// A defect ticket.
    Defect { account: u32, count: u32 },
    /// A trait of the tickets of the last 90 days turns.
    TicketTurn { account: u32, kind: TicketKind, life: u16 },
    /// An advisor notices a change of what is set by hand.
    Noticed { account: u32 },
    /// The customer asks for something.
    Request { account: u32, count: u32, spell: u16 },
    /// A user's first use of a new feature.
    FeatureUse { account: u32, count: u32 },
    /// The goal clock ends: utilization is held against the onboarding goal.
    GoalEnds { account: u32, life: u16 },
    /// The stage clock of Onboarding ends.
    OnboardingEnds { account: u32, life: u16 },
    /// The renewal window opens.
    RenewalWindow { account: u32, term: u16 },
    /// The gate is looked at.
    GateCheck { account: u32, life: u16 },
    /// The renewal health assessment is due.
    Assessment { account: u32, term: u16 },
    /// The window to enter Lighthouse opens.
    LighthouseOpens { account: u32, term: u16 },
    /// An account may be put into Lighthouse by its executive or advisor.
    LighthouseAdHoc { account: u32, count: u16, life: u16 },
    /// A pool begins its day.
    PoolOpens { pool: u16 },
    /// An advisor is done with a piece of work, or leaves.
    WorkEnds { work: u32, serial: u32 },
    /// The patience with a piece of work is over.
    WorkLapses { work: u32, serial: u32 },
    /// A call that was missed is to be held; `attempt` counts the dates before this one.
    Rescheduled { account: u32, key: u32, plan: u16, life: u16, attempt: u8 },
    /// A touchpoint is due; `base` is the day that keys its draws.
    Touch { account: u32, base: i32, plan: u16, life: u16 },
}

impl Event {
    /// Returns the place of this kind among events of the same second: contracts first, so that everything
    /// else sees who is a customer; then what comes from outside; stages; the vendor's reactions last.
    #[must_use]
    pub fn rank(self) -> Rank {
        Rank(match self {
            Self::TermEnds { .. } => 0,
            Self::EarlySigning { .. } | Self::Expansion { .. } | Self::TrueUp { .. } => 1,
            Self::WinBack { .. }
            | Self::Prospect { .. }
            | Self::Trial { .. }
            | Self::ProspectLost { .. }
            | Self::Close { .. } => 2,
            Self::FirstPing { .. } | Self::GoalEnds { .. } => 3,
            Self::ChampionLeaves { .. }
            | Self::ChampionReturns { .. }
            | Self::Drift { .. }
            | Self::BudgetCut { .. }
            | Self::CompanyChange { .. }
            | Self::Defect { .. }
            | Self::TicketTurn { .. }
            | Self::FeatureUse { .. } => 4,
            Self::OnboardingEnds { .. } => 5,
            Self::RenewalWindow { .. } => 6,
            Self::GateCheck { .. } => 7,
            Self::Noticed { .. } => 8,
            Self::Assessment { .. } | Self::LighthouseOpens { .. } | Self::LighthouseAdHoc { .. } => 9,
            Self::WorkEnds { .. } => 10,
            Self::Request { .. } => 11,
            Self::Touch { .. } | Self::Rescheduled { .. } => 12,
            Self::PoolOpens { .. } => 13,
            Self::WorkLapses { .. } => 14,
        })
    }

    /// Returns whose event it is; [`None`]: an advisor's.
    #[must_use]
    pub fn account(self) -> Option<u32> {
        match self {
            Self::Prospect { account }
            | Self::ProspectLost { account }
            | Self::Trial { account, .. }
            | Self::Close { account, .. }
            | Self::FirstPing { account, .. }
            | Self::TermEnds { account, .. }
            | Self::EarlySigning { account, .. }
            | Self::Expansion { account, .. }
            | Self::TrueUp { account, .. }
            | Self::WinBack { account, .. }
            | Self::ChampionLeaves { account, .. }
            | Self::ChampionReturns { account }
            | Self::Drift { account, .. }
            | Self::BudgetCut { account, .. }
            | Self::CompanyChange { account, .. }
            | Self::Defect { account, .. }
            | Self::TicketTurn { account, .. }
            | Self::Noticed { account }
            | Self::Request { account, .. }
            | Self::FeatureUse { account, .. }
            | Self::GoalEnds { account, .. }
            | Self::OnboardingEnds { account, .. }
            | Self::RenewalWindow { account, .. }
            | Self::GateCheck { account, .. }
            | Self::Assessment { account, .. }
            | Self::LighthouseOpens { account, .. }
            | Self::LighthouseAdHoc { account, .. }
            | Self::Rescheduled { account, .. }
            | Self::Touch { account, .. } => Some(account),
            Self::PoolOpens { .. } | Self::WorkEnds { .. } | Self::WorkLapses { .. } => None,
        }
    }

    /// Returns whether this belongs to the program in force, and is laid out anew when another one takes over.
    #[must_use]
    pub fn belongs_to_program(self) -> bool {
        matches!(
            self,
            Self::Touch { .. }
                | Self::Rescheduled { .. }
                | Self::TicketTurn { .. }
                | Self::OnboardingEnds { .. }
                | Self::GoalEnds { .. }
                | Self::RenewalWindow { .. }
                | Self::GateCheck { .. }
                | Self::Assessment { .. }
                | Self::LighthouseOpens { .. }
                | Self::LighthouseAdHoc { .. }
        )
    }
}
