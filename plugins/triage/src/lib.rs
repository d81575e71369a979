//! 分类定级: category, size, and why.
//!
#![doc = include_str!("../README.md")]

mod category;
mod figures;
mod fold;
mod keyword;
mod sorter;
mod verdict;

use plugin_api::view::Subject;
use plugin_api::{District, Effects, Fault, Host, Matter, Plugin, Step, View, ViewRequest};
use serde::Deserialize;

use crate::category::{Categories, Size};
use crate::keyword::{Hit, Keywords};
pub use crate::verdict::Note;

/// The triage desk.
pub struct Triage {
    settings: Settings,
    categories: Categories,
    keywords: Keywords,
    district: District,
}

/// What a district may set.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Settings {
    /// Per cent of confidence below which a person sorts.
    pub unsure_below: u32,
}

/// What the desk is called by.
#[derive(Debug, Deserialize)]
#[serde(tag = "name", content = "data", rename_all = "kebab-case")]
pub enum Input {
    /// A new matter.
    Reported {},
    /// A desk says that it was sorted wrongly.
    SortWanted {
        /// Why.
        reason: String,
    },
    /// An operator handed the matter over.
    Moved {},
    /// 定级.
    Sort(ByHand),
}

/// What a person decides.
#[derive(Debug, Deserialize)]
pub struct ByHand {
    /// Code of the list `category`.
    pub category: String,
    /// The category's, if none.
    #[serde(default)]
    pub size: Option<Size>,
    /// The category's, if not said.
    #[serde(default)]
    pub urgent: Option<bool>,
    /// In words.
    #[serde(default)]
    pub why: Option<String>,
}

impl Plugin for Triage {
    type Settings = Settings;
    type Input = Input;
    type Note = Note;

    fn open(settings: Settings, district: District) -> Result<Triage, Fault> {
        let categories = Categories::read(district.list("category"))?;
        let keywords = Keywords::read(district.list("keyword"), &categories)?;
        Ok(Triage { settings, categories, keywords, district })
    }

    fn handle(&self, input: Input, step: &Step<Note>, host: &dyn Host) -> Result<Effects, Fault> {
        let Some(matter) = &step.matter else {
            return Err(Fault::failed("every input of triage is about a matter, and there is none"));
        };
        let day = self.district.day_of(matter.opened);
        match input {
            Input::Sort(by_hand) => {
                let category = self.categories.find_sortable(&by_hand.category, day)?;
                Ok(verdict::by_hand(matter, &step.note, category, by_hand))
            }
            Input::Reported {} => {
                let found = self.find(matter);
                match verdict::decide(&found, self.settings.unsure_below, |code| self.categories.find(code, day)) {
                    Some(decided) => Ok(verdict::sorted(&found, decided)),
                    None => Ok(verdict::waiting(&found, None, sorter::holder(&matter.place, host)?)),
                }
            }
            Input::Moved {} => {
                let found = self.find(matter);
                let reason = "管理员人工移交".to_owned();
                Ok(verdict::waiting(&found, Some(reason), sorter::holder(&matter.place, host)?))
            }
            Input::SortWanted { reason } => {
                let found = self.find(matter);
                Ok(verdict::waiting(&found, Some(reason), sorter::holder(&matter.place, host)?))
            }
        }
    }

    fn view(&self, request: &ViewRequest, host: &dyn Host) -> Result<View, Fault> {
        match (request.name.as_str(), &request.of) {
            ("why", Some(Subject::Matter(id))) => figures::why(self, *id, host),
            ("unsure", _) => figures::unsure(self, host),
            ("categories", _) => figures::categories(self, request, host),
            (other, _) => Err(Fault::failed(format!("view {other:?} is not offered"))),
        }
    }
}

impl Triage {
    /// What the rules find in a matter, as rules and categories were on the day it was opened.
    fn find(&self, matter: &Matter) -> Vec<Hit<'_>> {
        let day = self.district.day_of(matter.opened);
        let mut hits = self.keywords.find(&matter.title, &matter.text, day);
        hits.retain(|hit| self.categories.find(hit.category, day).is_some());
        hits
    }
}

plugin_api::export_plugin!(Triage);
