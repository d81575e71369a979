//! What is read for pages: matters, cut to what the asker may see.

use std::time::Duration;

use jiff::civil::Date;
use plugin_api::Matter;

use super::ask::Ask;
use super::house::House;
use super::reply::Refusal;
use crate::config::Config;
use crate::engine::look::{Viewer, read_head, read_matter};
use crate::index::{NotAnswered, Page, Query};
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

/// How long one's own change may take to be in the lists.
const OWN_MS: u64 = 500;

impl House {
    /// A page of the matters that fit and are the asker's to see.
    pub(super) fn list(&self, ask: &Ask, query: &Query) -> Result<Page, Refusal> {
        let running = self.in_force.get();
        Ok(self.index.list(&running.config, query, &viewer(ask)?, ask.now_ms)?)
    }

    /// Waits until lists have a row of the journal in them: who has just done something looks for it.
    pub(super) fn settle(&self, seq: u64) {
        self.index.wait_for(seq, Duration::from_millis(OWN_MS));
    }

    /// Reads the store with the config in force.
    pub(super) fn look<T>(
        &self,
        look: impl FnOnce(&Config, Reader<'_>) -> Result<T, StoreError>,
    ) -> Result<T, Refusal> {
        let running = self.in_force.get();
        Ok(self.read(|store| look(&running.config, store.reader()))?)
    }
}

impl From<NotAnswered> for Refusal {
    fn from(error: NotAnswered) -> Refusal {
        match error {
            NotAnswered::Building(progress) => Refusal::new(
                503,
                format!("正在整理事项目录（{}/{}），请稍后再试", progress.done, progress.of),
                format!("the lists are being made ({} of {}); try again in a moment", progress.done, progress.of),
            )
            .after(2),
            NotAnswered::Store(error) => error.into(),
        }
    }
}
