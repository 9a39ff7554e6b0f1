//! How charts look: colours that the colour-blind tell apart and that stand out from white and from black, and Vega's
//! configuration for a light page, a dark page, and a page whose style sheet decides.

use serde_json::{Value, json};

/// What stands for itself, or is compared with: the baseline, a level.
pub(super) const PLAIN: &str = "#6e6e6e";
/// The first of several; a gain.
pub(super) const BLUE: &str = "#0072b2";
/// A loss; the red band.
pub(super) const RUST: &str = "#a64d19";
/// The green band.
pub(super) const GREEN: &str = "#19a66b";
/// The yellow band.
pub(super) const OCHRE: &str = "#b28f00";
/// One more.
pub(super) const PURPLE: &str = "#b27dab";

/// Series in their order: near the hues of Okabe and Ito (2008), each as light or dark as it takes to stand out from white
/// and from black and to differ from the others for everybody.
pub(super) const SERIES: [&str; 6] = [PLAIN, BLUE, RUST, GREEN, PURPLE, OCHRE];

/// Dashes in the same order, so that lines differ in print too.
pub(super) const DASHES: [&[u8]; 6] = [&[], &[8, 3], &[2, 2], &[8, 3, 2, 3], &[5, 5], &[12, 3]];

/// Returns how many names of a legend stand side by side where a chart is at its narrowest.
pub(super) fn legend_columns<'a>(names: impl IntoIterator<Item = &'a str>) -> usize {
    let longest = names.into_iter().map(|name| name.chars().count()).max().unwrap_or_default();
    (38 / (longest + 6)).clamp(1, 3)
}

/// The colours of a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ink {
    /// Titles and numbers.
    pub text: &'static str,
    /// Labels of axes.
    pub muted: &'static str,
    /// Grid and domain lines.
    pub lines: &'static str,
    /// Behind a chart; [`None`]: whatever the page has there.
    pub background: Option<&'static str>,
}

impl Ink {
    /// For a light page.
    pub const LIGHT: Self =
        Self { text: "#1b1f24", muted: "#57606a", lines: "#d8dee4", background: Some("#ffffff") };
    /// For a dark page.
    pub const DARK: Self =
        Self { text: "#e6edf3", muted: "#9da7b3", lines: "#353c45", background: Some("#14181d") };
    /// For charts drawn as SVG into a page whose style sheet sets `--ink`, `--muted` and `--line`.
    pub const OF_THE_PAGE: Self =
        Self { text: "var(--ink)", muted: "var(--muted)", lines: "var(--line)", background: None };

    /// Returns Vega-Lite's configuration.
    #[must_use]
    pub fn config(self) -> Value {
        let font = "system-ui, -apple-system, 'Segoe UI', 'Liberation Sans', Arial, sans-serif";
        json!({
            "background": self.background,
            "font": font,
            "view": { "stroke": null },
            "title": {
                "anchor": "start", "color": self.text, "fontSize": 14, "fontWeight": 600, "offset": 14,
                "subtitleColor": self.muted, "subtitleFontSize": 12, "subtitlePadding": 4, "frame": "group",
            },
            "axis": {
                "labelColor": self.muted, "titleColor": self.muted, "gridColor": self.lines,
                "domainColor": self.lines, "tickColor": self.lines, "labelFontSize": 12,
                "titleFontSize": 12, "titleFontWeight": "normal", "titlePadding": 8, "labelPadding": 6,
            },
            "axisY": { "domain": false, "ticks": false },
            "legend": {
                "labelColor": self.text, "titleColor": self.muted, "labelFontSize": 12, "labelLimit": 220,
                "orient": "top", "direction": "horizontal", "title": null, "symbolStrokeWidth": 2.5,
                "symbolSize": 260, "columnPadding": 14, "offset": 4,
            },
            "text": { "color": self.text, "fontSize": 12 },
            "rule": { "color": self.muted },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_names_of_a_legend_stand_below_each_other() {
        assert_eq!(legend_columns(["green", "yellow", "red"]), 3);
        assert_eq!(legend_columns(["onboarding", "nurturing"]), 2);
        assert_eq!(legend_columns(["cadence=180d, gate=80%, no review"]), 1);
    }

    /// Linear light of the three primaries (IEC 61966-2-1).
    fn light(color: &str) -> [f64; 3] {
        [1, 3, 5].map(|at| {
            let value = f64::from(u8::from_str_radix(&color[at..at + 2], 16).unwrap()) / 255.0;
            if value <= 0.04045 { value / 12.92 } else { libm::pow((value + 0.055) / 1.055, 2.4) }
        })
    }

    /// Contrast as WCAG 2.2 defines it.
    fn contrast(a: &str, b: &str) -> f64 {
        let [a, b] = [a, b].map(|color| {
            let [r, g, b] = light(color);
            0.2126 * r + 0.7152 * g + 0.0722 * b + 0.05
        });
        a.max(b) / a.min(b)
    }

    /// Success criterion 1.4.11 asks graphics for 3 : 1, and 1.4.3 text for 4.5 : 1.
    #[test]
    fn every_colour_stands_out_from_light_and_dark() {
        for ink in [Ink::LIGHT, Ink::DARK] {
            let background = ink.background.unwrap();
            for color in SERIES {
                assert!(contrast(color, background) >= 3.0, "{color} on {background}");
            }
            for color in [ink.text, ink.muted] {
                assert!(contrast(color, background) >= 4.5, "{color} on {background}");
            }
        }
    }

    /// The colours as someone sees them who lacks a kind of cone (Viénot, Brettel and Mollon 1999), in CIE L*a*b*: a
    /// difference of 20 is large: 2 can be seen.
    #[test]
    fn series_differ_for_the_colour_blind() {
        const PROTAN: [[f64; 3]; 3] =
            [[0.11238, 0.88762, 0.0], [0.11238, 0.88762, 0.0], [0.00401, -0.00401, 1.0]];
        const DEUTAN: [[f64; 3]; 3] =
            [[0.29275, 0.70725, 0.0], [0.29275, 0.70725, 0.0], [-0.02234, 0.02234, 1.0]];
        const WHOLE: [[f64; 3]; 3] = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]];
        let lab = |[r, g, b]: [f64; 3]| {
            let f = |t: f64| {
                if t > 216.0 / 24389.0 { libm::cbrt(t) } else { (24389.0 / 27.0 * t + 16.0) / 116.0 }
            };
            let x = f((0.4124 * r + 0.3576 * g + 0.1805 * b) / 0.9505);
            let y = f(0.2126 * r + 0.7152 * g + 0.0722 * b);
            let z = f((0.0193 * r + 0.1192 * g + 0.9505 * b) / 1.089);
            [116.0 * y - 16.0, 500.0 * (x - y), 200.0 * (y - z)]
        };
        for eye in [WHOLE, PROTAN, DEUTAN] {
            let seen = |color: &str| {
                let light = light(color);
                lab(eye.map(|row| row.iter().zip(light).map(|(a, b)| a * b).sum::<f64>().clamp(0.0, 1.0)))
            };
            for (at, one) in SERIES.iter().enumerate() {
                for other in &SERIES[..at] {
                    let squares = seen(one).into_iter().zip(seen(other)).map(|(a, b)| (a - b) * (a - b));
                    let apart = squares.sum::<f64>().sqrt();
                    assert!(apart >= 20.0, "{one} and {other} are only {apart:.1} apart under {eye:?}");
                }
            }
        }
    }
}
