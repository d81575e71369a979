//! The folder of a command's scratch stores, gone when the command is over.
//!
//! Always holds: what a killed command left is taken away by the next of its kind in the same place, and
//! nothing else is.

use std::path::{Path, PathBuf};

use plugin_api::Title;

use crate::cli::error::Ended;
use crate::os_error::why;

/// A folder of its own, named for this process.
pub(super) struct Rubbish(pub PathBuf);

impl Rubbish {
    /// Makes it within a folder, for a command, and takes away those of processes that are gone.
    pub(super) fn make(within: &Path, command: &str) -> Result<Rubbish, Ended> {
        let prefix = format!("hongling-{command}-");
        for left in find_left(within, &prefix) {
            // Somebody else's stays; it is only rubbish.
            let _ = std::fs::remove_dir_all(left);
        }
        let folder = within.join(format!("{prefix}{}", std::process::id()));
        std::fs::create_dir_all(&folder).map_err(|error| {
            let (folder, why) = (folder.display(), why(&error));
            Ended::wrong(Title::new(
                format!("建不了 {folder}：{}；请用 --dir（或环境变量 TMPDIR）另指一个目录", why.zh),
                format!("cannot make {folder}: {}; name another folder with --dir, or in TMPDIR", why.en),
            ))
        })?;
        Ok(Rubbish(folder))
    }
}

impl Drop for Rubbish {
    fn drop(&mut self) {
        // What it was for lies in memory; the next command tries again.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn find_left(within: &Path, prefix: &str) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(within).into_iter().flatten().flatten();
    let is_left = |path: &PathBuf| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let pid: Option<u32> = name.strip_prefix(prefix).and_then(|pid| pid.parse().ok());
        // A process of this very number is this one, which has made nothing yet.
        pid.is_some_and(|pid| pid == std::process::id() || !Path::new("/proc").join(pid.to_string()).exists())
    };
    entries.map(|entry| entry.path()).filter(is_left).collect()
}
