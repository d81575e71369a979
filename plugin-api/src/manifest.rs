//! `plugin.toml`: what a desk is called, takes, says, offers and shows.
//!
//! The only place of names, types, defaults, bounds and titles. The host reads it from the
//! library's bytes without running anything; the command line, the console, imports and checks are
//! generated from it. Unknown keys are errors.

mod check;
mod account;
mod reads;
mod job;
mod notice;
mod take;

use serde::{Deserialize, Serialize};

use crate::clock::MarkAt;
use crate::field::Fields;
use crate::matter::Lamp;

pub use account::{AccountKey, AccountSpec, Class, CreditSpec};
pub use job::JobSpec;
pub use reads::ReadSpec;
pub use take::{Take, TakeOn};

/// Words for people, in both languages.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Title {
    /// Chinese.
    pub zh: String,
    /// English.
    pub en: String,
}

impl Title {
    /// Words in both languages.
    pub fn new(zh: impl Into<String>, en: impl Into<String>) -> Title {
        Title { zh: zh.into(), en: en.into() }
    }
}

/// A whole `plugin.toml`.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Manifest {
    /// Name of the plugin: the library is `lib<name>.so` with `-` as `_`.
    pub name: String,
    /// Its version, three numbers.
    pub version: String,
    /// Its title.
    pub title: Title,
    /// What it asks beyond the ordinary: `contacts`, `appoint:<role>`, `place:<level>`.
    #[serde(default)]
    pub asks: Vec<String>,
    /// Names this desk is called by whose steps read the matter's words: its title, text, address,
    /// position, `reported_at` and `source`. Without this key every step gets them; with it, other
    /// steps see them empty, which spares reading and parsing a text at every step.
    #[serde(default)]
    pub words: Option<Vec<String>>,
    /// Topics it takes, routed, watched or brought by a schedule.
    #[serde(default)]
    pub take: Vec<Take>,
    /// Topics it says.
    #[serde(default)]
    pub say: Vec<Say>,
    /// Kinds of matters that lie on it, with their stages here.
    #[serde(default)]
    pub kind: Vec<Kind>,
    /// Labels it sets, by name: `text`, `integer`, `bool`, `choice` or `unit`. One of `text` may hold somebody's
    /// words: of it the journal keeps only what a route names, and an erasure takes it away. What must
    /// outlive that is a `choice` or a `unit`.
    #[serde(default)]
    pub label: Fields,
    /// Code tables it asks of the district.
    #[serde(default)]
    pub list: Vec<List>,
    /// What people may do.
    #[serde(default)]
    pub action: Vec<Action>,
    /// What it can show.
    #[serde(default)]
    pub view: Vec<ViewSpec>,
    /// Its clocks.
    #[serde(default)]
    pub clock: Vec<ClockSpec>,
    /// Its collections of records.
    #[serde(default)]
    pub collection: Vec<Collection>,
    /// Its settings, by name.
    #[serde(default)]
    pub setting: Fields,
    /// Its account classes.
    #[serde(default)]
    pub account: Vec<AccountSpec>,
    /// Open account classes of other desks that it credits.
    #[serde(default)]
    pub credits: Vec<CreditSpec>,
    /// Shared collections of other desks that it reads.
    #[serde(default)]
    pub reads: Vec<ReadSpec>,
    /// Its jobs.
    #[serde(default)]
    pub job: Vec<JobSpec>,
    /// Templates of the notices it sends.
    #[serde(default)]
    pub notice: Vec<crate::notice::NoticeSpec>,
    /// It is an outlet: it offers [`Plugin::deliver`](crate::Plugin::deliver).
    #[serde(default)]
    pub outlet: bool,
}

/// A topic the desk says.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Say {
    /// The topic.
    pub topic: String,
    /// Its title.
    pub title: Title,
    /// Its data fields; those marked `public` are shown to residents.
    #[serde(default)]
    pub data: Fields,
    /// Nobody need take it. Otherwise a matter whose event no route takes is marked `unrouted`.
    #[serde(default)]
    pub log: bool,
    /// Names this desk is called by whose steps may say it. With them the district's check can prove
    /// that no matter goes round and round without a person or a clock, and the graph tells what leads
    /// on; a test of the desk fails where it says it otherwise. Without this key any step may.
    #[serde(default)]
    pub after: Option<Vec<String>>,
}

impl Say {
    /// Whether a step of this name may say it.
    pub fn may_follow(&self, name: &str) -> bool {
        self.after.as_ref().is_none_or(|after| after.iter().any(|given| given == name))
    }
}

/// A kind of matter, as it lies on this desk.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Kind {
    /// The kind.
    pub name: String,
    /// First letters of its numbers; given by the one desk that opens it.
    pub prefix: Option<String>,
    /// Its title; given with the prefix.
    pub title: Option<Title>,
    /// Its stages on this desk; the first is the entry unless one says so.
    pub stages: Vec<Stage>,
}

impl Kind {
    /// The stage a matter of this kind gets on arrival.
    pub fn entry(&self) -> Option<&Stage> {
        self.stages.iter().find(|stage| stage.entry).or_else(|| self.stages.first())
    }
}

/// A stage of a matter on a desk.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stage {
    /// Its name.
    pub name: String,
    /// What the office calls it.
    pub title: Title,
    /// What residents read; without it the step is not shown to them.
    pub public: Option<Title>,
    /// Set by the host on arrival.
    #[serde(default)]
    pub entry: bool,
}

