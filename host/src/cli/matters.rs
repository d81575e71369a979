//! `open` and `act`: one input put in, one answer out.

use clap::Args;
use plugin_api::{PersonId, Title};
use serde_json::{Map, Value};

use super::error::Ended;
use super::screen::Screen;
use super::{Folder, NamedFolder, named, program};
use crate::config::Config;
use crate::district::District;
use crate::engine::input::{Act, Answer, Ask, Done, Input, Reached, Target};
use crate::engine::{Engine, NO_TICKET};
use crate::lang::Lang;
use crate::matter::id_of_number;
use crate::permission::not_there;
use crate::suggestion::titled_suggestion;
use crate::words::{Words, status};

/// How an action's form is given.
#[derive(Debug, Args)]
pub(crate) struct Form {
    /// A field of the form; repeat for more · 表单的一项，名称=值；可写多个
    #[arg(long = "field", short = 'f', value_name = "NAME=VALUE")]
    fields: Vec<String>,
    /// The form as one JSON object, for rows within it · 整个表单写成一个 JSON 对象，其中有多行内容时用
    #[arg(long, value_name = "JSON")]
    form: Option<String>,
    /// Who acts, a person of the directory; nobody without it · 谁办理：名册中的人；不写就是没有账户的人
    #[arg(long, value_name = "PERSON")]
    by: Option<String>,
    /// Makes the same command the same input when it comes again · 重复标识：同样的命令再来一次不会重复办理
    #[arg(long)]
    key: Option<String>,
}

/// `open`
#[derive(Debug, Args)]
pub(crate) struct Open {
    #[command(flatten)]
    folder: Folder,
    /// One line saying what it is about · 题目，一句话说明是什么事
    #[arg(long)]
    title: Option<String>,
    /// What is to be said about it · 详情
    #[arg(long)]
    text: Option<String>,
    /// Where: a place by path, or by a title only it has · 区域：路径，或唯一的名称
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
    /// Number of the matter, or the name of a desk for an action about no single matter · 事项编号；不针对单件事项的操作写业务台
    on: String,
    /// The action · 操作
    action: String,
    /// The matter's query code, from somebody without an account · 没有账户的人凭事项的查询码办理
    #[arg(long, value_name = "CODE", conflicts_with_all = ["at", "by"])]
    code: Option<String>,
    /// Refuse if the matter no longer lies on this desk · 事项已不在这个业务台就不办
    #[arg(long, value_name = "DESK")]
    at: Option<String>,
    #[command(flatten)]
    form: Form,
}

impl Open {
    pub(crate) fn run(self, screen: Screen) -> Result<(), Ended> {
        let mut form = self.form.parse()?;
        let district = District::open(&self.folder.dir, &program()?)?;
        let config = &district.config;
        let (mut engine, _lock) = district.engine()?;
        let spec = &config.desks[config.open.get()];
        let action = spec.manifest.action.iter().find(|action| action.on == "desk");
        let action = action.ok_or_else(|| {
            Ended::wrong(Title::new(
                format!("业务台“{}”没有登记事项的操作", spec.name),
                format!("desk {:?} offers no action to open a matter with", spec.name),
            ))
        })?;
        for (name, value) in [("title", self.title), ("text", self.text), ("place", self.place)] {
            if let Some(value) = value {
                form.insert(name.to_owned(), value.into());
            }
        }
        let act = Act { target: Target::Desk(spec.name.clone()), action: action.name.clone(), form };
        self.form.put(&mut engine, screen, act)
    }
}

impl ActArgs {
    pub(crate) fn run(self, screen: Screen) -> Result<(), Ended> {
        let form = self.form.parse()?;
        let district = District::open(&self.folder.dir, &program()?)?;
        let (mut engine, _lock) = district.engine()?;
        let target = match (engine.find_matter(&self.on), &self.at) {
            (Some(id), _) if let Some(code) = &self.code => Target::ByCode(id, code.clone()),
            (Some(id), None) => Target::Matter(id),
            (Some(id), Some(desk)) => Target::MatterAt(id, desk.clone()),
            (None, _) if district.config.desk(&self.on).is_some() => Target::Desk(self.on.clone()),
            // The very refusal of a matter that is there and not for this person.
            (None, _) if id_of_number(&self.on).is_some() => return Err(Ended::refused(vec![not_there()])),
            (None, _) => return Err(neither(&district.config, &self.on)),
        };
        let act = Act { target, action: self.action.clone(), form };
        self.form.put(&mut engine, screen, act)
    }
}

fn neither(config: &Config, on: &str) -> Ended {
    let hint = titled_suggestion(on, config.desks.iter().map(|desk| (desk.name.as_str(), Some(&desk.title))));
    Ended::wanting(Title::new(
        format!("“{on}”既不是事项编号，也不是业务台；{}", hint.zh),
        format!("{on:?} is neither the number of a matter nor the name of a desk; {}", hint.en),
    ))
}

