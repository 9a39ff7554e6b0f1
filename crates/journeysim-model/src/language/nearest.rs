//! The nearest valid name to one that means nothing.

/// Names longer than this are not compared: nobody mistypes one.
const LONGEST: usize = 64;

/// Returns the candidate that somebody who wrote `written` most likely meant.
///
/// Case, `-` and `_` do not count; otherwise about one slip (a letter left out, added, changed, or two
/// swapped) is forgiven for every three letters. A name with words left out finds the only candidate that holds all of its
/// words, unless one slip explains it; an abbreviation of at least three letters finds the only candidate it begins.
#[must_use]
pub fn nearest<'a>(written: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    if written.is_empty() || written.len() > LONGEST {
        return None;
    }
    let plain = plain(written);
    let mut best: Option<(usize, &str)> = None;
    let (mut begun, mut fuller): (Vec<&str>, Vec<&str>) = (Vec::new(), Vec::new());
    for candidate in candidates.into_iter().filter(|candidate| candidate.len() <= LONGEST) {
        let other = self::plain(candidate);
        let slips = strsim::damerau_levenshtein(&plain, &other);
        let longest = plain.chars().count().max(other.chars().count());
        if slips <= (longest / 3).max(1) && slips < longest && best.is_none_or(|(least, _)| slips < least) {
            best = Some((slips, candidate));
        }
        if leaves_words_out(written, candidate) {
            fuller.push(candidate);
        }
        if plain.len() >= 3 && other.starts_with(&plain) {
            begun.push(candidate);
        }
    }
    match (best, fuller.as_slice(), begun.as_slice()) {
        (Some((0 | 1, best)), ..) => Some(best),
        (_, [only], _) => Some(only),
        (Some((_, best)), ..) => Some(best),
        (None, _, [only]) => Some(only),
        _ => None,
    }
}

/// Returns whether `written` is `candidate` with some of its words left out: two words at least are there.
fn leaves_words_out(written: &str, candidate: &str) -> bool {
    fn words(name: &str) -> impl Iterator<Item = String> {
        name.split(['-', '_', ' ']).filter(|word| !word.is_empty()).map(plain)
    }
    let mut all = words(candidate);
    words(written).count() >= 2 && words(written).all(|word| all.any(|other| other == word))
}

fn plain(name: &str) -> String {
    name.chars().filter(|c| !matches!(c, '-' | '_' | ' ')).flat_map(char::to_lowercase).collect()
}

/// Words a hint for an unknown name: the nearest one, and all of them where they are few.
#[must_use]
pub fn hint(written: &str, kind: &str, candidates: &[&str]) -> String {
    const FEW: usize = 16;
    let mut words = Vec::new();
    if let Some(near) = nearest(written, candidates.iter().copied()) {
        words.push(format!("did you mean `{near}`?"));
    }
    if candidates.is_empty() {
        words.push(format!("there are no {kind} here"));
    } else if candidates.len() <= FEW {
        words.push(format!("{kind}: {}", candidates.join(", ")));
    }
    if words.is_empty() {
        format!("none of the {} {kind} is similar", candidates.len())
    } else {
        words.join(" ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_left_out_are_put_back_where_one_name_has_them_all() {
        let metrics = ["gross_revenue_retention", "net_revenue_retention", "logo_retention", "net_value"];
        assert_eq!(nearest("gross_retention", metrics), Some("gross_revenue_retention"));
        assert_eq!(nearest("logo_retentoin", metrics), Some("logo_retention"));
        // Two have the word, so it tells nothing.
        assert_eq!(nearest("revenue_retention", metrics), Some("net_revenue_retention"));
        assert_eq!(nearest("revenue_share", metrics), None);
    }

    #[test]
    fn slips_are_forgiven_and_strangers_are_not() {
        let keys = ["effort", "effect", "every", "audience", "half_life", "utilization"];
        for (written, meant) in [
            ("efort", Some("effort")),
            ("effrot", Some("effort")),
            ("Effort", Some("effort")),
            ("half-life", Some("half_life")),
            ("utilisation", Some("utilization")),
            ("util", Some("utilization")),
            ("audeince", Some("audience")),
            ("ef", None),
            ("cadence", None),
            ("x", None),
            ("", None),
        ] {
            assert_eq!(nearest(written, keys), meant, "{written}");
        }
    }

    #[test]
    fn an_abbreviation_of_two_names_finds_neither() {
        assert_eq!(nearest("tou", ["touchpoint", "touchpoints"]), None);
    }

    #[test]
    fn a_hint_lists_few_names_and_counts_many() {
        assert_eq!(hint("efort", "keys", &["effort", "every"]), "did you mean `effort`? keys: effort, every");
        assert_eq!(hint("x", "names", &[]), "there are no names here");
        let many: Vec<String> = (0..40).map(|n| format!("account-{n}")).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        assert_eq!(hint("zebra", "names", &many), "none of the 40 names is similar");
    }
}
