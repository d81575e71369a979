//! The command line: each command is a thin caller of what the host is made of.

mod error;
pub mod screen;
mod host;
mod matters;
mod looking;
mod tables;
mod libraries;
mod bench;
mod demo;

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};

pub use screen::Lang;

use error::Ended;
use screen::Screen;

/// Runs the way of working called 红色物业: desks as plugins, matters routed by configuration.
#[derive(Debug, Parser)]
#[command(name = "hongling", version, max_term_width = 100)]
struct Cli {
    /// Print exactly one JSON value on stdout
    #[arg(long, global = true)]
    json: bool,
    /// Language of messages; else that of the locale
    #[arg(long, global = true)]
    lang: Option<Lang>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// The example district: some weeks of matters run through, and a summary
    Demo(demo::Demo),
    /// Write a new district folder
    Init(host::Init),
    /// Every problem in config, libraries and wiring
    Check(host::Check),
    /// Run the host
    Run(host::Run),
    /// Open a matter from every row of a table (CSV in UTF-8 or GBK, or XLSX)
    Import(tables::Import),
    /// Open one matter
    Open(matters::Open),
    /// Do an action
    Act(matters::ActArgs),
    /// A matter with its way so far
    Show(looking::Show),
    /// Matters by filter
    List(looking::List),
    /// A view of a desk
    View(looking::ViewArgs),
    /// Why a matter is where it is, or where an event would go
    Explain(looking::Explain),
    /// What runs, what waits, and the limits
    Status(host::Status),
    /// Steps that failed and wait
    Parked(host::Parked),
    /// One more try of a failed step
    Retry(host::Retry),
    /// Hand a matter over by hand
    Move(host::Move),
    /// Turn the clock of an exercise folder
    Tick(host::Tick),
    /// Libraries: inspect, list, trust
    Plugin(libraries::Plugin),
    /// Measure the host against its bare store
    Bench(bench::Bench),
}

/// The district folder a command works on.
#[derive(Clone, Debug, Args)]
pub(crate) struct Folder {
    /// The district folder
    #[arg(default_value = ".")]
    dir: PathBuf,
}

/// The district folder of a command that names something within it.
#[derive(Clone, Debug, Args)]
pub(crate) struct NamedFolder {
    /// The district folder
    dir: PathBuf,
}

/// Parses arguments, runs the command, and gives the exit code: 0 good, 1 refused or found wanting,
/// 2 wrong usage or broken config.
pub fn run(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    start_log();
    let cli = match Cli::try_parse_from(args) {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version are no errors and go to stdout.
            let code = u8::from(error.use_stderr()) * 2;
            let _ = error.print();
            return ExitCode::from(code);
        }
    };
    let screen = Screen::new(cli.json, cli.lang);
    match cli.command.run(screen) {
        Ok(()) => ExitCode::SUCCESS,
        Err(ended) => {
            // They repeat what was typed, which may be a number that nobody else shall read (I10).
            eprintln!("{}", crate::mask::mask(ended.text()));
            ExitCode::from(ended.code())
        }
    }
}

impl Command {
    fn run(self, screen: Screen) -> Result<(), Ended> {
        match self {
            Command::Demo(args) => args.run(screen),
            Command::Init(args) => args.run(screen),
            Command::Check(args) => args.run(screen),
            Command::Run(args) => args.run(screen),
            Command::Import(args) => args.run(screen),
            Command::Open(args) => args.run(screen),
            Command::Act(args) => args.run(screen),
            Command::Show(args) => args.run(screen),
            Command::List(args) => args.run(screen),
            Command::View(args) => args.run(screen),
            Command::Explain(args) => args.run(screen),
            Command::Status(args) => args.run(screen),
            Command::Parked(args) => args.run(screen),
            Command::Retry(args) => args.run(screen),
            Command::Move(args) => args.run(screen),
            Command::Tick(args) => args.run(screen),
            Command::Plugin(args) => args.run(screen),
            Command::Bench(args) => args.run(screen),
        }
    }
}

/// Log lines go to stderr; `HONGLING_LOG` chooses how much, warnings unless it says so.
fn start_log() {
    let filter = tracing_subscriber::EnvFilter::try_from_env("HONGLING_LOG")
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("warn"));
    // A second start in one process keeps the first: tests call commands several times.
    let _ = tracing_subscriber::fmt().with_writer(std::io::stderr).with_env_filter(filter).try_init();
}

/// The running program, whose folder is the installation.
fn program() -> Result<PathBuf, Ended> {
    std::env::current_exe().map_err(|error| Ended::Wrong(format!("cannot tell where this program is: {error}")))
}
