//! The customers to generate: groups, products, terms, prices.

use super::codes::{
    CAP_BELOW_SEATS, CORRELATION_IMPOSSIBLE, DEVELOPERS_OUTSIDE, DEVELOPERS_REVERSED, EMPTY_LIST, NO_SEATS,
    POINTS_UNORDERED, PRICE_OF_NOTHING, PRICE_OUTSIDE, PRICE_REVERSED, PRICE_RUNS_AWAY, REVENUE_REVERSED,
    SECOND_REST, SHARES_NOT_WHOLE, TERM_TOO_LONG, TERM_TOO_SHORT,
};
use super::{Check, largest, percent};
use crate::base::math::powf;
use crate::language::{Count, Share};
use crate::population::likeness::Likeness;
use crate::population::segment::Segment;
use crate::population::{Group, PopulationSettings, TermMix};
use crate::scenario::file::ScenarioFile;

/// By how much shares may miss the whole, so that three thirds may be written `"33.3%"`.
const ROUNDING: f64 = 0.001 + 1e-9;

/// The days for which a run keeps a calendar after its horizon, less a few for weekends.
const DAYS_AFTER: f64 = 1454.0;

pub(super) fn check(check: &mut Check<'_>, file: &ScenarioFile) {
    let population = &file.population;
    groups(check, population);
    products(check, population);
    terms(check, population);
    prices(check, population);
    runaway(check, file);
    for (name, correlation) in [
        ("population.sentiment_correlation", population.sentiment_correlation),
        ("usage.ceiling_usage_correlation", file.usage.ceiling_usage_correlation),
        ("usage.ceiling_relationship_correlation", file.usage.ceiling_relationship_correlation),
    ] {
        if !(-1.0..=1.0).contains(&correlation.get()) {
            let message = format!("{correlation} is no correlation");
            check.report(CORRELATION_IMPOSSIBLE, name, message, "write a number from -1 to 1");
        }
    }
    if population.smallest_package.get() == 0 {
        let help = "write the fewest seats that are sold, such as 5";
        check.report(NO_SEATS, "population.smallest_package", "a package of no seats is no contract", help);
    }
    if population.soft_cap_limit.get() < 1.0 {
        let message =
            format!("a soft cap of {} allows fewer users than there are seats", population.soft_cap_limit);
        check.report(
            CAP_BELOW_SEATS,
            "population.soft_cap_limit",
            message,
            "write x1 or more, such as \"x1.3\"",
        );
    }
}

/// Reports shares that do not add up to the whole.
fn whole(check: &mut Check<'_>, what: &str, shares: &[(String, Share)]) {
    let sum: f64 = shares.iter().map(|(_, share)| share.get()).sum();
    if (sum - 1.0).abs() > ROUNDING {
        let paths: Vec<String> = shares.iter().map(|(path, _)| path.clone()).collect();
        let message = format!("the shares of the {what} add up to {}", percent(sum));
        check.report_last(SHARES_NOT_WHOLE, &paths, message, "make them 100% together");
    }
}

fn groups(check: &mut Check<'_>, population: &PopulationSettings) {
    let path = "population.group";
    if population.group.is_empty() {
        let help = "add [[population.group]] with name, segment, developers_from and developers_to";
        check.report(EMPTY_LIST, path, "there is no group of customers", help);
        return;
    }
    // A share that could not be read is none, and yet its group does not take the rest.
    let (read, unread): (Vec<&Group>, Vec<&Group>) =
        population.group.iter().partition(|group| check.is_sound(&format!("{path}.{}.share", group.name)));
    let rest: Vec<&Group> = read.into_iter().filter(|group| group.share.is_none()).collect();
    for group in rest.iter().skip(1) {
        let message = format!("\"{}\" takes the rest of the customers already", rest[0].name);
        let help = "give all groups but one a share";
        check.report(SECOND_REST, &format!("{path}.{}", group.name), message, help);
    }
    let share = |group: &Group| Some((format!("{path}.{}.share", group.name), group.share?));
    let shares: Vec<(String, Share)> = population.group.iter().filter_map(share).collect();
    let sum: f64 = shares.iter().map(|(_, share)| share.get()).sum();
    if (rest.is_empty() && unread.is_empty()) || sum > 1.0 {
        whole(check, "groups", &shares);
    }
    for group in &population.group {
        self::group(check, group);
    }
}