/// A code table the desk asks of the district.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct List {
    /// Its name in the district's config.
    pub name: String,
    /// The further columns this desk needs.
    #[serde(default)]
    pub columns: Fields,
}

/// Something a person may do.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Action {
    /// Its name; the desk is called by it.
    pub name: String,
    /// Its title.
    pub title: Title,
    /// A kind, or `desk` for one that is about no single matter.
    pub on: String,
    /// Stages in which it is open; empty means all.
    #[serde(default)]
    pub stages: Vec<String>,
    /// Roles, or `@holder`, `@lead`, `@assist`, `@reporter`, `@anyone`.
    pub who: Vec<String>,
    /// The field whose place a role must cover; without it, the matter's place.
    pub at: Option<String>,
    /// Actions whose doer on this matter may not do this one.
    #[serde(default, rename = "other_than")]
    pub other_than: Vec<String>,
    /// Whether a table's rows may be imported as this action.
    #[serde(default)]
    pub rows: bool,
    /// The field whose value makes a row the same row when it comes again.
    pub key: Option<String>,
    /// Its form.
    #[serde(default)]
    pub fields: Fields,
}

/// A view the desk can show.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ViewSpec {
    /// Its name.
    pub name: String,
    /// Its title.
    pub title: Title,
    /// Whose page it belongs to; without it, the desk's.
    pub of: Option<SubjectKind>,
    /// Roles that may see it, as in actions; `@anyone` for everybody.
    pub who: Vec<String>,
    /// Its parameters.
    #[serde(default)]
    pub params: Fields,
}

/// What a view is on the page of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SubjectKind {
    /// A matter.
    Matter,
    /// A place.
    Place,
    /// A person.
    Person,
    /// A unit.
    Unit,
}

/// A clock of the desk. When it runs out the desk is called by `clock.<name>`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClockSpec {
    /// Its name.
    pub name: String,
    /// Its title.
    pub title: Title,
    /// How long it is kept.
    #[serde(default)]
    pub keep: Keep,
    /// Its lamp once it has run out.
    #[serde(default = "yellow")]
    pub lamp: Lamp,
    /// The desk wants to be called by `clock.NAME.review` on the day a pause is to be looked at again.
    #[serde(default)]
    pub review: bool,
    /// Marks on its way.
    #[serde(default)]
    pub marks: Vec<MarkSpec>,
}

fn yellow() -> Lamp {
    Lamp::Yellow
}

/// A mark on the way of a clock: the desk is called by `clock.NAME.MARK` when it is reached, once.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MarkSpec {
    /// Its name.
    pub name: String,
    /// Where it stands: `75%`, `-1 workday`, `+2 workdays`.
    pub at: MarkAt,
    /// The clock's lamp from there on.
    #[serde(default)]
    pub lamp: Option<Lamp>,
    /// The desk is not called: the mark is for the lamp alone.
    #[serde(default)]
    pub quiet: bool,
}

/// How long a clock is kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Keep {
    /// Ends with the stay it was started in.
    #[default]
    Stay,
    /// Goes on until the matter is closed, and fires to the desk the matter then lies on, if that desk
    /// declares a clock of this name.
    Matter,
}

/// A collection of records of the desk.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Collection {
    /// Its name.
    pub name: String,
    /// Its title.
    pub title: Title,
    /// The fields of a record.
    pub fields: Fields,
    /// Whether other desks may read it.
    #[serde(default)]
    pub shared: bool,
    /// A place, person, unit or contact field of it: in views a record is shown to those who may see
    /// that. Without it, or where a record lacks it, only to those who see all of the district.
    #[serde(default)]
    pub at: Option<String>,
    /// Whether its records are shown to whoever may open a view.
    #[serde(default)]
    pub public: bool,
}

impl Manifest {
    /// Whether the steps of this name get the matter's words.
    pub fn wants_words(&self, name: &str) -> bool {
        self.words.as_ref().is_none_or(|names| names.iter().any(|wanted| wanted == name))
    }

    /// The action of this name.
    pub fn action(&self, name: &str) -> Option<&Action> {
        self.action.iter().find(|action| action.name == name)
    }

    /// The view of this name.
    pub fn view(&self, name: &str) -> Option<&ViewSpec> {
        self.view.iter().find(|view| view.name == name)
    }

    /// The kind of this name.
    pub fn kind(&self, name: &str) -> Option<&Kind> {
        self.kind.iter().find(|kind| kind.name == name)
    }

    /// The topic of this name, if the desk says it.
    pub fn say(&self, topic: &str) -> Option<&Say> {
        self.say.iter().find(|say| say.topic == topic)
    }

    /// Every name the desk is called by for its clocks: `clock.rung`, `clock.rung.warn`.
    pub fn clock_calls(&self) -> impl Iterator<Item = String> + '_ {
        self.clock.iter().flat_map(|clock| {
            let marks = clock.marks.iter().filter(|mark| !mark.quiet).map(|mark| mark.name.as_str());
            let review = clock.review.then_some("review");
            let own = std::iter::once(format!("clock.{}", clock.name));
            own.chain(marks.chain(review).map(|mark| format!("clock.{}.{mark}", clock.name)))
        })
    }

    /// The clock of this name.
    pub fn clock(&self, name: &str) -> Option<&ClockSpec> {
        self.clock.iter().find(|clock| clock.name == name)
    }

    /// The notice template of this name.
    pub fn notice(&self, name: &str) -> Option<&crate::notice::NoticeSpec> {
        self.notice.iter().find(|notice| notice.name == name)
    }
}
