//! Where a matter goes next, and who else is told.
//!
//! Pure. Knows nothing of plugins, storage or time; the engine asks and acts, and `explain` asks
//! the very same function.
//!
//! Always holds (I2): a matter that no route takes stays where it is. First match wins.

mod index;
pub mod region;
pub mod tried;

use plugin_api::{LabelValue, Labels, PlaceId};

pub use index::Routes;

/// A configured desk, as an index into `Config::desks`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct DeskIx(pub u16);

impl DeskIx {
    /// The index itself.
    pub fn get(self) -> usize {
        usize::from(self.0)
    }
}

/// One `[[route]]`.
#[derive(Clone, Debug)]
pub struct Route {
    /// Its id, unique in the district.
    pub id: String,
    /// The topic.
    pub on: String,
    /// Only when this desk said it.
    pub from: Option<DeskIx>,
    /// What must hold, in the order written.
    pub when: Vec<Condition>,
    /// The desk it hands the matter to.
    pub to: DeskIx,
}

/// One `[[watch]]`.
#[derive(Clone, Debug)]
pub struct Watch {
    /// Its id, unique in the district.
    pub id: String,
    /// The topics.
    pub on: Vec<String>,
    /// Only when this desk said it.
    pub from: Option<DeskIx>,
    /// What must hold.
    pub when: Vec<Condition>,
    /// The desks that are told, in order.
    pub to: Vec<DeskIx>,
}

/// One line of a `when`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Condition {
    /// What is looked at: `kind`, `place`, or a label.
    pub on: String,
    /// What it must be.
    pub must: Matcher,
}

/// What a value must be. Decidable: no calls, no patterns but a prefix of places.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Matcher {
    /// One of these; a single value is a list of one.
    Any(Vec<LabelValue>),
    /// A number between these, both included.
    Between {
        /// Least.
        min: Option<i64>,
        /// Greatest.
        max: Option<i64>,
    },
    /// At this place or within it (`"daguan/linghu/**"`).
    Within(PlaceId),
    /// Not what the other says; also when there is no value.
    Not(Box<Matcher>),
    /// There is a value, or there is none.
    Exists(bool),
}

impl Matcher {
    /// Whether a value, or its absence, is what this asks for.
    pub fn holds(&self, value: Option<&LabelValue>) -> bool {
        match (self, value) {
            (Matcher::Exists(wanted), _) => *wanted == value.is_some(),
            (Matcher::Not(other), _) => !other.holds(value),
            (_, None) => false,
            (Matcher::Any(values), Some(value)) => values.contains(value),
            (Matcher::Between { min, max }, Some(LabelValue::Integer(number))) => {
                min.is_none_or(|min| min <= *number) && max.is_none_or(|max| *number <= max)
            }
            (Matcher::Within(place), Some(LabelValue::Text(text))) => place.covers(&PlaceId::from(text.as_str())),
            (Matcher::Between { .. } | Matcher::Within(_), Some(_)) => false,
        }
    }

    /// Whether this names a value, so that it is the district's word and nobody's in particular.
    fn names(&self, value: &LabelValue) -> bool {
        match self {
            Matcher::Any(values) => values.contains(value),
            Matcher::Not(other) => other.names(value),
            Matcher::Between { .. } | Matcher::Within(_) | Matcher::Exists(_) => false,
        }
    }
}

impl std::fmt::Display for Matcher {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Matcher::Any(values) => {
                let values: Vec<String> = values.iter().map(LabelValue::to_string).collect();
                f.write_str(&values.join(" | "))
            }
            Matcher::Between { min, max } => {
                let bound = |bound: &Option<i64>| bound.map_or_else(String::new, |number| number.to_string());
                write!(f, "{}..{}", bound(min), bound(max))
            }
            Matcher::Within(place) => write!(f, "{place}/**"),
            Matcher::Not(other) => write!(f, "not {other}"),
            Matcher::Exists(wanted) => f.write_str(if *wanted { "any value" } else { "no value" }),
        }
    }
}

/// What a decision looks at: an event and the matter as the step left it.
#[derive(Clone, Copy, Debug)]
pub struct Facts<'a> {
    /// The topic said.
    pub topic: &'a str,
    /// The desk that said it.
    pub from: DeskIx,
    /// The matter's kind.
    pub kind: &'a str,
    /// Its place.
    pub place: &'a PlaceId,
    /// Its labels.
    pub labels: &'a Labels,
}

