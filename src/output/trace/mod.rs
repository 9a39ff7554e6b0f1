//! One account's life as events: when, what, why, the numbers at that moment, and what chance decided.
//!
//! A life is a sequence of entries: something happened, or chance decided. Here every decision is put with what came of
//! it; one that nothing came of is an event of its own.

mod chart;
mod document;
mod page;
mod text;
mod words;

use serde::Serialize;

use crate::base::time::SimTime;
use crate::capacity::roster::Place;
use crate::engine::record::Happened;
use crate::engine::trace::{Decision, Entry, Life, Moment, Question, Told};
use crate::output::happened::{self, Kind, Named};
use crate::program::stage::Stage;
use crate::scenario::Scenario;

pub use document::TraceDocument;
pub use page::page;
pub use text::{beside, show};

/// A life under one variant, and the scenario of that variant.
#[derive(Debug, Clone, Copy)]
pub struct Traced<'a> {
    /// The variant.
    pub variant: &'a str,
    /// Its scenario.
    pub scenario: &'a Scenario,
    /// The life.
    pub life: &'a Life,
}

/// What was traced, and where.
#[derive(Debug, Clone, Copy)]
pub struct Subject<'a> {
    /// The scenario's name.
    pub scenario: &'a str,
    /// The seed.
    pub seed: u64,
    /// The replication.
    pub replication: u32,
    /// What the list of real accounts calls the account, if it is on one.
    pub name: Option<&'a str>,
}

/// An event of a life.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    /// When.
    pub at: SimTime,
    /// Its kind.
    pub kind: Kind,
    /// The name of the activity; two lives have an event in common if this and the time are equal.
    pub activity: String,
    /// The touchpoint it is about, if any.
    pub touchpoint: Option<String>,
    /// What happened, in a sentence.
    pub what: String,
    /// Why, where there is more to say.
    pub why: Option<String>,
    /// The numbers at that moment.
    pub moment: Moment,
    /// What chance decided.
    pub decisions: Vec<Asked>,
}

/// A question that chance has answered.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Asked {
    /// The question, in words.
    pub question: String,
    /// What happens if the answer is yes, such as "accepted"; empty where there are more answers than yes and no.
    #[serde(skip)]
    pub outcome: String,
    /// Who is asked, where there are several.
    #[serde(skip)]
    pub person: Option<u8>,
    /// The possible answers and their probabilities.
    pub answers: Vec<Answer>,
    /// The uniform that was drawn; the answers lie one after the other between 0 and 1.
    pub drawn: f64,
    /// The answer.
    pub answer: &'static str,
}

/// A possible answer.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Answer {
    /// The answer.
    pub answer: &'static str,
    /// Its probability.
    pub probability: f64,
}

impl Asked {
    fn of(decision: &Decision, scenario: &Scenario, program: u16) -> Self {
        let answers = decision.answers();
        Self {
            question: words::question(decision.question, scenario, program),
            outcome: words::outcome(decision.question),
            person: words::person(decision.question),
            answers: answers
                .into_iter()
                .map(|(answer, probability)| Answer { answer, probability })
                .collect(),
            drawn: decision.drawn,
            answer: decision.answer(),
        }
    }
}

/// Returns the events of a life, in the order in which they happened; advisors are numbered as in event logs, replacements
/// included.
#[must_use]
pub fn events(traced: Traced<'_>) -> Vec<Event> {
    worded(traced, None)
}

/// Returns the events of a life; where `places` are given, advisors are named by the place in the pool that they fill.
fn worded(traced: Traced<'_>, places: Option<&[Vec<Place>]>) -> Vec<Event> {
    let Traced { scenario, life, .. } = traced;
    let homes: Vec<usize> = (0..life.entries.len()).map(|at| home(&life.entries, at)).collect();
    let mut events = Vec::new();
    let mut before = life.opening.stage;
    for (at, entry) in life.entries.iter().enumerate() {
        if homes[at] != at {
            continue;
        }
        let decisions = life.entries.iter().zip(&homes).filter(|&(_, &home)| home == at);
        let decisions = decisions
            .filter_map(|(entry, _)| match &entry.told {
                Told::Decided(decision) => Some(Asked::of(decision, scenario, entry.program)),
                Told::Happened(_) => None,
            })
            .collect();
        events.push(match &entry.told {
            Told::Happened(happened) => {
                let named = Named::of(happened, scenario, entry.program);
                let context = words::Context { scenario, entry, before, places };
                match happened {
                    Happened::Stage(stage) => before = *stage,
                    Happened::Churned => before = Stage::Left,
                    _ => {}
                }
                Event {
                    at: entry.at,
                    kind: named.kind,
                    activity: named.activity,
                    touchpoint: named.touchpoint.map(str::to_owned),
                    what: context.what(happened),
                    why: context.why(happened),
                    moment: entry.moment,
                    decisions,
                }
            }
            Told::Decided(decision) => Event {
                at: entry.at,
                kind: happened::UNDECIDED,
                activity: words::question(decision.question, scenario, entry.program),
                touchpoint: None,
                what: words::nothing_came_of(decision),
                why: None,
                moment: entry.moment,
                decisions,
            },
        });
    }
    events
}

