//! What is driven through the engine: matters of 1 KB, opened and settled in random order, from data
//! (`host/demo/bench.toml`), so that the host names no desk.

use plugin_api::{MatterId, PersonId, Title};
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::cli::error::Ended;
use crate::config::template;
use crate::engine::input::{Act, Ask, Input, Target};

/// Monday 2026-03-02 09:00 in China.
const NOW_MS: i64 = 1_772_413_200_000;
const SEED: u64 = 20_260_302;
/// Desks that a matter passes without anybody acting: reported, sorted, taken.
const STEPS_OF_OPENING: u64 = 3;

/// The load of one run.
#[derive(Clone, Debug)]
pub(super) struct Load {
    /// How many matters.
    pub matters: u64,
    /// The instant all of it happens at.
    pub now_ms: i64,
    desk: String,
    sorts: Vec<Sort>,
    order: Vec<u32>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    desk: String,
    action: String,
    matter: Vec<Sort>,
}

/// A sort of matter, and how it is settled.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Sort {
    title: String,
    place: String,
    text: String,
    acts: Vec<Deed>,
    #[serde(skip)]
    action: String,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Deed {
    action: String,
    by: String,
    form: Map<String, Value>,
}

impl Load {
    /// The load for so many matters.
    pub fn read(matters: u64) -> Result<Load, Ended> {
        let wrong = |error: String| {
            Ended::wrong(Title::new(format!("测速数据有误：{error}"), format!("the bench's own data: {error}")))
        };
        let text = template::file("bench.toml").ok_or_else(|| wrong("bench.toml is missing".to_owned()))?;
        let mut file: File = toml::from_str(text).map_err(|error| wrong(error.to_string()))?;
        file.matter.iter_mut().for_each(|sort| sort.action.clone_from(&file.action));
        let count = u32::try_from(matters).map_err(|_| Ended::wrong(Title::new("事项太多", "too many matters")))?;
        let turns = 1 + file.matter.iter().map(|sort| sort.acts.len()).max().unwrap_or(0);
        let order = shuffled((0..count).flat_map(|matter| std::iter::repeat_n(matter, turns)).collect());
        Ok(Load { matters, now_ms: NOW_MS, desk: file.desk, sorts: file.matter, order })
    }

    /// Steps of the whole load.
    pub fn steps(&self) -> u64 {
        (0..self.matters).map(|matter| STEPS_OF_OPENING + self.sort(matter).acts.len() as u64).sum()
    }

    /// All inputs: whenever a matter's turn comes, what is next for it. The store is new, so the
    /// matters opened get the ids 1, 2, 3, … in the order of their first turns.
    pub fn inputs(&self) -> impl Iterator<Item = Input> + '_ {
        let mut turns = vec![0_u8; self.order.len()];
        let mut ids = vec![0_u64; self.order.len()];
        let mut opened = 0;
        self.order.iter().filter_map(move |&matter| {
            let at = matter as usize;
            let turn = usize::from(turns[at]);
            turns[at] += 1;
            if turn == 0 {
                opened += 1;
                ids[at] = opened;
                return Some(self.open(u64::from(matter)));
            }
            let deed = self.sort(u64::from(matter)).acts.get(turn - 1)?;
            let act =
                Act { target: Target::Matter(MatterId(ids[at])), action: deed.action.clone(), form: deed.form.clone() };
            Some(Input { ask: Ask::Act(act), by: Some(PersonId::from(deed.by.as_str())), key: None })
        })
    }

    /// Opens that never end, to keep the engine busy.
    pub fn inputs_without_end(&self) -> impl Iterator<Item = Input> + Send + use<> {
        let load = self.clone();
        (0..).map(move |matter| load.open(matter))
    }

    /// So many opens.
    pub fn opens(&self, count: usize) -> impl Iterator<Item = Input> + '_ {
        (0..count as u64).map(|matter| self.open(matter))
    }

    /// For the reference: a matter for every step, in the same random order.
    pub fn step_order(&self) -> Vec<u64> {
        let steps = self.steps() / self.matters;
        let matters = (1..=self.matters).flat_map(|matter| std::iter::repeat_n(matter, steps as usize));
        shuffled(matters.collect())
    }

    /// A text of 1 KB.
    pub fn body_of_1_kb(&self) -> String {
        let mut text = self.text(0);
        while text.len() < 1_024 {
            text.push('。');
        }
        text
    }

    fn sort(&self, matter: u64) -> &Sort {
        &self.sorts[(matter % self.sorts.len() as u64) as usize]
    }

    fn text(&self, matter: u64) -> String {
        let text = &self.sort(matter).text;
        let mut long = format!("{matter} {text}");
        while long.len() + text.len() < 1_024 {
            long.push_str(text);
        }
        long
    }

    fn open(&self, matter: u64) -> Input {
        let sort = self.sort(matter);
        let form = [("title", sort.title.clone()), ("place", sort.place.clone()), ("text", self.text(matter))];
        let form = form.into_iter().map(|(name, value)| (name.to_owned(), value.into())).collect();
        let act = Act { target: Target::Desk(self.desk.clone()), action: sort.action.clone(), form };
        Input { ask: Ask::Act(act), by: None, key: None }
    }
}

/// The same order every time: Fisher and Yates with a fixed seed.
fn shuffled<T>(mut list: Vec<T>) -> Vec<T> {
    let mut random = fastrand::Rng::with_seed(SEED);
    random.shuffle(&mut list);
    list
}
