//! Every matter of a small district tried on random routes, by code that shares nothing with the proofs.

use std::collections::{BTreeMap, BTreeSet};

use super::super::load_files;
use super::super::mutations::Dice;
use super::district;

const SEED: u64 = 0x5eed_0000_0004_2026;
const ROUNDS: usize = 150;

/// A matter: what it has of each thing, as text; nothing where it has none.
type Matter = BTreeMap<&'static str, String>;

type Fits = Box<dyn Fn(Option<&str>) -> bool>;

/// One condition as it is written, and what it means.
struct Asked {
    on: &'static str,
    written: String,
    fits: Fits,
}

struct Rule {
    id: String,
    to: &'static str,
    asked: Vec<Asked>,
}

impl Rule {
    fn takes(&self, matter: &Matter) -> bool {
        self.asked.iter().all(|asked| (asked.fits)(matter.get(asked.on).map(String::as_str)))
    }

    /// What it really asks about: some matter fails it there.
    fn asks<'s>(&'s self, all: &'s [Matter]) -> BTreeSet<&'static str> {
        let fails = |asked: &&Asked| all.iter().any(|matter| !(asked.fits)(matter.get(asked.on).map(String::as_str)));
        self.asked.iter().filter(fails).map(|asked| asked.on).collect()
    }
}

fn matters() -> Vec<Matter> {
    let mut all = vec![Matter::new()];
    let numbers: Vec<String> = (-1..12).map(|number| number.to_string()).collect();
    let values: [(&str, Vec<&str>, bool); 5] = [
        ("size", vec!["small", "big"], true),
        ("urgent", vec!["true", "false"], true),
        ("category", vec!["water", "pipe", "burst", "gone"], true),
        ("place", vec!["a", "a/b", "a/b/c", "a/d", "gone"], false),
        ("weight", numbers.iter().map(String::as_str).collect(), true),
    ];
    for (on, values, may_lack) in values {
        let with = |matter: &Matter, value: &str| {
            let mut matter = matter.clone();
            matter.insert(on, value.to_owned());
            matter
        };
        let mut more: Vec<Matter> =
            all.iter().flat_map(|matter| values.iter().map(|value| with(matter, value))).collect();
        if may_lack {
            more.extend(all);
        }
        all = more;
    }
    all
}

fn pick<'v>(dice: &mut Dice, values: &[&'v str]) -> &'v str {
    values[dice.below(values.len())]
}