/// Returns the events as people read them: what came due and was settled at once is told in one, and who has come for an advisor
/// who left is the replacement of that one.
#[must_use]
pub fn told(traced: Traced<'_>) -> Vec<Event> {
    let mut told: Vec<Event> = Vec::new();
    for event in worded(traced, Some(&traced.life.places)) {
        let settles = happened::settles(event.kind);
        let due = told.pop_if(|last| {
            settles
                && happened::is_due(last.kind)
                && last.at == event.at
                && last.touchpoint == event.touchpoint
        });
        told.push(match due {
            None => event,
            Some(due) => {
                let why: Vec<String> = due.why.into_iter().chain(event.why).collect();
                let decisions = due.decisions.into_iter().chain(event.decisions).collect();
                Event { why: Some(why.join(" ")), decisions, ..event }
            }
        });
    }
    told
}

/// Returns the place of the entry that tells what came of entry `at`; its own for whatever happened, and for a decision
/// that nothing came of.
fn home(entries: &[Entry], at: usize) -> usize {
    let Told::Decided(Decision { question, .. }) = &entries[at].told else { return at };
    let is_home = |other: usize| match &entries[other].told {
        Told::Happened(happened) => entries[other].at == entries[at].at && comes_of(*question, happened),
        Told::Decided(_) => false,
    };
    let later = || (at + 1..entries.len()).take_while(|&other| entries[other].at == entries[at].at);
    let earlier = || (0..at).rev().take_while(|&other| entries[other].at == entries[at].at);
    later().find(|&other| is_home(other)).or_else(|| earlier().find(|&other| is_home(other))).unwrap_or(at)
}

/// Returns whether `happened` may be what came of the answer to `question`, or what raised it.
fn comes_of(question: Question, happened: &Happened) -> bool {
    let touches = |plan: u16| match *happened {
        Happened::Reached { plan: other, .. }
        | Happened::Declined { plan: other }
        | Happened::Due { plan: other } => plan == other,
        _ => false,
    };
    match question {
        Question::Accepted { plan }
        | Question::Attended { plan }
        | Question::Opened { plan, .. }
        | Question::Answered { plan, .. }
        | Question::AsksForHelp { plan, .. }
        | Question::Favourable { plan, .. }
        | Question::Recovers { plan } => touches(plan),
        Question::RoleFilled { .. } => matches!(happened, Happened::Reached { .. }),
        Question::Misjudged { .. } => matches!(happened, Happened::Rated(_)),
        Question::Renewal { .. } | Question::SignsLate | Question::Extended => {
            matches!(happened, Happened::Renewed(_) | Happened::Churned | Happened::SignedEarly)
        }
        Question::SignsEarly => {
            matches!(happened, Happened::Renewed(_) | Happened::Stage(Stage::Onboarding))
        }
        Question::WantsMore => matches!(happened, Happened::Expanded(_)),
        Question::ComesBack => matches!(happened, Happened::Churned),
    }
}

impl Event {
    /// Returns whether the same happened in another life at the same time, whatever the numbers.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        let drawn = |event: &Self| event.decisions.iter().map(|asked| asked.answer).collect::<Vec<_>>();
        self.at == other.at
            && self.activity == other.activity
            && self.what == other.what
            && drawn(self) == drawn(other)
    }
}

/// Returns how many events two lives have in common before they part.
#[must_use]
pub fn parting(one: &[Event], other: &[Event]) -> usize {
    one.iter().zip(other).take_while(|(a, b)| a.is_same(b)).count()
}
