//! Jobs that a step starts.

use std::sync::Arc;

use plugin_api::MatterId;
use serde_json::value::RawValue;

use super::check::check_object;
use super::{Draft, Matters, wrong};
use crate::engine::step::StepError;

/// A job to be started.
#[derive(Clone, Debug)]
pub(in crate::engine) struct JobStart {
    /// Its name.
    pub name: Arc<str>,
    /// What it is started with, JSON.
    pub params: Arc<str>,
    /// The matter it is for, and its stay.
    pub matter: Option<(MatterId, u32)>,
    /// The matter lies on the desk that starts it.
    pub is_owner: bool,
}

impl Draft<'_> {
    pub(super) fn work(
        &mut self,
        on: Option<MatterId>,
        name: &str,
        params: &RawValue,
        from: &mut dyn Matters,
    ) -> Result<(), StepError> {
        let spec = self.manifest().job(name).ok_or_else(|| wrong(format!("job {name:?} is not declared")))?;
        check_object(format_args!("the params of job {name:?}"), &spec.params, params.get()).map_err(wrong)?;
        let desk = Arc::clone(&self.desk_name);
        let (mut matter, mut is_owner) = (None, true);
        if let Some(id) = on.or(self.own) {
            let head = &self.working(id, from)?.head;
            matter = Some((id, head.stay));
            is_owner = head.desk == desk;
        }
        self.jobs.push(JobStart { name: name.into(), params: params.get().into(), matter, is_owner });
        Ok(())
    }
}
