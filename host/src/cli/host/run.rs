//! `run`: the host, until somebody stops it.
//!
//! Always holds: a signal to stop lets the engine finish and commit the batch it is at (I1); a second
//! one ends the process as if nobody listened, which loses nothing that was answered.

use std::io::ErrorKind;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::mpsc::Sender;
use std::sync::{Arc, Mutex, PoisonError};

use clap::Args;
use plugin_api::Title;
use serde_json::{Map, Value, json};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;
use signal_hook::low_level::emulate_default_handler;

use super::reload::{Look, Reloader};
use super::status::draw_counts;
use super::tick::check_stored;
use crate::cli::error::Ended;
use crate::cli::screen::Screen;
use crate::cli::{Folder, program};
use crate::config::Config;
use crate::console::Console;
use crate::console::house::{House, InForce};
use crate::counts::of_desks;
use crate::district::{District, NotOpened, exercise_ms};
use crate::engine::Engine;
use crate::engine::input::{Clock, SystemClock, instant};
use crate::engine::runner::{Runner, Stopper};
use crate::index::{Follower, Index};
use crate::lang::local;
use crate::os_error::why;
use crate::outside::{Lanes, Telling, settle};

/// `run`
#[derive(Debug, Args)]
pub(crate) struct Run {
    #[command(flatten)]
    folder: Folder,
    /// Settle what is ready and stop · 把到时的办完就停
    #[arg(long)]
    once: bool,
    /// Do not open the web console · 不打开网页控制台
    #[arg(long)]
    no_console: bool,
    /// Where the console's address is taken it has another.
    #[arg(skip)]
    at_any_port: bool,
}

impl Run {
    /// The host of the example, which is not to fail because another runs.
    pub(in crate::cli) fn of_demo(dir: &Path) -> Run {
        Run { folder: Folder { dir: dir.to_owned() }, once: false, no_console: false, at_any_port: true }
    }

    pub(crate) fn run(self, screen: Screen) -> Result<(), Ended> {
        let program = program()?;
        let district = District::open(&self.folder.dir, &program)?;
        let config = Arc::clone(&district.config);
        let config = &config;
        for warning in district.shelf.warnings() {
            screen.say(&warning);
        }
        let (mut engine, _lock) = district.engine()?;
        tracing::info!(folder = %config.folder.display(), config = %config.hash, once = self.once, "The host starts.");
        say_exercise(screen, config, &engine)?;
        if self.once {
            return run_once(screen, &district, engine);
        }
        let (bell, clock) = (engine.bell(), engine.clock());
        let index = (!self.no_console).then(|| Follower::start(&mut engine)).transpose();
        let (index, follower) = index.map_err(anyhow::Error::from)?.unzip();
        let runner = Runner::start(engine).map_err(anyhow::Error::from)?;
        let telling = Telling { engine: runner.tables.clone(), bell, clock };
        let lanes = Lanes::start(config, &district.callers, &telling).map_err(anyhow::Error::from)?;
        let lanes = Arc::new(Mutex::new(Some(lanes)));
        let stopper = runner.stopper();
        let in_force = InForce::new(Arc::clone(config), district.callers.clone());
        let open = |index| self.open_console(&in_force, (index, &runner), &telling.clock, &program);
        let console = index.map(open).transpose()?;
        let address = console.as_ref().map(Console::address);
        let (switchboard, clock) = (runner.switchboard.clone(), Arc::clone(&telling.clock));
        let reloader =
            Reloader { district, program, switchboard, telling, lanes: Arc::clone(&lanes), in_force, clock, screen };
        listen(stopper, reloader.start().map_err(anyhow::Error::from)?).map_err(anyhow::Error::from)?;
        if let Some(address) = address {
            screen.say(&Title::new(format!("网页控制台：http://{address}"), format!("web console: http://{address}")));
        }
        screen.say(&Title::new("红领已启动；按 Ctrl-C 停止", "Hongling runs; Ctrl-C stops it"));
        let mut engine = runner.wait().map_err(|_| {
            Ended::wrong(Title::new(
                "程序内部已停止；请看日志，再重新启动",
                "the engine has stopped; see the log, then start the host again",
            ))
        })?;
        console.into_iter().for_each(Console::close);
        follower.into_iter().for_each(Follower::stop);
        if let Some(lanes) = lanes.lock().unwrap_or_else(PoisonError::into_inner).take() {
            lanes.stop();
        }
        check_stored(&engine)?;
        engine.release_notices()?;
        tracing::info!("The host was stopped.");
        screen.say(&Title::new("已停止；办过的都已存盘", "stopped; all that was done is on disk"));
        let config = Arc::clone(engine.config());
        sum_up(screen, &config, &engine, ("stopped", true.into()))
    }