fn asked(dice: &mut Dice, on: &'static str) -> Asked {
    let quoted = |values: &[&str]| {
        format!("[{}]", values.iter().map(|value| format!("\"{value}\"")).collect::<Vec<_>>().join(", "))
    };
    let (written, fits): (String, Fits) = match (on, dice.below(4)) {
        ("place", which) => {
            let place = pick(dice, &["a", "a/b", "a/b/c", "a/d"]);
            let within =
                move |at: Option<&str>| at.is_some_and(|at| at == place || at.starts_with(&format!("{place}/")));
            match which {
                0 => (format!("\"{place}\""), Box::new(move |at| at == Some(place))),
                1 => (format!("{{ not = \"{place}/**\" }}"), Box::new(move |at| !within(at))),
                _ => (format!("\"{place}/**\""), Box::new(within)),
            }
        }
        (_, 0) => {
            let wanted = dice.below(2) == 0;
            (format!("{{ exists = {wanted} }}"), Box::new(move |value| value.is_some() == wanted))
        }
        ("urgent", which) => {
            let wanted = pick(dice, &["true", "false"]);
            match which {
                1 => (format!("{{ not = {wanted} }}"), Box::new(move |value| value != Some(wanted))),
                _ => (wanted.to_owned(), Box::new(move |value| value == Some(wanted))),
            }
        }
        ("weight", which) => {
            let (min, max) = (dice.below(8), 3 + dice.below(8));
            let (min, max) = (min.min(max) as i64, max as i64);
            let number = |value: Option<&str>| value.and_then(|value| value.parse::<i64>().ok());
            match which {
                1 => (format!("{{ min = {min} }}"), Box::new(move |value| number(value).is_some_and(|n| min <= n))),
                2 => (
                    format!("{{ not = {{ max = {max} }} }}"),
                    Box::new(move |value| number(value).is_none_or(|n| max < n)),
                ),
                _ => (
                    format!("{{ min = {min}, max = {max} }}"),
                    Box::new(move |value| number(value).is_some_and(|n| min <= n && n <= max)),
                ),
            }
        }
        (_, which) => {
            let all: &[&'static str] = if on == "size" { &["small", "big"] } else { &["water", "pipe", "burst"] };
            let mut some: Vec<&'static str> = all.to_vec();
            some.remove(dice.below(all.len()));
            let written = quoted(&some);
            let is_some = move |value: Option<&str>| value.is_some_and(|value| some.contains(&value));
            if which == 1 {
                (format!("{{ not = {written} }}"), Box::new(move |value| !is_some(value)))
            } else {
                (written, Box::new(is_some))
            }
        }
    };
    Asked { on, written, fits }
}

fn rules(dice: &mut Dice) -> Vec<Rule> {
    let subjects = ["size", "urgent", "category", "place", "weight"];
    let rule = |nth: usize| {
        let mut on: BTreeSet<&'static str> = BTreeSet::new();
        for _ in 0..1 + dice.below(3) {
            on.insert(subjects[dice.below(subjects.len())]);
        }
        let asked = on.into_iter().map(|on| asked(dice, on)).collect();
        Rule { id: format!("r{nth}"), to: if dice.below(2) == 0 { "hall" } else { "annex" }, asked }
    };
    (0..9).map(rule).collect()
}

/// Ids in quotes of what is said of a route, in order.
fn names(text: &str) -> Vec<&str> {
    text.split('"').skip(1).step_by(2).filter(|name| name.starts_with('r')).collect()
}

/// Whether the later of two is worth a word: by matters alone.
fn is_odd(first: &Rule, second: &Rule, all: &[Matter]) -> bool {
    let (asks, others) = (first.asks(all), second.asks(all));
    let is_local = asks.contains("place") && !others.contains("place");
    let is_within = all.iter().filter(|matter| first.takes(matter)).all(|matter| second.takes(matter));
    first.to != second.to && asks.len() <= others.len() && !is_local && !is_within
}

/// Whether a matter is all that a warning of a gap says, as `size is big and weight is 3 to 7`.
fn is_said(said: &str, matter: &Matter) -> bool {
    said.split(" and ").all(|clause| {
        let (on, must) = clause.split_once(" is ").unwrap_or_else(|| panic!("{said}"));
        let Some(value) = matter.get(on) else { return false };
        let words: Vec<&str> = must.split(' ').collect();
        let number = |text: &str| text.parse::<i64>().unwrap();
        match words.as_slice() {
            ["any", "number"] => true,
            ["at", "most", most] => number(value) <= number(most),
            ["at", "least", least] => number(least) <= number(value),
            [least, "to", most] => (number(least)..=number(most)).contains(&number(value)),
            _ => must.split(" or ").any(|one| one == value),
        }
    })
}

/// Every value is one that somebody names.
fn is_named(matter: &Matter) -> bool {
    matter.len() == 5 && matter.values().all(|value| value != "gone")
}

#[test]
fn finds_what_is_proven() {
    let mut dice = Dice(SEED);
    let all = matters();
    let (mut hidden_seen, mut together_seen, mut overlaps_seen, mut gaps_seen) = (0, 0, 0, 0);
    for round in 0..ROUNDS {
        let rules = rules(&mut dice);
        let line = |rule: &Rule| {
            let when: Vec<String> =
                rule.asked.iter().map(|asked| format!("{} = {}", asked.on, asked.written)).collect();
            format!("{}: {} -> {}", rule.id, when.join(", "), rule.to)
        };
        let lines = rules.iter().map(line).collect::<Vec<_>>().join("\n");
        let at = format!("seed {SEED:#x}, round {round}:\n{lines}");
        let config = load_files(&district(&lines)).unwrap_or_else(|problems| panic!("{at}\n{problems:?}"));
        let texts: Vec<&str> = config.warnings.iter().map(|problem| problem.text.en.as_str()).collect();
        let first_taker = |matter: &Matter| rules.iter().position(|rule| rule.takes(matter));
        let takers: Vec<Option<usize>> = all.iter().map(first_taker).collect();
        let left: Vec<&Matter> = all
            .iter()
            .zip(&takers)
            .filter(|(matter, taker)| taker.is_none() && is_named(matter))
            .map(|(m, _)| m)
            .collect();
        let gap = texts.iter().find_map(|text| text.strip_prefix("no route takes "));
        assert_eq!(gap.is_some(), !left.is_empty(), "{at}\n{texts:?}");
        if let Some((said, more)) = gap
            .and_then(|text| text.split_once(" where "))
            .map(|(_, said)| said.strip_suffix(", and in other cases").map_or((said, false), |said| (said, true)))
        {
            let meant = all.iter().zip(&takers).filter(|(matter, _)| is_named(matter) && is_said(said, matter));
            let meant: Vec<_> = meant.map(|(_, taker)| *taker).collect();
            assert!(!meant.is_empty() && meant.iter().all(Option::is_none), "{at}\n{said}");
            // Spans of numbers and places alike are told by one of them.
            assert!(
                more || said.contains("weight") || said.contains("place") || meant.len() == left.len(),
                "{at}\n{said}"
            );
            gaps_seen += 1;
        }
        for (nth, rule) in rules.iter().enumerate() {
            let never = texts.iter().find(|text| text.starts_with(&format!("route {:?} never", rule.id)));
            assert_eq!(never.is_some(), !takers.contains(&Some(nth)), "{at}\n{} {texts:?}", rule.id);
            let said =
                texts.iter().find(|text| text.starts_with("routes ") && names(text).get(1) == Some(&rule.id.as_str()));
            if let Some(never) = never {
                let hiders: Vec<&Rule> =
                    names(never)[1..].iter().map(|id| &rules[id[1..].parse::<usize>().unwrap()]).collect();
                let is_hidden = |hiders: &[&Rule]| {
                    all.iter()
                        .filter(|matter| rule.takes(matter))
                        .all(|matter| hiders.iter().any(|hider| hider.takes(matter)))
                };
                assert!(is_hidden(&hiders), "{at}\n{never}");
                for left_out in 0..hiders.len() {
                    let mut fewer = hiders.clone();
                    fewer.remove(left_out);
                    assert!(!is_hidden(&fewer), "{at}\n{never}: one more than needed");
                }
                hidden_seen += 1;
                together_seen += usize::from(1 < hiders.len());
                assert_eq!(said, None, "{at}");
                continue;
            }
            let meets = |first: &usize| {
                let mut taken = all.iter().zip(&takers).filter(|(_, taker)| **taker == Some(*first));
                taken.any(|(matter, _)| rule.takes(matter)) && is_odd(&rules[*first], rule, &all)
            };
            let odd = (0..nth).find(meets).map(|first| rules[first].id.as_str());
            assert_eq!(said.map(|text| names(text)[0]), odd, "{at}\n{} {texts:?}", rule.id);
            overlaps_seen += usize::from(odd.is_some());
        }
    }
    assert!(
        50 < hidden_seen && 20 < together_seen && 50 < overlaps_seen && 20 < gaps_seen,
        "{hidden_seen} {together_seen} {overlaps_seen} {gaps_seen}"
    );
}
