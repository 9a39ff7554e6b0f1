//! Contracts at work: terms, renewals, expansions, true-ups, and customers who come back.

use crate::base::dist::Distribution;
use crate::base::math::exp;
use crate::base::money::Money;
use crate::base::random::{Purpose, Streams};
use crate::base::time::Day;
use crate::engine::event::Event;
use crate::engine::record::{Chance, Happened, LighthouseEnd, RenewalRecord};
use crate::engine::trace::Question;
use crate::engine::world::World;
use crate::engine::{care, journey, luck, touch, work};
use crate::population::Products;
use crate::population::Resegment;
use crate::population::generate::Profile;
use crate::population::segment::Segment;
use crate::program::stage::Stage;
use crate::program::touchpoint::{Color, Happening};
use crate::renewal::ledger::{Part, Parts};
use crate::renewal::outcome::{Odds, Outcome};
use crate::scenario::Scenario;
use crate::usage::activity::LiftTarget;

/// Level and spread of MAU / seats and of usage to which a standing of zero refers: those of the sources' base
/// assumptions. They are fixed, so that a population that uses the product more really stands better.
const BASELINE_REFERENCE: (f64, f64, f64, f64) = (0.70, 0.15, 0.28, 0.08);

/// The "year" of an expansion that ripened late and is signed with the renewal, as part of the key of its draws.
pub(super) const RIPE: u32 = 99;

/// Begins a term on `start`: schedules its end and what is counted from it.
pub fn begin_term(world: &mut World, scenario: &Scenario, account: u32, start: Day) {
    let entry = world.account_mut(account);
    let months = entry.profile.term_months;
    let first = entry.clocks.contract_start;
    // Counted from the first start, so that the end of a month is not forgotten.
    let passed = scenario.almanac.months_between(first, start).max(0) as u32;
    let end = scenario.almanac.add_months(first, passed + months);
    entry.term += 1;
    entry.term_end = end;
    entry.signed = None;
    entry.refused = None;
    entry.grown = false;
    entry.ripe = false;
    entry.rating = None;
    entry.lighthouse_days = 0;
    entry.lighthouse_this_term = false;
    let term = entry.term;
    work::move_on(world, account);
    world.schedule(end, Event::TermEnds { account, term });
    let renewal = &scenario.file.renewal;
    let draw = world.streams.draw(Purpose::EarlyRenewal, account, u32::from(term), 0);
    if world.chance(account, Question::SignsEarly, renewal.early.get(), draw.uniform(0)) {
        let early =
            renewal.early_by.sample(&world.streams, Purpose::EarlyRenewal, account, u32::from(term), 1);
        let day = Day((end.0 - (early / 86_400.0) as i32).max(start.0 + 1));
        world.schedule(day, Event::EarlySigning { account, term });
    }
    for year in 0..months.div_ceil(12) {
        let begin = scenario.almanac.add_months(first, passed + 12 * year);
        let attempt = world.account(account).attempt;
        let (_, day) = expansion_draw(&world.streams, account, attempt, term, (year, begin));
        if day < end && day >= world.today {
            world.schedule(day, Event::Expansion { account, term, year: year as u16 });
        }
        let anniversary = scenario.almanac.add_months(first, passed + 12 * (year + 1));
        if world.account(account).profile.soft_cap && renewal.true_up && anniversary < end {
            world.schedule(anniversary, Event::TrueUp { account, term });
        }
    }
    lay_out_renewal(world, scenario, account);
}

/// Schedules what the program counts from the term's end.
pub fn lay_out_renewal(world: &mut World, scenario: &Scenario, account: u32) {
    lay_out_window(world, scenario, account);
    lay_out_lighthouse(world, scenario, account);
    lay_out_assessment(world, scenario, account);
}

/// Schedules the opening of the renewal window.
pub fn lay_out_window(world: &mut World, scenario: &Scenario, account: u32) {
    let lead = world.program(scenario, account).stages.renewing_lead();
    let entry = world.account(account);
    let (term, end, stage, today) = (entry.term, entry.term_end, entry.stage, world.today);
    if stage != Stage::Renewing {
        world.schedule(Day((end.0 - lead).max(today.0)), Event::RenewalWindow { account, term });
    }
}

