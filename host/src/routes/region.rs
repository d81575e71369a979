//! What routes ask for as sets: products of finite sets of cells, one for each thing looked at.
//!
//! Pure. A cell is a class of values that no condition of the district tells apart; which cells a
//! condition lets through is asked of [`Matcher::holds`] itself, with one value of each, so that what
//! is proven here is what the engine does. Knows no file and no words for people.
//!
//! Always holds: an answer is exact, or it is [`Exhausted`]; nothing is sampled.

use std::collections::{BTreeMap, BTreeSet};

use plugin_api::{LabelValue, PlaceId};

use super::{Condition, Matcher};

/// A text that nobody writes into a config: it stands for all texts that no condition names.
const OTHER: &str = "\u{0}";

/// A class of values that no condition tells apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cell {
    /// There is none.
    Absent,
    /// This one; of places, one of those that are alike.
    Value(LabelValue),
    /// Whole numbers from and to, both included.
    Numbers(i64, i64),
    /// A text that no condition and no list names.
    Other,
}

impl Cell {
    /// One value of the class.
    fn sample(&self) -> Option<LabelValue> {
        match self {
            Cell::Absent => None,
            Cell::Value(value) => Some(value.clone()),
            Cell::Numbers(least, _) => Some(LabelValue::Integer(*least)),
            Cell::Other => Some(LabelValue::Text(OTHER.to_owned())),
        }
    }
}

/// What values a thing that is looked at may have.
#[derive(Clone, Debug)]
pub enum Domain {
    /// One of these; some values may be absent or other than these.
    Listed {
        /// The values.
        values: Vec<LabelValue>,
        /// Whether a matter may have none.
        may_lack: bool,
        /// Whether it may have one that is not listed.
        may_differ: bool,
    },
    /// Any whole number, or none.
    Number,
}

/// A set of cells of one thing.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Bits(Box<[u64]>);

impl Bits {
    fn of(cells: &[Cell], is_in: impl Fn(&Cell) -> bool) -> Bits {
        let mut bits = vec![0; cells.len().div_ceil(64)];
        for (at, _) in cells.iter().enumerate().filter(|(_, cell)| is_in(cell)) {
            bits[at / 64] |= 1 << (at % 64);
        }
        Bits(bits.into())
    }

    fn zip(&self, other: &Bits, with: impl Fn(u64, u64) -> u64) -> Bits {
        Bits(self.0.iter().zip(&other.0).map(|(a, b)| with(*a, *b)).collect())
    }

    fn any(&self, other: &Bits, with: impl Fn(u64, u64) -> u64) -> bool {
        self.0.iter().zip(&other.0).any(|(a, b)| with(*a, *b) != 0)
    }

    fn is_empty(&self) -> bool {
        self.0.iter().all(|word| *word == 0)
    }

    fn first(&self) -> Option<usize> {
        let word = self.0.iter().position(|word| *word != 0)?;
        Some(word * 64 + self.0[word].trailing_zeros() as usize)
    }
}

#[derive(Debug)]
struct Subject {
    cells: Vec<Cell>,
    all: Bits,
}

/// Everything that the conditions of a district look at, in cells.
#[derive(Debug)]
pub struct Space {
    names: Vec<String>,
    subjects: Vec<Subject>,
}

/// A product of sets of cells; what it does not name may be anything.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Region(Vec<(usize, Bits)>);

/// A proof would have taken more steps than it was given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Exhausted;

