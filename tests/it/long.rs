//! Long checks, outside CI: `cargo xtask verify-long` runs them and prints what they found.
//!
//! What was found last stands in `docs/background/long-checks.md`.

mod coverage;
#[cfg(target_os = "linux")]
mod describe;
mod kills;
#[cfg(all(target_os = "linux", feature = "serve"))]
mod soak;
mod streams;

/// Says how often something held, and fails where that is not within `from` to `to`.
#[expect(clippy::print_stdout, reason = "what was found is what a long check is for")]
fn share(what: &str, held: u32, of: u32, [from, to]: [f64; 2]) {
    let share = f64::from(held) / f64::from(of);
    println!("{what}: {:.1} % of {of}", 100.0 * share);
    assert!((from..=to).contains(&share), "{what}: {held} of {of}");
}
