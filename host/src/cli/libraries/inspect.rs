//! `plugin inspect`: all that a library says of itself, read from its bytes for a person.
//!
//! Runs nothing of it and keeps nothing.

use std::path::Path;

use plugin_api::{Manifest, Title};
use serde_json::{Value, json};

use crate::cli::error::Ended;
use crate::cli::program;
use crate::cli::screen::{Screen, draw_table};
use crate::config;
use crate::district::open_shelf;
use crate::plugins::{self, Inspection, PanicStrategy, Pin, Shelf};

/// Tells what a file is; with a district folder, also whether it may run there.
pub(super) fn inspect(screen: Screen, file: &Path, dir: Option<&Path>) -> Result<(), Ended> {
    let shelf = match dir {
        Some(dir) => {
            let dir = config::find_folder(dir).map_err(Ended::wrong)?;
            Some(open_shelf(&dir, &program()?)?)
        }
        // Where the command is given in a district folder, that one is meant.
        None => {
            let (dir, program) = (config::find_folder(Path::new(".")).ok(), program()?);
            dir.and_then(|dir| open_shelf(&dir, &program).ok())
        }
    };
    let found = plugins::inspect(file).map_err(|error| Ended::wanting(error.words()))?;
    let stand = shelf.as_ref().map(|shelf| Stand::of(&found, file, shelf));
    screen.print(&facts(&found, stand.as_ref()), || draw(screen, &found, stand.as_ref()))?;
    Ok(())
}

