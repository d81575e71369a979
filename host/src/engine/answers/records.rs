//! Records, by the words of the desk that asks for its own collections and those it reads.

use plugin_api::RecordRange;
use plugin_api::manifest::Collection;
use serde_json::value::RawValue;

use super::{Asking, said};
use crate::limits::PAGE_MAX;
use crate::store::Reader;

impl Asking<'_> {
    pub(super) fn record(&self, word: &str, key: &str, reader: Reader<'_>) -> Result<String, String> {
        let none = || "null".to_owned();
        let Some((desk, spec)) = self.collection(word)? else { return Ok(none()) };
        let record = reader.record(desk, &spec.name, key).map_err(said)?;
        Ok(record.filter(|record| self.sight.shows_record(spec, record)).unwrap_or_else(none))
    }

    /// A page of records. What is not shown takes no place on it: a page that is not full is the last.
    pub(super) fn records(
        &self,
        word: &str,
        range: &RecordRange,
        reader: Reader<'_>,
    ) -> Result<Vec<(String, Box<RawValue>)>, String> {
        let Some((desk, spec)) = self.collection(word)? else { return Ok(Vec::new()) };
        let most = range.limit.map_or(PAGE_MAX, |limit| limit.clamp(1, PAGE_MAX));
        let mut range = RecordRange { limit: Some(most), ..range.clone() };
        let mut page = Vec::new();
        loop {
            let rows = reader.records(desk, &spec.name, &range).map_err(said)?;
            let is_last = rows.len() < range.limit.unwrap_or(PAGE_MAX) as usize;
            if let Some((key, _)) = rows.last() {
                range.after.clone_from(key);
            }
            for (key, record) in rows.into_iter().filter(|(_, record)| self.sight.shows_record(spec, record)) {
                if page.len() < most as usize {
                    page.push((key, RawValue::from_string(record).map_err(|error| error.to_string())?));
                }
            }
            if is_last || most as usize <= page.len() {
                return Ok(page);
            }
            // What is left may be shown to others only, and is not looked through one by one.
            range.limit = Some(PAGE_MAX);
        }
    }

    /// The desk and collection that a word of the asking desk stands for; none where the district
    /// leaves it open.
    fn collection<'s>(&'s self, word: &str) -> Result<Option<(&'s str, &'s Collection)>, String> {
        let spec = self.spec();
        if let Some(own) = spec.manifest.collection(word) {
            return Ok(Some((&spec.name, own)));
        }
        if spec.manifest.reads(word).is_none() {
            return Err(format!("collection {word:?} is not declared"));
        }
        let Some(lent) = spec.reads.get(word) else { return Ok(None) };
        let other = &self.config.desks[lent.desk.get()];
        let known = other.manifest.collection(&lent.name);
        let known = known.ok_or_else(|| format!("desk {:?} has no collection {:?}", other.name, lent.name))?;
        Ok(Some((&other.name, known)))
    }
}
