//! A config that changes while the host runs: put in force once it has settled and holds, whole or not at
//! all.
//!
//! Always holds: the folder is opened beside the running host, desks and all; a config with any problem
//! changes nothing but what is told; what was handed out before goes on by what was in force then.

use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use notify::{EventKind, RecommendedWatcher, RecursiveMode, Watcher as _};
use plugin_api::Title;

use super::status::counted;
use crate::cli::plan;
use crate::cli::screen::Screen;
use crate::config::Severity;
use crate::console::house::InForce;
use crate::district::{District, NotOpened};
use crate::engine::input::Clock;
use crate::engine::runner::{Reload, Switchboard};
use crate::outside::{Lanes, Telling};
use crate::plugins::installation_folders;
use crate::store::open_reading;

/// An editor writes in several steps: a change is looked at when nothing more has changed for so long.
const SETTLE: Duration = Duration::from_millis(300);

/// Why the folder is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Look {
    /// Something in it has changed.
    Changed,
    /// Somebody asks.
    Asked,
}

/// The lanes of the config in force; none once the host ends.
pub(super) type LanesInForce = Arc<Mutex<Option<Lanes>>>;

/// What watches a folder beside the host that runs it.
pub(super) struct Reloader {
    /// The district in force.
    pub district: District,
    /// Whose libraries it has.
    pub program: PathBuf,
    /// Where a config is handed in.
    pub switchboard: Switchboard,
    /// What lanes need.
    pub telling: Telling,
    /// Where the lanes in force are.
    pub lanes: LanesInForce,
    /// What the console works by.
    pub in_force: InForce,
    /// The host's clock.
    pub clock: Arc<dyn Clock>,
    /// Where it is told.
    pub screen: Screen,
}

