//! A book of a million accounts with two years of monthly usage: how long it takes to be described, in how much memory.

use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::process::Stdio;
use std::thread::sleep;
use std::time::Duration;

use crate::cli::program;
use crate::fuzz::now;

const ACCOUNTS: u32 = 1_000_000;
const MONTHS: u32 = 24;

/// What is promised of a machine with nothing else to do (s, kB).
const MOST: (f64, u64) = (20.0, 1_000_000);

fn write_book(accounts: &mut impl Write, usage: &mut impl Write) -> std::io::Result<()> {
    writeln!(accounts, "account,segment,seats,arr,start,renewal,products")?;
    writeln!(usage, "account,month,mau,dau")?;
    for account in 0..ACCOUNTS {
        let seats = 5 + account * 7 % 1_995;
        let segment = ["SMB", "Mid-market", "Enterprise"][(account % 3) as usize];
        let (month, day) = (1 + account / 28 % 12, 1 + account % 28);
        let start = 2018 + account % 4;
        let products = ["search", "assistant", "both"][(account / 3 % 3) as usize];
        let arr = seats * 588;
        writeln!(
            accounts,
            "A-{account:07},{segment},{seats},{arr}.00,{start}-{month:02}-{day:02},2024-{month:02}-{day:02},{products}"
        )?;
        for at in 0..MONTHS {
            let mau = 1 + (seats * 3 / 4 + at).min(seats - 1);
            let (year, month) = (2022 + at / 12, 1 + at % 12);
            writeln!(usage, "A-{account:07},{year}-{month:02}-01,{mau},{}.5", mau / 3)?;
        }
    }
    Ok(())
}

#[test]
#[ignore = "writes a file of 700 MB"]
fn a_million_accounts_are_described_in_twenty_seconds_and_a_gigabyte() {
    let folder = tempfile::tempdir().expect("a folder");
    let create = |name| BufWriter::new(File::create(folder.path().join(name)).expect("a file"));
    let (mut accounts, mut usage) = (create("accounts.csv"), create("usage.csv"));
    write_book(&mut accounts, &mut usage).expect("the disk has room");
    accounts.flush().and_then(|()| usage.flush()).expect("the disk has room");

    let begun = now();
    let mut command = program();
    command.args(["book", "describe", "accounts.csv", "usage.csv"]).current_dir(folder.path());
    let said = File::create(folder.path().join("said.txt")).expect("a file");
    let mut child = command.stdout(Stdio::from(said)).spawn().expect("it starts");
    let mut memory = 0;
    let status = loop {
        let text = fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap_or_default();
        let most = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        memory = most.and_then(|most| most.trim().trim_end_matches(" kB").parse().ok()).unwrap_or(memory);
        if let Some(status) = child.try_wait().expect("it can be asked for") {
            break status;
        }
        sleep(Duration::from_millis(20));
    };
    let seconds = (now() - begun).as_secs_f64();
    let said = fs::read_to_string(folder.path().join("said.txt")).expect("it was written");
    println!(
        "{ACCOUNTS} accounts, {} rows of usage: {seconds:.1} s, {} MB",
        ACCOUNTS * MONTHS,
        memory / 1_000
    );
    assert!(status.success(), "{said}");
    assert!(said.contains("usage: 24,000,000 of 24,000,000 rows read"), "{said}");
    assert!(seconds < MOST.0 && (1..MOST.1).contains(&memory), "{seconds} s, {memory} kB");
}
