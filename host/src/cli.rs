//! The command line: each command is a thin caller of what the host is made of.

mod error;
pub mod screen;
mod usage;
mod named;
mod notice;
mod host;
mod matters;
mod plan;
mod replay;
mod test;
mod rubbish;
mod looking;
mod tables;
mod libraries;
mod authors;
mod bench;
mod demo;
mod audit;
mod people;
mod backup;
mod graph;

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, FromArgMatches as _, Parser, Subcommand};

use plugin_api::Title;

pub use crate::lang::Lang;

use crate::kit::check::{TRY_COMMAND, try_part};
use crate::picture::{self, PICTURE_COMMAND};
use crate::plugins::worker::{WORKER_COMMAND, serve};
use error::Ended;
use screen::Screen;

/// Options of every command stand behind its own.
const LAST: usize = 900;

/// Runs a district's way of working: desks as plugins, matters routed by configuration · 红色物业工作平台：业务台是插件，事项按配置流转
#[derive(Debug, Parser)]
#[command(name = "hongling", version, max_term_width = 100)]
struct Cli {
    /// Print exactly one JSON value on stdout · 标准输出只有一个 JSON 值
    #[arg(long, global = true, display_order = LAST)]
    json: bool,
    /// Language of messages; else that of the locale · 用哪种语言；不写就随系统
    #[arg(long, global = true, display_order = LAST)]
    lang: Option<Lang>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// The example district: some weeks of matters run through, and a summary · 示例区：跑完几周的事项，给出汇总
    Demo(demo::Demo),
    /// Write a new district folder · 新建一个配置目录
    Init(host::Init),
    /// Every problem in config, libraries and wiring · 检查配置、业务台库和流转，列出全部问题
    Check(host::Check),
    /// Run the host · 启动，一直运行到停止
    Run(host::Run),
    /// Open a matter from every row of a table (CSV in UTF-8 or GBK, or XLSX) · 批量导入表格，每行登记一件（UTF-8 或 GBK 的 CSV，或 XLSX）
    Import(tables::Import),
    /// Open one matter · 登记一件事项
    Open(matters::Open),
    /// Do an action · 办理一项操作
    Act(matters::ActArgs),
    /// A matter with its way so far · 看一件事项和它的办理过程
    Show(looking::Show),
    /// Matters by filter · 按条件列出事项
    List(looking::List),
    /// A view of a desk · 看业务台的一项查询
    View(looking::ViewArgs),
    /// Why a matter is where it is, or where an event would go · 说明事项为什么在那里，或某种记录会转到哪里
    Explain(looking::Explain),
    /// What runs, what waits, and the limits · 运行情况、待办步骤和各项上限
    Status(host::Status),
    /// Steps that failed and wait · 列出没有办成、等待处理的步骤
    Parked(host::Parked),
    /// One more try of a failed step · 把没有办成的步骤再试一次
    Retry(host::Retry),
    /// The tests of the folder, on scratch stores · 按配置里的测试走一遍，不动真实数据
    Test(test::Test),
    /// What the config on disk would change · 看磁盘上的配置会改变什么
    Plan(plan::PlanArgs),
    /// What would have been different under another config · 如果按另一套配置办，会有什么不同
    Replay(replay::Replay),
    /// Hand a matter over by hand · 人工移交一件事项
    Move(host::Move),
    /// Turn the clock of an exercise folder · 拨动演练目录的时钟
    Tick(host::Tick),
    /// Libraries: inspect, list, trust, write, check · 业务台库：查看、列出、信任、新建、检验
    Plugin(libraries::Plugin),
    /// Measure the host against its bare store · 测量主机与裸数据库的速度之比
    Bench(bench::Bench),
    /// Seals: verify, the newest to keep, export · 存证：核对、最新、导出
    Audit(audit::Audit),
    /// People known by a contact: erase one · 以联系方式登记的人：删除
    Person(people::Person),
    /// A consistent copy of everything, while the host runs · 备份（可在运行中进行）
    Backup(backup::Backup),
    /// A backup as a new district folder · 从备份恢复成一个新目录
    Restore(backup::Restore),
    /// Desks and what leads from one to the next · 画出业务台和流转
    Graph(graph::GraphArgs),
    /// What `plugin check` has another process do · plugin check 让另一个进程做的事
    #[command(name = TRY_COMMAND, hide = true)]
    TryLibrary,
}

/// The district folder a command works on.
#[derive(Clone, Debug, Args)]
pub(crate) struct Folder {
    /// The district folder · 配置目录
    #[arg(default_value = ".")]
    dir: PathBuf,
}

/// The district folder of a command that names something within it.
#[derive(Clone, Debug, Args)]
pub(crate) struct NamedFolder {
    /// The district folder · 配置目录
    dir: PathBuf,
}

/// Parses arguments, runs the command, and gives the exit code: 0 good, 1 refused or found wanting,
/// 2 wrong usage or broken config.
pub fn run(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    let args: Vec<OsString> = args.into_iter().collect();
    // Before anything else: what runs in that process must find as little as possible.
    if let [_, command, host] = &*args
        && let Some(host) = host.to_str().and_then(|host| host.parse().ok())
        && (command == WORKER_COMMAND || command == PICTURE_COMMAND)
    {
        let served = if command == WORKER_COMMAND { serve(host) } else { picture::serve(host) };
        // The host sees that the connection ends; nobody reads what this process says.
        return if served.is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE };
    }
    start_log();
    let screen = usage::screen(&args);
    let cli = match usage::parse(&args, screen.lang).and_then(|given| Cli::from_arg_matches(&given)) {
        Ok(cli) => cli,
        Err(error) => return ExitCode::from(usage::tell(&error, screen)),
    };
    let screen = Screen::new(cli.json, cli.lang);
    match cli.command.run(screen) {
        Ok(()) => ExitCode::SUCCESS,
        Err(ended) => ExitCode::from(ended.tell(screen)),
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
            Command::Test(args) => args.run(screen),
            Command::Plan(args) => args.run(screen),
            Command::Replay(args) => args.run(screen),
            Command::Move(args) => args.run(screen),
            Command::Tick(args) => args.run(screen),
            Command::Plugin(args) => args.run(screen),
            Command::Bench(args) => args.run(screen),
            Command::Audit(args) => args.run(screen),
            Command::Person(args) => args.run(screen),
            Command::Backup(args) => args.run(screen),
            Command::Restore(args) => args.run(screen),
            Command::Graph(args) => args.run(screen),
            Command::TryLibrary => Ok(try_part()?),
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
    std::env::current_exe().map_err(|error| {
        Ended::wrong(Title::new(
            format!("找不到本程序所在的位置：{error}"),
            format!("cannot tell where this program is: {error}"),
        ))
    })
}
