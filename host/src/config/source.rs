//! The files of a district folder, as bytes and as text with places in it.
//!
//! The only part of the config layer that reads the disk. Every file is named relative to the
//! folder and read once; what was read is kept, so that a config can be stored by its hash and
//! read again: then no file of the disk is looked at.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;
use std::io;
use std::path::{Component, Path, PathBuf};

use encoding_rs::{Encoding, GB18030, UTF_8};
use plugin_api::Title;
use sha2::{Digest, Sha256};

use super::problem::{Remarks, named, quoted};

/// Most bytes of a TOML file.
pub const CONFIG_TOML_BYTES_MAX: u64 = 4 << 20;
/// Most bytes of a table.
pub const CONFIG_TABLE_BYTES_MAX: u64 = 16 << 20;
/// Most files a folder may name.
pub const CONFIG_FILES_MAX: usize = 500;

/// A place in a file that was read, or was to be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Spot {
    /// Which of the sources.
    pub(super) file: u32,
    /// Byte offset in its text.
    pub(super) offset: u32,
}

impl Spot {
    /// Another place in the same file.
    pub(super) fn at(self, offset: usize) -> Spot {
        // A file has at most 16 MiB, and its text at most three times that.
        Spot { offset: u32::try_from(offset).unwrap_or(u32::MAX), ..self }
    }

    /// A place so many bytes further on.
    pub(super) fn further(self, bytes: usize) -> Spot {
        self.at(self.offset as usize + bytes)
    }
}

/// A value and where it stands.
#[derive(Clone, Debug)]
pub(super) struct Located<T> {
    pub(super) value: T,
    pub(super) spot: Spot,
}

#[derive(Debug)]
struct Source {
    name: String,
    bytes: Option<Vec<u8>>,
    /// Its lines hold what is nobody's to see.
    is_private: bool,
    text: String,
    /// Where its lines start.
    lines: Vec<usize>,
}

impl Source {
    fn set_text(&mut self, text: String) {
        self.lines = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
        self.text = text;
    }
}

/// What is being read, and how its bytes become text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Content {
    /// UTF-8, as TOML demands.
    Toml,
    /// UTF-8 or, as offices save it from a spreadsheet, GB18030.
    Table,
}

/// All files read so far.
#[derive(Debug)]
pub(super) struct Sources {
    folder: PathBuf,
    /// What was kept of a config, in place of the folder.
    kept: Option<BTreeMap<String, Vec<u8>>>,
    files: Vec<Source>,
}

impl Sources {
    pub(super) fn new(folder: &Path) -> Sources {
        Sources { folder: folder.to_owned(), kept: None, files: Vec::new() }
    }

    pub(super) fn kept(folder: &Path, files: Vec<(String, Vec<u8>)>) -> Sources {
        Sources { kept: Some(files.into_iter().collect()), ..Sources::new(folder) }
    }

    /// Reads a file named relative to the folder. A failure is remarked at `named_at`, or at the
    /// file itself where nothing names it.
    pub(super) fn read(
        &mut self,
        name: &str,
        content: Content,
        named_at: Option<Spot>,
        remarks: &mut Remarks,
    ) -> Option<Spot> {
        if CONFIG_FILES_MAX <= self.files.len() {
            let spot = named_at.unwrap_or(Spot { file: 0, offset: 0 });
            remarks.error(
                spot,
                format!("{name}：文件超过 {CONFIG_FILES_MAX} 个"),
                format!("{name}: more than {CONFIG_FILES_MAX} files"),
            );
            return None;
        }
        let start = Spot { file: self.files.len() as u32, offset: 0 };
        let bytes = self.read_bytes(name, content);
        self.files.push(Source {
            name: name.to_owned(),
            bytes: None,
            is_private: false,
            text: String::new(),
            lines: vec![0],
        });
        let bytes = match bytes {
            Ok(bytes) => bytes,
            Err(why) => {
                match named_at {
                    Some(spot) => {
                        let why = of_file(name, &why);
                        remarks.error(spot, why.zh, why.en)
                    }
                    None => remarks.error(start, why.zh, why.en),
                };
                return None;
            }
        };
        let decoded = decode(&bytes, content);
        let source = self.files.last_mut().expect("one was pushed");
        source.bytes = Some(bytes);
        match decoded {
            Ok(text) => {
                source.set_text(text);
                Some(start)
            }
            Err((readable, why)) => {
                let end = start.at(readable.len());
                source.set_text(readable);
                remarks.error(end, why.zh, why.en);
                None
            }
        }
    }

