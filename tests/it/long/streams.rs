//! The randomness of a run under batteries made to break generators: ent (John Walker) and dieharder (Robert G. Brown).
//!
//! A run never reads a stream from its beginning to its end. It asks for one draw each of many: of the next account, the next
//! purpose, another replication. So the words come interleaved, in the orders in which a run asks for them.

use std::io::{BufWriter, Read, Write};
use std::process::{Command, Stdio};
use std::thread;

use journeysim::base::random::{Purpose, Streams};

/// Purposes of different rooms, some of neighbouring numbers.
const PURPOSES: [Purpose; 8] = [
    Purpose::Segment,
    Purpose::Developers,
    Purpose::Seats,
    Purpose::Relationship,
    Purpose::EarlyRenewal,
    Purpose::DailyUsage,
    Purpose::WinBack,
    Purpose::Service,
];

/// What changes from one draw to the next, fastest first.
#[derive(Debug, Clone, Copy)]
enum Order {
    /// Account, then day, then purpose.
    Accounts,
    /// Day, then account, then purpose.
    Days,
    /// Purpose, then account, then day.
    Purposes,
    /// Replication, then account, then day.
    Replications,
    /// Seed, then account, then day.
    Seeds,
}

const ORDERS: [Order; 5] = [Order::Accounts, Order::Days, Order::Purposes, Order::Replications, Order::Seeds];

/// The four words of draw `number` in this order.
fn words(order: Order, number: u32) -> [u32; 4] {
    let (fast, slow, slower) = (number % 256, number / 256 % 365, number / (256 * 365));
    let draw = |seed: u32, replication: u32, purpose: usize, account: u32, day: u32| {
        Streams::new(seed.into(), replication).draw(PURPOSES[purpose % 8], account, day, slower).words()
    };
    match order {
        Order::Accounts => draw(1, 0, slower as usize, fast, slow),
        Order::Days => draw(1, 0, slower as usize, slow, fast),
        Order::Purposes => draw(1, 0, fast as usize, fast / 8 + 32 * (slow % 8), slow / 8),
        Order::Replications => draw(1, fast, 4, slow, 0),
        Order::Seeds => draw(fast, 0, 4, slow, 0),
    }
}

/// Feeds `draws` draws into `command`, or as many as it takes, and returns what it says; [`None`] where it is not installed.
fn judge(command: &str, arguments: &[&str], order: Order, draws: u32) -> Option<String> {
    let mut child =
        Command::new(command).args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().ok()?;
    let input = child.stdin.take().expect("it was asked for just above");
    let feeder = thread::spawn(move || {
        let mut input = BufWriter::with_capacity(1 << 20, input);
        for number in 0..draws {
            for word in words(order, number) {
                // Whoever has heard enough closes the pipe.
                if input.write_all(&word.to_le_bytes()).is_err() {
                    return;
                }
            }
        }
    });
    let mut said = String::new();
    child.stdout.take().expect("it was asked for just above").read_to_string(&mut said).expect("text");
    feeder.join().expect("no panic");
    child.wait().expect("it ends");
    Some(said)
}

/// 64 MB of each order. A right generator passes the bounds of chi-square with one in 5,000, five standard errors of the serial
/// correlation with one in a million.
#[test]
#[ignore = "needs ent"]
fn ent_finds_nothing_in_interleaved_streams() {
    for order in ORDERS {
        let Some(said) = judge("ent", &["-t"], order, 1 << 22) else {
            println!("ent is not installed");
            return;
        };
        let row = said.lines().nth(1).expect("a row of numbers");
        let cells: Vec<f64> = row.split(',').map(|cell| cell.parse().expect("a number")).collect();
        let [_, bytes, entropy, square, _, _, correlation] = cells[..] else { panic!("{said}") };
        println!(
            "ent, {order:?}: entropy {entropy:.6}, chi-square {square:.1}, serial correlation {correlation:.6}"
        );
        assert_eq!(bytes, f64::from(1 << 26));
        // 255 degrees of freedom: the quantiles of 0.01 % and 99.99 %.
        assert!((177.0..347.0).contains(&square) && correlation.abs() < 5.0 / bytes.sqrt(), "{said}");
    }
}

/// What dieharder says of this order under some of its tests, each by its options; and how often it says so. A right generator
/// shows a few p-values as weak and none as failed (below 0.000001).
#[expect(clippy::print_stdout, reason = "what was found is what a long check is for")]
fn dieharder(order: Order, tests: &[&[&str]]) {
    let mut counts = [0; 3];
    for test in tests {
        let Some(said) = judge("dieharder", &[&["-g", "200"], *test].concat(), order, u32::MAX) else {
            println!("dieharder is not installed");
            return;
        };
        for (count, word) in counts.iter_mut().zip(["PASSED", "WEAK", "FAILED"]) {
            *count += said.matches(word).count();
        }
        assert!(!said.contains("FAILED"), "{order:?}: {said}");
    }
    let [passed, weak, failed] = counts;
    println!("dieharder, {order:?}: {passed} passed, {weak} weak, {failed} failed");
    assert!(passed > 0);
}

/// Birthdays, 32x32 ranks, runs, bits in pairs, gcd, serial bits, distances.
#[test]
#[ignore = "needs dieharder, and minutes"]
fn dieharder_finds_nothing_in_any_order() {
    for order in ORDERS {
        let tests = ["0", "2", "15", "16", "100", "101", "204"].map(|test| ["-d", test]);
        dieharder(order, &tests.each_ref().map(|test| &test[..]));
    }
}

/// Some 110 p-values of words in which accounts, days and purposes alternate.
#[test]
#[ignore = "needs dieharder, and an hour"]
fn the_whole_battery_of_dieharder_finds_nothing() {
    dieharder(Order::Purposes, &[&["-a"]]);
}
