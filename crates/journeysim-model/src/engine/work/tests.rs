//! Which work waits where, who takes it, and which goes first: pools with work put into them by hand.

use super::day::date;
use super::queue::{give_up_stale, pop, ranked_anew};
use super::takers::{helped, takers};
use super::*;
use crate::base::money::Money;
use crate::base::random::Streams;
use crate::engine::opening::open_book;
use crate::engine::record::{LighthouseEnd, LighthouseRecord, LogEntry};
use crate::engine::renewal;
use crate::engine::world::Member;
use crate::language::Disk;
use crate::population::segment::Team;
use crate::scenario::load::experiment;

fn scenario(file: &str, changes: &[&str]) -> Scenario {
    let path = format!("{}/../../scenarios/validation/{file}", env!("CARGO_MANIFEST_DIR"));
    let changes: Vec<String> = changes.iter().map(|&change| change.to_owned()).collect();
    let mut experiment = experiment(&path, &changes, &mut Disk).unwrap_or_else(|faults| panic!("{faults}"));
    experiment.variants.remove(0).scenario
}

/// Three customers and one pool of two advisors, who are always there.
fn office(changes: &[&str]) -> (World, Scenario) {
    let changes = [&["population.accounts=3", "pool.advisors.advisors=2"], changes].concat();
    let scenario = scenario("queues/ground.toml", &changes);
    let mut world = open_book(&scenario, Streams::new(1, 0));
    world.warming_up = false;
    (world, scenario)
}

/// An hour's work on an account, the assessment of its present term, due so many hours from now.
fn work(world: &World, account: u32, came: i64) -> Work {
    Work {
        account,
        life: world.account(account).life,
        program: 0,
        task: Task::Assessment { term: world.account(account).term },
        is_request: false,
        pool: 0,
        helper: None,
        due: hour(world, came),
        lapses: None,
        priority: 3,
        left: 3_600.0,
        minutes: 60.0,
        live: 0,
        only: None,
        begun: false,
        state: State::Waiting,
        number: world.works.len() as u32,
        serial: 0,
        earlier: None,
    }
}

fn hour(world: &World, hours: i64) -> SimTime {
    now(world) + SimDuration(3_600 * hours)
}

fn put(world: &mut World, scenario: &Scenario, work: Work) -> u32 {
    let id = store(world, work);
    enqueue(world, scenario, id);
    id
}

/// Takes all that waits for anybody, one after the other; more than there is shows that something comes twice.
fn taken(world: &mut World, scenario: &Scenario) -> Vec<u32> {
    let most = world.works.len() + 1;
    std::iter::from_fn(|| pop(world, scenario, 0, None)).take(most).collect()
}

#[test]
fn each_order_takes_first_what_it_says() {
    let first = |order: &str| {
        let (mut world, scenario) = office(&[&format!("pool.advisors.order={order}")]);
        // Revenue 100,000, 60,000 and 200,000; of it at risk 20,000, 30,000 and 10,000.
        for (account, seats, churn) in [(0, 1_000, 0.20), (1, 600, 0.50), (2, 2_000, 0.05)] {
            let entry = world.account_mut(account);
            entry.profile.price = Money::from_units(100);
            entry.profile.odd_cents = Money::ZERO;
            entry.profile.seats = seats;
            entry.constant_churn = Some(churn);
            entry.term_end = Day(300 - 100 * account as i32);
        }
        world.account_mut(0).lighthouse = Some(0);
        let (lapses, task) = (|world: &World, at| Some(hour(world, at)), Task::LighthouseWeek { record: 0 });
        let works = [
            Work { priority: 1, lapses: lapses(&world, 30), task, ..work(&world, 0, 3) },
            Work { priority: 2, lapses: lapses(&world, 40), ..work(&world, 1, 1) },
            Work { priority: 3, lapses: lapses(&world, 20), ..work(&world, 2, 2) },
        ];
        for work in works {
            put(&mut world, &scenario, work);
        }
        taken(&mut world, &scenario)
    };
    assert_eq!(first("first_come"), [1, 2, 0]);
    assert_eq!(first("due_date"), [2, 0, 1]);
    assert_eq!(first("priority"), [0, 1, 2]);
    assert_eq!(first("priority_preemptive"), [0, 1, 2]);
    assert_eq!(first("renewal_proximity"), [2, 1, 0]);
    assert_eq!(first("revenue_at_risk"), [1, 0, 2]);
    assert_eq!(first("lighthouse_first"), [0, 2, 1]);
}

