//! What must hold at the end of a seed's run, from the tokens that its desks left behind.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use rusqlite::{Connection, OpenFlags};
use serde_json::Value;

use super::desk::WATCHER;
use super::world::{Fate, Sent};

/// Where an event's route leads, and who watches.
const ROUTES: [(&str, &str); 5] = [
    ("odd-to-even", "even"),
    ("even-to-third", "third"),
    ("even-to-odd", "odd"),
    ("third-to-odd", "odd"),
    ("again", "odd"),
];

/// The routes by id, for the checks that hold of every store.
pub fn routes() -> BTreeMap<String, String> {
    ROUTES.iter().map(|(id, to)| ((*id).to_owned(), (*to).to_owned())).collect()
}

/// A step's record: which desk left it, on which matter, what it was called with.
struct Seen {
    desk: String,
    token: String,
    matter: u64,
    from: Option<String>,
    is_owner: bool,
    tells: bool,
    /// When it set the bell to ring.
    bell: Option<i64>,
    /// It set the bell, or stopped it.
    is_bell_turned: bool,
    /// What it booked, in words.
    booked: Vec<String>,
}

/// An event that somebody should hear.
struct Heard {
    seq: u64,
    matter: u64,
    topic: String,
    how: String,
    desk: String,
    route: Option<String>,
}

/// Running clocks whose time has come.
const LATE: &str = "select matter || ' ' || run from clock where json_extract(run, '$.state') = 'running'
    and round((julianday(json_extract(run, '$.due')) - 2440587.5) * 86400000.0) < (select max(at) from input)";

/// Clocks that fired: the matter, and as of when.
const RANG: &str = "select i.matter, json_extract(cast(b.bytes as text), '$.due') from input i
    join body b on b.seq = i.seq where i.kind = 4 order by i.seq";

struct Look {
    db: Connection,
    seen: Vec<Seen>,
    heard: Vec<Heard>,
    found: Vec<String>,
}

/// How often what happened: a run in which little does proves little.
pub fn tally(data: &Path) -> BTreeMap<String, u64> {
    let db = Connection::open_with_flags(data.join("hongling.db"), OpenFlags::SQLITE_OPEN_READ_WRITE).unwrap();
    let sql = "select 'input ' || n.text, count(*) from input i join name n on n.id = i.name group by n.text
               union all select 'event ' || t.text, count(*) from event e join name t on t.id = e.topic group by t.text
               union all select case when due is null then 'parked' else 'held' end || case owner when 1 then '' else ' watch' end,
               count(*) from delivery group by 1
               union all select 'matter on ' || d.text, count(*) from matter m join name d on d.id = m.desk group by 1
               union all select 'notice ' || case state when 2 then 'delivered' when 3 then 'parked' else 'else' end,
               count(*) from sending group by 1
               union all select 'closed', count(*) from matter where status = 1
               union all select case when reverses is null then 'booked' else 'undone' end, count(*) from transfer group by 1
               union all select 'overdrawn', count(*) from delivery where error like '%余额%' or error like '%holds%'";
    let mut find = db.prepare(sql).unwrap();
    let rows = find.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
    // What never happened is not told, not even as nothing.
    rows.map(Result::unwrap).filter(|(_, times)| *times != 0).collect()
}

/// Every violation.
pub fn violations(data: &Path, sent: &[Sent]) -> Vec<String> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE;
    let db = Connection::open_with_flags(data.join("hongling.db"), flags).unwrap();
    let (seen, heard) = (read_seen(&db), read_heard(&db));
    let mut look = Look { db, seen, heard, found: Vec::new() };
    look.check_sent(sent);
    look.check_whole_steps();
    look.check_deliveries();
    look.check_order_of_watches();
    look.check_nothing_held_for_ever();
    look.check_bells();
    look.check_every_bell();
    look.check_money();
    look.check_nothing_stolen();
    look.check_notices();
    look.found
}

