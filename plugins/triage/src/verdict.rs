//! What is made of the rules' hits: a decision with its reason, or a matter that waits for a person.
//! Pure.

use plugin_api::{Effects, Holder, Matter};
use serde::{Deserialize, Serialize};

use crate::ByHand;
use crate::category::{Category, Size};
use crate::keyword::Hit;

const CANDIDATES: usize = 3;

/// What triage keeps on a matter.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    /// The rule that decided.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
    /// The words it found.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub words: Vec<String>,
    /// Why a person must sort it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
    /// How sure the rules were, in per cent; none where no rule fits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confidence: Option<u32>,
    /// The best rules, at most three.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub candidates: Vec<Candidate>,
}

/// A rule that fits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Candidate {
    /// Its code.
    pub rule: String,
    /// The category it leads to.
    pub category: String,
    /// Its score.
    pub score: u32,
}

/// Data of the topic `sorted`.
#[derive(Serialize)]
struct Sorted<'a> {
    category: &'a str,
    size: Size,
    why: &'a str,
    confidence: u32,
}

/// What the rules decided.
pub(crate) struct Decided<'a> {
    hit: &'a Hit<'a>,
    category: Category<'a>,
    confidence: u32,
}

/// Per cent: the best score among it and the best that leads elsewhere; none without a hit.
fn confidence(hits: &[Hit<'_>]) -> Option<u32> {
    let best = hits.first()?;
    let second = hits.iter().find(|hit| hit.category != best.category).map_or(0, |hit| hit.score);
    Some(best.score * 100 / (best.score + second))
}

/// The decision, if there is one to rely on.
pub(crate) fn decide<'a>(
    hits: &'a [Hit<'a>],
    unsure_below: u32,
    find: impl Fn(&str) -> Option<Category<'a>>,
) -> Option<Decided<'a>> {
    let confidence = confidence(hits)?;
    let hit = hits.first().filter(|_| unsure_below <= confidence)?;
    Some(Decided { hit, category: find(hit.category)?, confidence })
}

/// The labels, the note and the event of a decision.
pub(crate) fn sorted(hits: &[Hit<'_>], decided: Decided<'_>) -> Effects {
    let Decided { hit, category, confidence } = decided;
    let words = hit.in_title.iter().chain(&hit.in_text).map(ToString::to_string).collect();
    let (rule, candidates) = (Some(hit.rule.to_owned()), candidates(hits));
    let note = Note { rule, words, why: None, confidence: Some(confidence), candidates };
    label(category, category.size, category.is_urgent)
        .note(&note)
        .say("sorted", &Sorted { category: category.code, size: category.size, why: &reason(hit), confidence })
}

/// The matter waits for a person: the rules are not sure, or a desk sent it back.
pub(crate) fn waiting(hits: &[Hit<'_>], sent_back: Option<String>, holder: Holder) -> Effects {
    let confidence = confidence(hits);
    let why = match (sent_back, hits.first().zip(confidence)) {
        (Some(reason), _) => format!("退回：{reason}"),
        (None, None) => "没有关键词规则匹配".to_owned(),
        (None, Some((best, confidence))) => format!("把握不足（{confidence}%）：{}", reason(best)),
    };
    let note = Note { why: Some(why), confidence, candidates: candidates(hits), ..Note::default() };
    Effects::new().holders(vec![holder]).note(&note)
}

/// What a person decided, kept beside what it was so that the rules can be mended.
pub(crate) fn by_hand(matter: &Matter, note: &Note, category: Category<'_>, by_hand: ByHand) -> Effects {
    let size = by_hand.size.unwrap_or(category.size);
    let guess = note.candidates.first().map(|candidate| candidate.category.as_str());
    let was = matter.label("category").or(guess);
    let why = by_hand.why.map_or_else(|| "人工定级".to_owned(), |why| format!("人工定级：{why}"));
    label(category, size, by_hand.urgent.unwrap_or(category.is_urgent))
        .put("correction", matter.id.to_string(), &Correction { category: category.code, was })
        .say("sorted", &Sorted { category: category.code, size, why: &why, confidence: 100 })
}

/// A record of the collection `correction`.
#[derive(Serialize)]
struct Correction<'a> {
    category: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    was: Option<&'a str>,
}

fn label(category: Category<'_>, size: Size, is_urgent: bool) -> Effects {
    Effects::new()
        .label("category", category.code)
        .label("size", size.name())
        .label("urgent", is_urgent)
        .label("reserved", category.is_reserved)
}

fn candidates(hits: &[Hit<'_>]) -> Vec<Candidate> {
    let candidate =
        |hit: &Hit<'_>| Candidate { rule: hit.rule.into(), category: hit.category.into(), score: hit.score };
    hits.iter().take(CANDIDATES).map(candidate).collect()
}

/// 规则 K012（飞线充电）：题目含“飞线”；正文含“充电”.
fn reason(hit: &Hit<'_>) -> String {
    let quoted = |words: &[&str]| words.iter().map(|word| format!("“{word}”")).collect::<String>();
    let mut found = Vec::new();
    if !hit.in_title.is_empty() {
        found.push(format!("题目含{}", quoted(&hit.in_title)));
    }
    if !hit.in_text.is_empty() {
        found.push(format!("正文含{}", quoted(&hit.in_text)));
    }
    format!("规则 {}（{}）：{}", hit.rule, hit.title, found.join("，"))
}
