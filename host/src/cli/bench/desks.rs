//! What the desks themselves take of a run, told apart from the host's own share.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use crate::engine::call::{Asked, Caller, Outcome};

/// Time spent within desks, from the call to the answer, without the questions they ask meanwhile.
#[derive(Clone, Debug, Default)]
pub(super) struct InDesks(Arc<AtomicU64>);

impl InDesks {
    /// The same desk, with its time counted here.
    pub fn watch(&self, desk: Arc<dyn Caller>) -> Arc<dyn Caller> {
        Arc::new(Watched { desk, spent_ns: Arc::clone(&self.0) })
    }

    /// All of it so far.
    pub fn spent(&self) -> Duration {
        Duration::from_nanos(self.0.load(Ordering::Relaxed))
    }
}

struct Watched {
    desk: Arc<dyn Caller>,
    spent_ns: Arc<AtomicU64>,
}

impl Caller for Watched {
    fn call(&self, verb: u32, request: &str, ask: Asked<'_>, out: &mut Vec<u8>) -> Outcome {
        let mut asked = Duration::ZERO;
        let mut ask = |question: &str| {
            let began = Instant::now();
            let answer = ask(question);
            asked += began.elapsed();
            answer
        };
        let began = Instant::now();
        let outcome = self.desk.call(verb, request, &mut ask, out);
        let spent = began.elapsed().saturating_sub(asked);
        self.spent_ns.fetch_add(u64::try_from(spent.as_nanos()).unwrap_or(u64::MAX), Ordering::Relaxed);
        outcome
    }

    fn library(&self) -> Option<String> {
        self.desk.library()
    }
}
