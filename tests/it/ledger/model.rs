//! The ledger against a second, simple model: random transfers from a seed, with reversals, repeats,
//! overdrafts and crashes between commits (I1, I3, I4, I6).
//!
//! The model keeps nothing but the list of what was booked, and adds it up anew at every question, in
//! wider numbers. It shares no code with the host.

use std::collections::BTreeMap;

use hongling::engine::input::Answer;
use rusqlite::Connection;
use serde_json::{Value, json};

use super::{act, ledger_story, problems};

/// A small generator, so that a seed is a run for ever.
struct Random(u64);

impl Random {
    fn below(&mut self, n: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % n
    }
}

/// One transfer, its accounts named `desk/class(of)`.
#[derive(Clone, Debug, PartialEq)]
struct Line {
    desk: &'static str,
    key: String,
    from: String,
    to: String,
    amount: i64,
    date: String,
    undoes: Option<String>,
}

/// What was booked, in order.
#[derive(Clone, Debug, Default)]
struct Model(Vec<Line>);

/// How a step must end.
#[derive(Debug, PartialEq)]
enum End {
    Done,
    Refused,
    Failed,
}

impl Model {
    fn balance(&self, account: &str) -> i128 {
        let sum = |side: &dyn Fn(&Line) -> &String| -> i128 {
            self.0.iter().filter(|line| side(line) == account).map(|line| i128::from(line.amount)).sum()
        };
        sum(&|line| &line.to) - sum(&|line| &line.from)
    }

    fn find(&self, desk: &str, key: &str) -> Option<&Line> {
        self.0.iter().find(|line| line.desk == desk && line.key == key)
    }

    /// Takes one line over, or says how its step must end.
    fn book(&mut self, line: &Line) -> End {
        if let Some(known) = self.find(line.desk, &line.key) {
            return if known == line { End::Done } else { End::Failed };
        }
        if let Some(undone) = &line.undoes {
            let Some(known) = self.find(line.desk, undone) else { return End::Failed };
            let is_undone = self.0.iter().any(|other| other.desk == line.desk && other.undoes.as_ref() == Some(undone));
            let is_mirror = known.from == line.to && known.to == line.from && known.amount == line.amount;
            if known.undoes.is_some() || is_undone || !is_mirror {
                return End::Failed;
            }
        }
        let may_overdraw = line.from.ends_with("/outside") || line.from.ends_with("/issued");
        if !may_overdraw && self.balance(&line.from) < i128::from(line.amount) {
            return End::Refused;
        }
        let fits = |balance: i128| (i128::from(i64::MIN)..=i128::from(i64::MAX)).contains(&balance);
        let amount = i128::from(line.amount);
        if !fits(self.balance(&line.from) - amount) || !fits(self.balance(&line.to) + amount) {
            return End::Failed;
        }
        self.0.push(line.clone());
        End::Done
    }

    /// Takes all lines of a step over, or none.
    fn step(&mut self, lines: &[Line]) -> End {
        let before = self.0.len();
        for line in lines {
            let end = self.book(line);
            if end != End::Done {
                self.0.truncate(before);
                return end;
            }
        }
        End::Done
    }

    /// Every account that was ever booked on, with its balance.
    fn balances(&self) -> BTreeMap<String, i128> {
        let accounts = self.0.iter().flat_map(|line| [&line.from, &line.to]);
        accounts.map(|account| (account.clone(), self.balance(account))).collect()
    }
}

const PLACES: [&str; 3] = ["daguan/linghu/huamao/xiyuan", "daguan/linghu", "daguan"];

/// An account of a desk: now and then one that does not fit the other side's unit.
fn account(random: &mut Random) -> String {
    match random.below(12) {
        0..3 => "outside".into(),
        3..7 => format!("common(place:{})", PLACES[random.below(3) as usize]),
        7..10 => format!("reserve(text:w{})", random.below(3)),
        10 => format!("elsewhere(place:{})", PLACES[random.below(3) as usize]),
        _ => "issued".into(),
    }
}

/// The account as the model names it: that of another desk by that desk.
fn whole(desk: &str, account: &str) -> String {
    let other = if desk == "till" { "fund" } else { "till" };
    match account.strip_prefix("elsewhere") {
        Some(of) => format!("{other}/common{of}"),
        None => format!("{desk}/{account}"),
    }
}

