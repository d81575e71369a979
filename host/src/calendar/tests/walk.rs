//! The same answers a second way: a walk over minutes and days, one by one.
//!
//! Shares nothing with the calendar: dates are counted on from Monday, 2024-01-01, by lengths of
//! months; holidays are those of the notices, written as ranges; the clock is eight hours ahead.

/// 2024-01-01 00:00 in Anqing, in minutes since 1970 in London.
const START_MINUTE: i64 = 1_704_038_400 / 60;
const DAY: i64 = 1_440;
const MONTHS: [i64; 12] = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

type MonthDay = (i64, i64);

struct Notice {
    year: i64,
    /// Free days, first and last.
    off: &'static [(MonthDay, MonthDay)],
    /// Workdays made up for them.
    work: &'static [MonthDay],
}

/// The notices of 2024-11 and 2025-11.
const NOTICES: [Notice; 2] = [
    Notice {
        year: 2025,
        off: &[
            ((1, 1), (1, 1)),
            ((1, 28), (2, 4)),
            ((4, 4), (4, 6)),
            ((5, 1), (5, 5)),
            ((5, 31), (6, 2)),
            ((10, 1), (10, 8)),
        ],
        work: &[(1, 26), (2, 8), (4, 27), (9, 28), (10, 11)],
    },
    Notice {
        year: 2026,
        off: &[
            ((1, 1), (1, 3)),
            ((2, 15), (2, 23)),
            ((4, 4), (4, 6)),
            ((5, 1), (5, 5)),
            ((6, 19), (6, 21)),
            ((9, 25), (9, 27)),
            ((10, 1), (10, 7)),
        ],
        work: &[(1, 4), (2, 14), (2, 28), (5, 9), (9, 20), (10, 10)],
    },
];

pub(super) struct Day {
    pub(super) date: (i64, i64, i64),
    pub(super) is_worked: bool,
    pub(super) is_covered: bool,
}

/// What is walked over. Instants are minutes since 2024-01-01 00:00.
pub(super) struct Walk {
    pub(super) days: Vec<Day>,
    hours: Vec<(i64, i64)>,
}

/// An instant, and whether it hangs on an uncovered day.
pub(super) type Found = (i64, bool);

impl Walk {
    /// From 2024 to 2030, with the working hours of a day in minutes.
    pub(super) fn new(hours: &[(i64, i64)], has_made_up_days: bool) -> Walk {
        let mut days = Vec::new();
        for year in 2024..=2030 {
            let notice = NOTICES.iter().find(|notice| notice.year == year);
            for (month, length) in (1..).zip(MONTHS) {
                let leap = i64::from(month == 2 && year % 4 == 0);
                for day in 1..=length + leap {
                    let this = (month, day);
                    let is_off =
                        notice.is_some_and(|notice| notice.off.iter().any(|off| off.0 <= this && this <= off.1));
                    let is_made_up = has_made_up_days && notice.is_some_and(|notice| notice.work.contains(&this));
                    let is_weekday = days.len() % 7 < 5;
                    days.push(Day {
                        date: (year, month, day),
                        is_worked: is_made_up || is_weekday && !is_off,
                        is_covered: notice.is_some(),
                    });
                }
            }
        }
        Walk { days, hours: hours.to_vec() }
    }

    fn first_minute(&self) -> i64 {
        self.hours[0].0
    }

    pub(super) fn last_minute(&self) -> i64 {
        self.hours[self.hours.len() - 1].1
    }

    /// The day an instant lies on: where work ends at midnight, that is still the day before.
    fn day_on(&self, minute: i64) -> i64 {
        if self.last_minute() == DAY { (minute - 1).div_euclid(DAY) } else { minute / DAY }
    }

    fn day(&self, minute: i64) -> &Day {
        &self.days[usize::try_from(minute / DAY).expect("walks start in 2024")]
    }

    /// Whether the minute that begins here is worked.
    fn is_working(&self, minute: i64) -> bool {
        self.day(minute).is_worked && self.hours.iter().any(|(from, to)| (*from..*to).contains(&(minute % DAY)))
    }

    /// Whether what is looked at here could be otherwise, had the year been published.
    fn is_unsure(&self, minute: i64) -> bool {
        !self.day(minute).is_covered && (self.first_minute()..self.last_minute()).contains(&(minute % DAY))
    }

    pub(super) fn after_workdays(&self, start: i64, count: i64) -> Found {
        let (mut day, mut left, mut is_unsure) = (self.day_on(start), count, false);
        while 0 < left {
            day += 1;
            let this = self.day(day * DAY);
            left -= i64::from(this.is_worked);
            is_unsure |= !this.is_covered;
        }
        (day * DAY + self.last_minute(), is_unsure)
    }

