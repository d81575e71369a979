//! Looking without changing: views of desks, and why a matter is where it is.

use plugin_api::abi::VERB_VIEW;
use plugin_api::host::Question;
use plugin_api::matter::Lamp;
use plugin_api::{ClockState, Due, MatterId, PersonId, Title, View, ViewRequest};
use serde::Serialize;
use serde_json::{Map, Value};

use super::answers::Asking;
use super::call::{Caller, Outcome};
use super::handover::KeptFacts;
use super::input::instant;
use super::secret::read_secret;
use crate::clock::{Standing, State};
use crate::code::Codes;
use crate::config::Config;
use crate::matter::{Head, whole};
use crate::permission::{Asker, Sight};
use crate::routes::tried::{Tried, tell};
use crate::routes::{DeskIx, Facts, watchers};
use crate::store::{JournalEvent, Reader, StoreError, Stored};

/// Who looks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Viewer {
    /// Who holds the folder: sees everything.
    Operator,
    /// A person of the directory: sees what their roles and posts let them.
    Person(PersonId),
}

impl Viewer {
    /// Whether a matter is shown.
    pub fn sees(&self, config: &Config, now_ms: i64, head: &Head) -> bool {
        match self {
            Viewer::Operator => true,
            Viewer::Person(by) => Asker::new(&config.directory, Some(by), config.day_of(now_ms)).sees(head),
        }
    }
}

/// A view to be drawn.
#[derive(Clone, Debug)]
pub struct Look {
    /// The desk.
    pub desk: DeskIx,
    /// Name of the view.
    pub name: String,
    /// The matter whose page asks.
    pub of: Option<MatterId>,
    /// Parameters, checked.
    pub params: Map<String, Value>,
    /// The instant.
    pub now_ms: i64,
}

/// Draws a view of a desk.
///
/// # Errors
/// A sentence that says what is wrong: no such view, not for this person, or the desk failed.
pub fn view(
    config: &Config,
    caller: &dyn Caller,
    reader: Reader<'_>,
    look: &Look,
    viewer: &Viewer,
) -> Result<View, Title> {
    let spec = &config.desks[look.desk.get()];
    let Some(view) = spec.manifest.view(&look.name) else {
        let known: Vec<&str> = spec.manifest.view.iter().map(|view| view.name.as_str()).collect();
        let known = known.join(", ");
        return Err(Title::new(
            format!("“{}”没有查询“{}”；可用：{known}", spec.title.zh, look.name),
            format!("desk {:?} has no view {:?}; there are {known}", spec.name, look.name),
        ));
    };
    if view.of.is_some() && look.of.is_none() {
        return Err(Title::new("这项查询要指明事项", "this view is of a matter; name it with --of"));
    }
    let by = match viewer {
        Viewer::Operator => None,
        Viewer::Person(by) => Some(by),
    };
    let asker = Asker::new(&config.directory, by, config.day_of(look.now_ms));
    let head = look.of.map(|id| read_head(reader, id)).transpose().map_err(failed)?.flatten();
    if *viewer != Viewer::Operator && !asker.is_among(spec, &view.who, head.as_ref(), None) {
        return Err(Title::new("无权查看这项查询", "this view is not for this person"));
    }
    let sight = if *viewer == Viewer::Operator { Sight::Everything } else { Sight::Of(asker) };
    let asking = Asking { config, desk: look.desk, now_ms: look.now_ms, sight };
    let request = ViewRequest {
        name: look.name.clone(),
        params: look.params.clone(),
        of: look.of.map(plugin_api::view::Subject::Matter),
        by: by.cloned(),
        now: instant(look.now_ms),
        today: config.day_of(look.now_ms),
    };
    let request = serde_json::to_string(&request).map_err(failed)?;
    let mut ask = |question: &str| -> Result<String, String> {
        let question: Question =
            serde_json::from_str(question).map_err(|error| format!("unreadable question: {error}"))?;
        asking.answer(&question, reader)
    };
    let mut out = Vec::new();
    match caller.call(VERB_VIEW, &request, &mut ask, &mut out) {
        Outcome::Ok => serde_json::from_slice(&out).map_err(failed),
        Outcome::Refused(objections) => Err(objections
            .into_iter()
            .next()
            .map_or_else(|| Title::new("已拒绝", "refused"), |objection| objection.text)),
        Outcome::Failed(text) | Outcome::Died(text) => Err(failed(text)),
        Outcome::NotOffered => Err(failed("the desk offers no views")),
    }
}

fn failed(error: impl std::fmt::Display) -> Title {
    Title::new(format!("查询失败：{error}"), format!("the view failed: {error}"))
}

/// What makes and checks query codes; none before the district's store was opened the first time.
///
/// # Errors
/// When the store does not give its secret.
pub fn codes(reader: Reader<'_>) -> Result<Option<Codes>, StoreError> {
    Ok(read_secret(reader)?.map(Codes::new))
}

/// The head of a matter.
///
/// # Errors
/// When the store does not give it.
pub fn read_head(reader: Reader<'_>, id: MatterId) -> Result<Option<Head>, StoreError> {
    reader.head(id)?.map(|stored| crate::store::parse_head(&stored.head)).transpose()
}

