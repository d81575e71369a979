//! The threads that call desks in processes of their own, one a desk, beside the engine.
//!
//! Always holds: the steps of one desk are called in the order they were sent; a desk whose process
//! died is left alone until it may be started again, and its steps wait with it.

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, TryRecvError, channel};
use std::time::Duration;

use super::Order;
use crate::engine::call::{Caller, Outcome};
use crate::engine::input::Input;
use crate::limits::AHEAD_MAX;
use crate::store::{ReadStore, open_reading};

/// Called whenever a step has come to something.
type Wake = Arc<dyn Fn() + Send + Sync>;

/// All of them.
pub(in crate::engine) struct Lanes {
    data: PathBuf,
    wake: Wake,
    by_desk: HashMap<String, Sender<Order>>,
    send: Sender<Input>,
    came: Receiver<Input>,
}

impl std::fmt::Debug for Lanes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Lanes of {} desks", self.by_desk.len())
    }
}

impl Lanes {
    /// None yet.
    pub fn new(data: PathBuf, wake: impl Fn() + Send + Sync + 'static) -> Lanes {
        let (send, came) = channel();
        Lanes { data, wake: Arc::new(wake), by_desk: HashMap::new(), send, came }
    }

    /// Hands a step over. If no thread can be had for its desk it has failed.
    pub fn give(&mut self, order: Order, desk: &str) {
        let lane = match self.by_desk.get(desk) {
            Some(lane) => lane.clone(),
            None => match self.start(desk) {
                Ok(lane) => lane,
                Err(error) => return self.fail(&order, &format!("no thread for its desk: {error}")),
            },
        };
        if let Err(refused) = lane.send(order) {
            self.by_desk.remove(desk);
            self.fail(&refused.0, "the thread of its desk has died");
        }
    }

    /// What has come back since this was last asked.
    pub fn next(&self) -> Option<Input> {
        self.came.try_recv().ok()
    }

    fn fail(&self, order: &Order, why: &str) {
        let failed = order.came(Outcome::Failed(why.to_owned()), b"");
        // This end is held here.
        let _ = self.send.send(failed);
        (self.wake)();
    }

    fn start(&mut self, desk: &str) -> std::io::Result<Sender<Order>> {
        let (lane, orders) = channel();
        let (data, send, wake) = (self.data.clone(), self.send.clone(), Arc::clone(&self.wake));
        let work = move || {
            let mut store = None;
            while let Some(mut batch) = take(&orders) {
                let ran = catch_unwind(AssertUnwindSafe(|| run(&mut batch, &data, &mut store, &send, &*wake)));
                match ran {
                    Ok(Some(())) => {}
                    // The engine has stopped: what was not told is sent again when it starts.
                    Ok(None) => return,
                    // The host's own fault: the steps fail, and the others of the desk go on.
                    Err(_) => {
                        tracing::error!("The host failed while it called an isolated desk.");
                        let failed = |order: &Order| order.came(Outcome::Failed(HOST_FAILED.to_owned()), b"");
                        if batch.iter().any(|order| send.send(failed(order)).is_err()) {
                            return;
                        }
                        wake();
                    }
                }
            }
        };
        std::thread::Builder::new().name(format!("lane-{desk}")).spawn(work)?;
        self.by_desk.insert(desk.to_owned(), lane.clone());
        Ok(lane)
    }
}

const HOST_FAILED: &str = "the host failed while it called the desk";

/// The next steps, at least one; none when the engine has stopped.
fn take(orders: &Receiver<Order>) -> Option<Vec<Order>> {
    let mut batch = vec![orders.recv().ok()?];
    while batch.len() < AHEAD_MAX {
        match orders.try_recv() {
            Ok(order) => batch.push(order),
            Err(TryRecvError::Empty | TryRecvError::Disconnected) => break,
        }
    }
    Some(batch)
}

fn run(
    batch: &mut Vec<Order>,
    data: &Path,
    store: &mut Option<ReadStore>,
    send: &Sender<Input>,
    wake: &dyn Fn(),
) -> Option<()> {
    while let Some(first) = batch.first() {
        let caller = Arc::clone(&first.caller);
        rest(&*caller);
        // After a reload the later steps may be another library's.
        let same = batch.iter().take_while(|order| Arc::ptr_eq(&order.caller, &caller)).count();
        let requests: Vec<&str> = batch[..same].iter().map(|order| &*order.request).collect();
        let mut is_stopped = false;
        let told = caller.step_ahead(
            &requests,
            &mut |nth, question| {
                let store = reading(data, store)?;
                batch[nth].answer(question, store.reader())
            },
            &mut |nth, outcome, out| {
                is_stopped |= send.send(batch[nth].came(outcome, out)).is_err();
                wake();
            },
        );
        if is_stopped {
            return None;
        }
        batch.drain(..told);
    }
    Some(())
}

/// Waits until a process may be started again.
pub(super) fn rest(caller: &dyn Caller) {
    loop {
        match caller.rests_ms() {
            0 => return,
            ms => std::thread::park_timeout(Duration::from_millis(ms)),
        }
    }
}

fn reading<'s>(data: &Path, store: &'s mut Option<ReadStore>) -> Result<&'s ReadStore, String> {
    if store.is_none() {
        *store = Some(open_reading(data).map_err(|error| error.to_string())?);
    }
    Ok(store.as_ref().expect("it was opened above"))
}
