#![no_main]

use std::fs;
use std::sync::LazyLock;

use journeysim_fuzz::reads::{self, RunFolders};

/// They are made anew at every start, and with them what attacks begin with.
static FOLDERS: LazyLock<RunFolders> = LazyLock::new(|| {
    let [folder, seeds] = ["target/fuzz/run", "target/fuzz/seeds/run_folder"].map(reads::project);
    for old in [&folder, &seeds] {
        if old.exists() {
            fs::remove_dir_all(old).expect("the old ones can be removed");
        }
        fs::create_dir_all(old).expect("it can be made");
    }
    let folders = RunFolders::new(&folder);
    for (number, bytes) in folders.corpus().into_iter().enumerate() {
        fs::write(seeds.join(number.to_string()), bytes).expect("it is writable");
    }
    folders
});

libfuzzer_sys::fuzz_target!(init: { LazyLock::force(&FOLDERS); }, |bytes: &[u8]| FOLDERS.read(bytes));
