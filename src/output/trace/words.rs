//! What happened and why, in sentences.

use crate::base::money::Money;
use crate::base::time::Day;
use crate::capacity::roster::Place;
use crate::engine::record::{Happened, LighthouseEnd, WaitedFor};
use crate::engine::trace::{Decision, Entry, Question};
use crate::metrics::Unit;
use crate::output::happened;
use crate::output::trace::Asked;
use crate::output::words::{Words, counted, digits};
use crate::population::Role;
use crate::program::plan::{Plan, Trigger};
use crate::program::stage::{Clock, Comparison, Join, Stage};
use crate::program::touchpoint::{Channel, Color, Happening, Owner, Touchpoint};
use crate::scenario::{Program, Scenario};

/// Writes a share as percent, with a decimal where it matters.
pub(super) fn percent(share: f64) -> String {
    let percent = share * 100.0;
    let decimals = if (percent - percent.round()).abs() < 1e-9 {
        0
    } else if percent.abs() < 1.0 {
        2
    } else {
        1
    };
    format!("{} %", digits(percent, decimals))
}

/// Writes an amount in the scenario's currency.
pub(super) fn money(amount: Money, scenario: &Scenario) -> String {
    let currency = scenario.file.currency.as_str();
    Words { unit: Unit::Money, currency }.value(amount.cents() as f64 / 100.0)
}

/// Writes a name in prose: with its first letter large.
pub(super) fn titled(name: &str) -> String {
    let mut letters = name.chars();
    letters.next().map_or(String::new(), |first| first.to_uppercase().chain(letters).collect())
}

/// Asks a question in words.
pub(super) fn question(question: Question, scenario: &Scenario, program: u16) -> String {
    let name = |plan: u16| title(&scenario.programs[usize::from(program)].plans[usize::from(plan)]);
    match question {
        Question::Accepted { plan } => format!("Is {} accepted?", name(plan)),
        Question::Attended { plan } => format!("Is {} attended?", name(plan)),
        Question::Opened { plan, person } => format!("Does person {person} open {}?", name(plan)),
        Question::Answered { plan, person } => format!("Does person {person} answer {}?", name(plan)),
        Question::AsksForHelp { person, .. } => format!("Does person {person} ask for help?"),
        Question::Favourable { person, .. } => format!("Is the answer of person {person} favourable?"),
        Question::RoleFilled { role } => format!("Is a {} found?", role_name(role)),
        Question::Recovers { .. } => "Does the account take itself in hand?".to_owned(),
        Question::Misjudged { truth } => format!("Is an account that is truly {truth} misjudged?"),
        Question::Renewal { cut } if cut > 0.0 => {
            format!("What becomes of the contract? (Lighthouse has cut churn by {}.)", percent(cut))
        }
        Question::Renewal { .. } => "What becomes of the contract?".to_owned(),
        Question::SignsEarly => "Will the next renewal be signed early?".to_owned(),
        Question::SignsLate => "Is it signed late?".to_owned(),
        Question::Extended => "Is an extension approved?".to_owned(),
        Question::WantsMore => "Does the account want more?".to_owned(),
        Question::ComesBack => "Will the customer come back?".to_owned(),
    }
}

/// Returns what people call a touchpoint.
fn title(plan: &Plan) -> &str {
    let Touchpoint { name, title, .. } = &plan.touchpoint;
    title.as_ref().map_or(name.as_str(), |title| title.as_str())
}

/// Names what happens if the answer is yes; empty where there are more answers.
pub(super) fn outcome(question: Question) -> String {
    match question {
        Question::Accepted { .. } => "accepted",
        Question::Attended { .. } => "attended",
        Question::Opened { .. } => "opened",
        Question::Answered { .. } => "answered",
        Question::AsksForHelp { .. } => "help asked for",
        Question::Favourable { .. } => "a favourable answer",
        Question::RoleFilled { role } => return format!("a {} found", role_name(role)),
        Question::Recovers { .. } => "a recovery",
        Question::Misjudged { truth } => return format!("misjudged (it is truly {truth})"),
        Question::Renewal { .. } => "",
        Question::SignsEarly => "the next renewal signed early",
        Question::SignsLate => "signed late",
        Question::Extended => "an extension approved",
        Question::WantsMore => "an expansion wanted",
        Question::ComesBack => "coming back",
    }
    .to_owned()
}

