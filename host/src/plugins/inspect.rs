//! What a library is, read from its bytes.
//!
//! Pure: runs nothing of it, opens nothing. What is refused here would crash the process inside the
//! loader, could not be called, or would pull in code that nobody trusted.

mod elf;
mod table;
mod manifest;

use std::fmt;
use std::sync::Arc;

use plugin_api::abi::{ENTRY_SYMBOL, MARKER, SECTION};
use plugin_api::{Manifest, Title};
use serde::Serialize;

use self::elf::Elf;
use super::ingest::{Digest, FileBytes};
use super::one_line;

pub(in crate::plugins) use manifest::parse as parse_manifest;
pub use manifest::{
    MANIFEST_BYTES_MAX, MANIFEST_DEPTH_MAX, MANIFEST_ENTRIES_MAX, MANIFEST_KEY_BYTES_MAX, MANIFEST_TEXT_CHARS_MAX,
};
pub use table::PanicStrategy;

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
    /// The architecture it is built for: this machine's.
    pub target: &'static str,
    /// The libraries it needs.
    pub needed: Vec<String>,
    /// Minor version of the ABI it was built with.
    pub abi_minor: u32,
    /// Least minor version of a host that may load it: this host's or an older one.
    pub min_host_minor: u32,
    /// What its panics do.
    pub panics: PanicStrategy,
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
    let needed = elf.needed()?;
    let section = find_section(&elf)?;
    let manifest = manifest::parse(&section[MARKER.len()..])?;
    let table = find_table(&elf)?;
    let words = table::read(&elf, table)?;
    Ok(Inspection {
        name: manifest.name.clone(),
        version: manifest.version.clone(),
        manifest: Arc::new(manifest),
        sha256: file.sha256,
        size: file.bytes.len() as u64,
        target: std::env::consts::ARCH,
        needed,
        abi_minor: words.abi_minor,
        min_host_minor: words.min_host_minor,
        panics: words.panics,
        layout: Layout { table, segments: elf.readable_segments(), section: without_zeros(section).into() },
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
    Ok(section)
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
