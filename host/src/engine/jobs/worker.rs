//! The thread that runs jobs beside the engine, one after the other, on a read connection of its own.

use std::path::PathBuf;
use std::sync::mpsc::{Receiver, SyncSender, TryRecvError, sync_channel};

use super::super::input::{Ask, Input};
use super::super::marker::JobMark;
use super::{Ended, Order};
use crate::store::{ReadStore, open_reading};

/// The thread, as the engine sees it.
#[derive(Debug)]
pub(in crate::engine) struct Worker {
    orders: SyncSender<Order>,
    ended: Receiver<Input>,
    mark: Option<JobMark>,
}

impl Worker {
    /// Starts the thread on a data folder. Whenever a job has ended, `wake` is called.
    ///
    /// # Errors
    /// When no thread can be had.
    pub fn start(data: PathBuf, mark: Option<JobMark>, wake: impl Fn() + Send + 'static) -> std::io::Result<Worker> {
        let (orders, taken) = sync_channel::<Order>(1);
        let (send, ended) = sync_channel(1);
        let kept = mark.clone();
        let work = move || {
            let mut store: Option<ReadStore> = None;
            while let Ok(order) = taken.recv() {
                let ended = run(&order, &data, &mut store, mark.as_ref());
                let ask = Ask::Job { id: order.id, ended };
                if send.send(Input { ask, by: None, key: None }).is_err() {
                    // The engine has stopped: the job is run again when it starts.
                    return;
                }
                wake();
            }
        };
        std::thread::Builder::new().name("jobs".into()).spawn(work)?;
        Ok(Worker { orders, ended, mark: kept })
    }

    /// Hands a job over; the thread has none, or has died.
    pub fn give(&self, order: Order) {
        if self.orders.try_send(order).is_err() {
            tracing::error!("The thread that runs jobs has died; restart the host.");
        }
    }

    /// The host is stopped: a job in its middle has not ended it.
    pub fn forgive(&self) {
        if let Some(mark) = &self.mark {
            mark.leave();
        }
    }

    /// The mark, for whoever runs jobs after it.
    pub fn mark(&self) -> Option<JobMark> {
        self.mark.clone()
    }

    /// What has ended since this was last asked.
    pub fn next(&self) -> Result<Input, TryRecvError> {
        self.ended.try_recv()
    }
}

fn run(order: &Order, data: &std::path::Path, store: &mut Option<ReadStore>, mark: Option<&JobMark>) -> Ended {
    if store.is_none() {
        match open_reading(data) {
            Ok(opened) => *store = Some(opened),
            Err(error) => return Ended::Failed(error.to_string()),
        }
    }
    let store = store.as_ref().expect("it was opened above");
    order.run(store.reader(), mark)
}
