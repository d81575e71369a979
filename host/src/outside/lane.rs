//! One outlet's lane: takes its notices in the order they are due, one at a time.
//!
//! Reads through a connection of its own and writes nothing: what it has to say it says to the engine,
//! which answers once it is on disk. So a notice whose try is not on disk is not tried, and one whose end
//! is not on disk is tried again, with the same key.

use std::fmt::Write as _;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use plugin_api::{Notice, PersonId, Receipt};
use serde_json::json;

use super::errands::Errands;
use super::veil::Veil;
use super::{OutsideError, Telling};
use crate::code::keyed_hash;
use crate::config::Config;
use crate::district::exercise_ms;
use crate::engine::call::{Caller, Outcome};
use crate::engine::input::{Answer, Ask, Input, instant};
use crate::engine::outbox::{Ended, How, Next, Turn};
use crate::engine::secret::read_secret;
use crate::limits::NOTICE_TITLE_CHARS_MAX;
use crate::mask::mask;
use crate::outlet::{ContactKind, Outlet};
use crate::store::outbox::{Faring, NoticeRow};
use crate::store::{ReadStore, StoreError, open_reading};

/// The longest a lane sleeps without looking: a clock may have been turned.
const LOOK_MS: u64 = 1_000;

/// How long a lane runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Until {
    /// Until it is stopped, or the engine is.
    Stopped,
    /// Until nothing is due.
    NothingIsDue,
}

/// One outlet's lane.
pub(super) struct OutletLane {
    config: Arc<Config>,
    at: usize,
    caller: Arc<dyn Caller>,
    db: ReadStore,
    secret: [u8; 32],
    telling: Telling,
    is_stopping: Arc<AtomicBool>,
    id: Arc<str>,
}

impl OutletLane {
    pub(super) fn new(
        config: &Arc<Config>,
        callers: &[Arc<dyn Caller>],
        at: usize,
        telling: &Telling,
        is_stopping: Arc<AtomicBool>,
    ) -> Result<OutletLane, OutsideError> {
        let outlet = &config.outlets[at];
        let db = open_reading(&config.data)?;
        let secret = read_secret(db.reader())?;
        let secret = secret.ok_or_else(|| StoreError::Damaged("the district has no secret".to_owned()))?;
        Ok(OutletLane {
            at,
            caller: Arc::clone(&callers[outlet.desk.get()]),
            db,
            secret,
            telling: telling.clone(),
            is_stopping,
            id: outlet.id.as_str().into(),
            config: Arc::clone(config),
        })
    }

    pub(super) fn name(&self) -> &str {
        &self.id
    }

    fn outlet(&self) -> &Outlet {
        &self.config.outlets[self.at]
    }

    /// Delivers until it is time to end.
    pub(super) fn run(&self, until: Until) {
        let mut next = Next::First;
        let mut ended: Option<Ended> = None;
        while !self.is_stopping.load(Ordering::Relaxed) {
            let rung = self.telling.bell.count();
            if next == Next::Another && ended.is_none() {
                match self.wait_ms() {
                    Some(0) => {}
                    _ if until == Until::NothingIsDue => return,
                    wait_ms => {
                        let wait_ms = wait_ms.unwrap_or(LOOK_MS * 60).min(LOOK_MS * 60);
                        self.telling.bell.wait(rung, Duration::from_millis(wait_ms));
                        continue;
                    }
                }
            }
            let Some(is_noted) = self.tell(ended.clone(), next) else { return };
            if !is_noted {
                // The store is in trouble: what was said is said again.
                self.telling.bell.wait(rung, Duration::from_millis(LOOK_MS));
                continue;
            }
            next = Next::Another;
            ended = self.take_claimed();
        }
        if ended.is_some() {
            self.tell(ended, Next::Nothing);
        }
    }

    /// How long until the next notice is due; none where none waits.
    fn wait_ms(&self) -> Option<u64> {
        match self.db.reader().next_notice_due(&self.id) {
            Ok((due_ms, last_ms)) => {
                let now_ms = self.telling.clock.now_ms().max(last_ms);
                // No longer than a look: what shows the time may be turned, or set right.
                Some((due_ms? - now_ms).clamp(0, LOOK_MS as i64).unsigned_abs())
            }
            Err(error) => {
                tracing::warn!(%error, outlet = %self.id, "An outlet cannot read the store and looks again.");
                Some(LOOK_MS)
            }
        }
    }

    /// Tells the engine; whether it was noted, or none where the engine has stopped.
    fn tell(&self, ended: Option<Ended>, next: Next) -> Option<bool> {
        let ask = Ask::Deliver(Turn { outlet: Arc::clone(&self.id), ended, next });
        let answer = self.telling.engine.put(Input { ask, by: None, key: None }).ok()?.recv().ok()?;
        Some(matches!(answer, Answer::Done(_)))
    }

