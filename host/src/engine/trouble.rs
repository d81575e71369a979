//! What the engine does when its store fails.
//!
//! Always holds: an input that is answered as not stored left nothing behind, in the store or in
//! memory (I3); after a flush that failed nothing is written, flushed or answered with success any
//! more (I1), and only the next start tells whether the batch stands that was being flushed.

use std::sync::Arc;

use plugin_api::Title;

use super::batch::Batch;
use super::input::{Answer, Ask, Input};
use super::{Engine, NO_TICKET};
use crate::store::{StoreError, stopped_words};

/// An input that was taken, its instant, its ticket.
type Taken = (Arc<Input>, i64, u64);

/// What is wrong with the store.
#[derive(Debug, Default)]
pub(super) struct Trouble {
    /// Nothing is taken any more; what to tell.
    stopped: Option<Title>,
    /// The last batch was refused by the disk; what to tell.
    refused: Option<Title>,
    /// Batches that the disk refused.
    pub refusals: u32,
    /// Before this, by the clock, what is due is not tried again.
    pub held_until_ms: i64,
}

impl Trouble {
    /// A commit stands.
    pub fn end(&mut self) {
        if self.refused.take().is_some() {
            self.held_until_ms = 0;
            tracing::info!("The store takes inputs again.");
        }
    }
}

impl Engine {
    /// What was stored must still be there. A damaged byte in the log is where the database takes its end
    /// to be, and an older copy is a sound store: neither is seen otherwise.
    pub(super) fn check_stored(&self) -> Result<(), StoreError> {
        let (stored, found) = (self.marker.stored(), self.numbers.seq - 1);
        if stored <= found {
            return Ok(());
        }
        let folder = self.store.folder().display();
        Err(StoreError::Unusable(Title::new(
            format!(
                "{folder} 中的数据库只到第 {found} 行，而已存到第 {stored} 行：日志损坏，或换上了旧的副本；请用 hongling \
                 restore 恢复备份；若只能从这里接着办，请删去 {folder}/running"
            ),
            format!(
                "the store in {folder} ends at row {found}, but row {stored} had been stored: its log is damaged, or an \
                 older copy was put in its place; take a backup back with `hongling restore`, or, to go on with what \
                 is left, delete {folder}/running"
            ),
        )))
    }

    /// Why the store takes nothing at the moment, or for good.
    pub fn trouble(&self) -> Option<&Title> {
        self.trouble.stopped.as_ref().or(self.trouble.refused.as_ref())
    }

    /// Whether the store is not written any more in this life of the host.
    pub fn is_stopped(&self) -> bool {
        self.trouble.stopped.is_some()
    }

    /// Answers an input that is not even tried.
    pub(super) fn refuse_one(&mut self, ticket: u64) {
        let text = self.trouble().cloned().unwrap_or_default();
        self.finished.push((ticket, Answer::Unstored(text)));
    }

    /// Undoes the batch. What the disk refused is answered so; after any other failure the inputs are
    /// done again, each in a transaction of its own, and only the one that cannot be stored is refused.
    pub(super) fn redo(&mut self, error: StoreError) {
        let mut taken = std::mem::take(&mut self.batch.taken).into_iter();
        match error {
            StoreError::NotFlushed | StoreError::Gone(_) => return self.stop(taken, &error),
            StoreError::Full => return self.refuse(taken, &error),
            _ => tracing::warn!(%error, "A batch was undone and is done again by single inputs."),
        }
        let mut set_aside = Vec::new();
        while let Some(again) = taken.next() {
            let (ask, ticket) = (again.0.ask.clone(), again.2);
            match self.redo_one(again.clone()) {
                Ok(()) => {}
                Err(error @ (StoreError::NotFlushed | StoreError::Gone(_))) => {
                    return self.stop(std::iter::once(again).chain(taken), &error);
                }
                Err(error @ (StoreError::Full | StoreError::Disk(_))) => {
                    return self.refuse(std::iter::once(again).chain(taken), &error);
                }
                Err(error) => {
                    tracing::error!(%error, "An input could not be stored; nothing of it stands.");
                    self.finished.push((ticket, Answer::Unstored(error.words_of_input(self.store.folder()))));
                    set_aside.extend((ticket == NO_TICKET).then_some(ask));
                }
            }
        }
        self.reset();
        set_aside.into_iter().for_each(|ask| self.set_aside(&ask));
    }

    fn redo_one(&mut self, (input, now_ms, ticket): Taken) -> Result<(), StoreError> {
        self.batch = Batch::default();
        self.store.rollback()?;
        self.read_back()?;
        self.undo_sent();
        self.batch.taken.push((Arc::clone(&input), now_ms, ticket));
        let answer = self.run(&input, now_ms)?;
        self.note_answer(ticket, answer);
        self.try_commit()
    }

    /// The disk takes nothing: everything of the batch is answered so. The next input tries again;
    /// clocks, which would try without end, wait a little.
    fn refuse(&mut self, taken: impl Iterator<Item = Taken>, error: &StoreError) {
        let text = error.words_of_input(self.store.folder());
        if self.trouble.refused.is_none() {
            tracing::error!(%error, "The disk takes nothing; every input is refused until it does.");
        }
        self.finished.extend(taken.map(|(_, _, ticket)| (ticket, Answer::Unstored(text.clone()))));
        self.trouble.refused = Some(text);
        self.trouble.refusals += 1;
        self.hold();
        self.reset();
    }

    /// A flush failed or the store is gone: this life of the host writes no more.
    fn stop(&mut self, taken: impl Iterator<Item = Taken>, error: &StoreError) {
        tracing::error!(%error, "The host takes nothing more; mend what is wrong with the store, then start it again.");
        let text = error.words_of_input(self.store.folder());
        self.finished.extend(taken.map(|(_, _, ticket)| (ticket, Answer::Unstored(text.clone()))));
        self.trouble.stopped = Some(match error {
            StoreError::Gone(words) => words.clone(),
            _ => stopped_words(self.store.folder()),
        });
        self.batch = Batch::default();
        // Forgotten in memory; the file is not touched by it.
        let _ = self.store.rollback();
    }

    /// Back to what the store says.
    fn reset(&mut self) {
        self.undo_sent();
        self.batch = Batch::default();
        if let Err(error) = self.store.rollback().and_then(|()| self.read_back()) {
            tracing::error!(%error, "The store does not answer; start the host again when it does.");
            self.trouble.stopped = Some(error.words_of_input(self.store.folder()));
        }
        self.tidy_sent();
    }

    /// What nobody waits for and cannot be stored, though the disk is well, would be tried for ever and
    /// before all others. It stays in the store and is tried again at the next start.
    fn set_aside(&mut self, ask: &Ask) {
        match ask {
            Ask::Clock(id, _) => self.clocks.turn(&crate::store::rows::ClockRow { id: id.clone(), run: None }),
            Ask::Retry { delivery, .. } => self.deliveries.forget(*delivery),
            Ask::Answered(answered) => self.deliveries.forget(answered.delivery),
            Ask::Job { id, .. } => self.set_job_aside(*id),
            Ask::Schedule(occurrence) => self.set_schedule_aside(&occurrence.id),
            _ => {}
        }
    }
}
