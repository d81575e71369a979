//! How long a read of the store has lasted: by it, and not only by its rows, it lets go (I12).

use std::time::Instant;

/// Looked at between two rows.
pub trait Watch {
    /// A read begins.
    fn start(&mut self);

    /// Milliseconds since it began.
    fn ms(&mut self) -> u64;
}

/// The machine's own time, which never goes back.
#[derive(Debug)]
pub struct Stopwatch(Instant);

impl Default for Stopwatch {
    fn default() -> Stopwatch {
        Stopwatch(Instant::now())
    }
}

impl Watch for Stopwatch {
    fn start(&mut self) {
        self.0 = Instant::now();
    }

    fn ms(&mut self) -> u64 {
        u64::try_from(self.0.elapsed().as_millis()).unwrap_or(u64::MAX)
    }
}