    /// Delivers the notice that is this lane's.
    fn take_claimed(&self) -> Option<Ended> {
        match self.db.reader().claimed_notice(&self.id) {
            Ok(Some((row, faring))) => {
                // An error of the host's own costs this try and not the lane.
                let how = catch_unwind(AssertUnwindSafe(|| self.deliver(&row, &faring)));
                let how = how.unwrap_or_else(|_| How::Failed("the host failed while it delivered".to_owned()));
                Some(Ended { notice: row.id, how })
            }
            Ok(None) => None,
            Err(error) => {
                tracing::error!(%error, outlet = %self.id, "A notice cannot be read, and waits for the next start.");
                None
            }
        }
    }

    fn deliver(&self, row: &NoticeRow, faring: &Faring) -> How {
        match self.try_deliver(row, faring) {
            Ok(how) => how,
            Err(error) => How::Failed(format!("the store cannot be read: {error}")),
        }
    }

    fn try_deliver(&self, row: &NoticeRow, faring: &Faring) -> Result<How, StoreError> {
        let outlet = self.outlet();
        let desk = &self.config.desks[outlet.desk.get()];
        let is_exercise = exercise_ms(self.db.reader())?.is_some();
        if is_exercise && desk.grants.reach_out() {
            return Ok(How::Held);
        }
        let mut veil = Veil::default();
        let address = match outlet.address {
            None => None,
            Some(kind) => match self.contact(&row.person, kind)? {
                Some(contact) => Some(veil.cover(&contact)),
                None => return Ok(How::Unreachable),
            },
        };
        let notice = self.notice(row, faring, address)?;
        let request = serde_json::to_string(&notice).expect("a notice is plain JSON");
        let mut errands = Errands::new(desk, &self.config.folder, is_exercise, &*self.telling.clock, veil);
        let mut out = Vec::new();
        let outcome = self.caller.deliver(&request, &mut |errand| errands.run(errand), &mut out);
        let shown = |text: &str| mask(&errands.hide(text)).chars().take(NOTICE_TITLE_CHARS_MAX).collect::<String>();
        Ok(match outcome {
            Outcome::Ok => match serde_json::from_slice::<Receipt>(&out) {
                Ok(receipt) => How::Delivered(receipt.id.map(|id| shown(&id))),
                // It has left: to try again would send it twice for a slip in the desk's answer.
                Err(_) => How::Delivered(None),
            },
            Outcome::Refused(objections) => {
                How::GivenUp(errands.hide(&plugin_api::Fault::Refused(objections).to_string()))
            }
            Outcome::Failed(text) | Outcome::Died(text) => How::Failed(errands.hide(&text)),
            Outcome::NotOffered => How::GivenUp("the desk delivers nothing".to_owned()),
        })
    }

    fn notice(&self, row: &NoticeRow, faring: &Faring, address: Option<String>) -> Result<Notice, StoreError> {
        let number = match row.matter {
            None => None,
            Some(id) => {
                let head = self.db.reader().head(plugin_api::MatterId(id))?;
                head.map(|stored| crate::store::parse_head(&stored.head)).transpose()?.map(|head| head.number)
            }
        };
        Ok(Notice {
            key: self.key(row),
            id: row.id,
            at: instant(row.at_ms),
            outlet: row.outlet.to_string(),
            desk: row.desk.to_string(),
            template: row.template.to_string(),
            person: PersonId::new(&*row.person),
            address,
            number: number.map(|number| number.to_string()),
            title: row.title.to_string(),
            text: row.text.to_string(),
            attempt: faring.attempts,
        })
    }

    /// The same for the same notice in every life of the host, and no other's: not of another district,
    /// nor of one that got the same number after a copy of the store was put back.
    fn key(&self, row: &NoticeRow) -> String {
        let of = json!([row.id, row.input, row.at_ms, row.person, row.outlet, row.desk, row.template]).to_string();
        let hash = keyed_hash(&self.secret, "notice", of.as_bytes());
        hash[..16].iter().fold(String::new(), |mut hex, byte| {
            write!(hex, "{byte:02x}").expect("a text takes any text");
            hex
        })
    }

    /// How somebody is reached: by the directory, or by what they gave when they reported.
    fn contact(&self, person: &str, kind: ContactKind) -> Result<Option<String>, StoreError> {
        if let Some(contact) = self.config.contacts.find(&PersonId::new(person), kind) {
            return Ok(Some(contact.to_owned()));
        }
        let given = self.db.reader().contact_of(person)?;
        Ok(given.filter(|contact| ContactKind::of(contact) == kind))
    }
}
