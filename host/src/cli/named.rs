//! What an operator names on the command line: a desk, a person, a place, a matter, a value.
//!
//! Always holds: what is not there is told with what was probably meant, or what there is.

use plugin_api::{MatterId, PersonId, PlaceId, Title};

use super::error::Ended;
use crate::config::Config;
use crate::routes::DeskIx;
use crate::store::Reader;
use crate::suggestion::titled_suggestion;

/// A desk by its name.
pub(super) fn desk(config: &Config, name: &str) -> Result<DeskIx, Ended> {
    config.desk(name).ok_or_else(|| Ended::wanting(no_desk(config, name)))
}

/// Says that there is no such desk.
pub(super) fn no_desk(config: &Config, name: &str) -> Title {
    let known = config.desks.iter().map(|desk| (desk.name.as_str(), Some(&desk.title)));
    let hint = titled_suggestion(name, known);
    Title::new(format!("没有业务台“{name}”；{}", hint.zh), format!("there is no desk {name:?}; {}", hint.en))
}

/// A person by id, or by a name that only one has.
pub(super) fn person(config: &Config, text: &str) -> Result<PersonId, Ended> {
    let person = config.directory.resolve_person(text).map(|person| person.id.clone());
    person.ok_or_else(|| Ended::wanting(config.directory.no_person(text)))
}

/// A place by its path, or by a title that only one has.
pub(super) fn place(config: &Config, text: &str) -> Result<PlaceId, Ended> {
    let place = config.directory.resolve_place(text).map(|place| place.id.clone());
    place.ok_or_else(|| Ended::wanting(config.directory.no_place(text)))
}

/// A matter by its number.
pub(super) fn matter(reader: Reader<'_>, number: &str) -> Result<MatterId, Ended> {
    reader.find(number)?.ok_or_else(|| no_matter(number))
}

/// Also said of one that is not for the person who asks: the two must not be told apart (I11).
pub(super) fn no_matter(number: &str) -> Ended {
    Ended::wanting(Title::new(format!("没有事项 {number}"), format!("there is no matter {number}")))
}

/// Each `NAME=VALUE` taken apart; `option` is how it is typed.
pub(super) fn pairs(given: &[String], option: &str) -> Result<Vec<(String, String)>, Ended> {
    let split =
        |text: &String| text.split_once('=').map(|(name, value)| (name.trim().to_owned(), value.trim().to_owned()));
    let wrong = |text: &String| {
        Ended::wrong(Title::new(
            format!("{option} “{text}”要写成 名称=值"),
            format!("{option} {text:?} is not NAME=VALUE"),
        ))
    };
    given.iter().map(|text| split(text).ok_or_else(|| wrong(text))).collect()
}
