//! What must hold of a store whatever happened to it, looked at with SQL of its own: a second look,
//! which shares nothing with the code that wrote it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use rusqlite::{Connection, OpenFlags, Row};
use serde_json::Value;

/// Where each route leads.
pub type Routes = BTreeMap<String, String>;

/// An event, as far as it says where a matter went.
struct Event {
    seq: u64,
    matter: u64,
    stay: u32,
    topic: String,
    desk: String,
    /// Where a route or a hand led it.
    to: Option<String>,
}

/// Every violation found in the store of a data folder; nobody else has it open.
pub fn violations(data: &Path, routes: &Routes) -> Vec<String> {
    let file = data.join("hongling.db");
    let db = Connection::open_with_flags(file, OpenFlags::SQLITE_OPEN_READ_WRITE).unwrap();
    let mut found = Vec::new();
    let integrity: String = db.query_row("pragma integrity_check", [], |row| row.get(0)).unwrap();
    if integrity != "ok" {
        found.push(format!("integrity: {integrity}"));
        return found;
    }
    check_journal(&db, &mut found);
    let events = events(&db, routes);
    check_matters(&db, &events, &mut found);
    for (what, sql) in NEVER {
        let rows = all(&db, sql, |row| row.get::<_, String>(0));
        found.extend(rows.into_iter().map(|row| format!("{what}: {row}")));
    }
    found
}

/// What must have no rows.
const NEVER: [(&str, &str); 10] = [
    (
        "I6: the accounts of a unit do not add up to nothing",
        "select unit || ' ' || sum(balance) from account group by unit having sum(balance) <> 0",
    ),
    (
        "I6: an account is not what was booked on it",
        "select a.id || ' ' || a.balance from account a where a.balance <>
            (select coalesce(sum(amount), 0) from transfer where credit = a.id)
            - (select coalesce(sum(amount), 0) from transfer where debit = a.id)",
    ),
    ("I4: an event of no input", "select cast(seq as text) from event where input not in (select seq from input)"),
    (
        "I3: a body of nothing",
        "select cast(seq as text) from body where seq not in (select seq from input where commitment is not null
         union select seq from event where commitment is not null)",
    ),
    (
        "I3: a row without its body",
        "select cast(seq as text) from (select seq, commitment from input union all select seq, commitment from event)
         where commitment is not null and seq not in (select seq from body)",
    ),
    ("I3: a matter without words", "select cast(id as text) from matter where id not in (select matter from words)"),
    (
        "I7: a clock on a matter that is not open",
        "select c.matter || ' ' || n.text from clock c join name n on n.id = c.name join matter m on m.id = c.matter
         where m.status <> 0",
    ),
    (
        "I1: a key's answer that is not in the journal",
        "select key from key where json_extract(answer, '$.seq') not in (select seq from input)",
    ),
    (
        "I7: a clock that fired before it was due",
        "select i.seq || ' at ' || i.at || ' due ' || json_extract(cast(b.bytes as text), '$.due') from input i
         join body b on b.seq = i.seq where i.kind = 4
         and i.at < cast(round((julianday(json_extract(cast(b.bytes as text), '$.due')) - 2440587.5) * 86400000.0) as integer) - 1",
    ),
    (
        "I4: time goes back",
        "select later.seq || '' from input later join input earlier on earlier.seq = (select max(seq) from input
         where seq < later.seq) where later.at < earlier.at",
    ),
];

/// I4: numbers have no gaps and are given once, so nothing of the journal is missing.
fn check_journal(db: &Connection, found: &mut Vec<String>) {
    let seqs =
        all(db, "select seq from input union all select seq from event order by seq", |row| row.get::<_, u64>(0));
    for (at, seq) in (1..).zip(&seqs) {
        if at != *seq {
            found.push(format!("I4: number {at} of the journal is {seq}"));
            return;
        }
    }
}

fn events(db: &Connection, routes: &Routes) -> Vec<Event> {
    let sql = "select e.seq, e.matter, e.stay, t.text, d.text, r.text, id.text from event e
               join name t on t.id = e.topic join name d on d.id = e.desk left join name r on r.id = e.route
               join input i on i.seq = e.input left join name id on id.id = i.desk order by e.seq";
    all(db, sql, |row| {
        let (topic, desk): (String, String) = (row.get(3)?, row.get(4)?);
        let (route, addressed): (Option<String>, Option<String>) = (row.get(5)?, row.get(6)?);
        let is_moved = topic == "moved" && desk == "host";
        let to = if is_moved { addressed } else { route.map(|route| routes[&route].clone()) };
        Ok(Event { seq: row.get(0)?, matter: row.get(1)?, stay: row.get(2)?, topic, desk, to })
    })
}

