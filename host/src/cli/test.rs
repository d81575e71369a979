//! `test`: the tests of a district folder, run on scratch stores, and what none of them reaches.

use clap::Args;
use plugin_api::Title;
use serde::Serialize;
use serde_json::json;

use super::error::Ended;
use super::rubbish::Rubbish;
use super::screen::Screen;
use super::{Folder, program};
use crate::config::Config;
use crate::config::trial::{Trial, What};
use crate::district::{District, NotOpened};
use crate::lang::Lang;
use crate::trial::{Difference, Outcome, run};

/// `test`
#[derive(Debug, Args)]
pub(crate) struct Test {
    #[command(flatten)]
    folder: Folder,
    /// Only tests whose name has this in it · 只做名称里有这几个字的
    #[arg(long, value_name = "TEXT")]
    only: Option<String>,
    /// Found wanting, too, if a route or an action is reached by no test · 有流转规则或操作没有测试到，也算不通过
    #[arg(long)]
    deny_unreached: bool,
}

/// A test and what it came to.
#[derive(Debug, Serialize)]
struct Tested<'c> {
    name: &'c str,
    place: &'c str,
    passed: bool,
    differences: Vec<Difference>,
    #[serde(skip)]
    trial: &'c Trial,
}

/// What no test reaches.
#[derive(Debug, Serialize)]
struct Unreached<'c> {
    routes: Vec<&'c str>,
    actions: Vec<Action<'c>>,
    schedules: Vec<&'c str>,
}

impl Unreached<'_> {
    fn count(&self) -> usize {
        self.routes.len() + self.actions.len() + self.schedules.len()
    }
}

#[derive(Debug, Serialize)]
struct Action<'c> {
    desk: &'c str,
    action: &'c str,
    #[serde(skip)]
    title: &'c Title,
}

impl Test {
    pub(crate) fn run(self, screen: Screen) -> Result<(), Ended> {
        let district = District::open(&self.folder.dir, &program()?)?;
        let config = &*district.config;
        if !config.are_trials_sound {
            return Err(NotOpened::Problems(config.warnings.clone()).into());
        }
        let rubbish = Rubbish::make(&std::env::temp_dir(), "test")?;
        let mut all = Outcome::default();
        let mut tested = Vec::new();
        let is_chosen = |trial: &&Trial| self.only.as_ref().is_none_or(|text| trial.name.contains(text));
        for (at, trial) in config.trials.iter().filter(is_chosen).enumerate() {
            let folder = rubbish.0.join(at.to_string());
            std::fs::create_dir(&folder).map_err(anyhow::Error::from)?;
            let Outcome { differences, routes, actions, schedules } = run(&district, trial, &folder)?;
            all.routes.extend(routes);
            all.actions.extend(actions);
            all.schedules.extend(schedules);
            let passed = differences.is_empty();
            tested.push(Tested { name: &trial.name, place: &trial.place, passed, differences, trial });
        }
        drop(rubbish);
        // Of some tests alone nothing can be said of what all of them reach.
        let unreached = self.only.is_none().then(|| unreached(config, &all));
        let left = unreached.as_ref().map_or(0, Unreached::count);
        screen
            .print(&json!({ "tests": tested, "unreached": unreached }), || draw(screen, &tested, unreached.as_ref()))?;
        let failed = tested.iter().filter(|tested| !tested.passed).count();
        if tested.is_empty() && self.only.is_some() {
            return Err(Ended::shown_wanting(Title::new("没有这样的测试", "there is no such test")));
        }
        if failed != 0 {
            let total = tested.len();
            return Err(Ended::shown_wanting(Title::new(
                format!("{total} 项测试，{failed} 项不通过"),
                format!("{failed} of {total} tests failed"),
            )));
        }
        if self.deny_unreached && left != 0 {
            return Err(Ended::shown_wanting(Title::new(
                format!("有 {left} 条流转规则、操作和定时规则没有测试到"),
                format!("{left} routes, actions and schedules are reached by no test"),
            )));
        }
        Ok(())
    }
}

fn unreached<'c>(config: &'c Config, reached: &Outcome) -> Unreached<'c> {
    let Outcome { routes, actions, schedules, .. } = reached;
    let known = config.desks.iter().flat_map(|desk| desk.manifest.action.iter().map(move |action| (desk, action)));
    let is_left = |(desk, action): &(&crate::config::DeskConfig, &plugin_api::manifest::Action)| {
        !actions.contains(&(desk.name.clone(), action.name.clone()))
    };
    Unreached {
        routes: config.routes.iter().map(|route| route.id.as_str()).filter(|id| !routes.contains(*id)).collect(),
        actions: known
            .filter(is_left)
            .map(|(desk, action)| Action { desk: &desk.name, action: &action.name, title: &action.title })
            .collect(),
        schedules: config
            .schedules
            .iter()
            .map(|schedule| schedule.id.as_str())
            .filter(|id| !schedules.contains(*id))
            .collect(),
    }
}

fn draw(screen: Screen, tested: &[Tested<'_>], unreached: Option<&Unreached<'_>>) -> String {
    let mut lines = Vec::new();
    for test in tested {
        if test.passed {
            lines.push(format!("✓ {}", test.name));
            continue;
        }
        lines.push(format!("✗ {}   {}", test.name, test.place));
        let mut told = None;
        for Difference { step, place, what, wanted, got } in &test.differences {
            if told.replace((step, place)) != Some((step, place)) {
                lines.push(format!("    {place}  {}", draw_step(screen, test.trial, *step)));
            }
            lines.push(format!("    - {what} = {wanted}"));
            lines.push(format!("    + {what} = {}", screen.pick(got)));
        }
    }
    let Some(unreached) = unreached else { return lines.join("\n") };
    if !unreached.routes.is_empty() {
        let heading = screen.words("没有测试到的流转规则：", "Routes that no test reaches: ");
        lines.push(format!("{heading}{}", unreached.routes.join(screen.words("、", ", "))));
    }
    if !unreached.actions.is_empty() {
        lines.push(screen.words("没有测试到的操作：", "Actions that no test reaches:").to_owned());
        let named =
            |action: &Action<'_>| format!("    {} {}  {}", action.desk, action.action, screen.pick(action.title));
        lines.extend(unreached.actions.iter().map(named));
    }
    if !unreached.schedules.is_empty() {
        let heading = screen.words("没有测试到的定时规则：", "Schedules that no test reaches: ");
        lines.push(format!("{heading}{}", unreached.schedules.join(screen.words("、", ", "))));
    }
    lines.join("\n")
}

fn draw_step(screen: Screen, trial: &Trial, step: usize) -> String {
    let what = match step.checked_sub(1).and_then(|at| trial.then.get(at)).map(|deed| &deed.what) {
        None => return screen.words("登记之后", "after it was opened").to_owned(),
        Some(What::Act { action, .. }) => format!("act {action}"),
        Some(What::Wait(budget)) => format!("wait {}", budget.get()),
        Some(What::Until(time)) => format!("until {}", time.strftime("%Y-%m-%d %H:%M")),
    };
    match screen.lang {
        Lang::Zh => format!("第 {step} 步之后（{what}）"),
        Lang::En => format!("after step {step} ({what})"),
    }
}
