//! Windows of 12 calendar months from the start: what each account brought in at either end.

use crate::base::money::Money;
use crate::base::time::Day;
use crate::engine::record::WindowRecord;
use crate::engine::work;
use crate::engine::world::World;
use crate::program::stage::Stage;
use crate::scenario::Scenario;

/// Closes the window that ends today, before anything of today has happened, and opens the next.
///
/// A window that would end after the horizon is not opened: retention is measured over whole windows only.
pub fn open_and_close(world: &mut World, scenario: &Scenario) {
    let almanac = &scenario.almanac;
    let begins = |window: u32| almanac.add_months(Day(0), 12 * window);
    let open = u32::from(world.record.window_count);
    let today = world.today;
    if open > 0 && begins(open) == today {
        let first = world.record.windows.iter().rposition(|entry| u32::from(entry.window) + 1 < open);
        for index in first.map_or(0, |last| last + 1)..world.record.windows.len() {
            let account = &world.accounts[world.record.windows[index].account as usize];
            let kept = if account.left_in_window { Money::ZERO } else { account.arr() };
            world.record.windows[index].closing = kept;
        }
    }
    let opens = begins(open) == today && begins(open + 1) <= scenario.horizon;
    if !opens {
        return;
    }
    for (number, account) in world.accounts.iter_mut().enumerate() {
        account.left_in_window = false;
        if account.served() {
            world.record.windows.push(WindowRecord {
                account: number as u32,
                window: open as u16,
                program: scenario.own(account.program),
                segment: account.profile.segment,
                opening: account.profile.arr(),
                closing: Money::ZERO,
            });
        }
    }
    world.record.window_count += 1;
}

/// Returns the window that is open today, if one is.
#[must_use]
pub fn current(world: &World, scenario: &Scenario) -> Option<u16> {
    let opened = world.record.window_count;
    let last = opened.checked_sub(1)?;
    (world.today < scenario.almanac.add_months(Day(0), 12 * u32::from(opened))).then_some(last)
}

/// Closes stage and band days at the horizon and counts what is left.
pub fn close_books(world: &mut World) {
    for account in 0..world.accounts.len() as u32 {
        if world.account(account).stage != Stage::Left {
            world.close_band(account);
            world.close_stage(account);
        }
    }
    work::close(world);
    world.record.horizon = world.today.0;
    world.record.closing = world.accounts.iter().map(crate::engine::world::Account::arr).sum();
}
