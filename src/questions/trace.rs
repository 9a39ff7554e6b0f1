//! What happened to one account, step by step?

use crate::experiment::trace::lives;
use crate::language::nearest;
use crate::output::trace::{self, Subject as Whose, TraceDocument, Traced};
use crate::questions::wrong::WrongInput;
use crate::questions::{Host, Subject};
use crate::scenario::load::Experiment;

/// Which life is shown.
#[derive(Debug, Clone, Copy)]
pub struct Wish<'a> {
    /// The account: its number, or what the list of real accounts calls it.
    pub account: &'a str,
    /// The variant it lives under; the baseline if absent.
    pub variant: Option<&'a str>,
    /// Another variant, whose life is shown beside.
    pub against: Option<&'a str>,
    /// The replication, counted from 0.
    pub replication: u32,
}

/// Shows the life of an account; `page` is given it as a page that needs nothing else, in a function that writes it.
///
/// # Errors
///
/// [`WrongInput`], and if the page or the answer cannot be written.
pub fn answer(
    subject: &Subject,
    wish: &Wish<'_>,
    page: impl FnOnce(&dyn Fn() -> String) -> anyhow::Result<()>,
    host: &impl Host,
) -> anyhow::Result<()> {
    let experiment = subject.experiment(host)?;
    let one = match wish.variant {
        Some(name) => variant(&experiment, name)?,
        None => experiment.baseline,
    };
    let mut variants = vec![one];
    if let Some(name) = wish.against {
        let other = variant(&experiment, name)?;
        if other == one {
            let words = format!("--against {name} is the variant itself: name another one");
            return Err(WrongInput::Words(words).into());
        }
        variants.push(other);
    }
    let (account, name) = account(&experiment, wish.account)?;
    let lives = lives(&experiment, &variants, wish.replication, account)
        .map_err(|error| WrongInput::Words(error.to_string()))?;
    let traced: Vec<Traced<'_>> = variants
        .iter()
        .zip(&lives)
        .map(|(&variant, life)| {
            let variant = &experiment.variants[variant];
            Traced { variant: &variant.name, scenario: &variant.scenario, life }
        })
        .collect();
    let whose = Whose {
        scenario: &experiment.name,
        seed: experiment.seed,
        replication: wish.replication,
        name: name.as_deref(),
    };
    let (one, other) = (traced[0], traced.get(1).copied());
    page(&|| trace::page(whose, one, other))?;
    let document = TraceDocument::new(whose, one, other);
    host.shown(&document, |width| match other {
        Some(other) => trace::beside(whose, one, other, width),
        None => trace::show(whose, one, width),
    })
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
