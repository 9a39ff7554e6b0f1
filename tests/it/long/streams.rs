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

/// What dieharder says of this order under its tests, each by its options, and how often it says so. Every test hears the words
/// from the first on. A right generator shows a few p-values as weak and none as failed (below 0.000001).
#[expect(clippy::print_stdout, reason = "what was found is what a long check is for")]
fn dieharder(order: Order, tests: &[Vec<String>]) {
    let mut counts = [0; 3];
    for test in tests {
        let mut options = vec!["-g", "200"];
        options.extend(test.iter().map(String::as_str));
        let Some(said) = judge("dieharder", &options, order, u32::MAX) else {
            println!("dieharder is not installed");
            return;
        };
        let found = ["PASSED", "WEAK", "FAILED"].map(|word| said.matches(word).count());
        println!("dieharder, {order:?}, {}: {found:?}", test.join(" "));
        assert!(found[0] + found[1] > 0 && found[2] == 0, "{order:?}: {said}");
        counts = [0, 1, 2].map(|at| counts[at] + found[at]);
    }
    let [passed, weak, failed] = counts;
    println!("dieharder, {order:?}: {passed} passed, {weak} weak, {failed} failed");
}

/// The options of a test, which some have for several sizes.
fn tests(number: u32, sizes: impl Iterator<Item = u32>) -> Vec<Vec<String>> {
    let number = ["-d".to_owned(), number.to_string()];
    let sized = |size: u32| [&number[..], &["-n".to_owned(), size.to_string()]].concat();
    let sized: Vec<Vec<String>> = sizes.map(sized).collect();
    if sized.is_empty() { vec![number.to_vec()] } else { sized }
}

/// Birthdays, 32x32 ranks, runs, craps, single bits, runs of bits, distances of uniform numbers.
#[test]
#[ignore = "needs dieharder, and minutes"]
fn dieharder_finds_nothing_in_any_order() {
    let few: Vec<Vec<String>> =
        [0, 2, 15, 16, 100, 101, 204].into_iter().flat_map(|number| tests(number, 0..0)).collect();
    for order in ORDERS {
        dieharder(order, &few);
    }
}

/// All tests of `dieharder -a` but the one that its author says not to use, with the sizes that it takes there: some 110 p-values of words
/// in which accounts, days and purposes alternate.
#[test]
#[ignore = "needs dieharder, and hours"]
fn the_whole_battery_of_dieharder_finds_nothing() {
    let plain =
        (0..=13).chain(15..=17).chain(100..=102).chain(204..=209).flat_map(|number| tests(number, 0..0));
    let sized = [(200, 1..13), (201, 2..6), (202, 2..6), (203, 0..33)];
    let sized = sized.into_iter().flat_map(|(number, sizes)| tests(number, sizes));
    dieharder(Order::Purposes, &plain.chain(sized).collect::<Vec<_>>());
}
