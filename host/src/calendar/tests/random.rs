//! The calendar against the walk, over instants and budgets nobody chose.

use plugin_api::Budget as Given;

use super::{OFFICE, Pair, Unit, allowed, at, marks, minute_of};
use crate::calendar::Mark;

const SEEDS: [u64; 2] = [20_260_213, 0x5eed_0000_0003];
const ROUNDS: u32 = 120;
/// 2024-12-01 and 2028-01-01, in minutes of the walk.
const FIRST: i64 = 335 * 1_440;
const LAST: i64 = 1_461 * 1_440;

const HOURS: [&[&str]; 5] = [
    &OFFICE,
    &["08:30-12:00", "14:00-17:30"],
    &["00:00-24:00"],
    &["00:00-00:01", "05:00-05:30", "05:30-06:00", "22:00-24:00"],
    &["09:00-09:07"],
];

/// As often as not an instant at which something begins or ends.
fn instant(random: &mut fastrand::Rng, pair: &Pair) -> i64 {
    let minute = random.i64(FIRST..LAST);
    match random.u8(0..4) {
        0 => minute - minute % 1_440 + pair.walk.last_minute(),
        1 => minute - minute % 30,
        _ => minute,
    }
}

fn budget(random: &mut fastrand::Rng) -> Given {
    // Most budgets are short; some reach over a year.
    let reach = *random.choice(&[3, 12, 60, 300]).unwrap_or(&3);
    match random.u8(0..5) {
        0 | 1 => Given::Workdays(random.u32(1..=reach)),
        2 | 3 => Given::Workminutes(random.u32(1..=reach * 7) * 20),
        _ => Given::Minutes(random.u32(1..=reach * 360) * 4),
    }
}

/// Runs so many rounds for each calendar and seed, saying the seed.
fn rounds(mut check: impl FnMut(&mut fastrand::Rng, &Pair)) {
    for seed in SEEDS {
        println!("seed {seed}");
        let mut random = fastrand::Rng::with_seed(seed);
        for hours in HOURS {
            let pair = Pair::new(hours);
            for _ in 0..ROUNDS {
                check(&mut random, &pair);
            }
        }
    }
}

/// Budgets of very short days would walk for decades.
fn fits(pair: &Pair, budget: Given) -> bool {
    match budget {
        Given::Workminutes(minutes) => {
            let day = pair.walk.workminutes_between(FIRST + 1_440, FIRST + 2 * 1_440).0;
            i64::from(minutes) < day * 300
        }
        _ => true,
    }
}

#[test]
fn after() {
    let mut count_provisional = 0;
    rounds(|random, pair| {
        let (start, budget) = (instant(random, pair), budget(random));
        if fits(pair, budget) {
            count_provisional += u32::from(pair.after(start, budget).is_provisional);
        }
    });
    assert!(150 < count_provisional, "{count_provisional} reached into years that are not covered");
}

#[test]
fn between() {
    rounds(|random, pair| {
        let (one, other) = (instant(random, pair), instant(random, pair));
        // Long walks in few of the rounds.
        let other = if random.u8(0..16) == 0 { other } else { (one + random.i64(-600..20_000)).max(0) };
        for unit in [Unit::Workdays, Unit::Workminutes, Unit::Minutes] {
            pair.between(one, other, unit);
        }
    });
}

#[test]
fn paused() {
    rounds(|random, pair| {
        let (start, budget) = (instant(random, pair), budget(random));
        if !fits(pair, budget) {
            return;
        }
        // Pauses lie before it is due.
        let mut pauses = Vec::new();
        let mut left = allowed(budget).whole();
        let mut from = start;
        for _ in 0..random.usize(0..4) {
            let due = minute_of(pair.calendar.due(at(from), left).at);
            let pause = (from + random.i64(0..4_000)).min(due - 1);
            if pause <= from && from != start {
                break;
            }
            left = pair.calendar.left(at(from), left, at(pause));
            // Taking out what is used and counting on at once changes nothing.
            assert_eq!(minute_of(pair.calendar.due(at(pause), left).at), due, "{budget} from {from} at {pause}");
            from = pause + random.i64(1..5_000);
            pauses.push((pause, from));
        }
        let _ = marks::run(pair, start, budget, &pauses);
    });
}

#[test]
fn marked() {
    rounds(|random, pair| {
        let (start, budget) = (instant(random, pair).max(FIRST + 30 * 1_440), budget(random));
        if !fits(pair, budget) {
            return;
        }
        let due = pair.after(start, budget);
        let quarter = random.u32(1..4);
        let share = marks::marked(pair, start, due, budget, &format!("{quarter}/4"));
        assert!(at(start) <= share.at && share.at <= due.at, "{budget} from {start}");
        marks::marked(pair, start, due, budget, &format!("before {} workminutes", random.u32(1..600)));
        marks::marked(pair, start, due, budget, &format!("after {} workdays", random.u32(1..9)));
        // Half of what is left is used up no later than three quarters of it.
        let half = pair.calendar.mark(at(start), due, allowed(budget), Mark::share(1, 2).expect("a share"));
        let three = pair.calendar.mark(at(start), due, allowed(budget), Mark::share(3, 4).expect("a share"));
        assert!(half.at <= three.at);
    });
}

/// What is due after the time between two instants is due at the second, or at the last working minute
/// before it.
#[test]
fn there_and_back() {
    rounds(|random, pair| {
        let (one, other) = (instant(random, pair), instant(random, pair));
        let (from, to) = (one.min(other), one.max(other));
        let used = pair.calendar.between(at(from), at(to), Unit::Workminutes).count;
        if (1..=u64::from(Given::WORKMINUTES_MAX)).contains(&used) {
            let due = pair.calendar.after(at(from), allowed(Given::Workminutes(used as u32)));
            assert!(due.at <= at(to));
            assert_eq!(pair.calendar.between(due.at, at(to), Unit::Workminutes).count, 0);
        }
    });
}