/// Returns who is asked, where there are several.
pub(super) fn person(question: Question) -> Option<u8> {
    match question {
        Question::Opened { person, .. }
        | Question::Answered { person, .. }
        | Question::AsksForHelp { person, .. }
        | Question::Favourable { person, .. } => Some(person),
        _ => None,
    }
}

/// Says what chance decided, one sentence for each probability: "accepted with 35 %: drawn 0.214, yes".
pub(super) fn decided(decisions: &[Asked]) -> Vec<String> {
    let mut sentences: Vec<(String, Vec<String>)> = Vec::new();
    for asked in decisions {
        let odds = match &asked.answers[..] {
            [yes, _] => format!("{} with {}", asked.outcome, percent(yes.probability)),
            several => {
                let odds = several.iter().map(|one| format!("{} {}", one.answer, percent(one.probability)));
                odds.collect::<Vec<_>>().join(", ")
            }
        };
        let who = asked.person.map_or(String::new(), |person| format!("person {person} "));
        let drawn = format!("{who}drawn {}, {}", digits(asked.drawn, 3), asked.answer);
        match sentences.iter_mut().find(|(known, _)| *known == odds) {
            Some((_, draws)) => draws.push(drawn),
            None => sentences.push((odds, vec![drawn])),
        }
    }
    sentences.into_iter().map(|(odds, draws)| format!("{odds}: {}", draws.join("; "))).collect()
}

/// Says what a decision that nothing came of was about.
pub(super) fn nothing_came_of(decision: &Decision) -> String {
    match (decision.question, decision.answer()) {
        (Question::Renewal { .. }, _) => "An early signature is asked for, and not given.",
        (Question::WantsMore, "yes") => "An expansion is wanted, but not bought now.",
        (Question::WantsMore, _) => "No expansion is wanted this year.",
        _ => "Chance decides, and nothing comes of it.",
    }
    .to_owned()
}

fn role_name(role: Role) -> &'static str {
    match role {
        Role::InstanceAdmin => "new instance admin",
        Role::ProgramContact => "new program contact",
        Role::Champion => "new champion",
        Role::Stakeholder => "new stakeholder",
    }
}

fn clock(clock: Clock) -> &'static str {
    match clock {
        Clock::Close => "the close",
        Clock::ContractStart => "the start of the contract",
        Clock::ProductionReady => "the first ping",
    }
}

/// Names an advisor by the place in the pool; who has come for somebody who left, as a replacement.
fn who(place: Place, pool: &str) -> String {
    let first = format!("Advisor {} of {pool}", place.number + 1);
    match place.before {
        0 => first,
        1 => format!("The replacement of {first}"),
        before => format!("Replacement {before} of {first}"),
    }
}

/// What is known where an event happens.
#[derive(Debug, Clone, Copy)]
pub(super) struct Context<'a> {
    pub(super) scenario: &'a Scenario,
    pub(super) entry: &'a Entry,
    /// The stage before.
    pub(super) before: Stage,
    /// By pool and advisor, the place that they fill, where they are to be named by it.
    pub(super) places: Option<&'a [Vec<Place>]>,
}