impl Look {
    fn rows<T>(&self, sql: &str, each: impl FnMut(&rusqlite::Row<'_>) -> rusqlite::Result<T>) -> Vec<T> {
        self.db.prepare(sql).unwrap().query_map([], each).unwrap().collect::<Result<_, _>>().unwrap()
    }

    /// I1, P3: what was answered with success is in the journal once, what was refused is not, and what
    /// nobody was told of is there once or not at all.
    fn check_sent(&mut self, sent: &[Sent]) {
        let sql = "select cast(b.bytes as text) from input i join body b on b.seq = i.seq where i.kind in (1, 2)";
        let mut times: BTreeMap<String, usize> = BTreeMap::new();
        for body in self.rows(sql, |row| row.get::<_, String>(0)) {
            let body: Value = serde_json::from_str(&body).unwrap();
            *times.entry(body["how"].as_str().unwrap().to_owned()).or_default() += 1;
        }
        for one in sent {
            let times = times.get(&one.nonce).copied().unwrap_or(0);
            let is_right = match one.fate {
                Fate::Answered => times == 1,
                Fate::Unknown => times <= 1,
                Fate::Refused => times == 0,
            };
            if !is_right {
                self.found.push(format!("I1: {} was {:?} and is {times} times in the journal", one.nonce, one.fate));
            }
        }
    }

    /// I3: a notice stands with the step that sent it, once; I1, I4: what became of it came back to its desk as
    /// one input.
    fn check_notices(&mut self) {
        let mut sent: Vec<(String, String)> = self
            .rows("select d.text, o.text from outbox o join name d on d.id = o.desk", |row| {
                Ok((row.get(0)?, row.get(1)?))
            });
        sent.sort();
        let mut told: Vec<(String, String)> =
            self.seen.iter().filter(|seen| seen.tells).map(|seen| (seen.desk.clone(), seen.token.clone())).collect();
        told.sort();
        if sent != told {
            self.found.push(format!("I3: {} steps told somebody, {} notices", told.len(), sent.len()));
        }
        let sql = "select o.id || ' stands at ' || s.state || ', receipts ' || (select count(*) from input i
                   join name n on n.id = i.name join body b on b.seq = i.seq
                   where n.text = 'receipt.told' and json_extract(cast(b.bytes as text), '$.notice') = o.id)
                   from outbox o join sending s on s.id = o.id";
        let fared: Vec<String> = self.rows(sql, |row| row.get(0));
        // Delivered, parked and unreachable are ends; after a try that failed it waits.
        let right = ["2, receipts 1", "3, receipts 1", "5, receipts 1", "0, receipts 0"];
        let is_right = |row: &&String| right.iter().any(|right| row.ends_with(&format!("stands at {right}")));
        self.found.extend(fared.iter().filter(|row| !is_right(row)).map(|row| format!("I1: notice {row}")));
    }

    /// I3: note, record and event of a step are there together, and once.
    fn check_whole_steps(&mut self) {
        let mut notes: Vec<(String, u64, String)> = Vec::new();
        for (matter, by_desk) in
            self.rows("select id, notes from matter", |row| Ok((row.get::<_, u64>(0)?, row.get::<_, String>(1)?)))
        {
            let by_desk: BTreeMap<String, Value> = serde_json::from_str(&by_desk).unwrap();
            for (desk, note) in by_desk {
                let saw = note["saw"].as_array().unwrap();
                notes.extend(saw.iter().map(|token| (desk.clone(), matter, token.as_str().unwrap().to_owned())));
            }
        }
        notes.sort();
        let mut records: Vec<(String, u64, String)> =
            self.seen.iter().map(|seen| (seen.desk.clone(), seen.matter, seen.token.clone())).collect();
        records.sort();
        if let Some((note, record)) = notes.iter().zip(&records).find(|(note, record)| note != record) {
            self.found.push(format!("I3: noted {note:?}, recorded {record:?}"));
        } else if notes.len() != records.len() {
            self.found.push(format!("I3: {} steps are noted, {} recorded", notes.len(), records.len()));
        }
        let mut said: Vec<String> =
            self.heard.iter().filter(|event| event.topic == "noted").map(|event| event.how.clone()).collect();
        said.sort();
        let mut owned: Vec<String> =
            self.seen.iter().filter(|seen| seen.is_owner).map(|seen| seen.token.clone()).collect();
        owned.sort();
        if said != owned {
            self.found.push(format!("I3: {} steps of owners recorded, {} said", owned.len(), said.len()));
        }
    }

