//! The automaton against a search that reads every text once for every word.

use std::collections::BTreeMap;

use jiff::civil::date;
use plugin_api::{CodeList, ListRow, Title};

use super::{Keywords, fold};
use crate::category::Categories;

const ALPHABET: [&str; 8] = ["飞", "线", "充", "Ａ", "a", "B", " ", "楼"];

/// Numbers that look random, the same for the same seed.
struct Random(u64);

impl Random {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % n
    }

    fn text(&mut self, length: usize) -> String {
        (0..length).map(|_| ALPHABET[self.below(ALPHABET.len())]).collect()
    }

    fn words(&mut self, count: usize) -> String {
        let word = |random: &mut Random| {
            let parts = 1 + random.below(2);
            (0..parts)
                .map(|_| {
                    format!(
                        "楼{}",
                        {
                            let length = random.below(3);
                            random.text(length)
                        }
                        .trim()
                    )
                })
                .collect::<Vec<_>>()
                .join("+")
        };
        (0..count).map(|_| word(self)).collect::<Vec<_>>().join("|")
    }
}

fn row(code: String, columns: &[(&str, String)]) -> ListRow {
    let columns: BTreeMap<String, String> =
        columns.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
    ListRow { title: Title::new(code.clone(), code.clone()), code, columns, ..ListRow::default() }
}

/// The score of a rule, by the words of its row alone.
fn naive_score(rule: &ListRow, title: &str, text: &str) -> u32 {
    let (title, text) = (fold(title), fold(text));
    let fits = |word: &str, found: &dyn Fn(&str) -> bool| word.split('+').all(|part| found(fold(part.trim()).as_str()));
    let anywhere = |part: &str| title.contains(part) || text.contains(part);
    if rule.codes("not").any(|word| fits(word, &anywhere)) {
        return 0;
    }
    let mut seen = Vec::new();
    let mut score = 0;
    for word in rule.codes("any") {
        let mut parts: Vec<String> = word.split('+').map(|part| fold(part.trim())).collect();
        parts.sort();
        parts.dedup();
        if seen.contains(&parts) {
            continue;
        }
        if fits(word, &|part| title.contains(part)) {
            score += 3;
        } else if fits(word, &anywhere) {
            score += 1;
        }
        seen.push(parts);
    }
    score
}

#[test]
fn scores_are_those_of_a_plain_search() {
    let categories = CodeList(vec![row("c".into(), &[("size", "small".into())])]);
    let categories = Categories::read(&categories).expect("one sound category");
    let day = date(2026, 3, 2);
    for seed in 1..=200 {
        let mut random = Random(seed);
        let rules = (0..6).map(|n| {
            let (any, not) = (1 + random.below(4), random.below(2));
            let columns = [("any", random.words(any)), ("not", random.words(not)), ("category", "c".into())];
            row(format!("K{n}"), &columns)
        });
        let list = CodeList(rules.collect());
        let keywords = Keywords::read(&list, &categories).expect("sound rules");
        for _ in 0..20 {
            let (in_title, in_text) = (random.below(8), random.below(30));
            let (title, text) = (random.text(in_title), random.text(in_text));
            let mut expected: Vec<(&str, u32)> =
                list.0.iter().map(|rule| (rule.code.as_str(), naive_score(rule, &title, &text))).collect();
            expected.retain(|(_, score)| 0 < *score);
            expected.sort_by_key(|(_, score)| std::cmp::Reverse(*score));
            let found = keywords.find(&title, &text, day);
            let found: Vec<(&str, u32)> = found.iter().map(|hit| (hit.rule, hit.score)).collect();
            assert_eq!(found, expected, "seed {seed}: {title:?} {text:?} {list:?}");
        }
    }
}
