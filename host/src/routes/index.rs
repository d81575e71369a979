//! The first route that takes a matter, found without trying them one by one.
//!
//! For each thing that the routes of a topic look at, each class of values has the set of routes that
//! let it through; the sets of a matter's values have the first route in common that takes it. Built
//! once, when a config is resolved. Pure.
//!
//! Always holds: the answer is that of [`super::decide`], which tries them one by one. The few routes
//! of a topic that has no more are tried too, which is faster then.

use std::collections::{BTreeSet, HashMap};

use plugin_api::LabelValue;

use super::{Answer, Condition, DeskIx, Facts, Matcher, Route, answer};

/// With fewer routes for a topic trying them is faster.
const SCANNED_MAX: usize = 8;

/// The routes of a district, in order, with their index.
#[derive(Clone, Debug, Default)]
pub struct Routes {
    all: Vec<Route>,
    topics: HashMap<String, Topic>,
}

impl std::ops::Deref for Routes {
    type Target = [Route];

    fn deref(&self) -> &[Route] {
        &self.all
    }
}

impl<'r> IntoIterator for &'r Routes {
    type Item = &'r Route;
    type IntoIter = std::slice::Iter<'r, Route>;

    fn into_iter(self) -> Self::IntoIter {
        self.all.iter()
    }
}

/// The routes of one topic.
#[derive(Clone, Debug)]
struct Topic {
    /// Which of all, in order.
    routes: Vec<usize>,
    /// Nothing where they are few.
    sets: Option<Sets>,
}

#[derive(Clone, Debug)]
struct Sets {
    /// Those for the events of any desk, and those for each that is named.
    from_any: Set,
    from: HashMap<DeskIx, Set>,
    columns: Vec<Column>,
}

/// A set of routes of one topic, a bit for each.
type Set = Box<[u64]>;

/// The routes that let each value of one thing through.
#[derive(Clone, Debug)]
struct Column {
    on: String,
    absent: Set,
    bools: [Set; 2],
    /// By the least number of each span, the first span being from the least of all.
    spans: Vec<(i64, Set)>,
    texts: HashMap<String, Set>,
    /// By place: those within it and within no other that is named.
    within: HashMap<String, Set>,
    other: Set,
}

impl Routes {
    /// Indexes routes.
    pub fn new(all: Vec<Route>) -> Routes {
        let mut by_topic: HashMap<String, Vec<usize>> = HashMap::new();
        for (at, route) in all.iter().enumerate() {
            by_topic.entry(route.on.clone()).or_default().push(at);
        }
        let topics = by_topic.into_iter().map(|(topic, routes)| (topic, Topic::new(routes, &all))).collect();
        Routes { all, topics }
    }

    /// The first route that takes the matter.
    pub fn find(&self, facts: Facts<'_>) -> Option<&Route> {
        let topic = self.topics.get(facts.topic)?;
        match &topic.sets {
            Some(sets) => sets.first(facts).map(|nth| &self.all[topic.routes[nth]]),
            None => {
                let mut routes = topic.routes.iter().map(|at| &self.all[*at]);
                routes.find(|route| matches!(answer(route, facts), Answer::Takes))
            }
        }
    }
}

impl Topic {
    fn new(routes: Vec<usize>, all: &[Route]) -> Topic {
        let ours: Vec<&Route> = routes.iter().map(|at| &all[*at]).collect();
        let sets = (SCANNED_MAX < ours.len()).then(|| Sets::new(&ours));
        Topic { routes, sets }
    }
}

impl Sets {
    fn new(routes: &[&Route]) -> Sets {
        let named: BTreeSet<DeskIx> = routes.iter().filter_map(|route| route.from).collect();
        let is_from = |from: Option<DeskIx>| set(routes, |route| route.from.is_none() || route.from == from);
        let on: BTreeSet<&str> =
            routes.iter().flat_map(|route| &route.when).map(|condition| condition.on.as_str()).collect();
        Sets {
            from_any: is_from(None),
            from: named.into_iter().map(|desk| (desk, is_from(Some(desk)))).collect(),
            columns: on.into_iter().map(|on| Column::new(on, routes)).collect(),
        }
    }