/// Schedules the first look at who is to enter Lighthouse, where that can be known before the assessment.
pub fn lay_out_lighthouse(world: &mut World, scenario: &Scenario, account: u32) {
    let lighthouse = &world.program(scenario, account).lighthouse;
    let entry = world.account(account);
    let (term, end, today) = (entry.term, entry.term_end, world.today);
    if lighthouse.enabled && lighthouse.knows_early() {
        let opens = lighthouse.window_days().map_or(today, |days| Day(end.0 - days));
        world.schedule(opens.max(today), Event::LighthouseOpens { account, term });
    }
}

/// Schedules the assessment, unless the term has a rating or will have one as soon as somebody is free.
pub fn lay_out_assessment(world: &mut World, scenario: &Scenario, account: u32) {
    let assessment = &world.program(scenario, account).assessment;
    let entry = world.account(account);
    let (term, end, today) = (entry.term, entry.term_end, world.today);
    if assessment.enabled && entry.rating.is_none() {
        let day = Day(end.0 - assessment.rha_days.get() as i32);
        if day <= today && work::awaits_assessment(world, account) {
            return;
        }
        world.schedule(day.max(today), Event::Assessment { account, term });
    }
}

/// Returns the account's standing [standard deviations]: usage and relationship as they really are.
#[must_use]
pub fn standing(world: &World, scenario: &Scenario, account: u32) -> f64 {
    let (engagement, relationship) = engagement_and_relationship(world, scenario, account);
    stands(scenario, world.activity.utilization(account), engagement, relationship)
}

/// Returns the relationship with an account as it really is, with all that strains and helps it [standard deviations].
#[must_use]
pub fn relationship(world: &World, scenario: &Scenario, account: u32) -> f64 {
    engagement_and_relationship(world, scenario, account).1
}

fn engagement_and_relationship(world: &World, scenario: &Scenario, account: u32) -> (f64, f64) {
    let entry = world.account(account);
    let mut engagement = f64::from(world.activity.usage.get(account));
    let mut relationship = entry.profile.relationship + entry.feedback;
    for (kind, column) in scenario.lifts.iter().zip(&world.activity.lifts) {
        match kind.target {
            LiftTarget::Engagement => engagement += f64::from(column.get(account)),
            LiftTarget::Relationship => relationship += f64::from(column.get(account)),
            LiftTarget::Speed | LiftTarget::Ceiling | LiftTarget::Odds => {}
        }
    }
    let shocks = &scenario.file.shocks;
    if entry.champion_missing {
        relationship -= shocks.champion_weight.get();
    }
    relationship -= shocks.company_weight.get() * company_change(world, scenario, account);
    (engagement, relationship)
}

/// Returns the standing of an account with so much utilization, usage and relationship [standard deviations].
pub(super) fn stands(scenario: &Scenario, utilization: f64, usage: f64, relationship: f64) -> f64 {
    let (level, level_spread, usage_level, usage_spread) = BASELINE_REFERENCE;
    let weight = scenario.file.renewal.usage_weight.get();
    let usage = 0.5 * (utilization - level) / level_spread + 0.5 * (usage - usage_level) / usage_spread;
    weight * usage + (1.0 - weight) * relationship
}

/// Returns how much of the company's changes has not faded [changes].
pub(super) fn company_change(world: &World, scenario: &Scenario, account: u32) -> f64 {
    let entry = world.account(account);
    let days = f64::from(world.today.0 - entry.company_day.0);
    let half_life = scenario.file.shocks.company_fading.in_days();
    entry.company_change * exp(-std::f64::consts::LN_2 * days / half_life)
}

/// Returns the odds at work if the term ended today, before Lighthouse.
#[must_use]
pub fn odds(world: &World, scenario: &Scenario, account: u32, visible_only: bool) -> Odds {
    let renewal = &scenario.file.renewal;
    let entry = world.account(account);
    if let Some(churn) =
        entry.constant_churn.or(renewal.constant_churn.map(super::super::language::share::Share::get))
    {
        return Odds { churn, downsize: 0.0 };
    }
    let lifted: f64 = scenario
        .lifts
        .iter()
        .zip(&world.activity.lifts)
        .filter(|(kind, _)| kind.target == LiftTarget::Odds)
        .map(|(_, column)| f64::from(column.get(account)))
        .sum();
    let company = company_change(world, scenario, account);
    let hidden = if visible_only { 0.0 } else { entry.profile.propensity };
    let influence = hidden + lifted + renewal.company_change_odds.get() * company;
    scenario.odds.odds(standing(world, scenario, account), influence)
}

