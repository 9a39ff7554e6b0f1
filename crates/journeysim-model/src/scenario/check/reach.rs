//! Touchpoints among customers: whether anybody can receive them.

use super::codes::{
    NOBODY_IN_ROLE, NOBODY_RESPONDS, NOT_ASSESSED, NOT_SOLD, STAGE_ELSEWHERE, STAGE_UNREACHABLE,
};
use super::{Check, Rules};
use crate::population::{PopulationSettings, Products};
use crate::program::stage::{PostRenewal, StageName};
use crate::program::touchpoint::{Channel, Happening, Touchpoint};
use crate::scenario::file::ScenarioFile;

pub(super) fn check(check: &mut Check<'_>, file: &ScenarioFile, program: &Rules) {
    for touchpoint in program.file.touchpoint.iter().filter(|touchpoint| touchpoint.enabled) {
        let path = program.path(&format!("touchpoint.{}", touchpoint.name));
        if !check.is_sound(&path) {
            continue;
        }
        stages(check, program, touchpoint, &path);
        responses(check, touchpoint, &path);
        sold(check, file, touchpoint, &path);
        if check.is_sound(&program.path("assessment")) {
            assessed(check, program, touchpoint, &path);
        }
    }
    roles(check, file, program);
}

/// Reports stages that the program never has, and happenings that lie in none of the stages.
fn stages(check: &mut Check<'_>, program: &Rules, touchpoint: &Touchpoint, path: &str) {
    let Some(stages) = touchpoint.stages.as_deref() else {
        if touchpoint.on == Some(Happening::ProspectEntry) {
            let message = "a prospect is no customer yet, and without `stages` this is for customers only";
            let help = "add stages = [\"prospect\"]";
            check.report(STAGE_ELSEWHERE, &format!("{path}.on"), message, help);
        }
        return;
    };
    let (path, on) = (format!("{path}.stages"), format!("{path}.on"));
    if !check.is_sound(&program.path("stages")) || stages.is_empty() {
        return;
    }
    let settings = &program.file.stages;
    // A stage that was given no days may stay in a list with others; one for prospects wants them.
    let none = |stage: StageName| stages.iter().all(|&other| other == stage) && !lasts(program, stage);
    for (at, &stage) in stages.iter().enumerate() {
        let why = match stage {
            StageName::Prospect if settings.prospect_days.is_none() => "the program has no prospects",
            StageName::Onboarding if none(StageName::Onboarding) => "Onboarding lasts no days",
            StageName::Renewing if none(StageName::Renewing) => "Renewing lasts no days",
            _ => continue,
        };
        let help = match stage {
            StageName::Prospect => "add stages.prospect_days = 45, or leave the stage out",
            StageName::Onboarding => "give `stages.onboarding_days` some days, or leave the stage out",
            _ => "give `stages.renewing_days` some days, or leave the stage out",
        };
        let message = format!("no account is ever in \"{stage}\": {why}");
        check.report(STAGE_UNREACHABLE, &format!("{path}[{}]", at + 1), message, help);
    }
    if let Some((why, help)) = elsewhere(program, touchpoint, stages) {
        let paths = [path, on];
        check.report_last(STAGE_ELSEWHERE, &paths, why, help);
    }
}

fn lasts(program: &Rules, stage: StageName) -> bool {
    let settings = &program.file.stages;
    match stage {
        StageName::Onboarding => settings.onboarding_days.get() > 0,
        StageName::Renewing => settings.renewing_lead() > 0,
        StageName::Prospect | StageName::Adopting | StageName::Nurturing => true,
    }
}

