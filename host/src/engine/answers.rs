//! What a desk is told when it asks, from the config and from a reader of the store.
//!
//! One function for steps and views: a step sees everything as of before it, a view what the
//! person who looks may see (I11).

mod ledger;
mod records;

use plugin_api::clock::TimeUnit;
use plugin_api::host::{self, Question};
use plugin_api::{Count, CountBy, Event, MatterFilter, MatterId, Person, Place};
use serde::Serialize;
use serde_json::value::RawValue;

use super::input::instant;
use crate::actor::Actor;
use crate::calendar::{Budget, Unit};
use crate::clock::Standing;
use crate::config::{Config, DeskConfig};
use crate::mask::mask;
use crate::matter::{Head, note_of};
use crate::permission::Sight;
use crate::routes::DeskIx;
use crate::store::{JournalEvent, Reader, Stored};

/// Who asks, as of when, and what they may see.
pub struct Asking<'a> {
    /// The config in force.
    pub config: &'a Config,
    /// The desk that asks.
    pub desk: DeskIx,
    /// The call's instant.
    pub now_ms: i64,
    /// What is shown.
    pub sight: Sight<'a>,
}

/// Whether a question needs the store.
pub fn needs_store(question: &Question) -> bool {
    !matches!(
        question,
        Question::Place { .. }
            | Question::Places { .. }
            | Question::People { .. }
            | Question::Units
            | Question::Log { .. }
            | Question::After { .. }
            | Question::Between { .. }
    )
}

