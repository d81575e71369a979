//! The district, as far as a desk knows it: its time zone and the code tables the desk asks for.
//!
//! Given to [`Plugin::open`](crate::Plugin::open) and the same for the life of an instance: when the
//! district changes either, the desk is opened anew. So keep it, and prepare from it what you like.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use crate::{CodeList, Lists};

/// What a desk is told of its district when it is opened.
///
/// ```
/// use jiff::tz::TimeZone;
/// use plugin_api::{District, Lists};
/// let zone = TimeZone::get("Asia/Shanghai").unwrap();
/// let district = District { zone, lists: Lists::default() };
/// let late = "2026-03-01T16:30:00Z".parse().unwrap();
/// let day = district.day_of(late);
/// assert_eq!(day.to_string(), "2026-03-02");
/// assert_eq!(district.start_of(day).to_string(), "2026-03-01T16:00:00Z");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct District {
    /// The district's time zone: what "today" and "this month" mean. On the wire its IANA name.
    #[serde(with = "jiff::fmt::serde::tz::required")]
    pub zone: TimeZone,
    /// The code tables the manifest asks for.
    pub lists: Lists,
}

impl District {
    /// A code table; an empty one if there is none of that name, which the host's check reports.
    pub fn list(&self, name: &str) -> &CodeList {
        self.lists.get(name)
    }

    /// The district's day at an instant: of a matter's opening, say. For the call's own day there is
    /// [`Step::today`](crate::Step::today).
    pub fn day_of(&self, instant: Timestamp) -> Date {
        self.zone.to_datetime(instant).date()
    }

    /// The instant a day of the district begins. A day that the calendar of instants does not hold
    /// (beyond the year 9999) begins never: the last instant there is.
    pub fn start_of(&self, day: Date) -> Timestamp {
        day.to_zoned_datetime(self.zone.clone()).map_or(Timestamp::MAX, |start| start.timestamp())
    }
}
