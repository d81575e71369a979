//! How a matter's life goes on: closed, reopened, joined, released, tied, handed over.

use std::sync::Arc;

use plugin_api::manifest::Keep;
use plugin_api::{Link, MatterId, PersonId, Status};

use super::check::find_stage;
use super::{Draft, Matters, wrong};
use crate::engine::batch::Dirty;
use crate::engine::step::StepError;
use crate::routes::DeskIx;
use crate::store::rows::ClockRow;

impl Draft<'_> {
    pub(super) fn close(
        &mut self,
        id: MatterId,
        status: Status,
        outcome: Arc<str>,
        from: &mut dyn Matters,
    ) -> Result<(), StepError> {
        let working = self.owned_open(id, from)?;
        working.head.status = status;
        working.head.outcome = Some(outcome);
        working.head.set_holders(Vec::new());
        working.head.host.unrouted = false;
        working.dirty = working.dirty.max(Dirty::Head);
        self.drop_clocks(id, from, |_| true);
        self.say_host(id, "closed", String::new());
        Ok(())
    }

    pub(super) fn reopen(&mut self, id: MatterId, stage: String, from: &mut dyn Matters) -> Result<(), StepError> {
        let manifest = self.manifest();
        let working = self.owned(id, from)?;
        if working.head.status != Status::Closed {
            return Err(wrong(format!("matter {id} is not closed")));
        }
        working.head.stage = find_stage(manifest, &working.head.kind, &stage)?;
        working.head.status = Status::Open;
        working.head.outcome = None;
        working.dirty = working.dirty.max(Dirty::Head);
        self.say_host(id, "reopened", String::new());
        Ok(())
    }

    pub(super) fn join(&mut self, id: MatterId, master: MatterId, from: &mut dyn Matters) -> Result<(), StepError> {
        if id == master {
            return Err(wrong(format!("matter {id} cannot be joined into itself")));
        }
        if self.working(master, from)?.head.status != Status::Open {
            return Err(wrong(format!("matter {master} is not open, so nothing can be joined into it")));
        }
        let child = self.owned_open(id, from)?;
        child.head.links.push(Link { how: "joined-into".into(), to: master });
        let reporters = child.head.reporters.clone();
        self.close(id, Status::Joined, "joined".into(), from)?;
        let master_head = &mut self.working(master, from)?.head;
        for reporter in reporters {
            if !master_head.reporters.contains(&reporter) {
                master_head.reporters.push(reporter);
            }
        }
        self.touch(master);
        self.say_host(master, "joined", format!("{{\"child\":{}}}", id.0));
        Ok(())
    }

    pub(super) fn release(&mut self, child: MatterId, from: &mut dyn Matters) -> Result<(), StepError> {
        let working = self.owned(child, from)?;
        let at = working.head.links.iter().position(|link| link.how == "joined-into");
        let (Status::Joined, Some(at)) = (working.head.status, at) else {
            return Err(wrong(format!("matter {child} is not joined into another")));
        };
        let master = working.head.links.remove(at).to;
        working.head.status = Status::Open;
        working.head.outcome = None;
        let reporters = working.head.reporters.clone();
        self.touch(child);
        self.working(master, from)?.head.reporters.retain(|reporter| !reporters.contains(reporter));
        self.touch(master);
        self.say_host(master, "released", format!("{{\"child\":{}}}", child.0));
        Ok(())
    }

    pub(super) fn link(
        &mut self,
        id: MatterId,
        to: MatterId,
        how: String,
        from: &mut dyn Matters,
    ) -> Result<(), StepError> {
        self.working(to, from)?;
        let working = self.working(id, from)?;
        let link = Link { how, to };
        if !working.head.links.contains(&link) {
            working.head.links.push(link);
            working.dirty = working.dirty.max(Dirty::Head);
            self.say_host(id, "linked", format!("{{\"to\":{}}}", to.0));
        }
        Ok(())
    }

    fn touch(&mut self, id: MatterId) {
        if let Some(working) = self.matters.get_mut(&id.0) {
            working.dirty = working.dirty.max(Dirty::Head);
        }
    }

    /// Drops the clocks of a matter that `which` names, also those started in this very step.
    pub fn drop_clocks(&mut self, id: MatterId, from: &dyn Matters, which: impl Fn(Keep) -> bool) {
        for (clock, run) in from.clocks(id) {
            if which(run.keep) {
                self.clocks.push(ClockRow { id: clock.clone(), run: None });
            }
        }
        for row in &mut self.clocks {
            if row.id.matter == id.0 && row.run.as_ref().is_some_and(|run| which(run.keep)) {
                row.run = None;
            }
        }
    }

    /// Hands a matter over to another desk: a new stay in its entry stage, with nobody holding it.
    pub fn hand_over(&mut self, id: MatterId, to: DeskIx, from: &mut dyn Matters) -> Result<(), StepError> {
        let spec = &self.config.desks[to.get()];
        let kind = Arc::clone(&self.working(id, from)?.head.kind);
        let stage = spec.manifest.kind(&kind).and_then(|kind| kind.entry());
        let stage = stage.ok_or_else(|| wrong(format!("desk {:?} has no stages for kind {kind:?}", spec.name)))?;
        self.drop_clocks(id, from, |keep| keep == Keep::Stay);
        let working = self.working(id, from)?;
        working.head.desk = spec.name.as_str().into();
        working.head.stay += 1;
        working.head.stage = stage.name.as_str().into();
        working.head.set_holders(Vec::new());
        working.head.host.unrouted = false;
        working.dirty = working.dirty.max(Dirty::Head);
        Ok(())
    }

    /// Remembers who did an action, if another action of the desk asks for somebody else.
    pub fn remember_doer(&mut self, id: MatterId, action: &str, by: Option<PersonId>) {
        let is_asked = self.manifest().action.iter().any(|other| other.other_than.iter().any(|name| name == action));
        let (Some(by), true) = (by, is_asked) else { return };
        let desk: Arc<str> = self.spec().name.as_str().into();
        if let Some(working) = self.matters.get_mut(&id.0) {
            let did = (desk, action.into(), by);
            if !working.head.host.did.contains(&did) {
                working.head.host.did.push(did);
                working.dirty = working.dirty.max(Dirty::Head);
            }
        }
    }
}
