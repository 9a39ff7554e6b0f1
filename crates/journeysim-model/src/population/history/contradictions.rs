//! What the tables of a history say against each other.

use serde::Serialize;

use super::{History, Level};
use crate::base::money::Money;

/// Something that two tables do not agree on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Contradiction {
    /// What they disagree about.
    pub what: &'static str,
    /// How many accounts or subscriptions it is about.
    pub count: u64,
    /// The first few of them, by identifier.
    pub examples: Vec<String>,
    /// What is believed.
    pub believed: &'static str,
}

/// Examples that are shown.
const EXAMPLES: usize = 3;

impl History {
    /// Returns what the tables say against each other. Nothing of it is changed.
    #[must_use]
    pub fn contradictions(&self) -> Vec<Contradiction> {
        if self.subscriptions.is_empty() {
            return self.of_accounts_alone();
        }
        const BY_SUBSCRIPTIONS: &str = "the subscriptions, wherever revenue is concerned";
        let book = self.book_at(Level::Account, self.through);
        let accounts =
            || (0..).zip(&self.accounts).zip(&book).map(|((place, account), arr)| (place, account, *arr));
        let mut ever = vec![false; self.accounts.len()];
        let mut early = Vec::new();
        for held in self.subscriptions.iter().filter(|held| !held.trial) {
            ever[held.account as usize] = true;
        }
        for (place, held) in (0..).zip(&self.subscriptions) {
            if self.accounts[held.account as usize].start.is_some_and(|start| held.start < start) {
                early.push(self.subscription_id(place).to_owned());
            }
        }
        let mut departed = vec![None; self.accounts.len()];
        for gone in &self.departures {
            let last = &mut departed[gone.account as usize];
            *last = (*last).max(Some(gone.date));
        }
        let has_left = |place: usize| {
            let account = &self.accounts[place];
            account.churned == Some(true) || account.end.is_some_and(|end| end <= self.through)
        };
        let named = |places: Vec<u32>| places.into_iter().map(|place| self.id(place).to_owned()).collect();
        let paying = |wanted: &dyn Fn(usize) -> bool| -> Vec<String> {
            let those = accounts().filter(|&(place, _, arr)| arr > Money::ZERO && wanted(place as usize));
            named(those.map(|(place, _, _)| place).collect())
        };
        let gone = |wanted: &dyn Fn(usize) -> bool| -> Vec<String> {
            let those = accounts().filter(|&(place, _, arr)| {
                arr == Money::ZERO && ever[place as usize] && wanted(place as usize)
            });
            named(those.map(|(place, _, _)| place).collect())
        };
        let mut found = vec![
            (
                "accounts that the list says have left have subscriptions in force on the last day",
                paying(&has_left),
                BY_SUBSCRIPTIONS,
            ),
            (
                "accounts that the list says are customers have had subscriptions and none in force on the last day",
                gone(&|place| self.accounts[place].churned == Some(false)),
                BY_SUBSCRIPTIONS,
            ),
            (
                "accounts that departed have subscriptions in force on the last day",
                paying(&|place| departed[place].is_some()),
                BY_SUBSCRIPTIONS,
            ),
            ("subscriptions begin before their account does", early, "both, as told"),
        ];
        if !self.departures.is_empty() {
            let listed = accounts()
                .filter(|&(place, _, _)| has_left(place as usize) && departed[place as usize].is_none());
            let listed = named(listed.map(|(place, _, _)| place).collect());
            found.push((
                "accounts that the list says have left are not among the departures",
                listed,
                "neither",
            ));
            let others = accounts().filter(|&(place, account, _)| {
                account.churned == Some(false) && departed[place as usize].is_some()
            });
            let others = named(others.map(|(place, _, _)| place).collect());
            found.push(("accounts departed that the list says are customers", others, "neither"));
        }
        let differs = accounts().filter(|&(_, account, arr)| account.arr.is_some_and(|told| told != arr));
        let differs = named(differs.map(|(place, _, _)| place).collect());
        found.push((
            "accounts have another recurring revenue in the list than their subscriptions on the last day",
            differs,
            BY_SUBSCRIPTIONS,
        ));
        summed(found)
    }

    /// A list by itself can only contradict itself.
    fn of_accounts_alone(&self) -> Vec<Contradiction> {
        let all = (0..).zip(&self.accounts);
        let wrong = all.filter(|(_, account)| {
            account.churned == Some(false) && account.end.is_some_and(|end| end <= self.through)
                || account.churned == Some(true) && account.end.is_some_and(|end| end > self.through)
        });
        let wrong = wrong.map(|(place, _)| self.id(place).to_owned()).collect();
        summed(vec![("accounts have an end that does not go with whether they have left", wrong, "the end")])
    }
}

fn summed(found: Vec<(&'static str, Vec<String>, &'static str)>) -> Vec<Contradiction> {
    let some = found.into_iter().filter(|(_, names, _)| !names.is_empty());
    some.map(|(what, names, believed)| Contradiction {
        what,
        count: names.len() as u64,
        examples: names.into_iter().take(EXAMPLES).collect(),
        believed,
    })
    .collect()
}