impl Reloader {
    /// Watches on a thread of its own, which ends with the engine; gives what asks it to look.
    pub(super) fn start(self) -> std::io::Result<Sender<Look>> {
        let (sender, looks) = channel();
        let changed = sender.clone();
        let installed = installation_folders(&self.program);
        let watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
            // Its own reading is no change.
            let is_change = |event: &notify::Event| !matches!(event.kind, EventKind::Access(_));
            if event.is_ok_and(|event| is_change(&event) && event.paths.iter().any(|path| concerns(path, &installed))) {
                // Nobody looks any more once the host ends.
                let _ = changed.send(Look::Changed);
            }
        });
        let watcher = watcher.map_err(|error| {
            self.screen.say(&Title::new(
                format!("不能自动察觉配置改动（{error}）；改完请发 SIGHUP 信号"),
                format!("changes of the config are not noticed ({error}); send SIGHUP after a change"),
            ));
        });
        let (mut watcher, mut watched) = (watcher.ok(), Vec::new());
        // Before the host says that it runs; and what changed since the folder was read is seen at once.
        self.watch(watcher.as_mut(), &mut watched);
        // The other end is held right here.
        let _ = sender.send(Look::Changed);
        let work = move || self.work(watcher, watched, &looks);
        std::thread::Builder::new().name("config".into()).spawn(work)?;
        Ok(sender)
    }

    fn work(mut self, mut watcher: Option<RecommendedWatcher>, mut watched: Vec<PathBuf>, looks: &Receiver<Look>) {
        while let Ok(mut look) = looks.recv() {
            while let Ok(another) = looks.recv_timeout(SETTLE) {
                look = if another == Look::Asked { another } else { look };
            }
            if !self.look(look) {
                return;
            }
            self.watch(watcher.as_mut(), &mut watched);
        }
    }

    /// Watches the folders of the files in force: each by itself, for the data folder lies among them and
    /// changes all the time.
    fn watch(&self, watcher: Option<&mut RecommendedWatcher>, watched: &mut Vec<PathBuf>) {
        let Some(watcher) = watcher else { return };
        let config = &self.district.config;
        let files = config.sources.iter().map(|(name, _)| config.folder.join(name));
        let mut folders: Vec<PathBuf> = files.filter_map(|file| Some(file.parent()?.to_owned())).collect();
        folders.extend(config.plugins.iter().cloned());
        folders.extend(installation_folders(&self.program));
        folders.sort();
        folders.dedup();
        for folder in folders.iter().filter(|folder| !watched.contains(folder)) {
            if let Err(error) = watcher.watch(folder, RecursiveMode::NonRecursive) {
                tracing::warn!(%error, folder = %folder.display(), "A folder of the config cannot be watched; send SIGHUP after a change.");
            }
        }
        for folder in watched.iter().filter(|folder| !folders.contains(folder)) {
            // It may be gone.
            let _ = watcher.unwatch(folder);
        }
        *watched = folders;
    }

    /// Looks at the folder and puts it in force if it is another and holds. False once the engine has
    /// stopped.
    fn look(&mut self, look: Look) -> bool {
        let district = match District::open(&self.district.config.folder, &self.program) {
            Ok(district) => district,
            Err(error) => {
                self.tell_broken(&error);
                return true;
            }
        };
        let reading = open_reading(&self.district.config.data).map_err(NotOpened::from);
        let plan = reading.and_then(|db| district.plan(db.reader(), &self.district.config.data, self.clock.now_ms()));
        self.journal_pins(&district);
        let plan = match plan {
            Ok(Some(plan)) => Some(plan),
            Ok(None) => {
                // What was wrong has been put back.
                self.in_force.hold_back(None);
                if look == Look::Asked {
                    self.screen.say(&Title::new("配置没有改动", "the config is the one in force"));
                }
                return true;
            }
            Err(error) => {
                tracing::warn!(%error, "What the new config changes cannot be told.");
                None
            }
        };
        self.switch(district, plan)
    }

    /// Who trusted what is journaled also where nothing else has changed.
    fn journal_pins(&self, district: &District) {
        let inputs = open_reading(&self.district.config.data)
            .map_err(NotOpened::from)
            .and_then(|db| Ok(district.pin_inputs(db.reader())?));
        match inputs {
            Ok(inputs) => {
                for input in inputs {
                    // An engine that has stopped journals them at its next start.
                    let _ = self.telling.engine.put(input);
                }
            }
            Err(error) => tracing::warn!(%error, "Which libraries are trusted is not journaled yet."),
        }
    }

    fn switch(&mut self, mut district: District, plan: Option<crate::plan::Plan>) -> bool {
        // The store stays where it is while it is open.
        Arc::make_mut(&mut district.config).data.clone_from(&self.district.config.data);
        let (config, callers) = (Arc::clone(&district.config), district.callers.clone());
        match self.switchboard.switch(Reload { config, callers, plan: plan.clone() }) {
            Err(_) => return false,
            Ok(Err(words)) => {
                let words = Title::new(
                    format!("新配置没有生效，仍按原配置运行：{}", words.zh),
                    format!("the new config is not in force, the one before goes on: {}", words.en),
                );
                self.in_force.hold_back(Some(words.clone()));
                self.screen.say(&words);
                return true;
            }
            Ok(Ok(())) => {}
        }
        self.in_force.set(Arc::clone(&district.config), district.callers.clone());
        let hash = district.config.hash.get(..12).unwrap_or_default().to_owned();
        tracing::info!(config = %district.config.hash, "Another config is in force.");
        self.screen.say(&Title::new(format!("新配置已生效（{hash}）"), format!("a new config is in force ({hash})")));
        if let Some(plan) = plan.filter(|plan| !plan.is_empty()) {
            let drawn = plan::draw(self.screen, &district.config, &plan);
            self.screen.say(&Title::new(drawn.clone(), drawn));
        }
        self.turn_lanes(&district);
        self.district = district;
        true
    }

    /// Notices go by the new config; what was on its way is told to the engine first.
    fn turn_lanes(&self, district: &District) {
        let mut lanes = self.lanes.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(before) = lanes.take() else { return };
        before.finish();
        match Lanes::start(&district.config, &district.callers, &self.telling) {
            Ok(started) => *lanes = Some(started),
            Err(error) => tracing::error!(%error, "No outlet delivers any more; start the host again."),
        }
    }

    fn tell_broken(&self, error: &NotOpened) {
        let words = match error {
            NotOpened::Unusable(words) => words.clone(),
            NotOpened::Problems(problems) => {
                let errors: Vec<_> = problems.iter().filter(|problem| problem.severity == Severity::Error).collect();
                let first = errors.first().map(|problem| problem.render(|words| self.screen.pick(words)));
                let (count, first) = (errors.len(), first.unwrap_or_default());
                Title::new(
                    format!("配置有 {count} 处错误，仍按原配置运行（hongling check 列出全部）：\n{first}"),
                    format!(
                        "{}, the one before goes on (`hongling check` lists all):\n{first}",
                        counted(count as u64, "error")
                    ),
                )
            }
        };
        tracing::info!(problem = %words.en, "A changed config does not hold; the one before goes on.");
        self.in_force.hold_back(Some(words.clone()));
        self.screen.say(&words);
    }
}

/// Whether a changed file may be one of the district's. Where the program lies, only libraries are.
fn concerns(path: &Path, installed: &[PathBuf]) -> bool {
    let is_installed = path.parent().is_some_and(|folder| installed.iter().any(|installed| installed == folder));
    !is_installed || path.extension().is_some_and(|extension| extension == "so")
}