    fn read_bytes(&self, name: &str, content: Content) -> Result<Vec<u8>, Title> {
        check_name(name)?;
        if let Some(kept) = &self.kept {
            return kept.get(name).cloned().ok_or_else(|| reason(&io::ErrorKind::NotFound.into()));
        }
        let path = self.folder.join(name);
        let about = fs::metadata(&path).map_err(|error| reason(&error))?;
        if about.is_dir() {
            return Err(Title::new("是文件夹，不是文件", "is a folder, not a file"));
        }
        if !about.is_file() {
            return Err(Title::new("不是普通文件", "is not an ordinary file"));
        }
        let max = match content {
            Content::Toml => CONFIG_TOML_BYTES_MAX,
            Content::Table => CONFIG_TABLE_BYTES_MAX,
        };
        if max < about.len() {
            let bytes = about.len();
            return Err(Title::new(
                format!("有 {bytes} 字节，最多 {max} 字节"),
                format!("has {bytes} bytes, more than the {max} allowed"),
            ));
        }
        fs::read(&path).map_err(|error| reason(&error))
    }

    /// Whether there is such a folder, named relative to the district's or wherever it is.
    pub(super) fn check_folder(&self, name: &str) -> Result<(), Title> {
        if self.kept.is_some() {
            return Ok(());
        }
        let about = fs::metadata(self.folder.join(name)).map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => Title::new("没有这个文件夹", "no such folder"),
            _ => reason(&error),
        })?;
        if about.is_dir() { Ok(()) } else { Err(Title::new("不是文件夹", "is not a folder")) }
    }

    /// Names of the folders beside `hongling.toml`, without hidden ones, sorted.
    pub(super) fn folders(&self) -> Vec<String> {
        let entries = fs::read_dir(&self.folder).into_iter().flatten().flatten();
        let folders = entries.filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()));
        let mut names: Vec<String> = folders.filter_map(|entry| entry.file_name().into_string().ok()).collect();
        names.retain(|name| !name.starts_with('.'));
        names.sort();
        names
    }

    /// Names of the files that fit a pattern, sorted: only `*`, only in the last segment.
    pub(super) fn matching(&self, pattern: &str) -> Result<Vec<String>, Title> {
        check_name(pattern).map_err(|why| of_file(pattern, &why))?;
        let (folder, last) = pattern.rsplit_once('/').map_or((None, pattern), |(folder, last)| (Some(folder), last));
        if folder.is_some_and(|folder| folder.contains('*')) {
            return Err(Title::new(
                format!("{}：“*”只能放在最后一段", named(pattern)),
                format!("{}: \"*\" may stand in the last part only", quoted(pattern)),
            ));
        }
        if !last.contains('*') {
            return Ok(vec![pattern.to_owned()]);
        }
        let mut names = self.names_in(folder)?;
        // Editors keep their own files under names with a dot.
        names.retain(|name| !name.starts_with('.') && fits(last, name));
        names.sort();
        Ok(names.into_iter().map(|name| folder.map_or(name.clone(), |folder| format!("{folder}/{name}"))).collect())
    }

    /// Names of what lies in a folder, in no order.
    fn names_in(&self, folder: Option<&str>) -> Result<Vec<String>, Title> {
        if let Some(kept) = &self.kept {
            let within = kept.keys().filter_map(|name| match folder {
                Some(folder) => name.strip_prefix(folder)?.strip_prefix('/'),
                None => Some(name),
            });
            return Ok(within.filter(|name| !name.contains('/')).map(str::to_owned).collect());
        }
        let path = folder.map_or(self.folder.clone(), |folder| self.folder.join(folder));
        let entries = fs::read_dir(&path).map_err(|error| of_file(folder.unwrap_or("."), &reason(&error)))?;
        let mut names = Vec::new();
        for entry in entries {
            let entry = entry.map_err(|error| reason(&error))?;
            names.extend(entry.file_name().to_str().map(str::to_owned));
        }
        Ok(names)
    }

    pub(super) fn text(&self, spot: Spot) -> &str {
        &self.files[spot.file as usize].text
    }

    pub(super) fn name(&self, spot: Spot) -> &str {
        &self.files[spot.file as usize].name
    }

    /// Line and column, both from 1, the column in characters.
    pub(super) fn line_and_column(&self, spot: Spot) -> (u32, u32) {
        let source = &self.files[spot.file as usize];
        let at = floor(&source.text, spot.offset as usize);
        let line = source.lines.partition_point(|start| *start <= at);
        let start = source.lines[line - 1];
        (line as u32, source.text[start..at].chars().count() as u32 + 1)
    }

    /// The whole line, if the file could be read.
    pub(super) fn line_of(&self, spot: Spot) -> Option<&str> {
        let text = self.text(spot);
        let at = floor(text, spot.offset as usize);
        let start = text[..at].rfind('\n').map_or(0, |at| at + 1);
        let line = text[start..].lines().next().unwrap_or("");
        let source = &self.files[spot.file as usize];
        source.bytes.as_ref().filter(|_| !source.is_private).map(|_| line)
    }

    /// Keeps a file as these bytes instead, without what is nobody's to see; its lines are not shown.
    pub(super) fn keep_as(&mut self, start: Spot, bytes: Vec<u8>) {
        let source = &mut self.files[start.file as usize];
        source.bytes = Some(bytes);
        source.is_private = true;
    }

    /// Whether a file of the config lies in a folder.
    pub(super) fn has_file_in(&self, folder: &str) -> bool {
        self.files.iter().any(|source| source.name.rsplit_once('/').is_some_and(|(of, _)| of == folder))
    }

    /// Where something stands, to name it in another problem: `desks/council.toml:3`.
    pub(super) fn place_of(&self, spot: Spot) -> String {
        format!("{}:{}", self.name(spot), self.line_and_column(spot).0)
    }

    /// Every file with its bytes, sorted by name, each once.
    pub(super) fn into_bytes(self) -> Vec<(String, Vec<u8>)> {
        let mut files: Vec<_> =
            self.files.into_iter().filter_map(|source| Some((source.name, source.bytes?))).collect();
        files.sort();
        files.dedup_by(|a, b| a.0 == b.0);
        files
    }
}

