//! What a desk is called with: the step, and events of the past.

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::{Clock, Matter, MatterId, PersonId};

/// Everything about one step but the input itself. `N` is the desk's note type.
///
/// Owned by the call; nothing of it is kept by the host.
#[derive(Clone, Debug, Deserialize)]
#[serde(bound(deserialize = "N: Default + Deserialize<'de>"))]
pub struct Step<N> {
    /// The input's instant; for a clock or schedule the instant it was due. Never read a clock of your own.
    pub now: Timestamp,
    /// The district's day at that instant.
    pub today: Date,
    /// What started this chain of steps.
    pub input: InputInfo,
    /// Name of this desk in the district's config. Only for log lines: names your code depends on
    /// are the manifest's.
    pub desk: String,
    /// The matter the step is about; none for an action on the desk itself and for a schedule.
    #[serde(default)]
    pub matter: Option<Matter>,
    /// What this desk noted on that matter; the default if it never did.
    #[serde(default, deserialize_with = "null_as_default")]
    pub note: N,
    /// Clocks of that matter which this desk started or declares, as before the step.
    #[serde(default)]
    pub clocks: Vec<Clock>,
    /// First id that [`Step::new_id`] gives out.
    pub next_id: u64,
}

impl<N> Step<N> {
    /// Id for the `n`th matter (from 0) that this step opens. Use them in order, without gaps.
    pub fn new_id(&self, n: u64) -> MatterId {
        MatterId(self.next_id + n)
    }

    /// The matter's clock of this name.
    pub fn clock(&self, name: &str) -> Option<&Clock> {
        self.clocks.iter().find(|clock| clock.name == name)
    }
}

fn null_as_default<'de, D: serde::Deserializer<'de>, N: Default + Deserialize<'de>>(from: D) -> Result<N, D::Error> {
    Ok(Option::<N>::deserialize(from)?.unwrap_or_default())
}

/// What made the engine act.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InputInfo {
    /// Number in the journal, from 1.
    pub seq: u64,
    /// What sort of input it is.
    pub kind: InputKind,
    /// Who acted; nobody for clocks, and for people without an account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<PersonId>,
    /// What somebody without an account came with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proof: Option<Proof>,
    /// Whom the one who acted stood in for: what they may do they may as this person's deputy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stands_for: Option<PersonId>,
    /// Who confirmed it, where the action's `second` asks for somebody; always another person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub second: Option<PersonId>,
}

/// What somebody without an account came with. The host has checked it before any desk is called, and
/// gives no desk the code itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Proof {
    /// The query code of the matter: whoever reported it was given it, and `@reporter` is open to them.
    Code,
    /// An invitation to this very action on this very matter: `@invited` is open to them.
    Invitation,
}

/// The sorts of inputs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum InputKind {
    /// A person's action.
    Act,
    /// A row of an imported table.
    Row,
    /// An HTTP request from another system.
    Request,
    /// A clock that ran out or warned.
    Clock,
    /// A schedule's occurrence.
    Schedule,
    /// A finished job.
    Job,
    /// Another try of a step that failed.
    Retry,
    /// An operator's command.
    Operator,
    /// A switch of config, library, calendar or directory.
    Switch,
    /// What became of a notice.
    Receipt,
}

/// A fact about a matter; never changed afterwards.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Event {
    /// Number in the journal; rises with time.
    pub seq: u64,
    /// Instant of the input that caused it.
    pub at: Timestamp,
    /// The matter it is about.
    pub matter: MatterId,
    /// The matter's stay when it was said.
    pub stay: u32,
    /// Its topic.
    pub topic: String,
    /// The desk that said it; `host` for the host's own topics.
    pub desk: String,
    /// Who acted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<PersonId>,
    /// What somebody without an account came with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proof: Option<Proof>,
    /// Whom the one who acted stood in for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stands_for: Option<PersonId>,
    /// Who confirmed what was done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub second: Option<PersonId>,
    /// Its data; none when it has none, or when it was erased.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data: Option<Box<RawValue>>,
    /// The route that handed the matter over because of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub route: Option<String>,
}