#[test]
fn among_equals_what_was_handed_over_earlier_goes_first() {
    let (mut world, scenario) = office(&[]);
    let late = Work { number: 9, ..work(&world, 0, 0) };
    let early = Work { number: 8, ..work(&world, 1, 0) };
    let ids = [late, early].map(|work| put(&mut world, &scenario, work));
    assert_eq!(taken(&mut world, &scenario), [ids[1], ids[0]]);
}

#[test]
fn a_pool_knows_how_much_waits() {
    let (mut world, scenario) = office(&[]);
    for account in 0..3 {
        let work = Work { left: 600.0, ..work(&world, account, 0) };
        put(&mut world, &scenario, work);
    }
    let waits = [(); 4].map(|()| {
        let waits = (world.desks[0].waiting, world.desks[0].backlog_minutes());
        pop(&mut world, &scenario, 0, None);
        waits
    });
    assert_eq!(waits, [(3, 30.0), (2, 20.0), (1, 10.0), (0, 0.0)]);
}

#[test]
fn what_has_lapsed_leaves_its_place_to_nobody() {
    let (mut world, scenario) = office(&[]);
    for account in 0..3 {
        let work = work(&world, account, i64::from(account));
        put(&mut world, &scenario, work);
    }
    lapse(&mut world, &scenario, 0, 0);
    // Later work gets the number of what has lapsed, not its rank.
    let later = work(&world, 0, 5);
    assert_eq!(put(&mut world, &scenario, later), 0);
    assert_eq!(taken(&mut world, &scenario), [1, 2, 0]);
    assert_eq!(world.desks[0].waiting, 0);
}

#[test]
fn work_for_who_has_left_is_given_up_and_counts_as_dropped_unless_it_was_begun() {
    let given_up = |begun: bool, give_up: fn(&mut World, &Scenario)| {
        let (mut world, scenario) = office(&[]);
        let other_pool = world.desks[0].clone();
        world.desks.push(other_pool);
        for account in 0..3 {
            let work = Work { begun, ..work(&world, account, i64::from(account)) };
            put(&mut world, &scenario, work);
        }
        world.account_mut(1).life += 1;
        move_on(&mut world, 1);
        give_up(&mut world, &scenario);
        let waiting = world.desks[0].waiting;
        (waiting, world.record.pools[0].dropped, taken(&mut world, &scenario), world.record.pools[0].dropped)
    };
    let in_the_morning = |world: &mut World, scenario: &Scenario| give_up_stale(world, scenario, 0);
    assert_eq!(given_up(false, in_the_morning), (2, 1, vec![0, 2], 1));
    assert_eq!(given_up(true, in_the_morning), (2, 0, vec![0, 2], 0));
    let when_its_turn_comes = |_: &mut World, _: &Scenario| ();
    assert_eq!(given_up(false, when_its_turn_comes), (3, 0, vec![0, 2], 1));
    assert_eq!(given_up(true, when_its_turn_comes), (3, 0, vec![0, 2], 0));
    let in_another_pool = |world: &mut World, scenario: &Scenario| give_up_stale(world, scenario, 1);
    assert_eq!(given_up(false, in_another_pool).0, 3);
}

/// Nothing is over on the first morning. Then something ends, and on the second what was waiting for it is given up.
#[test]
fn what_waits_is_given_up_in_the_morning_after_what_it_was_for_has_ended() {
    let waits = |task: Task, ends: fn(&mut World, &mut Scenario)| {
        let (mut world, mut scenario) = office(&[]);
        lead(&mut world, 0, (0, 0));
        world.record.lighthouse.push(LighthouseRecord::new(0, world.today));
        let work = Work { task, ..work(&world, 0, 0) };
        put(&mut world, &scenario, work);
        give_up_stale(&mut world, &scenario, 0);
        ends(&mut world, &mut scenario);
        give_up_stale(&mut world, &scenario, 0);
        world.desks[0].waiting
    };
    let assessment = Task::Assessment { term: office(&[]).0.account(0).term };
    let [plan, week] = [Task::LighthouseEntry { record: 0 }, Task::LighthouseWeek { record: 0 }];
    assert_eq!([assessment, plan, week].map(|task| waits(task, |_, _| ())), [1, 1, 1], "nothing");
    let next_term = |world: &mut World, scenario: &mut Scenario| {
        let start = world.account(0).term_end;
        renewal::begin_term(world, scenario, 0, start);
    };
    assert_eq!(waits(assessment, next_term), 0, "the term");
    let leaves = |world: &mut World, _: &mut Scenario| {
        care::leave_at_renewal(world, 0, LighthouseEnd::Healthy);
    };
    assert_eq!([plan, week].map(|task| waits(task, leaves)), [0, 0], "the stay");
    let without_lighthouse = |world: &mut World, scenario: &mut Scenario| {
        scenario.programs[0].lighthouse.enabled = false;
        care::take_over(world, scenario);
    };
    assert_eq!([plan, week].map(|task| waits(task, without_lighthouse)), [0, 0], "the program");
    let moves = |world: &mut World, scenario: &mut Scenario| {
        world.members.clear();
        world.account_mut(0).lighthouse = None;
        scenario.programs[0].settings.serves = Some(vec![Team::Digital]);
        let entry = world.account_mut(0);
        (entry.home, entry.team, entry.profile.developers) = (Team::Digital, Team::Digital, 10_000.0);
        renewal::reassign(world, scenario, 0);
        assert!(!world.account(0).served());
    };
    assert_eq!(waits(assessment, moves), 0, "the team");
}