fn group(check: &mut Check<'_>, group: &Group) {
    let inside = |key: &str| format!("population.group.{}.{key}", group.name);
    if !check.are_sound(&[&inside("developers_from"), &inside("developers_to"), &inside("segment")]) {
        return;
    }
    let (from, to) = (group.developers_from.get(), group.developers_to.get());
    if from > to {
        let message = format!("from {from} to {to} developers there is no number");
        let paths = ["developers_from", "developers_to"].map(inside);
        check.report_last(
            DEVELOPERS_REVERSED,
            &paths,
            message,
            "make `developers_from` at most `developers_to`",
        );
    }
    for (key, developers) in [("developers_from", from), ("developers_to", to)] {
        let segment = Segment::of_developers(developers);
        if segment != group.segment {
            let message =
                format!("a customer with {developers} developers is {segment}, not {}", group.segment);
            let help = format!("{} is {}", group.segment, bounds(group.segment));
            check.report(DEVELOPERS_OUTSIDE, &inside(key), message, help);
        }
    }
    if let Some(like) = &group.likeness {
        likeness(check, group, like);
    }
    if let Some(below) = group.arr_below
        && group.arr_from.get() >= below.get()
    {
        let message = format!("no revenue is at least {} and below {below}", group.arr_from);
        let paths = ["arr_from", "arr_below"].map(inside);
        check.report_last(REVENUE_REVERSED, &paths, message, "make `arr_from` less than `arr_below`");
    }
}

fn likeness(check: &mut Check<'_>, group: &Group, likeness: &Likeness) {
    let inside = |key: &str| format!("population.group.{}.likeness{key}", group.name);
    if !likeness.is_possible() {
        let message = "no three measures hang together like that";
        let help = "correlations lie from -1 to 1, and two strong ones leave the third little room";
        check.report(CORRELATION_IMPOSSIBLE, &inside(""), message, help);
    }
    let counts = |points: &[Count]| points.iter().map(|point| f64::from(point.get())).collect();
    let measures: [(&str, Vec<f64>); 3] = [
        (".developers", counts(&likeness.developers)),
        (".seats", counts(&likeness.seats)),
        (".arr", likeness.arr.iter().map(|point| point.get()).collect()),
    ];
    if measures.iter().all(|(_, points)| points.is_empty()) {
        let help = "add points of `developers`, `seats` or `arr`, or remove the table";
        check.report(EMPTY_LIST, &inside(""), "a likeness without points says nothing", help);
    }
    for (key, points) in &measures {
        if !points.is_sorted() || points.first().is_some_and(|&first| first <= 0.0) {
            let help = "write positive points in ascending order";
            check.report(POINTS_UNORDERED, &inside(key), "the points do not rise from above zero", help);
        }
    }
}

fn bounds(segment: Segment) -> &'static str {
    match segment {
        Segment::Smb => "0 to 99 developers",
        Segment::MidMarket => "100 to 500 developers",
        Segment::Enterprise => "501 to 2500 developers",
        Segment::Strategic => "2501 developers and more",
    }
}

fn products(check: &mut Check<'_>, population: &PopulationSettings) {
    let mix = &population.products;
    let all = [("search", &mix.search), ("assistant", &mix.assistant), ("both", &mix.both)];
    let shares = all.map(|(name, product)| (format!("population.products.{name}.share"), product.share));
    whole(check, "products", &shares);
    for (name, product) in all {
        if product.list_price.get() <= 0.0 {
            let path = format!("population.products.{name}.list_price");
            let message = "a product without a price gives no revenue";
            check.report(
                PRICE_OF_NOTHING,
                &path,
                message,
                "write the list price per seat and year, such as \"$588\"",
            );
        }
    }
}

