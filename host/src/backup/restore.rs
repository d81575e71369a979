//! A backup put back as a new district folder.
//!
//! Always holds: everything is unpacked beside the new folder, held against its hash, and the store
//! verified row by row, before anything stands under its name. The store begins a new epoch, so that
//! whoever kept a head of the old life can tell the two apart.

use std::collections::BTreeMap;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::Read;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Component, Path};

use jiff::Timestamp;
use plugin_api::Title;
use serde_json::json;
use tar::{Archive, Entry, EntryType};

use super::make::sync_folder_of;
use super::{ABOUT, About, DATA, FOLDER, FORMAT, NotDone, Passing, STORE, SUMS};
use crate::audit::files::copy_hashed;
use crate::audit::verify::{Report, verify};
use crate::config;
use crate::limits::SUMS_BYTES_MAX;
use crate::store::copy::begin_epoch;
use crate::store::open_copy;

/// What to do with a store whose seals do not hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Misfits {
    /// Refuse it: an older backup may be sound.
    Refuse,
    /// Take it: there is no other.
    Take,
}

/// What was restored.
#[derive(Clone, Debug)]
pub struct Restored {
    /// What the backup says of itself.
    pub about: About,
    /// The new epoch.
    pub epoch: u64,
    /// How the store verifies.
    pub report: Report,
}

/// Restores a backup as a new folder.
///
/// # Errors
/// When the folder is there and not empty, or the backup is damaged; nothing is left then.
pub fn restore(file: &Path, folder: &Path, misfits: Misfits, now: Timestamp) -> Result<Restored, NotDone> {
    check_empty(folder)?;
    let beside = Passing::beside(folder, "restoring");
    let made = DirBuilder::new().mode(0o700).create(beside.path());
    made.map_err(|error| NotDone::unwritable(beside.path(), &error))?;
    let about = unpack(file, beside.path())?;
    let store = beside.path().join(STORE);
    let report = check_store(file, &store, &about, misfits)?;
    let restored = json!({
        "epoch": about.epoch + 1, "from": about.epoch, "seq": about.seq, "seal": about.seal, "made": about.made,
        "restored": now,
    });
    let epoch = begin_epoch(&store, &restored.to_string())?;
    put_in_place(beside.path(), folder)?;
    Ok(Restored { about, epoch, report })
}

fn check_empty(folder: &Path) -> Result<(), NotDone> {
    let is_free = match fs::read_dir(folder) {
        Ok(mut entries) => entries.next().is_none(),
        Err(error) => error.kind() == std::io::ErrorKind::NotFound,
    };
    if is_free {
        return Ok(());
    }
    let folder = folder.display();
    Err(NotDone::new(
        format!("{folder} 已有内容，不覆盖；请换一个新目录，核对后再替换"),
        format!("{folder} is not empty and is not overwritten; restore into a new folder and look before you swap"),
    ))
}

/// A backup that is not whole, and what to do.
fn damaged(file: &Path, zh: &str, en: &str) -> NotDone {
    let file = file.display();
    NotDone::new(
        format!("{file} 已损坏：{zh}；请换另一份备份"),
        format!("{file} is damaged: {en}; take another backup"),
    )
}

/// Writes every file below a folder and holds it against its hash.
fn unpack(file: &Path, into: &Path) -> Result<About, NotDone> {
    let broken = |error: &std::io::Error| {
        damaged(file, &format!("读不下去（{error}）"), &format!("it ends or breaks off ({error})"))
    };
    let opened = File::open(file).map_err(|error| NotDone::unreadable(file, &error))?;
    let mut archive = Archive::new(std::io::BufReader::new(opened));
    let mut found = BTreeMap::new();
    let mut sums = None;
    for entry in archive.entries().map_err(|error| broken(&error))? {
        let mut entry = entry.map_err(|error| broken(&error))?;
        let name = name_of(file, &entry)?;
        if name == SUMS {
            let mut text = String::new();
            entry.by_ref().take(SUMS_BYTES_MAX).read_to_string(&mut text).map_err(|error| broken(&error))?;
            sums = Some(text);
            continue;
        }
        let hash = write(&mut entry, &into.join(&name)).map_err(|error| broken(&error))?;
        if found.insert(name.clone(), hash).is_some() {
            return Err(damaged(file, &format!("{name} 有两份"), &format!("it has {name} twice")));
        }
    }
    check_sums(file, sums.as_deref(), &found)?;
    let text = fs::read(into.join(ABOUT)).map_err(|error| NotDone::unreadable(&into.join(ABOUT), &error))?;
    let about: Option<About> = serde_json::from_slice(&text).ok();
    about.filter(|about| about.format == FORMAT).ok_or_else(|| {
        let file = file.display();
        NotDone::new(
            format!("{file} 是别的版本做的备份；请用做它的那个版本恢复"),
            format!("{file} was made by another version; restore it with the one that made it"),
        )
    })
}