/// I2: a matter lies where the last hand-over led it, in the stay that its hand-overs count; I5: only
/// its owner handed it over. I3: row, head and chain of events agree.
fn check_matters(db: &Connection, events: &[Event], found: &mut Vec<String>) {
    let sql = "select m.id, d.text, m.status, s.text, k.text, m.marks, m.place, m.last, m.head from matter m
               join name d on d.id = m.desk join name s on s.id = m.stage join name k on k.id = m.kind order by m.id";
    let busy =
        counts(db, "select matter, count(*) from delivery where owner = 1 and matter is not null group by matter");
    let prev = counts(db, "select seq, prev from event");
    let matters = all(db, sql, |row| {
        let head: Value = serde_json::from_str(&row.get::<_, String>(8)?).unwrap();
        let columns = [row.get::<_, String>(1)?, row.get(3)?, row.get(4)?, row.get(6)?];
        Ok((row.get::<_, u64>(0)?, columns, row.get::<_, i64>(2)?, row.get::<_, i64>(5)?, row.get::<_, u64>(7)?, head))
    });
    let known: BTreeSet<u64> = matters.iter().map(|(id, ..)| *id).collect();
    found.extend(
        events
            .iter()
            .filter(|event| !known.contains(&event.matter))
            .map(|event| format!("I3: event {} is of matter {}, which is not there", event.seq, event.matter)),
    );
    for (id, columns, status, marks, last, head) in &matters {
        let mut wrong = |text: String| found.push(format!("matter {id}: {text}"));
        let in_head = ["desk", "stage", "kind", "place"].map(|name| head[name].as_str().unwrap().to_owned());
        let status_in_head = ["open", "closed", "joined"].iter().position(|word| head["status"] == *word);
        if *columns != in_head || status_in_head.map(|at| at as i64) != Some(*status) {
            wrong(format!("I3: columns {columns:?} {status}, head {head}"));
        }
        let waiting = busy.get(id).copied().unwrap_or(0);
        let is_unrouted = head["host"]["unrouted"].as_bool().unwrap_or(false);
        if head["host"]["busy"].as_u64().unwrap_or(0) != waiting
            || *marks != i64::from(is_unrouted) | (i64::from(waiting != 0) << 1)
        {
            wrong(format!("I2: {waiting} steps of its owner wait, marks {marks}, head {head}"));
        }
        let own: Vec<&Event> = events.iter().filter(|event| event.matter == *id).collect();
        check_way(&own, head, &mut wrong);
        let mut chain = Vec::new();
        let mut at = *last;
        while at != 0 && chain.len() <= own.len() {
            chain.push(at);
            at = prev.get(&at).copied().unwrap_or(0);
        }
        chain.reverse();
        if !chain.iter().eq(own.iter().map(|event| &event.seq)) {
            wrong(format!("I3: its chain is {chain:?}"));
        }
    }
}

fn check_way(own: &[&Event], head: &Value, wrong: &mut dyn FnMut(String)) {
    let mut at: Option<&str> = None;
    let mut stay = 1;
    for event in own {
        let Some(to) = &event.to else { continue };
        let is_by_owner = event.topic == "moved" || at.is_none_or(|at| at == event.desk);
        let said_in = if event.topic == "moved" { event.stay - 1 } else { event.stay };
        if !is_by_owner || said_in != stay {
            wrong(format!(
                "I2, I5: event {} by {} in stay {said_in}; it lay on {at:?} in {stay}",
                event.seq, event.desk
            ));
        }
        at = Some(to);
        stay += 1;
    }
    if at.is_some_and(|at| head["desk"] != at) || head["stay"] != stay {
        wrong(format!("I2: its events lead to {at:?} in stay {stay}, but {head}"));
    }
}

fn counts(db: &Connection, sql: &str) -> BTreeMap<u64, u64> {
    all(db, sql, |row| Ok((row.get::<_, u64>(0)?, row.get::<_, u64>(1)?))).into_iter().collect()
}

fn all<T>(db: &Connection, sql: &str, each: impl FnMut(&Row<'_>) -> rusqlite::Result<T>) -> Vec<T> {
    let mut find = db.prepare(sql).unwrap();
    find.query_map([], each).unwrap().collect::<rusqlite::Result<_>>().unwrap()
}

/// What was put in and what happened, a line each, without what is random.
pub fn journal(data: &Path) -> Vec<String> {
    let file = data.join("hongling.db");
    let db = Connection::open_with_flags(file, OpenFlags::SQLITE_OPEN_READ_WRITE).unwrap();
    let inputs = "select i.seq || ' input ' || i.at || ' ' || i.kind || ' ' || n.text || ' ' || coalesce(i.matter, '-')
                  || ' ' || coalesce(cast(b.bytes as text), '-') from input i join name n on n.id = i.name
                  left join body b on b.seq = i.seq where i.kind <> 9 order by i.seq";
    let events = "select e.seq || ' event ' || e.input || ' ' || e.matter || ' ' || e.stay || ' ' || t.text || ' '
                  || coalesce(cast(b.bytes as text), '-') from event e join name t on t.id = e.topic
                  left join body b on b.seq = e.seq order by e.seq";
    let keys = "select 'key ' || key || ' ' || answer from key order by key";
    [inputs, events, keys].iter().flat_map(|sql| all(&db, sql, |row| row.get::<_, String>(0))).collect()
}