    /// I2: an event that a route took, that was told or is watched reaches each of those once: it was
    /// handled, or it waits, or its stay was over.
    fn check_deliveries(&mut self) {
        let waiting: BTreeSet<(String, u64)> = self
            .rows("select d.text, v.source from delivery v join name d on d.id = v.desk", |row| {
                Ok((row.get(0)?, row.get(1)?))
            })
            .into_iter()
            .collect();
        let overtaken: BTreeSet<u64> = self
            .rows("select e.matter from event e join name t on t.id = e.topic where t.text = 'overtaken'", |row| {
                row.get(0)
            })
            .into_iter()
            .collect();
        let routes = routes();
        let mut found = Vec::new();
        for event in &self.heard {
            if event.topic == "noted" {
                continue;
            }
            let is_told = event.how.ends_with('t');
            let owner = match &event.route {
                Some(route) => Some(routes[route].clone()),
                // Told by another: its owner hears it, wherever it then lay.
                None if is_told => self.owner_at(event.matter, event.seq).filter(|owner| *owner != event.desk),
                None => None,
            };
            let watcher = (!is_told).then(|| WATCHER.to_owned());
            for (desk, may_be_late) in
                owner.map(|desk| (desk, true)).into_iter().chain(watcher.map(|desk| (desk, false)))
            {
                let times =
                    self.seen.iter().filter(|seen| seen.desk == desk && seen.from.as_ref() == Some(&event.how)).count();
                let waits = usize::from(waiting.contains(&(desk.clone(), event.seq)));
                let is_late = may_be_late && overtaken.contains(&event.matter);
                if times + waits != 1 && !(is_late && times + waits == 0) {
                    found.push(format!(
                        "I2: event {} of matter {} by {} was handled {times} times by {desk}, and waits {waits} times",
                        event.seq, event.matter, event.desk
                    ));
                }
            }
        }
        self.found.extend(found);
    }

    /// Where a matter lay when something was said of it: where its last hand-over led, or where it was
    /// opened.
    fn owner_at(&self, matter: u64, seq: u64) -> Option<String> {
        let sql = "select e.seq, t.text, d.text, r.text, a.text from event e join name t on t.id = e.topic
                   join name d on d.id = e.desk left join name r on r.id = e.route join input i on i.seq = e.input
                   left join name a on a.id = i.desk where e.matter = ?1 and e.seq < ?2 order by e.seq";
        let mut find = self.db.prepare(sql).unwrap();
        let mut rows = find.query([matter, seq]).unwrap();
        let (mut owner, routes) = (None, routes());
        while let Some(row) = rows.next().unwrap() {
            let (topic, desk): (String, String) = (row.get(1).unwrap(), row.get(2).unwrap());
            let route: Option<String> = row.get(3).unwrap();
            match (route, &*topic) {
                (Some(route), _) => owner = Some(routes[&route].clone()),
                (None, "moved") => owner = row.get(4).unwrap(),
                (None, "noted") => owner = owner.or(Some(desk)),
                _ => {}
            }
        }
        owner
    }

    /// A watcher that failed hears what came later of the same matter later.
    fn check_order_of_watches(&mut self) {
        let seq_of: BTreeMap<&str, u64> = self.heard.iter().map(|event| (event.how.as_str(), event.seq)).collect();
        let mut last: BTreeMap<u64, u64> = BTreeMap::new();
        let order: BTreeMap<(u64, String), usize> = self
            .rows("select id, notes from matter", |row| Ok((row.get::<_, u64>(0)?, row.get::<_, String>(1)?)))
            .into_iter()
            .flat_map(|(matter, notes)| {
                let notes: Value = serde_json::from_str(&notes).unwrap();
                let saw = notes[WATCHER]["saw"].as_array().cloned().unwrap_or_default();
                saw.into_iter()
                    .enumerate()
                    .map(move |(at, token)| ((matter, token.as_str().unwrap().to_owned()), at))
                    .collect::<Vec<_>>()
            })
            .collect();
        let mut watched: Vec<&Seen> = self.seen.iter().filter(|seen| seen.desk == WATCHER && !seen.is_owner).collect();
        watched.sort_by_key(|seen| order.get(&(seen.matter, seen.token.clone())).copied());
        for seen in watched {
            let Some(seq) = seen.from.as_deref().and_then(|from| seq_of.get(from)).copied() else { continue };
            let before = last.insert(seen.matter, seq).unwrap_or(0);
            if seq <= before {
                self.found.push(format!("I2: the watcher heard event {seq} of matter {} after {before}", seen.matter));
            }
        }
    }