    /// Opens the console of a running engine.
    fn open_console(
        &self,
        in_force: &InForce,
        (index, runner): (Arc<Index>, &Runner),
        clock: &Arc<dyn Clock>,
        program: &Path,
    ) -> Result<Console, Ended> {
        let listen = in_force.get().config.console.listen;
        let open = |at| {
            let lanes = (runner.people.clone(), runner.tables.clone());
            let clocks = (Arc::clone(clock), Arc::new(SystemClock) as Arc<dyn Clock>);
            let house = House::new(in_force.clone(), Arc::clone(&index), lanes, clocks, program);
            let house = house.map_err(NotOpened::from)?;
            Ok::<_, NotOpened>(Console::open(house, at))
        };
        let opened = match open(listen)? {
            Err(error) if self.at_any_port && error.kind() == ErrorKind::AddrInUse => {
                open(SocketAddr::new(listen.ip(), 0))?
            }
            opened => opened,
        };
        opened.map_err(|error| {
            let why = why(&error);
            Ended::wrong(Title::new(
                format!("网页控制台打不开 {listen}：{}；请在 [console] 里换一个 listen，或加 --no-console", why.zh),
                format!(
                    "the console cannot listen at {listen}: {}; change `listen` in [console], or add --no-console",
                    why.en
                ),
            ))
        })
    }
}

fn run_once(screen: Screen, district: &District, mut engine: Engine) -> Result<(), Ended> {
    let ran = engine.run_due();
    engine.commit();
    check_stored(&engine)?;
    let engine = settle(district, engine).map_err(anyhow::Error::from)?;
    sum_up(screen, &district.config, &engine, ("ran", ran.into()))
}

/// Whoever waits for time limits here would wait for ever.
fn say_exercise(screen: Screen, config: &Config, engine: &Engine) -> Result<(), Ended> {
    if let Some(now_ms) = exercise_ms(engine.store().reader())? {
        let shown = local(instant(now_ms), &config.zone);
        screen.say(&Title::new(
            format!("这是演练目录：时钟停在 {shown}，不会自己走；停止本命令后用 hongling tick 拨动"),
            format!("an exercise folder: its clock stands still at {shown}; stop this, then `hongling tick` turns it"),
        ));
    }
    Ok(())
}

/// Stops the engine at the first signal that asks for it; the next one does what it does where nobody
/// listens. SIGHUP asks to look at the config.
fn listen(stopper: Stopper, look: Sender<Look>) -> std::io::Result<()> {
    let mut signals = Signals::new([SIGINT, SIGTERM, SIGHUP])?;
    let work = move || {
        let mut is_first = true;
        for signal in signals.forever() {
            if signal == SIGHUP {
                // Nobody looks any more once the host ends.
                let _ = look.send(Look::Asked);
                continue;
            }
            tracing::info!(signal, "A signal asks the host to stop.");
            if is_first {
                stopper.stop();
                is_first = false;
            } else {
                // It does not come back for these two.
                let _ = emulate_default_handler(signal);
            }
        }
    };
    std::thread::Builder::new().name("signals".into()).spawn(work).map(drop)
}

fn sum_up(screen: Screen, config: &Config, engine: &Engine, (name, value): (&str, Value)) -> Result<(), Ended> {
    let counts = of_desks(engine.store().reader(), config)?;
    let parked = engine.store().reader().kept()?.iter().filter(|kept| kept.due_ms.is_none()).count();
    let mut summary = Map::new();
    summary.insert(name.to_owned(), value);
    summary.insert("desks".to_owned(), json!(counts));
    summary.insert("clocks".to_owned(), engine.clocks().len().into());
    summary.insert("parked".to_owned(), parked.into());
    summary.insert("notices".to_owned(), json!(engine.store().reader().notice_counts()?));
    Ok(screen.print(&summary, || draw_counts(screen, config, &counts))?)
}