/// Decides the renewal; [`tell_decision`] writes down what this returns, where it counts.
fn decide(world: &World, scenario: &Scenario, account: u32, term: u16) -> (Outcome, Odds) {
    let cut = care::churn_cut(world, scenario, account);
    let odds = odds(world, scenario, account, false).with_churn_cut(cut);
    let entry = world.account(account);
    let u = outcome_draw(&world.streams, account, entry.attempt, term);
    let outcome = if world.warming_up && entry.real {
        // Its seats on the first day are given.
        Outcome::Flat
    } else if world.warming_up && entry.term_end < Day(0) {
        // Whoever is in the opening book has survived its past.
        odds.outcome(u.max(odds.churn))
    } else {
        odds.outcome(u)
    };
    (outcome, odds)
}

/// Writes down the decision of a renewal where the account is followed.
fn tell_decision(world: &mut World, scenario: &Scenario, account: u32, term: u16, odds: Odds) {
    if world.follower.is_some() {
        let cut = care::churn_cut(world, scenario, account);
        let u = outcome_draw(&world.streams, account, world.account(account).attempt, term);
        world.decided(account, Question::Renewal { cut }, &[odds.churn, odds.downsize], u);
    }
}

/// The one uniform that decides the renewal at the end of `term`, worse outcomes lower.
#[must_use]
pub fn outcome_draw(streams: &Streams, account: u32, attempt: u32, term: u16) -> f64 {
    streams.draw(Purpose::RenewalOutcome, account, u32::from(term), attempt).uniform(0)
}

/// The renewal may be signed early: what it brings in all counts from today if it is no loss, else from the new term's start.
pub fn sign_early(world: &mut World, scenario: &Scenario, account: u32, term: u16) {
    let entry = world.account(account);
    if entry.term != term || !entry.living || (world.warming_up && entry.real) {
        return;
    }
    let (outcome, odds) = decide(world, scenario, account, term);
    luck::note_renewal(world, scenario, account, odds, outcome);
    tell_decision(world, scenario, account, term, odds);
    if outcome == Outcome::Churn {
        world.account_mut(account).refused = Some(odds.churn);
        return;
    }
    world.account_mut(account).signed = Some(outcome);
    world.log(account, Happened::SignedEarly);
    if outcome == Outcome::Flat && !loses(world, scenario, account, term) {
        let before = world.account(account).profile.arr();
        let parts = grow(world, scenario, account, term);
        world.account_mut(account).grown = true;
        book(world, account, before, parts);
    }
}

/// Returns whether an account is worth less after it has [grown](grow): what ripened may not make up for a lower price.
fn loses(world: &World, scenario: &Scenario, account: u32, term: u16) -> bool {
    if scenario.file.renewal.price_change.get() >= 0.0 {
        return false;
    }
    let entry = world.account(account);
    let mut profile = entry.profile.clone();
    if entry.ripe
        && let Some(seats) = buy(world, scenario, account, (term, RIPE), &mut profile)
    {
        profile.seats = seats;
    }
    change_price(scenario, &mut profile);
    profile.arr() < entry.profile.arr()
}

/// The term ends: churn is booked today, or a new term begins.
pub fn end_term(world: &mut World, scenario: &Scenario, account: u32, term: u16) {
    let entry = world.account(account);
    if entry.term != term || !entry.living {
        return;
    }
    let (signed, grown) = (entry.signed, entry.grown);
    let (mut outcome, odds) = decide(world, scenario, account, term);
    match signed {
        Some(signed) => outcome = signed,
        None => {
            luck::note_renewal(world, scenario, account, odds, outcome);
            tell_decision(world, scenario, account, term, odds);
        }
    }
    let up = world.account(account).profile.arr();
    let may_be_late = outcome != Outcome::Churn && signed.is_none();
    let late = if may_be_late { lateness(world, scenario, account, term) } else { None };
    let unextended =
        late.is_some_and(|(days, extended)| !extended || days > scenario.file.renewal.extension_days.get());
    if outcome == Outcome::Churn || unextended {
        note_renewal(world, account, up, Money::ZERO, odds.churn);
        churn(world, scenario, account);
        if let (true, Some((days, _))) = (unextended, late) {
            let life = world.account(account).life;
            world.schedule(Day(world.today.0 + days as i32), Event::WinBack { account, life });
        }
        return;
    }
    if let Some((days, _)) = late {
        world.log(account, Happened::SignedLate(days as u16));
    }
    let mut parts = Parts::default();
    let real = world.warming_up && world.account(account).real;
    match outcome {
        Outcome::Downsize => parts = downsize(world, scenario, account, term),
        Outcome::Flat if !grown && !real => parts = grow(world, scenario, account, term),
        Outcome::Flat | Outcome::Churn => {}
    }
    if outcome == Outcome::Flat && !real {
        bill_overuse(world, scenario, account, &mut parts);
    }
    if outcome == Outcome::Downsize && !real {
        renew_price(world, scenario, account, &mut parts);
    }
    let now = world.account(account).profile.arr();
    note_renewal(world, account, up, now.min(up), odds.churn);
    book(world, account, up, parts);
    care::leave_at_renewal(world, account, LighthouseEnd::Renewed);
    world.log(account, Happened::Renewed(now));
    let start = world.account(account).term_end;
    // The stage is left before the new term's window is laid out.
    if world.account(account).served() {
        journey::after_renewal(world, scenario, account);
    }
    if scenario.file.population.resegment != Resegment::Never {
        reassign(world, scenario, account);
    }
    begin_term(world, scenario, account, start);
    touch::happen(world, scenario, account, Happening::Renewed);
}

