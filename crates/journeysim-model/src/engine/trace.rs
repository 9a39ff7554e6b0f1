//! One account's life as it is lived: what happened to it, what chance decided, and its numbers at that moment.
//!
//! Nothing is kept unless an account is followed, and following one reads the world but never changes it: no draw is
//! made here, so a replication that is followed has the same results as one that is not. What it costs to be ready is
//! one look at a flag where something is logged or decided, both of which are rare beside the days.

use crate::base::money::Money;
use crate::base::time::{Day, SimTime};
use crate::capacity::roster::{Advisor, Place, Roster};
use crate::engine::record::Happened;
use crate::engine::world::World;
use crate::engine::{journey, renewal};
use crate::population::Role;
use crate::program::stage::Stage;
use crate::program::touchpoint::Color;
use crate::scenario::Scenario;

/// A question that chance answers. `plan` is the touchpoint's index in the account's program.
#[allow(missing_docs, reason = "the fields are named in the variants' sentences")]
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Question {
    /// An offered call is accepted.
    Accepted { plan: u16 },
    /// A call that was accepted is attended.
    Attended { plan: u16 },
    /// A person opens a mail.
    Opened { plan: u16, person: u8 },
    /// A person answers a survey.
    Answered { plan: u16, person: u8 },
    /// Who was reached asks for help.
    AsksForHelp { plan: u16, person: u8 },
    /// An answer to a survey is favourable.
    Favourable { plan: u16, person: u8 },
    /// Somebody new is found for a role that nobody held.
    RoleFilled { role: Role },
    /// The account takes itself in hand after a touchpoint.
    Recovers { plan: u16 },
    /// The assessment misjudges an account whose true risk is this.
    Misjudged { truth: Color },
    /// What becomes of the contract, after Lighthouse has cut the odds of churn by this share.
    Renewal { cut: f64 },
    /// The renewal of this term is signed before the term ends.
    SignsEarly,
    /// The renewal is signed after the term has ended.
    SignsLate,
    /// A late signature is covered by an extension.
    Extended,
    /// The account wants to expand in mid-term.
    WantsMore,
    /// A customer who has left comes back.
    ComesBack,
}

/// A question that chance has answered.
#[derive(Debug, Clone, PartialEq)]
pub struct Decision {
    /// The question.
    pub question: Question,
    /// Probabilities of its answers but the last, in the order of [`Decision::answers`].
    pub odds: Vec<f64>,
    /// The uniform that was drawn: it falls on the answer whose part of `[0, 1)` it lies in.
    pub drawn: f64,
}

impl Decision {
    /// Returns the possible answers with their probabilities.
    #[must_use]
    pub fn answers(&self) -> Vec<(&'static str, f64)> {
        let names: &[&str] = match self.question {
            Question::Renewal { .. } => &["churn", "downsize", "renewal"],
            _ => &["yes", "no"],
        };
        let rest = 1.0 - self.odds.iter().sum::<f64>();
        names.iter().copied().zip(self.odds.iter().copied().chain([rest])).collect()
    }

    /// Returns the answer that was drawn.
    #[must_use]
    pub fn answer(&self) -> &'static str {
        let answers = self.answers();
        let mut end = 0.0;
        for &(name, odds) in &answers {
            end += odds;
            if self.drawn < end {
                return name;
            }
        }
        answers[answers.len() - 1].0
    }
}

/// The numbers of an account at one moment.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Moment {
    /// Where it is in the journey.
    pub stage: Stage,
    /// Health band the program sees, which follows the score of the morning.
    pub band: Color,
    /// Health score, from 0 to 10.
    pub score: f64,
    /// Published MAU / seats.
    pub utilization: Option<f64>,
    /// Published usage: daily over monthly users.
    pub usage: Option<f64>,
    /// Seats bought.
    pub seats: u32,
    /// Recurring revenue a year; zero when not under contract.
    pub arr: Money,
    /// The relationship as it really is, with all that strains and helps it [standard deviations].
    pub relationship: f64,
    /// What advisors read of it [standard deviations].
    pub reading: f64,
    /// Probability of churn if the term ended now, before Lighthouse.
    pub churn: f64,
    /// First day after the current term.
    pub term_end: Day,
    /// Rating of this term's assessment.
    pub rating: Option<Color>,
    /// The champion is missing.
    pub champion_missing: bool,
    /// It is in Lighthouse.
    pub in_lighthouse: bool,
}

