//! `open` and `act`: one input put in, one answer out.

use clap::Args;
use plugin_api::PersonId;
use serde_json::{Map, Value};

use super::error::Ended;
use super::screen::Screen;
use super::{Folder, NamedFolder, program};
use crate::district::District;
use crate::engine::input::{Act, Answer, Ask, Input, Target};
use crate::engine::{Engine, NO_TICKET};

/// How an action's form is given.
#[derive(Debug, Args)]
pub(crate) struct Form {
    /// A field of the form; repeat for more
    #[arg(long = "field", short = 'f', value_name = "NAME=VALUE")]
    fields: Vec<String>,
    /// The form as one JSON object, for rows within it
    #[arg(long, value_name = "JSON")]
    form: Option<String>,
    /// Who acts, a person of the directory; nobody without it
    #[arg(long, value_name = "PERSON")]
    by: Option<String>,
    /// Makes the same command the same input when it comes again
    #[arg(long)]
    key: Option<String>,
}

/// `open`
#[derive(Debug, Args)]
pub(crate) struct Open {
    #[command(flatten)]
    folder: Folder,
    /// One line saying what it is about
    #[arg(long)]
    title: Option<String>,
    /// What is to be said about it
    #[arg(long)]
    text: Option<String>,
    /// Where: a place by path, or by a title only it has
    #[arg(long)]
    place: Option<String>,
    #[command(flatten)]
    form: Form,
}

/// `act`
#[derive(Debug, Args)]
pub(crate) struct ActArgs {
    #[command(flatten)]
    folder: NamedFolder,
    /// Number of the matter, or the name of a desk for an action about no single matter
    on: String,
    /// The action
    action: String,
    /// Refuse if the matter no longer lies on this desk
    #[arg(long, value_name = "DESK")]
    at: Option<String>,
    #[command(flatten)]
    form: Form,
}

impl Open {
    pub(crate) fn run(self, screen: Screen) -> Result<(), Ended> {
        let district = District::open(&self.folder.dir, &program()?)?;
        let (mut engine, _lock) = district.engine()?;
        let spec = &district.config.desks[district.config.open.get()];
        let action = spec.manifest.action.iter().find(|action| action.on == "desk");
        let action = action
            .ok_or_else(|| Ended::Wrong(format!("desk {:?} offers no action to open a matter with", spec.name)))?;
        let mut form = self.form.parse()?;
        for (name, value) in [("title", self.title), ("text", self.text), ("place", self.place)] {
            if let Some(value) = value {
                form.insert(name.to_owned(), value.into());
            }
        }
        let act = Act { target: Target::Desk(spec.name.clone()), action: action.name.clone(), form };
        put(&mut engine, screen, self.form.input(act))
    }
}

impl ActArgs {
    pub(crate) fn run(self, screen: Screen) -> Result<(), Ended> {
        let district = District::open(&self.folder.dir, &program()?)?;
        let (mut engine, _lock) = district.engine()?;
        let target = match (engine.find_matter(&self.on), &self.at) {
            (Some(id), None) => Target::Matter(id),
            (Some(id), Some(desk)) => Target::MatterAt(id, desk.clone()),
            (None, _) if district.config.desk(&self.on).is_some() => Target::Desk(self.on.clone()),
            (None, _) => {
                return Err(Ended::Wanting(format!(
                    "{:?} is neither the number of a matter nor the name of a desk",
                    self.on
                )));
            }
        };
        let act = Act { target, action: self.action.clone(), form: self.form.parse()? };
        put(&mut engine, screen, self.form.input(act))
    }
}

impl Form {
    fn parse(&self) -> Result<Map<String, Value>, Ended> {
        let mut form = match &self.form {
            None => Map::new(),
            Some(text) => serde_json::from_str(text)
                .map_err(|error| Ended::Wrong(format!("--form is not a JSON object: {error}")))?,
        };
        for field in &self.fields {
            let (name, value) =
                field.split_once('=').ok_or_else(|| Ended::Wrong(format!("--field {field:?} is not NAME=VALUE")))?;
            form.insert(name.trim().to_owned(), value.into());
        }
        Ok(form)
    }

    fn input(&self, act: Act) -> Input {
        Input { ask: Ask::Act(act), by: self.by.as_deref().map(PersonId::new), key: self.key.clone() }
    }
}

/// Puts one input in and prints its answer.
pub(super) fn put(engine: &mut Engine, screen: Screen, input: Input) -> Result<(), Ended> {
    engine.run_due();
    let ticket = NO_TICKET + 1;
    engine.take(input, ticket);
    let answer = engine.commit().into_iter().find(|(given, _)| *given == ticket).map(|(_, answer)| answer);
    let answer = answer.ok_or_else(|| Ended::Wrong("the engine gave no answer".to_owned()))?;
    if screen.json {
        screen.print(&answer, String::new)?;
    }
    match &answer {
        Answer::Done(done) | Answer::Repeated(done) => {
            if !screen.json {
                let is_again = matches!(answer, Answer::Repeated(_));
                let lines: Vec<String> = done
                    .matters
                    .iter()
                    .map(|matter| {
                        let again =
                            if is_again { screen.words("（此前已登记）", " (was done before)") } else { "" };
                        let desk = engine.config().desk(&matter.desk).map(|desk| &engine.config().desks[desk.get()]);
                        let title = desk.map_or(matter.desk.as_str(), |desk| screen.pick(&desk.title));
                        let is_open = matter.status == plugin_api::Status::Open;
                        let stage = if is_open { &matter.stage } else { screen.words("已结案", "closed") };
                        format!("{} → {title} [{stage}]{again}", matter.number)
                    })
                    .collect();
                let text =
                    if lines.is_empty() { screen.words("已办理", "done").to_owned() } else { lines.join("\n") };
                screen.print(done, || text)?;
            }
            Ok(())
        }
        Answer::Refused(objections) => Err(Ended::refused(screen, objections)),
        Answer::Failed(text) => Err(Ended::Wanting(format!(
            "{}{text}",
            screen.words(
                "未能办理，已保留并将自动重试（见 hongling parked）：",
                "it failed, is kept, and will be tried again (see `hongling parked`): "
            )
        ))),
    }
}
