//! Touchpoints one by one: whether what is written about each makes sense together.

use super::codes::{
    AUDIENCE_MISSING, EFFECT_EMPTY, EFFORT_MISSING, EFFORT_UNUSED, EMPTY_LIST, RECOVERY_INCOMPLETE,
    REPEAT_OF_RECURRING, REPEAT_WITHOUT_COOLDOWN, RESPONSE_MISSING, TIMES_PER_YEAR, TOO_LATE,
    TRIGGER_MISSING, TRIGGER_TWICE, UNUSED_SETTING,
};
use super::{Check, Rules, largest};
use crate::language::fault::{NEGATIVE, OUT_OF_RANGE};
use crate::language::{Share, Span};
use crate::program::touchpoint::{Channel, Each, EffectSettings, Owner, Touchpoint};

/// The latest that a touchpoint may come after its date: a year less than the calendar goes beyond the horizon.
const LATEST: Span = Span::days(3 * 365);

pub(super) fn check(check: &mut Check<'_>, program: &Rules) {
    for touchpoint in &program.file.touchpoint {
        let path = program.path(&format!("touchpoint.{}", touchpoint.name));
        if check.is_sound(&path) {
            let mut form = Form { check, touchpoint, path };
            form.trigger();
            form.times();
            form.lists();
            form.people();
            form.effort();
            form.repetition();
            form.effect();
        }
    }
}

struct Form<'c, 'd, 't> {
    check: &'c mut Check<'d>,
    touchpoint: &'t Touchpoint,
    path: String,
}