    /// Which of the topic's routes is the first that all sets have.
    fn first(&self, facts: Facts<'_>) -> Option<usize> {
        let from = self.from.get(&facts.from).unwrap_or(&self.from_any);
        let through: Vec<&Set> = self.columns.iter().map(|column| column.through(facts)).collect();
        (0..from.len()).find_map(|word| {
            let left = through.iter().fold(from[word], |left, set| left & set[word]);
            (left != 0).then(|| word * 64 + left.trailing_zeros() as usize)
        })
    }
}

impl Column {
    fn new(on: &str, routes: &[&Route]) -> Column {
        let through = |value: Option<LabelValue>| {
            let lets = |condition: &Condition| condition.on != on || condition.must.holds(value.as_ref());
            set(routes, |route| route.when.iter().all(lets))
        };
        let mut named = Named::default();
        for condition in routes.iter().flat_map(|route| &route.when).filter(|condition| condition.on == on) {
            named.add(&condition.must);
        }
        let text = |text: &str| through(Some(LabelValue::Text(text.to_owned())));
        // No place is called so, and no code.
        const ANY: &str = "\u{0}";
        Column {
            on: on.to_owned(),
            absent: through(None),
            bools: [false, true].map(|yes| through(Some(yes.into()))),
            spans: named.starts.iter().map(|start| (*start, through(Some((*start).into())))).collect(),
            texts: named.texts.iter().map(|value| (value.clone(), text(value))).collect(),
            within: named.places.iter().map(|place| (place.clone(), text(&format!("{place}/{ANY}")))).collect(),
            other: text(ANY),
        }
    }

    fn through(&self, facts: Facts<'_>) -> &Set {
        match self.on.as_str() {
            "kind" => self.through_text(facts.kind),
            "place" => self.through_text(facts.place.as_str()),
            label => match facts.labels.get(label) {
                None => &self.absent,
                Some(LabelValue::Bool(yes)) => &self.bools[usize::from(*yes)],
                Some(LabelValue::Integer(number)) => {
                    let after = self.spans.partition_point(|(start, _)| start <= number);
                    &self.spans[after - 1].1
                }
                Some(LabelValue::Text(text)) => self.through_text(text),
            },
        }
    }

    fn through_text(&self, text: &str) -> &Set {
        if let Some(set) = self.texts.get(text) {
            return set;
        }
        let mut around = (!self.within.is_empty()).then_some(text);
        while let Some(place) = around {
            if let Some(set) = self.within.get(place) {
                return set;
            }
            around = place.rsplit_once('/').map(|(around, _)| around);
        }
        &self.other
    }
}

/// The values at which some condition changes its mind.
#[derive(Debug)]
struct Named {
    texts: BTreeSet<String>,
    places: BTreeSet<String>,
    starts: BTreeSet<i64>,
}

impl Default for Named {
    fn default() -> Named {
        Named { texts: BTreeSet::new(), places: BTreeSet::new(), starts: BTreeSet::from([i64::MIN]) }
    }
}

impl Named {
    fn add(&mut self, matcher: &Matcher) {
        match matcher {
            Matcher::Not(other) => self.add(other),
            Matcher::Within(place) => drop(self.places.insert(place.to_string())),
            Matcher::Between { min, max } => {
                self.starts.extend(*min);
                self.starts.extend(max.and_then(|max| max.checked_add(1)));
            }
            Matcher::Any(values) => {
                for value in values {
                    match value {
                        LabelValue::Text(text) => drop(self.texts.insert(text.clone())),
                        LabelValue::Integer(number) => {
                            self.starts.extend([Some(*number), number.checked_add(1)].into_iter().flatten())
                        }
                        LabelValue::Bool(_) => {}
                    }
                }
            }
            Matcher::Exists(_) => {}
        }
    }
}

