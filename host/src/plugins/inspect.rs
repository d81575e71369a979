//! What a library is, read from its bytes.
//!
//! Pure: runs nothing of it, opens nothing. What is refused here would crash the process inside the
//! loader, could not be called, or would pull in code that nobody trusted.

mod elf;

use std::fmt;
use std::sync::Arc;

use plugin_api::abi::{ENTRY_SYMBOL, MARKER, SECTION};
use plugin_api::{Manifest, Title};
use serde::Serialize;

use self::elf::Elf;
use super::ingest::{Digest, FileBytes};
use super::one_line;

/// Largest `plugin.toml` that is read.
pub const MANIFEST_BYTES_MAX: usize = 256 * 1024;
/// Problems of a manifest that are named in one message.
const PROBLEMS_SHOWN_MAX: usize = 5;
/// Name of the exported table without the number of its ABI.
const ENTRY_PREFIX: &str = "hongling_plugin_v";

/// What a sound library says about itself.
#[derive(Clone, Debug, Serialize)]
pub struct Inspection {
    /// Name of the plugin.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Its whole manifest.
    #[serde(skip)]
    pub manifest: Arc<Manifest>,
    /// Hash of its bytes.
    pub sha256: Digest,
    /// How many bytes it has.
    pub size: u64,
    /// The libraries it needs.
    pub needed: Vec<String>,
    /// Where in the loaded library things lie, for the checks at loading.
    #[serde(skip)]
    pub(super) layout: Layout,
}

/// Where in the loaded library things lie, in its own addresses.
#[derive(Clone)]
pub(super) struct Layout {
    /// Address of the exported table; its first version lies in one readable segment.
    pub(super) table: u64,
    /// Readable segments, start and end.
    pub(super) segments: Vec<(u64, u64)>,
    /// The bytes of the link section, without zeros at the end.
    pub(super) section: Arc<[u8]>,
}

impl fmt::Debug for Layout {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Layout").field("table", &self.table).field("segments", &self.segments).finish_non_exhaustive()
    }
}

/// Inspects a library of whatever file name.
///
/// # Errors
/// What is wrong and what to do, in one line, without the file's name.
pub(super) fn inspect(file: &FileBytes) -> Result<Inspection, Title> {
    let elf = Elf::parse(&file.bytes)?;
    let needed = elf.check_needed()?;
    let section = find_section(&elf)?;
    let manifest = parse_manifest(&section[MARKER.len()..])?;
    let table = find_table(&elf)?;
    Ok(Inspection {
        name: manifest.name.clone(),
        version: manifest.version.clone(),
        manifest: Arc::new(manifest),
        sha256: file.sha256,
        size: file.bytes.len() as u64,
        needed,
        layout: Layout { table, segments: elf.readable_segments(), section: section.into() },
    })
}

/// A C string ends with a zero that is no part of the text.
pub(super) fn without_zeros(section: &[u8]) -> &[u8] {
    let end = section.iter().rposition(|&byte| byte != 0).map_or(0, |last| last + 1);
    // The marker itself ends with one.
    &section[..end.max(MARKER.len().min(section.len()))]
}

fn find_section<'data>(elf: &Elf<'data>) -> Result<&'data [u8], Title> {
    let Some(section) = elf.find_section(SECTION)? else {
        return Err(Title::new(
            format!("没有节“{SECTION}”，所以不是业务台；业务台要调用 export_plugin!"),
            format!("has no section {SECTION:?}, so it is no desk; a desk calls `export_plugin!`"),
        ));
    };
    if !section.starts_with(MARKER) {
        return Err(Title::new(
            format!("节“{SECTION}”开头没有标记；请用 export_plugin! 编译"),
            format!("its section {SECTION:?} does not begin with the marker; build it with `export_plugin!`"),
        ));
    }
    let manifest_bytes = section.len() - MARKER.len();
    if MANIFEST_BYTES_MAX < manifest_bytes {
        return Err(Title::new(
            format!("它的 plugin.toml 有 {manifest_bytes} 字节，最多读 {MANIFEST_BYTES_MAX}；请缩短"),
            format!(
                "its plugin.toml has {manifest_bytes} bytes, more than the {MANIFEST_BYTES_MAX} that are read; shorten it"
            ),
        ));
    }
    Ok(without_zeros(section))
}

fn parse_manifest(bytes: &[u8]) -> Result<Manifest, Title> {
    let text = str::from_utf8(bytes).map_err(|error| {
        let at = error.valid_up_to();
        Title::new(
            format!("它的 plugin.toml 在第 {at} 字节处不是 UTF-8；请存为 UTF-8"),
            format!("its plugin.toml is not UTF-8 at byte {at}; save it as UTF-8"),
        )
    })?;
    let manifest: Manifest = toml::from_str(text).map_err(|error| {
        let place = error.span().map_or_else(String::new, |span| place(text, span.start));
        let why = one_line(error.message());
        Title::new(
            format!("它的 plugin.toml{place} 写得不对：{why}；请改好后重新编译"),
            format!("its plugin.toml{place} does not fit: {why}; mend it and build again"),
        )
    })?;
    let mut problems = manifest.problems();
    if problems.is_empty() {
        return Ok(manifest);
    }
    let more = problems.len().saturating_sub(PROBLEMS_SHOWN_MAX);
    problems.truncate(PROBLEMS_SHOWN_MAX);
    let shown: Vec<String> = problems.iter().map(|problem| one_line(problem)).collect();
    let (zh_more, en_more) = match more {
        0 => (String::new(), String::new()),
        _ => (format!("；还有 {more} 处"), format!("; and {more} more")),
    };
    let shown = shown.join("; ");
    Err(Title::new(
        format!("它的 plugin.toml 自相矛盾：{shown}{zh_more}；请改好后重新编译"),
        format!("its plugin.toml does not fit itself: {shown}{en_more}; mend it and build again"),
    ))
}

fn place(text: &str, offset: usize) -> String {
    let before = text.get(..offset).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let column = before.chars().rev().take_while(|&char| char != '\n').count() + 1;
    format!(":{line}:{column}")
}

fn find_table(elf: &Elf) -> Result<u64, Title> {
    if let Some(table) = elf.find_table(ENTRY_SYMBOL)? {
        return Ok(table);
    }
    match elf.find_symbol_with(ENTRY_PREFIX)? {
        Some(other) => {
            let other = one_line(&other);
            Err(Title::new(
                format!("导出的是 {other}，而本程序认 {ENTRY_SYMBOL}；请用本程序的 plugin-api 编译"),
                format!(
                    "exports {other}, and this host speaks {ENTRY_SYMBOL}; build it with the plugin-api of this host"
                ),
            ))
        }
        None => Err(Title::new(
            format!("没有导出 {ENTRY_SYMBOL}；业务台要调用 export_plugin!（C 见 hongling.h）"),
            format!("exports no {ENTRY_SYMBOL}; a desk calls `export_plugin!` (C: see hongling.h)"),
        )),
    }
}