impl<'a> Context<'a> {
    fn program(self) -> &'a Program {
        &self.scenario.programs[usize::from(self.entry.program)]
    }

    fn plan(self, plan: u16) -> &'a Plan {
        &self.program().plans[usize::from(plan)]
    }

    fn name(self, plan: u16) -> &'a str {
        title(self.plan(plan))
    }

    fn advisor(self, pool: u16, advisor: u16) -> String {
        let named = self.scenario.file.pool[usize::from(pool)].name.as_str();
        match self.places {
            Some(places) => who(places[usize::from(pool)][usize::from(advisor)], named),
            None => format!("Advisor {} of {named}", advisor + 1),
        }
    }

    fn work(self, work: WaitedFor) -> &'a str {
        match work {
            WaitedFor::Assessment => "the renewal assessment",
            WaitedFor::LighthousePlan => "the plan for Lighthouse",
            WaitedFor::LighthouseWeek => "the week's work in Lighthouse",
            WaitedFor::Touchpoint { .. } => happened::work_name(self.scenario, work),
        }
    }

    /// Says what happened.
    pub(super) fn what(self, happened: &Happened) -> String {
        let name = |plan: u16| titled(self.name(plan));
        match *happened {
            Happened::Stage(stage) => format!("{} begins.", titled(stage.name())),
            Happened::TrialBegan { is_free: true } => "A free trial begins.".to_owned(),
            Happened::TrialBegan { is_free: false } => "A paid trial begins.".to_owned(),
            Happened::ProspectLost => "The prospect does not close.".to_owned(),
            Happened::FirstPing => "The first ping: production runs.".to_owned(),
            Happened::Goal(reached) => {
                format!("The onboarding goal is {}.", if reached { "reached" } else { "missed" })
            }
            Happened::Due { plan } => format!("{} is due.", name(plan)),
            Happened::Reached { plan, people } => self.reached(plan, people),
            Happened::NobodyInRole { plan } => {
                format!("{} lacks a recipient: nobody holds the role.", name(plan))
            }
            Happened::Declined { plan } => format!("{} does not take place.", name(plan)),
            Happened::Rescheduled { plan, day } => {
                format!("{} gets another date: {}.", name(plan), self.scenario.almanac.date(day))
            }
            Happened::Band(band) => format!("The health band turns {band}."),
            Happened::Rated(rating) => format!("The renewal assessment says {rating}."),
            Happened::LighthouseWaits => "Lighthouse has no place: the account waits for one.".to_owned(),
            Happened::LighthouseEntered => "Lighthouse begins.".to_owned(),
            Happened::LighthousePresented => {
                "The plan is presented: Lighthouse is at work from now on.".to_owned()
            }
            Happened::LighthouseLeft(end) => {
                let why = match end {
                    LighthouseEnd::Healthy => "the account is healthy",
                    LighthouseEnd::Renewed => "the contract is renewed",
                    LighthouseEnd::Churned => "the customer has left",
                    LighthouseEnd::Expired => "the longest stay is over",
                };
                format!("Lighthouse ends: {why}.")
            }
            Happened::SignedEarly => "The renewal is signed early.".to_owned(),
            Happened::SignedLate(days) => {
                format!("The renewal is signed {} late.", counted(days.into(), "day", "days"))
            }
            Happened::Renewed(arr) => {
                format!("The contract is renewed at {} a year.", money(arr, self.scenario))
            }
            Happened::Churned => "The customer leaves.".to_owned(),
            Happened::Expanded(gain) => {
                format!("The contract grows by {} a year.", money(gain, self.scenario))
            }
            Happened::TruedUp(gain) => {
                format!("Users above the seats are billed: {} a year.", money(gain, self.scenario))
            }
            Happened::WonBack => "The customer comes back.".to_owned(),
            Happened::Transferred => "The account moves to another team.".to_owned(),
            Happened::ChampionLeft => "The champion leaves.".to_owned(),
            Happened::ChampionFound => "A new champion is found.".to_owned(),
            Happened::BudgetCut => "A budget cut: fewer seats are needed.".to_owned(),
            Happened::CompanyChanged => "The company changes hands, or moves to another platform.".to_owned(),
            Happened::FeatureUsed => "A user tries a new feature.".to_owned(),
            Happened::Requested => "The customer asks for something.".to_owned(),
            Happened::WorkBegun { pool, advisor, work } => {
                format!("{} works on {}.", self.advisor(pool, advisor), self.work(work))
            }
            Happened::WorkPutDown { pool, advisor, work } => {
                format!("{} puts {} down.", self.advisor(pool, advisor), self.work(work))
            }
            Happened::WorkEnded { pool, advisor, work } => {
                format!("{} is done with {}.", self.advisor(pool, advisor), self.work(work))
            }
            Happened::WorkDropped { work } => format!("Nobody does {}.", self.work(work)),
        }
    }

    fn reached(self, plan: u16, people: u8) -> String {
        let touchpoint = &self.plan(plan).touchpoint;
        let name = titled(self.name(plan));
        match touchpoint.channel {
            Channel::Mail => match people {
                0 => format!("{name} is sent, and nobody opens it."),
                1 => format!("{name} is sent, and one person opens it."),
                _ => format!("{name} is sent, and {people} people open it."),
            },
            Channel::Survey => match people {
                0 => format!("{name} is sent, and nobody answers."),
                1 => format!("{name} is sent, and one person answers."),
                _ => format!("{name} is sent, and {people} people answer."),
            },
            Channel::Call | Channel::Webinar => format!("{name} takes place."),
            Channel::Document => format!("{name} is worked off."),
        }
    }

    /// Says why it happened, where there is more to say.
    pub(super) fn why(self, happened: &Happened) -> Option<String> {
        let moment = self.entry.moment;
        let date = |day| self.scenario.almanac.date(day);
        let stages = &self.program().stages;
        match *happened {
            Happened::Stage(stage) => self.stage(stage),
            Happened::Due { plan } => Some(due(self.plan(plan))),
            Happened::Goal(_) => Some(format!(
                "Published utilization is {}; the goal is {}, {} after {}.",
                self.figure(moment.utilization),
                percent(stages.onboarding_goal.get()),
                counted(stages.goal_days.get().into(), "day", "days"),
                clock(stages.goal_clock),
            )),
            Happened::Band(_) => {
                let health = &self.program().health;
                Some(format!(
                    "The score is {}: green from {}, red up to {}.",
                    digits(moment.score, 1),
                    health.green_min.get(),
                    health.red_max.get()
                ))
            }
            Happened::Rated(_) => {
                let days = moment.term_end.0 - self.entry.at.day().0;
                Some(format!("{} before the term ends.", counted(days.max(0) as u64, "day", "days")))
            }
            Happened::LighthouseEntered | Happened::LighthouseWaits => self.risk(),
            Happened::Renewed(_) | Happened::Churned => {
                Some(format!("The term ends on {}.", date(self.term_that_ends())))
            }
            Happened::SignedEarly => Some(format!("The term ends on {}.", date(moment.term_end))),
            Happened::Reached { plan, .. } if self.plan(plan).touchpoint.owner == Owner::AccountExecutive => {
                Some("The account executive does it.".to_owned())
            }
            _ => None,
        }
    }

    /// The day on which a renewal is decided is the first after its term.
    fn term_that_ends(self) -> Day {
        self.entry.at.day()
    }

    fn figure(self, share: Option<f64>) -> String {
        share.map_or("not known yet".to_owned(), percent)
    }

    fn stage(self, stage: Stage) -> Option<String> {
        let moment = self.entry.moment;
        let stages = &self.program().stages;
        let figures = || {
            let (utilization, usage) = (self.figure(moment.utilization), self.figure(moment.usage));
            format!("Utilization is {utilization}, usage {usage}")
        };
        let gate = || {
            let more = if stages.gate_comparison == Comparison::Above { "above" } else { "from" };
            let join = if stages.gate_join == Join::And { "and" } else { "or" };
            let (utilization, usage) = (stages.utilization_gate.get(), stages.usage_gate.get());
            format!("the gate lets in {more} {} {join} {}", percent(utilization), percent(usage))
        };
        Some(match (self.before, stage) {
            (_, Stage::Prospect) => return None,
            (Stage::Renewing, Stage::Onboarding | Stage::Adopting | Stage::Nurturing) => {
                format!("The contract is renewed. {}.", figures())
            }
            (_, Stage::Onboarding) => {
                let (seats, arr) = (moment.seats, money(moment.arr, self.scenario));
                format!("The contract is closed: {} at {arr} a year.", counted(seats.into(), "seat", "seats"))
            }
            (Stage::Onboarding, Stage::Adopting | Stage::Nurturing) => format!(
                "{} after {}. {}.",
                titled(&counted(stages.onboarding_days.get().into(), "day", "days")),
                clock(stages.stage_clock),
                figures()
            ),
            (_, Stage::Adopting | Stage::Nurturing) => format!("{}; {}.", figures(), gate()),
            (_, Stage::Renewing) => {
                let days = moment.term_end.0 - self.entry.at.day().0;
                let end = self.scenario.almanac.date(moment.term_end);
                format!("{} before the term ends on {end}.", counted(days.max(0) as u64, "day", "days"))
            }
            (_, Stage::Left) => return None,
        })
    }

    /// Says which risk leads into Lighthouse.
    fn risk(self) -> Option<String> {
        let moment = self.entry.moment;
        let lighthouse = &self.program().lighthouse;
        let mut risks = Vec::new();
        if let Some(rating) = moment.rating.filter(|&rating| lighthouse.admits(rating)) {
            risks.push(format!("it was rated {rating}"));
        }
        if risks.is_empty() && lighthouse.knows_early() {
            risks.push(format!("its band is {}", moment.band));
            if moment.champion_missing {
                risks.push("its champion has left".to_owned());
            }
        }
        if risks.is_empty() {
            risks.push(format!("its executive or advisor put it in, since its band is {}", moment.band));
        }
        Some(format!("{}.", titled(&risks.join(", and "))))
    }
}

