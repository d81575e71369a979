//! How a command ends: done, found wanting, or used wrongly.

use plugin_api::Objection;

use super::screen::Screen;
use crate::district::NotOpened;

/// A command that did not do what was asked.
#[derive(Debug)]
pub enum Ended {
    /// Refused or found wanting; exit code 1.
    Wanting(String),
    /// Wrong usage or broken config; exit code 2.
    Wrong(String),
}

impl Ended {
    /// The exit code.
    pub fn code(&self) -> u8 {
        match self {
            Ended::Wanting(_) => 1,
            Ended::Wrong(_) => 2,
        }
    }

    /// What to tell.
    pub fn text(&self) -> &str {
        match self {
            Ended::Wanting(text) | Ended::Wrong(text) => text,
        }
    }

    /// Refused, with all objections.
    pub fn refused(screen: Screen, objections: &[Objection]) -> Ended {
        let lines: Vec<String> = objections.iter().map(|objection| screen.objection(objection)).collect();
        Ended::Wanting(lines.join("\n"))
    }
}

impl From<anyhow::Error> for Ended {
    fn from(error: anyhow::Error) -> Ended {
        Ended::Wrong(format!("{error:#}"))
    }
}

impl From<crate::store::StoreError> for Ended {
    fn from(error: crate::store::StoreError) -> Ended {
        Ended::Wrong(error.to_string())
    }
}

impl From<NotOpened> for Ended {
    fn from(error: NotOpened) -> Ended {
        match error {
            NotOpened::Unusable(text) => Ended::Wrong(text),
            NotOpened::Problems(problems) => {
                let lines: Vec<String> = problems.iter().map(|problem| problem.render(|words| &words.en)).collect();
                Ended::Wrong(lines.join("\n"))
            }
        }
    }
}
