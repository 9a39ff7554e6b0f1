//! A scenario explained in words: who the customers are, what they go through, what is done, and how it is tried.

use serde::Serialize;

use crate::output::words::{book_read, counted, digits, spoken};
use crate::program::touchpoint::{Each, Touchpoint};
use crate::scenario::Scenario;
use crate::scenario::load::Experiment;

/// A part of the explanation.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Chapter {
    title: &'static str,
    sentences: Vec<String>,
    /// What is done, where the chapter is about that.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    touchpoints: Vec<Row>,
}

/// A touchpoint in words.
#[derive(Debug, Clone, PartialEq, Serialize)]
struct Row {
    what: String,
    when: String,
    who: String,
    by: String,
}

/// Explains the baseline of an experiment.
pub(super) fn explain(experiment: &Experiment) -> Vec<Chapter> {
    let scenario = &experiment.variants[experiment.baseline].scenario;
    let chapter = |title, sentences| Chapter { title, sentences, touchpoints: Vec::new() };
    let enabled = scenario.file.touchpoint.iter().filter(|touchpoint| touchpoint.enabled);
    vec![
        chapter("Customers", customers(experiment, scenario)),
        chapter("The journey", journey(scenario)),
        Chapter {
            title: "What is done for them",
            sentences: switched_off(scenario),
            touchpoints: enabled.map(row).collect(),
        },
        chapter("Renewal and Lighthouse", renewal(scenario)),
        chapter("Who does the work", team(scenario)),
        chapter("How it is tried", trial(experiment, scenario)),
    ]
}

fn customers(experiment: &Experiment, scenario: &Scenario) -> Vec<String> {
    let population = &scenario.file.population;
    let opening = counted(u64::from(scenario.opening_accounts()), "account is", "accounts are");
    let mut sentences = vec![format!("{opening} under contract on {}.", scenario.file.start)];
    if let Some(book) = &experiment.book {
        sentences.push(format!("The book is a list of real accounts, {}.", book_read(book)));
    }
    let groups: Vec<String> = population
        .group
        .iter()
        .map(|group| {
            format!(
                "{} ({})",
                group.name,
                group.share.map_or_else(|| "the rest".to_owned(), |share| share.to_string())
            )
        })
        .collect();
    if scenario.generated() > 0 && !groups.is_empty() {
        sentences.push(format!("They are drawn from {}.", listed(&groups, "and")));
    }
    sentences.push(format!("New customers arrive: {} for each account of the book.", population.arrivals));
    sentences
}

fn journey(scenario: &Scenario) -> Vec<String> {
    let stages = &scenario.file.stages;
    let passes = if stages.gate_comparison.name() == "gt" { "above" } else { "at least" };
    vec![
        format!("Onboarding takes {}.", counted(stages.onboarding_days.get().into(), "day", "days")),
        format!(
            "An account passes from Adopting to Nurturing with utilization {passes} {} {} usage {passes} {}.",
            stages.utilization_gate,
            stages.gate_join.name(),
            stages.usage_gate
        ),
        format!(
            "Renewing begins {} before the term ends.",
            counted(stages.renewing_days.get().into(), "day", "days")
        ),
    ]
}

fn switched_off(scenario: &Scenario) -> Vec<String> {
    let off: Vec<String> =
        scenario.file.touchpoint.iter().filter(|touchpoint| !touchpoint.enabled).map(name).collect();
    if off.is_empty() { Vec::new() } else { vec![format!("Switched off: {}.", listed(&off, "and"))] }
}

fn row(touchpoint: &Touchpoint) -> Row {
    let audience: Vec<String> = touchpoint.audience.iter().map(|role| plain(role.name())).collect();
    let by = match touchpoint.owner.name() {
        "automation" => format!("automatic {}", plain(touchpoint.channel.name())),
        owner => format!("{} ({})", plain(owner), plain(touchpoint.channel.name())),
    };
    Row { what: name(touchpoint), when: when(touchpoint), who: listed(&audience, "and"), by }
}

fn name(touchpoint: &Touchpoint) -> String {
    touchpoint.title.as_ref().map_or_else(|| touchpoint.name.to_string(), ToString::to_string)
}

/// Says when a touchpoint falls due.
fn when(touchpoint: &Touchpoint) -> String {
    let mut words = if let Some(every) = touchpoint.every {
        format!("every {}", spoken(&every.to_string()))
    } else if let Some(at) = &touchpoint.at {
        let days: Vec<String> = at.iter().map(|at| spoken(&at.to_string())).collect();
        format!("after {}", listed(&days, "and"))
    } else if let Some(each) = touchpoint.each {
        match each {
            Each::MonthEnd => "after every month".to_owned(),
            Each::CalendarQuarter => "every calendar quarter".to_owned(),
            Each::Anniversary => match touchpoint.times_per_year.get() {
                1 => "once a contract year".to_owned(),
                2 => "twice a contract year".to_owned(),
                times => format!("{times} times a contract year"),
            },
        }
    } else if let Some(on) = touchpoint.on {
        format!("on {}", plain(on.name()))
    } else {
        "never by itself".to_owned()
    };
    let list = |words: &mut String, before: &str, names: Vec<String>| {
        if !names.is_empty() {
            words.push_str(&format!("{before}{}", listed(&names, "or")));
        }
    };
    let stages = touchpoint.stages.iter().flatten().map(|stage| plain(stage.name())).collect();
    let bands = touchpoint.bands.iter().flatten().map(|band| plain(band.name())).collect();
    let ratings = touchpoint.ratings.iter().flatten().map(|rating| plain(rating.name())).collect();
    list(&mut words, " to ", bands);
    list(&mut words, " as ", ratings);
    list(&mut words, ", in ", stages);
    words
}

