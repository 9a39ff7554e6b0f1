//! A scenario as written: the tables of the language and what they mean.
//!
//! Everything a room of the journey can be told is declared in that room; this file puts the rooms together.

use std::collections::BTreeMap;

use crate::capacity::{PoolSettings, PublicHolidays};
use crate::health::HealthSettings;
use crate::language::{
    Amount, Count, Date, Horizon, Name, Number, Overrides, Positive, Share, Span, Text, Zone, choices,
    settings,
};
use crate::population::PopulationSettings;
use crate::population::segment::Team;
use crate::program::stage::{Clock, StageSettings};
use crate::program::touchpoint::{MissingRole, ResponseSettings, Touchpoint};
use crate::renewal::care::{AssessmentSettings, LighthouseSettings};
use crate::renewal::outcome::RenewalSettings;
use crate::scenario::book::BookSettings;
use crate::scenario::calibrate::CalibrateSettings;
use crate::scenario::change::ChangeSettings;
use crate::scenario::design::DesignSettings;
use crate::scenario::optimize::OptimizeSettings;
use crate::scenario::precision::PrecisionSettings;
use crate::scenario::selection::SelectionSettings;
use crate::scenario::sensitivity::SensitivitySettings;
use crate::usage::{ShockSettings, UsageSettings};

choices! {
    /// Whether what the program does changes anything for the customer.
    pub enum Effects {
        /// As stated.
        All = "all",
        /// Nothing changes usage, relationship or odds: also no decay without contact, no continuity, no
        /// sentiment, no follow-on requests, no Lighthouse effect. Revenue is then the same under every program.
        None = "none",
    }
}

choices! {
    /// How a program is usually described.
    pub enum TouchLevel {
        /// Mostly automated.
        Low = "low",
        /// Automated, with advisors on demand.
        Medium = "medium",
        /// Advisors first.
        High = "high",
    }
}

settings! {
    /// Who runs the program and how.
    pub struct ProgramSettings {
        /// Its name.
        pub name: Name,
        /// Its name in words.
        pub title: Option<Text>,
        /// Teams whose customers it serves; absent: every customer.
        pub serves: Option<Vec<Team>>,
        /// Label only (point 41).
        pub touch_level: TouchLevel = TouchLevel::Low,
        /// Origin of the touchpoints' day counts (point 4).
        pub touch_clock: Clock = Clock::Close,
        /// What happens to a mail whose role nobody holds (point 49).
        pub missing_role: MissingRole = MissingRole::Skip,
        /// Advisor time that watching over one account takes a week.
        pub monitoring: Span = Span::minutes(0),
        /// Advisor time that the upkeep of the program takes a week.
        pub upkeep: Span = Span::minutes(0),
        /// Target for utilization after onboarding (points 37 and 38).
        pub utilization_target: Share = Share::of(0.80),
        /// Target for usage after onboarding.
        pub usage_target: Share = Share::of(0.30),
    }
}

settings! {
    /// A program: what the vendor does.
    pub struct ProgramFile {
        /// Who runs it and how.
        pub program: ProgramSettings,
        /// Stages and gates.
        pub stages: StageSettings = StageSettings::default(),
        /// The health score.
        pub health: HealthSettings = HealthSettings::default(),
        /// The renewal health assessment.
        pub assessment: AssessmentSettings,
        /// Lighthouse.
        pub lighthouse: LighthouseSettings,
        /// What is done, when, for whom.
        pub touchpoint: Vec<Touchpoint> = Vec::new(),
    }
}

settings! {
    /// What things are worth.
    pub struct ValueSettings {
        /// Margin on recurring revenue.
        pub margin: Share = Share::of(0.8),
        /// Cost of an advisor a year, fully loaded.
        pub advisor_cost: Amount = Amount::of(180_000.0),
        /// Customer hours of an advisor a year.
        pub advisor_hours: Positive = Positive::of(1_032.0),
    }
}

choices! {
    /// How an observed metric is held against the stated value.
    pub enum Relation {
        /// At least.
        AtLeast = ">=",
        /// At most.
        AtMost = "<=",
        /// More than.
        Above = ">",
        /// Less than.
        Below = "<",
        /// Equal, to a millionth of the value.
        Equal = "==",
        /// Within the interval of the mean.
        Within = "within",
    }
}

settings! {
    /// What a scenario is relied on to say.
    pub struct Expectation {
        /// The metric; absent with `digest`.
        pub metric: Option<Name>,
        /// The variant; absent: the baseline, or the only one.
        pub variant: Option<Text>,
        /// Compared with this variant: the expectation is on the paired difference.
        pub minus: Option<Text>,
        /// A dated change: the expectation is on those under it minus the rest of those whom it concerns, from its day on.
        pub change: Option<Name>,
        /// The relation.
        pub relation: Option<Relation>,
        /// The value, in the metric's unit.
        pub value: Option<Number>,
        /// Half-width around the value, for `within`.
        pub tolerance: Option<Number>,
        /// Probability that the expectation fails although it is true, at most: it then fails only where the replications
        /// speak against it that clearly. Absent: what is observed is held against the value as it is.
        pub false_alarm: Option<Share>,
        /// The digest of all replications.
        pub digest: Option<Text>,
        /// Why this is relied on.
        pub because: Option<Text>,
    }
}

choices! {
    /// What a staffing question varies.
    pub enum Vary {
        /// How many advisors are enough.
        Advisors = "advisors",
        /// How many accounts the team can carry.
        Accounts = "accounts",
    }
}