/// Says why a touchpoint's beginning never falls into its stages, and what would be right.
fn elsewhere(program: &Rules, touchpoint: &Touchpoint, stages: &[StageName]) -> Option<(String, String)> {
    use StageName::{Onboarding, Prospect, Renewing};
    let settings = &program.file.stages;
    let only_prospects = stages.iter().all(|&stage| stage == Prospect);
    let has = |stage: StageName| stages.contains(&stage);
    let (when, add) = match touchpoint.on {
        Some(Happening::ProspectEntry) if !has(Prospect) => ("a prospect enters", "prospect"),
        Some(Happening::ProspectEntry) => return None,
        _ if only_prospects => {
            let why = "before a contract closes, only on = \"prospect_entry\" starts anything".to_owned();
            return Some((why, "write that, or name a stage of customers".to_owned()));
        }
        Some(Happening::Close) if !has(Onboarding) => ("a contract closes in Onboarding", "onboarding"),
        // What waits for a rating or a band also begins when one of its stages is entered later.
        Some(Happening::Assessment) if touchpoint.ratings.is_none() && touchpoint.bands.is_none() => {
            let late =
                i64::from(program.file.assessment.rha_days.get()) < i64::from(settings.renewing_lead());
            let early =
                i64::from(program.file.assessment.rha_days.get()) > i64::from(settings.renewing_lead());
            let always = settings.renewing_from_every_stage && settings.renewal_preempts;
            if late && always && !has(Renewing) {
                ("accounts are assessed in Renewing", "renewing")
            } else if early && stages.iter().all(|&stage| matches!(stage, Prospect | Renewing)) {
                ("accounts are assessed before Renewing begins", "nurturing")
            } else {
                return None;
            }
        }
        Some(Happening::Renewed) => {
            let next = match settings.post_renewal_stage {
                PostRenewal::ByMetrics => [StageName::Adopting, StageName::Nurturing],
                PostRenewal::Adopting => [StageName::Adopting; 2],
                PostRenewal::Onboarding => [Onboarding; 2],
            };
            if next.iter().any(|&stage| has(stage)) {
                return None;
            }
            return Some((
                format!("a renewed account is in \"{}\" at once", next[0]),
                format!("add \"{}\" to the stages, or remove them", next[0]),
            ));
        }
        _ => return None,
    };
    let why = if touchpoint.on == Some(Happening::ProspectEntry) {
        format!("{when} while it is a prospect, which is none of these stages")
    } else {
        format!("{when}, which is none of these stages")
    };
    Some((why, format!("add \"{add}\" to the stages, or remove them")))
}

fn responses(check: &mut Check<'_>, touchpoint: &Touchpoint, path: &str) {
    let shares = match touchpoint.channel {
        Channel::Mail => vec![("opened", touchpoint.opened, "opens")],
        Channel::Survey => vec![("answered", touchpoint.answered, "answers")],
        Channel::Call | Channel::Webinar => {
            vec![("accepted", touchpoint.accepted, "accepts"), ("attended", touchpoint.attended, "attends")]
        }
        Channel::Document => Vec::new(),
    };
    for (key, share, does) in shares {
        let path = format!("{path}.{key}");
        if share.get() <= 0.0 && check.document.is_written(&path) {
            let message = format!("nobody {does} a {} with {key} = {share}", touchpoint.channel);
            check.report(NOBODY_RESPONDS, &path, message, "write a share above 0%, or enabled = false");
        }
    }
}

fn sold(check: &mut Check<'_>, file: &ScenarioFile, touchpoint: &Touchpoint, path: &str) {
    let Some(products) = touchpoint.products.as_deref() else { return };
    if !products.is_empty()
        && check.is_sound("population.products")
        && !products.iter().any(|&it| is_sold(file, it))
    {
        let message = "no customer has any of these products";
        let help = "give one a share in [population.products], or write enabled = false";
        check.report(NOT_SOLD, &format!("{path}.products"), message, help);
    }
}

fn is_sold(file: &ScenarioFile, product: Products) -> bool {
    let PopulationSettings { products: mix, .. } = &file.population;
    match product {
        Products::Search => mix.search.share.get() > 0.0,
        Products::Assistant => mix.assistant.share.get() > 0.0,
        // Customers with one product may add the other.
        Products::Both => mix.both.share.get() > 0.0 || file.renewal.cross_sell.get() > 0.0,
    }
}

fn assessed(check: &mut Check<'_>, program: &Rules, touchpoint: &Touchpoint, path: &str) {
    let key = if touchpoint.on == Some(Happening::Assessment) {
        "on"
    } else if touchpoint.ratings.is_some() {
        "ratings"
    } else {
        return;
    };
    if !program.file.assessment.enabled {
        let message = format!("\"{}\" waits for an assessment, and the program does none", touchpoint.name);
        let help = "write enabled = true in [assessment], or enabled = false for the touchpoint";
        let paths = [format!("{path}.{key}"), format!("{path}.enabled"), program.path("assessment.enabled")];
        check.report_last(NOT_ASSESSED, &paths, message, help);
    }
}

fn roles(check: &mut Check<'_>, file: &ScenarioFile, program: &Rules) {
    let enabled = || program.file.touchpoint.iter().filter(|touchpoint| touchpoint.enabled);
    let mails = enabled().filter(|it| it.channel.is_sent()).count();
    let found = enabled().any(|touchpoint| touchpoint.fills_roles.get() > 0.0);
    if file.population.role_present.get() <= 0.0
        && mails > 0
        && !found
        && check.is_sound("population.role_present")
    {
        let message = format!("no customer has any contact role, and {mails} mails and surveys reach nobody");
        let help = "write a share above 0%, or let a call fill the roles (`fills_roles`)";
        check.report(NOBODY_IN_ROLE, "population.role_present", message, help);
    }
}
