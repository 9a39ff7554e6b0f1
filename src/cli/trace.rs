//! `trace`: what happened to one account, step by step.

use std::fs;
use std::path::PathBuf;

use anyhow::Context;

use crate::cli::console::Console;
use crate::cli::exit::{Exit, WrongInput};
use crate::cli::input;
use crate::experiment::trace::lives;
use crate::language::nearest;
use crate::output::trace::{self, Subject, TraceDocument, Traced};
use crate::scenario::load::Experiment;

/// What happened to one account, step by step?
///
/// Shows its life in one replication: what happened, why, its numbers at that moment, and what chance decided with which
/// probability. With `--against`, its life under two variants side by side, from the point where they part.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example: an account with and without check-ins, in the terminal and as a page\n  \
    journeysim trace scenarios/check-in-cadence.toml --account 12 --variant none --against monthly --html life.html")]
pub(super) struct Args {
    /// The scenario file
    scenario: String,
    /// The account: its number, or what the list of real accounts calls it
    #[arg(long, value_name = "ID")]
    account: String,
    /// The variant it lives under; the baseline if absent
    #[arg(long, value_name = "NAME")]
    variant: Option<String>,
    /// Another variant, whose life is shown beside
    #[arg(long, value_name = "NAME")]
    against: Option<String>,
    /// The replication, counted from 0
    #[arg(long, value_name = "N", default_value_t = 0)]
    replication: u32,
    /// Write the life as a page that needs nothing else
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    /// Seed of all randomness
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// Override any scenario value, such as touchpoint.check-in.every=30d (repeatable)
    #[arg(long, value_name = "PATH=VALUE")]
    set: Vec<String>,
}

pub(super) fn run(args: &Args, console: &Console) -> anyhow::Result<Exit> {
    let mut overrides = args.set.clone();
    overrides.extend(args.seed.map(|seed| format!("seed={seed}")));
    let experiment = input::experiment(&args.scenario, &overrides, console)?;
    let one = match &args.variant {
        Some(name) => variant(&experiment, name)?,
        None => experiment.baseline,
    };
    let mut variants = vec![one];
    if let Some(name) = &args.against {
        let other = variant(&experiment, name)?;
        if other == one {
            let words = format!("--against {name} is the variant itself: name another one");
            return Err(WrongInput::Words(words).into());
        }
        variants.push(other);
    }
    let (account, name) = account(&experiment, &args.account)?;
    let lives = lives(&experiment, &variants, args.replication, account)
        .map_err(|error| WrongInput::Words(error.to_string()))?;
    let traced: Vec<Traced<'_>> = variants
        .iter()
        .zip(&lives)
        .map(|(&variant, life)| {
            let variant = &experiment.variants[variant];
            Traced { variant: &variant.name, scenario: &variant.scenario, life }
        })
        .collect();
    let subject = Subject {
        scenario: &experiment.name,
        seed: experiment.seed,
        replication: args.replication,
        name: name.as_deref(),
    };
    let (one, other) = (traced[0], traced.get(1).copied());
    if let Some(path) = &args.html {
        let page = trace::page(subject, one, other);
        fs::write(path, page).with_context(|| format!("the page {} cannot be written", path.display()))?;
    }
    let document = TraceDocument::new(subject, one, other);
    console.show(&document, |width| match other {
        Some(other) => trace::beside(subject, one, other, width),
        None => trace::show(subject, one, width),
    })?;
    Ok(Exit::Done)
}

fn variant(experiment: &Experiment, name: &str) -> Result<usize, WrongInput> {
    experiment.variants.iter().position(|variant| variant.name == name).ok_or_else(|| {
        let names: Vec<&str> = experiment.variants.iter().map(|variant| variant.name.as_str()).collect();
        WrongInput::Words(format!(
            "there is no variant `{name}`; {}",
            nearest::hint(name, "variants", &names)
        ))
    })
}

/// Finds an account by what the list of real accounts calls it, or by its number; with its name, if it has one.
fn account(experiment: &Experiment, written: &str) -> Result<(u32, Option<String>), WrongInput> {
    let rows = experiment.variants[experiment.baseline].scenario.book.as_ref();
    let names: Vec<&str> =
        rows.map_or(Vec::new(), |book| book.rows.iter().map(|row| row.id.as_str()).collect());
    if let Some(number) = names.iter().position(|name| *name == written) {
        return Ok((number as u32, Some(written.to_owned())));
    }
    if let Ok(number) = written.parse::<u32>() {
        return Ok((number, names.get(number as usize).map(|name| (*name).to_owned())));
    }
    let words = if names.is_empty() {
        format!("--account {written} is no number: accounts are numbered from 0")
    } else {
        let hint = nearest::hint(written, "accounts", &names);
        format!("the list has no account `{written}`; {hint}")
    };
    Err(WrongInput::Words(words))
}