fn terms(check: &mut Check<'_>, population: &PopulationSettings) {
    let path = "population.term";
    if population.term.is_empty() {
        let help = "add [[population.term]] with name, share and length";
        return check.report(EMPTY_LIST, path, "there is no term that a contract could have", help);
    }
    let share = |term: &TermMix| (format!("{path}.{}.share", term.name), term.share);
    whole(check, "terms", &population.term.iter().map(share).collect::<Vec<_>>());
    let lag = largest(&population.contract_start_lag) / 86_400.0;
    for term in &population.term {
        let path = format!("{path}.{}.length", term.name);
        if term.length.get() < 6 {
            let message = format!("a contract of {} is under 180 days, the shortest there is", term.length);
            check.report(TERM_TOO_SHORT, &path, message, "write \"6mo\" or longer");
        }
        // A term counts whole years for its anniversaries.
        let days = f64::from(term.length.get().div_ceil(12) * 12) * 366.0 / 12.0;
        if days > DAYS_AFTER {
            let message =
                format!("a contract of {} may end after the calendar that a run keeps", term.length);
            check.report(TERM_TOO_LONG, &path, message, "write \"36mo\" or less");
        } else if days + lag > DAYS_AFTER {
            let message = format!(
                "a contract of {} may start so late that it ends after the calendar of the run",
                term.length
            );
            let help =
                "limit the lag, as in { dist = \"log_normal\", mean = \"5d\", sd = \"5d\", max = \"90d\" }";
            check.report(TERM_TOO_LONG, "population.contract_start_lag", message, help);
        }
    }
}

fn prices(check: &mut Check<'_>, population: &PopulationSettings) {
    let (least, mean, most) = (population.price_from, population.price_per_seat, population.price_to);
    if least.get() < 1.0 {
        let message = format!("prices are whole units of the currency, and {least} is less than one");
        return check.report(PRICE_OF_NOTHING, "population.price_from", message, "write 1 or more");
    }
    let paths = ["price_from", "price_to", "price_per_seat"].map(|key| format!("population.{key}"));
    if least.get() > most.get() {
        let message = format!("no price is at least {least} and at most {most}");
        check.report_last(PRICE_REVERSED, &paths[..2], message, "make `price_from` at most `price_to`");
    } else if mean.get() < least.get() || mean.get() > most.get() {
        let message = format!("the mean price of {mean} lies outside {least} to {most}");
        let help = "make `price_from` at most `price_per_seat`, and that at most `price_to`";
        check.report_last(PRICE_OUTSIDE, &paths, message, help);
    }
}

/// Reports a change of price that, renewal after renewal, leaves nothing to pay or more than money can count.
fn runaway(check: &mut Check<'_>, file: &ScenarioFile) {
    let population = &file.population;
    let terms = population.term.iter().filter(|term| term.share.get() > 0.0);
    let Some(shortest) = terms.map(|term| term.length.get()).min() else { return };
    let sound = [
        "population.term",
        "population.history",
        "population.price_from",
        "population.price_to",
        "horizon",
        "start",
    ];
    if !check.are_sound(&sound) {
        return;
    }
    let horizon = file.horizon.days_from(file.start.get()) as u32 / 28;
    let renewals = (population.history.get() + horizon) / shortest + 1;
    let factor = powf(1.0 + file.renewal.price_change.get(), f64::from(renewals));
    let becomes = if population.price_from.get() * factor < 0.01 {
        "less than a cent"
    } else if population.price_to.get() * factor > 1e9 {
        "more than a thousand million"
    } else {
        return;
    };
    let message = format!(
        "with {} at each of the {renewals} renewals of history and run, a price becomes {becomes}",
        file.renewal.price_change
    );
    let help = "write a smaller change, or shorten `population.history`";
    check.report(PRICE_RUNS_AWAY, "renewal.price_change", message, help);
}
