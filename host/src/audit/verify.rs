//! Every row of the journal against its seal, its words and what was booked in it against what was
//! committed to, and the whole against heads that somebody kept.
//!
//! One pass, page by page, beside a running host. Always holds: each row is held against the seal
//! that the row before carries, so that one changed row is one misfit and is named, not all after it.

use std::collections::HashMap;

use plugin_api::{InputKind, Title};
use serde::{Serialize, Serializer};

use super::Misfit;
use super::kept::KeptHead;
use crate::erasure::{ERASE, Erasure};
use crate::limits::{MISFITS_MAX, MISFITS_SHOWN_MAX};
use crate::store::copy::RESTORED;
use crate::store::ledger::Bookings;
use crate::store::rows::{EventRow, InputRow};
use crate::store::seal::{Chain, Row, Seal, booked, commitment};
use crate::store::sealed::{EPOCH, Page, Salted, Sealed, SealedRow};
use crate::store::{Reader, StoreError};

/// What a verification found.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Report {
    /// Inputs.
    pub inputs: u64,
    /// Events.
    pub events: u64,
    /// Rows whose words were compared.
    pub words: u64,
    /// Transfers.
    pub transfers: u64,
    /// Rows whose words were erased, as an erasure says.
    pub erased: u64,
    /// The last row; 0 if there is none.
    pub seq: u64,
    /// Its seal.
    #[serde(serialize_with = "as_digits")]
    pub seal: Seal,
    /// Heads that fit.
    pub heads: u64,
    /// What does not fit, in the order of the rows, at most [`MISFITS_SHOWN_MAX`].
    pub misfits: Vec<Misfit>,
    /// How many more there are.
    pub more: u64,
}

fn as_digits<S: Serializer>(seal: &Seal, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(seal)
}

/// Verifies a journal.
///
/// # Errors
/// When the store cannot be read.
pub fn verify(reader: Reader<'_>, kept: &[KeptHead]) -> Result<Report, StoreError> {
    let mut walk = Walk { kept: kept.to_vec(), ..Walk::default() };
    let mut bookings = Bookings::new(reader);
    let mut after = 0;
    loop {
        let page = reader.sealed(after)?;
        walk.page(&page, &mut bookings)?;
        after = match page.rows.last() {
            Some(last) => last.seq,
            // Numbers are missing here, or it is the end.
            None => match reader.next_seq(after)? {
                Some(next) => next - 1,
                None => break,
            },
        };
    }
    if walk.chain.seq < reader.last_words()? {
        walk.misfit(None, &words_of_nothing());
    }
    walk.check_last_bookings(reader, &mut bookings)?;
    walk.check_epoch(reader)?;
    walk.check_matters(reader)?;
    Ok(walk.finish())
}

#[derive(Debug, Default)]
struct Walk {
    chain: Chain,
    kept: Vec<KeptHead>,
    report: Report,
    found: Vec<Misfit>,
    /// The last event of each matter.
    last_events: HashMap<u64, u64>,
    /// Rows whose words are gone.
    gone: Vec<Misfit>,
    erasures: Vec<Erasure>,
    /// How often the journal says that the store was restored.
    restored: u64,
}

impl Walk {
    fn page(&mut self, page: &Page, bookings: &mut Bookings<'_>) -> Result<(), StoreError> {
        for sealed in &page.rows {
            match &sealed.row {
                SealedRow::Input(row) => {
                    self.report.inputs += 1;
                    self.row(row, row.seal, Misfit::of_input(row));
                    self.words(row.commitment, sealed.body.as_ref(), Misfit::of_input(row));
                    self.words(row.original, sealed.original.as_ref(), Misfit::of_input(row));
                    self.booked(row.booked, bookings, Misfit::of_input(row))?;
                    self.own(row, sealed);
                }
                SealedRow::Event(row) => {
                    self.report.events += 1;
                    self.row(row, row.seal, Misfit::of_event(row));
                    self.words(row.commitment, sealed.body.as_ref(), Misfit::of_event(row));
                    self.words(None, sealed.original.as_ref(), Misfit::of_event(row));
                    self.booked(row.booked, bookings, Misfit::of_event(row))?;
                    self.last_events.insert(row.matter, row.seq);
                }
                SealedRow::Unreadable(why) => {
                    self.misfit(
                        Some(sealed.seq),
                        &Title::new(format!("这一行读不出来：{why}"), format!("the row does not read back: {why}")),
                    );
                    self.chain.seq = sealed.seq;
                }
            }
        }
        for seq in &page.stray {
            self.misfit(Some(*seq), &words_of_nothing());
        }
        Ok(())
    }