    pub(super) fn after_workminutes(&self, start: i64, count: i64) -> Found {
        let (mut minute, mut left, mut is_unsure) = (start, count, false);
        while 0 < left {
            left -= i64::from(self.is_working(minute));
            is_unsure |= self.is_unsure(minute);
            minute += 1;
        }
        (minute, is_unsure)
    }

    /// The end of a day, or of the first workday after it.
    pub(super) fn by_day(&self, start: i64, day: i64) -> Found {
        let (mut day, mut is_unsure) = (day, !self.day(day * DAY).is_covered);
        while !self.day(day * DAY).is_worked {
            day += 1;
            is_unsure |= !self.day(day * DAY).is_covered;
        }
        ((day * DAY + self.last_minute()).max(start), is_unsure)
    }

    pub(super) fn workminutes_between(&self, from: i64, to: i64) -> Found {
        let count = (from..to).filter(|minute| self.is_working(*minute)).count();
        (count as i64, (from..to).any(|minute| self.is_unsure(minute)))
    }

    pub(super) fn workdays_between(&self, from: i64, to: i64) -> Found {
        let (mut count, mut is_unsure) = (0, false);
        let mut day = self.day_on(from) + 1;
        while day * DAY + self.last_minute() <= to {
            count += i64::from(self.day(day * DAY).is_worked);
            is_unsure |= !self.day(day * DAY).is_covered;
            day += 1;
        }
        (count, is_unsure)
    }

    /// The first instant at which no more than so many working minutes are left until another.
    pub(super) fn workminutes_before(&self, due: i64, count: i64) -> i64 {
        let (mut minute, mut left) = (due, count);
        loop {
            if self.is_working(minute - 1) {
                if left == 0 {
                    return minute;
                }
                left -= 1;
            }
            minute -= 1;
        }
    }

    /// A clock of working minutes, let run minute by minute, that stands still between pairs of pauses
    /// and resumptions.
    pub(super) fn run_workminutes(&self, start: i64, count: i64, pauses: &[(i64, i64)]) -> i64 {
        let (mut minute, mut left) = (start, count);
        while 0 < left {
            let is_paused = pauses.iter().any(|(from, to)| (*from..*to).contains(&minute));
            left -= i64::from(!is_paused && self.is_working(minute));
            minute += 1;
        }
        minute
    }

    /// The same for workdays: the day of the start does not count; a day counts if the clock runs when
    /// its working time ends. A clock paused on the day it started on starts anew when it is resumed.
    pub(super) fn run_workdays(&self, start: i64, count: i64, pauses: &[(i64, i64)]) -> i64 {
        let mut uncounted = Some(self.day_on(start));
        let (mut minute, mut left) = (start, count);
        let mut is_paused = false;
        loop {
            // A day that is worked until midnight ends on the next.
            let ending = minute - self.last_minute();
            let is_end = ending % DAY == 0 && self.day(ending).is_worked && start < minute;
            if is_end && !is_paused && uncounted != Some(ending / DAY) {
                left -= 1;
                if left == 0 {
                    return minute;
                }
            }
            for (from, to) in pauses {
                if *to == minute && is_paused {
                    is_paused = false;
                    uncounted = uncounted.map(|_| self.day_on(minute));
                }
                if *from == minute {
                    is_paused = true;
                    uncounted = uncounted.filter(|day| *day == self.day_on(minute));
                }
            }
            minute += 1;
        }
    }

    /// `2026-02-13 16:00`.
    pub(super) fn parse(&self, text: &str) -> i64 {
        let numbers: Vec<i64> =
            text.split(['-', ' ', ':']).map(|number| number.parse().expect("a number of an instant")).collect();
        let date = (numbers[0], numbers[1], numbers[2]);
        let day = self.days.iter().position(|day| day.date == date).expect("a day of the walk");
        day as i64 * DAY + numbers.get(3).map_or(0, |hour| hour * 60 + numbers[4])
    }

    pub(super) fn show(&self, minute: i64) -> String {
        let (year, month, day) = self.day(minute).date;
        let weekday = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"][usize::try_from(minute / DAY % 7).unwrap_or(0)];
        format!("{weekday} {year}-{month:02}-{day:02} {:02}:{:02}", minute % DAY / 60, minute % 60)
    }
}

/// In seconds since 1970.
pub(super) fn second_of(minute: i64) -> i64 {
    (START_MINUTE + minute) * 60
}