/// A matter with its words, its due instant and its lamp as of an instant.
///
/// # Errors
/// When the store does not give it, or head and words do not make a matter.
pub fn read_matter(
    config: &Config,
    reader: Reader<'_>,
    stored: &Stored,
    now_ms: i64,
) -> Result<plugin_api::Matter, StoreError> {
    let head = crate::store::parse_head(&stored.head)?;
    let mut matter = whole(&stored.head, &stored.body)
        .map_err(|error| StoreError::Damaged(format!("matter {}: {error}", head.id)))?;
    Standing::of(config, &head, &reader.clocks_of(head.id)?, instant(now_ms)).mark(&mut matter);
    Ok(matter)
}

/// A clock of a matter, for people.
#[derive(Debug, Serialize)]
pub struct ShownClock {
    /// Its name.
    pub name: String,
    /// The desk whose it is.
    pub desk: String,
    /// What it is called.
    pub title: Title,
    /// Whether it runs.
    pub state: ClockState,
    /// When it runs out.
    pub due: Due,
    /// Its lamp.
    pub lamp: Option<Lamp>,
    /// Why it is paused.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
    /// When its pause is to be looked at again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub review: Option<Due>,
}

/// The clocks of a matter, with their lamps as of an instant.
///
/// # Errors
/// When the store does not give them.
pub fn clocks(config: &Config, reader: Reader<'_>, id: MatterId, now_ms: i64) -> Result<Vec<ShownClock>, StoreError> {
    let shown = reader.clocks_of(id)?.into_iter().map(|(id, run)| {
        let desk = config.desk(&id.desk).map(|desk| &config.desks[desk.get()]);
        let spec = desk.and_then(|desk| desk.manifest.clock(&id.name));
        ShownClock {
            title: spec.map_or_else(|| Title::new(&*id.name, &*id.name), |spec| spec.title.clone()),
            state: run.state(),
            due: run.due().into(),
            lamp: spec.map(|spec| run.lamp(spec, instant(now_ms))),
            why: match &run.state {
                State::Paused { why, .. } => Some(why.clone()),
                State::Running | State::Out => None,
            },
            review: run.review().map(|review| review.due().into()),
            name: id.name.to_string(),
            desk: id.desk.to_string(),
        }
    });
    Ok(shown.collect())
}

/// Why one event led where it did: the very decision, on the very facts, by the config then in force.
#[derive(Clone, Debug, Serialize)]
pub struct Explained {
    /// The event.
    pub seq: u64,
    /// Its topic.
    pub topic: String,
    /// What the routes looked at.
    pub facts: KeptFacts,
    /// Hash of the config that was in force.
    pub config: Option<String>,
    /// The route that took the matter.
    pub route: Option<String>,
    /// The desk it names.
    pub to: Option<String>,
    /// Desks that a watch told.
    pub told: Vec<String>,
    /// Every route tried, and all that it looked at.
    pub tried: Vec<Tried>,
    /// What today's config would do, where that is another route.
    pub today: Option<Option<String>>,
}

/// Explains an event, if the routes were asked about it. `then` is the config that was in force, as far
/// as it can still be read; today's where it cannot.
///
/// # Errors
/// When its facts do not read back.
pub fn explain(
    today: &Config,
    then: (Option<&str>, &Config),
    event: &JournalEvent,
) -> Result<Option<Explained>, StoreError> {
    let Some(facts) = &event.facts else { return Ok(None) };
    let facts: KeptFacts = serde_json::from_str(facts).map_err(|error| StoreError::Damaged(error.to_string()))?;
    let (hash, then) = then;
    let decision = decide_again(then, &event.topic, &facts);
    let to = event.route.as_ref().and_then(|id| then.routes.iter().find(|route| route.id == *id));
    let by_today = decide_again(today, &event.topic, &facts).route;
    Ok(Some(Explained {
        seq: event.seq,
        topic: event.topic.clone(),
        facts,
        config: hash.map(str::to_owned),
        route: event.route.clone(),
        to: to.map(|route| then.desks[route.to.get()].name.clone()),
        told: decision.told,
        tried: decision.tried,
        today: (by_today != event.route).then_some(by_today),
    }))
}

struct Decision {
    route: Option<String>,
    told: Vec<String>,
    tried: Vec<Tried>,
}

fn decide_again(config: &Config, topic: &str, facts: &KeptFacts) -> Decision {
    let Some(from) = config.desk(&facts.from) else {
        return Decision { route: None, told: Vec::new(), tried: Vec::new() };
    };
    let facts = Facts { topic, from, kind: &facts.kind, place: &facts.place, labels: &facts.labels };
    let name = |desk: DeskIx| config.desks[desk.get()].name.clone();
    let (taken, tried) = tell(&config.routes, facts, name);
    let told = watchers(&config.watches, facts).into_iter().map(name).collect();
    Decision { route: taken.map(|route| route.id.clone()), told, tried }
}