/// Returns by how many days the signature is late and whether an extension is approved.
fn lateness(world: &mut World, scenario: &Scenario, account: u32, term: u16) -> Option<(u32, bool)> {
    let renewal = &scenario.file.renewal;
    if world.warming_up {
        return None;
    }
    let draw = world.streams.draw(Purpose::RenewalLate, account, u32::from(term), 0);
    world.chance(account, Question::SignsLate, renewal.late.get(), draw.word_uniform(0)).then(|| {
        let days = 1 + (draw.word_uniform(1) * f64::from(renewal.late_days.get())) as u32;
        let extended = renewal.extension_probability.get();
        (days, world.chance(account, Question::Extended, extended, draw.word_uniform(2)))
    })
}

fn note_renewal(world: &mut World, account: u32, up: Money, renewed: Money, churn_odds: f64) {
    let entry = world.account(account);
    if world.warming_up || !entry.served() {
        return;
    }
    let record = RenewalRecord {
        account,
        day: world.today,
        up,
        renewed,
        band: entry.band,
        rating: entry.rating,
        lighthouse: entry.lighthouse_this_term,
        churn_odds,
    };
    world.record.renewals.push(record);
}

fn churn(world: &mut World, scenario: &Scenario, account: u32) {
    care::leave_at_renewal(world, account, LighthouseEnd::Churned);
    let today = world.today;
    world.close_band(account);
    world.enter(account, Stage::Left);
    world.account_mut(account).living = false;
    world.log(account, Happened::Churned);
    let entry = world.account_mut(account);
    entry.left_in_window = true;
    entry.life += 1;
    let (life, term) = (entry.life, u32::from(entry.term));
    work::move_on(world, account);
    // After the new life has begun, which makes stale what the customer's was to bring.
    touch::happen(world, scenario, account, Happening::Churned);
    world.activity.stop(account);
    world.published.forget(account);
    if !world.warming_up {
        world.record.ledger.churn(today, account).expect("invariant: who leaves has a contract");
        world.record_of(account).churned.get_or_insert(today);
    }
    let renewal = &scenario.file.renewal;
    // Keyed by the term that ended, which no program can change.
    let draw = world.streams.draw(Purpose::WinBack, account, term, 0);
    if world.chance(account, Question::ComesBack, renewal.win_back.get(), draw.uniform(0)) {
        let after = renewal.win_back_after.sample(&world.streams, Purpose::WinBack, account, term, 1);
        world.schedule(Day(today.0 + (after / 86_400.0).ceil() as i32), Event::WinBack { account, life });
    }
}

/// A former customer comes back: new business, with a new onboarding. What the program's touchpoints had left behind, and
/// what it had seen, went with the former contract.
pub fn win_back(world: &mut World, scenario: &Scenario, account: u32, life: u16) {
    if world.account(account).life != life || world.account(account).living {
        return;
    }
    world.log(account, Happened::WonBack);
    *world.activity.adoption.at(account) = scenario.file.usage.at_first() as f32;
    world.activity.begin_anew(account);
    let entry = world.account_mut(account);
    entry.band = Color::Yellow;
    // Who is there now is known anew at the hand-over.
    entry.noticed_champion = !entry.champion_missing;
    journey::close(world, scenario, account, life);
}