/// Whether a file may run in a district.
enum Stand<'s> {
    Installation,
    Pinned(&'s Pin),
    /// Other bytes are pinned under its name.
    NotPinned(&'s Pin),
    Unknown,
}

impl<'s> Stand<'s> {
    fn of(found: &Inspection, file: &Path, shelf: &'s Shelf) -> Stand<'s> {
        match shelf.pins().iter().find(|pin| pin.name == found.name) {
            Some(pin) if pin.sha256 == found.sha256 => Stand::Pinned(pin),
            Some(pin) => Stand::NotPinned(pin),
            None if shelf.is_installed(file) => Stand::Installation,
            None => Stand::Unknown,
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Stand::Installation => "installation",
            Stand::Pinned(_) => "pinned",
            Stand::NotPinned(_) | Stand::Unknown => "waiting",
        }
    }

    fn words(&self, found: &Inspection) -> Title {
        let name = &found.name;
        let who = |pin: &Pin| pin.trusted_by.as_ref().map_or_else(String::new, |by| format!(" · {by}"));
        match self {
            Stand::Installation => Title::new("随程序安装，受信任", "part of the installation, trusted"),
            Stand::Pinned(pin) => Title::new(
                format!("已信任（{}{}）", pin.trusted_at, who(pin)),
                format!("pinned ({}{})", pin.trusted_at, who(pin)),
            ),
            Stand::NotPinned(pin) => Title::new(
                format!(
                    "未信任：{name} 已信任的是 {} 的另一份文件；执行 hongling plugin trust {name} 可改用这份",
                    pin.version
                ),
                format!(
                    "not trusted: other bytes of {name}, version {}, are pinned; `hongling plugin trust {name}` takes \
                     these instead",
                    pin.version
                ),
            ),
            Stand::Unknown => Title::new(
                format!("未信任；在插件目录里时隔离运行，执行 hongling plugin trust {name} 后在主机内运行"),
                format!(
                    "not trusted: in a plugin folder it runs isolated, and in the host after `hongling plugin trust {name}`"
                ),
            ),
        }
    }
}

/// What a manifest declares: what it is called in JSON, for people, and the names.
fn declared(manifest: &Manifest) -> Vec<(&'static str, Title, Vec<String>)> {
    let list = |code, zh: &str, en: &str, names: Vec<&str>| {
        (code, Title::new(zh, en), names.into_iter().map(str::to_owned).collect())
    };
    vec![
        list("takes", "接收", "Takes", manifest.take.iter().map(|take| take.topic.as_str()).collect()),
        list("says", "发出", "Says", manifest.say.iter().map(|say| say.topic.as_str()).collect()),
        list("kinds", "类别", "Kinds", manifest.kind.iter().map(|kind| kind.name.as_str()).collect()),
        list("actions", "操作", "Actions", manifest.action.iter().map(|action| action.name.as_str()).collect()),
        list("views", "查询", "Views", manifest.view.iter().map(|view| view.name.as_str()).collect()),
        list("clocks", "时限", "Clocks", manifest.clock.iter().map(|clock| clock.name.as_str()).collect()),
        list("labels", "标签", "Labels", manifest.label.iter().map(|(name, _)| name).collect()),
        list("lists", "代码表", "Lists", manifest.list.iter().map(|list| list.name.as_str()).collect()),
        list("collections", "台账", "Collections", manifest.collection.iter().map(|kept| kept.name.as_str()).collect()),
        list("reads", "读取别处台账", "Reads", manifest.reads.iter().map(|read| read.collection.as_str()).collect()),
        list("accounts", "账户", "Accounts", manifest.account.iter().map(|account| account.class.as_str()).collect()),
        list(
            "credits",
            "记入别处账户",
            "Credits",
            manifest.credits.iter().map(|credit| credit.class.as_str()).collect(),
        ),
        list("jobs", "后台任务", "Jobs", manifest.job.iter().map(|job| job.name.as_str()).collect()),
        list("sends", "消息", "Sends", manifest.notice.iter().map(|notice| notice.name.as_str()).collect()),
        list("settings", "设置", "Settings", manifest.setting.iter().map(|(name, _)| name).collect()),
    ]
}

fn facts(found: &Inspection, stand: Option<&Stand<'_>>) -> Value {
    let manifest = &found.manifest;
    let mut facts = json!({
        "name": found.name, "version": found.version, "title": manifest.title, "sha256": found.sha256,
        "size": found.size, "target": found.target, "needed": found.needed, "asks": manifest.asks,
        "abi": { "version": 1, "minor": found.abi_minor, "min_host_minor": found.min_host_minor },
        "panics": found.panics, "outlet": manifest.outlet,
        "trust": stand.map(Stand::code),
    });
    for (code, _, names) in declared(manifest) {
        facts[code] = json!(names);
    }
    facts
}

fn draw(screen: Screen, found: &Inspection, stand: Option<&Stand<'_>>) -> String {
    let manifest = &found.manifest;
    let none = || screen.words("无", "nothing").to_owned();
    let or_none = |names: &[String]| if names.is_empty() { none() } else { names.join(", ") };
    let mut rows = vec![
        (screen.words("名称", "Name"), format!("{} {} · {}", found.name, found.version, screen.pick(&manifest.title))),
        (screen.words("另外要求", "Asks"), or_none(&manifest.asks)),
    ];
    if let Some(stand) = stand {
        rows.push((screen.words("信任", "Trust"), screen.pick(&stand.words(found)).to_owned()));
    }
    let declared = declared(manifest);
    // What every desk has a say in is told even where it is nothing; the rest where there is something.
    let told =
        declared.iter().filter(|(code, _, names)| !names.is_empty() || matches!(*code, "takes" | "says" | "actions"));
    rows.extend(told.map(|(_, title, names)| (screen.pick(title), or_none(names))));
    if manifest.outlet {
        rows.push((screen.words("推送渠道", "Outlet"), screen.words("可推送消息", "delivers notices").to_owned()));
    }
    let panics = match found.panics {
        PanicStrategy::Unwinds => screen.words("异常只影响当步", "a panic costs its step"),
        PanicStrategy::Aborts => screen.words(
            "异常会结束进程（panic = \"abort\"），只能隔离运行",
            "a panic ends the process (panic = \"abort\"): it runs isolated only",
        ),
    };
    let (minor, least) = (found.abi_minor, found.min_host_minor);
    rows.extend([
        (screen.words("依赖", "Needs"), or_none(&found.needed)),
        (
            "ABI",
            format!(
                "1.{minor} · {} 1.{least} · {} · {panics}",
                screen.words("主机至少", "host at least"),
                found.target
            ),
        ),
        (screen.words("字节", "Bytes"), format!("{} · sha256 {}", found.size, found.sha256)),
    ]);
    let rows: Vec<Vec<String>> = rows.into_iter().map(|(name, value)| vec![name.to_owned(), value]).collect();
    draw_table(&["", ""], &rows)
}
