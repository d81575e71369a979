//! `backup` and `restore`.

use std::path::{Path, PathBuf};

use clap::Args;
use jiff::Timestamp;
use plugin_api::Title;
use serde_json::json;

use super::NamedFolder;
use super::error::Ended;
use super::screen::Screen;
use crate::backup::NotDone;
use crate::backup::make::{Made, make};
use crate::backup::restore::{Misfits, Restored, restore};
use crate::config;
use crate::lang::Lang;

/// `backup`
#[derive(Debug, Args)]
pub(crate) struct Backup {
    #[command(flatten)]
    folder: NamedFolder,
    /// The file to make, a tar; nothing is overwritten · 备份文件（tar），不覆盖已有文件
    file: PathBuf,
}

/// `restore`
#[derive(Debug, Args)]
pub(crate) struct Restore {
    /// A file that `backup` made · 备份文件
    file: PathBuf,
    /// The folder to make; nothing is overwritten · 新目录，不覆盖已有内容
    dir: PathBuf,
    /// Also if the seals in it do not hold; what does not fit is told · 存证不符也恢复，并列出不符之处
    #[arg(long)]
    despite_misfits: bool,
}

impl Backup {
    pub(crate) fn run(self, screen: Screen) -> Result<(), Ended> {
        let folder = config::find_folder(&self.folder.dir).map_err(Ended::wrong)?;
        let made = make(&folder, &self.file, Timestamp::now()).map_err(not_done)?;
        let Made { about, files, bytes, left_out, report, faults } = &made;
        let misfits = report.misfits.len() as u64 + report.more + faults.len() as u64;
        let left: Vec<String> = left_out.iter().map(|path| path.display().to_string()).collect();
        let facts = json!({
            "file": self.file.display().to_string(), "files": files, "bytes": bytes, "epoch": about.epoch,
            "seq": about.seq, "seal": about.seal, "left_out": left, "misfits": misfits,
        });
        let path = self.file.display();
        screen.print(&facts, || match screen.lang {
            Lang::Zh => format!("已备份到 {path}：{files} 个文件，{bytes} 字节，到第 {} 行", about.seq),
            Lang::En => format!("{path} made: {files} files, {bytes} bytes, up to row {}", about.seq),
        })?;
        for path in left {
            screen.say(&Title::new(format!("未带上：{path}"), format!("left out: {path}")));
        }
        screen.say(&Title::new(
            "备份含全部个人信息和密钥：请存到别处并妥善保管",
            "it holds all personal data and the district's secret: keep it elsewhere, and locked",
        ));
        if misfits == 0 {
            return Ok(());
        }
        Err(Ended::shown_wanting(Title::new(
            format!("备份已做，但原库有 {misfits} 处不符：请运行 hongling audit verify"),
            format!("the backup is made, but {misfits} in the store do not fit: see `hongling audit verify`"),
        )))
    }
}

impl Restore {
    pub(crate) fn run(self, screen: Screen) -> Result<(), Ended> {
        let misfits = if self.despite_misfits { Misfits::Take } else { Misfits::Refuse };
        let folder = absolute(&self.dir)?;
        let done = restore(&self.file, &folder, misfits, Timestamp::now()).map_err(not_done)?;
        let Restored { about, epoch, report } = &done;
        let dir = self.dir.display();
        let facts = json!({
            "folder": dir.to_string(), "made": about.made, "epoch": epoch, "seq": about.seq, "seal": about.seal,
            "inputs": report.inputs, "events": report.events, "erased": report.erased, "misfits": report.misfits,
        });
        screen.print(&facts, || {
            let (made, seq) = (about.made.strftime("%Y-%m-%d %H:%M UTC"), about.seq);
            let mut text = match screen.lang {
                Lang::Zh => format!("已恢复到 {dir}：{made} 的备份，核对到第 {seq} 行；现为第 {epoch} 期"),
                Lang::En => format!("{dir} restored from {made} and verified up to row {seq}; it is epoch {epoch}"),
            };
            for misfit in &report.misfits {
                let row = misfit.seq.map_or_else(String::new, |seq| format!("{seq} "));
                text.push_str(&format!("\n{row}{}", screen.pick(&misfit.what)));
            }
            text
        })?;
        Ok(())
    }
}

/// A name without a folder lies in the current one.
fn absolute(path: &Path) -> Result<PathBuf, Ended> {
    std::path::absolute(path).map_err(|error| {
        let path = path.display();
        Ended::wrong(Title::new(format!("{path}：{error}"), format!("{path}: {error}")))
    })
}

fn not_done(error: NotDone) -> Ended {
    Ended::wanting(error.0)
}
