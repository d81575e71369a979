//! Clocks that another calendar moves: as if it had been in force from their start.

use jiff::{SignedDuration, Timestamp};
use plugin_api::clock::ClockTurn;
use plugin_api::manifest::ClockSpec;

use super::{SPEC, at, parse_turn};
use crate::calendar::Calendar;
use crate::calendar::tests::{office, office_with};
use crate::clock::{ClockRun, Moment, State, Turning};

/// A long New Year of 2027, nobody's notice.
const OFF: [&str; 3] = ["2027-01-01", "2027-01-04", "2027-01-05"];

struct Told {
    spec: ClockSpec,
    run: Option<ClockRun>,
}

impl Told {
    fn new() -> Told {
        Told { spec: toml::from_str(SPEC).unwrap(), run: None }
    }

    fn turn(&mut self, calendar: &Calendar, now: Timestamp, turn: ClockTurn) -> Result<(), String> {
        let turning = Turning { calendar, spec: &self.spec, now, stay: 1 };
        self.run = turning.turn(self.run.as_ref(), turn)?;
        Ok(())
    }

    fn recounted(&self, calendar: &Calendar, now: Timestamp) -> ClockRun {
        let turning = Turning { calendar, spec: &self.spec, now, stay: 1 };
        turning.recount(self.run.as_ref().unwrap()).unwrap()
    }
}

fn words(calendar: &Calendar, run: &ClockRun) -> String {
    calendar.words(run.due()).en
}

#[test]
fn what_was_used_before_a_pause_is_measured_anew() {
    let (before, after) = (office(), office_with(&OFF));
    let mut told = Told::new();
    told.turn(&before, at(&before, "2026-12-30T10:00"), parse_turn("start 5 workdays")).unwrap();
    let paused = at(&before, "2027-01-06T10:00");
    told.turn(&before, paused, parse_turn("pause 2027-01-05")).unwrap();
    let run = told.run.as_ref().unwrap();
    assert_eq!(words(&before, run), "Wed 2027-01-06 17:30 (provisional)");
    // Four of five workdays were used by plain weeks, one by the new days.
    let moved = told.recounted(&after, paused);
    assert_eq!(words(&after, &moved), "Mon 2027-01-11 17:30");
    assert!(matches!(moved.state, State::Paused { .. }));
    let review = |calendar: &Calendar, run: &ClockRun| calendar.words(run.review().unwrap().due()).en;
    assert_eq!(review(&before, run), "Wed 2027-01-06 10:00 (provisional)");
    assert_eq!(review(&after, &moved), "Wed 2027-01-06 17:30");
    assert_eq!(told.recounted(&before, paused), *run, "the same calendar moves nothing");

    told.turn(&before, at(&before, "2027-01-08T10:00"), ClockTurn::Resume).unwrap();
    assert_eq!(words(&before, told.run.as_ref().unwrap()), "Fri 2027-01-08 17:30 (provisional)");
    let moved = told.recounted(&after, at(&after, "2027-01-08T10:00"));
    assert_eq!(words(&after, &moved), "Wed 2027-01-13 17:30");
}

/// It called its desk by the calendar of its day, and does not do so again.
#[test]
fn what_has_run_out_has_run_out() {
    let (before, after) = (office(), office_with(&OFF));
    let mut told = Told::new();
    told.turn(&before, at(&before, "2026-12-30T10:00"), parse_turn("start 3 workdays")).unwrap();
    told.run = told.run.map(|run| run.after(&Moment::Mark("warn".into())).after(&Moment::Due));
    assert_eq!(words(&before, told.run.as_ref().unwrap()), "Mon 2027-01-04 17:30 (provisional)");
    let moved = told.recounted(&after, at(&after, "2027-01-05T09:00"));
    assert_eq!(words(&after, &moved), "Mon 2027-01-04 17:30");
    assert_eq!(moved.next().map(|(_, moment)| moment), Some(Moment::Mark("late".into())));
}

/// Turns that nobody chose, around the New Year: counted anew by the other calendar, a clock stands as if
/// it had been turned so under it.
#[test]
fn counted_anew_is_counted_so_from_the_start() {
    let (before, after) = (office(), office_with(&OFF));
    let seed = 0x5eed_0000_0006;
    println!("seed {seed}");
    let mut random = fastrand::Rng::with_seed(seed);
    let (mut compared, mut paused) = (0, 0);
    for _ in 0..2_000 {
        let (mut one, mut other) = (Told::new(), Told::new());
        let mut now = at(&before, "2026-12-28T08:00");
        let unit = *random.choice(&["workdays", "workhours", "hours"]).unwrap();
        let mut turn = format!("start {} {unit}", random.u32(2..30));
        for _ in 0..random.u8(1..8) {
            now += SignedDuration::from_mins(random.i64(1..3_000));
            let (here, there) = (one.turn(&before, now, parse_turn(&turn)), other.turn(&after, now, parse_turn(&turn)));
            if here.is_err() || there.is_err() {
                break;
            }
            let run = one.recounted(&after, now);
            let wanted = other.run.as_ref().unwrap();
            let shown = |run: &ClockRun| (run.due(), run.left, run.from, run.state.clone(), run.budget);
            assert_eq!(shown(&run), shown(wanted), "{turn} at {now}");
            compared += 1;
            paused += u32::from(matches!(run.state, State::Paused { .. }));
            turn = match (&run.state, random.u8(0..3)) {
                (State::Paused { .. }, 0 | 1) => "resume".to_owned(),
                (_, 0) => format!("extend {} {unit}", random.u32(1..4)),
                _ => "pause 2027-01-05".to_owned(),
            };
        }
    }
    assert!(1_000 < compared && 300 < paused, "only {compared} compared, {paused} of them paused");
}