/// Cuts seats; people who use the product are the last to lose theirs.
fn downsize(world: &mut World, scenario: &Scenario, account: u32, term: u16) -> Parts {
    let entry = world.account(account);
    let (seats, price) = (entry.profile.seats, entry.profile.price);
    let kept = seats_kept(scenario, &world.streams, account, entry.attempt, term, seats);
    set_seats(world, scenario, account, kept);
    let lost = price * i64::from(seats - kept);
    Parts::default().with(Part::Seats, -lost)
}

/// Lets a renewed account grow: what ripened inside the window, and the price.
fn grow(world: &mut World, scenario: &Scenario, account: u32, term: u16) -> Parts {
    let mut parts = Parts::default();
    if std::mem::take(&mut world.account_mut(account).ripe) {
        add(world, scenario, account, term, RIPE, &mut parts);
    }
    renew_price(world, scenario, account, &mut parts);
    parts
}

fn renew_price(world: &mut World, scenario: &Scenario, account: u32, parts: &mut Parts) {
    let profile = &mut world.account_mut(account).profile;
    let before = profile.arr();
    change_price(scenario, profile);
    *parts = parts.with(Part::Price, profile.arr() - before);
}

/// Gives a customer the price of a new term.
fn change_price(scenario: &Scenario, profile: &mut Profile) {
    profile.price = profile.price.scale(1.0 + scenario.file.renewal.price_change.get());
}

/// A mid-term expansion ripens, if the account is eligible; inside the renewal window it is signed with the renewal.
pub fn expand(world: &mut World, scenario: &Scenario, account: u32, term: u16, year: u16) {
    let renewal = &scenario.file.renewal;
    let entry = world.account(account);
    if entry.term != term || !entry.living || (world.warming_up && entry.real) {
        return;
    }
    if world.activity.utilization(account) < renewal.expansion_from.get() {
        return;
    }
    let (u, _) = expansion_draw(&world.streams, account, entry.attempt, term, (u32::from(year), world.today));
    let is_wanted = world.chance(account, Question::WantsMore, renewal.expansion_a_year(), u);
    luck::note(world, scenario, account, (Chance::Expansion, renewal.expansion_a_year()), is_wanted);
    if !is_wanted {
        return;
    }
    let window = renewal.expansion_with_renewal.get() as i32;
    let entry = world.account(account);
    if entry.signed.is_none() && entry.term_end.0 - world.today.0 <= window {
        world.account_mut(account).ripe = true;
        return;
    }
    let before = entry.profile.arr();
    let mut parts = Parts::default();
    add(world, scenario, account, term, u32::from(year), &mut parts);
    let now = world.account(account).profile.arr();
    if now > before {
        book(world, account, before, parts);
        world.log(account, Happened::Expanded(now - before));
        if scenario.file.population.resegment == Resegment::Immediate {
            reassign(world, scenario, account);
        }
    }
}

/// Adds seats, or the other product.
fn add(world: &mut World, scenario: &Scenario, account: u32, term: u16, year: u32, parts: &mut Parts) {
    let mut profile = world.account(account).profile.clone();
    let before = profile.arr();
    let seats = buy(world, scenario, account, (term, year), &mut profile);
    world.account_mut(account).profile = profile;
    let part = if seats.is_some() { Part::Seats } else { Part::Products };
    if let Some(seats) = seats {
        set_seats(world, scenario, account, seats);
    }
    *parts = parts.with(part, world.account(account).profile.arr() - before);
}

/// Lets a customer with this profile buy more today: see [`bought`].
fn buy(
    world: &World,
    scenario: &Scenario,
    account: u32,
    (term, year): (u16, u32),
    profile: &mut Profile,
) -> Option<u32> {
    let entry = world.account(account);
    let years = f64::from(world.today.0 - entry.clocks.close.0) / 365.0;
    bought(scenario, &world.streams, profile, years, (account, entry.attempt, term, year))
}

/// Users above the seats of a soft-cap licence are billed in mid-term.
pub fn true_up(world: &mut World, scenario: &Scenario, account: u32, term: u16) {
    let entry = world.account(account);
    if entry.term != term || !entry.living || (world.warming_up && entry.real) {
        return;
    }
    let before = entry.profile.arr();
    let mut parts = Parts::default();
    bill_overuse(world, scenario, account, &mut parts);
    let gain = parts.of(Part::TrueUp);
    if gain > Money::ZERO {
        book(world, account, before, parts);
        if scenario.file.population.resegment == Resegment::Immediate {
            reassign(world, scenario, account);
        }
    }
}