impl Asking<'_> {
    /// The answer as JSON.
    ///
    /// # Errors
    /// A text for the operator that says why there is none.
    pub fn answer(&self, question: &Question, reader: Reader<'_>) -> Result<String, String> {
        match question {
            Question::Matter { id } => json(&self.matter(*id, reader)?),
            Question::Matters { filter } => self.matters(filter, reader),
            Question::Count { filter, by } => json(&self.count(filter, by, reader)?),
            Question::Events { matter, after_seq } => self.events(*matter, *after_seq, reader),
            Question::Note { matter } => self.note(*matter, reader),
            Question::Record { collection, key } => self.record(collection, key, reader),
            Question::Records { collection, range } => json(&self.records(collection, range, reader)?),
            Question::Place { .. }
            | Question::Places { .. }
            | Question::People { .. }
            | Question::Units
            | Question::Log { .. }
            | Question::After { .. }
            | Question::Between { .. } => self.answer_of_directory(question),
            Question::Balance { account } => json(&self.balance(account, reader)?),
            Question::Balances { filter, after } => json(&self.balances(filter, after.as_ref(), reader)?),
            Question::Transfer { key } => json(&self.transfer(key, reader)?),
            Question::Transfers { filter, days, after } => json(&self.transfers(filter, *days, *after, reader)?),
            Question::Totals { filter, days, by } => json(&self.totals(filter, *days, by, reader)?),
        }
    }

    /// The answer to a question that needs no store.
    ///
    /// # Errors
    /// As [`Asking::answer`].
    pub fn answer_of_directory(&self, question: &Question) -> Result<String, String> {
        let directory = &self.config.directory;
        match question {
            Question::Place { place } => json(&directory.place(place)),
            Question::Places { within } => json(&directory.children(within).collect::<Vec<&Place>>()),
            Question::People { role, place } => {
                let role = self.config.desks[self.desk.get()].role(role.as_str());
                let people = directory.people(&role, place, self.config.day_of(self.now_ms));
                let people: Vec<Person> = people
                    .into_iter()
                    .filter_map(|given| {
                        let person = directory.person(given.person)?;
                        Some(Person {
                            id: given.person.clone(),
                            name: person.name.clone(),
                            place: given.given.place.clone(),
                            unit: given.given.unit.clone(),
                        })
                    })
                    .collect();
                json(&people)
            }
            Question::Units => json::<&[host::Unit]>(&directory.units()),
            Question::After { from, budget } => {
                let budget = Budget::new(*budget).map_err(|error| error.to_string())?;
                json(&plugin_api::Due::from(self.config.calendar.after(*from, budget)))
            }
            Question::Between { from, to, unit } => {
                let unit = match unit {
                    TimeUnit::Minutes => Unit::Minutes,
                    TimeUnit::Workminutes => Unit::Workminutes,
                    TimeUnit::Workdays => Unit::Workdays,
                };
                json(&plugin_api::Elapsed::from(self.config.calendar.between(*from, *to, unit)))
            }
            Question::Log { text } => {
                // Free words, if masked ones: a log shows them only to who asks for every step (I10).
                tracing::debug!(desk = self.own_name(), text = &*mask(text), "A desk says.");
                Ok("null".to_owned())
            }
            _ => Err("this question needs the store".to_owned()),
        }
    }

    fn own_name(&self) -> &str {
        &self.spec().name
    }

    fn spec(&self) -> &DeskConfig {
        &self.config.desks[self.desk.get()]
    }

    fn matter(&self, id: MatterId, reader: Reader<'_>) -> Result<Option<plugin_api::Matter>, String> {
        let Some(stored) = reader.matter(id).map_err(said)? else { return Ok(None) };
        let head: Head = serde_json::from_str(&stored.head).map_err(|error| error.to_string())?;
        if !self.sight.shows(&head) {
            return Ok(None);
        }
        super::look::read_matter(self.config, reader, &stored, self.now_ms).map(Some).map_err(said)
    }

    fn standing(&self, head: &Head, reader: Reader<'_>) -> Result<Standing, String> {
        let clocks = reader.clocks_of(head.id).map_err(said)?;
        Ok(Standing::of(self.config, head, &clocks, instant(self.now_ms)))
    }

    /// The asking desk's note, for whom the matter is shown.
    fn note(&self, matter: MatterId, reader: Reader<'_>) -> Result<String, String> {
        let none = || Ok("null".to_owned());
        let Some(stored) = reader.head(matter).map_err(said)? else { return none() };
        let head: Head = serde_json::from_str(&stored.head).map_err(|error| error.to_string())?;
        if !self.sight.shows(&head) {
            return none();
        }
        let note = note_of(&stored.notes, self.own_name()).map_err(|error| error.to_string())?;
        note.map_or_else(none, |note| Ok(note.to_owned()))
    }

    fn matters(&self, filter: &MatterFilter, reader: Reader<'_>) -> Result<String, String> {
        let found = reader.matters(&self.resolved(filter), &|head| self.sight.shows(head)).map_err(said)?;
        let mut list = String::from("[");
        for Stored { head, body } in &found {
            if 1 < list.len() {
                list.push(',');
            }
            crate::matter::splice(&mut list, head, body);
            let head: Head = serde_json::from_str(head).map_err(|error| error.to_string())?;
            let standing = json(&self.standing(&head, reader)?)?;
            if standing != "{}" {
                list.truncate(list.len() - 1);
                list.push(',');
                list.push_str(&standing[1..]);
            }
        }
        list.push(']');
        Ok(list)
    }

    /// How many matters fit, by key.
    ///
    /// # Errors
    /// As [`Asking::answer`].
    pub fn count(&self, filter: &MatterFilter, by: &CountBy, reader: Reader<'_>) -> Result<Vec<Count>, String> {
        let zone = &self.config.zone;
        let key = |head: &Head| match by {
            CountBy::All => String::new(),
            CountBy::Desk => head.desk.to_string(),
            CountBy::Stage => head.stage.to_string(),
            CountBy::Status => format!("{:?}", head.status).to_lowercase(),
            CountBy::Label(name) => head.labels.get(name).map_or_else(String::new, ToString::to_string),
            CountBy::Place(level) => self
                .config
                .directory
                .place_at_level(&head.place, level)
                .map_or_else(String::new, |place| place.id.to_string()),
            CountBy::Month => zone.to_datetime(head.opened).strftime("%Y-%m").to_string(),
            CountBy::Channel => head.channel.as_deref().unwrap_or("").to_owned(),
        };
        let counts = reader.count(&self.resolved(filter), &|head| self.sight.shows(head), &key).map_err(said)?;
        Ok(counts.into_iter().map(|(key, count)| Count { key, count }).collect())
    }

    fn resolved(&self, filter: &MatterFilter) -> MatterFilter {
        let mut filter = filter.clone();
        if filter.desk.as_deref() == Some("self") {
            filter.desk = Some(self.own_name().to_owned());
        }
        filter
    }

    fn events(&self, matter: MatterId, after_seq: u64, reader: Reader<'_>) -> Result<String, String> {
        if self.matter(matter, reader)?.is_none() {
            return Ok("[]".to_owned());
        }
        let events = reader.events(matter, after_seq).map_err(said)?;
        json(&events.into_iter().map(event).collect::<Result<Vec<Event>, String>>()?)
    }
}

/// An event as the contract has it.
///
/// # Errors
/// When its data does not read back.
pub fn event(row: JournalEvent) -> Result<Event, String> {
    let by = row.by.as_deref().map(Actor::of_journal);
    Ok(Event {
        seq: row.seq,
        at: instant(row.at_ms),
        matter: MatterId(row.matter),
        stay: row.stay,
        topic: row.topic,
        desk: row.desk,
        by: by.as_ref().and_then(Actor::person),
        proof: by.as_ref().and_then(Actor::proof),
        stands_for: by.as_ref().and_then(Actor::stands_for),
        second: None,
        data: row.data.map(RawValue::from_string).transpose().map_err(|error| error.to_string())?,
        route: row.route,
    })
}

fn json<T: Serialize + ?Sized>(value: &T) -> Result<String, String> {
    serde_json::to_string(value).map_err(|error| error.to_string())
}

#[allow(clippy::needless_pass_by_value, reason = "the shape `map_err` asks for")]
fn said(error: crate::store::StoreError) -> String {
    error.to_string()
}