    /// I2: what is held waits for something: at the end every desk is there, so only for an earlier watch.
    fn check_nothing_held_for_ever(&mut self) {
        let held = "select cast(v.id as text) from delivery v where v.due = 9223372036854775807 and (v.owner = 1
            or not exists (select 1 from delivery e where e.owner = 0 and e.matter = v.matter and e.desk = v.desk
            and e.id < v.id))";
        let held = self.rows(held, |row| row.get::<_, String>(0));
        self.found.extend(held.into_iter().map(|id| format!("I2: step {id} is held, and nothing is before it")));
    }

    /// I7: a bell rang once, as of an instant that some step had set it to, and none is late.
    fn check_bells(&mut self) {
        let rang = self.rows(RANG, |row| Ok((row.get::<_, u64>(0)?, row.get::<_, String>(1)?)));
        let mut set: BTreeMap<(u64, i64), usize> = BTreeMap::new();
        for seen in &self.seen {
            if let Some(bell) = seen.bell {
                *set.entry((seen.matter, bell)).or_default() += 1;
            }
        }
        for (matter, due) in rang {
            let due_ms = due.parse::<jiff::Timestamp>().unwrap().as_millisecond();
            match set.get_mut(&(matter, due_ms)) {
                Some(times) if 0 < *times => *times -= 1,
                _ => self.found.push(format!("I7: a bell rang that nobody set: of matter {matter} as of {due}")),
            }
        }
        let late = self.rows(LATE, |row| row.get::<_, String>(0));
        self.found.extend(late.into_iter().map(|clock| format!("I7: a clock is late: {clock}")));
    }

    /// I7: a bell that was set, and until then neither set anew nor stopped, and whose matter stayed where
    /// it was, has rung or will.
    fn check_every_bell(&mut self) {
        let parse = |due: &str| due.parse::<jiff::Timestamp>().unwrap().as_millisecond();
        let times = |sql: &str| self.rows(sql, |row| Ok((row.get::<_, u64>(0)?, parse(&row.get::<_, String>(1)?))));
        let mut there: BTreeSet<(u64, i64)> = times(RANG).into_iter().collect();
        there.extend(times("select matter, json_extract(run, '$.due') from clock"));
        let noted = self.heard.iter().filter(|event| event.topic == "noted");
        let noted: BTreeMap<&str, u64> = noted.map(|event| (event.how.as_str(), event.seq)).collect();
        let turned: BTreeMap<u64, &Seen> = self
            .seen
            .iter()
            .filter(|seen| seen.is_bell_turned)
            .filter_map(|seen| Some((*noted.get(seen.token.as_str())?, seen)))
            .collect();
        // Only an input of the matter's own runs after its bell; what is told of it, or a hand, may come between.
        let sql = "select e.matter, e.seq, case when i.matter is e.matter and t.text <> 'moved' then e.at else 0 end,
            e.route is not null or t.text in ('moved', 'closed') from event e join name t on t.id = e.topic
            join input i on i.seq = e.input";
        let events = self.rows(sql, |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)));
        let ends: Vec<(u64, u64, i64, bool)> =
            events.into_iter().filter(|(_, seq, _, is_end)| *is_end || turned.contains_key(seq)).collect();
        let mut found = Vec::new();
        for (set, seen) in &turned {
            let Some(bell) = seen.bell else { continue };
            let is_over = ends.iter().any(|(matter, seq, at, _)| *matter == seen.matter && set < seq && *at < bell);
            if !is_over && !there.contains(&(seen.matter, bell)) {
                found.push(format!("I7: a bell did not ring: of matter {} set to {bell}", seen.matter));
            }
        }
        self.found.extend(found);
    }

    /// P3, I3: what a step wanted to book is booked once, and nothing else is. I6: no box ever held less
    /// than nothing, after whichever transfer.
    fn check_money(&mut self) {
        let wanted: BTreeSet<String> =
            self.seen.iter().flat_map(|seen| seen.booked.iter().map(|line| format!("{} {line}", seen.desk))).collect();
        let sql =
            "select o.text || ' ' || t.key || ' ' || dc.text || case d.key when '' then '' else '(' || d.key || ')' end
            || ' ' || cc.text || case c.key when '' then '' else '(' || c.key || ')' end || ' ' || t.amount || ' '
            || coalesce(r.key, '-'), t.debit, t.credit, t.amount, d.overdraw from transfer t
            join name o on o.id = t.desk join account d on d.id = t.debit join account c on c.id = t.credit
            join name dc on dc.id = d.class join name cc on cc.id = c.class left join transfer r on r.id = t.reverses
            order by t.id";
        type Row = (String, u64, u64, i64, bool);
        let booked: Vec<Row> =
            self.rows(sql, |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?)));
        let mut is_there: BTreeSet<&str> = BTreeSet::new();
        let mut balances: BTreeMap<u64, i64> = BTreeMap::new();
        let mut found = Vec::new();
        for (line, debit, credit, amount, may_overdraw) in &booked {
            if !wanted.contains(line) || !is_there.insert(line) {
                found.push(format!("P3: booked and not wanted, or twice: {line}"));
            }
            let held = balances.entry(*debit).or_default();
            *held -= amount;
            if *held < 0 && !may_overdraw {
                found.push(format!("I6: a box holds {held} after {line}"));
            }
            *balances.entry(*credit).or_default() += amount;
        }
        let lost = wanted.iter().filter(|line| !is_there.contains(line.as_str()));
        found.extend(lost.map(|line| format!("P3: wanted and not booked: {line}")));
        self.found.extend(found);
    }

    /// I5: nobody changed what lies on another desk.
    fn check_nothing_stolen(&mut self) {
        let stolen = self
            .rows("select cast(id as text) from matter where json_extract(head, '$.labels.mark') = 'stolen'", |row| {
                row.get::<_, String>(0)
            });
        self.found.extend(stolen.into_iter().map(|id| format!("I5: matter {id} was changed by another desk")));
    }
}

