//! A small desk that sends notices as it is told and keeps what comes back: built only for tests of
//! the host.

use plugin_api::view::{Column, Table, View, ViewRequest};
use plugin_api::{
    Cell, District, Effects, Fault, Holder, Host, Opening, PersonId, PlaceId, Plugin, Post, Recipients, Returned, Step,
    Title,
};
use serde::Deserialize;
use serde_json::json;

/// The desk.
pub struct Herald;

/// It has none.
#[derive(Debug, Deserialize)]
pub struct Settings {}

/// What the desk is called by.
#[derive(Debug, Deserialize)]
#[serde(tag = "name", content = "data", rename_all = "kebab-case")]
pub enum Input {
    /// Opens a matter.
    Start {
        /// Its title.
        title: String,
        /// Where.
        place: PlaceId,
        /// Who reported it.
        #[serde(default)]
        contact: Option<PersonId>,
        /// Whom it waits for.
        #[serde(default)]
        holders: Vec<String>,
    },
    /// Sends `called`.
    Call {
        /// To whom: `reporters`, `holders`, `followers` or a post.
        to: Vec<String>,
        /// Once for this key.
        #[serde(default)]
        key: Option<String>,
        /// By this template, whatever its data.
        #[serde(default)]
        template: Option<String>,
        /// Then does what it may not.
        #[serde(default)]
        wrongly: bool,
    },
    /// Sends `hello`, about no matter.
    Greet {
        /// Posts.
        whom: Vec<String>,
        /// What is said.
        words: String,
    },
    /// What became of a `called`.
    #[serde(rename = "receipt.called")]
    Came(Returned),
}

impl Plugin for Herald {
    type Settings = Settings;
    type Input = Input;
    type Note = ();

    fn open(_: Settings, _: District) -> Result<Herald, Fault> {
        Ok(Herald)
    }

    fn handle(&self, input: Input, step: &Step<()>, _: &dyn Host) -> Result<Effects, Fault> {
        let effects = Effects::new();
        Ok(match input {
            Input::Start { title, place, contact, holders } => {
                let holders: Result<Vec<Holder>, Fault> =
                    holders.iter().map(|post| Ok(Holder::lead(post_of(post)?))).collect();
                let reporters = contact.into_iter().collect();
                let opening =
                    Opening { kind: "call".into(), title, place: Some(place), reporters, ..Opening::default() };
                effects.open(step.new_id(0), opening).holders(holders?)
            }
            Input::Call { to, key, template, wrongly } => {
                let template = template.as_deref().unwrap_or("called");
                let data = json!({ "level": "street", "cost": 1250, "until": "2026-03-03T02:30:00Z" });
                let mut effects = effects;
                for to in to {
                    let to = recipients_of(&to)?;
                    effects = match &key {
                        Some(key) => effects.send_once(key, to, template, &data),
                        None => effects.send(to, template, &data),
                    };
                }
                if wrongly { effects.stage("nowhere") } else { effects }
            }
            Input::Greet { whom, words } => {
                let data = json!({ "words": words });
                whom.iter().try_fold(effects, |effects, whom| {
                    Ok::<Effects, Fault>(effects.send(Recipients::Post(post_of(whom)?), "hello", &data))
                })?
            }
            Input::Came(Returned { notice, person, outlet, delivered, id, why }) => {
                let key = format!("{notice:04} {person} {outlet} {}", step.input.seq);
                effects.put("came", key, &json!({ "delivered": delivered, "id": id, "why": why }))
            }
        })
    }

    fn view(&self, _: &ViewRequest, host: &dyn Host) -> Result<View, Fault> {
        let rows = host.records("came", "", "")?.into_iter().map(|(key, record)| {
            let key = key.rsplit_once(' ').map_or(key.as_str(), |(key, _)| key).to_owned();
            vec![Cell::Text(key), Cell::Text(record.to_string())]
        });
        Ok(View::Table(Table {
            title: Title::new("回执", "Receipts"),
            columns: vec![Column::new("notice", "消息", "Notice"), Column::new("came", "回执", "Receipt")],
            rows: rows.collect(),
        }))
    }
}

fn recipients_of(text: &str) -> Result<Recipients, Fault> {
    Ok(match text {
        "reporters" => Recipients::Reporters,
        "followers" => Recipients::Followers,
        "holders" => Recipients::Holders,
        post => Recipients::Post(post_of(post)?),
    })
}

/// `person:chen`, `unit:housing`, `role:grid-leader@daguan/linghu`.
fn post_of(text: &str) -> Result<Post, Fault> {
    match text.split_once(':') {
        Some(("person", id)) => Ok(Post::Person(id.into())),
        Some(("unit", id)) => Ok(Post::Unit(id.into())),
        Some(("role", id)) => {
            let (role, place) = id.split_once('@').ok_or_else(|| Fault::failed("a role is at a place"))?;
            Ok(Post::Role { role: role.into(), place: place.into() })
        }
        _ => Err(Fault::failed(format!("{text:?} is no post"))),
    }
}

plugin_api::export_plugin!(Herald);
