//! How much there is: matters at desks, inputs, events, and what waits.
//!
//! Reads the store beside a running host; decides nothing.

use std::collections::BTreeMap;

use plugin_api::MatterFilter;
use serde::Serialize;

use crate::config::Config;
use crate::engine::switch::Switch;
use crate::limits;
use crate::matter::Head;
use crate::store::{Reader, StoreError};

/// Matters of one desk.
#[derive(Clone, Debug, Serialize)]
pub struct DeskCount {
    /// Name of the desk.
    pub desk: String,
    /// On it and open.
    pub open: u64,
    /// Closed on it, or joined into others.
    pub closed: u64,
    /// On it and taken by no route.
    pub unrouted: u64,
}

/// All that is counted.
#[derive(Clone, Debug, Serialize)]
pub struct Counts {
    /// Hash of the config in force.
    pub config: String,
    /// Matters at each desk, also at those that the config no longer has.
    pub desks: Vec<DeskCount>,
    /// Inputs of the journal.
    pub inputs: u64,
    /// Its events.
    pub events: u64,
    /// Matters.
    pub matters: u64,
    /// Clocks that run.
    pub clocks: usize,
    /// Steps that will be tried again.
    pub waiting: usize,
    /// Steps that wait for somebody.
    pub parked: usize,
    /// Jobs that wait.
    pub jobs: usize,
    /// Notices by how they stand.
    pub notices: BTreeMap<&'static str, u64>,
    /// Every limit.
    pub limits: BTreeMap<String, u64>,
}

impl Counts {
    /// Counts.
    ///
    /// # Errors
    /// When the store does not tell.
    pub fn read(reader: Reader<'_>, config: &Config) -> Result<Counts, StoreError> {
        let kept = reader.kept()?;
        let parked = kept.iter().filter(|delivery| delivery.due_ms.is_none()).count();
        let (inputs, events, matters) = reader.sizes()?;
        Ok(Counts {
            config: Switch::in_force(reader)?.map_or_else(|| config.hash.clone(), |switch| switch.config),
            desks: of_desks(reader, config)?,
            inputs,
            events,
            matters,
            clocks: reader.clocks()?.len(),
            waiting: kept.len() - parked,
            parked,
            jobs: reader.jobs()?.iter().filter(|job| job.due_ms.is_some()).count(),
            notices: reader.notice_counts()?,
            limits: limits::table().into_iter().map(|(name, most)| (name.en, most)).collect(),
        })
    }
}

/// Matters at each desk.
///
/// # Errors
/// When the store does not tell.
pub fn of_desks(reader: Reader<'_>, config: &Config) -> Result<Vec<DeskCount>, StoreError> {
    let key = |head: &Head| format!("{}\n{:?}\n{}", head.desk, head.status, head.host.unrouted);
    let counts = reader.count(&MatterFilter::default(), &|_| true, &key)?;
    let mut desks: Vec<String> = config.desks.iter().map(|desk| desk.name.clone()).collect();
    for key in counts.keys() {
        let name = key.split('\n').next().unwrap_or_default();
        if !desks.iter().any(|desk| desk == name) {
            desks.push(name.to_owned());
        }
    }
    let sum = |desk: &str, fits: &dyn Fn(&str, &str) -> bool| -> u64 {
        let of_desk = counts.iter().filter_map(|(key, count)| {
            let mut parts = key.split('\n');
            let is_here = parts.next() == Some(desk);
            let (status, unrouted) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
            (is_here && fits(status, unrouted)).then_some(*count)
        });
        of_desk.sum()
    };
    Ok(desks
        .into_iter()
        .map(|desk| DeskCount {
            open: sum(&desk, &|status, _| status == "Open"),
            closed: sum(&desk, &|status, _| status != "Open"),
            unrouted: sum(&desk, &|_, unrouted| unrouted == "true"),
            desk,
        })
        .collect())
}
