//! What is read for pages: matters, cut to what the asker may see.

use jiff::civil::Date;
use plugin_api::matter::Lamp;
use plugin_api::{Matter, MatterFilter, MatterId, Status};

use super::ask::Ask;
use super::house::House;
use super::reply::Refusal;
use crate::config::Config;
use crate::engine::look::{Viewer, read_head, read_matter};
use crate::limits::PAGE_MAX;
use crate::matter::Head;
use crate::permission::Asker;
use crate::store::{JournalEvent, Reader, StoreError};
use crate::words::Words;

/// The asker, as of the district's day.
pub(super) fn asker<'a>(config: &'a Config, ask: &'a Ask) -> Asker<'a> {
    Asker::new(&config.directory, ask.visitor.person.as_ref(), day(config, ask))
}

/// The asker as one who looks; nobody sees nothing that needs an account.
pub(super) fn viewer(ask: &Ask) -> Result<Viewer, Refusal> {
    ask.visitor.person.clone().map(Viewer::Person).ok_or_else(Refusal::not_there)
}

/// The words of the district's day.
pub(super) fn words<'c>(config: &'c Config, ask: &Ask) -> Words<'c> {
    Words { config, day: day(config, ask) }
}

fn day(config: &Config, ask: &Ask) -> Date {
    config.day_of(ask.now_ms)
}

/// A matter with all that its page shows.
pub(super) struct Found {
    pub head: Head,
    pub matter: Matter,
    pub events: Vec<JournalEvent>,
}

/// The matter of a number, if it is the asker's to see.
pub(super) fn matter(
    config: &Config,
    ask: &Ask,
    reader: Reader<'_>,
    number: &str,
) -> Result<Option<Found>, StoreError> {
    let Some(id) = reader.find(number)? else { return Ok(None) };
    let Some(head) = read_head(reader, id)? else { return Ok(None) };
    if !asker(config, ask).sees(&head) {
        return Ok(None);
    }
    whole(config, ask, reader, head).map(Some)
}

/// A matter by its head, whoever may see it.
pub(super) fn whole(config: &Config, ask: &Ask, reader: Reader<'_>, head: Head) -> Result<Found, StoreError> {
    let stored = reader.matter(head.id)?.ok_or_else(|| StoreError::Damaged(format!("matter {} is gone", head.id)))?;
    let matter = read_matter(config, reader, &stored, ask.now_ms)?;
    let mut events: Vec<JournalEvent> = Vec::new();
    loop {
        let page = reader.events(head.id, events.last().map_or(0, |event| event.seq))?;
        if page.is_empty() {
            break;
        }
        events.extend(page);
    }
    Ok(Found { head, matter, events })
}

/// A page of matters, newest first, and where the next begins.
pub(super) struct Page {
    pub matters: Vec<Matter>,
    pub next: Option<MatterId>,
}

/// Matters that fit a filter and are the asker's to see.
pub(super) fn matters(
    config: &Config,
    ask: &Ask,
    reader: Reader<'_>,
    filter: &MatterFilter,
) -> Result<Page, StoreError> {
    let asker = asker(config, ask);
    let limit = filter.limit.unwrap_or(PAGE_MAX).min(PAGE_MAX - 1);
    let wanted = MatterFilter { limit: Some(limit + 1), ..filter.clone() };
    let mut stored = reader.matters(&wanted, &|head| asker.sees(head))?;
    let has_more = (limit as usize) < stored.len();
    stored.truncate(limit as usize);
    let matters: Vec<Matter> =
        stored.iter().map(|stored| read_matter(config, reader, stored, ask.now_ms)).collect::<Result<_, _>>()?;
    let next = matters.last().filter(|_| has_more).map(|matter| matter.id);
    Ok(Page { matters, next })
}

/// What waits for the asker, the most urgent first.
pub(super) fn waiting(config: &Config, ask: &Ask, reader: Reader<'_>) -> Result<Vec<Matter>, StoreError> {
    let asker = asker(config, ask);
    let filter = MatterFilter { status: Some(Status::Open), limit: Some(PAGE_MAX), ..MatterFilter::default() };
    let stored = reader.matters(&filter, &|head| asker.is_waited_for(head))?;
    let mut matters: Vec<Matter> =
        stored.iter().map(|stored| read_matter(config, reader, stored, ask.now_ms)).collect::<Result<_, _>>()?;
    matters.sort_by_key(|matter| {
        let due = matter.due.map_or(jiff::Timestamp::MAX, |due| due.at);
        (std::cmp::Reverse(matter.lamp.unwrap_or(Lamp::Green)), due, matter.id)
    });
    Ok(matters)
}

impl House {
    /// Reads the store with the config in force.
    pub(super) fn look<T>(
        &self,
        look: impl FnOnce(&Config, Reader<'_>) -> Result<T, StoreError>,
    ) -> Result<T, Refusal> {
        let running = self.in_force.get();
        Ok(self.read(|store| look(&running.config, store.reader()))?)
    }
}