impl Facts<'_> {
    /// The value a condition looks at.
    pub fn value(&self, on: &str) -> Option<LabelValue> {
        match on {
            "kind" => Some(LabelValue::Text(self.kind.to_owned())),
            "place" => Some(LabelValue::Text(self.place.as_str().to_owned())),
            label => self.labels.get(label).cloned(),
        }
    }

    fn failing<'c>(&self, when: &'c [Condition]) -> Option<&'c Condition> {
        when.iter().find(|condition| match condition.on.as_str() {
            "kind" | "place" => !condition.must.holds(self.value(&condition.on).as_ref()),
            label => !condition.must.holds(self.labels.get(label)),
        })
    }
}

/// The first route that takes the matter. `tried` hears of every route for the topic up to and
/// including that one, so that explaining is deciding.
pub fn decide<'r>(
    routes: &'r [Route],
    facts: Facts<'_>,
    mut tried: impl FnMut(&'r Route, Answer<'r>),
) -> Option<&'r Route> {
    routes.iter().filter(|route| route.on == facts.topic).find(|route| {
        let answer = answer(route, facts);
        tried(route, answer);
        matches!(answer, Answer::Takes)
    })
}

/// Whether some route waits for this topic of this desk, whatever else it asks: then a matter that none
/// takes was meant to go somewhere.
pub fn is_routed(routes: &[Route], topic: &str, from: DeskIx) -> bool {
    routes.iter().any(|route| route.on == topic && route.from.is_none_or(|desk| desk == from))
}

/// What the routes can tell of a label's value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Told {
    /// No route looks at the label.
    Unread,
    /// Some route names this very value.
    Named,
    /// Routes look at it, and to all of them it is as good as any value they do not name.
    Other,
}

/// What the routes can tell of a label's value.
pub fn told(routes: &[Route], label: &str, value: &LabelValue) -> Told {
    let mut conditions =
        routes.iter().flat_map(|route| &route.when).filter(|condition| condition.on == label).peekable();
    if conditions.peek().is_none() {
        return Told::Unread;
    }
    if conditions.any(|condition| condition.must.names(value)) { Told::Named } else { Told::Other }
}

/// How a route for the topic answers.
fn answer<'r>(route: &'r Route, facts: Facts<'_>) -> Answer<'r> {
    if route.from.is_some_and(|from| from != facts.from) {
        return Answer::OtherDesk;
    }
    facts.failing(&route.when).map_or(Answer::Takes, Answer::Fails)
}

/// How one route answered.
#[derive(Clone, Copy, Debug)]
pub enum Answer<'r> {
    /// It takes the matter.
    Takes,
    /// It is for events of another desk.
    OtherDesk,
    /// This condition does not hold.
    Fails(&'r Condition),
}

/// The desks that watch an event, in the order of the config, each once.
pub fn watchers(watches: &[Watch], facts: Facts<'_>) -> Vec<DeskIx> {
    let mut desks = Vec::new();
    for watch in watches {
        let is_for =
            watch.on.iter().any(|topic| topic == facts.topic) && watch.from.is_none_or(|from| from == facts.from);
        if is_for && facts.failing(&watch.when).is_none() {
            desks.extend(watch.to.iter().filter(|desk| !desks.contains(*desk)).copied().collect::<Vec<_>>());
        }
    }
    desks
}

#[cfg(test)]
mod tests {
    use super::{Condition, DeskIx, Matcher, Route, Told, told};
    use plugin_api::LabelValue;

    fn route(on: &str, must: Matcher) -> Route {
        let when = vec![Condition { on: on.to_owned(), must }];
        Route { id: "r".into(), on: "sorted".into(), from: None, when, to: DeskIx(0) }
    }

    /// What is kept in place of a text that no route names is to every route as good as the text.
    #[test]
    fn a_text_that_no_route_names_is_any_other() {
        let text = |text: &str| LabelValue::Text(text.to_owned());
        let any = |texts: &[&str]| Matcher::Any(texts.iter().map(|word| text(word)).collect());
        let matchers = [
            any(&["a"]),
            any(&["a", "b"]),
            Matcher::Not(Box::new(any(&["b"]))),
            Matcher::Exists(true),
            Matcher::Exists(false),
            Matcher::Not(Box::new(Matcher::Exists(true))),
        ];
        let routes: Vec<Route> = matchers.iter().cloned().map(|must| route("mark", must)).collect();
        for value in ["a", "b", "老李说灯不亮", ""].map(text) {
            let is_named = value == text("a") || value == text("b");
            assert_eq!(told(&routes, "mark", &value), if is_named { Told::Named } else { Told::Other });
            assert_eq!(told(&routes, "count", &value), Told::Unread);
            for matcher in matchers.iter().filter(|_| !is_named) {
                assert_eq!(matcher.holds(Some(&value)), matcher.holds(Some(&text("…"))), "{matcher} of {value}");
            }
        }
    }
}