impl Space {
    /// Cells for what these conditions look at. `domain` tells what values each thing may have.
    pub fn new<'c>(conditions: impl Iterator<Item = &'c Condition>, domain: impl Fn(&str) -> Domain) -> Space {
        let mut asked: BTreeMap<&str, Vec<&Matcher>> = BTreeMap::new();
        for condition in conditions {
            asked.entry(&condition.on).or_default().push(&condition.must);
        }
        let mut space = Space { names: Vec::new(), subjects: Vec::new() };
        for (on, matchers) in asked {
            let cells = match domain(on) {
                Domain::Number => numbers(&matchers),
                Domain::Listed { values, may_lack, may_differ } => {
                    let mut cells = if on == "place" { places(&matchers, &values) } else { texts(&matchers, values) };
                    cells.extend(may_differ.then_some(Cell::Other));
                    cells.extend(may_lack.then_some(Cell::Absent));
                    cells
                }
            };
            let all = Bits::of(&cells, |_| true);
            space.names.push(on.to_owned());
            space.subjects.push(Subject { cells, all });
        }
        space
    }

    /// What lets a matter through all of these; `None` if nothing does.
    pub fn region(&self, conditions: &[Condition]) -> Option<Region> {
        let mut region = Region(Vec::new());
        for Condition { on, must } in conditions {
            let at = self.names.binary_search(on).ok()?;
            let bits = Bits::of(&self.subjects[at].cells, |cell| must.holds(cell.sample().as_ref()));
            region = self.meet(&region, &Region(vec![(at, bits)]))?;
        }
        Some(region)
    }

    /// What is in both; `None` if nothing is.
    pub fn meet(&self, a: &Region, b: &Region) -> Option<Region> {
        let mut both = a.0.clone();
        for (at, bits) in &b.0 {
            match both.binary_search_by_key(at, |(at, _)| *at) {
                Ok(found) => both[found].1 = both[found].1.zip(bits, |a, b| a & b),
                Err(place) => both.insert(place, (*at, bits.clone())),
            }
        }
        both.retain(|(at, bits)| *bits != self.subjects[*at].all);
        both.iter().all(|(_, bits)| !bits.is_empty()).then_some(Region(both))
    }

    /// Whether anything is in both.
    pub fn overlaps(&self, a: &Region, b: &Region) -> bool {
        a.0.iter().all(|(at, bits)| b.find(*at).is_none_or(|other| bits.any(other, |a, b| a & b)))
    }

    /// Whether all of `inner` is in `outer`.
    pub fn covers(&self, outer: &Region, inner: &Region) -> bool {
        outer.0.iter().all(|(at, bits)| {
            let inner = inner.find(*at).unwrap_or(&self.subjects[*at].all);
            !inner.any(bits, |inner, outer| inner & !outer)
        })
    }

    /// Something of `region` that is in none of `others`; `None` if all of it is in some. `used` hears
    /// of every one of them that was needed to see it. `steps` counts down.
    pub fn uncovered(
        &self,
        region: &Region,
        others: &[(usize, &Region)],
        used: &mut BTreeSet<usize>,
        steps: &mut u32,
    ) -> Result<Option<Region>, Exhausted> {
        *steps = steps.checked_sub(1).ok_or(Exhausted)?;
        if let Some((number, _)) = others.iter().find(|(_, other)| self.covers(other, region)) {
            used.insert(*number);
            return Ok(None);
        }
        let left: Vec<(usize, &Region)> =
            others.iter().filter(|(_, other)| self.overlaps(other, region)).copied().collect();
        // The one that cuts off most in the fewest pieces.
        let Some((number, other)) = left.iter().min_by_key(|(_, other)| other.0.len()).copied() else {
            return Ok(Some(region.clone()));
        };
        used.insert(number);
        let rest: Vec<(usize, &Region)> = left.into_iter().filter(|(at, _)| *at != number).collect();
        let mut inside = region.clone();
        for (at, bits) in &other.0 {
            let now = inside.find(*at).unwrap_or(&self.subjects[*at].all);
            let (within, outside) = (now.zip(bits, |now, bits| now & bits), now.zip(bits, |now, bits| now & !bits));
            if !outside.is_empty()
                && let Some(found) = self.uncovered(&inside.with(*at, outside), &rest, used, steps)?
            {
                return Ok(Some(found));
            }
            inside = inside.with(*at, within);
        }
        Ok(None)
    }

    /// Where everything that is looked at has a value that somebody names: none is absent or another.
    pub fn named(&self) -> Region {
        let named = self.subjects.iter().enumerate().filter_map(|(at, subject)| {
            let bits = Bits::of(&subject.cells, |cell| !matches!(cell, Cell::Absent | Cell::Other));
            (!bits.is_empty() && bits != subject.all).then_some((at, bits))
        });
        Region(named.collect())
    }

    /// The cells of each thing that a region asks about and `within` does not, by name.
    pub fn told(&self, region: &Region, within: &Region) -> Vec<(&str, Vec<&Cell>)> {
        let own = region.0.iter().filter(|(at, bits)| within.find(*at) != Some(bits));
        let cells = |at: usize, bits: &Bits| {
            let all = self.subjects[at].cells.iter().enumerate();
            all.filter(|(nth, _)| bits.0[nth / 64] >> (nth % 64) & 1 == 1).map(|(_, cell)| cell).collect()
        };
        own.map(|(at, bits)| (self.names[*at].as_str(), cells(*at, bits))).collect()
    }

    /// Whether any condition looks at this.
    pub fn looks_at(&self, on: &str) -> bool {
        self.names.binary_search_by(|name| name.as_str().cmp(on)).is_ok()
    }

    /// How many things a region asks about.
    pub fn asks(&self, region: &Region) -> usize {
        region.0.len()
    }

    /// Whether it asks about this.
    pub fn asks_about(&self, region: &Region, on: &str) -> bool {
        self.names.binary_search_by(|name| name.as_str().cmp(on)).is_ok_and(|at| region.find(at).is_some())
    }

    /// One cell of each thing a region asks about, by name.
    pub fn example(&self, region: &Region) -> Vec<(&str, &Cell)> {
        let first =
            |(at, bits): &(usize, Bits)| Some((self.names[*at].as_str(), &self.subjects[*at].cells[bits.first()?]));
        region.0.iter().filter_map(first).collect()
    }
}