/// The name of an entry, if it is one that a backup has: nothing outside the folder is ever written.
fn name_of(file: &Path, entry: &Entry<'_, impl Read>) -> Result<String, NotDone> {
    let path = entry.path().ok().map(|path| path.into_owned()).unwrap_or_default();
    let mut parts = path.components();
    let is_plain = path.components().all(|part| matches!(part, Component::Normal(_)));
    let is_ours = match parts.next().and_then(|first| first.as_os_str().to_str()) {
        Some(FOLDER | DATA) => parts.next().is_some(),
        Some(ABOUT | SUMS) => parts.next().is_none(),
        _ => false,
    };
    match path.to_str() {
        Some(name) if is_plain && is_ours && entry.header().entry_type() == EntryType::Regular => Ok(name.to_owned()),
        _ => {
            let (file, path) = (file.display(), path.display());
            Err(NotDone::new(
                format!("{file} 不是红领的备份：其中有“{path}”；请核对文件"),
                format!("{file} is not a backup of Hongling: it holds {path:?}; check which file it is"),
            ))
        }
    }
}

fn write(entry: &mut Entry<'_, impl Read>, path: &Path) -> std::io::Result<String> {
    if let Some(folder) = path.parent() {
        DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    }
    let mode = entry.header().mode()? & 0o755 | 0o400;
    let mut file = OpenOptions::new().write(true).create_new(true).mode(mode).open(path)?;
    let hash = copy_hashed(entry, &mut file)?;
    file.sync_all()?;
    Ok(hash)
}

fn check_sums(file: &Path, sums: Option<&str>, found: &BTreeMap<String, String>) -> Result<(), NotDone> {
    let Some(sums) = sums else {
        return Err(damaged(file, "末尾缺失", "its end is missing"));
    };
    let wanted: BTreeMap<&str, &str> =
        sums.lines().filter_map(|line| line.split_once("  ")).map(|(hash, name)| (name, hash)).collect();
    for (name, hash) in found {
        if wanted.get(name.as_str()) != Some(&hash.as_str()) {
            return Err(damaged(
                file,
                &format!("{name} 的字节与做备份时不同"),
                &format!("{name} does not have the bytes it had when the backup was made"),
            ));
        }
    }
    let missing = wanted.keys().find(|name| !found.contains_key(**name));
    match missing
        .copied()
        .or((!found.contains_key(ABOUT)).then_some(ABOUT))
        .or((!found.contains_key(STORE)).then_some(STORE))
    {
        Some(name) => Err(damaged(file, &format!("缺少 {name}"), &format!("{name} is missing"))),
        None => Ok(()),
    }
}

/// The store verified before it is used: what the hash cannot tell is whether it was sound then.
fn check_store(file: &Path, store: &Path, about: &About, misfits: Misfits) -> Result<Report, NotDone> {
    let copy = open_copy(store)?;
    if let Some(fault) = copy.reader().faults()?.first() {
        return Err(damaged(file, &format!("数据库不完整（{fault}）"), &format!("its store is not whole ({fault})")));
    }
    let report = verify(copy.reader(), &[])?;
    if report.seq != about.seq || report.seal.to_string() != about.seal {
        return Err(damaged(file, "数据库与说明不是同一份", "its store is not the one it says it is"));
    }
    if let (Some(first), Misfits::Refuse) = (report.misfits.first(), misfits) {
        let (file, Title { zh, en }) = (file.display(), &first.what);
        let row = first.seq.unwrap_or(0);
        return Err(NotDone::new(
            format!("{file} 中的存证不符（第 {row} 行：{zh}）；请换更早的备份，确无其他备份时加 --despite-misfits"),
            format!(
                "the seals in {file} do not hold (row {row}: {en}); take an older backup, or, if there is none, add --despite-misfits"
            ),
        ));
    }
    Ok(report)
}

/// The unpacked folder under its name, with its data where its config wants them.
fn put_in_place(unpacked: &Path, folder: &Path) -> Result<(), NotDone> {
    let district = unpacked.join(FOLDER);
    let data = config::data_folder(&district);
    let within = data.strip_prefix(&district).ok();
    let is_inside = |path: &&Path| path.components().all(|part| matches!(part, Component::Normal(_)));
    let target = match within.filter(is_inside) {
        Some(within) => district.join(within),
        // Elsewhere: beside the new folder, or at a path of its own.
        None => within.map_or_else(|| data.clone(), |within| folder.join(within)),
    };
    check_empty(&target)?;
    let unwritable = |error| NotDone::unwritable(&target, &error);
    if let Some(above) = target.parent() {
        fs::create_dir_all(above).map_err(unwritable)?;
    }
    // An empty folder is in the way of a rename; a full one was refused.
    let _ = (fs::remove_dir(&target), fs::remove_dir(folder));
    fs::rename(unpacked.join(DATA), &target).map_err(unwritable)?;
    fs::rename(&district, folder).map_err(|error| NotDone::unwritable(folder, &error))?;
    sync_folder_of(folder);
    Ok(())
}