impl Form {
    fn parse(&self) -> Result<Map<String, Value>, Ended> {
        let mut form = match &self.form {
            None => Map::new(),
            Some(text) => serde_json::from_str(text).map_err(|error| {
                Ended::wrong(Title::new(
                    format!("--form 不是 JSON 对象（例如 {{\"title\": \"路灯不亮\"}}）：{error}"),
                    format!("--form is not a JSON object such as {{\"title\": \"lamp out\"}}: {error}"),
                ))
            })?,
        };
        form.extend(named::pairs(&self.fields, "--field")?.into_iter().map(|(name, value)| (name, value.into())));
        Ok(form)
    }

    /// Puts the action in. An unknown person goes in too: the engine refuses it, and nothing more is
    /// told than there.
    fn put(&self, engine: &mut Engine, screen: Screen, act: Act) -> Result<(), Ended> {
        let known = |by: &str| engine.config().directory.resolve_person(by).map(|person| person.id.clone());
        let by = self.by.as_deref().map(|by| (known(by), by));
        let logged = by.as_ref().and_then(|(known, _)| known.clone());
        let by = by.map(|(known, by)| known.unwrap_or_else(|| PersonId::new(by)));
        let action = act.action.clone();
        let done = put(engine, screen, Input { ask: Ask::Act(act), by, key: self.key.clone() })?;
        let (by, matters) = (logged.as_ref().map(PersonId::as_str), numbers(&done));
        tracing::info!(action, by, seq = done.seq, matters, "An action was done.");
        Ok(())
    }
}

/// The numbers of the matters that an input reached, for a log line.
pub(super) fn numbers(done: &Done) -> String {
    done.matters.iter().map(|matter| matter.number.as_str()).collect::<Vec<_>>().join(" ")
}

/// Puts one input in, prints its answer, and gives what was done. What is due, and jobs, are run after
/// that: there is no host beside this command to do it.
pub(super) fn put(engine: &mut Engine, screen: Screen, input: Input) -> Result<Done, Ended> {
    engine.hold_jobs();
    let answered = put_one(engine, screen, input);
    engine.release_jobs();
    engine.run_due();
    engine.commit();
    answered
}

fn put_one(engine: &mut Engine, screen: Screen, input: Input) -> Result<Done, Ended> {
    let ticket = NO_TICKET + 1;
    engine.take(input, ticket);
    let answer = engine.commit().into_iter().find(|(given, _)| *given == ticket).map(|(_, answer)| answer);
    let no_answer = || Ended::wrong(Title::new("没有得到答复", "the engine gave no answer"));
    let answer = answer.ok_or_else(no_answer)?;
    match &answer {
        Answer::Done(done) | Answer::Repeated(done) => {
            let is_again = matches!(answer, Answer::Repeated(_));
            screen.print(&answer, || draw_done(screen, engine, done, is_again))?;
            Ok(done.clone())
        }
        Answer::Refused(objections) => {
            tracing::info!(objections = objections.len(), "An input was refused.");
            Err(Ended::refused(objections.clone()))
        }
        Answer::Unstored(words) => Err(Ended::wanting(words.clone())),
        Answer::Failed(text) => {
            if screen.json {
                screen.print(&answer, String::new)?;
            }
            Err(Ended::shown_wanting(Title::new(
                format!("未能办理，已保留并将自动重试（见 hongling parked）：{text}"),
                format!("it failed, is kept, and will be tried again (see `hongling parked`): {text}"),
            )))
        }
    }
}

fn draw_done(screen: Screen, engine: &Engine, done: &Done, is_again: bool) -> String {
    let words = Words { config: engine.config(), day: engine.config().day_of(engine.now_ms()) };
    let again = if is_again { screen.words("（此前已提交）", " (was put in before)") } else { "" };
    let matters = done.matters.iter().map(|matter| format!("{}{again}", draw_reached(screen, words, engine, matter)));
    let shown = done.shown.iter().map(|shown| format!("{}: {}", shown.of, shown.text));
    let lines: Vec<String> = matters.chain(shown).collect();
    match (lines.is_empty(), screen.lang) {
        (false, _) => lines.join("\n"),
        (true, Lang::Zh) => format!("已办理{again}"),
        (true, Lang::En) => format!("done{again}"),
    }
}

fn draw_reached(screen: Screen, words: Words<'_>, engine: &Engine, matter: &Reached) -> String {
    let reader = engine.store().reader();
    let head = engine.find_matter(&matter.number).and_then(|id| crate::engine::look::read_head(reader, id).ok()?);
    let at = match (matter.status, head) {
        (plugin_api::Status::Open, Some(head)) => words.stage(&matter.desk, &head.kind, &matter.stage),
        (plugin_api::Status::Open, None) => Title::new(&matter.stage, &matter.stage),
        (over, _) => status(over),
    };
    let code = match &matter.code {
        Some(code) => format!("{} {code}", screen.words("  查询码", "  query code")),
        None => String::new(),
    };
    format!("{} → {} [{}]{code}", matter.number, screen.pick(&words.desk(&matter.desk)), screen.pick(&at))
}