    /// A row against its number and the row before.
    fn row<R: Row>(&mut self, row: &R, seal: Seal, at: Misfit) {
        let (seq, last) = (row.seq(), self.chain.seq);
        if seq <= last {
            self.found(at.with(Title::new("这个序号有两行", "two rows have this number")));
        } else if seq != last + 1 {
            let (first, before) = (last + 1, seq - 1);
            let what = Title::new(
                format!("第 {first} 行到第 {before} 行不见了"),
                format!("rows {first} to {before} are missing"),
            );
            self.misfit(Some(first), &what);
        } else if self.chain.seal_of(row) != seal {
            self.found(at.with(Title::new(
                "内容与存证不符：这一行，或前一行的存证，被改动过",
                "does not give its seal: it, or the seal of the row before it, was changed",
            )));
        }
        (self.chain.seq, self.chain.seal) = (seq, seal);
        let is_kept = |head: &KeptHead| head.seq == seq;
        for head in self.kept.extract_if(.., |head| is_kept(head)).collect::<Vec<_>>() {
            if head.seal == seal {
                self.report.heads += 1;
            } else {
                self.misfit(
                    Some(seq),
                    &Title::new(
                        "与留存的存证不同：这一行或它前面的行被改写过",
                        "has another seal than the head that was kept: it or rows before it were written anew",
                    ),
                );
            }
        }
    }

    /// Words against what their row committed to.
    fn words(&mut self, committed: Option<[u8; 32]>, found: Option<&Salted>, at: Misfit) {
        match (committed, found) {
            (None, None) => {}
            (Some(hash), Some(words)) if commitment(&words.salt, &words.bytes) == hash => self.report.words += 1,
            (Some(_), Some(_)) => self.found(at.with(Title::new(
                "文字（或其随机数）不是当时写下的",
                "its words, or their salt, are not those that were written",
            ))),
            (Some(_), None) => self.gone.push(at),
            (None, Some(_)) => self.found(at.with(words_of_nothing())),
        }
    }

    /// What was booked in a row against what the row committed to.
    fn booked(
        &mut self,
        committed: Option<[u8; 32]>,
        bookings: &mut Bookings<'_>,
        at: Misfit,
    ) -> Result<(), StoreError> {
        let seq = at.seq.unwrap_or_default();
        let mut of_row = Vec::new();
        let mut is_readable = true;
        while let Some(booking) = bookings.next_up_to(seq)? {
            self.report.transfers += 1;
            match booking.transfer {
                _ if booking.row < seq => self.misfit(Some(booking.row), &booked_nowhere(booking.id)),
                Ok(transfer) => of_row.push(transfer),
                Err(_) => is_readable = false,
            }
        }
        let found = (!of_row.is_empty()).then(|| booked(of_row.iter()));
        if !is_readable || found != committed {
            self.found(at.with(Title::new(
                "这一步的记账不是当时登记的：有记账被改动、增加或删除",
                "what was booked in it is not what was sealed: a transfer was changed, put in or taken out",
            )));
        }
        Ok(())
    }

    /// Transfers behind all rows, which a host that runs meanwhile may have booked since.
    fn check_last_bookings(&mut self, reader: Reader<'_>, bookings: &mut Bookings<'_>) -> Result<(), StoreError> {
        let read = self.chain.seq;
        while let Some(booking) = bookings.next_up_to(u64::MAX)? {
            let has_gone_on = read < booking.row && booking.row <= reader.chain()?.seq;
            if !has_gone_on {
                self.misfit(Some(booking.row), &booked_nowhere(booking.id));
            }
        }
        Ok(())
    }

    /// What the host itself put in and this reads: erasures, and new lives of the store.
    fn own(&mut self, row: &InputRow, sealed: &Sealed) {
        self.restored += u64::from(row.kind == InputKind::Switch && *row.name == *EPOCH);
        if row.kind != InputKind::Operator || *row.name != *ERASE {
            return;
        }
        // What was changed was found above; then it names nothing.
        let body = sealed.body.as_ref().and_then(|body| serde_json::from_slice(&body.bytes).ok());
        self.erasures.extend(body);
    }