/// Says why a touchpoint is due.
fn due(plan: &Plan) -> String {
    let from = clock(plan.clock());
    match &plan.trigger {
        Trigger::At(times) => {
            let days: Vec<String> = times.iter().map(ToString::to_string).collect();
            let unit = if times == &[1] { "day" } else { "days" };
            format!("It is set for {} {unit} after {from}.", days.join(", "))
        }
        Trigger::Every(days) => {
            format!("It recurs every {} from {from}.", counted(*days as u64, "day", "days"))
        }
        Trigger::EveryAtQuarter(days) => {
            format!("It recurs every {days} days from {from}, moved on to the start of a quarter.")
        }
        Trigger::MonthEnd => "It recurs after each month.".to_owned(),
        Trigger::CalendarQuarter => "It recurs at the start of each quarter.".to_owned(),
        Trigger::Anniversary(1) => "It recurs on the contract's anniversary.".to_owned(),
        Trigger::Anniversary(times) => format!("It recurs {times} times a contract year."),
        Trigger::On(happening) => {
            let touchpoint = &plan.touchpoint;
            let colors = |colors: &Option<Vec<Color>>, any: &str| match colors {
                Some(colors) => colors.iter().map(ToString::to_string).collect::<Vec<_>>().join(" or "),
                None => any.to_owned(),
            };
            let bands = format!("the health band has become {}", colors(&touchpoint.bands, "another"));
            let ratings = format!("the assessment has said {}", colors(&touchpoint.ratings, "something"));
            let because = match happening {
                Happening::ProspectEntry => "a prospect has entered",
                Happening::Close => "the contract has been closed",
                Happening::FirstPing => "the first ping has come",
                Happening::FeatureUse => "a new feature was tried",
                Happening::BandChange => &bands,
                Happening::ChampionLeft => "the champion has left",
                Happening::Assessment => &ratings,
                Happening::StageEntry => "a stage was entered",
                Happening::Request => "the customer has asked",
                Happening::HelpAsked => "a person has asked for help",
                Happening::Renewed => "the contract was renewed",
                Happening::Churned => "the customer has left",
            };
            let again = if touchpoint.repeat { "; it recurs while that lasts" } else { "" };
            format!("Because {because}{again}.")
        }
    }
}
