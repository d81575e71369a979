//! Files and folders that others could change, and so put code into the host.
//!
//! Knows modes and owners, nothing of what lies there. Always holds: every folder above counts too, since
//! who may write there can put another in its place; a folder where each may remove only their own,
//! as the system's for temporary files, does not.

use std::fs::Metadata;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use plugin_api::Title;

use super::shown;

const GROUP_WRITES: u32 = 0o020;
const ALL_WRITE: u32 = 0o002;
/// In such a folder nobody takes away what belongs to others.
const STICKY: u32 = 0o1000;
const SUPERUSER: u32 = 0;

/// What must be mended at a path and above it; nothing of a path that is not there.
pub(super) fn find(path: &Path) -> Vec<Title> {
    let Ok(real) = path.canonicalize() else { return Vec::new() };
    let own = std::fs::metadata("/proc/self").ok().map(|process| process.uid());
    let mut found = Vec::new();
    for (nth, at) in real.ancestors().enumerate() {
        let Ok(metadata) = at.metadata() else { continue };
        // As it was given, where that is what it is about.
        let shown = shown(if nth == 0 { path } else { at });
        found.extend(of_mode(&shown, &metadata, nth != 0));
        found.extend(own.and_then(|own| of_owner(&shown, &metadata, own)));
    }
    found
}

fn of_mode(path: &str, metadata: &Metadata, is_above: bool) -> Option<Title> {
    let mode = metadata.mode();
    let (zh, en) = match (mode & GROUP_WRITES != 0, mode & ALL_WRITE != 0) {
        (false, false) => return None,
        _ if is_above && mode & STICKY != 0 => return None,
        (true, false) => ("同组用户", "its group"),
        (_, true) => ("任何人", "everybody"),
    };
    Some(Title::new(
        format!("{path}：{zh}都能写，可借此把代码放进主机；请执行 chmod go-w {path}"),
        format!("{path}: {en} may write here and so put code into the host; `chmod go-w {path}`"),
    ))
}

fn of_owner(path: &str, metadata: &Metadata, own: u32) -> Option<Title> {
    let owner = metadata.uid();
    if owner == own || owner == SUPERUSER {
        return None;
    }
    Some(Title::new(
        format!("{path}：属于另一账户（{owner}），那个账户可借此把代码放进主机；请 chown，或以那个账户运行"),
        format!(
            "{path}: belongs to another account ({owner}), which may so put code into the host; `chown` it, or run as \
             that account"
        ),
    ))
}