/// Raises the seats of a soft-cap licence to last month's users.
fn bill_overuse(world: &mut World, scenario: &Scenario, account: u32, parts: &mut Parts) {
    let entry = world.account(account);
    let users = world.published.mau(account).unwrap_or(0.0).floor() as u32;
    if !entry.profile.soft_cap || !scenario.file.renewal.true_up || users <= entry.profile.seats {
        return;
    }
    let before = entry.profile.arr();
    set_seats(world, scenario, account, users);
    let gain = world.account(account).profile.arr() - before;
    *parts = parts.with(Part::TrueUp, gain);
    world.log(account, Happened::TruedUp(gain));
}

/// Changes the number of seats. New seats start unused, so utilization dips after an expansion; after a cut those who
/// use the product stay, so the ceiling rises.
fn set_seats(world: &mut World, scenario: &Scenario, account: u32, seats: u32) {
    let before = world.account(account).profile.seats;
    world.account_mut(account).profile.seats = seats;
    *world.activity.seats.at(account) = seats as f32;
    if before == 0 || seats == 0 {
        return;
    }
    let ratio = before as f32 / seats as f32;
    if seats > before {
        *world.activity.adoption.at(account) *= ratio;
    } else {
        let usage = &scenario.file.usage;
        let profile = &mut world.account_mut(account).profile;
        profile.concentrate(usage, before, seats);
        *world.activity.ceiling.at(account) = profile.ceiling(usage) as f32;
        world.activity.drop_users_without_seat(account);
    }
}

/// Books the net change of an account's recurring revenue once, with its parts.
fn book(world: &mut World, account: u32, before: Money, parts: Parts) {
    if !world.warming_up {
        debug_assert_eq!(parts.net(), world.account(account).profile.arr() - before);
        world
            .record
            .ledger
            .change(world.today, account, parts)
            .expect("invariant: somewhat is left of a contract");
    }
}

/// Returns the first day of the account's current term.
#[must_use]
pub fn term_start(world: &World, scenario: &Scenario, account: u32) -> Day {
    let entry = world.account(account);
    let first = entry.clocks.contract_start;
    let months = scenario.almanac.months_between(first, entry.term_end) as u32;
    scenario.almanac.add_months(first, months.saturating_sub(entry.profile.term_months))
}

/// Counts developers at month end where a change of segment takes effect at once.
pub fn count_heads(world: &mut World, scenario: &Scenario) {
    if scenario.file.population.resegment == Resegment::Immediate {
        for account in 0..world.accounts.len() as u32 {
            if world.account(account).living {
                reassign(world, scenario, account);
            }
        }
    }
}

/// Returns the segment of a customer whose developers have grown for `years`.
pub(super) fn grown_segment(scenario: &Scenario, profile: &Profile, years: f64) -> Segment {
    let grown = profile.developers * exp(years * scenario.file.renewal.developer_growth.get());
    Segment::of_developers(grown.round() as u32)
}

/// Looks which team serves the account now, and hands it over if that is another: to the scenario's program for that
/// team, or, where it has none, to people outside the scenario. There it stays a customer and goes on renewing, but
/// nobody here works for it, no later window counts it, and it does not return: customers who come from outside are
/// new ones.
///
/// In the warm-up nobody is handed over to the outside: whoever is in the opening book has stayed.
pub fn reassign(world: &mut World, scenario: &Scenario, account: u32) {
    let entry = world.account(account);
    if !entry.served() {
        return;
    }
    let years = f64::from(world.today.0 - entry.clocks.close.0) / 365.0;
    let segment = grown_segment(scenario, &entry.profile, years);
    let team = scenario.file.population.segmentation.team(segment, entry.profile.arr());
    let program = scenario.program_for(team);
    let own = scenario.own(entry.program);
    let at_home = team == entry.home || program == Some(own);
    if team == entry.team || (world.warming_up && program.is_none() && !at_home) {
        return;
    }
    if program == Some(own) {
        let entry = world.account_mut(account);
        (entry.team, entry.profile.segment) = (team, segment);
        if !world.warming_up {
            world.record_of(account).segment = segment;
        }
        return;
    }
    world.log(account, Happened::Transferred);
    if !world.warming_up {
        world.record_of(account).transfers += 1;
    }
    world.close_stage(account);
    world.close_band(account);
    let entry = world.account_mut(account);
    entry.team = team;
    entry.profile.segment = segment;
    // What the program it leaves has laid out is stale.
    entry.life += 1;
    work::move_on(world, account);
    if program.is_none() && !at_home {
        care::leave_at_renewal(world, account, LighthouseEnd::Expired);
        world.enter(account, Stage::Left);
        return;
    }
    let number = program.unwrap_or(own);
    let entry = world.account_mut(account);
    entry.program = scenario.under(number, scenario.changes_in(entry.program));
    world.watch(scenario, account);
    if !world.warming_up {
        let record = world.record_of(account);
        (record.program, record.segment) = (number, segment);
    }
    let entry = world.account(account);
    let life = entry.life;
    if entry.clocks.production_ready.is_none() {
        let ping = Day(entry.clocks.close.0 + entry.profile.first_ping);
        world.schedule(ping, Event::FirstPing { account, life });
    }
    journey::come_under(world, scenario, account, |_| true);
}