fn renewal(scenario: &Scenario) -> Vec<String> {
    let (assessment, lighthouse) = (&scenario.file.assessment, &scenario.file.lighthouse);
    let mut sentences = Vec::new();
    if assessment.enabled {
        sentences.push(format!(
            "The team assesses every renewal {} before the term ends; it misses {} of true risks and rates {} of the \
             healthy red by mistake.",
            counted(assessment.rha_days.get().into(), "day", "days"),
            assessment.risk_missed,
            assessment.false_alarm
        ));
    } else {
        sentences.push("Renewals are not assessed.".to_owned());
    }
    if !lighthouse.enabled {
        sentences.push("There is no Lighthouse.".to_owned());
        return sentences;
    }
    let enters = match lighthouse.entry.name() {
        "red" => "rated red enter",
        "yellow_or_red" => "rated yellow or red enter",
        _ => "with any sign of risk enter",
    };
    let most =
        lighthouse.max_concurrent.map_or_else(String::new, |most| format!(", at most {most} at a time"));
    sentences.push(format!("Accounts {enters} Lighthouse{most}."));
    sentences.push(format!(
        "Lighthouse cuts the probability of churn by {}, fully so after {}.",
        lighthouse.churn_cut,
        spoken(&lighthouse.full_after.to_string())
    ));
    sentences
}

fn team(scenario: &Scenario) -> Vec<String> {
    if scenario.file.pool.is_empty() {
        return vec!["As many advisors as the work needs, at once: nothing ever waits.".to_owned()];
    }
    let pool = |pool: &crate::capacity::PoolSettings| {
        if pool.unlimited {
            return format!("{}: as many advisors as the work needs.", pool.name);
        }
        format!(
            "{}: {}, {} of whose working day is for customers; who has no time for work {}.",
            pool.name,
            counted(pool.advisors.get().into(), "advisor", "advisors"),
            pool.customer_share,
            match pool.overload.name() {
                "delay" => "does it late",
                "drop" => "drops it when its patience is over",
                "degrade_to_email" => "sends a mail in its place",
                _ => "takes no new work",
            }
        )
    };
    scenario.file.pool.iter().map(pool).collect()
}

fn trial(experiment: &Experiment, scenario: &Scenario) -> Vec<String> {
    let days = digits(f64::from(scenario.horizon.0), 0);
    let mut sentences = vec![format!(
        "{days} days are lived {} over, each time with other luck; intervals hold with {} confidence.",
        counted(experiment.replications.into(), "time", "times"),
        scenario.file.confidence
    )];
    if experiment.variants.len() > 1 {
        let named = |variant: &crate::scenario::load::Variant| {
            variant
                .title
                .as_ref()
                .map_or_else(|| variant.name.clone(), |title| format!("{} ({title})", variant.name))
        };
        let names: Vec<String> = experiment.variants.iter().map(named).collect();
        sentences.push(format!(
            "It compares {} with {}: {}.",
            counted(names.len() as u64 - 1, "variant", "variants"),
            experiment.variants[experiment.baseline].name,
            names.join("; ")
        ));
    }
    sentences
}

fn plain(name: &str) -> String {
    name.replace('_', " ")
}

/// `a`, `a and b`, `a, b and c`.
fn listed(words: &[String], last: &str) -> String {
    match words {
        [] => String::new(),
        [only] => only.clone(),
        [before @ .., end] => format!("{} {last} {end}", before.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::read;
    use crate::language::source::Disk;

    fn text(file: &str, overrides: &[&str]) -> String {
        let overrides: Vec<String> = overrides.iter().map(|&one| one.to_owned()).collect();
        let chapters = explain(&read::experiment(file, &overrides, &mut Disk).unwrap());
        chapters
            .iter()
            .flat_map(|chapter| &chapter.sentences)
            .map(|sentence| format!("{sentence}\n"))
            .collect()
    }

    #[test]
    fn the_explanation_follows_the_settings() {
        let file = "scenarios/programs/pooled-ta.toml";
        let before = text(file, &[]);
        for sentence in [
            "An account passes from Adopting to Nurturing with utilization above 80% and usage above 30%.",
            "Renewing begins 120 days before the term ends.",
            "Accounts rated yellow or red enter Lighthouse.",
            "As many advisors as the work needs, at once: nothing ever waits.",
        ] {
            assert!(before.contains(sentence), "{sentence}\n{before}");
        }
        let changes = ["stages.gate_join=or", "stages.utilization_gate=70%", "lighthouse.max_concurrent=4"];
        let after = text(file, &changes);
        assert!(after.contains("utilization above 70% or usage above 30%."), "{after}");
        assert!(after.contains("Lighthouse, at most 4 at a time."), "{after}");
    }

    #[test]
    fn a_touchpoint_says_when_and_to_whom() {
        let experiment = read::experiment("scenarios/programs/pooled-ta.toml", &[], &mut Disk).unwrap();
        let chapters = explain(&experiment);
        let rows: Vec<_> = chapters.iter().flat_map(|chapter| &chapter.touchpoints).collect();
        let find = |what: &str| *rows.iter().find(|row| row.what == what).unwrap();
        assert_eq!(
            find("Account success plan sync").when,
            "twice a contract year, in adopting, nurturing or renewing"
        );
        assert_eq!(
            find("Health campaign").when,
            "on band change to yellow or red, in adopting, nurturing or renewing"
        );
        assert_eq!(find("Admin onboarding mails").when, "after 0 days, 7 days, 21 days and 45 days");
        assert!(rows.iter().all(|row| row.what != "Offered check-in call"), "it is switched off");
    }
}
