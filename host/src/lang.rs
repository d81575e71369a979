//! The language somebody reads: Chinese first, English as well.
//!
//! Pure. Knows no terminal and no page.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use plugin_api::Title;

/// The language of what is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Lang {
    /// Chinese.
    #[default]
    Zh,
    /// English.
    En,
}

impl Lang {
    /// The words in this language.
    pub fn pick(self, title: &Title) -> &str {
        self.words(&title.zh, &title.en)
    }

    /// The words in this language.
    pub fn words<'t>(self, zh: &'t str, en: &'t str) -> &'t str {
        match self {
            Lang::Zh => zh,
            Lang::En => en,
        }
    }
}

/// An instant in the district's zone, to the minute.
pub fn local(at: Timestamp, zone: &TimeZone) -> String {
    zone.to_datetime(at).strftime("%Y-%m-%d %H:%M").to_string()
}