impl Form<'_, '_, '_> {
    fn at(&self, key: &str) -> String {
        format!("{}.{key}", self.path)
    }

    fn is_mail(&self) -> bool {
        self.touchpoint.channel.is_sent()
    }

    /// Reports that `key` does nothing as long as `because` is as it is.
    fn unused(&mut self, key: &str, because: &str, why: &str, help: &str) {
        let message = format!("`{key}` does nothing here: {why}");
        self.check.report_last(UNUSED_SETTING, &[self.at(key), self.at(because)], message, help);
    }

    fn trigger(&mut self) {
        let Touchpoint { at, every, each, on, .. } = self.touchpoint;
        let triggers = [
            ("at", at.is_some()),
            ("every", every.is_some()),
            ("each", each.is_some()),
            ("on", on.is_some()),
        ];
        let written: Vec<&str> =
            triggers.iter().filter(|(_, is_written)| *is_written).map(|(key, _)| *key).collect();
        match written[..] {
            [] => {
                let help =
                    "add one of at = [\"30d\"], every = \"91d\", each = \"month_end\", on = \"first_ping\"";
                self.check.report(TRIGGER_MISSING, &self.path, "nothing says when this is due", help);
            }
            [_] => {}
            _ => {
                let all = if written.len() == 2 { "both" } else { "all" };
                let message = format!("{} {all} say when this is due", listed(&written));
                let help = "keep one of them; to do otherwise than an extended file, give this another name";
                let paths: Vec<String> = written.iter().map(|key| self.at(key)).collect();
                self.check.report_last(TRIGGER_TWICE, &paths, message, help);
            }
        }
    }

    fn times(&mut self) {
        let Touchpoint { at, every, each, on, times_per_year, from, delay, .. } = self.touchpoint;
        if let Some(times) = at {
            if times.is_empty() {
                let message = "a list of no times is never due";
                self.check.report(
                    EMPTY_LIST,
                    &self.at("at"),
                    message,
                    "write times such as [\"0d\", \"7d\"]",
                );
            }
            self.check.no_entry_twice(&self.at("at"), times.iter());
            for (index, &time) in times.iter().enumerate() {
                self.check.whole_days(&format!("{}[{}]", self.at("at"), index + 1), time, true);
            }
        }
        if let Some(every) = *every {
            self.check.whole_days(&self.at("every"), every, false);
        }
        let times = times_per_year.get();
        if *each != Some(Each::Anniversary) {
            if times != 1 {
                self.unused(
                    "times_per_year",
                    "each",
                    "it belongs to each = \"anniversary\"",
                    "remove it, or write that",
                );
            }
        } else if times == 0 {
            let message = "no times a year is never";
            let help = "write 1 to 12, or enabled = false";
            self.check.report(TIMES_PER_YEAR, &self.at("times_per_year"), message, help);
        } else if times > 12 {
            let message =
                format!("{times} times a year is more often than monthly, which anniversaries cannot be");
            let help = format!("write 1 to 12, or every = \"{}d\" in place of `each`", (365 / times).max(1));
            self.check.report(TIMES_PER_YEAR, &self.at("times_per_year"), message, help);
        }
        if let Some(from) = from {
            if on.is_some() {
                self.unused(
                    "from",
                    "on",
                    "it begins when something happens",
                    "write a `delay` to come later, or remove it",
                );
            }
            self.check.whole_days(&self.at("from.after"), from.after, true);
            if each.is_some() && from.after > LATEST {
                self.too_late("from.after", from.after);
            }
        }
        if let Some(delay) = delay {
            let most = largest(delay);
            if most > LATEST.get() as f64 {
                let message = "this may come more than three years after it is due";
                let help =
                    "write a shorter delay; a distribution without an end gets a limit, as in max = \"60d\"";
                self.check.report(TOO_LATE, &self.at("delay"), message, help);
            }
        }
    }

    fn too_late(&mut self, key: &str, span: Span) {
        let message = format!("{span} is more than the three years for which a date can be looked ahead");
        self.check.report(TOO_LATE, &self.at(key), message, "write \"1095d\" or less, or use `every`");
    }

    fn lists(&mut self) {
        let Touchpoint { stages, products, bands, ratings, audience, .. } = self.touchpoint;
        self.list("stages", stages.as_deref());
        self.list("products", products.as_deref());
        self.list("bands", bands.as_deref());
        self.list("ratings", ratings.as_deref());
        self.check.no_entry_twice(&self.at("audience"), audience.iter());
    }

    fn list<T: Ord + std::fmt::Display>(&mut self, key: &str, entries: Option<&[T]>) {
        let Some(entries) = entries else { return };
        self.check.no_entry_twice(&self.at(key), entries);
        if entries.is_empty() {
            let message = format!("this is for none of the {key}, so nobody gets it");
            self.check.report(
                EMPTY_LIST,
                &self.at(key),
                message,
                "remove the key to leave none out, or write enabled = false",
            );
        }
    }

    fn people(&mut self) {
        let touchpoint = self.touchpoint;
        let channel = touchpoint.channel;
        if self.is_mail() && touchpoint.audience.is_empty() {
            let message = format!("a {channel} without an audience is sent to nobody");
            let help = "add audience = [\"program_contact\"], or other roles";
            self.check.report(AUDIENCE_MISSING, &self.at("audience"), message, help);
        }
        let response = match channel {
            Channel::Mail => Some(("opened", "open it")),
            Channel::Survey => Some(("answered", "answer it")),
            _ => None,
        };
        if let Some((key, what)) = response
            && !self.check.document.is_written(&self.at(key))
        {
            let message = format!("nothing says how many {what}");
            let help = format!("add {key} = \"35%\", or the name of an assumption");
            self.check.report(RESPONSE_MISSING, &self.at(key), message, help);
        }
        if let Some(after) = touchpoint.reschedule {
            self.reschedules(after);
        } else if touchpoint.most_reschedules.get() != 1 {
            self.unused(
                "most_reschedules",
                "most_reschedules",
                "no other date is looked for",
                "write when, as in reschedule = \"7d\"",
            );
        }
        let whole = |share: Share| share.get() < 1.0;
        let some = |share: Share| share.get() > 0.0;
        let part = |share: Share| share.get() > 0.0 && share.get() < 1.0;
        let meeting = channel.is_meeting();
        let surplus = [
            ("opened", whole(touchpoint.opened) && channel != Channel::Mail, "only mails are opened"),
            (
                "answered",
                part(touchpoint.answered) && channel != Channel::Survey,
                "only surveys are answered",
            ),
            (
                "asks_for_help",
                some(touchpoint.asks_for_help) && !self.is_mail(),
                "help is asked for in reply to mails and surveys",
            ),
            ("accepted", whole(touchpoint.accepted) && !meeting, "only calls and webinars are accepted"),
            ("attended", whole(touchpoint.attended) && !meeting, "only calls and webinars are attended"),
            (
                "fills_roles",
                some(touchpoint.fills_roles) && !meeting,
                "contacts are found in calls and webinars",
            ),
        ];
        for (key, is_surplus, why) in surplus {
            if is_surplus {
                self.unused(key, "channel", why, "remove it, or choose another `channel`");
            }
        }
    }

    fn reschedules(&mut self, after: Span) {
        const MOST: u32 = 4;
        let touchpoint = self.touchpoint;
        self.check.whole_days(&self.at("reschedule"), after, false);
        if !matches!(touchpoint.channel, Channel::Call | Channel::Webinar) {
            let help = "remove it, or choose another `channel`";
            self.unused("reschedule", "channel", "only calls and webinars are missed", help);
        } else if touchpoint.attended.get() >= 1.0 {
            let help = "write the share of accepted calls that is attended, as in attended = \"85%\"";
            self.unused("reschedule", "attended", "nobody misses this", help);
        }
        let most = touchpoint.most_reschedules.get();
        if most == 0 {
            let help = "remove `reschedule`, or write 1 to 4";
            self.unused("reschedule", "most_reschedules", "no other date is tried", help);
        } else if most > MOST {
            let message = format!("nobody is asked for another date {most} times");
            self.check.report(OUT_OF_RANGE, &self.at("most_reschedules"), message, "write 1 to 4");
        }
    }

    fn effort(&mut self) {
        let Touchpoint { channel, owner, effort, .. } = self.touchpoint;
        let takes_time = effort.as_ref().is_some_and(|effort| largest(effort) > 0.0);
        if takes_time && self.is_mail() {
            let message =
                format!("a {channel} is sent by the success platform, which takes no advisor's time");
            let help = "remove the effort; work on replies is a touchpoint of its own, on = \"help_asked\"";
            self.check.report_last(
                EFFORT_UNUSED,
                &["effort", "channel"].map(|key| self.at(key)),
                message,
                help,
            );
        } else if takes_time && *owner == Owner::Automation {
            let message = "the owner is the success platform, so this takes no advisor's time";
            let help = "write owner = \"advisors\", or effort = \"0m\"";
            self.check.report_last(
                EFFORT_UNUSED,
                &["effort", "owner"].map(|key| self.at(key)),
                message,
                help,
            );
        } else if effort.is_none() && *owner == Owner::Advisors && !self.is_mail() {
            let message = "nothing says how much of the advisors' time this takes";
            let help = "add effort = \"60m\", a distribution, or the name of an assumption";
            self.check.report(EFFORT_MISSING, &self.at("effort"), message, help);
        }
    }

    fn repetition(&mut self) {
        let Touchpoint { repeat, cooldown, on, .. } = self.touchpoint;
        if let Some(cooldown) = *cooldown {
            self.check.whole_days(&self.at("cooldown"), cooldown, !repeat);
        }
        if *repeat && on.is_none() {
            let message = "this recurs by itself already, and each time would start repetitions of its own";
            let help = "remove `repeat`; it is for what starts when something happens (`on`)";
            self.check.report(REPEAT_OF_RECURRING, &self.at("repeat"), message, help);
        } else if *repeat && cooldown.is_none() {
            let message = "nothing says after what time this is repeated";
            self.check.report(
                REPEAT_WITHOUT_COOLDOWN,
                &self.at("repeat"),
                message,
                "add cooldown = \"60d\", or another time",
            );
        }
    }

    fn effect(&mut self) {
        let Some(effect) = &self.touchpoint.effect else { return };
        let EffectSettings { recovers, recovery, half_life, .. } = effect;
        let nothing = EffectSettings { half_life: None, ..EffectSettings::default() };
        if (EffectSettings { half_life: None, ..effect.clone() }) == nothing {
            let message = "this effect says how it fades, and not what it is";
            let message =
                if half_life.is_none() { "an effect with nothing in it changes nothing" } else { message };
            let help = "add what it changes, such as adoption_ceiling = \"+2pp\", or remove it";
            self.check.report(EFFECT_EMPTY, &self.at("effect"), message, help);
        }
        if let Some(half_life) = *half_life {
            self.check.takes_time(&self.at("effect.half_life"), half_life, "nothing can halve in no time");
        }
        match (recovers, recovery) {
            (Some(_), None) => {
                let message = "`recovers` is the chance of a recovery, and nothing says how large that is";
                self.check.report(
                    RECOVERY_INCOMPLETE,
                    &self.at("effect.recovers"),
                    message,
                    "add recovery = \"+10pp\"",
                );
            }
            (None, Some(_)) => {
                let message = "`recovery` is the size of a recovery, and nothing says how likely that is";
                self.check.report(
                    RECOVERY_INCOMPLETE,
                    &self.at("effect.recovery"),
                    message,
                    "add recovers = \"+5pp\"",
                );
            }
            _ => {}
        }
        if let Some(chance) = recovers.filter(|chance| chance.get() < 0.0) {
            let message = format!("{chance} is a chance below zero");
            self.check.report(
                NEGATIVE,
                &self.at("effect.recovers"),
                message,
                "write a chance such as \"+5pp\"",
            );
        }
    }
}

/// `at` and `every`; `at`, `every` and `on`.
fn listed(keys: &[&str]) -> String {
    let quoted: Vec<String> = keys.iter().map(|key| format!("`{key}`")).collect();
    match quoted.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, others)) => format!("{} and {last}", others.join(", ")),
        None => String::new(),
    }
}