/// The customer leaves while an advisor is at it, and the morning comes before it is put down.
#[test]
fn what_is_put_down_for_who_has_left_meanwhile_is_given_up_the_next_morning() {
    let (mut world, scenario) = office(&[]);
    let work = work(&world, 0, 0);
    let id = store(&mut world, work);
    begin(&mut world, &scenario, id, 0, 0);
    world.account_mut(0).life += 1;
    move_on(&mut world, 0);
    give_up_stale(&mut world, &scenario, 0);
    assert_eq!(world.desks[0].holding, [Some(id), None], "who is at it goes on");
    put_down(&mut world, id);
    enqueue(&mut world, &scenario, id);
    assert_eq!(world.desks[0].waiting, 1);
    give_up_stale(&mut world, &scenario, 0);
    assert_eq!((world.desks[0].waiting, world.record.pools[0].dropped), (0, 0), "it was begun");
}

#[test]
fn what_waits_is_put_in_order_anew() {
    let (mut world, scenario) = office(&["pool.advisors.order=renewal_proximity"]);
    for account in 0..3 {
        world.account_mut(account).term_end = Day(100 + account as i32);
        let work = work(&world, account, 0);
        put(&mut world, &scenario, work);
    }
    world.account_mut(2).term_end = Day(50);
    let queue = std::mem::take(&mut world.desks[0].queue);
    world.desks[0].queue = ranked_anew(&world, &scenario, queue);
    assert_eq!(taken(&mut world, &scenario), [2, 0, 1]);
}

#[test]
fn a_pool_is_helped_by_the_one_it_names_where_that_has_the_skill() {
    let scenario = scenario("several-pools.toml", &[]);
    let [front, back, west] = &scenario.file.pool[..] else { panic!("three pools") };
    let helps = |pool: &PoolSettings, name: &str| helper(&scenario, pool, Some(&Name::parse(name).unwrap()));
    assert_eq!([helps(front, "kickoff"), helps(back, "kickoff")], [Some(1), None]);
    assert_eq!([helps(back, "request"), helps(west, "request")], [Some(2), Some(0)]);
    assert_eq!(helper(&scenario, back, None), None, "an assessment");
    let helped = [0, 1, 2].map(|pool| helped(&scenario, pool).collect::<Vec<_>>());
    assert_eq!(helped, [[2], [0], [1]]);
    assert_eq!(lighthouse_pool(&scenario), Some(1), "the first without a list of skills");
    assert_eq!(lighthouse_pool(&office(&[]).1), Some(0));
}

#[test]
fn advisors_are_employed_from_their_first_day_until_they_are_gone() {
    let (mut world, _) = office(&["pool.advisors.advisors=5"]);
    let today = date(&world, 0);
    let spans = [(-9, 1), (0, 1), (0, 9), (1, 9), (-9, 0)];
    for (someone, (hired, gone)) in world.desks[0].roster.advisors.iter_mut().zip(spans) {
        (someone.hired, someone.gone) = (today + hired, today + gone);
    }
    let there = [0, 1, 2, 3, 4].map(|advisor| is_employed(&world, 0, advisor));
    assert_eq!(there, [true, true, true, false, false]);
    assert_eq!(employed(&world, 0), 3);
}

