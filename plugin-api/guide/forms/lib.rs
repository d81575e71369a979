//! 小额支出: who asks for money says for what; who pays is somebody else.

use plugin_api::{District, Effects, Fault, Host, Objection, Opening, PlaceId, Plugin, Step};
use serde::Deserialize;

pub struct Outlays {
    settings: Settings,
}

#[derive(Deserialize)]
pub struct Settings {
    most: i64, // money is fen, and never a float
}

#[derive(Deserialize)]
#[serde(tag = "name", content = "data", rename_all = "kebab-case")]
pub enum Input {
    Ask { place: PlaceId, why: String, guests: Option<u32>, items: Vec<Item> },
    Pay {},
}

#[derive(Deserialize)]
pub struct Item {
    what: String,
    price: i64,
}

impl Plugin for Outlays {
    type Settings = Settings;
    type Input = Input;
    type Note = ();

    fn open(settings: Settings, _: District) -> Result<Outlays, Fault> {
        Ok(Outlays { settings })
    }

    fn handle(&self, input: Input, step: &Step<()>, _: &dyn Host) -> Result<Effects, Fault> {
        match input {
            Input::Ask { place, why, guests, items } => {
                let objections = self.object(&items);
                if !objections.is_empty() {
                    return Err(Fault::Refused(objections)); // all at once, each at its field and row
                }
                let title = items.iter().map(|item| item.what.as_str()).collect::<Vec<_>>().join("、");
                let text = guests.map_or(why.clone(), |guests| format!("{why}, {guests}"));
                let (kind, place) = ("outlay".into(), Some(place));
                Ok(Effects::new().open(step.new_id(0), Opening { kind, title, text, place, ..Opening::default() }))
            }
            Input::Pay {} => Ok(Effects::new().stage("paid").close("paid")),
        }
    }
}

impl Outlays {
    fn object(&self, items: &[Item]) -> Vec<Objection> {
        let mut left = self.settings.most;
        let mut objections = Vec::new();
        for (row, item) in (1..).zip(items) {
            left -= item.price;
            if left < 0 {
                let over = Objection::new("超出一次可支的数额", "is more than may be spent at once");
                objections.push(over.field("items").row(row));
            }
        }
        objections
    }
}