/// SHA-256 in hex over names and bytes. Each is preceded by its length, so that no two sets of
/// files give the same stream.
pub(super) fn hash_of(files: &[(String, Vec<u8>)]) -> String {
    let mut hash = Sha256::new();
    for (name, bytes) in files {
        for part in [name.as_bytes(), bytes] {
            hash.update((part.len() as u64).to_le_bytes());
            hash.update(part);
        }
    }
    hash.finalize().iter().fold(String::new(), |mut hex, byte| {
        write!(hex, "{byte:02x}").expect("writing to a string");
        hex
    })
}

/// A config holds together only if all of it lies in its folder.
fn check_name(name: &str) -> Result<(), Title> {
    let is_inside = Path::new(name).components().all(|part| matches!(part, Component::Normal(_)));
    if name.is_empty() || !is_inside || name.contains('\0') {
        return Err(Title::new("不在配置目录里面", "is not within the district folder"));
    }
    Ok(())
}

fn reason(error: &io::Error) -> Title {
    match error.kind() {
        io::ErrorKind::NotFound => Title::new("没有这个文件", "no such file"),
        io::ErrorKind::PermissionDenied => Title::new("当前账户不能读取", "may not be read by this user"),
        io::ErrorKind::NotADirectory => {
            Title::new("没有这个文件：路径中有一段不是文件夹", "no such file, for a part of its path is not a folder")
        }
        _ => Title::new(format!("不能读取：{error}"), error.to_string()),
    }
}

fn of_file(name: &str, why: &Title) -> Title {
    Title::new(format!("{name}：{}", why.zh), format!("{name}: {}", why.en))
}

/// The text, or what of it could be read and why not all.
fn decode(bytes: &[u8], content: Content) -> Result<String, (String, Title)> {
    let bom = Encoding::for_bom(bytes);
    if content == Content::Table
        && let Some((encoding, bom_bytes)) = bom
        && encoding != UTF_8
    {
        let text = encoding.decode_without_bom_handling_and_without_replacement(&bytes[bom_bytes..]);
        let name = encoding.name();
        let why = || Title::new(format!("不是正确的 {name} 编码"), format!("is not valid {name}"));
        return text.map(String::from).ok_or_else(|| (String::new(), why()));
    }
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let error = match std::str::from_utf8(bytes) {
        Ok(text) => return Ok(text.to_owned()),
        Err(error) => error,
    };
    if content == Content::Table
        && let Some(text) = GB18030.decode_without_bom_handling_and_without_replacement(bytes)
    {
        return Ok(text.into_owned());
    }
    let readable = String::from_utf8_lossy(&bytes[..error.valid_up_to()]).into_owned();
    let why = match content {
        Content::Toml => Title::new("从这里起不是 UTF-8 编码", "is not UTF-8 from here on"),
        Content::Table => {
            Title::new("从这里起既不是 UTF-8 也不是 GB18030 编码", "is neither UTF-8 nor GB18030 from here on")
        }
    };
    Err((readable, why))
}

/// Whether a name fits a pattern with any number of `*`.
fn fits(pattern: &str, name: &str) -> bool {
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or("");
    let Some(mut rest) = name.strip_prefix(first) else { return false };
    let mut parts: Vec<&str> = parts.collect();
    let Some(last) = parts.pop() else { return rest.is_empty() };
    for part in parts {
        let Some(at) = rest.find(part) else { return false };
        rest = &rest[at + part.len()..];
    }
    rest.ends_with(last)
}

fn floor(text: &str, offset: usize) -> usize {
    let mut at = offset.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}
