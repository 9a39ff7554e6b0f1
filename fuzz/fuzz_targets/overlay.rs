#![no_main]

use journeysim_fuzz::reads;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| reads::overlay(bytes));
