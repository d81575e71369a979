//! `show`, `list`, `view` and `explain`: looking without changing anything, also beside a running
//! host.

mod show;
mod list;
mod view;
mod explain;

use plugin_api::{LabelValue, Labels};

use super::error::Ended;
use super::named;
use crate::config::Config;
use crate::engine::look::Viewer;

pub(crate) use explain::Explain;
pub(crate) use list::List;
pub(crate) use show::Show;
pub(crate) use view::ViewArgs;

/// Who looks: the operator, unless it is for somebody.
fn viewer(config: &Config, by: Option<&str>) -> Result<Viewer, Ended> {
    by.map_or(Ok(Viewer::Operator), |by| named::person(config, by).map(Viewer::Person))
}

/// Labels as typed: true and false and whole numbers are what they look like.
fn labels(given: &[String]) -> Result<Labels, Ended> {
    let typed = |(name, value): (String, String)| {
        let value = match (value.as_str(), value.parse::<i64>()) {
            ("true", _) => true.into(),
            ("false", _) => false.into(),
            (_, Ok(number)) => number.into(),
            _ => LabelValue::Text(value),
        };
        (name, value)
    };
    Ok(named::pairs(given, "--label")?.into_iter().map(typed).collect())
}