impl Region {
    /// Where everything is.
    pub fn everything() -> Region {
        Region(Vec::new())
    }

    fn find(&self, at: usize) -> Option<&Bits> {
        self.0.binary_search_by_key(&at, |(at, _)| *at).ok().map(|found| &self.0[found].1)
    }

    fn with(&self, at: usize, bits: Bits) -> Region {
        let mut with = self.clone();
        match with.0.binary_search_by_key(&at, |(at, _)| *at) {
            Ok(found) => with.0[found].1 = bits,
            Err(place) => with.0.insert(place, (at, bits)),
        }
        with
    }
}

/// Every value by itself.
fn texts(matchers: &[&Matcher], mut values: Vec<LabelValue>) -> Vec<Cell> {
    for matcher in matchers {
        visit(matcher, &mut |matcher| {
            if let Matcher::Any(named) = matcher {
                values.extend(named.iter().cloned());
            }
        });
    }
    let key = |value: &LabelValue| (matches!(value, LabelValue::Text(_)), value.to_string());
    values.sort_by_key(key);
    values.dedup();
    values.into_iter().map(Cell::Value).collect()
}

/// Spans between the numbers at which some condition changes its mind, and none at all.
fn numbers(matchers: &[&Matcher]) -> Vec<Cell> {
    let mut starts = BTreeSet::from([i64::MIN]);
    let mut cut = |least: Option<i64>, greatest: Option<i64>| {
        starts.extend(least);
        starts.extend(greatest.and_then(|greatest| greatest.checked_add(1)));
    };
    for matcher in matchers {
        visit(matcher, &mut |matcher| match matcher {
            Matcher::Between { min, max } => cut(*min, *max),
            Matcher::Any(values) => values.iter().for_each(|value| {
                if let LabelValue::Integer(number) = value {
                    cut(Some(*number), Some(*number));
                }
            }),
            _ => {}
        });
    }
    let starts: Vec<i64> = starts.into_iter().collect();
    let ends = starts[1..].iter().map(|start| start - 1).chain([i64::MAX]);
    let spans = starts.iter().zip(ends).map(|(start, end)| Cell::Numbers(*start, end));
    spans.chain([Cell::Absent]).collect()
}

/// Of the places that lie within the same of those that are named, and are named or are not, one.
fn places(matchers: &[&Matcher], places: &[LabelValue]) -> Vec<Cell> {
    let mut named: BTreeSet<String> = BTreeSet::new();
    for matcher in matchers {
        visit(matcher, &mut |matcher| match matcher {
            Matcher::Within(place) => drop(named.insert(place.to_string())),
            Matcher::Any(values) => named.extend(values.iter().map(ToString::to_string)),
            _ => {}
        });
    }
    let mut seen: BTreeSet<(Option<PlaceId>, bool)> = BTreeSet::new();
    let mut cells = Vec::new();
    for place in places {
        let LabelValue::Text(text) = place else { continue };
        let around = PlaceId::from(text.as_str()).upwards().find(|place| named.contains(place.as_str()));
        let is_named = around.as_ref().is_some_and(|around| around.as_str() == text);
        if seen.insert((around, is_named)) {
            cells.push(Cell::Value(place.clone()));
        }
    }
    cells
}

fn visit<'m>(matcher: &'m Matcher, see: &mut impl FnMut(&'m Matcher)) {
    see(matcher);
    if let Matcher::Not(other) = matcher {
        visit(other, see);
    }
}