fn set(routes: &[&Route], is_in: impl Fn(&Route) -> bool) -> Set {
    let mut bits = vec![0; routes.len().div_ceil(64)];
    for (at, _) in routes.iter().enumerate().filter(|(_, route)| is_in(route)) {
        bits[at / 64] |= 1 << (at % 64);
    }
    bits.into()
}

#[cfg(test)]
mod tests {
    use plugin_api::{LabelValue, Labels, PlaceId};

    use super::Routes;
    use crate::routes::{Condition, DeskIx, Facts, Matcher, Route, decide};

    const SEED: u64 = 0x5eed_0000_0004_0001;

    /// Marsaglia's xorshift.
    struct Dice(u64);

    impl Dice {
        fn below(&mut self, n: usize) -> usize {
            self.0 ^= self.0 << 13;
            self.0 ^= self.0 >> 7;
            self.0 ^= self.0 << 17;
            (self.0 % n as u64) as usize
        }

        fn text(&mut self) -> String {
            ["a", "a/b", "a/b/c", "a/bb", "a/d", "", "x", "request"][self.below(8)].to_owned()
        }

        /// Of any type, also of one that a condition does not ask for.
        fn value(&mut self) -> LabelValue {
            match self.below(4) {
                0 => (self.below(2) == 0).into(),
                1 => [i64::MIN, -1, 0, 1, 4, 5, 9, i64::MAX][self.below(8)].into(),
                _ => LabelValue::Text(self.text()),
            }
        }

        fn bound(&mut self) -> Option<i64> {
            [None, Some(i64::MIN), Some(-1), Some(0), Some(4), Some(5), Some(i64::MAX)][self.below(7)]
        }

        fn matcher(&mut self) -> Matcher {
            match self.below(6) {
                0 | 1 => Matcher::Any((0..=self.below(3)).map(|_| self.value()).collect()),
                2 => Matcher::Between { min: self.bound(), max: self.bound() },
                3 => Matcher::Within(PlaceId::from(self.text().as_str())),
                4 => Matcher::Not(Box::new(self.matcher())),
                _ => Matcher::Exists(self.below(2) == 0),
            }
        }

        fn route(&mut self, nth: usize) -> Route {
            let mut when = Vec::new();
            for on in ["kind", "place", "size", "weight"] {
                if self.below(3) == 0 {
                    when.push(Condition { on: on.to_owned(), must: self.matcher() });
                }
            }
            let from = [None, None, Some(DeskIx(0)), Some(DeskIx(1))][self.below(4)];
            let topic = ["sorted", "settled"][self.below(2)].to_owned();
            Route { id: format!("r{nth}"), on: topic, from, when, to: DeskIx(2) }
        }
    }

    #[test]
    fn finds_what_trying_finds() {
        let mut dice = Dice(SEED);
        let (mut taken, mut left) = (0, 0);
        for round in 0..400 {
            let count = 1 + dice.below(150);
            let all: Vec<Route> = (0..count).map(|nth| dice.route(nth)).collect();
            let routes = Routes::new(all.clone());
            for _ in 0..50 {
                let mut labels = Labels::new();
                for on in ["size", "weight"] {
                    if dice.below(3) != 0 {
                        labels.insert(on.to_owned(), dice.value());
                    }
                }
                let (topic, kind, place) = (["sorted", "settled", "said"][dice.below(3)], dice.text(), dice.text());
                let place = PlaceId::from(place.as_str());
                let from = DeskIx(dice.below(3) as u16);
                let facts = Facts { topic, from, kind: &kind, place: &place, labels: &labels };
                let [found, tried] =
                    [routes.find(facts), decide(&all, facts, |_, _| {})].map(|route| route.map(|route| &route.id));
                assert_eq!(found, tried, "seed {SEED:#x}, round {round}: {facts:?}");
                *if tried.is_some() { &mut taken } else { &mut left } += 1;
            }
        }
        assert!(2_000 < taken && 2_000 < left, "{taken} taken, {left} left");
    }
}