impl Moment {
    fn of(world: &World, scenario: &Scenario, account: u32) -> Self {
        let entry = world.account(account);
        Self {
            stage: entry.stage,
            band: entry.band,
            score: journey::score(world, scenario, account),
            utilization: world.published.utilization(account),
            usage: world.published.usage(account),
            seats: entry.profile.seats,
            arr: entry.arr(),
            relationship: renewal::relationship(world, scenario, account),
            reading: world.reading(scenario, account),
            churn: renewal::odds(world, scenario, account, false).churn,
            term_end: entry.term_end,
            rating: entry.rating,
            champion_missing: entry.champion_missing,
            in_lighthouse: entry.lighthouse.is_some(),
        }
    }
}

/// What an entry of a life tells.
#[derive(Debug, Clone, PartialEq)]
pub enum Told {
    /// Something happened.
    Happened(Happened),
    /// Chance decided.
    Decided(Decision),
}

/// One entry of a life.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// When.
    pub at: SimTime,
    /// Program whose plans the entry refers to.
    pub program: u16,
    /// What.
    pub told: Told,
    /// The numbers at that moment.
    pub moment: Moment,
}

/// The life of one account under one variant, from the start of the run to the horizon.
#[derive(Debug, Clone, PartialEq)]
pub struct Life {
    /// The account.
    pub account: u32,
    /// Day of close; the first day of the run, or later, for new business that closes in it.
    pub close: Day,
    /// Its numbers when the run starts.
    pub opening: Moment,
    /// What happened and what chance decided, in that order.
    pub entries: Vec<Entry>,
    /// Its numbers on Mondays while it is under contract.
    pub weeks: Vec<(Day, Moment)>,
    /// By pool and advisor, the place that they fill, and how many others have filled it since the run started.
    pub places: Vec<Vec<Place>>,
}

/// Follows an account through a replication.
#[derive(Debug, Clone)]
pub struct Follower {
    scenario: Box<Scenario>,
    pub(super) life: Life,
}

impl Follower {
    /// Begins to follow `account`, whose program is put in force now.
    #[must_use]
    pub fn new(world: &World, scenario: &Scenario, account: u32) -> Self {
        let opening = Moment::of(world, scenario, account);
        let close = world.account(account).clocks.close;
        let places = world.desks.iter().map(|desk| places(&desk.roster, world.today)).collect();
        let life = Life { account, close, opening, entries: Vec::new(), weeks: Vec::new(), places };
        Self { scenario: Box::new(scenario.clone()), life }
    }
}

/// Returns the places that advisors fill, those who left before the run started left out of the count.
fn places(roster: &Roster, start: Day) -> Vec<Place> {
    let counted = |place: Place| {
        let gone = |other: &&Advisor| other.place.number == place.number && other.gone <= start;
        let gone = roster.advisors.iter().filter(gone).count() as u32;
        Place { before: place.before.saturating_sub(gone), ..place }
    };
    roster.advisors.iter().map(|advisor| counted(advisor.place)).collect()
}

/// Writes an entry into the life of the account that is followed, if it is this one.
#[cold]
pub(super) fn tell(world: &mut World, account: u32, told: Told) {
    let Some(mut follower) = world.follower.take() else { return };
    if follower.life.account == account {
        let moment = Moment::of(world, &follower.scenario, account);
        let program = world.account(account).program;
        follower.life.entries.push(Entry { at: world.calendar.now(), program, told, moment });
    }
    world.follower = Some(follower);
}

/// Writes down the numbers of a Monday.
#[cold]
pub(super) fn note_week(world: &mut World) {
    let Some(mut follower) = world.follower.take() else { return };
    let account = follower.life.account;
    if world.account(account).living {
        let moment = Moment::of(world, &follower.scenario, account);
        follower.life.weeks.push((world.today, moment));
    }
    world.follower = Some(follower);
}