    /// Each restored backup begins an epoch, and says so at its first start.
    fn check_epoch(&mut self, reader: Reader<'_>) -> Result<(), StoreError> {
        let pending = u64::from(reader.meta(RESTORED)?.is_some());
        let (epoch, journaled) = (reader.epoch()?, 1 + self.restored + pending);
        if epoch != journaled {
            let what = Title::new(
                format!("数据库自称第 {epoch} 期，而存证中是第 {journaled} 期"),
                format!("the store says it is in epoch {epoch}; by its journal it is {journaled}"),
            );
            self.misfit(None, &what);
        }
        Ok(())
    }

    /// The events of a matter are shown from its last one back: a matter that names another one hides
    /// some, though the journal has them.
    fn check_matters(&mut self, reader: Reader<'_>) -> Result<(), StoreError> {
        let end = self.chain.seq;
        let mut events = std::mem::take(&mut self.last_events);
        let mut after = 0;
        loop {
            let page = reader.last_events(after)?;
            let Some((matter, _)) = page.last() else { break };
            after = *matter;
            for (matter, last) in page {
                let journaled = events.remove(&matter).unwrap_or(0);
                // A running host may have gone on since the journal was read.
                let has_gone_on = end < last && end < reader.chain()?.seq;
                if last != journaled && !has_gone_on {
                    self.matter_misfit(
                        matter,
                        &Title::new(
                            format!("事项说它最后一条记录是第 {last} 行，而存证中是第 {journaled} 行"),
                            format!("the matter says its last event is row {last}; in the journal it is {journaled}"),
                        ),
                    );
                }
            }
        }
        let mut left: Vec<u64> = events.into_keys().collect();
        left.sort_unstable();
        for matter in left {
            self.matter_misfit(
                matter,
                &Title::new("有办理记录，事项本身不见了", "has events, but the matter itself is missing"),
            );
        }
        Ok(())
    }

    fn finish(mut self) -> Report {
        let mut erased = None;
        for at in std::mem::take(&mut self.gone) {
            if self.erasures.iter().any(|erasure| at.seq.is_some_and(|seq| erasure.names(seq))) {
                // What was typed before it was masked goes with the row's own words.
                self.report.erased += u64::from(erased != at.seq);
                erased = at.seq;
            } else {
                self.found(at.with(Title::new(
                    "文字不见了，而没有哪次删除提到它",
                    "its words are gone, and no erasure says so",
                )));
            }
        }
        for head in std::mem::take(&mut self.kept) {
            let last = self.chain.seq;
            let what = Title::new(
                format!("留存的存证是第 {} 行，而现在只到第 {last} 行：末尾被截去，或换上了旧的副本", head.seq),
                format!(
                    "the head that was kept is row {}, and the journal ends at row {last}: rows were cut off, or an \
                     older copy was put in place",
                    head.seq
                ),
            );
            self.misfit(Some(head.seq), &what);
        }
        self.found.sort_by_key(|misfit| misfit.seq.unwrap_or(u64::MAX));
        let mut report = self.report;
        (report.seq, report.seal) = (self.chain.seq, self.chain.seal);
        report.more += self.found.len().saturating_sub(MISFITS_SHOWN_MAX) as u64;
        self.found.truncate(MISFITS_SHOWN_MAX);
        report.misfits = self.found;
        report
    }

    fn found(&mut self, misfit: Misfit) {
        if self.found.len() < MISFITS_MAX { self.found.push(misfit) } else { self.report.more += 1 }
    }

    fn misfit(&mut self, seq: Option<u64>, what: &Title) {
        self.found(Misfit { seq, ..Misfit::of_store(what.clone()) });
    }

    fn matter_misfit(&mut self, matter: u64, what: &Title) {
        self.found(Misfit { matter: Some(matter), ..Misfit::of_store(what.clone()) });
    }
}

fn booked_nowhere(id: u64) -> Title {
    Title::new(
        format!("第 {id} 笔记账没有随它所记的那一行存证"),
        format!("transfer {id} was not sealed with the row it names"),
    )
}

fn words_of_nothing() -> Title {
    Title::new("有不属于任何一行的文字", "words lie there that no row of the journal committed to")
}

impl Misfit {
    fn of_input(row: &InputRow) -> Misfit {
        let name = Some(row.name.to_string());
        Misfit { seq: Some(row.seq), matter: row.matter, name, what: Title::default() }
    }

    fn of_event(row: &EventRow) -> Misfit {
        let name = Some(row.topic.to_string());
        Misfit { seq: Some(row.seq), matter: Some(row.matter), name, what: Title::default() }
    }

    fn with(self, what: Title) -> Misfit {
        Misfit { what, ..self }
    }
}