#[test]
fn each_assignment_chooses_among_who_is_free() {
    let chosen = |assignment: &str, last: Option<(u16, u16)>, busy: Option<usize>| {
        let (mut world, scenario) = office(&[&format!("pool.advisors.assignment={assignment}")]);
        world.desks[0].load = vec![5.0, 1.0];
        world.account_mut(0).advisor = last;
        if let Some(advisor) = busy {
            world.desks[0].holding[advisor] = Some(9);
            world.desks[0].mark(advisor);
        }
        let work = work(&world, 0, 0);
        choose(&world, &scenario, &work)
    };
    assert_eq!(chosen("any_free", Some((0, 1)), None), Some((0, 0)));
    assert_eq!(chosen("any_free", None, Some(0)), Some((0, 1)));
    assert_eq!(chosen("sticky_preferred", Some((0, 1)), None), Some((0, 1)));
    assert_eq!(chosen("sticky_preferred", Some((0, 1)), Some(1)), Some((0, 0)), "busy");
    assert_eq!(chosen("sticky_preferred", Some((7, 1)), None), Some((0, 0)), "of another pool");
    assert_eq!(chosen("least_loaded", None, None), Some((0, 1)));
}

#[test]
fn work_of_one_advisor_is_taken_by_nobody_else() {
    let (mut world, scenario) = office(&[]);
    let own = Work { only: Some(1), ..work(&world, 0, 0) };
    let anybody = work(&world, 1, 0);
    let who = |work: &Work, world: &World| takers(world, &scenario, work).collect::<Vec<_>>();
    assert_eq!(who(&own, &world), [(0, 1)]);
    assert_eq!(who(&anybody, &world), [(0, 0), (0, 1)]);
    let id = put(&mut world, &scenario, own);
    take_next(&mut world, &scenario, 0, 0);
    assert_eq!(world.desks[0].holding, [None, None]);
    take_next(&mut world, &scenario, 0, 1);
    assert_eq!(world.desks[0].holding, [None, Some(id)]);
}

#[test]
fn an_advisor_takes_what_ranks_first_of_their_own_work_and_everybodys() {
    let first = |own: i64, common: i64, gone: Option<u32>| {
        let (mut world, scenario) = office(&[]);
        let own = Work { only: Some(1), ..work(&world, 0, own) };
        let common = work(&world, 1, common);
        put(&mut world, &scenario, own);
        put(&mut world, &scenario, common);
        if let Some(account) = gone {
            world.account_mut(account).life += 1;
        }
        take_next(&mut world, &scenario, 0, 1);
        world.desks[0].holding[1]
    };
    assert_eq!(first(1, 2, None), Some(0));
    assert_eq!(first(2, 1, None), Some(1));
    assert_eq!(first(1, 2, Some(0)), Some(1), "the customer of their own work has left");
    assert_eq!(first(2, 1, Some(1)), Some(0), "the customer of everybody's work has left");
}

#[test]
fn urgent_work_interrupts_the_least_urgent_begun_last() {
    let holding = |held: [(u32, i64); 2], urgent: u32, only: Option<u16>| {
        let (mut world, scenario) = office(&["pool.advisors.order=priority_preemptive"]);
        for (advisor, (priority, since)) in held.into_iter().enumerate() {
            let work = Work { priority, ..work(&world, advisor as u32, 0) };
            let id = store(&mut world, work);
            begin(&mut world, &scenario, id, 0, advisor);
            let since = hour(&world, since);
            let work = &mut world.works[id as usize];
            work.state = State::UnderWay { pool: 0, advisor: advisor as u16, since, spent: 0.0 };
        }
        let work = Work { priority: urgent, only, ..work(&world, 2, 0) };
        let id = put(&mut world, &scenario, work);
        world.logging = true;
        interrupt(&mut world, &scenario, id);
        let put_down = |entry: &&LogEntry| matches!(entry.happened, Happened::WorkPutDown { .. });
        let put_down = world.record.log.iter().filter(put_down).count();
        (world.desks[0].holding.clone(), put_down, taken(&mut world, &scenario))
    };
    let interrupted = (vec![Some(2), Some(1)], 1, vec![0]);
    assert_eq!(holding([(3, -1), (2, -1)], 1, None), interrupted);
    assert_eq!(holding([(3, -1), (3, -2)], 1, None), interrupted, "begun last");
    let kept = (vec![Some(0), Some(1)], 0, vec![2]);
    assert_eq!(holding([(3, -1), (3, -2)], 3, None), kept, "of the same class");
    let of_the_second = (vec![Some(0), Some(2)], 1, vec![1]);
    assert_eq!(holding([(3, -1), (2, -1)], 1, Some(1)), of_the_second, "only the second may take it");
}

