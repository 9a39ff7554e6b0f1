#![no_main]

use std::sync::LazyLock;

use journeysim_fuzz::reads::{self, RunFolder};

/// It is made anew at every start.
static FOLDER: LazyLock<RunFolder> = LazyLock::new(|| {
    let folder = reads::project("target/fuzz/run");
    if folder.exists() {
        std::fs::remove_dir_all(&folder).expect("the old one can be removed");
    }
    RunFolder::new(folder)
});

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| FOLDER.read(bytes));
