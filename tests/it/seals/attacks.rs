//! Attacks on a copy of the store by somebody who can write its file: each takes the guards away
//! first and puts them back, and some compute seals as the host does.

use std::path::Path;

use hongling::audit::kept::KeptHead;
use hongling::store::open_reading;
use hongling::store::seal::Chain;
use hongling::store::sealed::SealedRow;
use rusqlite::Connection;

use super::{journal, verified};
use crate::scratch::Scratch;

/// Positions that each attack is tried at.
const POSITIONS: u64 = 100;

const GUARDS: [&str; 4] = ["input_kept", "input_fixed", "event_kept", "event_fixed"];

/// What an attack must be found as.
enum Found {
    /// The first misfit is of this row.
    At(u64),
    /// Of this row or of the one after it: the seals alone cannot tell.
    AtOrAfter(u64),
    /// Only a kept head shows it; then the misfit is of the row that was kept.
    ByHead,
    /// The first misfit is of this matter.
    OfMatter(u64),
}

/// A store under attack.
struct Attacked<'a> {
    db: Connection,
    data: &'a Path,
    /// Row the attack is aimed at.
    seq: u64,
    last: u64,
}

impl Attacked<'_> {
    fn run(&self, sql: &str) {
        self.db.execute_batch(sql).unwrap_or_else(|error| panic!("{sql}: {error}"));
    }

    fn number(&self, sql: &str) -> u64 {
        self.db.query_row(sql, [], |row| row.get(0)).unwrap_or_else(|error| panic!("{sql}: {error}"))
    }

    /// The table that has the row aimed at.
    fn table(&self) -> &'static str {
        self.table_of(self.seq)
    }

    fn table_of(&self, seq: u64) -> &'static str {
        let found = self.number(&format!("select exists (select 1 from input where seq = {seq})"));
        if found == 1 { "input" } else { "event" }
    }

    /// The row aimed at goes, with its words.
    fn take_out(&self) {
        for table in [self.table(), "body", "original"] {
            self.run(&format!("delete from {table} where seq = {}", self.seq));
        }
    }

    /// A row at or after the one aimed at that has something in a table, else the first one that has.
    fn near(&self, table: &str) -> u64 {
        let seq = self.seq;
        self.number(&format!(
            "select coalesce((select min(seq) from {table} where seq >= {seq}), (select min(seq) from {table}))"
        ))
    }

    /// Computes the seals from a row to another anew, as the host would.
    fn reseal(&self, from: u64, to: u64) {
        let reading = open_reading(self.data).unwrap();
        let mut rows = Vec::new();
        while let Some(next) = reading.reader().next_seq(rows.last().map_or(0, |row: &(u64, SealedRow)| row.0)).unwrap()
        {
            let page = reading.reader().sealed(next - 1).unwrap();
            rows.extend(page.rows.into_iter().map(|sealed| (sealed.seq, sealed.row)));
        }
        let mut chain = Chain::default();
        self.run("begin");
        for (seq, row) in rows {
            let (computed, stored) = match &row {
                SealedRow::Input(row) => (chain.seal_of(row), row.seal),
                SealedRow::Event(row) => (chain.seal_of(row), row.seal),
                SealedRow::Unreadable(why) => panic!("{why}"),
            };
            let is_new = (from..=to).contains(&seq);
            (chain.seq, chain.seal) = (seq, if is_new { computed } else { stored });
            if is_new {
                let sql = format!("update {} set seal = ?2 where seq = ?1", self.table_of(seq));
                self.db.execute(&sql, rusqlite::params![seq, computed.0]).unwrap();
            }
        }
        self.run("commit");
    }
}