#[test]
fn where_accounts_have_their_own_advisor_a_new_one_goes_to_who_has_fewest() {
    let (mut world, scenario) = office(&["pool.advisors.assignment=dedicated"]);
    let task = Task::Assessment { term: 1 };
    world.account_mut(0).dedicated = Some((0, 0));
    world.account_mut(1).dedicated = Some((7, 1));
    assert_eq!(only(&mut world, &scenario, 0, 0, task), Some(0));
    assert_eq!(only(&mut world, &scenario, 2, 0, task), Some(1), "that of another pool does not count");
    assert_eq!(world.account(2).dedicated, Some((0, 1)));
    world.desks[0].roster.advisors[0].gone = date(&world, 0);
    assert_eq!(only(&mut world, &scenario, 0, 0, task), Some(1), "the first has left");
    let (mut world, scenario) = office(&["pool.advisors.assignment=any_free"]);
    world.account_mut(0).dedicated = Some((0, 0));
    assert_eq!(only(&mut world, &scenario, 0, 0, task), None);
}

/// Puts an account into Lighthouse, led by an advisor.
fn lead(world: &mut World, account: u32, by: (u16, u16)) {
    let (record, from) = (world.members.len() as u32, world.today);
    world.account_mut(account).lighthouse = Some(record);
    world.members.push(Member { is_planned: true, owner: Some(by), ..Member::new(account, record, from) });
}

#[test]
fn a_week_in_lighthouse_belongs_to_who_leads_the_member() {
    let (mut world, scenario) = office(&[]);
    lead(&mut world, 0, (0, 1));
    lead(&mut world, 1, (7, 1));
    let week = |record| Task::LighthouseWeek { record };
    assert_eq!(only(&mut world, &scenario, 0, 0, week(0)), Some(1));
    assert_eq!(only(&mut world, &scenario, 1, 0, week(1)), None, "led from another pool");
    assert_eq!(only(&mut world, &scenario, 0, 0, Task::Assessment { term: 1 }), None);
}

/// A pool whose first advisor leads as many members as they may, and the plan of one more.
fn led_to_the_limit() -> (World, Scenario, Work) {
    let (mut world, mut scenario) = office(&[]);
    scenario.programs[0].lighthouse.max_per_advisor = Some(Count::of(1));
    lead(&mut world, 0, (0, 0));
    world.account_mut(1).lighthouse = Some(1);
    let plan = Work { task: Task::LighthouseEntry { record: 1 }, ..work(&world, 1, 0) };
    (world, scenario, plan)
}

#[test]
fn who_leads_as_many_members_as_they_may_begins_no_further_plan() {
    let (world, scenario, plan) = led_to_the_limit();
    let who = |work: &Work| takers(&world, &scenario, work).collect::<Vec<_>>();
    assert_eq!(who(&plan), [(0, 1)]);
    assert_eq!(who(&Work { begun: true, ..plan }), [(0, 0), (0, 1)]);
    assert_eq!(who(&work(&world, 2, 0)), [(0, 0), (0, 1)]);
}

#[test]
fn an_advisor_who_has_passed_over_sixteen_pieces_of_work_is_left_idle() {
    let takes = |plans: u32| {
        let (mut world, scenario, plan) = led_to_the_limit();
        for _ in 0..plans {
            put(&mut world, &scenario, plan.clone());
        }
        let other = work(&world, 2, 1);
        put(&mut world, &scenario, other);
        take_next(&mut world, &scenario, 0, 0);
        (world.desks[0].holding[0], world.desks[0].waiting)
    };
    assert_eq!(takes(15), (Some(15), 15));
    assert_eq!(takes(16), (None, 17));
}

#[test]
fn who_is_free_helps_out_the_pool_that_names_theirs() {
    let changes = [
        "population.accounts=3",
        "pool.front.always_open=true",
        "pool.back.always_open=true",
        "pool.back.advisors=1",
    ];
    let scenario = scenario("several-pools.toml", &changes);
    let mut world = open_book(&scenario, Streams::new(1, 0));
    let shared = Work { helper: Some(1), ..work(&world, 0, 0) };
    let who = |work: &Work, world: &World| takers(world, &scenario, work).collect::<Vec<_>>();
    assert_eq!(who(&shared, &world), [(0, 0), (0, 1), (1, 0)]);
    assert_eq!(who(&work(&world, 0, 0), &world), [(0, 0), (0, 1)]);
    let id = put(&mut world, &scenario, shared);
    take_next(&mut world, &scenario, 1, 0);
    assert_eq!(world.desks[1].holding, [Some(id)]);
}