/// A line as it is typed, and as the model has it; whether the contract allows it at all.
fn draw(random: &mut Random, desk: &'static str, nth: u64, model: &Model) -> (Value, Line, bool) {
    let (mut from, mut to) = (account(random), account(random));
    let mut amount = match random.below(40) {
        0 => 0,
        1 => -3,
        2 => i64::MAX,
        _ => 1 + random.below(1_000) as i64,
    };
    let mut undoes = None;
    // A reversal, mostly of what is there and as it was.
    let of_desk: Vec<&Line> = model.0.iter().filter(|line| line.desk == desk).collect();
    if random.below(4) == 0 && !of_desk.is_empty() {
        let known = of_desk[random.below(of_desk.len() as u64) as usize];
        let typed = |account: &String| account.strip_prefix(&format!("{desk}/")).map(str::to_owned);
        let elsewhere = |account: &String| format!("elsewhere{}", account.split_once("common").unwrap().1);
        from = typed(&known.to).unwrap_or_else(|| elsewhere(&known.to));
        to = typed(&known.from).unwrap_or_else(|| elsewhere(&known.from));
        amount = known.amount - i64::from(random.below(10) == 0);
        undoes = Some(known.key.clone());
    }
    // Few keys, so that they come again; of those some with the very same content.
    let key = format!("K{}", if random.below(6) == 0 { random.below(nth + 1) } else { nth });
    let date = format!("2026-0{}-1{}", 1 + random.below(3), random.below(9));
    let line = Line { desk, key, from: whole(desk, &from), to: whole(desk, &to), amount, date, undoes };
    let line = match model.find(desk, &line.key) {
        Some(known) if random.below(2) == 0 => known.clone(),
        _ => line,
    };
    let typed = |account: &String| match account.strip_prefix(&format!("{desk}/")) {
        Some(own) => own.to_owned(),
        None => format!("elsewhere{}", account.split_once("common").unwrap().1),
    };
    let unit = |account: &str| account.contains("issued");
    let is_allowed = 0 < line.amount
        && unit(&line.from) == unit(&line.to)
        && line.from != line.to
        && (line.from.starts_with(desk) || line.undoes.is_some());
    let mut row = json!({ "key": line.key, "from": typed(&line.from), "to": typed(&line.to), "amount": line.amount, "date": line.date });
    if let Some(undoes) = &line.undoes {
        row["reverses"] = undoes.clone().into();
    }
    (row, line, is_allowed)
}

/// Runs a seed: steps of one to three transfers, several a commit, now and then a crash before it.
fn run(seed: u64, commits: u64) -> Tally {
    let mut random = Random(seed);
    let mut story = ledger_story();
    // A failed step would be tried again by itself later: the clock stands still.
    let mut committed = Model::default();
    let mut tally = Tally::default();
    let mut nth = 0;
    for _ in 0..commits {
        let mut model = committed.clone();
        let mut expected = Vec::new();
        let running = story.running().unwrap();
        for ticket in 1..=1 + random.below(4) {
            let desk = if random.below(3) == 0 { "fund" } else { "till" };
            let drawn: Vec<_> = (0..=random.below(3))
                .map(|_| {
                    nth += 1;
                    draw(&mut random, desk, nth, &model)
                })
                .collect();
            let rows: Vec<&Value> = drawn.iter().map(|(row, ..)| row).collect();
            running.engine.take(act(desk, "book", &json!({ "transfers": rows })), ticket);
            let allowed = drawn.iter().take_while(|(.., is_allowed)| *is_allowed).count();
            let lines: Vec<Line> = drawn[..allowed].iter().map(|(_, line, _)| line.clone()).collect();
            let before = model.clone();
            let mut end = model.step(&lines);
            if end == End::Done && allowed < drawn.len() {
                (model, end) = (before, End::Failed);
            }
            expected.push((ticket, end));
        }
        if random.below(8) == 0 {
            // What was not committed was never answered, and is gone.
            tally.crashes += 1;
            story.stop();
        } else {
            let answers: BTreeMap<u64, Answer> = running.engine.commit().into_iter().collect();
            for (ticket, end) in expected {
                let found = match &answers[&ticket] {
                    Answer::Done(_) => End::Done,
                    Answer::Refused(_) => End::Refused,
                    other => {
                        assert!(matches!(other, Answer::Failed(_)), "seed {seed}: {other:?}");
                        End::Failed
                    }
                };
                assert_eq!(found, end, "seed {seed}, step {ticket} up to {nth}: {:?}", answers[&ticket]);
                tally.count(&end);
            }
            committed = model;
        }
        if random.below(20) == 0 {
            story.stop();
        }
    }
    assert_eq!(problems(&mut story), Vec::<String>::new(), "seed {seed}");
    tally.undone = committed.0.iter().filter(|line| line.undoes.is_some()).count();
    let state = story.state();
    story.stop();
    let db = Connection::open(story.folder().join("data/hongling.db")).unwrap();
    assert_eq!(stored(&db), committed.balances(), "seed {seed}");
    assert_eq!(story.state(), state, "seed {seed}");
    tally
}

/// How often each end was met.
#[derive(Debug, Default)]
struct Tally {
    done: usize,
    refused: usize,
    failed: usize,
    crashes: usize,
    undone: usize,
}

impl Tally {
    fn count(&mut self, end: &End) {
        match end {
            End::Done => self.done += 1,
            End::Refused => self.refused += 1,
            End::Failed => self.failed += 1,
        }
    }
}

/// The balances as another connection reads them.
fn stored(db: &Connection) -> BTreeMap<String, i128> {
    let sql = "select d.text || '/' || c.text || iif(a.key = '', '', '(' || a.key || ')'), a.balance
               from account a join name d on d.id = a.desk join name c on c.id = a.class";
    let mut all = db.prepare(sql).unwrap();
    let rows = all.query_map([], |row| Ok((row.get(0)?, i128::from(row.get::<_, i64>(1)?)))).unwrap();
    rows.collect::<Result<_, _>>().unwrap()
}

#[test]
fn every_seed_adds_up() {
    let mut sums = Tally::default();
    for seed in 1..=4 {
        println!("seed {seed}");
        let tally = run(0x9E37_79B9_7F4A_7C15_u64.wrapping_mul(seed), 50);
        sums.done += tally.done;
        sums.refused += tally.refused;
        sums.failed += tally.failed;
        sums.crashes += tally.crashes;
        sums.undone += tally.undone;
    }
    let each = [sums.done, sums.refused, sums.failed, sums.crashes, sums.undone];
    assert!(each.iter().all(|count| 10 <= *count), "every end is met often: {sums:?}");
}