type Attack = fn(&Attacked<'_>) -> Found;

const ATTACKS: [(&str, Attack); 14] = [
    ("a field is changed", |on| {
        let input = ["at = at + 60000", "name = (select id from name where text = 'house')", "by = 1", "matter = 77"];
        let event = ["at = at - 1", "stay = stay + 1", "route = 1", "facts = '{}'", "matter = matter + 1", "prev = 77"];
        let fields: &[&str] = if on.table() == "input" { &input } else { &event };
        let field = fields[on.seq as usize % fields.len()];
        on.run("insert or ignore into name (text) values ('house')");
        on.run(&format!("update {} set {field} where seq = {}", on.table(), on.seq));
        Found::At(on.seq)
    }),
    ("a field is changed and its seal with it", |on| {
        on.run(&format!("update {} set at = at + 1 where seq = {}", on.table(), on.seq));
        on.reseal(on.seq, on.seq);
        if on.seq == on.last { Found::ByHead } else { Found::At(on.seq + 1) }
    }),
    ("two rows are swapped", |on| {
        let from = on.seq.min(on.last - 4);
        let one = on.number(&format!("select min(seq) from event where seq >= {from}"));
        let other = on.number(&format!("select min(seq) from event where seq > {one}"));
        on.run(&format!(
            "update event set seq = -1 where seq = {one}; update event set seq = {one} where seq = {other};
             update event set seq = {other} where seq = -1"
        ));
        Found::At(one)
    }),
    ("a row is taken out", |on| {
        on.take_out();
        if on.seq == on.last { Found::ByHead } else { Found::At(on.seq) }
    }),
    ("a row is taken out and those after it moved up", |on| {
        on.run("begin");
        on.take_out();
        for seq in on.seq + 1..=on.last {
            on.run(&format!("update {} set seq = {seq} - 1 where seq = {seq}", on.table_of(seq)));
        }
        on.run("commit");
        if on.seq == on.last { Found::ByHead } else { Found::AtOrAfter(on.seq) }
    }),
    ("the tail is cut off", |on| {
        for table in ["input", "event", "body", "original"] {
            on.run(&format!("delete from {table} where seq > {}", on.seq.min(on.last - 1)));
        }
        // Whoever is thorough: the matters know of no later events.
        on.run("update matter set last = coalesce((select max(seq) from event where matter = id), 0)");
        on.run("delete from matter where last = 0; delete from words where matter not in (select id from matter)");
        Found::ByHead
    }),
    ("a row is put in", |on| {
        let row = "select seq + 1, input, at, matter, stay, topic, desk, by, route, facts, null, prev, booked, seal";
        on.run(&format!("insert into event {row} from event where seq = {}", on.last));
        Found::At(on.last + 1)
    }),
    ("a number is given twice", |on| {
        if on.table() == "input" {
            let row = "input, at, matter, stay, topic, desk, by, route, facts, commitment, prev, booked, seal";
            on.run(&format!("insert into event select {}, {row} from event limit 1", on.seq));
        } else {
            let row = "at, kind, by, desk, name, matter, config, commitment, original, booked, seal";
            on.run(&format!("insert into input select {}, {row} from input limit 1", on.seq));
        }
        Found::AtOrAfter(on.seq)
    }),
    ("words are changed", |on| {
        let seq = on.near("body");
        let more = if on.seq % 2 == 0 { "x'20'" } else { "x'00'" };
        on.run(&format!("update body set bytes = cast(bytes || {more} as blob) where seq = {seq}"));
        Found::At(seq)
    }),
    ("a salt is changed", |on| {
        let seq = on.near("body");
        on.run(&format!("update body set salt = randomblob(16) where seq = {seq}"));
        Found::At(seq)
    }),
    ("words are taken away, or what was typed before it was masked", |on| {
        let table = if on.seq % 2 == 0 { "body" } else { "original" };
        let seq = on.near(table);
        on.run(&format!("delete from {table} where seq = {seq}"));
        Found::At(seq)
    }),
    ("a desk is renamed everywhere", |on| {
        let council = "desk = (select id from name where text = 'council')";
        let all = format!("select seq from event where {council} union all select seq from input where {council}");
        let first = on.number(&format!("select min(seq) from ({all})"));
        on.run("update name set text = 'court' where text = 'council'");
        Found::At(first)
    }),
    ("a matter hides its last event", |on| {
        let matter = on.seq % 24 + 1;
        on.run(&format!("update matter set last = (select prev from event where seq = last) where id = {matter}"));
        Found::OfMatter(matter)
    }),
    ("everything from a row on is written anew", |on| {
        on.run(&format!("update {} set at = at + 1 where seq = {}", on.table(), on.seq));
        on.reseal(on.seq, on.last);
        Found::ByHead
    }),
];

/// Takes the guards away, lets somebody do something, and puts them back as they were.
fn attack(data: &Path, seq: u64, last: u64, attack: Attack) -> Found {
    let db = Connection::open(data.join("hongling.db")).unwrap();
    // What happens to the copy when the machine stops is no matter here.
    db.execute_batch("pragma synchronous = off").unwrap();
    let guards: Vec<String> = GUARDS
        .iter()
        .map(|name| db.query_row("select sql from sqlite_schema where name = ?1", [name], |row| row.get(0)).unwrap())
        .collect();
    for name in GUARDS {
        db.execute_batch(&format!("drop trigger {name}")).unwrap();
    }
    let on = Attacked { db, data, seq, last };
    let found = attack(&on);
    guards.iter().for_each(|sql| on.run(sql));
    found
}

fn head(data: &Path) -> KeptHead {
    let report = verified(data, &[]);
    assert!(report.misfits.is_empty(), "{:?}", report.misfits);
    KeptHead { seq: report.seq, seal: report.seal }
}

/// Every attack at a hundred positions: found, and located.
#[test]
fn every_attack_is_found_and_located() {
    let story = journal();
    let data = story.folder().join("data");
    let kept = head(&data);
    let copy = Scratch::new();
    let folder = copy.path();
    for (name, how) in ATTACKS {
        for position in 0..POSITIONS {
            std::fs::copy(data.join("hongling.db"), folder.join("hongling.db")).unwrap();
            let seq = 1 + position * (kept.seq - 1) / (POSITIONS - 1);
            let found = attack(folder, seq, kept.seq, how);
            let report = verified(folder, &[kept]);
            let first = report.misfits.first();
            let at = first.and_then(|misfit| misfit.seq);
            let is_located = match found {
                Found::At(row) => at == Some(row),
                Found::AtOrAfter(row) => at == Some(row) || at == Some(row + 1),
                Found::ByHead => {
                    // The control: without a kept head there is nothing to see in the rows.
                    let alone = verified(folder, &[]);
                    let in_rows = alone.misfits.iter().find(|misfit| misfit.seq.is_some_and(|seq| seq <= kept.seq));
                    assert!(in_rows.is_none(), "{name}, row {seq} of {}: {in_rows:?}", kept.seq);
                    at == Some(kept.seq)
                }
                Found::OfMatter(matter) => first.and_then(|misfit| misfit.matter) == Some(matter),
            };
            assert!(is_located, "{name}, row {seq} of {}: {:?}", kept.seq, report.misfits);
        }
    }
}

/// The rows are guarded: whoever forgets to take the triggers away changes nothing, and taking them
/// away shows.
#[test]
fn the_journal_is_append_only() {
    let story = journal();
    let data = story.folder().join("data");
    let db = Connection::open(data.join("hongling.db")).unwrap();
    for sql in [
        "update input set at = 1",
        "delete from input",
        "update event set topic = 1 where seq = 5",
        "delete from event where seq = 5",
    ] {
        let refused = db.execute_batch(sql).unwrap_err();
        assert!(refused.to_string().contains("append-only"), "{sql}: {refused}");
    }
    db.execute_batch("drop trigger event_fixed; create trigger odd after insert on event begin select 1; end").unwrap();
    let changed = open_reading(&data).unwrap().reader().changed_schema().unwrap();
    assert_eq!(changed, ["event_fixed", "odd"]);
}

/// An older copy of the whole store fits in itself; only the kept head tells, also when it has grown
/// past that head again.
#[test]
fn an_older_copy_shows_against_a_kept_head() {
    let mut story = journal();
    let data = story.folder().join("data");
    let older = std::fs::read(data.join("hongling.db")).unwrap();
    story.tell("at 2026-03-21 08:00\nopen {\"title\": \"停水了\", \"place\": \"西苑小区\"}");
    story.stop();
    let kept = head(&data);
    std::fs::write(data.join("hongling.db"), older).unwrap();
    // Whoever is thorough: it says up to where there was something.
    std::fs::remove_file(data.join("running")).unwrap();
    assert_ne!(head(&data).seq, kept.seq, "it fits in itself");
    let report = verified(&data, &[kept]);
    assert_eq!(report.misfits[0].seq, Some(kept.seq));
    assert!(report.misfits[0].what.en.contains("ends at row"), "{:?}", report.misfits);
    for _ in 0..4 {
        story.tell("open {\"title\": \"停电了\", \"place\": \"西苑小区\"}");
    }
    story.stop();
    assert!(kept.seq < head(&data).seq);
    let report = verified(&data, &[kept]);
    assert_eq!((report.misfits.len(), report.misfits[0].seq), (1, Some(kept.seq)));
    assert!(report.misfits[0].what.en.contains("another seal"), "{:?}", report.misfits);
}
