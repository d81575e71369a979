//! `audit`: the newest seal to keep, the journal verified, and written out for an outsider.
//!
//! Reads the store beside a running host; needs neither a sound config nor libraries.

use std::fs::OpenOptions;
use std::io::{BufWriter, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use plugin_api::{MatterId, Title};
use serde_json::{Value, json};

use super::Folder;
use super::error::Ended;
use super::screen::{Screen, draw_table};
use crate::audit::export::{Words, export};
use crate::audit::kept::{KeptHead, find_heads};
use crate::audit::verify::Report;
use crate::audit::whole::{Beside, verify_whole};
use crate::config;
use crate::district::is_running;
use crate::engine::input::instant;
use crate::lang::{Lang, local};
use crate::store::{Reader, StoreError, open_reading};

/// `audit`
#[derive(Debug, Args)]
pub(crate) struct Audit {
    #[command(flatten)]
    folder: Folder,
    #[command(subcommand)]
    command: AuditCommand,
}

#[derive(Debug, Subcommand)]
enum AuditCommand {
    /// Hold every row against its seal, and the whole against heads that were kept · 逐行核对存证
    Verify {
        /// A head that was kept: SEQ:SEAL, or a file with one or more · 留存的存证，或存有它的文件
        #[arg(long = "head", value_name = "SEQ:SEAL|FILE")]
        heads: Vec<String>,
    },
    /// The newest seal, to be kept elsewhere and compared later · 最新存证，抄下另存，日后比对
    Head,
    /// Write the journal out, one JSON object a line, for a check without Hongling · 导出全部记录，供外部核对
    Export {
        /// The file; stdout without it · 写到哪个文件
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
        /// With what people wrote, so that it can be checked too: personal data · 连同文字一起导出（含个人信息）
        #[arg(long)]
        words: bool,
    },
}

impl Audit {
    pub(crate) fn run(self, screen: Screen) -> Result<(), Ended> {
        let folder = config::find_folder(&self.folder.dir).map_err(Ended::wrong)?;
        let data = config::data_folder(&folder);
        let db = open_reading(&data)?;
        match self.command {
            AuditCommand::Verify { heads } => {
                let kept = heads.iter().map(|head| read_kept(head)).collect::<Result<Vec<_>, _>>()?;
                run_verify(screen, db.reader(), &data, &kept.concat())
            }
            AuditCommand::Head => run_head(screen, db.reader(), &folder),
            AuditCommand::Export { out, words } => {
                let words = if words { Words::With } else { Words::Without };
                run_export(screen, db.reader(), words, out.as_deref())
            }
        }
    }
}

/// A head as it was given, or those of a file.
fn read_kept(given: &str) -> Result<Vec<KeptHead>, Ended> {
    let found = find_heads(given);
    if !found.is_empty() {
        return Ok(found);
    }
    let text = std::fs::read_to_string(given).unwrap_or_default();
    let found = find_heads(&text);
    if found.is_empty() {
        return Err(Ended::wrong(Title::new(
            format!("“{given}”既不是存证（行号:64 位十六进制），也不是存有它的文件"),
            format!("{given:?} is neither a head (SEQ: and 64 hexadecimal digits) nor a file that has one"),
        )));
    }
    Ok(found)
}

fn run_head(screen: Screen, reader: Reader<'_>, folder: &Path) -> Result<(), Ended> {
    let chain = reader.chain()?;
    let (epoch, at_ms) = (reader.epoch()?, reader.instant_of(chain.seq)?);
    let (name, zone) = config::name_and_zone(folder);
    let head = KeptHead { seq: chain.seq, seal: chain.seal };
    let facts = json!({
        "district": name, "epoch": epoch, "seq": chain.seq, "seal": chain.seal.to_string(),
        "head": head.to_string(), "at": at_ms.map(instant),
    });
    screen.print(&facts, || {
        let at = at_ms.map_or_else(String::new, |at_ms| local(instant(at_ms), &zone));
        match screen.lang {
            Lang::Zh => format!("{} · {at} · 第 {epoch} 期 · {head}", name.zh),
            Lang::En => format!("{} · {at} · epoch {epoch} · {head}", name.en),
        }
    })?;
    Ok(())
}

fn run_verify(screen: Screen, reader: Reader<'_>, data: &Path, kept: &[KeptHead]) -> Result<(), Ended> {
    let beside = if is_running(data) { Beside::Host } else { Beside::Nobody };
    let whole = verify_whole(reader, data, kept, beside).map_err(|error| unreadable(&error))?;
    let (report, files) = (&whole.report, whole.files);
    screen.print(&json!(whole), || {
        let mut text = draw_report(screen, reader, report, files);
        if beside == Beside::Host {
            text.push('\n');
            text.push_str(screen.words(
                "主机正在运行，数据库文件本身没有逐页检查；hongling backup 会检查它的副本",
                "a host is running, so the file itself was not gone through; `hongling backup` does that with its copy",
            ));
        }
        text
    })?;
    let all = report.misfits.len() as u64 + report.more;
    if all == 0 {
        return Ok(());
    }
    Err(Ended::shown_wanting(Title::new(
        format!("{all} 处与存证不符；请保留现场，与留存的存证和备份比对"),
        format!("{all} do not fit; touch nothing, and compare with kept heads and backups"),
    )))
}

/// Found wanting, not used wrongly: the store is what is looked at.
fn unreadable(error: &StoreError) -> Ended {
    Ended::wanting(error.words())
}

fn draw_report(screen: Screen, reader: Reader<'_>, report: &Report, files: u64) -> String {
    let Report { inputs, events, words, erased, heads, more, .. } = report;
    let head = KeptHead { seq: report.seq, seal: report.seal };
    let mut text = match screen.lang {
        Lang::Zh => format!(
            "核对输入 {inputs} 条、过程记录 {events} 条、文字 {words} 段、文件 {files} 个；依规删除 {erased} 段；与留存相符 {heads} 个\n最新存证 {head}\n"
        ),
        Lang::En => format!(
            "{inputs} inputs, {events} events, {words} texts, {files} files held against their seals; {erased} erased; {heads} kept heads fit\nnewest {head}\n"
        ),
    };
    let rows = report.misfits.iter().map(|misfit| {
        let matter = misfit.matter.map(|id| number_of(reader, id));
        vec![
            misfit.seq.map_or_else(String::new, |seq| seq.to_string()),
            matter.unwrap_or_default(),
            misfit.name.clone().unwrap_or_default(),
            screen.pick(&misfit.what).to_owned(),
        ]
    });
    let rows: Vec<Vec<String>> = rows.collect();
    if rows.is_empty() {
        text.push_str(screen.words("全部相符", "all of it fits"));
        return text;
    }
    let titles = match screen.lang {
        Lang::Zh => [">行", "事项", "记录", "不符之处"],
        Lang::En => [">Row", "Matter", "Record", "What does not fit"],
    };
    text.push_str(&draw_table(&titles, &rows));
    if *more != 0 {
        text.push_str(&match screen.lang {
            Lang::Zh => format!("\n另有 {more} 处"),
            Lang::En => format!("\nand {more} more"),
        });
    }
    text
}

/// The matter's number; its id where the matter is gone or does not read.
fn number_of(reader: Reader<'_>, id: u64) -> String {
    let head = crate::engine::look::read_head(reader, MatterId(id)).ok().flatten();
    head.map_or_else(|| id.to_string(), |head| head.number.to_string())
}

fn run_export(screen: Screen, reader: Reader<'_>, words: Words, out: Option<&Path>) -> Result<(), Ended> {
    let Some(path) = out else {
        if screen.json {
            return Err(Ended::wrong(Title::new(
                "用 --json 时请以 --out 指明文件",
                "with --json name a file: --out FILE",
            )));
        }
        let mut stdout = BufWriter::new(std::io::stdout().lock());
        export(reader, words, &mut stdout).map_err(anyhow::Error::from)?;
        return Ok(stdout.flush().map_err(anyhow::Error::from)?);
    };
    // It may hold what people wrote: nobody else's business.
    let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
    let file = file.map_err(|error| {
        let path = path.display();
        Ended::wanting(Title::new(
            format!("写不了 {path}：{error}；请换一个新文件名"),
            format!("cannot write {path}: {error}; name a new file"),
        ))
    })?;
    let mut file = BufWriter::new(file);
    let (seq, seal) = export(reader, words, &mut file).map_err(anyhow::Error::from)?;
    file.flush().map_err(anyhow::Error::from)?;
    let head = KeptHead { seq, seal }.to_string();
    let facts: Value = json!({ "file": path.display().to_string(), "seq": seq, "seal": seal.to_string() });
    screen.print(&facts, || match screen.lang {
        Lang::Zh => format!("已写出 {seq} 行到 {}，末行存证 {head}", path.display()),
        Lang::En => format!("{seq} rows in {}, up to {head}", path.display()),
    })?;
    Ok(())
}
