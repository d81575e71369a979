//! The keyword rules: the list `keyword`, prepared once, and what it finds in a text.
//!
//! A rule has words, each perhaps of several parts (`充电+楼道`) that must all occur. Each different
//! word found in the title scores 3, one that needs the text scores 1; a rule one of whose `not`
//! words is found anywhere scores nothing. Pure; the order of the list decides between equals.

#[cfg(test)]
mod tests;

use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};
use jiff::civil::Date;
use plugin_api::{CodeList, Fault, ListRow, Objection};

use crate::category::Categories;
use crate::fold::fold;

const TITLE_SCORE: u32 = 3;
const TEXT_SCORE: u32 = 1;

/// The rules, and one automaton that finds the parts of all their words in one pass.
pub(crate) struct Keywords {
    rules: Vec<Rule>,
    parts: AhoCorasick,
    /// For each part, the rules it may speak for: most texts touch a handful of a hundred.
    rules_of: Vec<Vec<usize>>,
}

struct Rule {
    /// The row it was read from: code, title, and the days it holds.
    row: ListRow,
    category: String,
    any: Vec<Word>,
    not: Vec<Word>,
}

struct Word {
    /// As the list has it.
    text: String,
    /// Its parts, as patterns of the automaton.
    parts: Vec<usize>,
}

/// A rule that fits a text, and what it found there.
#[derive(Clone, Debug)]
pub(crate) struct Hit<'a> {
    /// Code of the rule.
    pub rule: &'a str,
    /// What the rule means.
    pub title: &'a str,
    /// The category it leads to.
    pub category: &'a str,
    /// The score.
    pub score: u32,
    /// Words found in the title.
    pub in_title: Vec<&'a str>,
    /// Words found only with the text.
    pub in_text: Vec<&'a str>,
}

impl Keywords {
    /// Prepares the list.
    ///
    /// # Errors
    /// Every row without words or with a category that matters cannot be sorted into.
    pub(crate) fn read(list: &CodeList, categories: &Categories) -> Result<Keywords, Fault> {
        let mut patterns = Vec::new();
        let mut rules = Vec::new();
        let mut wrong = Vec::new();
        for (number, row) in (1..).zip(&list.0) {
            let category = row.column("category");
            if !categories.has(category) {
                let objection = Objection::new(
                    format!("代码表 keyword 的 {}：类别“{category}”不在代码表 category 中，或是大类", row.code),
                    format!("list keyword, {}: {category:?} is no category of the list, or a group", row.code),
                );
                wrong.push(objection.field("keyword.category").row(number));
            }
            let any = read_words(row, "any", &mut patterns);
            if any.is_empty() {
                let objection = Objection::new(
                    format!("代码表 keyword 的 {}：没有关键词", row.code),
                    format!("list keyword, {}: there are no words", row.code),
                );
                wrong.push(objection.field("keyword.any").row(number));
            }
            let not = read_words(row, "not", &mut patterns);
            rules.push(Rule { row: row.clone(), category: category.to_owned(), any, not });
        }
        if !wrong.is_empty() {
            return Err(Fault::Refused(wrong));
        }
        // The fastest and biggest automaton: some MiB for a thousand words, once.
        let parts = AhoCorasick::builder()
            .match_kind(MatchKind::Standard)
            .kind(Some(AhoCorasickKind::DFA))
            .build(&patterns)
            .map_err(|error| Fault::failed(format!("list keyword: {error}")))?;
        let mut rules_of = vec![Vec::new(); patterns.len()];
        for (at, rule) in rules.iter().enumerate() {
            for part in rule.any.iter().flat_map(|word| &word.parts) {
                rules_of[*part].push(at);
            }
        }
        Ok(Keywords { rules, parts, rules_of })
    }

    /// The rules that fit, the best first.
    pub(crate) fn find(&self, title: &str, text: &str, day: Date) -> Vec<Hit<'_>> {
        let mut in_title = vec![false; self.rules_of.len()];
        let mut touched = vec![false; self.rules.len()];
        self.find_parts(title, &mut in_title, &mut touched);
        let mut anywhere = in_title.clone();
        self.find_parts(text, &mut anywhere, &mut touched);
        let rules = self.rules.iter().zip(touched).filter(|(rule, touched)| *touched && rule.row.holds_on(day));
        let mut hits: Vec<Hit<'_>> = rules.filter_map(|(rule, _)| rule.find(&in_title, &anywhere)).collect();
        // Stable: equals stay in the order of the list.
        hits.sort_by_key(|hit| std::cmp::Reverse(hit.score));
        hits
    }

    fn find_parts(&self, text: &str, found: &mut [bool], touched: &mut [bool]) {
        for part in self.parts.find_overlapping_iter(&fold(text)) {
            let part = part.pattern().as_usize();
            if !std::mem::replace(&mut found[part], true) {
                for rule in &self.rules_of[part] {
                    touched[*rule] = true;
                }
            }
        }
    }
}

impl Rule {
    fn find(&self, in_title: &[bool], anywhere: &[bool]) -> Option<Hit<'_>> {
        if self.not.iter().any(|word| word.is_in(anywhere)) {
            return None;
        }
        let found = self.any.iter().filter(|word| word.is_in(anywhere));
        let (title, text): (Vec<&Word>, Vec<&Word>) = found.partition(|word| word.is_in(in_title));
        if title.is_empty() && text.is_empty() {
            return None;
        }
        let count = |words: &[&Word]| u32::try_from(words.len()).unwrap_or(u32::MAX);
        Some(Hit {
            rule: &self.row.code,
            title: &self.row.title.zh,
            category: &self.category,
            score: TITLE_SCORE * count(&title) + TEXT_SCORE * count(&text),
            in_title: title.into_iter().map(|word| word.text.as_str()).collect(),
            in_text: text.into_iter().map(|word| word.text.as_str()).collect(),
        })
    }
}

impl Word {
    fn is_in(&self, found: &[bool]) -> bool {
        self.parts.iter().all(|part| found[*part])
    }
}

/// The words of a column, each once; their parts are added to the patterns, each once.
fn read_words(row: &ListRow, column: &str, patterns: &mut Vec<String>) -> Vec<Word> {
    let mut words: Vec<Word> = Vec::new();
    for text in row.codes(column) {
        let mut parts = Vec::new();
        for part in text.split('+').map(str::trim).filter(|part| !part.is_empty()) {
            let part = fold(part);
            let at = patterns.iter().position(|known| *known == part).unwrap_or_else(|| {
                patterns.push(part);
                patterns.len() - 1
            });
            parts.push(at);
        }
        parts.sort_unstable();
        parts.dedup();
        // A word without parts would be found in every text, one written twice would score twice.
        if !parts.is_empty() && words.iter().all(|known| known.parts != parts) {
            words.push(Word { text: text.to_owned(), parts });
        }
    }
    words
}
