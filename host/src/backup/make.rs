//! A backup made, beside a running host.
//!
//! Needs neither a sound config nor libraries. Always holds: all that was accepted before it began is
//! in it. The store is copied first; files are written before what names them is accepted, so they
//! are all there then.

use std::fs::{self, File, OpenOptions};
use std::io::{BufWriter, Read, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use tar::{Builder, EntryType, Header};

use super::{ABOUT, About, DATA, FOLDER, FORMAT, NotDone, Passing, STORE, SUMS};
use crate::audit::files::list;
use crate::audit::verify::{Report, verify};
use crate::config;
use crate::limits::{BACKUP_FILE_BYTES_MAX, BACKUP_FILES_MAX};
use crate::plugins::pinned;
use crate::store::open_reading;

/// What was made.
#[derive(Clone, Debug)]
pub struct Made {
    /// What it says of itself.
    pub about: About,
    /// Files in it.
    pub files: u64,
    /// Bytes of all.
    pub bytes: u64,
    /// Files of the district folder that were left out: too large, or no part of a config.
    pub left_out: Vec<PathBuf>,
    /// How the copied store verifies. A backup of what is damaged is better than none.
    pub report: Report,
    /// What the database finds wrong with the copy.
    pub faults: Vec<String>,
}

/// Makes a backup of a district folder as a new file.
///
/// # Errors
/// When there is something under that name, or the disk does not take it; nothing is left then.
pub fn make(folder: &Path, file: &Path, made: Timestamp) -> Result<Made, NotDone> {
    if file.symlink_metadata().is_ok() {
        let file = file.display();
        return Err(NotDone::new(
            format!("{file} 已存在，不覆盖；请换一个文件名"),
            format!("{file} is there already and is not overwritten; give another name"),
        ));
    }
    let data = config::data_folder(folder);
    let copy = Passing::beside(file, "db");
    create(copy.path())?;
    open_reading(&data)?.copy_to(copy.path())?;
    let (about, report, faults) = look_at(copy.path(), folder, made)?;

    let part = Passing::beside(file, "part");
    let mut archive = Archive::new(create(part.path())?, made);
    let text = serde_json::to_string_pretty(&about).expect("texts and numbers are plain JSON");
    archive.add_bytes(ABOUT, text.as_bytes()).map_err(|error| NotDone::unwritable(part.path(), &error))?;
    let (files, left_out) = files_of(folder, &data)?;
    for path in &files {
        archive.add(FOLDER, folder, path)?;
    }
    archive.add_as(STORE, copy.path())?;
    for path in kept_of(folder, &data)? {
        archive.add(DATA, &data, &path)?;
    }
    let (files, bytes) = archive.finish().map_err(|error| NotDone::unwritable(part.path(), &error))?;
    fs::rename(part.path(), file).map_err(|error| NotDone::unwritable(file, &error))?;
    part.keep();
    sync_folder_of(file);
    Ok(Made { about, files, bytes, left_out, report, faults })
}

/// A new file that only its owner reads.
fn create(path: &Path) -> Result<File, NotDone> {
    let file = OpenOptions::new().read(true).write(true).create_new(true).mode(0o600).open(path);
    file.map_err(|error| NotDone::unwritable(path, &error))
}

/// What the copy says, and whether it verifies.
fn look_at(copy: &Path, folder: &Path, made: Timestamp) -> Result<(About, Report, Vec<String>), NotDone> {
    let store = crate::store::open_copy(copy)?;
    let reader = store.reader();
    let chain = reader.chain()?;
    let about = About {
        format: FORMAT.to_owned(),
        made,
        district: config::name_and_zone(folder).0,
        epoch: reader.epoch()?,
        seq: chain.seq,
        seal: chain.seal.to_string(),
    };
    Ok((about, verify(reader, &[])?, reader.faults()?))
}

/// Files of the district folder that go along, and those that do not.
fn files_of(folder: &Path, data: &Path) -> Result<(Vec<PathBuf>, Vec<PathBuf>), NotDone> {
    let all = list(folder).map_err(|error| NotDone::unreadable(folder, &error))?;
    let real = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let data = real(data);
    let is_ours = |path: &PathBuf| {
        let is_large = path.metadata().is_ok_and(|file| BACKUP_FILE_BYTES_MAX < file.len());
        // An older backup beside this one is no part of the district.
        !is_large && path.extension().is_none_or(|ending| ending != "tar")
    };
    let inside = all.into_iter().filter(|path| !real(path).starts_with(&data));
    let visible = inside.filter(|path| !is_hidden(folder, path));
    let (files, left_out): (Vec<PathBuf>, Vec<PathBuf>) = visible.partition(is_ours);
    if BACKUP_FILES_MAX < files.len() {
        let (folder, count) = (folder.display(), files.len());
        return Err(NotDone::new(
            format!("{folder} 有 {count} 个文件，超过 {BACKUP_FILES_MAX} 个；请把无关的文件移走"),
            format!("{folder} has {count} files, more than {BACKUP_FILES_MAX}; move away what is not the district's"),
        ));
    }
    Ok((files, left_out))
}

/// What goes along from the data folder: what was attached, and libraries that are pinned, for the
/// file in the plugin folder may be another one by now. Those of the installation come with it.
fn kept_of(folder: &Path, data: &Path) -> Result<Vec<PathBuf>, NotDone> {
    let files = data.join("files");
    let mut kept = list(&files).map_err(|error| NotDone::unreadable(&files, &error))?;
    kept.retain(|path| !is_hidden(data, path));
    let libraries = data.join("libraries");
    kept.extend(
        pinned(folder).into_iter().map(|hash| libraries.join(format!("{hash}.so"))).filter(|path| path.is_file()),
    );
    Ok(kept)
}

/// Whether a path, from a folder on, has a name that begins with a dot: half-written, or no part of it.
fn is_hidden(folder: &Path, path: &Path) -> bool {
    let mut names = path.strip_prefix(folder).unwrap_or(path).components();
    names.any(|name| name.as_os_str().to_string_lossy().starts_with('.'))
}

/// After this the name survives a power cut; where a folder cannot be flushed, nothing can be done.
pub(super) fn sync_folder_of(path: &Path) {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let _ = File::open(folder).and_then(|folder| folder.sync_all());
}

/// The file being written.
struct Archive {
    tar: Builder<BufWriter<File>>,
    sums: String,
    made: Timestamp,
    files: u64,
    bytes: u64,
}

impl Archive {
    fn new(file: File, made: Timestamp) -> Archive {
        Archive { tar: Builder::new(BufWriter::new(file)), sums: String::new(), made, files: 0, bytes: 0 }
    }

    fn header(&self, bytes: u64, mode: u32) -> Header {
        let mut header = Header::new_ustar();
        header.set_entry_type(EntryType::Regular);
        header.set_size(bytes);
        header.set_mode(mode);
        header.set_mtime(u64::try_from(self.made.as_second()).unwrap_or(0));
        header
    }

    fn add_bytes(&mut self, name: &str, bytes: &[u8]) -> std::io::Result<()> {
        let mut header = self.header(bytes.len() as u64, 0o600);
        let mut hashed = Hashed::new(bytes);
        self.tar.append_data(&mut header, name, &mut hashed)?;
        self.note(name, hashed);
        Ok(())
    }

    /// A file under its path within a folder, below a name of the archive.
    fn add(&mut self, below: &str, folder: &Path, path: &Path) -> Result<(), NotDone> {
        let within = path.strip_prefix(folder).unwrap_or(path);
        let Some(within) = within.to_str().filter(|name| !name.contains(['\n', '\\'])) else {
            let path = path.display();
            return Err(NotDone::new(
                format!("{path} 的文件名含有特殊字符，不能备份；请改名"),
                format!("{path} has a name that cannot be written down; rename it"),
            ));
        };
        self.add_as(&format!("{below}/{within}"), path)
    }

    fn add_as(&mut self, name: &str, path: &Path) -> Result<(), NotDone> {
        let unreadable = |error| NotDone::unreadable(path, &error);
        let file = File::open(path).map_err(unreadable)?;
        let metadata = file.metadata().map_err(unreadable)?;
        let mut header = self.header(metadata.len(), metadata.permissions().mode() & 0o755);
        // Should it grow while it is read, it is as long as it was said to be.
        let mut hashed = Hashed::new(file.take(metadata.len()));
        self.tar.append_data(&mut header, name, &mut hashed).map_err(|error| NotDone::unreadable(path, &error))?;
        if hashed.bytes != metadata.len() {
            let path = path.display();
            return Err(NotDone::new(
                format!("{path} 在备份时变短了；请再试一次"),
                format!("{path} became shorter while it was read; try again"),
            ));
        }
        self.note(name, hashed);
        Ok(())
    }

    fn note<R>(&mut self, name: &str, hashed: Hashed<R>) {
        self.files += 1;
        self.bytes += hashed.bytes;
        self.sums.push_str(&format!("{}  {name}\n", hashed.hex()));
    }

    fn finish(mut self) -> std::io::Result<(u64, u64)> {
        let sums = std::mem::take(&mut self.sums);
        let mut header = self.header(sums.len() as u64, 0o600);
        self.tar.append_data(&mut header, SUMS, sums.as_bytes())?;
        let mut out = self.tar.into_inner()?;
        out.flush()?;
        out.get_ref().sync_all()?;
        Ok((self.files, self.bytes))
    }
}

/// A source that is hashed while it is read.
struct Hashed<R> {
    from: R,
    hash: sha2::Sha256,
    bytes: u64,
}

impl<R> Hashed<R> {
    fn new(from: R) -> Hashed<R> {
        Hashed { from, hash: sha2::Digest::new(), bytes: 0 }
    }

    fn hex(self) -> String {
        sha2::Digest::finalize(self.hash).iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

impl<R: Read> Read for Hashed<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let read = self.from.read(buffer)?;
        sha2::Digest::update(&mut self.hash, &buffer[..read]);
        self.bytes += read as u64;
        Ok(read)
    }
}
