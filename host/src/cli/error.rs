//! How a command ends when it did not do what was asked, and how that is told.
//!
//! Always holds: words go to stderr in the reader's language; with `--json` stdout has exactly one
//! value, which is the command's own data or, where it has none, one of three: `{"refused": […]}`,
//! what a person must mend; `{"problems": […]}`, what is wrong with the config, as `check` prints it;
//! `{"error": {"zh", "en"}}`, anything else.

use plugin_api::{Objection, Title};
use serde_json::{Value, json};

use super::screen::Screen;
use crate::config::{Problem, Severity};
use crate::district::NotOpened;
use crate::mask::mask;
use crate::store::StoreError;

/// A command that did not do what was asked.
#[derive(Debug)]
pub struct Ended {
    code: u8,
    why: Why,
}

#[derive(Debug)]
enum Why {
    /// A sentence says it.
    Said(Title),
    /// The command's data, which are printed, show it; a sentence sums up.
    Shown(Title),
    /// A person must mend something.
    Refused(Vec<Objection>),
    /// The config has these problems.
    Problems(Vec<Problem>),
}

impl Ended {
    /// Refused or found wanting.
    pub fn wanting(words: Title) -> Ended {
        Ended { code: 1, why: Why::Said(words) }
    }

    /// Wrong usage, or a config or machine that must be mended.
    pub fn wrong(words: Title) -> Ended {
        Ended { code: 2, why: Why::Said(words) }
    }

    /// Found wanting, as the data that were printed show.
    pub fn shown_wanting(words: Title) -> Ended {
        Ended { code: 1, why: Why::Shown(words) }
    }

    /// Broken, as the data that were printed show.
    pub fn shown_wrong(words: Title) -> Ended {
        Ended { code: 2, why: Why::Shown(words) }
    }

    /// Refused, with all objections.
    pub fn refused(objections: Vec<Objection>) -> Ended {
        Ended { code: 1, why: Why::Refused(objections) }
    }

    /// Tells it, and gives the exit code.
    pub fn tell(&self, screen: Screen) -> u8 {
        // They repeat what was typed, which may be a number that nobody else shall read (I10).
        eprintln!("{}", mask(&self.words(screen)));
        if let Some(value) = self.value(screen).filter(|_| screen.json) {
            // Whoever reads has gone; the exit code says it all the same.
            let _ = screen.print(&value, String::new);
        }
        self.code
    }

    fn words(&self, screen: Screen) -> String {
        match &self.why {
            Why::Said(words) | Why::Shown(words) => screen.pick(words).to_owned(),
            Why::Refused(objections) => {
                objections.iter().map(|objection| screen.objection(objection)).collect::<Vec<_>>().join("\n")
            }
            Why::Problems(problems) => {
                let render = |problem: &Problem| problem.render(|words| screen.pick(words));
                problems.iter().map(render).collect::<Vec<_>>().join("\n")
            }
        }
    }

    fn value(&self, screen: Screen) -> Option<Value> {
        let masked = |words: &Title| Title::new(mask(&words.zh), mask(&words.en));
        match &self.why {
            Why::Said(words) => Some(json!({ "error": masked(words) })),
            Why::Shown(_) => None,
            Why::Refused(objections) => {
                let objections = objections.iter().cloned();
                let objections = objections.map(|objection| Objection { text: masked(&objection.text), ..objection });
                Some(json!({ "refused": objections.collect::<Vec<_>>() }))
            }
            Why::Problems(problems) => Some(problems_value(screen, problems, &[])),
        }
    }
}

/// What `check` prints of a config, and every command whose config has errors.
pub fn problems_value(screen: Screen, problems: &[Problem], warnings: &[Title]) -> Value {
    let errors = problems.iter().filter(|problem| problem.severity == Severity::Error).count();
    let told: Vec<_> = problems.iter().map(|problem| problem.told(|words| screen.pick(words))).collect();
    json!({ "errors": errors, "problems": told, "warnings": warnings })
}

impl From<anyhow::Error> for Ended {
    fn from(error: anyhow::Error) -> Ended {
        Ended::wrong(Title::new(format!("出错了：{error:#}"), format!("{error:#}")))
    }
}

impl From<StoreError> for Ended {
    fn from(error: StoreError) -> Ended {
        NotOpened::from(error).into()
    }
}

impl From<NotOpened> for Ended {
    fn from(error: NotOpened) -> Ended {
        match error {
            NotOpened::Unusable(words) => Ended::wrong(words),
            NotOpened::Problems(problems) => Ended { code: 2, why: Why::Problems(problems) },
        }
    }
}