fn read_seen(db: &Connection) -> Vec<Seen> {
    let mut find = db.prepare("select d.text, r.key, r.record from record r join name d on d.id = r.desk").unwrap();
    let rows = find.query_map([], |row| {
        let record: Value = serde_json::from_str(&row.get::<_, String>(2)?).unwrap();
        Ok(Seen {
            desk: row.get(0)?,
            token: row.get(1)?,
            matter: record["matter"].as_u64().unwrap(),
            from: record["from"].as_str().map(str::to_owned),
            is_owner: record["owner"].as_bool().unwrap(),
            tells: record["tells"].as_bool().unwrap(),
            bell: record["bell"].as_i64(),
            is_bell_turned: !record["bell"].is_null(),
            booked: record["booked"].as_array().unwrap().iter().map(|line| line.as_str().unwrap().to_owned()).collect(),
        })
    });
    rows.unwrap().collect::<Result<_, _>>().unwrap()
}

fn read_heard(db: &Connection) -> Vec<Heard> {
    let sql = "select e.seq, e.matter, t.text, cast(b.bytes as text), d.text, r.text from event e
               join name t on t.id = e.topic join name d on d.id = e.desk left join name r on r.id = e.route
               join body b on b.seq = e.seq where t.text in ('handed', 'again', 'noted') order by e.seq";
    let mut find = db.prepare(sql).unwrap();
    let rows = find.query_map([], |row| {
        let body: Value = serde_json::from_str(&row.get::<_, String>(3)?).unwrap();
        Ok(Heard {
            seq: row.get(0)?,
            matter: row.get(1)?,
            topic: row.get(2)?,
            how: body["how"].as_str().unwrap().to_owned(),
            desk: row.get(4)?,
            route: row.get(5)?,
        })
    });
    rows.unwrap().collect::<Result<_, _>>().unwrap()
}