settings! {
    /// What a team must reach.
    pub struct StaffTarget {
        /// The metric.
        pub metric: Name,
        /// The relation: `>=` or `<=`.
        pub relation: Relation,
        /// The value, in the metric's unit.
        pub value: Number,
        /// Whether the value is a difference: the team minus the same book with advisors who never lack time.
        pub against_unlimited: bool = false,
    }
}

settings! {
    /// A staffing question: the smallest team that reaches all targets, or the largest book that a team carries.
    ///
    /// Each size is judged in its own steady state: the opening book has lived its last year with that team.
    pub struct StaffSettings {
        /// The pool; absent: the only one.
        pub pool: Option<Name>,
        /// What is varied.
        pub vary: Vary = Vary::Advisors,
        /// The smallest number that is tried.
        pub from: Count = Count::of(1),
        /// The largest number that is tried.
        pub to: Count = Count::of(20),
        /// What must hold, with the scenario's confidence.
        pub target: Vec<StaffTarget>,
    }
}

settings! {
    /// A variant: a named overlay on the scenario.
    pub struct VariantFile {
        /// Its name.
        pub name: Name,
        /// What it is, in words.
        pub title: Option<Text>,
        /// Files that the scenario extends under this variant besides its own, such as another program; what the
        /// scenario itself says wins over them.
        pub extends: Vec<Text> = Vec::new(),
        /// Paths and what they are set to.
        pub set: Overrides = Overrides::default(),
    }
}

settings! {
    /// The question, the customers, the program, and how it is tried.
    pub struct ScenarioFile {
        /// Its name.
        pub name: Text,
        /// The question it asks.
        pub question: Option<Text>,
        /// First day.
        pub start: Date,
        /// How long.
        pub horizon: Horizon,
        /// Independent repetitions.
        pub replications: Count = Count::of(100),
        /// How sure the answer is to be; replications are added until it is.
        pub precision: Option<PrecisionSettings>,
        /// Seed of all randomness.
        pub seed: u64 = 1,
        /// Confidence of all intervals.
        pub confidence: Share = Share::of(0.95),
        /// Currency of all money.
        pub currency: Text = Text::of("USD"),
        /// Whether what the program does changes anything.
        pub effects: Effects = Effects::All,
        /// Time zone of the clock of the run, which is the customers'; only pools in other zones need to know it.
        pub time_zone: Option<Zone>,
        /// Days on which people do not work.
        pub holidays: Vec<Date> = Vec::new(),
        /// Region whose public holidays are such days too.
        pub region: Option<Name>,
        /// Public holidays by region, for the customers and for pools.
        pub public_holidays: Vec<PublicHolidays> = Vec::new(),
        /// Metrics shown first, in this order.
        pub headline: Vec<Name> = Vec::new(),
        /// Customers.
        pub population: PopulationSettings,
        /// Real customers, instead of generated ones or beside them.
        pub book: Option<BookSettings>,
        /// How they use the product.
        pub usage: UsageSettings,
        /// What befalls them.
        pub shocks: ShockSettings,
        /// How they answer.
        pub responses: ResponseSettings,
        /// Who does the work; absent: as many advisors as it takes, at once.
        pub pool: Vec<PoolSettings> = Vec::new(),
        /// How they renew.
        pub renewal: RenewalSettings,
        /// What things are worth.
        pub value: ValueSettings = ValueSettings::default(),
        /// Who runs the program and how.
        pub program: ProgramSettings,
        /// Stages and gates.
        pub stages: StageSettings = StageSettings::default(),
        /// The health score.
        pub health: HealthSettings = HealthSettings::default(),
        /// The renewal health assessment.
        pub assessment: AssessmentSettings,
        /// Lighthouse.
        pub lighthouse: LighthouseSettings,
        /// What is done, when, for whom.
        pub touchpoint: Vec<Touchpoint> = Vec::new(),
        /// Further programs for customers of other teams, by name.
        pub portfolio: BTreeMap<Name, ProgramFile> = BTreeMap::new(),
        /// Changes of a program's rules inside the run.
        pub change: Vec<ChangeSettings> = Vec::new(),
        /// Ways to run the scenario that are compared.
        pub variant: Vec<VariantFile> = Vec::new(),
        /// Variants made from the values of a few settings.
        pub design: Option<DesignSettings>,
        /// The name of the variant the others are compared with; absent: the first.
        pub baseline: Option<Text>,
        /// Which variant is best.
        pub selection: Option<SelectionSettings>,
        /// How many advisors are enough.
        pub staff: Option<StaffSettings>,
        /// What to decide.
        pub optimize: Option<OptimizeSettings>,
        /// Which assumption the answer hangs on.
        pub sensitivity: Option<SensitivitySettings>,
        /// Which parameters fit our own history.
        pub calibrate: Option<CalibrateSettings>,
        /// What is relied on.
        pub expect: Vec<Expectation> = Vec::new(),
    }
}

impl ScenarioFile {
    /// Returns the public holidays of a region; none of one that is not listed.
    #[must_use]
    pub fn public_holidays(&self, region: &Name) -> &[Date] {
        let listed = self.public_holidays.iter().find(|listed| listed.name == *region);
        listed.map_or(&[], |listed| &listed.dates)
    }

    /// The programs: the scenario's own, then the further ones.
    #[must_use]
    pub fn programs(&self) -> Vec<ProgramFile> {
        std::iter::once(self.own_program()).chain(self.portfolio.values().cloned()).collect()
    }

    /// The scenario's own program.
    #[must_use]
    pub fn own_program(&self) -> ProgramFile {
        ProgramFile {
            program: self.program.clone(),
            stages: self.stages.clone(),
            health: self.health.clone(),
            assessment: self.assessment.clone(),
            lighthouse: self.lighthouse.clone(),
            touchpoint: self.touchpoint.clone(),
        }
    }
}
