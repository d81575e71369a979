//! Whatever is done to a district, its problems have a file and a line, and nothing falls over.

use super::super::load;
use super::schedules::TAKES;
use super::{Fake, Files, Folder, folder_path, good};

/// In each of four tests, which run beside each other.
const ROUNDS: u32 = 1_250;
const SEED: u64 = 0x5eed_0000_0008_3119;
/// Schedules and a test, in a file of their own.
const TIMES: &str = r#"
[[schedule]]
id = "sweep"
every = "month on workday 5 at 09:00"
emit = "sweep-due"
to = "triage"
data = { older = 30, where = "西苑" }
[[schedule]]
id = "yearly"
every = "year on 02-29 at 23:59"
emit = "sweep-due"
to = "triage"
data = { older = 1 }
[[test]]
name = "nobody is told"
open = { title = "爆管", place = "西苑" }
then = [{ wait = "2 workdays" }]
expect = { desk = "hall", notices = [] }
"#;
const PIECES: [&str; 33] = [
    "[",
    "]",
    "[[",
    "{",
    "}",
    "=",
    "\"",
    "\"\"\"",
    "'",
    ",",
    "\n",
    "\r\n",
    "\t",
    "a/b",
    "desk",
    "to = 3",
    "[desk.hall]",
    "on = [",
    "0.5",
    "9223372036854775808",
    "2026-13-01",
    "half-year on last workday at 24:00",
    "on day 31 at",
    "year on workday 999 at 00:00",
    "\u{feff}",
    "界",
    "\0",
    "{ not = { not = 3 } }",
    "{ min = 3, max = -9223372036854775808 }",
    "\n[[route]]\nid = \"more\"\non = \"sorted\"\nto = \"hall\"\n",
    "\n[[route]]\nid = \"back\"\non = \"settled\"\nto = \"triage\"\n",
    "\n[[route]]\nid = \"odd\"\non = \"sorted\"\nwhen = { urgent = true, place = \"a/d/**\" }\nto = \"hall\"\n",
    "\n[[route]]\nid = \"span\"\non = \"sorted\"\nwhen = { weight = { max = 9223372036854775807 } }\nto = \"hall\"\n",
];

/// Marsaglia's xorshift: the same numbers for the same seed everywhere.
pub(super) struct Dice(pub(super) u64);

impl Dice {
    pub(super) fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % n.max(1) as u64) as usize
    }
}

fn mutate(bytes: &mut Vec<u8>, dice: &mut Dice) {
    let at = dice.below(bytes.len() + 1);
    let end = (at + 1 + dice.below(12)).min(bytes.len());
    match dice.below(6) {
        0 => drop(bytes.drain(at..end)),
        1 => {
            let copy = bytes[at..end].to_vec();
            bytes.splice(at..at, copy);
        }
        2 => {
            if let Some(byte) = bytes.get_mut(at) {
                *byte = dice.below(256) as u8;
            }
        }
        3 => drop(bytes.splice(at..end, PIECES[dice.below(PIECES.len())].bytes())),
        // Whole lines: keys, values and rows go, come twice, or change places.
        4 => edit_lines(bytes, dice),
        _ => swap_words(bytes, dice),
    }
}

fn edit_lines(bytes: &mut Vec<u8>, dice: &mut Dice) {
    let mut lines: Vec<Vec<u8>> = bytes.split_inclusive(|b| *b == b'\n').map(<[u8]>::to_vec).collect();
    if lines.is_empty() {
        return;
    }
    let (one, other) = (dice.below(lines.len()), dice.below(lines.len()));
    match dice.below(3) {
        0 => drop(lines.remove(one)),
        1 => lines.insert(other, lines[one].clone()),
        _ => lines.swap(one, other),
    }
    *bytes = lines.concat();
}

fn swap_words(bytes: &mut Vec<u8>, dice: &mut Dice) {
    let text = String::from_utf8_lossy(bytes).into_owned();
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '-';
    let words: Vec<&str> = text.split(|c| !is_word(c)).filter(|word| !word.is_empty()).collect();
    if let (Some(one), Some(other)) = (words.get(dice.below(words.len())), words.get(dice.below(words.len()))) {
        *bytes = text.replacen(one, other, 1 + dice.below(3)).into_bytes();
    }
}

#[test]
fn every_problem_has_a_place() {
    check(SEED);
}

#[test]
fn every_problem_has_a_place_too() {
    check(SEED ^ 1);
}

#[test]
fn every_problem_of_another_quarter_has_a_place() {
    check(SEED ^ 2);
}

#[test]
fn every_problem_of_the_last_quarter_has_a_place() {
    check(SEED ^ 3);
}

fn check(seed: u64) {
    let mut dice = Dice(seed);
    let mut files = good();
    files.insert("desks/times.toml".to_owned(), TIMES.into());
    let names: Vec<&String> = files.keys().collect();
    let mut refused = 0;
    let (library, from, to) = TAKES;
    let manifests = good::MANIFESTS
        .map(|(name, text)| (name, if name == library { text.replacen(from, to, 1) } else { text.to_owned() }));
    let mut libraries = Fake::new(&manifests.each_ref().map(|(name, text)| (*name, text.as_str())));
    for round in 0..ROUNDS {
        let mut changed: Files = files.clone();
        for _ in 0..1 + dice.below(4) {
            let name = names[dice.below(names.len())];
            mutate(changed.get_mut(name).expect("a file of the district"), &mut dice);
        }
        let folder = Folder::new(&changed);
        let problems = match load(folder_path(&folder), &mut libraries) {
            Ok(config) => config.warnings,
            Err(problems) => {
                assert!(!problems.is_empty(), "seed {seed:#x}, round {round}: refused without a reason");
                refused += 1;
                problems
            }
        };
        for problem in problems {
            let has_place = !problem.file.is_empty() && 1 <= problem.line && 1 <= problem.column;
            assert!(has_place, "seed {seed:#x}, round {round}: {problem}");
            let text = &problem.text.en;
            assert!(!text.is_empty() && !text.ends_with('.'), "seed {seed:#x}, round {round}: {problem}");
            let _ = problem.render(|words| &words.zh);
        }
    }
    assert!(refused < ROUNDS, "the district that is changed is a good one");
    assert!(ROUNDS / 4 < refused, "only {refused} of {ROUNDS} changes were found out");
}
