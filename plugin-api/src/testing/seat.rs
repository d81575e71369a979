//! A desk whose type is forgotten, so that the rest of the kit is compiled once.
//!
//! Calls go through JSON text, as at the real border: what does not parse here would not parse
//! there.

use serde::Deserialize;
use serde_json::Value;

use crate::{District, Effect, Effects, Fault, Host, Job, Notice, Outside, Plugin, Receipt, Step, View, ViewRequest};

/// One instance of a desk, or none yet.
pub(super) trait Seat {
    /// Opens the desk anew from `{"settings":…,"district":…}`.
    fn open(&mut self, opening: &str) -> Result<(), Fault>;
    /// One step from `{"input":…,"step":…}`.
    fn handle(&self, call: &str, host: &dyn Host) -> Result<Vec<Effect>, Fault>;
    /// One job.
    fn work(&self, job: &Job, host: &dyn Host) -> Result<Value, Fault>;
    /// One view.
    fn view(&self, request: &ViewRequest, host: &dyn Host) -> Result<View, Fault>;
    /// One notice to be delivered.
    fn deliver(&self, notice: &Notice, outside: &dyn Outside) -> Result<Receipt, Fault>;
}

/// The seat of one type of desk.
pub(super) struct SeatOf<P>(Option<P>);

impl<P> SeatOf<P> {
    pub(super) fn new() -> SeatOf<P> {
        SeatOf(None)
    }

    fn desk(&self) -> Result<&P, Fault> {
        self.0.as_ref().ok_or_else(|| Fault::failed("the desk is not open"))
    }
}

#[derive(Deserialize)]
struct Opening<S> {
    settings: S,
    district: District,
}

#[derive(Deserialize)]
#[serde(bound(deserialize = "I: Deserialize<'de>, N: Default + Deserialize<'de>"))]
struct Call<I, N> {
    input: I,
    step: Step<N>,
}

impl<P: Plugin> Seat for SeatOf<P> {
    fn open(&mut self, opening: &str) -> Result<(), Fault> {
        self.0 = None;
        let opening: Opening<P::Settings> =
            serde_json::from_str(opening).map_err(|error| Fault::failed(format!("settings do not parse: {error}")))?;
        self.0 = Some(P::open(opening.settings, opening.district)?);
        Ok(())
    }

    fn handle(&self, call: &str, host: &dyn Host) -> Result<Vec<Effect>, Fault> {
        let call: Call<P::Input, P::Note> = serde_json::from_str(call)
            .map_err(|error| Fault::failed(format!("the input does not fit this desk: {error}")))?;
        self.desk()?.handle(call.input, &call.step, host).map(Effects::into_list)
    }

    fn work(&self, job: &Job, host: &dyn Host) -> Result<Value, Fault> {
        self.desk()?.work(job, host)
    }

    fn view(&self, request: &ViewRequest, host: &dyn Host) -> Result<View, Fault> {
        self.desk()?.view(request, host)
    }

    fn deliver(&self, notice: &Notice, outside: &dyn Outside) -> Result<Receipt, Fault> {
        self.desk()?.deliver(notice, outside)
    }
}