/// Which of the draws for an account's expansions a decision takes: `attempt` tells the customers drawn for one place,
/// so that those who did not stay leave no trace in the luck of the one who did.
fn occasion(attempt: u32, year: u32) -> u32 {
    128 * attempt + year
}

/// The uniform that decides whether an expansion is wanted in a contract year, counted from 0 and begun on the given day,
/// and the day on which it ripens.
pub(super) fn expansion_draw(
    streams: &Streams,
    account: u32,
    attempt: u32,
    term: u16,
    (year, begin): (u32, Day),
) -> (f64, Day) {
    let draw = streams.draw(Purpose::Expansion, account, u32::from(term), occasion(attempt, year));
    (draw.uniform(0), Day(begin.0 + (draw.uniform(1) * 365.0) as i32))
}

/// Lets a customer of `years` buy more at one occasion (account, attempt, term and year): the other product at once, or
/// so many seats in all, which is returned.
pub(super) fn bought(
    scenario: &Scenario,
    streams: &Streams,
    profile: &mut Profile,
    years: f64,
    (account, attempt, term, year): (u32, u32, u16, u32),
) -> Option<u32> {
    let renewal = &scenario.file.renewal;
    let (term, label) = (u32::from(term), occasion(attempt, year));
    let which = streams.draw(Purpose::CrossSell, account, term, label).uniform(0);
    if which < renewal.cross_sell.get() && profile.products != Products::Both {
        let mix = &scenario.file.population.products;
        let own = if profile.products == Products::Search { &mix.search } else { &mix.assistant };
        let factor = (mix.both.list_price.get() / own.list_price.get()).max(1.0);
        profile.products = Products::Both;
        profile.price = profile.price.scale(factor);
        return None;
    }
    let size = renewal.expansion_size.sample(streams, Purpose::ExpansionSize, account, term, label);
    let developers = profile.developers * exp(years * renewal.developer_growth.get());
    let limit = (developers * renewal.expansion_limit.get()).floor();
    let seats = f64::from(profile.seats);
    Some((seats * (1.0 + size)).round().min(limit).max(seats) as u32)
}

/// Returns the seats that are left of `seats` after a downsize at the end of `term`.
pub(super) fn seats_kept(
    scenario: &Scenario,
    streams: &Streams,
    account: u32,
    attempt: u32,
    term: u16,
    seats: u32,
) -> u32 {
    let size = &scenario.file.renewal.downsize_size;
    let share = size.sample(streams, Purpose::RenewalSize, account, u32::from(term), attempt);
    let smallest = scenario.file.population.smallest_package.get();
    ((f64::from(seats) * (1.0 - share)).round() as u32).clamp(smallest.min(seats), seats)
}

/// Draws the constant probability of churn, where propensity is beta-distributed, of the customer whom an attempt finds for
/// an account.
#[must_use]
pub fn beta_propensity(scenario: &Scenario, streams: &Streams, account: u32, attempt: u32) -> Option<f64> {
    let renewal = &scenario.file.renewal;
    let (alpha, beta) = (renewal.beta_alpha?.get(), renewal.beta_beta?.get());
    let mean = alpha / (alpha + beta);
    let sd = (mean * (1.0 - mean) / (alpha + beta + 1.0)).sqrt();
    Some(Distribution::Beta { mean, sd }.sample(streams, Purpose::Propensity, account, attempt, 1))
}
