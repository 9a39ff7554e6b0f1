#![no_main]

use std::sync::LazyLock;

use journeysim_fuzz::reads::Requests;

static REQUESTS: LazyLock<Requests> = LazyLock::new(Requests::new);

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| REQUESTS.read(bytes));
